//! GNU parallel's job log: tab-separated, with a header.

use crate::intervals::{Habits, Intervals, Span};
use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Bad, Outcome, Seconds};

/// How the header begins.
pub const HEADER: &[u8] = b"Seq\tHost\tStarttime\t";
/// Start and duration are rounded to the millisecond, each.
pub const HABITS: Habits = Habits { rounding: Seconds::from_micros(2_000), independent: true };

/// A line of a job log.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Number of the job.
    pub seq: u64,
    /// When it began, since the epoch.
    pub start: Seconds,
    /// How long it took.
    pub wall: Seconds,
    /// Bytes that it was given.
    pub send: u64,
    /// Bytes that it wrote.
    pub receive: u64,
    /// Its exit status.
    pub exit: i32,
    /// The signal that ended it, else 0.
    pub signal: i32,
    /// Its command; newlines are NUL bytes in the log.
    pub command: Vec<u8>,
    /// What it is called.
    name: String,
}

impl Row {
    /// As a command that ran.
    pub fn span(&self) -> Span<'_> {
        let failed = self.exit != 0 || self.signal != 0;
        Span {
            name: &self.name,
            start: self.start,
            end: self.start + self.wall,
            result: if failed { Outcome::Failure } else { Outcome::Success },
        }
    }
}

/// Reads a line; a header repeated by `--resume` is none.
///
/// # Errors
/// Columns that are missing or no numbers.
pub fn row(line: &[u8]) -> Result<Option<Row>, Bad> {
    if line.starts_with(HEADER) {
        return Ok(None);
    }
    let columns: Vec<&[u8]> = line.splitn(9, |byte| *byte == b'\t').collect();
    let [seq, _, start, wall, send, receive, exit, signal, command] = columns[..] else {
        let what = format!("a line of a job log has 9 columns, this one {}", columns.len());
        return Err(Bad::new(line.len() + 1, what));
    };
    let number = |text: &[u8], name| number(line, (text, name));
    let (begin, took) = (number(start, "Starttime")?, number(wall, "JobRuntime")?);
    let (exit, signal) = (number(exit, "Exitval")?, number(signal, "Signal")?);
    if !(0.0..1e11).contains(&begin) || !(0.0..1e11).contains(&took) {
        return Err(Bad::new(1, "a start or a duration out of range"));
    }
    // what says nothing of times may be anything
    let count = |text: &[u8]| number(text, "").map_or(0, |number| number as u64);
    let name = if command.is_empty() { seq } else { command };
    Ok(Some(Row {
        seq: count(seq),
        start: Seconds::from_f64(begin),
        wall: Seconds::from_f64(took),
        send: count(send),
        receive: count(receive),
        exit: exit as i32,
        signal: signal as i32,
        command: command.iter().map(|byte| if *byte == 0 { b'\n' } else { *byte }).collect(),
        name: String::from_utf8_lossy(name).into_owned(),
    }))
}

/// Reads a line into commands that ran.
///
/// # Errors
/// Columns that are missing or no numbers.
pub fn read(line: &[u8], into: &mut Intervals) -> Result<(), Bad> {
    if let Some(row) = row(line)? {
        into.push(row.span());
    }
    Ok(())
}

fn number(line: &[u8], (text, column): (&[u8], &str)) -> Result<f64, Bad> {
    let told = core::str::from_utf8(text).unwrap_or_default().trim();
    told.parse().map_err(|_| {
        let place = (text.as_ptr() as usize).saturating_sub(line.as_ptr() as usize) + 1;
        let shown = String::from_utf8_lossy(text).trim().to_owned();
        Bad::new(place, format!("{column} \"{shown}\" is no number"))
    })
}
