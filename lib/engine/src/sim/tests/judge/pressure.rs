//! Who makes room, and what emergencies may do.

use super::{Judge, Verdict};
use crate::message::Part;
use crate::sim::tests::judge::stage::Stage;
use crate::sim::{Faults, Trouble};
use alloc::format;
use record::Seconds;

impl Judge<'_> {
    /// Slots are cut by rules alone, never below one, and given back when that is over.
    pub(super) fn throttled(
        &mut self,
        (from, to): (u32, u32),
        (cap, reason): (u32, &str),
    ) -> Verdict {
        let rules = &self.config().gate.emergencies;
        must!(!rules.is_empty(), "an emergency without a rule: {reason}");
        must!(from >= 1 && to >= 1, "from {from} to {to} slots: {reason}");
        must!(cap >= 1 && to <= cap, "{to} slots of {cap}: {reason}");
        self.cap = cap;
        Ok(())
    }

    /// All others that run were started after it, as far as the clock tells.
    pub(super) fn is_oldest(&self, op: usize, started: Seconds) -> bool {
        let Faults { grain, troubles, .. } = &self.case.sim.faults;
        // while we are stopped the engine's clock stands still, which decides what is equally old
        if troubles.iter().any(|(_, trouble)| matches!(trouble, Trouble::Stop(_))) {
            return false;
        }
        let runs = |stage: &Stage| matches!(stage, Stage::Runs(other) if other.part == Part::Main && !other.exited && !other.over && other.started <= started + *grain);
        !self.stages.iter().enumerate().any(|(at, stage)| at != op && runs(stage))
    }
}
