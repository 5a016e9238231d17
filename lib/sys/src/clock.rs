//! Time: the wall clock is read once, then the monotonic clock is added, so
//! that a process's records never run backwards.

use record::Seconds;
use std::time::{Duration, Instant, SystemTime};

/// The clock of one process.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    anchor: Seconds,
}

impl Clock {
    /// Starts at zero now.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Clock { start: Instant::now(), anchor: Seconds::from(wall) }
    }

    /// Time since the start.
    pub fn now(&self) -> Seconds {
        Seconds::from(self.start.elapsed())
    }

    /// A time since the start as seconds since the epoch.
    pub fn wall(&self, now: Seconds) -> Seconds {
        self.anchor + now
    }

    /// How long from now until a time since the start; zero if it has passed.
    pub fn until(&self, deadline: Seconds) -> Duration {
        (deadline - self.now()).to_duration()
    }
}
