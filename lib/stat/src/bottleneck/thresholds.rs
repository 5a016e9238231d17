//! From which figure on something is worth a warning, critical, severe: a table that may be
//! written otherwise in a file.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Bad, Grade, parse_seconds};

/// The table as it is where nobody says otherwise, in the form in which a file has it.
pub const DEFAULT: &str = "\
# figure    warning  critical  severe
# CPUs: share of their time that was not idle
cpu         70%      85%       95%
# memory: most of it that was in use, of what there is or of the control group's limit
memory      75%      85%       95%
# disk: share of the time in which the busiest one had something to do
disk        80%      90%       95%
# network: what an operation waited that used neither CPU nor disk while the link was busy, mean
network     100ms    500ms     1000ms
# startup: wall lost to starting operations
startup     5s       10s       20s
# job: longest attempt
job         60s      300s      600s
# disk wait: mean time of a request of the slowest disk
io_wait     100ms    -         -
# tasks that run or want to, beyond which there is a queue
run_queue   10       -         -
# p90 of the durations over the timeout, of any family
timeout     80%      -         -
# wall lost to anything, of the wall; what only more machine could save is a warning at most
lost        10%      25%       50%
";

/// One figure's levels: warning, critical, severe.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels(pub [Option<f64>; 3]);

impl Levels {
    /// How bad a value is, and the threshold that it has reached: the first where it has reached none.
    pub fn grade(&self, value: f64) -> (Grade, Option<f64>) {
        let grades = [Grade::Warning, Grade::Critical, Grade::Severe];
        let mut reached = self.0.iter().zip(grades).filter_map(|(level, grade)| {
            let level = (*level)?;
            (value >= level).then_some((grade, Some(level)))
        });
        reached.next_back().unwrap_or((Grade::Fine, self.0.iter().flatten().next().copied()))
    }
}

/// The levels of all figures.
#[derive(Clone, Debug)]
pub struct Thresholds(Vec<(String, Levels)>);

impl Default for Thresholds {
    fn default() -> Self {
        let mut all = Thresholds(Vec::new());
        for line in DEFAULT.lines() {
            if let Ok(Some(row)) = row(line) {
                all.0.push(row);
            }
        }
        all
    }
}

impl Thresholds {
    /// Takes a line of a file; what it says stands instead of the default.
    ///
    /// # Errors
    /// No such figure, or levels that are none or do not rise.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        let text = core::str::from_utf8(line).map_err(|_| Bad::new(1, "not UTF-8".to_string()))?;
        let Some((name, levels)) = row(text)? else { return Ok(()) };
        let known: Vec<&str> = self.0.iter().map(|row| row.0.as_str()).collect();
        let what = format!("no figure {name}; there are {}", known.join(", "));
        match self.0.iter_mut().find(|row| row.0 == name) {
            Some(row) => row.1 = levels,
            None => return Err(Bad::new(1, what)),
        }
        Ok(())
    }

    /// The levels of a figure.
    pub fn of(&self, figure: &str) -> Levels {
        self.0.iter().find(|row| row.0 == figure).map_or(Levels([None; 3]), |row| row.1)
    }
}

impl core::fmt::Display for Thresholds {
    /// As a file has it.
    fn fmt(&self, to: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (name, levels) in &self.0 {
            let level = |level: &Option<f64>| match (level, name.as_str()) {
                (None, _) => "-".to_string(),
                (Some(value), "network" | "startup" | "job" | "io_wait") => format!("{value}s"),
                (Some(value), "run_queue") => format!("{value}"),
                (Some(value), _) => format!("{}%", crate::rounded(value * 100.0)),
            };
            let [a, b, c] = [0, 1, 2].map(|at| level(&levels.0[at]));
            writeln!(to, "{name:<11} {a:<8} {b:<9} {c}")?;
        }
        Ok(())
    }
}

