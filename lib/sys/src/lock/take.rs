//! Asking for a lock, and holding it.

use super::book::{Book, Entry};
use super::dir::{LockDir, book_file, lock_file};
use super::door::{self, Grip, Range};
use super::units::{self, Dead, Taken, Unit};
use super::waiting::Waiting;
use super::{LockError, Name};
use crate::clock::since_boot;
use record::{Bytes, Command, LockHolder, Seconds};
use std::fs::File;
use std::os::fd::{AsRawFd, RawFd};
use std::time::{SystemTime, UNIX_EPOCH};

/// A command that is longer is cut in the book, bytes.
const MAX_COMMAND_BYTES: usize = 2048;

/// How a lock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Alone: every unit.
    Exclusive,
    /// Together with other shared holders and with holders of units.
    Shared,
    /// Some units of a capacity, which each holder states for itself.
    Units {
        /// Units taken, from 1.
        take: u32,
        /// Never more units than this are taken when we get ours.
        slots: u32,
    },
}

impl Mode {
    /// `take` of `slots` units. A capacity of one is a mutex: exclusive.
    pub fn units(take: u32, slots: u32) -> Self {
        if slots <= 1 { Mode::Exclusive } else { Mode::Units { take, slots } }
    }

    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Exclusive => "exclusive",
            Mode::Shared => "shared",
            Mode::Units { .. } => "slots",
        }
    }

    pub(super) const fn grip(self) -> Grip {
        match self {
            Mode::Exclusive => Grip::Alone,
            Mode::Shared | Mode::Units { .. } => Grip::Shared,
        }
    }

    /// `take` and `slots` as they stand in records.
    pub(super) const fn counts(self) -> (Option<u32>, Option<u32>) {
        match self {
            Mode::Units { take, slots } => (Some(take), Some(slots)),
            Mode::Exclusive | Mode::Shared => (None, None),
        }
    }
}

/// A lock that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ask {
    /// Which. Several are taken in the order of their names ([`Name`] is ordered so).
    pub name: Name,
    /// How.
    pub mode: Mode,
}

impl Ask {
    /// What an operation asks for; `None` for a name that is empty.
    pub fn of(ask: &record::LockAsk) -> Option<Self> {
        let mode = if ask.shared { Mode::Shared } else { Mode::units(ask.take.max(1), ask.slots) };
        Some(Ask { name: Name::new(ask.name.as_bytes())?, mode })
    }
}

/// The files of a lock, opened for one attempt to take it: open file
/// descriptions of its own, or two attempts of one process would not exclude
/// each other.
#[derive(Debug)]
pub(super) struct Files {
    pub(super) book: Book,
    pub(super) door: File,
    pub(super) ask: Ask,
}

/// Through the door with units to count: in, or too few are free and these are taken.
pub(super) enum Entered {
    In(Held),
    TooFew(Files, Vec<Taken>),
}

impl Files {
    pub(super) fn open(dir: &LockDir, ask: &Ask) -> Result<Self, LockError> {
        if let Mode::Units { take, slots } = ask.mode
            && (take == 0 || take > slots)
        {
            let name = &ask.name;
            return Err(LockError::Refused(format!("{name}: cannot take {take} of {slots} slots")));
        }
        let file = book_file(&ask.name);
        let book = Book::new(dir.open_file(&file)?, dir.path_of(&file).display().to_string());
        let door = dir.open_file(&lock_file(&ask.name))?;
        Ok(Files { book, door, ask: ask.clone() })
    }

    fn wrong(&self) -> impl FnOnce(std::io::Error) -> LockError + use<> {
        LockError::io(format!("lock {}", self.ask.name))
    }

    pub(super) fn try_door(&self) -> Result<bool, LockError> {
        door::try_range(&self.door, self.ask.mode.grip(), Range::All).map_err(self.wrong())
    }

    /// With the door open to us: counts the units, if it is about those, and
    /// takes ours and a token.
    pub(super) fn enter(self, dir: &LockDir) -> Result<Entered, LockError> {
        let mut page = self.book.open()?;
        let mut unit = None;
        let mut other_slots = None;
        let token;
        match self.ask.mode {
            Mode::Exclusive | Mode::Shared => token = page.next_token(&self.ask.name)?,
            Mode::Units { take, slots } => {
                let taken = units::taken(dir, &self.ask.name, Dead::Removed)?;
                let sum: u64 = taken.iter().map(|other| u64::from(other.take)).sum();
                if sum + u64::from(take) > u64::from(slots) {
                    drop(page);
                    return Ok(Entered::TooFew(self, taken));
                }
                other_slots = taken.iter().map(|other| other.slots).find(|other| *other != slots);
                token = page.next_token(&self.ask.name)?;
                unit = Some(units::hold(dir, &self.ask.name, (take, slots, token))?);
            }
        }
        drop(page);
        let held = Held { files: self, unit, token, other_slots, entry: None, since: wall() };
        Ok(Entered::In(held))
    }
}

