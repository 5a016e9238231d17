//! The table of what was injected: its lines, taken apart.

use std::collections::BTreeMap;

/// Figures by name.
#[derive(Clone, Debug, Default)]
pub struct Figures(BTreeMap<String, f64>);

impl Figures {
    fn read(words: &str) -> (Figures, Vec<&str>) {
        let mut figures = Figures::default();
        let mut rest = Vec::new();
        for word in words.split([' ', ',']).filter(|word| !word.is_empty()) {
            match word.split_once('=').and_then(|(name, value)| Some((name, value.parse().ok()?))) {
                Some((name, value)) => drop(figures.0.insert(name.to_string(), value)),
                None => rest.push(word),
            }
        }
        (figures, rest)
    }

    /// A figure, or what it is where it is not named.
    pub fn get(&self, name: &str, otherwise: f64) -> f64 {
        self.0.get(name).copied().unwrap_or(otherwise)
    }

    /// Those whose names begin so.
    pub fn of(&self, kind: &str) -> BTreeMap<String, f64> {
        let named = |(name, value): (&String, &f64)| {
            name.strip_prefix(kind).map(|name| (name.to_string(), *value))
        };
        self.0.iter().filter_map(named).collect()
    }
}

/// Operations alike.
#[derive(Clone, Debug)]
pub struct Group {
    /// How many.
    pub count: usize,
    /// What each does.
    pub does: Figures,
    /// The lock that each holds.
    pub lock: String,
    /// Each needs the one before.
    pub chain: bool,
    /// Each needs all of the groups before.
    pub after: bool,
}

/// A run with its cause.
#[derive(Clone, Debug)]
pub struct Injected {
    /// What was put into it.
    pub cause: String,
    /// The machine and the runner.
    pub machine: Figures,
    /// Only its events are known.
    pub without_samples: bool,
    /// What it runs.
    pub groups: Vec<Group>,
}

/// All rows of the table.
pub fn rows() -> Vec<Injected> {
    let lines = include_str!("injected.txt").lines();
    lines.filter(|line| !line.starts_with('#') && !line.trim().is_empty()).map(row).collect()
}

/// A row out of its line.
pub fn row(line: &str) -> Injected {
    let mut parts = line.split('|').map(str::trim);
    let mut next = || parts.next().unwrap();
    let (cause, machine, groups) = (next(), next(), next());
    let (machine, words) = Figures::read(machine);
    Injected {
        cause: cause.to_string(),
        machine,
        without_samples: words.contains(&"nosamples"),
        groups: groups.split(';').map(group).collect(),
    }
}

fn group(text: &str) -> Group {
    let (count, does) = text.trim().split_once('*').unwrap();
    let (does, words) = Figures::read(does);
    let lock = words.iter().find_map(|word| word.strip_prefix("lock="));
    Group {
        count: count.parse().unwrap(),
        does,
        lock: lock.unwrap_or_default().to_string(),
        chain: words.contains(&"chain"),
        after: words.contains(&"after"),
    }
}
