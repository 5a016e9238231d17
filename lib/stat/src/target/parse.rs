//! A target as it is written: `duration.p95 <= 30s`.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Bad, parse_amount, parse_seconds};

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Metric {
    /// A figure of each run, or of each execution, by its word.
    Named(&'static str),
    /// Durations of the operation with this id.
    Op(String),
    /// A figure of samples: "disk vda util".
    Sampled(String),
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Seconds.
    Seconds,
    /// A share of a whole.
    Share,
    /// Bytes.
    Bytes,
    /// A plain number.
    Number,
}

impl Unit {
    /// Its word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::Bytes => "bytes",
            Unit::Number => "",
        }
    }
}

/// Metrics by word, with unit and what they are.
pub const METRICS: [(&str, Unit); 15] = [
    ("makespan", Unit::Seconds),
    ("work", Unit::Seconds),
    ("throughput", Unit::Number),
    ("failures", Unit::Share),
    ("retries", Unit::Share),
    ("cpu_time", Unit::Seconds),
    ("max_rss", Unit::Bytes),
    ("utilisation", Unit::Share),
    ("speedup", Unit::Number),
    ("startup", Unit::Seconds),
    ("hits", Unit::Share),
    ("duration", Unit::Seconds),
    ("queued", Unit::Seconds),
    ("cpu", Unit::Share),
    ("memory", Unit::Share),
];

/// Of which there are many values in a run: without a word for it the 95th percentile is meant.
const MANY: [&str; 4] = ["duration", "queued", "cpu", "memory"];

/// Which of many values is held against the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The mean.
    Mean,
    /// So many thousandths of the values are at most so great.
    Quantile(u16),
    /// The greatest.
    Max,
    /// The least.
    Min,
}

const WHICH: [(&str, Which); 9] = [
    ("mean", Which::Mean),
    ("median", Which::Quantile(500)),
    ("p5", Which::Quantile(50)),
    ("p50", Which::Quantile(500)),
    ("p90", Which::Quantile(900)),
    ("p95", Which::Quantile(950)),
    ("p99", Which::Quantile(990)),
    ("max", Which::Max),
    ("min", Which::Min),
];

/// A target.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// What is measured.
    pub metric: Metric,
    /// Which of its values.
    pub which: Which,
    /// Its unit.
    pub unit: Unit,
    /// The least that is well, not the most.
    pub is_least: bool,
    /// The limit itself is missed.
    pub is_strict: bool,
    /// The limit, in the unit.
    pub limit: f64,
    /// The metric as it was written.
    pub name: String,
    /// The limit as it was written: `<= 30s`.
    pub text: String,
    /// Line of the file, from 1.
    pub line: u64,
}

impl Target {
    /// Reads a line; none where it is empty or a comment.
    ///
    /// # Errors
    /// It is no target: where, and what would be one.
    pub fn parse(line: &str, number: u64) -> Result<Option<Target>, Bad> {
        let text = line.split('#').next().unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(None);
        }
        let Some(at) = text.find(['<', '>']) else {
            return Err(Bad::new(1, "write METRIC <= VALUE or METRIC >= VALUE"));
        };
        let sign = &text[at..at + if text[at + 1..].starts_with('=') { 2 } else { 1 }];
        let name = text[..at].trim().to_owned();
        let value = text[at + sign.len()..].trim();
        let (metric, which) = metric(&name)?;
        let is_least = sign.starts_with('>');
        let unit = unit_of(&metric, value);
        let limit = number_of(value, unit).map_err(|what| {
            let before = text[..at + sign.len()].chars().count();
            let blanks = text[at + sign.len()..].chars().take_while(|c| c.is_whitespace()).count();
            Bad::new(before + blanks + 1, what)
        })?;
        let many = match &metric {
            Metric::Named(word) => MANY.contains(word),
            Metric::Op(_) | Metric::Sampled(_) => true,
        };
        let which = which.unwrap_or(match (many, is_least) {
            (true, false) => Which::Quantile(950),
            (true, true) => Which::Quantile(50),
            (false, false) => Which::Max,
            (false, true) => Which::Min,
        });
        let (is_strict, text) = (sign.len() == 1, format!("{sign} {value}"));
        Ok(Some(Target {
            metric,
            which,
            unit,
            is_least,
            is_strict,
            limit,
            name,
            text,
            line: number,
        }))
    }

    /// It is of the figure of runs with this name.
    pub fn is_of(&self, figure: &str) -> bool {
        matches!(&self.metric, Metric::Named(word) if *word == figure)
    }
}

