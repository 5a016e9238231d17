//! Ending attempts: one signal after the other, strays, the end of the run.

use crate::engine::Engine;
use crate::message::{Action, Cancel, Ending};
use crate::op::{Key, State, Stop};
use crate::timers::{Due, Timer};
use alloc::string::String;
use alloc::vec::Vec;
use record::{Outcome, Seconds};

/// How long output may stay open, and others live, after the leader has ended.
const DRAIN: Seconds = Seconds::from_micros(200_000);

impl Engine {
    /// The leader has ended: its timeout is over, its output has a little time.
    pub(crate) fn exited(&mut self, now: Seconds, key: Key, ended: Ending) {
        let epoch = self.op(key).map_or(0, |op| op.epoch);
        // told twice it changes nothing
        if let Some(State::Running { ending: ending @ None, .. }) =
            self.op(key).map(|op| &mut op.state)
        {
            *ending = Some(ended);
            self.timers.set(Timer { at: now + DRAIN, key, epoch, due: Due::Drain });
        }
    }

    /// Somebody is left of an attempt whose leader has ended. It has as long as the output
    /// to end by itself, then the signals begin; where they have begun they go on.
    pub(crate) fn strays(&mut self, now: Seconds, key: Key) {
        let Some(op) = self.op(key) else { return };
        let (epoch, begun) = (op.epoch, op.step > 0);
        if let (State::Running { .. }, false) = (&op.state, begun) {
            self.timers.set(Timer { at: now + DRAIN, key, epoch, due: Due::Strays });
        }
    }

    /// They have had their time.
    pub(crate) fn end_strays(&mut self, now: Seconds, key: Key) {
        if self.op(key).is_some_and(|op| op.step == 0) {
            self.next_signal(now, key);
        }
    }

    pub(crate) fn fail_attempt(&mut self, now: Seconds, key: Key, reason: String) {
        self.stop_attempt(now, key, Stop::Failed(reason));
    }

    pub(crate) fn stop_attempt(&mut self, now: Seconds, key: Key, why: Stop) {
        let Some(op) = self.op(key) else { return };
        if let State::Running { stop: stop @ None, ending: None, .. } = &mut op.state {
            *stop = Some(why);
            self.next_signal(now, key);
        }
    }

    /// The next signal of the sequence; and if even the last one, KILL, does not
    /// empty the group, it is given up after its time.
    pub(crate) fn next_signal(&mut self, now: Seconds, key: Key) {
        let Some(Some(op)) = self.ops.get_mut(key as usize) else { return };
        let step = op.step;
        let Some((signal, wait)) = self.config.termseq.step(step) else { return };
        if let State::Running { .. } = op.state {
            op.step += 1;
            let epoch = op.epoch;
            let is_last = self.config.termseq.is_last(step);
            let due = if is_last { Due::GiveUp } else { Due::NextSignal };
            self.actions.push_back(Action::Signal(key, signal));
            self.timers.set(Timer { at: now + wait, key, epoch, due });
        }
    }

    /// KILL at once.
    fn kill(&mut self, now: Seconds, key: Key) {
        let last = self.config.termseq.last();
        if let Some(op) = self.op(key) {
            // one that has had it is not killed twice
            op.step = op.step.max(last);
        }
        self.next_signal(now, key);
    }

    /// The run is to end; a later call may be stricter, never milder.
    pub(crate) fn cancel(&mut self, now: Seconds, cancel: Cancel) {
        if self.cancel.is_some_and(|before| before >= cancel) {
            return;
        }
        let first = self.cancel.is_none();
        self.cancel = Some(cancel);
        if first {
            self.skip_pending(now);
        }
        for key in self.running_keys() {
            match cancel {
                Cancel::Drain => {}
                Cancel::Stop => self.stop_attempt(now, key, Stop::Cancelled),
                Cancel::Kill => {
                    self.stop_attempt(now, key, Stop::Cancelled);
                    self.kill(now, key);
                }
            }
        }
    }

    pub(crate) fn running_keys(&self) -> Vec<Key> {
        (0..self.ops.len() as Key)
            .filter(|key| {
                self.ops[*key as usize]
                    .as_ref()
                    .is_some_and(|op| matches!(op.state, State::Running { .. }))
            })
            .collect()
    }

    /// Everything that does not run never will.
    fn skip_pending(&mut self, now: Seconds) {
        self.ready.drain();
        for key in 0..self.ops.len() as Key {
            let Some(op) = self.op(key) else { continue };
            match &op.state {
                State::Running { .. } | State::Done(_) => {}
                State::Backoff { .. } => {
                    let next = op.attempts + 1;
                    let reason = alloc::format!("halt before attempt {next}");
                    self.never(now, key, (Outcome::Failure, reason));
                }
                State::LockWait { .. } => {
                    self.actions.push_back(Action::CancelLocks(key));
                    self.never(now, key, (Outcome::Skip, String::from("halt")));
                }
                State::Locked => {
                    self.actions.push_back(Action::DropLocks(key));
                    self.never(now, key, (Outcome::Skip, String::from("halt")));
                }
                State::Asking { slot } => {
                    let slot = *slot;
                    self.give_back(now, key, slot);
                    self.uncount_start(now, key);
                    self.actions.push_back(Action::CancelLocks(key));
                    self.never(now, key, (Outcome::Skip, String::from("halt")));
                }
                State::Waiting | State::Ready => {
                    self.never(now, key, (Outcome::Skip, String::from("halt")));
                }
            }
        }
    }
}
