//! Load that is generated: who is there, and since when.

use super::{Judge, Verdict};
use crate::arrival::Pattern;
use alloc::format;
use record::Seconds;

impl Judge<'_> {
    /// An operation is read: in an open loop not before it is due, and none after the end.
    pub(super) fn comes(&mut self) -> Verdict {
        let before = self.read as f64;
        self.read += 1;
        let Some(arrivals) = self.config().arrivals else { return Ok(()) };
        let (Pattern::Even(rate), None) = (arrivals.pattern, arrivals.ramp) else { return Ok(()) };
        let due = Seconds::from_f64(before / rate);
        let shown = self.clock + self.case.sim.faults.grain;
        must!(shown >= due, "number {before} is due at {due} s");
        must!(arrivals.until.is_none_or(|until| due < until), "number {before} is due at no time");
        Ok(())
    }

    /// Another starts: while the number of users rises, there must be one for it.
    pub(super) fn has_a_user(&self, busy: u32) -> Verdict {
        let Some(arrivals) = self.config().arrivals else { return Ok(()) };
        let (Pattern::Users, Some(ramp)) = (arrivals.pattern, arrivals.ramp) else { return Ok(()) };
        let comes = ramp.over.as_f64() * f64::from(busy) / f64::from(self.limit.max(1));
        let shown = self.clock + self.case.sim.faults.grain;
        must!(shown >= Seconds::from_f64(comes), "user {busy} comes at {comes} s");
        Ok(())
    }
}
