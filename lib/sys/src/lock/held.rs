//! Holding a lock.

use super::LockError;
use super::book::{Book, Entry};
use super::take::{Ask, Files, Who};
use super::units::Unit;
use crate::clock::since_boot;
use record::{LockHolder, Seconds};
use std::os::fd::{AsRawFd, RawFd};
use std::time::{SystemTime, UNIX_EPOCH};

/// A lock that is held: by this value and by every process that inherits
/// [`Held::raw_fds`]. Dropping it gives back our part only.
#[derive(Debug)]
pub struct Held {
    pub(super) files: Files,
    pub(super) unit: Option<Unit>,
    pub(super) token: u64,
    pub(super) other_slots: Option<u32>,
    /// Our line in the book.
    pub(super) entry: Option<Entry>,
    /// What it says.
    pub(super) recorded: Option<(u32, Who)>,
    pub(super) since: Seconds,
}

impl Held {
    /// What was asked for.
    pub fn ask(&self) -> &Ask {
        &self.files.ask
    }

    /// Fencing token: greater than every earlier one of this lock.
    pub fn token(&self) -> u64 {
        self.token
    }

    /// Another holder of units gave this capacity, not ours: a mistake somewhere.
    pub fn other_slots(&self) -> Option<u32> {
        self.other_slots
    }

    /// The descriptors that the protected work inherits, close-on-exec here.
    pub fn raw_fds(&self) -> impl Iterator<Item = RawFd> {
        let unit = self.unit.as_ref().map(|unit| unit.fifo.as_raw_fd());
        std::iter::once(self.files.door().as_raw_fd()).chain(unit)
    }

    /// Makes the token at least this: one token can then stand for several locks. The
    /// counter of a lock that is shared may be written by another in this moment; both
    /// write at least the time, so it still grows.
    ///
    /// # Errors
    /// The book cannot be written.
    pub fn raise_token(&mut self, least: u64) -> Result<(), LockError> {
        if self.token < least {
            self.token = self.files.book.set_token(&self.files.ask.name, least)?;
        }
        Ok(())
    }

    /// Takes over the line of a wait that has ended: we hold now what it waited for.
    pub(super) fn inherit(&mut self, book: Book, entry: Entry, who: &Who) {
        self.files.book = book;
        self.entry = Some(entry);
        // for those who look; the lock is held all the same
        let _ = self.record(who, std::process::id());
    }

    /// Writes who holds the lock; `pid` is the process that does the work.
    /// Once it is started is early enough.
    ///
    /// # Errors
    /// The book cannot be written. The lock is held all the same.
    pub fn record(&mut self, who: &Who, pid: u32) -> Result<(), LockError> {
        self.write_record(who, pid, By::TheWork)
    }

    /// Writes that a process which the work left behind keeps the lock.
    ///
    /// # Errors
    /// The book cannot be written.
    pub fn record_stray(&mut self, who: &Who, pid: u32) -> Result<(), LockError> {
        self.write_record(who, pid, By::AStray)
    }

    fn write_record(&mut self, who: &Who, pid: u32, by: By) -> Result<(), LockError> {
        let says = Some((pid, who.clone()));
        if self.recorded == says && by == By::TheWork {
            return Ok(());
        }
        let (take, slots) = self.files.ask.mode.counts();
        let record = LockHolder {
            name: self.files.ask.name.bytes().to_vec().into(),
            id: who.id.clone(),
            mode: self.files.ask.mode.word().to_string(),
            pid,
            by: std::process::id(),
            since: self.since,
            boot_s: since_boot(),
            take,
            slots,
            token: Some(self.token),
            cmd: who.short_cmd(),
            stray: by == By::AStray,
            extra: Vec::new(),
        };
        let book = &self.files.book;
        self.entry = Some(match self.entry.take() {
            Some(entry) => book.change(entry, &record)?,
            None => book.add(&record)?,
        });
        self.recorded = says;
        Ok(())
    }

    /// Gives our part back. Processes that inherited the lock keep it.
    ///
    /// # Errors
    /// The book cannot be written. The lock is given back all the same.
    pub fn release(self) -> Result<(), LockError> {
        if let Some(unit) = self.unit {
            unit.free();
        }
        // before the line in the book goes: others are waiting for this
        let book = self.files.close();
        self.entry.map_or(Ok(()), |entry| book.erase(&entry))
    }

    /// Gives our part back and leaves the record for the stray, or the descriptor of
    /// another process, that keeps the lock.
    pub fn leave(mut self) {
        if let Some(given) = &mut self.files.given {
            given.keep();
        }
    }

    /// Gives the whole lock back, whoever inherited it.
    ///
    /// # Errors
    /// The book cannot be written, or a unit not be removed.
    pub fn release_by_force(mut self) -> Result<(), LockError> {
        let freed = self.unit.as_ref().map_or(Ok(()), Unit::free_by_force);
        // before the line in the book goes: others are waiting for this
        self.files.unlock()?;
        let wrong = LockError::io(format!("lock {}", self.files.ask.name));
        let written = self.entry.take().map_or(Ok(()), |entry| self.files.book.erase(&entry));
        written.and(freed.map_err(wrong))
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    TheWork,
    AStray,
}

/// Now, seconds since the epoch.
pub(super) fn wall() -> Seconds {
    Seconds::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
