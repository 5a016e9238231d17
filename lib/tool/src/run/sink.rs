//! Writing to what others read, without waiting for them.
//!
//! A pipe that is full takes more when its reader has read. A file on a full disk takes
//! more when somebody has made room: it is tried again with everything that follows, and
//! a last time at the end of the run.

use super::capture::Part;
use super::output::Waits;
use super::scratch;
use crate::fail::reason;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd as _, AsRawFd, RawFd};
use std::os::unix::fs::FileExt as _;
use sys::fd::{self, Descriptor, Kind};
use sys::poller::{Poller, Want};

/// "Bad file descriptor".
const EBADF: i32 = 9;

/// When so much waits for a reader, nothing new is started.
const CONGESTED_BYTES: u64 = 1 << 20;

/// What waits beyond this goes to a file without a name.
const MEMORY_BYTES: usize = 2 << 20;

/// So much of it is read back at a time.
const PIECE_BYTES: u64 = 256 << 10;

/// An output: standard output, standard error, the events.
#[derive(Debug)]
pub struct Sink {
    target: Descriptor,
    /// It was closed when we were started: what is written is lost.
    closed: Option<io::Error>,
    name: String,
    token: usize,
    /// What the reader has not taken yet begins at `taken`.
    pending: Vec<u8>,
    taken: usize,
    /// What waits behind that.
    overflow: Option<Overflow>,
    /// What waits behind that, since its file takes no more.
    behind: Vec<u8>,
    watched: bool,
    /// Why a file takes no more for now.
    full: Option<io::Error>,
    full_told: bool,
    kind: Kind,
    is_terminal: bool,
    /// The last byte that was added ended a line.
    line_ended: bool,
    failure: Option<io::Error>,
    reported: bool,
}

/// Bytes in a file: those from `read` to `written` wait.
#[derive(Debug)]
struct Overflow {
    file: File,
    read: u64,
    written: u64,
}

impl Sink {
    /// One of the inherited descriptors, or a file of ours.
    ///
    /// # Errors
    /// It is closed.
    pub fn new(inherited: RawFd, name: &str, token: usize) -> io::Result<Self> {
        let target = inherited;
        let kind = fd::kind(target);
        let reopened = match kind {
            Kind::Reopenable => fd::reopen_for_writing(target).ok(),
            Kind::File | Kind::Socket => None,
        };
        let target = match reopened {
            Some(own) => Descriptor::Own(own),
            None => fd::keep(target)?,
        };
        let name = name.to_string();
        let is_terminal = target.as_fd().is_terminal();
        let closed = fd::was_closed(inherited).then(|| io::Error::from_raw_os_error(EBADF));
        Ok(Sink {
            target,
            closed,
            name,
            token,
            pending: Vec::new(),
            taken: 0,
            overflow: None,
            behind: Vec::new(),
            watched: false,
            full: None,
            full_told: false,
            kind,
            is_terminal,
            line_ended: true,
            failure: None,
            reported: false,
        })
    }

    /// Adds bytes; they are written as far as the reader takes them.
    pub fn write(&mut self, poller: &Poller, bytes: &[u8]) {
        let Some(last) = bytes.last() else { return };
        if let Some(closed) = self.closed.take() {
            self.failure = Some(closed);
        }
        if self.failure.is_some() {
            return;
        }
        self.line_ended = *last == b'\n';
        let mut rest = bytes;
        if !self.is_pending() {
            rest = &bytes[self.write_now(bytes)..];
        }
        if !rest.is_empty() && self.failure.is_none() {
            let was_pending = self.is_pending();
            self.keep(rest);
            if self.kind != Kind::File {
                self.watch(poller);
            } else if was_pending {
                // there may be room again
                self.continue_writing(poller);
            }
            if self.kind == Kind::File && self.waiting() > CONGESTED_BYTES {
                self.give_up();
            }
        }
    }

    /// The run is over: what a file does not take now is lost.
    pub fn end(&mut self, poller: &Poller) {
        if self.kind == Kind::File && self.is_pending() {
            self.continue_writing(poller);
            self.give_up();
        }
    }

    /// What a full disk has not taken is lost.
    fn give_up(&mut self) {
        if let Some(full) = self.full.take() {
            self.failure = Some(full);
            self.forget();
        }
    }

    /// Nobody gets what waits.
    fn forget(&mut self) {
        (self.pending, self.taken) = (Vec::new(), 0);
        (self.overflow, self.behind) = (None, Vec::new());
    }

    /// Adds a part of what was kept, as far as the reader takes it, and a little more:
    /// how many bytes. What is in a file goes there without a copy.
    ///
    /// # Errors
    /// It cannot be read back.
    pub fn send(&mut self, poller: &Poller, part: Part<'_>) -> io::Result<u64> {
        let all = part.len();
        let Part::File(file, mut at, mut len) = part else {
            return part.each(|bytes| self.write(poller, bytes)).map(|()| all);
        };
        if self.failure.is_some() {
            return Ok(all);
        }
        let free = self.closed.is_none() && !self.is_pending();
        if free && self.kind != Kind::Socket && len > 1 {
            // the last byte is written below, which sees whether it ends a line; what
            // this cannot do is done there, too, or fails with the reason
            while len > 1
                && let Ok(Some(count)) = fd::send_file(&self.target, file, at, len - 1)
                && count > 0
            {
                at += count as u64;
                len -= count as u64;
            }
        }
        while len > 0 && !self.is_congested() {
            let count = len.min(PIECE_BYTES);
            Part::File(file, at, count).each(|bytes| self.write(poller, bytes))?;
            at += count;
            len -= count;
        }
        Ok(all - len)
    }

