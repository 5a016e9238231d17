//! Where a view goes: standard output, a file replaced as a whole, or a comparison.

use super::args::Target;
use crate::fail::Fail;
use crate::print::Out;
use crate::replace::replace;
use record::{Record, status};
use std::io::Write as _;
use std::path::Path;

/// Takes what a view prints.
pub enum Sink {
    /// Printed as it comes.
    Stdout(Out),
    /// Kept until the end.
    Kept { bytes: Vec<u8>, target: Target },
}

impl Sink {
    /// Opens a target.
    pub fn open(target: &Target) -> Sink {
        match target {
            Target::Stdout => Sink::Stdout(Out::new(status::CANNOT_WRITE)),
            Target::File(_) | Target::Check(_) => {
                Sink::Kept { bytes: Vec::new(), target: target.clone() }
            }
        }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A write that failed.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        match self {
            Sink::Stdout(out) => out.bytes(bytes),
            Sink::Kept { bytes: kept, .. } => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Writes a line.
    ///
    /// # Errors
    /// A write that failed.
    pub fn line(&mut self, text: impl AsRef<[u8]>) -> Result<(), Fail> {
        self.bytes(text.as_ref())?;
        self.bytes(b"\n")
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A write that failed.
    pub fn record(&mut self, record: &impl Record) -> Result<(), Fail> {
        self.bytes(&record.to_line())
    }

    /// Completes what was written: 0, or 1 where a file is not up to date.
    ///
    /// # Errors
    /// A write that failed.
    pub fn finish(self) -> Result<u8, Fail> {
        let (bytes, target) = match self {
            Sink::Stdout(out) => return out.finish().map(|()| status::OK),
            Sink::Kept { bytes, target } => (bytes, target),
        };
        match target {
            Target::Stdout | Target::Check(None) => Ok(status::OK),
            Target::File(file) => replace(Path::new(&file), |new| new.write_all(&bytes))
                .map(|()| status::OK)
                .map_err(|e| Fail::io(status::CANNOT_WRITE, &file, &e)),
            Target::Check(Some(file)) => {
                if std::fs::read(&file).is_ok_and(|have| have == bytes) {
                    return Ok(status::OK);
                }
                let what = format!("{file}: not up to date; write it with -o, without --check");
                Err(Fail::new(status::FINDING, what))
            }
        }
    }
}
