//! A process that blocks in our place: it shares our open file descriptions, so
//! what it is granted is ours, and ends when it has everything. Ending it
//! cancels the wait. Its pidfd tells the loop.

use super::door::{self, Grip, Range};
use crate::check;
use crate::spawn::BlockedSignals;
use crate::wait::{Child, Ending};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Where the kernel cannot close a range, descriptors up to this are closed singly.
const MOST_DESCRIPTORS: RawFd = 1 << 16;

/// What the helper waits for, in this order.
pub(super) struct Errand<'a> {
    /// flock(2) of this file.
    pub(super) flock: Option<(&'a File, Grip)>,
    /// A lock on the whole of this file.
    pub(super) door: Option<(&'a File, Grip)>,
}

/// A helper on its errand; dropping it ends it.
#[derive(Debug)]
pub(super) struct Helper {
    child: Child,
    over: bool,
}

impl Helper {
    /// Sends a helper out.
    pub(super) fn send(errand: &Errand<'_>) -> io::Result<Self> {
        // SAFETY: plain system call.
        let parent = unsafe { libc::getpid() };
        let mut pidfd: RawFd = -1;
        let blocked = BlockedSignals::all();
        // SAFETY: as fork(2), but with a pidfd and without a signal at its end, so that nobody
        // who waits for children in general comes across it. The child makes system
        // calls on its copy of this stack only and never returns from `run`.
        let pid = unsafe {
            libc::syscall(
                libc::SYS_clone,
                libc::CLONE_PIDFD,
                std::ptr::null_mut::<libc::c_void>(),
                std::ptr::from_mut(&mut pidfd),
                0usize,
                0usize,
            )
        };
        if pid == 0 {
            run(errand, parent);
        }
        let result = check(pid);
        drop(blocked);
        let pid = result? as u32;
        // SAFETY: the kernel made this descriptor for us.
        let pidfd = unsafe { OwnedFd::from_raw_fd(pidfd) };
        Ok(Helper { child: Child { pid, pidfd, leads_group: false }, over: false })
    }

    /// True when everything has been granted.
    pub(super) fn is_done(&mut self) -> io::Result<bool> {
        let Some((ending, _)) = self.child.try_wait()? else { return Ok(false) };
        self.over = true;
        match ending {
            Ending::Exit(0) => Ok(true),
            Ending::Exit(errno) => Err(io::Error::from_raw_os_error(errno)),
            Ending::Signal(_) => Err(io::Error::other("the process that waits was killed")),
        }
    }
}

impl AsRawFd for Helper {
    fn as_raw_fd(&self) -> RawFd {
        self.child.pidfd.as_raw_fd()
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        if !self.over {
            // it is our child and not reaped, so it is there
            let _ = self.child.signal(libc::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// The helper's life. All signals are blocked: what is typed in the terminal
/// concerns its parent.
fn run(errand: &Errand<'_>, parent: libc::pid_t) -> ! {
    // SAFETY: plain system calls.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
        if libc::getppid() != parent {
            libc::_exit(libc::ESRCH);
        }
    }
    let kept = |file: Option<(&File, Grip)>| file.map_or(-1, |(file, _)| file.as_raw_fd());
    close_all_but(kept(errand.flock), kept(errand.door));
    let result =
        errand.flock.map_or(Ok(()), |(file, grip)| door::wait_flock(file, grip)).and_then(|()| {
            errand.door.map_or(Ok(()), |(file, grip)| door::wait_range(file, grip, Range::All))
        });
    let status = result.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
    // SAFETY: ends the helper only; no handlers of the parent run.
    unsafe { libc::_exit(status) }
}

/// Other locks and pipes of the parent must not live longer because of us.
fn close_all_but(one: RawFd, two: RawFd) {
    let (low, high) = (one.min(two), one.max(two));
    let mut from = 0;
    for kept in [low, high] {
        if kept > from {
            close_range(from, kept - 1);
        }
        from = from.max(kept + 1);
    }
    close_range(from, RawFd::MAX);
}

fn close_range(first: RawFd, last: RawFd) {
    // SAFETY: closes descriptors of the helper alone, none of which Rust still uses.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, last, 0) < 0 {
            // kernels before 5.9
            for fd in first..=last.min(MOST_DESCRIPTORS) {
                libc::close(fd);
            }
        }
    }
}
