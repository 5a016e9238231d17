//! Samples: readings of the machine, of process trees and of cgroups. Levels
//! are as read; rates are differences of two readings over the time between
//! them, so the first sample of a stream has none.

use crate::part::PartDoc;
use crate::unit::{Nullable, Seconds};
use crate::{Command, part, wire};
use std::collections::BTreeMap;

part! {
    /// How the CPUs spent the interval: shares of the time of all of them, together 1.
    pub struct CpuShares = "cpu" {
        /// Anything but idle and iowait.
        pub busy: f64,
        /// In programs.
        pub user: f64,
        /// In programs of lowered priority.
        pub nice: f64,
        /// In the kernel for programs.
        pub system: f64,
        /// With nothing to do.
        pub idle: f64,
        /// With nothing to do but wait for disks.
        pub iowait: f64,
        /// In interrupts.
        pub irq: f64,
        /// In deferred interrupt work.
        pub softirq: f64,
        /// Taken by other guests of the host.
        pub steal: f64,
    }
}

part! {
    /// Load of the machine.
    pub struct Load = "load" {
        /// Average number of running and waiting tasks over 1 minute.
        pub avg1: f64,
        /// Over 5 minutes.
        pub avg5: f64,
        /// Over 15 minutes.
        pub avg15: f64,
        /// Tasks that run or wait for a CPU, now.
        pub runnable: u64,
        /// Tasks that wait for a disk, now.
        pub blocked: u64,
    }
}

part! {
    /// Memory and swap of the machine.
    pub struct Memory = "memory" {
        /// All there is.
        pub total_bytes: u64,
        /// What programs could get without swapping.
        pub available_bytes: u64,
        /// Total less available.
        pub used_bytes: u64,
        /// Used for nothing.
        pub free_bytes: u64,
        /// File contents kept, buffers included.
        pub cached_bytes: u64,
        /// Waiting to be written to disk.
        pub dirty_bytes: u64,
        /// Swap space.
        pub swap_total_bytes: u64,
        /// Swap space in use.
        pub swap_used_bytes: u64,
        /// Read back from swap.
        pub swap_in_bytes_per_s: Option<f64>,
        /// Written to swap.
        pub swap_out_bytes_per_s: Option<f64>,
        /// Page faults that had to read a disk.
        pub major_faults_per_s: Option<f64>,
        /// Programs killed by the kernel for want of memory, since the sample before.
        pub oom_kills: Option<u64>,
    }
}

part! {
    /// One whole disk.
    pub struct Disk = "disk" {
        /// Finished reads.
        pub reads_per_s: f64,
        /// Finished writes.
        pub writes_per_s: f64,
        /// Bytes read.
        pub read_bytes_per_s: f64,
        /// Bytes written.
        pub write_bytes_per_s: f64,
        /// Mean time of a read, waiting included.
        pub read_await_s: f64,
        /// Mean time of a write, waiting included.
        pub write_await_s: f64,
        /// Share of the interval in which it had something to do.
        pub util: f64,
        /// Mean number of requests in it or waiting for it.
        pub queue: f64,
    }
}

part! {
    /// One network interface.
    pub struct Network = "network" {
        /// Bytes received.
        pub rx_bytes_per_s: f64,
        /// Bytes sent.
        pub tx_bytes_per_s: f64,
        /// Packets received.
        pub rx_packets_per_s: f64,
        /// Packets sent.
        pub tx_packets_per_s: f64,
        /// Packets that were bad, either way.
        pub errors_per_s: f64,
        /// Packets dropped for want of room, either way.
        pub drops_per_s: f64,
    }
}

part! {
    /// Pressure stall information of one resource: shares of the interval in
    /// which tasks stood still for want of it.
    pub struct Pressure = "pressure" {
        /// At least one task.
        pub some: f64,
        /// All tasks at once.
        pub full: Option<f64>,
    }
}

part! {
    /// How many processes there are.
    pub struct Processes = "processes" {
        /// All of them, zombies and kernel threads included.
        pub count: u64,
        /// Threads of all of them.
        pub threads: Option<u64>,
        /// Ended, not yet waited for; known with --top.
        pub zombies: Option<u64>,
        /// New ones since the sample before.
        pub forks_per_s: Option<f64>,
    }
}

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
    }
}

part! {
    /// What pgmon itself costs.
    pub struct OwnCost = "own cost" {
        /// CPU time since its start.
        pub cpu_s: Seconds,
        /// The most memory it ever had.
        pub max_rss_bytes: u64,
    }
}

