//! Time: the wall clock is read once, then the monotonic clock is added, so
//! that a process's records never run backwards, whatever is done to the wall clock.

use record::Seconds;
use std::time::{Duration, Instant, SystemTime};

/// What the kernel takes to bring a machine to sleep and back is longer; what passes between
/// two readings of two clocks is shorter.
const LEAST_SLEEP: Seconds = Seconds::from_micros(100_000);

/// The clock of one process.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    anchor: Seconds,
    /// Time that does not count: we were stopped.
    stopped: Seconds,
    /// How long the machine has slept since it was started.
    asleep: Seconds,
}

impl Clock {
    /// Starts at zero now.
    pub fn start() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let (stopped, asleep) = (Seconds::ZERO, asleep());
        Clock { start: Instant::now(), anchor: Seconds::from(wall), stopped, asleep }
    }

    /// How long the machine has slept since this was last asked, if it has: times since the
    /// start do not know of it, those since the epoch do from now on.
    pub fn slept(&mut self) -> Option<Seconds> {
        let slept = asleep() - self.asleep;
        (slept >= LEAST_SLEEP).then(|| {
            self.asleep += slept;
            self.anchor += slept;
            slept
        })
    }

    /// Time since the start, without the time that was left out.
    pub fn now(&self) -> Seconds {
        Seconds::from(self.start.elapsed()) - self.stopped
    }

    /// Leaves out the time since `then`: deadlines shift by it.
    pub fn leave_out_since(&mut self, then: Seconds) {
        self.stopped += self.now() - then;
    }

    /// A time since the start as seconds since the epoch. A time before a stop or a sleep,
    /// asked for after it, is late by that.
    pub fn wall(&self, now: Seconds) -> Seconds {
        self.anchor + now + self.stopped
    }

    /// How long from now until a time since the start; zero if it has passed.
    pub fn until(&self, deadline: Seconds) -> Duration {
        (deadline - self.now()).to_duration()
    }
}

/// Now in seconds since the machine was started, its sleep included.
pub fn since_boot() -> Seconds {
    read(libc::CLOCK_BOOTTIME)
}

/// How long the machine has slept since it was started: the one clock counts it, the other
/// does not.
fn asleep() -> Seconds {
    since_boot() - read(libc::CLOCK_MONOTONIC)
}

fn read(clock: libc::clockid_t) -> Seconds {
    // SAFETY: all-zero is a valid value, filled by the call.
    let mut time: libc::timespec = unsafe { std::mem::zeroed() };
    // SAFETY: `time` is writable.
    unsafe {
        libc::clock_gettime(clock, &mut time);
    }
    Seconds::from_secs(time.tv_sec) + Seconds::from_micros(time.tv_nsec / 1000)
}
