//! The `.ninja_log` of ninja: one line an output, milliseconds from the
//! beginning of a build.

use crate::intervals::{Habits, Span};
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Bad, Outcome, Seconds};

/// How the first line begins.
pub const HEADER: &[u8] = b"# ninja log v";
/// Commands of a build need each other, and the log does not say how.
pub const HABITS: Habits = Habits { rounding: Seconds::ZERO, independent: false };

/// What is carried from line to line.
#[derive(Clone, Debug, Default)]
pub struct Ninja {
    last: (u64, u64, Vec<u8>),
    /// Lines of earlier builds.
    pub earlier: u64,
    lines: u64,
}

/// Looks at the first line.
///
/// # Errors
/// A version that is not read.
pub fn header(line: &[u8]) -> Result<(), Bad> {
    match line.strip_prefix(HEADER) {
        Some(b"5" | b"6" | b"7") => Ok(()),
        _ => {
            let shown = String::from_utf8_lossy(line);
            Err(Bad::new(HEADER.len() + 1, format!("\"{shown}\": versions 5, 6 and 7 are read")))
        }
    }
}

impl Ninja {
    /// Reads a line. Outputs of one command follow each other with the same
    /// times and hash and count once; an end before the last one begins a
    /// later build.
    ///
    /// # Errors
    /// Columns that are missing or no numbers.
    pub fn read<'a>(&mut self, line: &'a [u8]) -> Result<Option<Entry<'a>>, Bad> {
        if line.starts_with(b"#") {
            return Ok(None);
        }
        let columns: Vec<&[u8]> = line.split(|byte| *byte == b'\t').collect();
        let [start, end, _, output, hash] = columns[..] else {
            let what = format!("a line of a ninja log has 5 columns, this one {}", columns.len());
            return Err(Bad::new(line.len() + 1, what));
        };
        let (start, end) = (millis(start, 1)?, millis(end, start.len() + 2)?);
        if self.last.0 == start && self.last.1 == end && self.last.2 == hash {
            return Ok(None);
        }
        let build = if end < self.last.1 { Build::Later } else { Build::Same };
        if build == Build::Later {
            self.earlier += self.lines;
            self.lines = 0;
        }
        self.lines += 1;
        self.last = (start, end, hash.to_vec());
        let micros = |millis: u64| Seconds::from_micros((millis * 1000) as i64);
        let name = String::from_utf8_lossy(output);
        Ok(Some(Entry { build, name, start: micros(start), end: micros(end) }))
    }
}

/// A command of a build.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// Whose build it is.
    pub build: Build,
    /// Its first output.
    pub name: Cow<'a, str>,
    /// When it started, from the beginning of the build.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
}

impl Entry<'_> {
    /// As a command that ran.
    pub fn span(&self) -> Span<'_> {
        Span { name: &self.name, start: self.start, end: self.end, result: Outcome::Success }
    }
}

/// Whether a command belongs to the build of the line before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// It does.
    Same,
    /// It is the first of a later one.
    Later,
}

fn millis(text: &[u8], column: usize) -> Result<u64, Bad> {
    let told = core::str::from_utf8(text).unwrap_or_default();
    told.parse::<u64>().ok().filter(|millis| *millis < 1 << 50).ok_or_else(|| {
        let shown = String::from_utf8_lossy(text);
        Bad::new(column, format!("\"{shown}\" is no time in milliseconds"))
    })
}
