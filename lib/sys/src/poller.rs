//! The one blocking call of an event loop, on mio.

use crate::signal::Mask;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Registry, Token};
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use std::io;
use std::os::fd::{AsFd as _, AsRawFd, BorrowedFd, RawFd};
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
    grain: Grain,
}

/// How exactly the time of a wait is kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grain {
    /// To the millisecond, which is what epoll_wait takes; never too early.
    #[default]
    Millisecond,
    /// As exactly as the kernel's timers are, for another system call.
    Timer,
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
        Ok(Poller { registry, poll, waker: Arc::default(), mask: None, grain: Grain::default() })
    }

    /// While it waits, this clone has another signal mask than its thread.
    pub fn with_mask(&self, mask: Mask) -> Self {
        Poller { mask: Some(mask), ..self.clone() }
    }

    /// From now on this clone, and what is cloned of it, keeps times so exactly.
    pub fn with_grain(&self, grain: Grain) -> Self {
        Poller { grain, ..self.clone() }
    }

    /// How exactly it keeps times.
    pub fn grain(&self) -> Grain {
        self.grain
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
        let timeout = match (self.grain, timeout) {
            (Grain::Timer, Some(time)) if !time.is_zero() => {
                // the one descriptor is readable when any that it watches is ready
                // SAFETY: the poller has it open for as long as `poll` is borrowed.
                let own = unsafe { BorrowedFd::borrow_raw(poll.as_raw_fd()) };
                let mut own = [PollFd::new(own.as_fd(), PollFlags::POLLIN)];
                // a signal ends this wait; the next call then reports what its pipe has
                let _ = ppoll(&mut own, Some(TimeSpec::from_duration(time)), None);
                Some(Duration::ZERO)
            }
            (_, timeout) => timeout,
        };
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
