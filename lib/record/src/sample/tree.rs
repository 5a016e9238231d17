//! Process trees, control groups, processes and operations in a sample.

use super::machine::Pressure;
use crate::part;
use crate::unit::Seconds;
use std::collections::BTreeMap;

part! {
    /// One process of --top.
    pub struct Process = "process" {
        /// Process id.
        pub pid: u32,
        /// Its parent's.
        pub ppid: u32,
        /// Its name, as the kernel keeps it (15 bytes).
        pub name: String,
        /// State letter: R running, S sleeping, D waiting for a disk, Z ended, T stopped.
        pub state: String,
        /// CPUs it used: 1 is one CPU all the time. Left out where it is new in this sample.
        pub cpu: Option<f64>,
        /// CPU time in programs since its start.
        pub user_s: Seconds,
        /// CPU time in the kernel since its start.
        pub system_s: Seconds,
        /// Resident memory, shared pages included.
        pub rss_bytes: u64,
        /// Threads.
        pub threads: u64,
    }
}

part! {
    /// A process tree: a process and everything that descends from it, or the
    /// processes of a cgroup. Totals are since the first sample, count
    /// processes that have ended, and never run backwards.
    pub struct Tree = "tree" {
        /// The process at its root.
        pub pid: Option<u32>,
        /// The cgroup, as it was named.
        pub path: String,
        /// CPUs it used: 1 is one CPU all the time.
        pub cpu: Option<f64>,
        /// CPU time in programs.
        pub user_s: Seconds,
        /// CPU time in the kernel.
        pub system_s: Seconds,
        /// Resident memory of its processes; pages they share count once each.
        pub rss_bytes: u64,
        /// Resident memory with every shared page divided among its users (--pss).
        pub pss_bytes: Option<u64>,
        /// Bytes read from disks.
        pub read_bytes: u64,
        /// Bytes written to disks.
        pub write_bytes: u64,
        /// Read from disks, a second.
        pub read_bytes_per_s: Option<f64>,
        /// Written to disks, a second.
        pub write_bytes_per_s: Option<f64>,
        /// Page faults that had to read a disk.
        pub major_faults: u64,
        /// Processes alive, zombies not counted.
        pub processes: u64,
        /// Their threads.
        pub threads: u64,
        /// Their open descriptors.
        pub fds: u64,
        /// Processes that were seen and are gone.
        pub vanished: u64,
        /// Living processes whose memory, I/O or descriptors may not be read.
        pub unreadable: u64,
        /// What the kernel counts for the cgroup.
        pub cgroup: Option<Cgroup>,
        /// Page faults that needed no disk.
        pub minor_faults: Option<u64>,
        /// Bytes that read calls gave, from wherever.
        pub read_chars: Option<u64>,
        /// Bytes given to write calls, to wherever.
        pub write_chars: Option<u64>,
        /// Read calls.
        pub read_calls: Option<u64>,
        /// Write calls.
        pub write_calls: Option<u64>,
        /// Its processes that run or wait for a CPU, now.
        pub running: Option<u64>,
        /// Its processes that wait for a disk, now.
        pub blocked: Option<u64>,
    }
}

