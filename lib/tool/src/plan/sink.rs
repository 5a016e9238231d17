//! Where a view goes: standard output, a file replaced as a whole, or a comparison.

use super::TOOL;
use super::args::Target;
use super::cache::MAX_VIEW_BYTES;
use crate::entry::complain;
use crate::fail::Fail;
use crate::print::Out;
use crate::replace::replace;
use record::{Bytes, Record, status};
use serde::{Deserialize, Serialize};
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

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

/// What a run gives beside its view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aside {
    /// A message.
    Said(String),
    /// A record on standard error.
    Record(Bytes),
    /// Another file, and what is in it.
    File(PathBuf, Bytes),
}

/// What was shown and what was given beside.
#[derive(Debug, Default)]
pub struct Kept {
    /// The bytes of the view.
    pub view: Vec<u8>,
    /// All else, in its order.
    pub asides: Vec<Aside>,
    /// It is only shown.
    pub forgotten: bool,
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
        // only a file can fail
        let _ = self.aside(Aside::Said(line.to_string()));
    }

    /// Gives figures on standard error: a record, or the words for it where a person reads them.
    pub fn figures(&mut self, record: &impl Record, words: String) {
        if matches!(self.to, To::Kept { target: Target::Check(_), .. }) {
            return;
        }
        let aside = match std::io::stderr().is_terminal() {
            true => Aside::Said(words),
            false => Aside::Record(record.to_line().into()),
        };
        // only a file can fail
        let _ = self.aside(aside);
    }

    /// Gives something beside the view.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub fn aside(&mut self, aside: Aside) -> Result<(), Fail> {
        match &aside {
            Aside::Said(line) => complain(TOOL.name, line),
            // as with every message: there is no other place to say that it could not be said
            Aside::Record(bytes) => drop(std::io::stderr().write_all(bytes)),
            Aside::File(file, bytes) => replace(file, |new| new.write_all(bytes))
                .map_err(|e| Fail::io(status::CANNOT_WRITE, file.to_string_lossy(), &e))?,
        }
        if let Some(held) = &mut self.held {
            held.asides.push(aside);
        }
        Ok(())
    }

    /// Nothing of this is kept: it is too large, or was cut short, and another run might come
    /// to something else.
    pub fn forget(&mut self) {
        if let Some(held) = &mut self.held {
            held.forgotten = true;
        }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A write that failed.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        if let Some(held) = &mut self.held {
            held.view.extend_from_slice(bytes);
            if held.view.len() > MAX_VIEW_BYTES {
                self.forget();
            }
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
