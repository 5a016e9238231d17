//! Time: the wall clock is read once, then the monotonic clock is added, so
//! that a process's records never run backwards.

use record::Seconds;
use std::time::{Duration, Instant, SystemTime};

/// The clock of one process.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    anchor: Seconds,
    /// Time that does not count: we were stopped.
    stopped: Seconds,
}

impl Clock {
    /// Starts at zero now.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Clock { start: Instant::now(), anchor: Seconds::from(wall), stopped: Seconds::ZERO }
    }

    /// Time since the start, without the time that was left out.
    pub fn now(&self) -> Seconds {
        Seconds::from(self.start.elapsed()) - self.stopped
    }

    /// Leaves out the time since `then`: deadlines shift by it.
    pub fn leave_out_since(&mut self, then: Seconds) {
        self.stopped += self.now() - then;
    }

    /// A time since the start as seconds since the epoch. A time before a stop, asked
    /// for after it, is late by the stop.
    pub fn wall(&self, now: Seconds) -> Seconds {
        self.anchor + now + self.stopped
    }

    /// How long from now until a time since the start; zero if it has passed.
    pub fn until(&self, deadline: Seconds) -> Duration {
        (deadline - self.now()).to_duration()
    }
}
