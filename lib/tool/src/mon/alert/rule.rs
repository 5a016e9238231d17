//! The language of alerts: `FIGURE > THRESHOLD [for DUR] [clear [below|above] LEVEL]`.
//! Pure.

use record::{Bad, Sample, Seconds, parse_amount, parse_seconds};
use stat::{every_figure, is_known};

/// On which side of the threshold it is bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Above; `or equal` where the rule says so.
    Above,
    /// Below.
    Below,
}

/// A rule.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    /// As it was given.
    pub text: String,
    /// Kind of thing, or the thing: "disk" or "disk vda".
    of: String,
    /// Its figure.
    what: String,
    /// Which side is bad.
    pub side: Side,
    /// The threshold itself is bad, too.
    pub or_equal: bool,
    /// What the value is held against.
    pub threshold: f64,
    /// Only beyond this it ceases to hold.
    pub clear: f64,
    /// The threshold is a share of what there is.
    of_whole: bool,
    /// How long it must be so before it is told.
    pub lasting: Seconds,
}

/// What a rule looks at, in one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// Of what: of several the worst.
    pub figure: String,
    /// The value, or its share of what there is.
    pub value: f64,
}

/// Short names.
const SHORT: &[(&str, &str, &str)] = &[
    ("cpu", "cpu", "busy"),
    ("iowait", "cpu", "iowait"),
    ("steal", "cpu", "steal"),
    ("mem", "memory", "used_bytes"),
    ("memory", "memory", "used_bytes"),
    ("swap", "swap", "used_bytes"),
    ("disk", "filesystem", "used"),
    ("load", "load", "avg1"),
    ("oom", "memory", "oom_kills"),
];

/// The rules of `--alert default`: what ends most runs badly.
pub const DEFAULT: &[&str] = &[
    "cpu > 90% for 10s",
    "mem > 95% for 10s",
    "disk > 95%",
    "run start_s > 10s",
    "run failed_share > 10%",
];

/// How far a value must go back when a rule does not say: a twentieth of the threshold.
const BACK: f64 = 0.05;

/// The words of a rule with their columns, from 1.
struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn column(&self) -> usize {
        self.text[..self.at].chars().count() + 1
    }

    fn bad(&self, what: impl Into<String>) -> Bad {
        Bad::new(self.column(), what.into())
    }

    /// The next word.
    fn word(&mut self) -> &'a str {
        self.blanks();
        let rest = &self.text[self.at..];
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// The next word, which is left where it is.
    fn peek(&mut self) -> &'a str {
        let at = self.at;
        let word = self.word();
        self.at = at;
        self.blanks();
        word
    }
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// What is wrong with it, where, and what to write instead.
    pub fn parse(text: &str) -> Result<Self, Bad> {
        let text = text.trim();
        let mut cursor = Cursor { text, at: 0 };
        let operator = text.find(['<', '>']).ok_or_else(|| {
            Bad::new(text.chars().count() + 1, "say what is bad, such as cpu > 90% for 10s")
        })?;
        let (of, what) = figure(text[..operator].trim())?;
        cursor.at = operator + 1;
        let side = if text[operator..].starts_with('>') { Side::Above } else { Side::Below };
        let or_equal = text[cursor.at..].starts_with('=');
        cursor.at += usize::from(or_equal);
        let level = level(&mut cursor, (&of, &what))?;
        let back = if side == Side::Above { 1.0 - BACK } else { 1.0 + BACK };
        let mut rule = Rule {
            text: text.to_string(),
            of,
            what,
            side,
            or_equal,
            threshold: level.value,
            clear: level.value * back,
            of_whole: level.of_whole,
            lasting: Seconds::ZERO,
        };
        rule.options(&mut cursor)?;
        Ok(rule)
    }

    /// What may stand behind the threshold.
    fn options(&mut self, cursor: &mut Cursor<'_>) -> Result<(), Bad> {
        loop {
            match cursor.peek() {
                "" => return Ok(()),
                "for" => {
                    cursor.word();
                    cursor.blanks();
                    let word = cursor.peek();
                    let bad = |what| cursor.bad(format!("{what}; write for 10s"));
                    self.lasting = parse_seconds(word).map_err(bad)?;
                    cursor.word();
                }
                "clear" => {
                    cursor.word();
                    if matches!(cursor.peek(), "below" | "above") {
                        cursor.word();
                    }
                    cursor.blanks();
                    let column = cursor.column();
                    let level = level(cursor, (&self.of, &self.what))?;
                    let beyond = match self.side {
                        Side::Above => level.value > self.threshold,
                        Side::Below => level.value < self.threshold,
                    };
                    if level.of_whole != self.of_whole || beyond {
                        let what = "the level at which it is over must lie on the good side of the \
                                    threshold, in the same unit";
                        return Err(Bad::new(column, what));
                    }
                    self.clear = level.value;
                }
                other => {
                    let what = format!(
                        "{other:?} is not understood; for DUR or clear LEVEL may stand here"
                    );
                    return Err(cursor.bad(what));
                }
            }
        }
    }

    /// The worst value of a sample; `None` where it has none.
    pub fn look(&self, sample: &Sample) -> Option<Seen> {
        let mut worst: Option<Seen> = None;
        every_figure(sample, |(of, what), reading| {
            let kind = of.split(' ').next().unwrap_or(of);
            if what != self.what || (of != self.of && kind != self.of) {
                return;
            }
            let value = match (self.of_whole, reading.whole) {
                (true, Some(whole)) => reading.value / whole,
                // a share of what has no limit
                (true, None) => return,
                (false, _) => reading.value,
            };
            let worse = worst.as_ref().is_none_or(|seen| match self.side {
                Side::Above => value > seen.value,
                Side::Below => value < seen.value,
            });
            if worse {
                worst = Some(Seen { figure: format!("{of} {what}"), value });
            }
        });
        worst
    }

    /// Whether a value is bad.
    pub fn is_bad(&self, value: f64) -> bool {
        match self.side {
            _ if self.or_equal && value == self.threshold => true,
            Side::Above => value > self.threshold,
            Side::Below => value < self.threshold,
        }
    }

    /// Whether a value is good again: at the clear level or on its good side, and not bad.
    pub fn is_clear(&self, value: f64) -> bool {
        let beyond = match self.side {
            Side::Above => value <= self.clear,
            Side::Below => value >= self.clear,
        };
        beyond && !self.is_bad(value)
    }

    /// A value in the rule's own unit, for people.
    pub fn shown(&self, value: f64) -> String {
        if self.of_whole || is_share(&self.of, &self.what) {
            format!("{:.1} %", value * 100.0)
        } else if self.what.contains("bytes") {
            crate::print::bytes(value.max(0.0) as u64)
        } else {
            format!("{}", super::super::rates::rounded(value))
        }
    }
}

