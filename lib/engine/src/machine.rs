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
    /// Pages that came from swap and went to it, since the machine was started.
    pub swapped: Option<(u64, u64)>,
    /// What the CPUs have done since the machine was started.
    pub cpu: Option<CpuTime>,
    /// Time that tasks have stood still for want of something, since the machine was started.
    pub stalled: Stalled,
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
