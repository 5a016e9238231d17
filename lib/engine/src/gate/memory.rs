//! Memory: how much must be left for a start, and when the youngest has to make room.

use super::{GateRules, Throttle};
use crate::machine::Machine;

/// What the run's own operations may use together, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnMemory {
    /// From here on nothing is started.
    pub soft: u64,
    /// From here on the youngest makes room.
    pub hard: u64,
}

/// Who makes room where the machine has less memory than a start needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evict {
    /// Nobody: what runs goes on.
    #[default]
    Nobody,
    /// The one that was started last; it is started again later.
    Youngest,
}

impl GateRules {
    /// An attempt may be ended for want of memory and started again.
    pub(crate) fn may_evict(&self) -> bool {
        let by_rule = self.evict == Evict::Youngest && self.most_memory.is_some();
        let by_emergency = self.emergencies.iter().any(super::Emergency::evicts);
        self.memory.is_some() || self.own.is_some() || by_rule || by_emergency
    }

    /// Memory holds starts back.
    pub(super) fn lacks_memory(&self, machine: Machine) -> Option<Throttle> {
        if self.memory.zip(machine.free_memory()).is_some_and(|(least, free)| free < least) {
            return Some(Throttle::Memory);
        }
        let used = self.most_memory.zip(machine.used_memory());
        if used.is_some_and(|(most, used)| used > most) {
            return Some(Throttle::Memory);
        }
        let own = self.own.zip(machine.own).is_some_and(|(limit, used)| used >= limit.soft);
        own.then_some(Throttle::OwnMemory)
    }

    /// So little is left that what runs must give some back: half of what a start needs,
    /// or the hard limit of our own.
    pub(super) fn is_short(&self, machine: Machine) -> bool {
        let free =
            self.memory.zip(machine.free_memory()).is_some_and(|(least, free)| free < least / 2);
        let most = self.most_memory.filter(|_| self.evict == Evict::Youngest);
        let full = most.zip(machine.used_memory());
        let own = self.own.zip(machine.own).is_some_and(|(limit, used)| used >= limit.hard);
        free || own || full.is_some_and(|(most, used)| used > (most + 1.0) / 2.0)
    }
}