/// Figures that are shares of 1.
fn is_share(of: &str, what: &str) -> bool {
    match what {
        "busy" | "user" | "system" | "iowait" | "irq" | "softirq" | "steal" => true,
        "some" | "full" | "util" | "inodes_used" | "failed_share" => true,
        // of sockets it is a number
        "used" => of.starts_with("filesystem"),
        _ => false,
    }
}

/// The thing and the figure that a name means.
fn figure(name: &str) -> Result<(String, String), Bad> {
    if let Some((_, of, what)) = SHORT.iter().find(|(short, ..)| *short == name) {
        return Ok(((*of).to_string(), (*what).to_string()));
    }
    let words: Vec<&str> = name.split_whitespace().collect();
    if let [kind, .., what] = words[..]
        && is_known(kind, what)
    {
        return Ok((words[..words.len() - 1].join(" "), what.to_string()));
    }
    let short: Vec<&str> = SHORT.iter().map(|(short, ..)| *short).collect();
    let what = match name {
        "" => "say what to look at, such as cpu > 90%".to_string(),
        name => format!(
            "there is no figure {name:?}; write {}, or a figure of pgmon(1) such as disk vda util",
            short.join(", ")
        ),
    };
    Err(Bad::new(1, what))
}

/// A threshold.
struct Level {
    value: f64,
    of_whole: bool,
}

