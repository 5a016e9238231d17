//! The one blocking call of the event loop, on mio.

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
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
}

impl Want {
    fn interest(self) -> Interest {
        match self {
            Want::Read => Interest::READABLE,
            Want::Write => Interest::WRITABLE,
        }
    }
}

/// Waits for descriptors, edge-triggered: drain until it would block.
#[derive(Debug)]
pub struct Poller {
    poll: Poll,
    events: Events,
}

impl Poller {
    /// A poller that reports at most `capacity` descriptors at a time.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new(capacity: usize) -> io::Result<Self> {
        Ok(Poller { poll: Poll::new()?, events: Events::with_capacity(capacity) })
    }

    /// Watches a descriptor. It must be removed before it is closed: a child in
    /// exec keeps the registration alive.
    ///
    /// # Errors
    /// `EPERM` for regular files, which are always ready.
    pub fn add(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        let fd = fd.as_raw_fd();
        self.poll.registry().register(&mut SourceFd(&fd), Token(token), want.interest())
    }

    /// Reports a descriptor again that was not drained.
    ///
    /// # Errors
    /// It was not watched.
    pub fn again(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        let fd = fd.as_raw_fd();
        self.poll.registry().reregister(&mut SourceFd(&fd), Token(token), want.interest())
    }

    /// Stops watching a descriptor.
    ///
    /// # Errors
    /// It was not watched.
    pub fn remove(&self, fd: &impl AsRawFd) -> io::Result<()> {
        self.poll.registry().deregister(&mut SourceFd(&fd.as_raw_fd()))
    }

    /// Waits until something is ready or the time is over; `None` waits for ever.
    /// A signal ends the wait without readiness.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn wait(&mut self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        match self.poll.poll(&mut self.events, timeout) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        ready.extend(self.events.iter().map(|event| Ready {
            token: event.token().0,
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        }));
        Ok(())
    }
}

impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }
}
