//! Samples: readings of the machine, of process trees and of cgroups. Levels
//! are as read; rates (`_per_s`, shares) are differences of two readings over the time
//! between them, so the first sample of a stream has none. Counters since some beginning
//! are called `_total`, or stand in `counters`. What a kernel does not have is left out.

mod machine;
mod tree;

pub use machine::{
    Counters, CpuShares, Disk, FileSystem, Kernel, Load, Memory, Network, Pressure, Processes,
    Sockets,
};
pub use tree::{Cgroup, OpUse, OwnCost, Process, RunUse, Tree};

use crate::part::PartDoc;
use crate::unit::{Nullable, Seconds};
use crate::{Command, wire};
use std::collections::BTreeMap;

wire! {
    /// One reading. Rates are over interval_s; the first sample of a stream has none.
    pub struct Sample = "sample", r#"{"type":"sample","time":1700000001,"interval_s":1,"seq":1,"missed":0,"cpus":2,"cpu":{"busy":0.53,"user":0.5,"nice":0.0,"system":0.03,"idle":0.47,"iowait":0.0,"irq":0.0,"softirq":0.0,"steal":0.0},"load":{"avg1":0.71,"avg5":0.4,"avg15":0.35,"runnable":2,"blocked":0},"memory":{"total_bytes":8589934592,"available_bytes":6442450944,"used_bytes":2147483648,"free_bytes":4294967296,"cached_bytes":2147483648,"dirty_bytes":65536,"swap_total_bytes":0,"swap_used_bytes":0,"swap_in_bytes_per_s":0.0,"swap_out_bytes_per_s":0.0,"major_faults_per_s":0.0,"oom_kills":0},"disks":{"vda":{"reads_per_s":2.0,"writes_per_s":10.0,"read_bytes_per_s":8192.0,"write_bytes_per_s":40960.0,"read_await_s":0.0005,"write_await_s":0.002,"util":0.02,"queue":0.02}},"networks":{"eth0":{"rx_bytes_per_s":1500.0,"tx_bytes_per_s":200.0,"rx_packets_per_s":3.0,"tx_packets_per_s":2.0,"errors_per_s":0.0,"drops_per_s":0.0}},"retransmits_per_s":0.0,"pressure":{"cpu":{"some":0.1},"io":{"some":0.02,"full":0.01}},"processes":{"count":120,"threads":310,"forks_per_s":5.0},"trees":[{"pid":4711,"cpu":0.98,"user_s":0.97,"system_s":0.01,"rss_bytes":104857600,"read_bytes":8192,"write_bytes":40960,"read_bytes_per_s":8192.0,"write_bytes_per_s":40960.0,"major_faults":2,"processes":3,"threads":4,"fds":21,"vanished":5,"unreadable":0}],"top":[{"pid":4712,"ppid":4711,"name":"cc1","state":"R","cpu":0.9,"user_s":0.9,"system_s":0.01,"rss_bytes":83886080,"threads":1}],"own":{"cpu_s":0.004,"max_rss_bytes":4194304,"cpu":0.004,"rss_bytes":4194304,"fds":21,"calls":120,"written_bytes":2100},"kernel":{"uptime_s":86400,"context_switches_per_s":2500.0,"interrupts_per_s":1200.0,"softirqs_per_s":900.0,"file_handles":1400,"file_handles_limit":800000},"sockets":{"used":90,"tcp":12,"tcp_established":4,"listen_drops_per_s":0.0},"file_systems":{"/":{"total_bytes":64000000000,"available_bytes":16000000000,"used":0.75}},"temperatures_c":{"x86_pkg_temp":51.0},"runs":[{"run":"1f3a.5d0c","pid":4711,"running":1,"ended":20,"failed":1,"failed_share":0.05,"start_s":0.5}],"ops":[{"run":"1f3a.5d0c","id":"install-chrome","slot":2,"pid":4720,"cpu":0.5,"user_s":0.4,"system_s":0.1,"rss_bytes":52428800,"read_bytes":0,"write_bytes":4096,"processes":1,"threads":1}],"counters":{"kernel":{"forks":18000},"disks":{"vda":{"read_bytes":4915200,"reads":1200}}}}"# {
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
        /// Each CPU by its number (--per-cpu): shares of its own time.
        pub cpus_each: BTreeMap<String, CpuShares>,
        /// What the kernel is busy with.
        pub kernel: Option<Kernel>,
        /// Sockets and protocols.
        pub sockets: Option<Sockets>,
        /// File systems on disks by mount point.
        pub file_systems: BTreeMap<String, FileSystem>,
        /// Temperatures by sensor, degrees Celsius.
        pub temperatures_c: BTreeMap<String, f64>,
        /// Running pgruns (--run).
        pub runs: Vec<RunUse>,
        /// Operations of them.
        pub ops: Vec<OpUse>,
        /// Raw counters (--counters).
        pub counters: Option<Counters>,
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
        PartDoc::of::<Kernel>(),
        PartDoc::of::<Sockets>(),
        PartDoc::of::<FileSystem>(),
        PartDoc::of::<Counters>(),
        PartDoc::of::<Tree>(),
        PartDoc::of::<Cgroup>(),
        PartDoc::of::<Process>(),
        PartDoc::of::<RunUse>(),
        PartDoc::of::<OpUse>(),
        PartDoc::of::<OwnCost>(),
    ]
}
