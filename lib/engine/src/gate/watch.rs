//! What runs is looked at while memory counts: the youngest attempt makes room. The oldest
//! never does, so that the run comes to its end.

use super::LOOK_AGAIN;
use crate::engine::Engine;
use crate::machine::Machine;
use crate::message::{Action, Part};
use crate::op::{Key, State, Stop};
use crate::timers::{Due, Timer};
use alloc::string::String;
use record::Seconds;

/// Where the kernel tells when memory is short it need not be looked at so often.
const TOLD: Seconds = Seconds::from_secs(5);

impl Engine {
    /// What the machine is like, asked for or not.
    pub(crate) fn saw(&mut self, now: Seconds, machine: Machine) {
        self.gate.saw(now, machine);
        self.look_for_emergencies(now, machine);
        if self.gate.is_short()
            && self.slots.in_use() > 1
            && let Some(youngest) = self.youngest()
        {
            self.stop_attempt(now, youngest, Stop::Memory);
        }
    }

    fn look_for_emergencies(&mut self, now: Seconds, machine: Machine) {
        if self.gate.emergencies.is_empty() {
            return;
        }
        // of slots without end as many are as run
        let slots =
            if self.slots.limit() == u32::MAX { self.slots.in_use() } else { self.slots.limit() };
        let changes = self.gate.emergencies.saw(now, machine, slots);
        let from = self.slots.limit();
        let cap = self.gate.emergencies.cap();
        self.slots.cap(cap, now);
        for reason in changes {
            let to = self.slots.limit();
            self.actions.push_back(Action::Throttled { from, to, cap, reason });
        }
        if from != self.slots.limit() {
            self.slots_changed();
        }
    }

    fn youngest(&self) -> Option<Key> {
        let mut running = 0;
        let mut youngest: Option<(Seconds, u64, Key)> = None;
        for key in 0..self.ops.len() as Key {
            let Some(op) = self.op_at(key) else { continue };
            match &op.state {
                // one at a time: its end gives back what there is too little of
                State::Running { stop: Some(Stop::Memory), .. } => return None,
                State::Running { part: Part::Main, ending: None, .. } => {
                    running += 1;
                    youngest = youngest.max(Some((op.started, op.spec.seq, key)));
                }
                _ => {}
            }
        }
        youngest.filter(|_| running > 1).map(|(.., key)| key)
    }

    /// While what runs counts it is looked at now and then: memory while there are two, an
    /// emergency as long as anything runs.
    pub(crate) fn watch_memory(&mut self, now: Seconds) {
        if self.gate.watching || !self.is_watched() {
            return;
        }
        self.gate.watching = true;
        // an emergency has figures that nobody is told of, and an end
        let told = self.gate.rules.told_of_stalls && self.gate.emergencies.is_empty();
        let at = now + if told { TOLD } else { LOOK_AGAIN };
        self.timers.set(Timer { at, key: Key::MAX, epoch: 0, due: Due::Watch });
    }

    fn is_watched(&self) -> bool {
        let running = self.slots.in_use();
        let emergencies = !self.gate.emergencies.is_empty() && running > 0;
        emergencies || self.gate.may_end_attempts() && running > 1
    }

    /// The time has come to look at what runs.
    pub(crate) fn watch_is_due(&mut self, now: Seconds) {
        self.gate.watching = false;
        if self.cancel.is_none() && self.is_watched() {
            self.actions.push_back(Action::Look);
            self.watch_memory(now);
        }
    }
}

/// Why an attempt that made room has ended.
pub(crate) fn evicted() -> String {
    String::from("memory ran out: it is started again later")
}
