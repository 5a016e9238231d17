//! Named locks: held by the kernel, freed by the death of the work, in order of
//! arrival.
//!
//! A name has two files in the lock directory. `NAME.lock`, always empty, has what
//! decides, as locks of the kernel:
//!
//! * Its byte 0 is the **door**: an open-file-description lock, a write lock for an
//!   exclusive holder, a read lock for shared ones and for holders of units. The
//!   work inherits the descriptor, so the kernel frees the lock when the last
//!   process that has it is gone.
//! * A byte for each who waits is its **ticket** (module `queue`), which keeps the order
//!   of arrival, also when one of those before is killed or gives up.
//! * Its flock(2) is the **turnstile**. Everybody takes it when nobody with an earlier
//!   ticket is there, waits at the door while in it, counts units and takes a fencing
//!   token there, and leaves it once through the door. So one thing at a time is decided.
//! * Its byte 1 is the **mark**: who has to stay in the turnstile has it. Without it
//!   whoever is in there leaves in a moment.
//!
//! `NAME.book` only tells (module `book`): who holds it, who waits, the last token.
//!
//! A loop never blocks: a small helper process does (module `errand`), see [`Waiting`]. A
//! process that is stopped, wherever that may be, delays others at most, who can give up
//! and say for whom they waited.
//!
//! Units (`--slots N --take K`): a holder keeps a FIFO of its own in the folder
//! `NAME.units` open for writing, and its work inherits that too. A FIFO without
//! a writer counts nothing. So "K of N are free" is a sum over FIFOs, and waiting for
//! the next one to be freed is a poll for hang-ups, with no helper and no
//! polling loop. Byte-range locks could hold the units as well, but nobody can wait for
//! "any of them", and a hang-up beside them may come before the unlock.
//!
//! A lock file that was removed while held: module `ghost`.

mod alarm;
mod book;
mod dir;
mod door;
mod errand;
mod file;
mod ghost;
mod given;
mod held;
mod look;
mod name;
mod notice;
mod queue;
mod stray;
mod take;
mod units;
mod waiting;

pub use dir::{LockDir, Place};
pub use file::{FileHeld, FileWaiting, LockFile};
pub use held::Held;
pub use look::{LockView, Standing};
pub use name::Name;
pub use notice::Notice;
pub use stray::{Tether, TetherEnd, ancestors_of, command_of, contains_us, is_stopped};
pub use take::{Ask, Busy, Mode, Tried, Who};
pub use waiting::{Progress, Waiting};

use std::io;

/// Why a lock cannot be taken or looked at.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// A system call failed on a file.
    #[error("{what}: {}", words(.error))]
    Io {
        /// What was done to which file.
        what: String,
        /// The system's reason.
        error: io::Error,
    },
    /// The directory cannot be trusted, or the question makes no sense.
    #[error("{0}")]
    Refused(String),
}

impl LockError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> LockError {
        let what = what.into();
        move |error| LockError::Io { what, error }
    }
}

/// The system's words for an error, without Rust's "(os error 2)".
fn words(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.clone(), |(words, _)| words.to_string())
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