fn row(line: &str) -> Result<Option<(String, Levels)>, Bad> {
    let line = line.split('#').next().unwrap_or_default();
    let mut words = line.split_ascii_whitespace();
    let Some(name) = words.next() else { return Ok(None) };
    let column = |word: &str| word.as_ptr() as usize - line.as_ptr() as usize + 1;
    let mut levels = [None; 3];
    let mut last = None;
    for level in &mut levels {
        let Some(word) = words.next() else {
            let what = format!("{name} has three levels: warning, critical, severe; - is none");
            return Err(Bad::new(line.trim_end().len() + 1, what));
        };
        *level = value(word).map_err(|what| Bad::new(column(word), what))?;
        if let (Some(before), Some(now)) = (last, *level)
            && now < before
        {
            return Err(Bad::new(column(word), format!("{word} is below the level before it")));
        }
        last = level.or(last);
    }
    match words.next() {
        Some(word) => Err(Bad::new(column(word), format!("{word} is more than three levels"))),
        None => Ok(Some((name.to_string(), Levels(levels)))),
    }
}

/// A share, a time or a number.
fn value(word: &str) -> Result<Option<f64>, String> {
    let wrong = || format!("{word} is no level; write 70%, 100ms, 5s, 10 or -");
    let number = |text: &str| text.parse::<f64>().ok().filter(|n| n.is_finite() && *n >= 0.0);
    if word == "-" {
        return Ok(None);
    }
    if let Some(percent) = word.strip_suffix('%') {
        return number(percent).map(|percent| Some(percent / 100.0)).ok_or_else(wrong);
    }
    if let Some(number) = number(word) {
        return Ok(Some(number));
    }
    parse_seconds(word).map(|time| Some(time.as_f64())).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_boundary_is_where_the_table_has_it() {
        let table = Thresholds::default();
        use Grade::{Critical, Fine, Severe, Warning};
        for (figure, levels) in [
            ("cpu", [0.7, 0.85, 0.95]),
            ("memory", [0.75, 0.85, 0.95]),
            ("disk", [0.8, 0.9, 0.95]),
            ("network", [0.1, 0.5, 1.0]),
            ("startup", [5.0, 10.0, 20.0]),
            ("job", [60.0, 300.0, 600.0]),
            ("lost", [0.1, 0.25, 0.5]),
        ] {
            let grade = |value: f64| table.of(figure).grade(value).0;
            let just_below = |value: f64| grade(value * (1.0 - 1e-9));
            assert_eq!(levels.map(just_below), [Fine, Warning, Critical], "{figure}");
            assert_eq!(levels.map(grade), [Warning, Critical, Severe], "{figure}");
        }
        for (figure, level) in [("io_wait", 0.1), ("run_queue", 10.0), ("timeout", 0.8)] {
            let levels = table.of(figure);
            assert_eq!(levels.grade(level), (Warning, Some(level)), "{figure}");
            assert_eq!(levels.grade(level * 0.999), (Fine, Some(level)), "{figure}");
            assert_eq!(levels.grade(level * 1e6).0, Warning, "{figure}");
        }
    }

    #[test]
    fn a_file_changes_what_it_names_and_is_told_what_is_wrong_with_it() {
        let mut table = Thresholds::default();
        table.line(b"  cpu 50% 60% 70% # lower").unwrap();
        table.line(b"").unwrap();
        assert_eq!(table.of("cpu").grade(0.6), (Grade::Critical, Some(0.6)));
        assert_eq!(table.of("memory").grade(0.75).0, Grade::Warning);
        for (line, column, what) in [
            ("cpus 1 2 3", 1, "no figure cpus"),
            ("cpu 50%", 8, "three levels"),
            ("cpu 50% x 70%", 9, "x is no level"),
            ("cpu 50% 40% 70%", 9, "below the level"),
            ("cpu 1 2 3 4", 11, "more than three"),
        ] {
            let bad = table.line(line.as_bytes()).unwrap_err();
            assert_eq!(bad.column, column, "{line}");
            assert!(bad.what.contains(what), "{line}: {}", bad.what);
        }
    }
}
