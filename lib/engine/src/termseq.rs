//! How an attempt is ended: signals, and the time each is given.

use alloc::vec;
use alloc::vec::Vec;
use record::Seconds;

/// Please end: what a timeout and a run's end say first.
pub const TERM: i32 = 15;

/// End.
pub const KILL: i32 = 9;

/// Least time that KILL is given before a group is given up.
const GIVE_UP: Seconds = Seconds::from_secs(1);

/// Signals to a process group, one after the other while anybody is left in it.
/// The last one is always KILL: nothing outlives it but what the kernel holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermSeq(Vec<(i32, Seconds)>);

impl TermSeq {
    /// Any steps: a signal's number, and how long it is given. Where no KILL
    /// ends them, one is added.
    pub fn new(mut steps: Vec<(i32, Seconds)>) -> Self {
        if steps.last().is_none_or(|(signal, _)| *signal != KILL) {
            steps.push((KILL, GIVE_UP));
        }
        TermSeq(steps)
    }

    /// One signal, a grace, KILL.
    pub fn graceful(signal: i32, grace: Seconds) -> Self {
        TermSeq::new(vec![(signal, grace), (KILL, grace)])
    }

    /// GNU parallel's: TERM three times, 0.35 s in all, KILL.
    pub fn parallel() -> Self {
        let millis = |millis: i64| Seconds::from_micros(millis * 1000);
        let (first, second, third, last) = (millis(200), millis(100), millis(50), millis(25));
        TermSeq::new(vec![(TERM, first), (TERM, second), (TERM, third), (KILL, last)])
    }

    /// A step, and what its time is: the next step's, or the end of patience.
    pub(crate) fn step(&self, at: usize) -> Option<(i32, Seconds)> {
        let (signal, wait) = *self.0.get(at)?;
        Some((signal, if self.is_last(at) { wait.max(GIVE_UP) } else { wait }))
    }

    pub(crate) fn is_last(&self, at: usize) -> bool {
        at + 1 >= self.0.len()
    }

    pub(crate) fn last(&self) -> usize {
        self.0.len() - 1
    }
}

impl Default for TermSeq {
    fn default() -> Self {
        TermSeq::graceful(TERM, Seconds::from_secs(5))
    }
}
