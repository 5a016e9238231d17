//! Where a view goes: standard output, a file replaced as a whole, or a comparison.

use super::TOOL;
use super::args::Target;
use crate::entry::complain;
use crate::fail::Fail;
use crate::print::Out;
use crate::replace::replace;
use record::{Record, status};
use std::io::Write as _;
use std::path::Path;

/// Takes what a view prints, and what is said beside it.
pub struct Sink {
    to: To,
    /// What is held back, where the cache asks for it.
    held: Option<Kept>,
}

enum To {
    /// Printed as it comes.
    Stdout(Out),
    /// Kept until the end.
    Kept { bytes: Vec<u8>, target: Target },
}

/// What was shown and what was said.
#[derive(Debug, Default)]
pub struct Kept {
    /// The bytes of the view.
    pub view: Vec<u8>,
    /// The lines on standard error.
    pub said: Vec<String>,
    /// Another run might come to something else.
    pub cut_short: bool,
}

impl Sink {
    /// Opens a target.
    pub fn open(target: &Target) -> Sink {
        let to = match target {
            Target::Stdout => To::Stdout(Out::new(status::CANNOT_WRITE)),
            Target::File(_) | Target::Check(_) => {
                To::Kept { bytes: Vec::new(), target: target.clone() }
            }
        };
        Sink { to, held: None }
    }

    /// From now on the view is held back: whoever reads it slowly holds nobody up who waits
    /// for the same one.
    pub fn hold(&mut self) {
        self.held = Some(Kept::default());
    }

    /// What was held back; it is still to be written.
    pub fn held(&mut self) -> Kept {
        self.held.take().unwrap_or_default()
    }

    /// Says something on standard error, one line.
    pub fn tell(&mut self, line: &str) {
        complain(TOOL.name, line);
        if let Some(held) = &mut self.held {
            held.said.push(line.to_string());
        }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A write that failed.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        if let Some(held) = &mut self.held {
            held.view.extend_from_slice(bytes);
            return Ok(());
        }
        match &mut self.to {
            To::Stdout(out) => out.bytes(bytes),
            To::Kept { bytes: kept, .. } => {
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
        let (bytes, target) = match self.to {
            To::Stdout(out) => return out.finish().map(|()| status::OK),
            To::Kept { bytes, target } => (bytes, target),
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
