//! What limits a run on a machine.

use crate::wire;
use std::collections::BTreeMap;

wire! {
    /// What `pgrun --show-limits` found, and how many slots each rule would give.
    pub struct Limits = "limits", r#"{"type":"limits","cpu":8,"cpu_machine":16,"memory_free_bytes":8589934592,"memory_bytes":17179869184,"memory_limit_bytes":12884901888,"network_mbit":1000.0,"files":1048576,"processes":31000,"load":2,"cpu_busy":0.12,"memory_used":0.5,"load_factor":1.0,"jobs":{"cpu":8,"default":8,"formula":16,"io":16,"mixed":12,"net":24}}"# {
        /// CPUs that may be used: affinity and quota count.
        pub cpu: u32,
        /// CPUs of the machine that are switched on.
        pub cpu_machine: Option<u32>,
        /// Memory that can be had without swapping: of the machine, or of the control group where that is less.
        pub memory_free_bytes: Option<u64>,
        /// Memory of the machine.
        pub memory_bytes: Option<u64>,
        /// Least limit of the control groups on memory.
        pub memory_limit_bytes: Option<u64>,
        /// Speed of the line of the default route, millions of bits a second.
        pub network_mbit: Option<f64>,
        /// Descriptors that a process may have open.
        pub files: Option<u64>,
        /// Processes that may still be started.
        pub processes: Option<u64>,
        /// Tasks that run or wait for a disk.
        pub load: Option<u64>,
        /// Share of the CPUs that others kept busy, over a second.
        pub cpu_busy: Option<f64>,
        /// Share of memory that is used.
        pub memory_used: Option<f64>,
        /// What part of the slots is left for us at that load (--load auto).
        pub load_factor: f64,
        /// Slots that each rule gives: the words of -j, "formula" for min(2*cpu, mem/512M, net/50M), "default" without -j.
        pub jobs: BTreeMap<String, u32>,
    }
}
