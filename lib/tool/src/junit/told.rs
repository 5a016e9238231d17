//! An operation as reports tell of it.

use record::{Outcome, Seconds};

/// An operation that has been decided, as reports tell of it.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// Its number in the input, from 1.
    pub seq: u64,
    /// What people know it by: its id, or a line's command.
    pub name: String,
    /// Its command, ready to paste, in one line.
    pub command: String,
    /// Where it stands, as `file:line`; empty for a line.
    pub source: String,
    pub result: Outcome,
    /// Why, in words, where the result alone does not say it.
    pub reason: String,
    /// When it began, seconds since the epoch.
    pub start: Seconds,
    /// How long it took.
    pub wall: Seconds,
    /// The end of what it wrote.
    pub tail: Vec<u8>,
}

impl Told {
    /// How it ended, in a few words: `exit 3 after 1.2 s`.
    pub fn ending(&self) -> String {
        let why = match self.reason.as_str() {
            "" => self.result.word(),
            reason => reason,
        };
        match self.result {
            Outcome::Skip => format!("{} ({why})", self.result.word()),
            _ => format!("{why} after {:.1} s", self.wall.as_f64()),
        }
    }

    /// The file and the line it stands in, where it came from a file.
    pub fn place(&self) -> Option<(&str, u64)> {
        // a third number is a column
        let mut parts = self.source.rsplitn(3, ':');
        let (last, middle, first) = (parts.next()?, parts.next()?, parts.next());
        let (file, line) = match (first, middle.parse::<u64>()) {
            (Some(file), Ok(line)) if last.parse::<u64>().is_ok() => (file, line),
            _ => (self.source.strip_suffix(last)?.strip_suffix(':')?, last.parse::<u64>().ok()?),
        };
        (!file.is_empty() && file != crate::input::STDIN).then_some((file, line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found() {
        let place = |source: &str| {
            let told = Told { source: source.to_string(), ..Told::default() };
            told.place().map(|(file, line)| (file.to_string(), line))
        };
        assert_eq!(place("a/b.yaml:12"), Some(("a/b.yaml".to_string(), 12)));
        assert_eq!(place("b.yaml:12:7"), Some(("b.yaml".to_string(), 12)));
        assert_eq!(place("c:b.yaml:12"), Some(("c:b.yaml".to_string(), 12)));
        for none in ["", "b.yaml", "standard input:3", ":3", "b.yaml:x"] {
            assert_eq!(place(none), None, "{none}");
        }
    }

    #[test]
    fn endings_are_a_few_words() {
        let ending = |result, reason: &str| {
            let wall = Seconds::from_f64(1.25);
            Told { result, reason: reason.to_string(), wall, ..Told::default() }.ending()
        };
        assert_eq!(ending(Outcome::Failure, "exit 3"), "exit 3 after 1.2 s");
        assert_eq!(ending(Outcome::Success, ""), "success after 1.2 s");
        assert_eq!(ending(Outcome::Skip, "check"), "skip (check)");
    }
}
