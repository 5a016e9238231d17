//! Asking for a lock, and taking it where it is free.

use super::book::Book;
use super::dir::{LockDir, LockFileIs, book_file};
use super::door::{self, DOOR, Grip, MARK, QUEUE};
use super::errand::{Errand, Turn};
use super::given::{self, Given};
use super::held::{Held, wall};
use super::queue::{self, Ticket};
use super::units::{self, Dead, Taken};
use super::waiting::{By, Waiting};
use super::{LockError, Name};
use record::{Bytes, Command};
use std::fs::File;
use std::os::fd::RawFd;

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
    /// The lock file: turnstile, mark, and the lock itself.
    file: File,
    /// Whose descriptor is to hold the lock, if not ours.
    pub(super) given: Option<Given>,
    pub(super) book: Book,
    pub(super) ask: Ask,
}

/// What came of opening.
pub(super) enum Opened {
    Files(Files),
    /// There is no lock file, but somebody holds those that were removed.
    Removed(Vec<File>),
}

/// At the door with units to count: in, or too few are free and these are taken.
pub(super) enum Entered {
    In(Held),
    TooFew(Files, Vec<Taken>),
}

impl Files {
    pub(super) fn open(dir: &LockDir, wanted: &Wanted<'_>) -> Result<Opened, LockError> {
        let ask = wanted.ask;
        if let Mode::Units { take, slots } = ask.mode
            && (take == 0 || take > slots)
        {
            let name = &ask.name;
            return Err(LockError::Refused(format!("{name}: cannot take {take} of {slots} slots")));
        }
        let file = match dir.open_lock(&ask.name)? {
            LockFileIs::There(file) => file,
            LockFileIs::Removed(files) => return Ok(Opened::Removed(files)),
        };
        let given = wanted.given.map(|fd| given::usable(dir, ask, fd)).transpose()?;
        let book = open_book(dir, &ask.name)?;
        Ok(Opened::Files(Files { file, given, book, ask: ask.clone() }))
    }

    fn wrong(&self) -> impl FnOnce(std::io::Error) -> LockError + use<> {
        LockError::io(format!("lock {}", self.ask.name))
    }

    /// What holds the lock.
    pub(super) fn door(&self) -> &File {
        self.given.as_ref().map_or(&self.file, Given::file)
    }

    /// Everything that is waited for.
    pub(super) fn errand(&mut self, ticket: Ticket) -> Errand<'_> {
        if let Some(given) = &mut self.given {
            given.take();
        }
        let grip = self.ask.mode.grip();
        Errand::Queue(Turn { ticket, file: &self.file, door: self.door(), grip })
    }

    /// A place in the queue; the earlier one if there was one.
    pub(super) fn ticket(&self, earlier: Option<Ticket>) -> Result<Ticket, LockError> {
        Ticket::take(&self.file, earlier).map_err(self.wrong())
    }

    /// The turnstile and the door, if both are to be had at once.
    fn try_both(&mut self) -> Result<Result<(), Busy>, LockError> {
        let others = queue::is_there(&self.file).map_err(self.wrong())?;
        if others || !door::try_flock(&self.file, Grip::Alone).map_err(self.wrong())? {
            let marked = door::look_span(&self.file, MARK).map_err(self.wrong())?.is_some();
            return Ok(Err(if marked { Busy::Held } else { Busy::InPassing }));
        }
        let grip = self.ask.mode.grip();
        if !door::try_span(self.door(), grip, DOOR).map_err(self.wrong())? {
            return Ok(Err(Busy::Held));
        }
        if let Some(given) = &mut self.given {
            given.take();
        }
        Ok(Ok(()))
    }

    /// We have the lock of a file that is still the one of this name.
    pub(super) fn stands(&self, dir: &LockDir) -> Result<bool, LockError> {
        dir.is_lock_file(&self.ask.name, self.door())
    }

    /// We stay in the turnstile.
    pub(super) fn mark(&self) -> Result<(), LockError> {
        door::try_span(&self.file, Grip::Shared, MARK).map(|_| ()).map_err(self.wrong())
    }

    /// With the door open to us: counts the units, if it is about those, and
    /// takes ours and a token. Who is in has left the turnstile.
    pub(super) fn enter(self, dir: &LockDir) -> Result<Entered, LockError> {
        let mut unit = None;
        let mut other_slots = None;
        let name = &self.ask.name;
        let token;
        match self.ask.mode {
            Mode::Exclusive | Mode::Shared => token = self.book.next_token(name)?,
            Mode::Units { take, slots } => {
                let taken = units::taken(dir, name, Dead::Removed)?;
                let sum: u64 = taken.iter().map(|other| u64::from(other.take)).sum();
                if sum + u64::from(take) > u64::from(slots) {
                    return Ok(Entered::TooFew(self, taken));
                }
                other_slots = taken.iter().map(|other| other.slots).find(|other| *other != slots);
                token = self.book.next_token(name)?;
                unit = Some(units::hold(dir, name, (take, slots, token))?);
            }
        }
        door::unlock_span(&self.file, QUEUE).map_err(self.wrong())?;
        door::unflock(&self.file).map_err(self.wrong())?;
        let (entry, recorded, since) = (None, None, wall());
        let files = self;
        Ok(Entered::In(Held { files, unit, token, other_slots, entry, recorded, since }))
    }

    /// Closes what holds the lock.
    pub(super) fn close(self) -> Book {
        self.book
    }

    /// Unlocks, whoever has the descriptor.
    pub(super) fn unlock(&self) -> Result<(), LockError> {
        door::unlock_span(self.door(), DOOR).map_err(self.wrong())
    }
}

