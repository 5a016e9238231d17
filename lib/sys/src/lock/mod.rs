//! Named locks: held by the kernel, freed by the death of the work, in order of
//! arrival.
//!
//! A name has two files in the lock directory. `NAME.lock`, always empty, is the
//! **door**: an open-file-description lock on the whole of it, a write lock for an
//! exclusive holder, a read lock for shared ones and for holders of units. The
//! work inherits the descriptor, so the kernel frees the lock when the last
//! process that has it is gone. `NAME.book` tells who holds it and who waits, and
//! counts the fencing tokens; three kernel locks stand on it:
//!
//! * its flock(2) is the **turnstile**. Who has to wait stands in it, where the
//!   kernel is first come first served, keeps it while waiting at the door, and
//!   leaves it once through the door.
//! * byte 1 is the **mark** "somebody waits", a read lock of everyone who does.
//!   Who finds no mark tries the door at once and needs no turnstile; who finds
//!   one does not go past the waiters.
//! * byte 0 is the **pen**: who writes in the book or counts units has it, for
//!   a few system calls, never while waiting for anything.
//!
//! Units (`--slots N --take K`): a holder keeps a FIFO of its own in the folder
//! `NAME.units` open for writing, and its work inherits that too. A FIFO without
//! a writer counts nothing. So "K of N are free" is a sum over FIFOs, and waiting for
//! the next one to be freed is a poll for hang-ups, with no helper and no
//! polling loop. Byte-range locks could hold the units as well, but nobody can wait for
//! "any of them", and a hang-up beside them may come before the unlock.
//!
//! A wait that the kernel can only do by blocking (turnstile and door) is done by
//! a small helper process (module `errand`), see [`Waiting`].

mod book;
mod dir;
mod door;
mod errand;
mod file;
mod look;
mod name;
mod stray;
mod take;
mod units;
mod waiting;

pub use dir::{LockDir, Place};
pub use file::{FileHeld, FileWaiting, LockFile};
pub use look::{LockView, Standing};
pub use name::Name;
pub use stray::{Tether, TetherEnd, command_of, contains_us, is_stopped};
pub use take::{Ask, Held, Mode, Who};
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
mod tests;
