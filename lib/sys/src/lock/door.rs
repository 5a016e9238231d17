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
/// Of a lock file: who waits has one of these bytes, see `queue`.
pub(super) const TICKETS: Span = Span { start: 2, length: 0 };
/// Mark and tickets.
pub(super) const QUEUE: Span = Span { start: 1, length: 0 };

/// Asked when a signal has come into a wait: false ends it with
/// [`io::ErrorKind::Interrupted`].
pub(super) type GoOn<'a> = &'a dyn Fn() -> bool;

/// Waits whatever comes.
pub(super) const TO_THE_END: GoOn<'static> = &|| true;

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

fn until_done(go_on: GoOn<'_>, mut call: impl FnMut() -> io::Result<()>) -> io::Result<()> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted && go_on() => {}
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
pub(super) fn wait_span(
    fd: &impl AsRawFd,
    grip: Grip,
    span: Span,
    go_on: GoOn<'_>,
) -> io::Result<()> {
    let fd = fd.as_raw_fd();
    until_done(go_on, || control(fd, libc::F_OFD_SETLKW, &mut flock_of(kind(grip), span)))
}

/// Unlocks a range, whoever else has the open file description.
pub(super) fn unlock_span(fd: &impl AsRawFd, span: Span) -> io::Result<()> {
    control(fd.as_raw_fd(), libc::F_OFD_SETLK, &mut flock_of(libc::F_UNLCK, span))
}

/// What a lock of others on a range is.
pub(super) fn look_span(fd: &impl AsRawFd, span: Span) -> io::Result<Option<Grip>> {
    let found = look(fd, Grip::Alone, span)?;
    Ok(found.map(|lock| match i32::from(lock.l_type) {
        libc::F_RDLCK => Grip::Shared,
        _ => Grip::Alone,
    }))
}

/// Where on a range others have something to themselves: the beginning of one of these.
pub(super) fn look_for_alone(fd: &impl AsRawFd, span: Span) -> io::Result<Option<usize>> {
    Ok(look(fd, Grip::Shared, span)?.map(|lock| lock.l_start as usize))
}

/// One of the locks that would be in the way.
fn look(fd: &impl AsRawFd, grip: Grip, span: Span) -> io::Result<Option<libc::flock>> {
    let mut lock = flock_of(kind(grip), span);
    control(fd.as_raw_fd(), libc::F_OFD_GETLK, &mut lock)?;
    Ok((i32::from(lock.l_type) != libc::F_UNLCK).then_some(lock))
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
pub(super) fn wait_flock(fd: &impl AsRawFd, grip: Grip, go_on: GoOn<'_>) -> io::Result<()> {
    until_done(go_on, || flock(fd.as_raw_fd(), operation(grip)))
}

/// Undoes flock(2).
pub(super) fn unflock(fd: &impl AsRawFd) -> io::Result<()> {
    flock(fd.as_raw_fd(), libc::LOCK_UN)
}