/// The book of a name.
pub(super) fn open_book(dir: &LockDir, name: &Name) -> Result<Book, LockError> {
    let file = book_file(name);
    Ok(Book::new(dir.open_file(&file)?, dir.path_of(&file).display().to_string(), name))
}

/// A lock that is wanted, and the descriptor that is to hold it if not one of ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted<'a> {
    pub(super) ask: &'a Ask,
    pub(super) given: Option<RawFd>,
}

/// What came of trying.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "returned once and taken apart")]
pub enum Tried {
    /// The lock is ours.
    Held(Held),
    /// Not now.
    Busy(Busy),
}

/// Why a lock was not to be had at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// It is held, or somebody waits for it.
    Held,
    /// Somebody is about to take it or to find it held, which is decided in a moment.
    InPassing,
}

impl LockDir {
    /// Takes a lock if it is free and nobody waits for it. A few system calls. A given
    /// descriptor of the lock file, which somebody else has opened, stays locked when we
    /// have gone.
    ///
    /// # Errors
    /// The files cannot be made or used, or the descriptor cannot hold the lock.
    pub fn try_take(&self, ask: &Ask, given: Option<RawFd>) -> Result<Tried, LockError> {
        let wanted = Wanted { ask, given };
        loop {
            let mut files = match Files::open(self, &wanted)? {
                Opened::Files(files) => files,
                Opened::Removed(_) => return Ok(Tried::Busy(Busy::Held)),
            };
            if let Err(busy) = files.try_both()? {
                return Ok(Tried::Busy(busy));
            }
            if !files.stands(self)? {
                continue;
            }
            return match files.enter(self)? {
                Entered::In(held) => Ok(Tried::Held(held)),
                Entered::TooFew(..) => Ok(Tried::Busy(Busy::Held)),
            };
        }
    }

    /// Stands in the queue for a lock. One wait for a name at a time is enough
    /// for a process: the kernel's queue is for strangers.
    ///
    /// # Errors
    /// The files cannot be made or used, or no process can be started.
    pub fn wait(&self, ask: &Ask, who: &Who) -> Result<Waiting, LockError> {
        Waiting::begin(self.clone(), &Wanted { ask, given: None }, (who, By::AHelper))
    }

    /// Stands in the queue for a lock, and for a descriptor that somebody else has opened
    /// if one is given; [`Waiting::block`] waits.
    ///
    /// # Errors
    /// As [`Self::wait`], or the descriptor cannot hold the lock.
    pub fn stand(&self, ask: &Ask, given: Option<RawFd>, who: &Who) -> Result<Waiting, LockError> {
        Waiting::begin(self.clone(), &Wanted { ask, given }, (who, By::Ourselves))
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
