//! Logs that are not as they should be: torn at their end, or damaged in their middle.

use super::read::{Rest, Told};
use crate::fail::{Fail, place};
use record::{Lines, MAX_LINE_BYTES, status};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Read as _, Write};
use std::path::{Path, PathBuf};

/// Lines that are named; more are counted.
const SHOWN: u64 = 10;

/// Names for the copy that are tried.
const MOST_COPIES: u32 = 1000;

/// Makes the log end with a whole record, said where something is lost; returns its length.
pub fn end_well(mut file: &File, told: &Told, say: &mut Vec<String>) -> io::Result<u64> {
    match told.rest {
        Rest::Nothing => Ok(told.whole),
        Rest::Whole => {
            file.write_all(b"\n")?;
            Ok(told.whole + 1)
        }
        Rest::Torn(bytes) => {
            file.set_len(told.whole)?;
            say.push(format!(
                "{}:{}: the last record is torn: cut off at byte {} ({bytes} bytes); what it \
                 told of counts as not ended",
                told.name, told.lines, told.whole
            ));
            Ok(told.whole)
        }
    }
}

/// Takes out what is no record. The file as it was is kept beside it.
///
/// # Errors
/// It cannot be read or written; then it is as it was.
pub fn repair(path: &Path, name: &str, say: &mut Vec<String>) -> Result<(), Fail> {
    let wrong = |e: io::Error| Fail::io(status::LOST, format!("--repair {name}"), &e);
    let (whole, lost) = sift(path, name).map_err(wrong)?;
    if lost.count == 0 {
        say.push(format!("{name}: is whole; nothing was repaired"));
        return Ok(());
    }
    let copy = copy(path).map_err(wrong)?;
    say.extend(lost.shown);
    if lost.count > SHOWN {
        say.push(format!("{name}: and {} more lines", lost.count - SHOWN));
    }
    say.push(format!(
        "{name}: {} of {} lines were dropped; what they told of counts as not ended; the file as \
         it was is {}",
        lost.count,
        lost.lines,
        copy.display()
    ));
    // in place, since it is held for us: the copy is on the disk by now
    let mut file = OpenOptions::new().write(true).truncate(true).open(path).map_err(wrong)?;
    file.write_all(&whole).and_then(|()| file.sync_all()).map_err(wrong)
}

/// Lines that were taken out.
#[derive(Default)]
struct Lost {
    count: u64,
    lines: u64,
    shown: Vec<String>,
}

/// What is whole of a log.
fn sift(path: &Path, name: &str) -> io::Result<(Vec<u8>, Lost)> {
    let mut text = Vec::new();
    File::open(path)?.read_to_end(&mut text)?;
    let mut lines = Lines::new(b'\n', MAX_LINE_BYTES);
    lines.push(&text);
    let (mut told, mut lost) = (Told::default(), Lost::default());
    let mut whole = Vec::with_capacity(text.len());
    let mut take = |number: u64, bytes: &[u8]| {
        lost.lines = number;
        match told.take(bytes) {
            Ok(()) => {
                whole.extend_from_slice(bytes);
                whole.push(b'\n');
            }
            Err(bad) => {
                lost.count += 1;
                if lost.count <= SHOWN {
                    lost.shown.push(format!("{}; dropped", place(name, number, &bad)));
                }
            }
        }
    };
    while let Some(line) = lines.next_line() {
        take(line.number, line.bytes);
    }
    if let Some(line) = lines.rest() {
        take(line.number, line.bytes);
    }
    Ok((whole, lost))
}

/// A copy under a name that is not taken, on the disk when this returns.
fn copy(path: &Path) -> io::Result<PathBuf> {
    for number in 1..MOST_COPIES {
        let mut name = path.as_os_str().to_os_string();
        name.push(if number == 1 { ".broken".to_string() } else { format!(".broken.{number}") });
        let name = PathBuf::from(name);
        match OpenOptions::new().write(true).create_new(true).open(&name) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
            Ok(file) => {
                let mut out = BufWriter::new(file);
                io::copy(&mut File::open(path)?, &mut out)?;
                out.flush()?;
                out.get_ref().sync_all()?;
                return Ok(name);
            }
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}
