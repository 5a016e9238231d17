//! Where a job log or a table of results goes.

use crate::fail::reason;
use crate::run::sinks::{Sinks, To};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use sys::poller::Poller;

/// A file, or standard output.
#[derive(Debug)]
pub enum Target {
    /// With its name in messages.
    File(File, String),
    /// What could not be written is said there already.
    Out,
    /// Nothing more can be added.
    Failed,
}

impl Target {
    /// A new file; `-` is standard output.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn create(path: &Path, name: String) -> Result<Self, String> {
        if path.as_os_str() == "-" {
            return Ok(Target::Out);
        }
        Target::of(File::create(path), name)
    }

    /// A file that was opened, or why it was not.
    ///
    /// # Errors
    /// Why it was not, in words.
    pub fn of(opened: io::Result<File>, name: String) -> Result<Self, String> {
        match opened {
            Ok(file) => Ok(Target::File(file, name)),
            Err(error) => Err(format!("{name}: {}", reason(&error))),
        }
    }

    /// Adds to it. After a failure nothing more is added: it would stand behind a
    /// record that was torn.
    ///
    /// # Errors
    /// What could not be written, said once.
    pub fn add(
        &mut self,
        bytes: &[u8],
        (sinks, poller): (&mut Sinks, &Poller),
    ) -> Result<(), String> {
        match self {
            Target::Out => sinks.write(poller, To::Out, bytes),
            Target::Failed => {}
            Target::File(file, name) => {
                if let Err(error) = file.write_all(bytes) {
                    let what = format!("{name}: {}; it is incomplete", reason(&error));
                    *self = Target::Failed;
                    return Err(what);
                }
            }
        }
        Ok(())
    }
}
