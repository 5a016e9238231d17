//! Deadlines, in order.

use crate::op::Key;
use alloc::collections::BinaryHeap;
use core::cmp::Reverse;
use record::Seconds;

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// An attempt has used up its time.
    Timeout,
    /// An attempt may have written nothing for too long.
    Stall,
    /// An attempt may have written nothing for so long that it is told.
    Heartbeat,
    /// What is expected of an attempt changes: it has not ended in time.
    Late,
    /// A signal has had its time: the next one.
    NextSignal,
    /// Even KILL has not emptied the group: stop waiting for it.
    GiveUp,
    /// What runs is to be looked at.
    Observe,
    /// The leader has ended and its output is still open.
    Drain,
    /// The leader has ended and others have not: they are ended.
    Strays,
    /// The pause before an attempt is over.
    Backoff,
    /// The run has used up its time.
    Total,
    /// A start may be tried again.
    Lack,
    /// What held starts back may have passed.
    Gate,
    /// Starts of the whole run may have their rate again.
    Flow,
    /// Those of a key may: in the place of the operation stands the key.
    Key,
    /// Memory is to be looked at.
    Watch,
}

/// One deadline: when, of which operation, and its epoch when it was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Timer {
    pub at: Seconds,
    pub key: Key,
    pub epoch: u32,
    pub due: Due,
}

#[derive(Debug, Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<Timer>>);

impl Timers {
    pub(crate) fn set(&mut self, timer: Timer) {
        self.0.push(Reverse(timer));
    }

    /// The next one that is due, void ones included.
    pub(crate) fn pop_due(&mut self, now: Seconds) -> Option<Timer> {
        if self.0.peek().is_some_and(|Reverse(timer)| timer.at <= now) {
            return self.0.pop().map(|Reverse(timer)| timer);
        }
        None
    }

    /// Drops void timers at the front and names the next one's time.
    pub(crate) fn next(&mut self, is_void: impl Fn(&Timer) -> bool) -> Option<Seconds> {
        while let Some(Reverse(timer)) = self.0.peek() {
            if !is_void(timer) {
                return Some(timer.at);
            }
            self.0.pop();
        }
        None
    }
}
