//! A descriptor that a shell has opened on a lock file, and that is to hold the lock.

use super::dir::LockDir;
use super::door::{self, DOOR, Grip};
use super::take::{Ask, Mode, open_book};
use super::{LockError, Name};
use crate::{check, fd};
use std::fs::File;
use std::os::fd::RawFd;

/// Holds the lock beyond our end, if that is what is to be.
#[derive(Debug)]
pub(super) struct Given {
    file: File,
    /// We, or a helper unseen by us, may have locked it.
    taken: bool,
}

impl Given {
    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// From now on it is to be unlocked if this value is dropped.
    pub(super) fn take(&mut self) {
        self.taken = true;
    }

    /// It is to stay locked.
    pub(super) fn keep(&mut self) {
        self.taken = false;
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // closing our end does not unlock it
        if self.taken {
            // an error is not expected, and nothing could be done about it
            let _ = door::unlock_span(&self.file, DOOR);
        }
    }
}

/// A second descriptor of the same open file, if it can hold the lock.
pub(super) fn usable(dir: &LockDir, ask: &Ask, fd: RawFd) -> Result<Given, LockError> {
    let name = &ask.name;
    let refused = |why: &str| {
        LockError::Refused(format!(
            "fd {fd} {why}; open it as in: exec {fd}<>\"$(pglock --path {name})\""
        ))
    };
    let file = fd::duplicate(fd).map(File::from).map_err(|_| refused("is not open"))?;
    if !dir.is_lock_file(name, &file)? {
        return Err(refused(&format!("is not the lock file of {name}")));
    }
    // SAFETY: plain system call on an open descriptor.
    let flags = check(i64::from(unsafe { libc::fcntl(fd, libc::F_GETFL) }))
        .map_err(LockError::io(format!("fd {fd}")))? as i32;
    match (ask.mode.grip(), flags & libc::O_ACCMODE) {
        (_, libc::O_RDWR) | (Grip::Alone, libc::O_WRONLY) | (Grip::Shared, libc::O_RDONLY) => {}
        (Grip::Alone, _) => return Err(refused("is open for reading only")),
        (Grip::Shared, _) => return Err(refused("is open for writing only")),
    }
    match ask.mode {
        Mode::Units { .. } => Err(LockError::Refused(format!(
            "{name}: a descriptor cannot hold slots; give pglock a command"
        ))),
        Mode::Exclusive | Mode::Shared => Ok(Given { file, taken: false }),
    }
}

impl LockDir {
    /// Unlocks the descriptor of another process, and forgets that it held the lock.
    ///
    /// # Errors
    /// It is not open on the lock file, or the book cannot be written.
    pub fn unlock(&self, name: &Name, fd: RawFd, pid: u32) -> Result<(), LockError> {
        let wrong = || LockError::io(format!("fd {fd}"));
        let file = fd::duplicate(fd).map(File::from).map_err(wrong())?;
        if !self.is_lock_file(name, &file)? {
            return Err(LockError::Refused(format!("fd {fd} is not the lock file of {name}")));
        }
        door::unlock_span(&file, DOOR).map_err(wrong())?;
        open_book(self, name)?.erase_those_of(pid)
    }
}
