//! Who makes room, and what emergencies may do.

use super::{Judge, Verdict};
use crate::message::Part;
use crate::sim::tests::judge::stage::Stage;
use crate::sim::{Faults, Trouble, When};
use alloc::format;
use record::Seconds;

impl Judge<'_> {
    /// Slots are cut by rules alone, never below one, and given back when that is over.
    pub(super) fn throttled(&mut self, (from, to): (u32, u32), reason: &str) -> Verdict {
        let rules = &self.config().gate.emergencies;
        must!(!rules.is_empty(), "an emergency without a rule: {reason}");
        must!(from >= 1 && to >= 1, "from {from} to {to} slots: {reason}");
        // where others change the slots, too, it need not be heard in the order of what is said
        let others = |(_, trouble): &(When, Trouble)| matches!(trouble, Trouble::Slots(_));
        if self.case.sim.faults.troubles.iter().any(others) {
            return Ok(());
        }
        must!(to <= self.limit, "{to} slots of {}: {reason}", self.limit);
        self.cap = if to == self.limit { u32::MAX } else { to };
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
