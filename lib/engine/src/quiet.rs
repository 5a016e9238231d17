//! Attempts that write nothing: told, and after too long a silence ended.

use crate::engine::Engine;
use crate::message::Action;
use crate::op::{Key, State, Stop};
use crate::timers::{Due, Timer};
use record::Seconds;

impl Engine {
    /// Somebody wants to know when an attempt writes something.
    pub fn listens(&self) -> bool {
        self.config.stall.is_some() || self.config.heartbeat.is_some()
    }

    /// An attempt begins: its silence is measured from now.
    pub(crate) fn listen(&mut self, now: Seconds, key: Key, epoch: u32) {
        let rules = [(self.config.stall, Due::Stall), (self.config.heartbeat, Due::Heartbeat)];
        for (time, due) in rules {
            if let Some(time) = time {
                self.timers.set(Timer { at: now + time, key, epoch, due });
            }
        }
    }

    pub(crate) fn heard(&mut self, now: Seconds, key: Key) {
        if let Some(op) = self.op(key) {
            op.heard_at = now;
        }
    }

    /// How long an attempt that runs has been silent, and its epoch.
    fn silence(&self, now: Seconds, key: Key) -> Option<(Seconds, u32)> {
        let op = self.op_at(key)?;
        let runs = matches!(op.state, State::Running { ending: None, stop: None, .. });
        runs.then_some((now - op.heard_at, op.epoch))
    }

    /// It has been silent for long enough, unless it was heard meanwhile.
    pub(crate) fn stall_is_due(&mut self, now: Seconds, key: Key) {
        let Some((silent, epoch)) = self.silence(now, key) else { return };
        let Some(most) = self.config.stall else { return };
        if silent < most {
            self.timers.set(Timer { at: now + (most - silent), key, epoch, due: Due::Stall });
        } else {
            self.stop_attempt(now, key, Stop::Stall);
        }
    }

    /// The same for what is only told, once in each such time.
    pub(crate) fn heartbeat_is_due(&mut self, now: Seconds, key: Key) {
        let Some((silent, epoch)) = self.silence(now, key) else { return };
        let Some(pause) = self.config.heartbeat else { return };
        let next = if silent < pause { pause - silent } else { pause };
        self.timers.set(Timer { at: now + next, key, epoch, due: Due::Heartbeat });
        if silent >= pause {
            self.actions.push_back(Action::Silent { key, silent });
        }
    }
}
