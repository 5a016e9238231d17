//! The one blocking call of an event loop: epoll.

use crate::check;
use crate::signal::Mask;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd as _, OwnedFd, RawFd};
use std::sync::Arc;
use std::time::Duration;

/// What became ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ready {
    /// The token it was registered with.
    pub token: usize,
    /// There is something to read, or the other end has closed.
    pub readable: bool,
    /// There is room to write.
    pub writable: bool,
}

/// Which readiness is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// Something to read.
    Read,
    /// Room to write.
    Write,
    /// Something to read, told once: after that it need not be removed.
    ReadOnce,
}

impl Want {
    fn events(self) -> u32 {
        let events = match self {
            Want::Read => libc::EPOLLIN | libc::EPOLLRDHUP,
            Want::Write => libc::EPOLLOUT,
            Want::ReadOnce => libc::EPOLLIN | libc::EPOLLONESHOT,
        };
        (events | libc::EPOLLET) as u32
    }
}

/// Most that one wait reports; the rest comes with the next.
const AT_ONCE: usize = 64;

/// Waits for descriptors, edge-triggered: drain until it would block. Clones are
/// the same poller.
#[derive(Clone, Debug)]
pub struct Poller {
    epoll: Arc<OwnedFd>,
    /// Signals that are let in while it waits; `None`: those that are anyway.
    mask: Option<Mask>,
}

impl Poller {
    /// A poller that watches nothing yet.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new() -> io::Result<Self> {
        // SAFETY: plain system call; the new descriptor belongs to nobody else.
        let epoll = unsafe {
            let fd = check(i64::from(libc::epoll_create1(libc::EPOLL_CLOEXEC)))?;
            OwnedFd::from_raw_fd(fd as RawFd)
        };
        Ok(Poller { epoll: Arc::new(epoll), mask: None })
    }

    /// While it waits, this clone has another signal mask than its thread.
    pub fn with_mask(&self, mask: Mask) -> Self {
        Poller { epoll: Arc::clone(&self.epoll), mask: Some(mask) }
    }

    /// Watches a descriptor. It must be removed before it is closed, unless it was to
    /// be told once and has been: a child in exec keeps the registration alive.
    ///
    /// # Errors
    /// `EPERM` for regular files, which are always ready.
    pub fn add(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd.as_raw_fd(), (token, want.events()))
    }

    /// Reports a descriptor again that was not drained.
    ///
    /// # Errors
    /// It was not watched.
    pub fn again(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_MOD, fd.as_raw_fd(), (token, want.events()))
    }

    /// Stops watching a descriptor.
    ///
    /// # Errors
    /// It was not watched.
    pub fn remove(&self, fd: &impl AsRawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd.as_raw_fd(), (0, 0))
    }

    fn control(&self, what: i32, fd: RawFd, (token, events): (usize, u32)) -> io::Result<()> {
        let mut event = libc::epoll_event { events, u64: token as u64 };
        // SAFETY: plain system call; the event lives on the stack.
        let result = unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd, &mut event) };
        check(i64::from(result)).map(|_| ())
    }

    /// Waits until something is ready or the time is over; `None` waits for ever.
    /// A signal ends the wait without readiness.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; AT_ONCE];
        // rounded up, or the last part of a millisecond would be waited for in circles
        let timeout = timeout.map_or(-1, |time| {
            i32::try_from(time.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)
        });
        let mask = self.mask.as_ref().map_or(std::ptr::null(), Mask::as_ptr);
        // SAFETY: the array is as long as said; the mask is null or valid.
        let result = unsafe {
            libc::epoll_pwait(
                self.epoll.as_raw_fd(),
                events.as_mut_ptr(),
                AT_ONCE as i32,
                timeout,
                mask,
            )
        };
        let count = match check(i64::from(result)) {
            Ok(count) => count as usize,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        };
        let is = |events: u32, any: i32| events & any as u32 != 0;
        ready.extend(events[..count].iter().map(|event| Ready {
            token: event.u64 as usize,
            readable: is(
                event.events,
                libc::EPOLLIN | libc::EPOLLRDHUP | libc::EPOLLHUP | libc::EPOLLERR,
            ),
            writable: is(event.events, libc::EPOLLOUT | libc::EPOLLHUP | libc::EPOLLERR),
        }));
        Ok(())
    }
}

impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.epoll.as_raw_fd()
    }
}

/// Ends another thread's wait.
#[derive(Debug)]
pub struct Waker {
    event: OwnedFd,
}

impl Waker {
    /// Wakes those who wait with this poller; they see the token.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new(poller: &Poller, token: usize) -> io::Result<Self> {
        // SAFETY: plain system call; the new descriptor belongs to nobody else.
        let event = unsafe {
            let fd = check(i64::from(libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK)))?;
            OwnedFd::from_raw_fd(fd as RawFd)
        };
        // edge-triggered: each write is told, and nobody need read
        poller.add(&event, token, Want::Read)?;
        Ok(Waker { event })
    }

    /// Ends the wait that is, or the next.
    pub fn wake(&self) {
        // at its highest count it has been told long since
        let _ = crate::fd::write_some(&self.event, &1u64.to_ne_bytes());
    }
}