impl LockDir {
    /// Takes a lock if it is free and nobody waits for it. A few system calls.
    ///
    /// # Errors
    /// The files cannot be made or used.
    pub fn try_take(&self, ask: &Ask) -> Result<Option<Held>, LockError> {
        let files = Files::open(self, ask)?;
        if files.book.has_mark()? || !files.try_door()? {
            return Ok(None);
        }
        match files.enter(self)? {
            Entered::In(held) => Ok(Some(held)),
            Entered::TooFew(..) => Ok(None),
        }
    }

    /// Stands in the queue for a lock. One wait for a name at a time is enough
    /// for a process: the kernel's queue is for strangers.
    ///
    /// # Errors
    /// The files cannot be made or used, or no process can be started.
    pub fn wait(&self, ask: &Ask, who: &Who) -> Result<Waiting, LockError> {
        Waiting::begin(self.clone(), Files::open(self, ask)?, who)
    }
}

/// Who takes a lock or waits for it, for those who look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Who {
    /// The operation; empty for a command.
    pub id: String,
    /// What is run under the lock.
    pub cmd: Option<Command>,
}

impl Who {
    /// The command, cut where it is long.
    pub(super) fn short_cmd(&self) -> Option<Command> {
        let mut left = MAX_COMMAND_BYTES;
        let mut cut = |word: &Bytes| {
            let text = word.get(..left.min(word.len())).unwrap_or_default();
            left -= text.len();
            Bytes(text.to_vec())
        };
        match self.cmd.as_ref()? {
            Command::Shell(text) => Some(Command::Shell(cut(text))),
            Command::Argv(words) => {
                let mut short: Vec<Bytes> = Vec::new();
                for word in words {
                    let whole = word.len();
                    let piece = cut(word);
                    let ends = piece.len() < whole;
                    short.push(piece);
                    if ends {
                        break;
                    }
                }
                Some(Command::Argv(short))
            }
        }
    }
}

/// A lock that is held: by this value and by every process that inherits
/// [`Held::raw_fds`]. Dropping it gives back our part only.
#[derive(Debug)]
pub struct Held {
    pub(super) files: Files,
    unit: Option<Unit>,
    token: u64,
    other_slots: Option<u32>,
    entry: Option<Entry>,
    since: Seconds,
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
        std::iter::once(self.files.door.as_raw_fd()).chain(unit)
    }

    /// Makes the token at least this: one token can then stand for several locks.
    ///
    /// # Errors
    /// The book cannot be written.
    pub fn raise_token(&mut self, least: u64) -> Result<(), LockError> {
        if self.token < least {
            self.token = self.files.book.open()?.set_token(&self.files.ask.name, least)?;
        }
        Ok(())
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
        let mut page = self.files.book.open()?;
        self.entry = Some(match self.entry.take() {
            Some(entry) => page.change(entry, &record)?,
            None => page.add(&record)?,
        });
        Ok(())
    }

    /// Gives our part back. Processes that inherited the lock keep it.
    ///
    /// # Errors
    /// The book cannot be written. The lock is given back all the same.
    pub fn release(mut self) -> Result<(), LockError> {
        let written = self.erase();
        if let Some(unit) = self.unit.take() {
            unit.free();
        }
        written
    }

    /// Gives our part back and leaves the record for the stray that keeps the lock.
    pub fn leave_to_stray(self) {
        drop(self);
    }

    /// Gives the whole lock back, whoever inherited it.
    ///
    /// # Errors
    /// The book cannot be written, or a unit not be removed.
    pub fn release_by_force(mut self) -> Result<(), LockError> {
        let written = self.erase();
        let wrong = || self.files.wrong();
        let freed = self.unit.as_ref().map_or(Ok(()), Unit::free_by_force);
        door::unlock_range(&self.files.door, Range::All).map_err(wrong())?;
        freed.map_err(wrong())?;
        written
    }

    fn erase(&mut self) -> Result<(), LockError> {
        match self.entry.take() {
            Some(entry) => self.files.book.open()?.erase(&entry),
            None => Ok(()),
        }
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
