//! Slots that are made ready before anything runs in them: a command of the run's own, once for
//! each. It is a part of the first operation there, so that whatever holds of attempts holds of it.

use crate::engine::Engine;
use crate::message::{Action, Cancel, Part};
use crate::op::{Cause, Key};
use alloc::string::String;
use record::{Outcome, Seconds};

/// What comes before the first operation of a slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SetUp {
    /// Nothing.
    #[default]
    None,
    /// Its set-up, which must end well.
    EachSlot,
}

impl Engine {
    /// What is run next of an operation that has its places.
    pub(crate) fn next_part(&self, key: Key, slot: u32) -> Part {
        if self.config.set_up == SetUp::EachSlot && !self.set_up.contains(&slot) {
            return Part::SetUp;
        }
        let first = |op: &crate::op::Op| op.spec.has_check && op.attempts == op.spec.attempts;
        if self.op_at(key).is_some_and(first) { Part::Check } else { Part::Main }
    }

    /// Slots that another run of the same commands has made ready are so here.
    pub fn has_set_up_as(&mut self, before: &Engine) {
        self.set_up.clone_from(&before.set_up);
    }

    /// The set-up of a slot is over: what has the slot is run now, unless the run is to end.
    pub(crate) fn set_up_over(
        &mut self,
        now: Seconds,
        (key, slot): (Key, u32),
        (result, reason): (Outcome, String),
    ) {
        match result {
            Outcome::Success => {
                self.set_up.insert(slot);
                let Some(op) = self.op(key) else { return };
                let took = now - op.started;
                op.queued += took;
                op.lose(Cause::SetUp, took);
                if self.cancel.is_some() {
                    return self.halt_started(now, key, slot);
                }
                let part = self.next_part(key, slot);
                self.spawn_part(now, key, (slot, part));
            }
            Outcome::Cancellation => self.halt_started(now, key, slot),
            _ => {
                self.actions.push_back(Action::Unfit { slot, reason });
                self.cancel(now, Cancel::Drain);
                self.halt_started(now, key, slot);
            }
        }
    }
}
