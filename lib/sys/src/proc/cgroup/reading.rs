//! What is known of a control group.

use crate::proc::pressure::PressureReading;

/// Counters and levels of a cgroup and all below it; `None` where the kernel
/// or the mounted controllers have none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CgroupReading {
    /// CPU time, microseconds.
    pub usage_us: Option<u64>,
    /// CPU time in programs, microseconds.
    pub user_us: Option<u64>,
    /// CPU time in the kernel, microseconds.
    pub system_us: Option<u64>,
    /// Time it was kept from running by its quota, microseconds.
    pub throttled_us: Option<u64>,
    /// CPU quota, in CPUs.
    pub cpu_limit: Option<f64>,
    /// Memory charged, bytes.
    pub memory: Option<u64>,
    /// The most it ever was, bytes.
    pub memory_peak: Option<u64>,
    /// Memory limit, bytes.
    pub memory_limit: Option<u64>,
    /// Swap charged, bytes.
    pub swap: Option<u64>,
    /// Tasks.
    pub tasks: Option<u64>,
    /// Bytes read from disks.
    pub read_bytes: Option<u64>,
    /// Bytes written to disks.
    pub write_bytes: Option<u64>,
    /// Periods of the quota in which it had something to run.
    pub periods: Option<u64>,
    /// Those in which the quota ran out.
    pub throttled_periods: Option<u64>,
    /// Its part of the CPUs: a weight of version 2, shares of version 1.
    pub cpu_weight: Option<u64>,
    /// Memory of programs, bytes.
    pub anonymous: Option<u64>,
    /// File contents, bytes.
    pub file: Option<u64>,
    /// The kernel's memory for it, bytes.
    pub kernel: Option<u64>,
    /// The kernel's objects among that, bytes.
    pub slab: Option<u64>,
    /// Buffers of sockets, bytes.
    pub socket: Option<u64>,
    /// Shared memory and tmpfs, bytes.
    pub shared: Option<u64>,
    /// Files mapped into programs, bytes.
    pub mapped: Option<u64>,
    /// Waiting to be written, bytes.
    pub dirty: Option<u64>,
    /// File contents not used for a while, bytes.
    pub inactive_file: Option<u64>,
    /// Page faults.
    pub faults: Option<u64>,
    /// Page faults that had to read a disk.
    pub major_faults: Option<u64>,
    /// From here on it is slowed down, bytes.
    pub memory_high: Option<u64>,
    /// Left to it when memory is short, bytes.
    pub memory_low: Option<u64>,
    /// The most swap it ever had, bytes.
    pub swap_peak: Option<u64>,
    /// Swap limit, bytes.
    pub swap_limit: Option<u64>,
    /// Times it was slowed down.
    pub high_events: Option<u64>,
    /// Times it came to its limit.
    pub max_events: Option<u64>,
    /// Times there was no memory left within the limit.
    pub oom_events: Option<u64>,
    /// Processes killed for that.
    pub oom_kills: Option<u64>,
    /// The most tasks it may have.
    pub tasks_limit: Option<u64>,
    /// The most it ever had.
    pub tasks_peak: Option<u64>,
    /// Tasks it was refused.
    pub tasks_refused: Option<u64>,
    /// Reads from disks.
    pub read_ops: Option<u64>,
    /// Writes to disks.
    pub write_ops: Option<u64>,
    /// Cgroups below it.
    pub cgroups: Option<u64>,
    /// CPUs it may use, as the kernel writes them: `0-3,8`.
    pub cpus: Option<String>,
    /// Pressure, in the order of [`PRESSURES`].
    pub pressure: [Option<PressureReading>; 4],
}

/// Resources of [`CgroupReading::pressure`].
pub const PRESSURES: [&str; 4] = ["cpu", "io", "memory", "irq"];
