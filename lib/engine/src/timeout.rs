//! How long an attempt may take.

use crate::engine::Engine;
use crate::message::Part;
use crate::op::{Key, State, Stop};
use crate::timers::{Due, Timer};
use record::Seconds;

/// Time for each attempt.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Timeout {
    /// That long.
    After(Seconds),
    /// That share, in percent, of the median of the attempts that ended well; no
    /// limit before the first has. What runs already is measured by it, too.
    OfMedian(f64),
}

impl Engine {
    /// How long an attempt of an operation may take, as far as is known now. The set-up of a
    /// slot is none.
    pub fn time_for(&self, key: Key) -> Option<Seconds> {
        let op = self.ops.get(key as usize)?.as_ref()?;
        op.spec.timeout.or_else(|| match self.config.timeout? {
            Timeout::After(time) => Some(time),
            Timeout::OfMedian(percent) => {
                let median = self.durations.get()?.as_micros() as f64;
                Some(Seconds::from_micros((median * percent / 100.0) as i64))
            }
        })
    }

    /// The deadline of an attempt: over, or put off since the median has grown.
    pub(crate) fn time_out(&mut self, now: Seconds, key: Key) {
        let Some(time) = self.time_for(key) else { return };
        let Some(op) = self.op(key) else { return };
        let (at, epoch) = (op.started + time, op.epoch);
        if at > now {
            self.timers.set(Timer { at, key, epoch, due: Due::Timeout });
        } else {
            self.stop_attempt(now, key, Stop::Timeout);
        }
    }

    /// An attempt ended well: where the median grows smaller, so do deadlines.
    pub(crate) fn ended_well(&mut self, now: Seconds, key: Key) {
        if !matches!(self.config.timeout, Some(Timeout::OfMedian(_))) {
            return;
        }
        let Some(started) = self.op(key).map(|op| op.started) else { return };
        let before = self.durations.get();
        self.durations.add(now - started);
        if before.is_some_and(|before| self.durations.get() >= Some(before)) {
            return;
        }
        for key in self.running_keys() {
            let Some(time) = self.time_for(key) else { continue };
            let Some(op) = self.op(key) else { continue };
            if let State::Running { stop: None, ending: None, part, .. } = op.state
                && part != Part::SetUp
            {
                let (at, epoch) = (op.started + time, op.epoch);
                self.timers.set(Timer { at, key, epoch, due: Due::Timeout });
            }
        }
    }
}