fn metric(name: &str) -> Result<(Metric, Option<Which>), Bad> {
    let (word, which) = match name.rsplit_once('.') {
        Some((word, end)) => match WHICH.iter().find(|row| row.0 == end) {
            Some((_, which)) => (word, Some(*which)),
            None => (name, None),
        },
        None => (name, None),
    };
    if let Some((known, _)) = METRICS.iter().find(|row| row.0 == word) {
        return Ok((Metric::Named(known), which));
    }
    if let Some(id) = word.strip_prefix("op:").filter(|id| !id.is_empty()) {
        return Ok((Metric::Op(id.to_owned()), which));
    }
    // figures of samples have two words: of what, and which
    if word.contains(' ') {
        return Ok((Metric::Sampled(word.to_owned()), which));
    }
    let words: Vec<&str> = METRICS.iter().map(|row| row.0).collect();
    Err(Bad::new(
        1,
        format!(
            "no metric \"{name}\"; there are {}, op:ID, and figures of samples such as \"disk vda \
             util\"; behind a point one of mean median p5 p90 p95 p99 max min",
            words.join(", ")
        ),
    ))
}

fn unit_of(metric: &Metric, value: &str) -> Unit {
    match metric {
        Metric::Named(word) => {
            METRICS.iter().find(|row| row.0 == *word).map_or(Unit::Number, |row| row.1)
        }
        Metric::Op(_) => Unit::Seconds,
        Metric::Sampled(_) if value.ends_with('%') => Unit::Share,
        Metric::Sampled(name) if name.ends_with("_bytes") || name.ends_with("_bytes_per_s") => {
            Unit::Bytes
        }
        Metric::Sampled(_) => Unit::Number,
    }
}

fn number_of(text: &str, unit: Unit) -> Result<f64, String> {
    let plain = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    match unit {
        Unit::Seconds => parse_seconds(text).map(|time| time.as_f64()),
        Unit::Bytes => parse_amount(text).map(|amount| amount.as_f64()),
        Unit::Share => {
            let read = match text.strip_suffix('%') {
                Some(number) => plain(number).map(|value| value / 100.0),
                None => plain(text),
            };
            read.ok_or_else(|| format!("\"{text}\" is no share; write 75% or 0.75"))
        }
        Unit::Number => plain(text).ok_or_else(|| format!("\"{text}\" is no number")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Target {
        Target::parse(text, 1).unwrap().unwrap()
    }

    #[test]
    fn targets_as_they_are_written() {
        let target = read("duration.p99 <= 30s # a job");
        assert_eq!(
            (target.metric, target.which),
            (Metric::Named("duration"), Which::Quantile(990))
        );
        assert_eq!((target.limit, target.is_least, target.is_strict), (30.0, false, false));
        assert_eq!(target.text, "<= 30s");
        assert_eq!(read("cpu<75%").limit, 0.75);
        assert_eq!(read("hits >= 0.85").which, Which::Min);
        assert_eq!(read("makespan <= 1h30m").which, Which::Max);
        assert_eq!(read("max_rss <= 2GiB").limit, 2.0 * 1024.0 * 1024.0 * 1024.0);
        assert_eq!(read("op:build.v2.max <= 1m").metric, Metric::Op("build.v2".into()));
        assert_eq!(
            read("disk vda util.max <= 80%").metric,
            Metric::Sampled("disk vda util".into())
        );
        assert_eq!(Target::parse("  # nothing", 1), Ok(None));
        assert_eq!(Target::parse("", 1), Ok(None));
    }

    #[test]
    fn what_is_no_target_is_refused_with_its_place() {
        for (text, column, says) in [
            ("makespan 30s", 1, "write METRIC <= VALUE"),
            ("makspan <= 30s", 1, "no metric \"makspan\"; there are makespan, work,"),
            ("makespan <= soon", 13, "no duration"),
            ("cpu <= much", 8, "write 75% or 0.75"),
            ("speedup >=", 11, "is no number"),
            ("<= 3", 1, "no metric \"\""),
            ("op: <= 3", 1, "no metric \"op:\""),
        ] {
            let wrong = Target::parse(text, 1).unwrap_err();
            assert!(wrong.what.contains(says), "{text}: {}", wrong.what);
            assert_eq!(wrong.column, column, "{text}");
        }
    }
}
