//! Set-ups: each slot has one, before anything else runs there.

use super::{Judge, Stage, Verdict};
use crate::message::{Cancel, Part};
use crate::set_up::SetUp;
use alloc::format;

impl Judge<'_> {
    /// What is started in a slot: its set-up first, and that until it has ended well.
    pub(super) fn is_in_order(&self, slot: u32, part: Part) -> Verdict {
        let ready = self.config().set_up == SetUp::None || self.set_up.contains(&slot);
        must!(ready != (part == Part::SetUp), "{part:?} in slot {slot}: its set-up");
        Ok(())
    }

    /// A slot could not be set up: there was such an end, and nothing starts any more.
    pub(super) fn unfit(&mut self, slot: u32, reason: &str) -> Verdict {
        let failed = |stage: &Stage| match stage {
            Stage::Runs(attempt) => {
                attempt.slot == slot
                    && attempt.part == Part::SetUp
                    && attempt.over
                    && !attempt.lacked
                    && !attempt.is_fit()
            }
            _ => false,
        };
        must!(self.stages.iter().any(failed), "slot {slot} is said to be unfit: {reason}");
        self.cancel = self.cancel.max(Some(Cancel::Drain));
        Ok(())
    }
}
