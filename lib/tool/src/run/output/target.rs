//! Where a job log or a table of results goes.

use crate::fail::reason;
use crate::run::sinks::{Sinks, To};
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use sys::fd::may_find_room;
use sys::poller::Poller;

/// So much waits for room on a full disk; beyond it is lost.
const WAITING_BYTES: usize = 1 << 20;

/// A file, or standard output.
#[derive(Debug)]
pub enum Target {
    /// A file of ours.
    File(Log),
    /// What could not be written is said there already.
    Out,
    /// Nothing more can be added.
    Failed,
}

/// A file that records are added to.
#[derive(Debug)]
pub struct Log {
    file: File,
    /// How it is called in messages.
    name: String,
    /// What a full disk has not taken yet: written before what follows, so that
    /// no record is missing or torn when there is room again.
    waiting: Vec<u8>,
    /// Why the disk takes no more for now.
    full: Option<io::Error>,
    told: bool,
}

impl Log {
    fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.waiting.is_empty() {
            let rest = &bytes[self.write(bytes)?..];
            self.waiting.extend_from_slice(rest);
            return Ok(());
        }
        self.waiting.extend_from_slice(bytes);
        let waiting = std::mem::take(&mut self.waiting);
        let written = self.write(&waiting)?;
        self.waiting.extend_from_slice(&waiting[written..]);
        Ok(())
    }

    /// How many bytes the disk took.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < bytes.len() {
            match self.file.write(&bytes[done..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(count) => {
                    done += count;
                    self.full = None;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error)
                    if may_find_room(&error)
                        && self.waiting.len() + bytes.len() < WAITING_BYTES =>
                {
                    self.full = Some(error);
                    return Ok(done);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
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
            Ok(file) => {
                Ok(Target::File(Log { file, name, waiting: Vec::new(), full: None, told: false }))
            }
            Err(error) => Err(format!("{name}: {}", reason(&error))),
        }
    }

    /// Adds to it. What a full disk does not take is tried again with what follows. After
    /// another failure nothing more is added: it would stand behind a record that was torn.
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
            Target::File(log) => {
                if let Err(error) = log.add(bytes) {
                    let what = format!("{}: {}; it is incomplete", log.name, reason(&error));
                    *self = Target::Failed;
                    return Err(what);
                }
            }
        }
        Ok(())
    }

    /// That it waits for room on a disk, until that has been told.
    pub fn waits(&mut self) -> Option<Waits<'_>> {
        let Target::File(Log { name, full: Some(full), told, .. }) = self else { return None };
        (!*told).then_some(Waits { name, full, told })
    }

    /// Nothing more comes: what the disk does not take now is lost.
    ///
    /// # Errors
    /// What is incomplete.
    pub fn end(&mut self) -> Result<(), String> {
        let Target::File(log) = self else { return Ok(()) };
        let ended = log.add(b"").err().or_else(|| log.full.take());
        let Some(error) = ended else { return Ok(()) };
        let what = format!("{}: {}; it is incomplete", log.name, reason(&error));
        *self = Target::Failed;
        Err(what)
    }
}

/// A file that waits for room on a disk.
#[derive(Debug)]
pub struct Waits<'a> {
    pub name: &'a str,
    pub full: &'a io::Error,
    /// Whether that has been said.
    pub told: &'a mut bool,
}

impl Waits<'_> {
    /// Says it, once.
    pub fn tell(self) -> String {
        *self.told = true;
        format!("{}: {}; what follows waits for room", self.name, reason(self.full))
    }
}