    /// A line of our own on a terminal: in place of what stands there, `before` first where
    /// a line of somebody else has no end. It counts as nothing: what comes next begins a line.
    pub fn draw(&mut self, poller: &Poller, before: &[u8], line: &[u8]) {
        if !self.line_ended {
            self.write(poller, before);
        }
        self.write(poller, line);
        self.line_ended = true;
    }

    /// Adds whole lines: a line of somebody else that has no end is ended before.
    pub fn write_lines(&mut self, poller: &Poller, lines: &[u8]) {
        if !self.line_ended {
            self.write(poller, b"\n");
        }
        self.write(poller, lines);
    }

    fn keep(&mut self, bytes: &[u8]) {
        let waiting = self.pending.len() - self.taken;
        if self.overflow.is_none() && waiting + bytes.len() > MEMORY_BYTES {
            // without a file the memory must do
            let made = scratch::unnamed_file(&std::env::temp_dir());
            self.overflow = made.ok().map(|(file, _)| Overflow { file, read: 0, written: 0 });
        }
        let Some(overflow) = &mut self.overflow else {
            if self.taken >= waiting {
                // or what the reader has taken would stay as long as more comes
                self.pending.drain(..self.taken);
                self.taken = 0;
            }
            self.pending.extend_from_slice(bytes);
            return;
        };
        let mut rest = bytes;
        // so must it where the file takes no more
        while self.behind.is_empty() && !rest.is_empty() {
            match overflow.file.write_at(rest, overflow.written) {
                Ok(count) if count > 0 => {
                    overflow.written += count as u64;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(_) | Err(_) => break,
            }
        }
        self.behind.extend_from_slice(rest);
    }

    /// The loop says that there is room.
    pub fn continue_writing(&mut self, poller: &Poller) {
        loop {
            let pending = std::mem::take(&mut self.pending);
            self.taken += self.write_now(&pending[self.taken..]);
            self.pending = pending;
            if self.failure.is_some() {
                self.forget();
            } else if self.taken < self.pending.len() {
                if self.kind != Kind::File {
                    self.watch(poller);
                }
                return;
            }
            self.pending.clear();
            self.taken = 0;
            self.fetch();
            if self.pending.is_empty() {
                break;
            }
        }
        if self.watched {
            let _ = poller.remove(&self.target);
            self.watched = false;
        }
    }

    /// Reads back the next of what waits in the file.
    fn fetch(&mut self) {
        let Some(overflow) = &mut self.overflow else { return };
        let left = overflow.written - overflow.read;
        if left == 0 || self.failure.is_some() {
            self.overflow = None;
            self.pending = std::mem::take(&mut self.behind);
            return;
        }
        self.pending.resize(left.min(PIECE_BYTES) as usize, 0);
        match overflow.file.read_exact_at(&mut self.pending, overflow.read) {
            Ok(()) => overflow.read += self.pending.len() as u64,
            Err(error) => {
                self.pending.clear();
                self.failure = Some(error);
            }
        }
    }

    /// How many bytes were taken; all where they cannot be written at all.
    fn write_now(&mut self, bytes: &[u8]) -> usize {
        let mut done = 0;
        while done < bytes.len() {
            let rest = &bytes[done..];
            let written = match self.kind {
                Kind::Socket => fd::send_some(&self.target, rest),
                Kind::File | Kind::Reopenable => fd::write_some(&self.target, rest),
            };
            match written {
                Ok(Some(0)) | Ok(None) => return done,
                Ok(Some(count)) => {
                    done += count;
                    self.full = None;
                }
                Err(error) if self.kind == Kind::File && fd::may_find_room(&error) => {
                    self.full = Some(error);
                    return done;
                }
                Err(error) => {
                    self.failure = Some(error);
                    return bytes.len();
                }
            }
        }
        done
    }

    fn watch(&mut self, poller: &Poller) {
        if !self.watched {
            self.watched = poller.add(&self.target, self.token, Want::Write).is_ok();
        }
    }

    /// Bytes that were not taken yet.
    fn waiting(&self) -> u64 {
        let behind = self.overflow.as_ref().map_or(0, |file| file.written - file.read);
        (self.pending.len() - self.taken + self.behind.len()) as u64 + behind
    }

    /// It waits for its reader, and cannot be watched.
    pub fn is_unwatched(&self) -> bool {
        self.is_pending() && !self.watched && self.kind != Kind::File
    }

    /// The reader stands still. A full disk is not waited for.
    pub fn is_congested(&self) -> bool {
        self.kind != Kind::File && self.waiting() >= CONGESTED_BYTES
    }

    /// That it waits for room on a disk, until that has been told.
    pub fn waits(&mut self) -> Option<Waits<'_>> {
        let full = self.full.as_ref().filter(|_| !self.full_told)?;
        Some(Waits { name: &self.name, full, told: &mut self.full_told })
    }

    /// What was last written ended a line.
    pub fn line_ended(&self) -> bool {
        self.line_ended
    }

    /// A person looks at it.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Something waits for the reader.
    pub fn is_pending(&self) -> bool {
        !self.pending.is_empty() || self.overflow.is_some()
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
