//! The kernel's locks as plain calls: open-file-description locks on ranges of
//! a file, and flock(2).

use crate::check;
use std::io;
use std::os::fd::{AsRawFd, RawFd};

/// How a range is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grip {
    /// Together with other readers.
    Shared,
    /// Alone.
    Alone,
}

/// Which bytes of a file; they need not be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: usize,
    /// 0 means every byte from `start` on that there is or may come to be.
    pub(super) length: usize,
}

/// Of a lock file: who holds the lock has this byte.
pub(super) const DOOR: Span = Span { start: 0, length: 1 };
/// Of a lock file: who stands in the turnstile and waits has this byte.
pub(super) const MARK: Span = Span { start: 1, length: 1 };

fn flock_of(kind: i32, span: Span) -> libc::flock {
    // SAFETY: all-zero is a valid value; for these locks `l_pid` must be 0.
    let mut lock: libc::flock = unsafe { std::mem::zeroed() };
    lock.l_type = kind as libc::c_short;
    lock.l_whence = libc::SEEK_SET as libc::c_short;
    lock.l_start = span.start as libc::off_t;
    lock.l_len = span.length as libc::off_t;
    lock
}

const fn kind(grip: Grip) -> i32 {
    match grip {
        Grip::Shared => libc::F_RDLCK,
        Grip::Alone => libc::F_WRLCK,
    }
}

fn control(fd: RawFd, command: i32, lock: &mut libc::flock) -> io::Result<()> {
    // SAFETY: the lock is valid and writable.
    check(i64::from(unsafe { libc::fcntl(fd, command, std::ptr::from_mut(lock)) }))?;
    Ok(())
}

/// False if somebody else's lock stands in the way.
fn granted(result: io::Result<()>) -> io::Result<bool> {
    match result {
        Ok(()) => Ok(true),
        Err(error) => match error.raw_os_error() {
            Some(libc::EAGAIN | libc::EACCES) => Ok(false),
            _ => Err(error),
        },
    }
}

fn until_done(mut call: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// Locks a range if that can be done at once.
pub(super) fn try_span(fd: &impl AsRawFd, grip: Grip, span: Span) -> io::Result<bool> {
    let mut lock = flock_of(kind(grip), span);
    granted(control(fd.as_raw_fd(), libc::F_OFD_SETLK, &mut lock))
}

/// Locks a range; blocks while somebody else has it.
pub(super) fn wait_span(fd: &impl AsRawFd, grip: Grip, span: Span) -> io::Result<()> {
    until_done(|| control(fd.as_raw_fd(), libc::F_OFD_SETLKW, &mut flock_of(kind(grip), span)))
}

/// Unlocks a range, whoever else has the open file description.
pub(super) fn unlock_span(fd: &impl AsRawFd, span: Span) -> io::Result<()> {
    control(fd.as_raw_fd(), libc::F_OFD_SETLK, &mut flock_of(libc::F_UNLCK, span))
}

/// What the strongest lock of others on a range is.
pub(super) fn look_span(fd: &impl AsRawFd, span: Span) -> io::Result<Option<Grip>> {
    let mut lock = flock_of(libc::F_WRLCK, span);
    control(fd.as_raw_fd(), libc::F_OFD_GETLK, &mut lock)?;
    Ok(match i32::from(lock.l_type) {
        kind if kind == libc::F_UNLCK => None,
        kind if kind == libc::F_RDLCK => Some(Grip::Shared),
        _ => Some(Grip::Alone),
    })
}

fn flock(fd: RawFd, operation: i32) -> io::Result<()> {
    // SAFETY: plain system call on an open descriptor.
    check(i64::from(unsafe { libc::flock(fd, operation) }))?;
    Ok(())
}

const fn operation(grip: Grip) -> i32 {
    match grip {
        Grip::Shared => libc::LOCK_SH,
        Grip::Alone => libc::LOCK_EX,
    }
}

/// flock(2) if that can be done at once.
pub(super) fn try_flock(fd: &impl AsRawFd, grip: Grip) -> io::Result<bool> {
    granted(flock(fd.as_raw_fd(), operation(grip) | libc::LOCK_NB))
}

/// flock(2); blocks while somebody else has it.
pub(super) fn wait_flock(fd: &impl AsRawFd, grip: Grip) -> io::Result<()> {
    until_done(|| flock(fd.as_raw_fd(), operation(grip)))
}

/// Undoes flock(2).
pub(super) fn unflock(fd: &impl AsRawFd) -> io::Result<()> {
    flock(fd.as_raw_fd(), libc::LOCK_UN)
}
