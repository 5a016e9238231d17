//! What the machine is like, as the caller has read it. Figures that only grow are given
//! as they stand: who wants a rate keeps the reading before.

use record::Seconds;

/// The machine as it is now; `None` is what nobody knows, and holds nothing back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Machine {
    /// Tasks that run or wait for a disk, the asker left out.
    pub load: Option<u64>,
    /// Bytes of memory that could be had without swapping.
    pub available: Option<u64>,
    /// Bytes of memory that there are in all.
    pub total: Option<u64>,
    /// Bytes that are used, and that may be, in the control group that we are in.
    pub group: Option<(u64, u64)>,
    /// Bytes of memory that this run's own operations use.
    pub own: Option<u64>,
    /// Pages that came from swap and went to it, since the machine was started.
    pub swapped: Option<(u64, u64)>,
    /// What the CPUs have done since the machine was started.
    pub cpu: Option<CpuTime>,
    /// Time that tasks have stood still for want of something, since the machine was started.
    pub stalled: Stalled,
}

impl Machine {
    /// Bytes that could be had: of the machine, and before our control group is full.
    pub fn free_memory(&self) -> Option<u64> {
        let group = self.group.map(|(used, limit)| limit.saturating_sub(used));
        self.available.into_iter().chain(group).min()
    }

    /// The share of the memory that is used: the machine's or our control group's,
    /// whichever is greater.
    pub fn used_memory(&self) -> Option<f64> {
        let share = |(part, whole): (u64, u64)| (whole > 0).then(|| part as f64 / whole as f64);
        let machine =
            self.available.zip(self.total).and_then(share).map(|free| (1.0 - free).max(0.0));
        let group = self.group.and_then(share);
        match (machine, group) {
            (Some(machine), Some(group)) => Some(machine.max(group)),
            (one, other) => one.or(other),
        }
    }
}

/// Time of all CPUs together since the machine was started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuTime {
    /// They worked, for whomever.
    pub busy: Seconds,
    /// They worked or had nothing to do.
    pub all: Seconds,
}

/// Pressure stall information (Weiner, 2018): time in which at least one task stood still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stalled {
    /// For want of a CPU.
    pub cpu: Option<Seconds>,
    /// For want of memory.
    pub memory: Option<Seconds>,
    /// For want of a disk.
    pub io: Option<Seconds>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_full_before_the_machine_is() {
        let machine = Machine { available: Some(900), total: Some(1000), ..Machine::default() };
        assert!(machine.used_memory().is_some_and(|share| (share - 0.1).abs() < 1e-9));
        assert_eq!(machine.free_memory(), Some(900));
        let inside = Machine { group: Some((80, 100)), ..machine };
        assert_eq!((inside.used_memory(), inside.free_memory()), (Some(0.8), Some(20)));
        assert_eq!(
            (Machine::default().used_memory(), Machine::default().free_memory()),
            (None, None)
        );
    }
}
