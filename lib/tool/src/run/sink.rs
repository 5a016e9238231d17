//! Writing to what others read, without waiting for them.

use crate::fail::reason;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use sys::fd::{self, Kind};
use sys::poller::{Poller, Want};

/// When so much waits for a reader, nothing new is started.
const CONGESTED_BYTES: usize = 1 << 20;

/// An output: standard output, standard error, the events.
#[derive(Debug)]
pub struct Sink {
    target: OwnedFd,
    name: String,
    token: usize,
    /// What the reader has not taken yet.
    pending: Vec<u8>,
    watched: bool,
    /// Writes return at once; a file's always do.
    patient: bool,
    failure: Option<io::Error>,
    reported: bool,
}

impl Sink {
    /// One of the inherited descriptors, or a file of ours.
    ///
    /// # Errors
    /// It is closed.
    pub fn new(target: RawFd, name: &str, token: usize) -> io::Result<Self> {
        let kind = fd::kind(target);
        let reopened = match kind {
            Kind::Reopenable => fd::reopen_for_writing(target).ok(),
            Kind::File | Kind::Socket => None,
        };
        let patient = reopened.is_some();
        let target = match reopened {
            Some(own) => own,
            None => fd::duplicate(target)?,
        };
        let name = name.to_string();
        Ok(Sink {
            target,
            name,
            token,
            pending: Vec::new(),
            watched: false,
            patient,
            failure: None,
            reported: false,
        })
    }

    /// Adds bytes; they are written as far as the reader takes them.
    pub fn write(&mut self, poller: &Poller, bytes: &[u8]) {
        if self.failure.is_some() || bytes.is_empty() {
            return;
        }
        let mut rest = bytes;
        if self.pending.is_empty() {
            rest = self.write_now(rest);
        }
        if !rest.is_empty() {
            self.pending.extend_from_slice(rest);
            self.watch(poller);
        }
    }

    /// The loop says that there is room.
    pub fn continue_writing(&mut self, poller: &Poller) {
        let pending = std::mem::take(&mut self.pending);
        let rest = self.write_now(&pending);
        self.pending = rest.to_vec();
        if self.pending.is_empty() && self.watched {
            let _ = poller.remove(&self.target);
            self.watched = false;
        }
    }

    fn write_now<'a>(&mut self, mut bytes: &'a [u8]) -> &'a [u8] {
        while !bytes.is_empty() {
            match fd::write_some(&self.target, bytes) {
                Ok(Some(0)) | Ok(None) => return bytes,
                Ok(Some(count)) => bytes = &bytes[count..],
                Err(error) => {
                    self.failure = Some(error);
                    return &[];
                }
            }
        }
        &[]
    }

    fn watch(&mut self, poller: &Poller) {
        if !self.watched && self.patient {
            self.watched = poller.add(&self.target, self.token, Want::Write).is_ok();
        }
    }

    /// The reader stands still.
    pub fn is_congested(&self) -> bool {
        self.pending.len() >= CONGESTED_BYTES
    }

    /// Something waits for the reader.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty()
    }

    /// The reader has gone.
    pub fn is_broken_pipe(&self) -> bool {
        self.failure.as_ref().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe)
    }

    /// What was lost, said once.
    pub fn take_failure(&mut self) -> Option<String> {
        if self.reported {
            return None;
        }
        let failure = self.failure.as_ref()?;
        self.reported = true;
        Some(format!("{}: {}; it is incomplete", self.name, reason(failure)))
    }
}

impl AsRawFd for Sink {
    fn as_raw_fd(&self) -> RawFd {
        self.target.as_raw_fd()
    }
}