part! {
    /// What the kernel counts for a cgroup and all below it, since it was made.
    pub struct Cgroup = "cgroup" {
        /// CPUs it used: 1 is one CPU all the time.
        pub cpu: Option<f64>,
        /// CPU time.
        pub usage_s: Option<Seconds>,
        /// CPU time in programs.
        pub user_s: Option<Seconds>,
        /// CPU time in the kernel.
        pub system_s: Option<Seconds>,
        /// Time it was kept from running by its CPU quota.
        pub throttled_s: Option<Seconds>,
        /// CPU quota, in CPUs; left out where there is none.
        pub cpu_limit: Option<f64>,
        /// Memory charged to it, file contents included.
        pub memory_bytes: Option<u64>,
        /// The most it ever was.
        pub memory_peak_bytes: Option<u64>,
        /// Memory limit; left out where there is none.
        pub memory_limit_bytes: Option<u64>,
        /// Swap charged to it.
        pub swap_bytes: Option<u64>,
        /// Tasks (threads) in it.
        pub tasks: Option<u64>,
        /// Bytes read from disks.
        pub read_bytes: Option<u64>,
        /// Bytes written to disks.
        pub write_bytes: Option<u64>,
        /// Pressure by resource: "cpu", "io", "memory".
        pub pressure: BTreeMap<String, Pressure>,
        /// Periods of its CPU quota in which it had something to run.
        pub periods_total: Option<u64>,
        /// Those of them in which its quota ran out.
        pub throttled_periods_total: Option<u64>,
        /// Share of the interval that its tasks were kept from running; of several CPUs it may be more than 1.
        pub throttled: Option<f64>,
        /// Its part of the CPUs when they are short: 100 is the default; version 1 has shares, of 1024.
        pub cpu_weight: Option<u64>,
        /// CPUs it may use: "0-3,8".
        pub cpus: String,
        /// Memory of programs.
        pub anonymous_bytes: Option<u64>,
        /// File contents kept.
        pub file_bytes: Option<u64>,
        /// The kernel's own memory for it.
        pub kernel_bytes: Option<u64>,
        /// The kernel's objects among that.
        pub slab_bytes: Option<u64>,
        /// Buffers of sockets.
        pub socket_bytes: Option<u64>,
        /// Shared memory and tmpfs.
        pub shared_bytes: Option<u64>,
        /// Files mapped into programs.
        pub mapped_bytes: Option<u64>,
        /// Waiting to be written to disk.
        pub dirty_bytes: Option<u64>,
        /// File contents not used for a while: memory_bytes less this is the working set.
        pub inactive_file_bytes: Option<u64>,
        /// Page faults.
        pub faults_total: Option<u64>,
        /// Page faults that had to read a disk.
        pub major_faults_total: Option<u64>,
        /// From here on it is slowed down; left out where there is no such limit.
        pub memory_high_bytes: Option<u64>,
        /// So much is left to it when memory is short.
        pub memory_low_bytes: Option<u64>,
        /// The most swap it ever had.
        pub swap_peak_bytes: Option<u64>,
        /// Swap limit; left out where there is none.
        pub swap_limit_bytes: Option<u64>,
        /// Times it was slowed down for its memory.
        pub high_total: Option<u64>,
        /// Times it came to its memory limit.
        pub max_total: Option<u64>,
        /// Times there was no memory left within its limit.
        pub oom_total: Option<u64>,
        /// Processes killed for that.
        pub oom_kills_total: Option<u64>,
        /// The most tasks it may have; left out where there is none.
        pub tasks_limit: Option<u64>,
        /// The most tasks it ever had.
        pub tasks_peak: Option<u64>,
        /// Tasks it was refused for that limit.
        pub tasks_refused_total: Option<u64>,
        /// Reads from disks.
        pub read_ops_total: Option<u64>,
        /// Writes to disks.
        pub write_ops_total: Option<u64>,
        /// Read from disks, a second.
        pub read_bytes_per_s: Option<f64>,
        /// Written to disks, a second.
        pub write_bytes_per_s: Option<f64>,
        /// Control groups below it.
        pub cgroups: Option<u64>,
    }
}

part! {
    /// What pgmon itself costs.
    pub struct OwnCost = "own cost" {
        /// CPU time since its start.
        pub cpu_s: Seconds,
        /// The most memory it ever had.
        pub max_rss_bytes: u64,
        /// CPUs it used: 1 is one CPU all the time.
        pub cpu: Option<f64>,
        /// Its memory now.
        pub rss_bytes: Option<u64>,
        /// Its open descriptors.
        pub fds: Option<u64>,
        /// Its read and write calls since its start.
        pub calls: Option<u64>,
        /// Bytes it has written since its start, samples and rings.
        pub written_bytes: Option<u64>,
    }
}

part! {
    /// One operation of a running pgrun (--run): its command and all that descends from it. Totals are since it began.
    pub struct OpUse = "operation use" {
        /// The run, as PG_RUN has it.
        pub run: String,
        /// The operation; left out where its environment may not be read.
        pub id: String,
        /// Its number in the run.
        pub seq: Option<u64>,
        /// Where it runs.
        pub slot: Option<u64>,
        /// Which try this is.
        pub attempt: Option<u64>,
        /// Its command.
        pub pid: u32,
        /// CPUs it used: 1 is one CPU all the time.
        pub cpu: Option<f64>,
        /// CPU time in programs.
        pub user_s: Seconds,
        /// CPU time in the kernel.
        pub system_s: Seconds,
        /// Resident memory of its processes; pages they share count once each.
        pub rss_bytes: u64,
        /// Bytes read from disks.
        pub read_bytes: u64,
        /// Bytes written to disks.
        pub write_bytes: u64,
        /// Its processes.
        pub processes: u64,
        /// Their threads.
        pub threads: u64,
        /// It has ended since the sample before: these are the last figures that were seen.
        pub ended: bool,
    }
}

part! {
    /// One running pgrun (--run). What its operations came to is known where its events go
    /// into a file that may be read.
    pub struct RunUse = "run use" {
        /// Its name, as PG_RUN has it; left out where none of its operations runs.
        pub run: String,
        /// The runner.
        pub pid: u32,
        /// Operations that run now.
        pub running: u64,
        /// Operations that have ended.
        pub ended: Option<u64>,
        /// Operations that failed, were in error or timed out.
        pub failed: Option<u64>,
        /// The same, of all that have ended.
        pub failed_share: Option<f64>,
        /// The longest that the start itself of an operation took, of those that ended since the sample before.
        pub start_s: Option<Seconds>,
    }
}
