//! What the judge keeps of the kinds.

use super::{Judge, Verdict};
use crate::adapt::{Does, Work};
use crate::kinds::{Kind, KindFound};
use crate::op::Key;
use crate::slots::WHOLE;
use alloc::format;
use record::Seconds;

impl Judge<'_> {
    pub fn was_seen(&mut self, key: Key, does: Does) -> Verdict {
        self.seen_waiting |= does != Does::Run;
        self.attempt(key).map(|_| ())
    }

    pub fn has_taken(&mut self, key: Key, work: &Work) -> Verdict {
        self.seen_waiting |= work.cpu < work.wall || work.wall == Seconds::ZERO;
        self.attempt(key).map(|_| ())
    }

    /// Nobody is looked at who has ended.
    pub fn is_looked_at(&mut self, key: Key) -> Verdict {
        let (op, attempt) = self.attempt(key)?;
        must!(!attempt.exited && !attempt.over, "{op} has ended and is looked at");
        Ok(())
    }

    pub fn was_found(&self, found: &KindFound) -> Verdict {
        let seen = found.kind == Kind::Cpu || self.seen_waiting;
        must!(self.config().kinds.is_some() && seen, "{found:?} came from nothing");
        Ok(())
    }

    /// Until somebody has been seen to wait, the places of those that compute are all there
    /// are, but for one who is tried beside them.
    pub fn is_of_a_kind(&self, taken: u64) -> Verdict {
        let Some(limits) = self.config().kinds.filter(|_| !self.seen_waiting) else {
            return Ok(());
        };
        let places = u64::from(limits.cpu) * u64::from(WHOLE);
        let running = self.stages.iter().zip(&self.widths).filter(|(stage, _)| stage.has_a_place());
        let tried = running.map(|(_, width)| *width).max().unwrap_or(0);
        let fits = taken <= places.saturating_add(tried);
        must!(fits, "one beside {taken} in {} places of those that compute", limits.cpu);
        Ok(())
    }
}
