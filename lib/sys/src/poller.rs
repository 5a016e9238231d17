//! The one blocking call of an event loop, on mio.

use crate::signal::Mask;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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
    /// A word besides what can be read: of a file of the kernel's that has events.
    Word,
}

impl Want {
    fn interest(self) -> Interest {
        match self {
            Want::Read => Interest::READABLE,
            Want::Write => Interest::WRITABLE,
            Want::Word => Interest::PRIORITY,
        }
    }
}

/// Most that one wait reports; the rest comes with the next.
const AT_ONCE: usize = 64;

/// Waits for descriptors, edge-triggered: drain until it would block. Clones are
/// the same poller; one thread at a time waits with it, any may add to it.
#[derive(Clone, Debug)]
pub struct Poller {
    registry: Arc<Registry>,
    /// For the thread that waits.
    poll: Arc<Mutex<(Poll, Events)>>,
    waker: Arc<OnceLock<mio::Waker>>,
    /// Signals that are let in while it waits; `None`: those that are anyway.
    mask: Option<Mask>,
}

impl Poller {
    /// A poller that watches nothing yet.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new() -> io::Result<Self> {
        let poll = Poll::new()?;
        let registry = Arc::new(poll.registry().try_clone()?);
        let poll = Arc::new(Mutex::new((poll, Events::with_capacity(AT_ONCE))));
        Ok(Poller { registry, poll, waker: Arc::default(), mask: None })
    }

    /// While it waits, this clone has another signal mask than its thread.
    pub fn with_mask(&self, mask: Mask) -> Self {
        Poller { mask: Some(mask), ..self.clone() }
    }

    /// Watches a descriptor. It should be removed before it is closed: a child that is
    /// still in its exec keeps the registration, and what it tells then is of somebody
    /// who is no longer there. Who hears of a process that has ended may leave that out:
    /// it has nothing more to tell.
    ///
    /// # Errors
    /// `EPERM` for regular files, which are always ready.
    pub fn add(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        let fd = fd.as_raw_fd();
        self.registry.register(&mut SourceFd(&fd), Token(token), want.interest())
    }

    /// Reports a descriptor again that was not drained.
    ///
    /// # Errors
    /// It was not watched.
    pub fn again(&self, fd: &impl AsRawFd, token: usize, want: Want) -> io::Result<()> {
        let fd = fd.as_raw_fd();
        self.registry.reregister(&mut SourceFd(&fd), Token(token), want.interest())
    }

    /// Stops watching a descriptor.
    ///
    /// # Errors
    /// It was not watched.
    pub fn remove(&self, fd: &impl AsRawFd) -> io::Result<()> {
        self.registry.deregister(&mut SourceFd(&fd.as_raw_fd()))
    }

    /// Waits until something is ready or the time is over; `None` waits for ever.
    /// A signal ends the wait without readiness.
    ///
    /// # Errors
    /// The kernel's, none of which is expected.
    pub fn wait(&self, timeout: Option<Duration>, ready: &mut Vec<Ready>) -> io::Result<()> {
        ready.clear();
        let mut waiting = self.poll.lock().unwrap_or_else(PoisonError::into_inner);
        let (poll, events) = &mut *waiting;
        // a signal that comes between the two calls has written to its pipe, which is watched
        let before = self.mask.as_ref().map(Mask::exchange);
        let waited = poll.poll(events, timeout);
        if let Some(before) = before {
            before.set();
        }
        match waited {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(error) => return Err(error),
        }
        ready.extend(events.iter().map(|event| Ready {
            token: event.token().0,
            readable: event.is_readable() || event.is_read_closed() || event.is_error(),
            writable: event.is_writable() || event.is_write_closed() || event.is_error(),
        }));
        Ok(())
    }
}

impl AsRawFd for Poller {
    fn as_raw_fd(&self) -> RawFd {
        self.registry.as_raw_fd()
    }
}

/// Ends another thread's wait.
#[derive(Debug)]
pub struct Waker {
    poller: Poller,
}

impl Waker {
    /// Wakes who waits with this poller; it sees the token, the same for all wakers of
    /// a poller.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new(poller: &Poller, token: usize) -> io::Result<Self> {
        if poller.waker.get().is_none() {
            // mio has one waker for a poller at most
            let _ = poller.waker.set(mio::Waker::new(&poller.registry, Token(token))?);
        }
        Ok(Waker { poller: poller.clone() })
    }

    /// Ends the wait that is, or the next.
    pub fn wake(&self) {
        if let Some(waker) = self.poller.waker.get() {
            // at its highest count it has been told long since
            let _ = waker.wake();
        }
    }
}