/// Reads a threshold, in the unit that the figure has.
fn level(cursor: &mut Cursor<'_>, (of, what): (&str, &str)) -> Result<Level, Bad> {
    let word = cursor.peek();
    let bad = |say: &str| cursor.bad(format!("{word:?} is no threshold; write {say}"));
    let number = |text: &str| text.parse::<f64>().ok().filter(|value| value.is_finite());
    let share = is_share(of, what);
    let found = if let Some(percent) = word.strip_suffix('%') {
        let value = number(percent).ok_or_else(|| bad("a number before %, such as 90%"))?;
        Level { value: value / 100.0, of_whole: !share }
    } else if share {
        let value = number(word).filter(|value| (0.0..=1.0).contains(value));
        Level { value: value.ok_or_else(|| bad("percent, such as 90%"))?, of_whole: false }
    } else if what.contains("bytes") {
        let amount = word.strip_suffix("/s").unwrap_or(word);
        if amount.is_empty() || amount.ends_with(|last: char| last.is_ascii_digit()) {
            return Err(bad("a size such as 8GiB, or a share such as 85%"));
        }
        let amount = parse_amount(amount).map_err(|what| cursor.bad(what))?;
        Level { value: amount.as_f64(), of_whole: false }
    } else if what.ends_with("_s") && !what.ends_with("per_s") {
        let time = parse_seconds(word).map_err(|what| cursor.bad(what))?;
        Level { value: time.as_f64(), of_whole: false }
    } else {
        let value = number(word.strip_suffix("/s").unwrap_or(word));
        Level { value: value.ok_or_else(|| bad("a number"))?, of_whole: false }
    };
    cursor.word();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::{CpuShares, Disk, FileSystem, Memory};

    fn sample() -> Sample {
        let disk = |util| Disk { util, await_s: Some(0.02), ..Disk::default() };
        let room = |used| FileSystem { used, ..FileSystem::default() };
        Sample {
            cpu: Some(CpuShares { busy: 0.5, ..CpuShares::default() }),
            memory: Some(Memory { total_bytes: 1000, used_bytes: 850, ..Memory::default() }),
            disks: [("vda".into(), disk(0.3)), ("vdb".into(), disk(0.7))].into(),
            file_systems: [("/".into(), room(0.4)), ("/data".into(), room(0.96))].into(),
            ..Sample::default()
        }
    }

    fn value(rule: &str) -> Option<(String, f64)> {
        Rule::parse(rule).unwrap().look(&sample()).map(|seen| (seen.figure, seen.value))
    }

    #[test]
    fn names_short_and_long_and_the_worst_of_several() {
        assert_eq!(value("cpu>90%"), Some(("cpu busy".into(), 0.5)));
        assert_eq!(value("mem > 85%"), Some(("memory used_bytes".into(), 0.85)));
        assert_eq!(value("memory used_bytes > 8GiB"), Some(("memory used_bytes".into(), 850.0)));
        assert_eq!(value("disk > 95%"), Some(("filesystem /data used".into(), 0.96)));
        assert_eq!(value("disk util > 0.9"), Some(("disk vdb util".into(), 0.7)));
        assert_eq!(value("disk util < 10%"), Some(("disk vda util".into(), 0.3)));
        assert_eq!(value("disk vda util > 90%"), Some(("disk vda util".into(), 0.3)));
        assert_eq!(value("disk await_s > 20ms"), Some(("disk vda await_s".into(), 0.02)));
        assert_eq!(value("disk vdz util > 90%"), None);
        assert_eq!(value("swap > 1%"), None, "no swap");
    }

    #[test]
    fn thresholds_times_and_levels() {
        let rule = Rule::parse("mem>=85% for 10s clear below 80%").unwrap();
        assert_eq!((rule.threshold, rule.clear, rule.lasting.as_f64()), (0.85, 0.8, 10.0));
        assert!(rule.is_bad(0.85) && !rule.is_bad(0.849));
        assert!(rule.is_clear(0.8) && !rule.is_clear(0.801));
        let rule = Rule::parse("memory available_bytes < 1GiB").unwrap();
        assert!(rule.clear > rule.threshold && rule.is_bad(1e9) && !rule.is_bad(rule.threshold));
        let rule = Rule::parse("oom > 0").unwrap();
        assert!(rule.is_bad(1.0) && rule.is_clear(0.0), "nothing is good again");
        let rule = Rule::parse("disk read_bytes_per_s > 100MiB/s").unwrap();
        assert_eq!(rule.threshold, 104_857_600.0);
        for rule in DEFAULT {
            assert!(Rule::parse(rule).is_ok(), "{rule}");
        }
    }

    #[test]
    fn what_is_wrong_and_where() {
        for (rule, column, words) in [
            ("", 1, "say what is bad"),
            ("cpu", 4, "such as cpu > 90% for 10s"),
            ("> 5", 1, "say what to look at"),
            ("cpuu > 90%", 1, "no figure \"cpuu\"; write cpu, iowait"),
            ("disk vda speed > 1", 1, "no figure"),
            ("cpu > 90", 7, "\"90\" is no threshold; write percent"),
            ("cpu > %", 7, "a number before %"),
            ("cpu >", 6, "no threshold"),
            ("mem > 85", 7, "a size such as 8GiB"),
            ("mem > 8Gibber", 7, "Gibber"),
            ("cpu > 90% for", 14, "for 10s"),
            ("cpu > 90% for ever", 15, "ever"),
            ("cpu > 90% often", 11, "\"often\" is not understood"),
            ("cpu > 90% clear 95%", 17, "good side"),
            ("mem > 90% clear 1GiB", 17, "same unit"),
            ("load > many", 8, "a number"),
        ] {
            let bad = Rule::parse(rule).unwrap_err();
            assert_eq!(bad.column, column, "{rule}: {}", bad.what);
            assert!(bad.what.contains(words), "{rule}: {}", bad.what);
        }
    }
}
