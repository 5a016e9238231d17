//! Reading logs: big blocks, lines cut by their ends, each taken in place.

use crate::entry::complain;
use crate::fail::{self, Fail};
use crate::input;
use record::{Bad, Line, Lines, MAX_LINE_BYTES, status};
use stat::{Account, Intake};
use std::io::{ErrorKind, Read};

/// Bytes of one read.
const BLOCK: usize = 128 << 10;
/// Bad lines of a file that are shown; more are counted.
const SHOWN: u64 = 10;

/// What was read, and whether all of it was as it should be.
pub struct Taken {
    /// Runs, samples, ranking.
    pub account: Account,
    /// The status that the reading alone calls for.
    pub status: u8,
}

/// Reads all files; what is wrong with one does not stop the others.
pub fn all(files: &[String], mut intake: Intake) -> Taken {
    let stdin = ["-".to_string()];
    let files = if files.is_empty() { &stdin[..] } else { files };
    let mut status = status::OK;
    for name in files {
        match one(name, &mut intake) {
            Ok(0) => {}
            Ok(bad) => {
                if bad > SHOWN {
                    let more = bad - SHOWN;
                    complain("pgstat", &format!("{}: {more} more bad lines", input::shown(name)));
                }
                status = status::BAD_INPUT;
            }
            Err(fail) => {
                complain("pgstat", &fail.message);
                status = status::BAD_INPUT;
            }
        }
        intake.end_file();
    }
    Taken { account: intake.finish(), status }
}

/// Reads one file; returns how many lines were bad.
fn one(name: &str, intake: &mut Intake) -> Result<u64, Fail> {
    let mut file = input::open(name, status::BAD_INPUT)?;
    let shown = input::shown(name);
    let mut lines = Lines::new(b'\n', MAX_LINE_BYTES);
    let mut block = vec![0; BLOCK];
    let mut bad = 0;
    loop {
        let read = match file.read(&mut block) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(Fail::io(status::BAD_INPUT, shown, &error)),
        };
        if read == 0 {
            break;
        }
        if lines.next_number() == 1 && lines.pending().is_empty() {
            input::refuse_compressed(&block[..read], (shown, status::BAD_INPUT))?;
        }
        lines.push(&block[..read]);
        while let Some(line) = lines.next_line() {
            bad += take((shown, bad), line, intake);
        }
        if lines.too_long() {
            let what = format!("longer than {MAX_LINE_BYTES} bytes; no log of ours has such lines");
            let place = fail::place(shown, lines.next_number(), &Bad::new(0, what));
            return Err(Fail::new(status::BAD_INPUT, place));
        }
    }
    if let Some(line) = lines.rest() {
        bad += take((shown, bad), line, intake);
    }
    Ok(bad)
}

/// Takes a line; a bad one is counted, and shown unless `before` it there were many.
#[inline]
fn take((name, before): (&str, u64), line: Line<'_>, intake: &mut Intake) -> u64 {
    let bytes = match line.number {
        1 => line.bytes.strip_prefix(input::BYTE_ORDER_MARK).unwrap_or(line.bytes),
        _ => line.bytes,
    };
    let Err(fault) = intake.line(bytes) else { return 0 };
    if before >= SHOWN {
        return 1;
    }
    complain("pgstat", &fail::place(name, line.number, &fault));
    1
}
