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

/// Reads a line; a header repeated by `--resume` is passed over.
///
/// # Errors
/// Columns that are missing or no numbers.
pub fn read(line: &[u8], into: &mut Intervals) -> Result<(), Bad> {
    if line.starts_with(HEADER) {
        return Ok(());
    }
    let columns: Vec<&[u8]> = line.splitn(9, |byte| *byte == b'\t').collect();
    let [seq, _, start, wall, _, _, exit, signal, command] = columns[..] else {
        let what = format!("a line of a job log has 9 columns, this one {}", columns.len());
        return Err(Bad::new(line.len() + 1, what));
    };
    let start = number(line, (start, "Starttime"))?;
    let wall = number(line, (wall, "JobRuntime"))?;
    let failed =
        number(line, (exit, "Exitval"))? != 0.0 || number(line, (signal, "Signal"))? != 0.0;
    if !(0.0..1e11).contains(&start) || !(0.0..1e11).contains(&wall) {
        return Err(Bad::new(1, "a start or a duration out of range"));
    }
    let name = if command.is_empty() { seq } else { command };
    let start = Seconds::from_f64(start);
    into.push(Span {
        name: &String::from_utf8_lossy(name),
        start,
        end: start + Seconds::from_f64(wall),
        result: if failed { Outcome::Failure } else { Outcome::Success },
    });
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
