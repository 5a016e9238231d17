//! Reading logs, packed or not: big blocks, lines cut by their ends, each taken in place.

use crate::entry::complain;
use crate::fail::{self, Fail};
use crate::input;
use crate::ring;
use crate::unpack::unpacked;
use record::{Bad, Line, Lines, MAX_LINE_BYTES, status};
use std::io::{ErrorKind, Read};

/// Bytes of one read.
const BLOCK: usize = 128 << 10;
/// Bad lines of a file that are shown; more are counted.
const SHOWN: u64 = 10;

/// Gives each line of a file to `take`; what is wrong with one is told and the reading goes
/// on. Returns how many were bad.
///
/// # Errors
/// The file cannot be read, or a line of it is too long to be one.
pub fn each_line(
    (program, name): (&str, &str),
    mut take: impl FnMut(&[u8]) -> Result<(), Bad>,
) -> Result<u64, Fail> {
    let shown = input::shown(name);
    let broken = |error: std::io::Error| Fail::io(status::BAD_INPUT, shown, &error);
    let damaged = |what| Fail::new(status::BAD_INPUT, format!("{shown}: {what}"));
    let mut file: Box<dyn Read> = match ring::open(name).map_err(damaged)? {
        Some(reader) => Box::new(reader),
        None => unpacked(input::open(name, status::BAD_INPUT)?).map_err(broken)?,
    };
    let mut lines = Lines::new(b'\n', MAX_LINE_BYTES);
    let mut block = vec![0; BLOCK];
    let mut told = Told { program, shown, bad: 0 };
    loop {
        let read = match file.read(&mut block) {
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                let line = lines.next_number();
                let what = format!("{shown}: its packed bytes end too early, in line {line}");
                return Err(Fail::new(status::BAD_INPUT, what));
            }
            Err(error) => return Err(broken(error)),
        };
        if read == 0 {
            break;
        }
        if lines.next_number() == 1 && lines.pending().is_empty() {
            input::refuse_compressed(&block[..read], (shown, status::BAD_INPUT))?;
        }
        lines.push(&block[..read]);
        while let Some(line) = lines.next_line() {
            told.take(line, &mut take);
        }
        if lines.too_long() {
            let what = format!("longer than {MAX_LINE_BYTES} bytes; no log of ours has such lines");
            let place = fail::place(shown, lines.next_number(), &Bad::new(0, what));
            return Err(Fail::new(status::BAD_INPUT, place));
        }
    }
    if let Some(line) = lines.rest() {
        told.take(line, &mut take);
    }
    if told.bad > SHOWN {
        complain(program, &format!("{shown}: {} more bad lines", told.bad - SHOWN));
    }
    Ok(told.bad)
}

/// The bad lines of a file.
struct Told<'a> {
    program: &'a str,
    shown: &'a str,
    bad: u64,
}

impl Told<'_> {
    /// Takes a line; a bad one is counted, and shown unless there were many before it.
    #[inline]
    fn take(&mut self, line: Line<'_>, take: &mut impl FnMut(&[u8]) -> Result<(), Bad>) {
        let bytes = match line.number {
            1 => line.bytes.strip_prefix(input::BYTE_ORDER_MARK).unwrap_or(line.bytes),
            _ => line.bytes,
        };
        let Err(fault) = take(bytes) else { return };
        self.bad += 1;
        if self.bad <= SHOWN {
            complain(self.program, &fail::place(self.shown, line.number, &fault));
        }
    }
}