wire! {
    /// One reading. Rates are over interval_s; the first sample of a stream has none.
    pub struct Sample = "sample", r#"{"type":"sample","time":1700000001,"interval_s":1,"seq":1,"missed":0,"cpus":2,"cpu":{"busy":0.53,"user":0.5,"nice":0.0,"system":0.03,"idle":0.47,"iowait":0.0,"irq":0.0,"softirq":0.0,"steal":0.0},"load":{"avg1":0.71,"avg5":0.4,"avg15":0.35,"runnable":2,"blocked":0},"memory":{"total_bytes":8589934592,"available_bytes":6442450944,"used_bytes":2147483648,"free_bytes":4294967296,"cached_bytes":2147483648,"dirty_bytes":65536,"swap_total_bytes":0,"swap_used_bytes":0,"swap_in_bytes_per_s":0.0,"swap_out_bytes_per_s":0.0,"major_faults_per_s":0.0,"oom_kills":0},"disks":{"vda":{"reads_per_s":2.0,"writes_per_s":10.0,"read_bytes_per_s":8192.0,"write_bytes_per_s":40960.0,"read_await_s":0.0005,"write_await_s":0.002,"util":0.02,"queue":0.02}},"networks":{"eth0":{"rx_bytes_per_s":1500.0,"tx_bytes_per_s":200.0,"rx_packets_per_s":3.0,"tx_packets_per_s":2.0,"errors_per_s":0.0,"drops_per_s":0.0}},"retransmits_per_s":0.0,"pressure":{"cpu":{"some":0.1},"io":{"some":0.02,"full":0.01}},"processes":{"count":120,"threads":310,"forks_per_s":5.0},"trees":[{"pid":4711,"cpu":0.98,"user_s":0.97,"system_s":0.01,"rss_bytes":104857600,"read_bytes":8192,"write_bytes":40960,"read_bytes_per_s":8192.0,"write_bytes_per_s":40960.0,"major_faults":2,"processes":3,"threads":4,"fds":21,"vanished":5,"unreadable":0}],"top":[{"pid":4712,"ppid":4711,"name":"cc1","state":"R","cpu":0.9,"user_s":0.9,"system_s":0.01,"rss_bytes":83886080,"threads":1}],"own":{"cpu_s":0.004,"max_rss_bytes":4194304}}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// Time since the reading before; 0 in the first.
        pub interval_s: Seconds,
        /// Number of the sample, from 0.
        pub seq: u64,
        /// Ticks that were left out before this one because it was already late.
        pub missed: u64,
        /// CPUs of the machine that are switched on.
        pub cpus: u32,
        /// How the CPUs spent the interval.
        pub cpu: Option<CpuShares>,
        /// Load.
        pub load: Option<Load>,
        /// Memory and swap.
        pub memory: Option<Memory>,
        /// Whole disks by name that were ever used; no partitions, no stacked devices.
        pub disks: BTreeMap<String, Disk>,
        /// Network interfaces by name that were ever used.
        pub networks: BTreeMap<String, Network>,
        /// TCP segments that had to be sent again.
        pub retransmits_per_s: Option<f64>,
        /// Pressure by resource: "cpu", "io", "memory"; left out where the kernel has none.
        pub pressure: BTreeMap<String, Pressure>,
        /// Number of processes.
        pub processes: Option<Processes>,
        /// Process trees and cgroups that are watched, in the order they were named.
        pub trees: Vec<Tree>,
        /// Processes by CPU or memory (--top).
        pub top: Vec<Process>,
        /// What pgmon itself costs.
        pub own: Option<OwnCost>,
    }
}

wire! {
    /// What `pgmon -- CMD` says at the end: the command with everything that descends from it.
    pub struct Summary = "summary", r#"{"type":"summary","time":1700000010,"cmd":["make","-j8"],"exit":0,"wall_s":9.5,"user_s":16.2,"system_s":1.75,"cpu_avg":1.889474,"cpu_peak":1.99,"max_rss_bytes":83886080,"rss_avg_bytes":73400320,"rss_peak_bytes":104857600,"read_bytes":8192,"write_bytes":4096000,"major_faults":2,"processes_peak":9,"threads_peak":9,"vanished":41,"left":0,"samples":11,"missed":0,"own_cpu_s":0.012}"# {
        /// When, seconds since the epoch.
        pub time: Seconds,
        /// What was run.
        pub cmd: Option<Command>,
        /// Its exit status.
        pub exit: Option<i32>,
        /// The signal that ended it.
        pub signal: Option<i32>,
        /// From start to end of the command.
        pub wall_s: Seconds,
        /// CPU time in programs.
        pub user_s: Seconds,
        /// CPU time in the kernel.
        pub system_s: Seconds,
        /// CPUs used on average: CPU time over wall time.
        pub cpu_avg: f64,
        /// CPUs used in the busiest interval of at least 0.1 s; never less than the average.
        pub cpu_peak: f64,
        /// The most memory a single process ever had, from the kernel; null where pgmon's own hides it.
        pub max_rss_bytes: Nullable<u64>,
        /// Resident memory of the tree: mean of the samples, each weighted by its interval.
        pub rss_avg_bytes: u64,
        /// Resident memory of the tree: the greatest sample.
        pub rss_peak_bytes: u64,
        /// Proportional memory of the tree: the greatest sample (--pss).
        pub pss_peak_bytes: Option<u64>,
        /// Bytes read from disks.
        pub read_bytes: u64,
        /// Bytes written to disks.
        pub write_bytes: u64,
        /// Page faults that had to read a disk.
        pub major_faults: u64,
        /// Most processes in a sample.
        pub processes_peak: u64,
        /// Most threads in a sample.
        pub threads_peak: u64,
        /// Processes that were seen and are gone.
        pub vanished: u64,
        /// Processes of the tree that still ran when the command had ended.
        pub left: u64,
        /// Samples taken.
        pub samples: u64,
        /// Ticks left out because they were already late.
        pub missed: u64,
        /// CPU time of pgmon itself.
        pub own_cpu_s: Seconds,
    }
}

/// Every kind of object that stands inside a sample, for `man/pg-record.5`.
pub fn parts() -> Vec<PartDoc> {
    vec![
        PartDoc::of::<CpuShares>(),
        PartDoc::of::<Load>(),
        PartDoc::of::<Memory>(),
        PartDoc::of::<Disk>(),
        PartDoc::of::<Network>(),
        PartDoc::of::<Pressure>(),
        PartDoc::of::<Processes>(),
        PartDoc::of::<Tree>(),
        PartDoc::of::<Cgroup>(),
        PartDoc::of::<Process>(),
        PartDoc::of::<OwnCost>(),
    ]
}
