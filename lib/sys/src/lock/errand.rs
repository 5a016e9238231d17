//! What the kernel can only do by blocking, and a process that blocks in our place: it
//! shares our open file descriptions, so what it is granted is ours, and ends when it has
//! everything. Ending it cancels the wait. Its pidfd tells the loop. Who has no loop
//! blocks itself until a time (module `alarm`).

use super::door::{self, DOOR, GoOn, Grip, MARK, TO_THE_END};
use super::queue::Ticket;
use crate::check;
use crate::spawn::BlockedSignals;
use crate::wait::{Child, Ending};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Where the kernel cannot close a range, descriptors up to this are closed singly.
const MOST_DESCRIPTORS: RawFd = 1 << 16;

/// What is waited for.
pub(super) enum Errand<'a> {
    /// flock(2) of a file.
    Flock(&'a File, Grip),
    /// Our turn at a lock file, its turnstile, then the lock.
    Queue(Turn<'a>),
    /// Lock files that were removed, until nobody holds one.
    Removed(&'a [File]),
}

/// A place in the queue for a lock.
pub(super) struct Turn<'a> {
    pub(super) ticket: Ticket,
    /// The lock file.
    pub(super) file: &'a File,
    /// What is to hold the lock: the same, or somebody else's descriptor.
    pub(super) door: &'a File,
    pub(super) grip: Grip,
}

impl Errand<'_> {
    /// Blocks until it is done. On shared open file descriptions, so it does not matter
    /// which process does it.
    pub(super) fn run(&self, go_on: GoOn<'_>) -> io::Result<()> {
        match self {
            Errand::Flock(file, grip) => door::wait_flock(*file, *grip, go_on),
            Errand::Queue(Turn { ticket, file, door, grip }) => {
                ticket.wait(file, go_on)?;
                door::wait_flock(*file, Grip::Alone, go_on)?;
                if door::try_span(*door, *grip, DOOR)? {
                    return Ok(());
                }
                // the turnstile is ours for longer than a moment
                door::try_span(*file, Grip::Shared, MARK)?;
                door::wait_span(*door, *grip, DOOR, go_on)
            }
            Errand::Removed(files) => {
                files.iter().try_for_each(|file| door::wait_span(file, Grip::Alone, DOOR, go_on))
            }
        }
    }

    fn has(&self, fd: RawFd) -> bool {
        match self {
            Errand::Flock(file, _) => file.as_raw_fd() == fd,
            Errand::Queue(turn) => turn.file.as_raw_fd() == fd || turn.door.as_raw_fd() == fd,
            Errand::Removed(files) => files.iter().any(|file| file.as_raw_fd() == fd),
        }
    }

    fn greatest(&self) -> RawFd {
        match self {
            Errand::Flock(file, _) => file.as_raw_fd(),
            Errand::Queue(turn) => turn.file.as_raw_fd().max(turn.door.as_raw_fd()),
            Errand::Removed(files) => files.iter().map(AsRawFd::as_raw_fd).max().unwrap_or(-1),
        }
    }
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
    close_all_but(errand);
    let result = errand.run(TO_THE_END);
    let status = result.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EIO));
    // SAFETY: ends the helper only; no handlers of the parent run.
    unsafe { libc::_exit(status) }
}

/// Other locks and pipes of the parent must not live longer because of us.
fn close_all_but(errand: &Errand<'_>) {
    let greatest = errand.greatest();
    let mut from = 0;
    for kept in (0..=greatest).filter(|fd| errand.has(*fd)) {
        if kept > from {
            close_range(from, kept - 1);
        }
        from = kept + 1;
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
