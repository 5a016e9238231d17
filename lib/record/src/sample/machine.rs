//! The machine in a sample.

use crate::part;
use crate::unit::Seconds;
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
        /// In guests of ours, which is part of user and nice.
        pub guest: Option<f64>,
        /// Clock of one CPU now; stands in "cpus_each" alone.
        pub frequency_hz: Option<f64>,
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
        /// Buffers of file systems.
        pub buffers_bytes: Option<u64>,
        /// Being written to disk now.
        pub writeback_bytes: Option<u64>,
        /// Used of late.
        pub active_bytes: Option<u64>,
        /// Not used for a while: the first to be given away.
        pub inactive_bytes: Option<u64>,
        /// Of programs alone, in no file.
        pub anonymous_bytes: Option<u64>,
        /// Files mapped into programs.
        pub mapped_bytes: Option<u64>,
        /// Shared memory and tmpfs.
        pub shared_bytes: Option<u64>,
        /// The kernel's own objects.
        pub slab_bytes: Option<u64>,
        /// Those of them that can be given away.
        pub slab_reclaimable_bytes: Option<u64>,
        /// Stacks of the kernel.
        pub kernel_stack_bytes: Option<u64>,
        /// Page tables.
        pub page_tables_bytes: Option<u64>,
        /// Locked: never swapped.
        pub locked_bytes: Option<u64>,
        /// Promised to programs.
        pub committed_bytes: Option<u64>,
        /// The most that may be promised where the kernel is strict about it.
        pub commit_limit_bytes: Option<u64>,
        /// In swap and in memory.
        pub swap_cached_bytes: Option<u64>,
        /// Swapped into compressed memory.
        pub zswapped_bytes: Option<u64>,
        /// Set aside for huge pages.
        pub huge_total_bytes: Option<u64>,
        /// Those of them that nobody uses.
        pub huge_free_bytes: Option<u64>,
        /// Promised and not yet used.
        pub huge_reserved_bytes: Option<u64>,
        /// Of programs, in transparent huge pages.
        pub huge_anonymous_bytes: Option<u64>,
        /// Taken out of use since it was found bad.
        pub corrupted_bytes: Option<u64>,
        /// Page faults of any kind.
        pub faults_per_s: Option<f64>,
        /// Read from disks into memory.
        pub page_in_bytes_per_s: Option<f64>,
        /// Written from memory to disks.
        pub page_out_bytes_per_s: Option<f64>,
        /// Pages looked at for giving away.
        pub scanned_pages_per_s: Option<f64>,
        /// Pages given away.
        pub reclaimed_pages_per_s: Option<f64>,
        /// Pages that programs had to look at themselves for want of free ones.
        pub direct_scans_per_s: Option<f64>,
        /// Times a program had to find memory itself.
        pub stalls_per_s: Option<f64>,
        /// Pages read back that had just been given away: thrashing.
        pub refaults_per_s: Option<f64>,
        /// Times a program waited for memory to be moved together.
        pub compact_stalls_per_s: Option<f64>,
        /// Those of them that were in vain.
        pub compact_fails_per_s: Option<f64>,
        /// Transparent huge pages given to programs.
        pub huge_faults_per_s: Option<f64>,
        /// Times there was none and small pages were given.
        pub huge_fallbacks_per_s: Option<f64>,
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
        /// Mean time of a request of either kind, waiting included.
        pub await_s: Option<f64>,
        /// Requests in it now.
        pub in_flight: Option<u64>,
        /// Reads joined to others in the queue.
        pub read_merges_per_s: Option<f64>,
        /// Writes joined to others in the queue.
        pub write_merges_per_s: Option<f64>,
        /// Finished discards.
        pub discards_per_s: Option<f64>,
        /// Bytes discarded.
        pub discard_bytes_per_s: Option<f64>,
        /// Finished flushes.
        pub flushes_per_s: Option<f64>,
        /// Mean time of a flush.
        pub flush_await_s: Option<f64>,
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
        /// Bad packets received.
        pub rx_errors_per_s: Option<f64>,
        /// Packets that could not be sent.
        pub tx_errors_per_s: Option<f64>,
        /// Received and dropped.
        pub rx_drops_per_s: Option<f64>,
        /// Dropped before they were sent.
        pub tx_drops_per_s: Option<f64>,
        /// Multicast packets received.
        pub multicast_per_s: Option<f64>,
        /// Collisions.
        pub collisions_per_s: Option<f64>,
        /// What the line can carry, where it says so.
        pub speed_bytes_per_s: Option<f64>,
        /// The busier direction, as a share of that.
        pub util: Option<f64>,
    }
}

part! {
    /// Pressure stall information of one resource: shares of the interval in
    /// which tasks stood still for want of it.
    pub struct Pressure = "pressure" {
        /// At least one task. Of "irq" the kernel knows "full" alone: then both are the same.
        pub some: f64,
        /// All tasks at once.
        pub full: Option<f64>,
        /// The kernel's own mean over the last 10 s, as a share.
        pub some_avg10: Option<f64>,
        /// Over the last 60 s.
        pub some_avg60: Option<f64>,
        /// Over the last 300 s.
        pub some_avg300: Option<f64>,
        /// The same of all tasks at once, over the last 10 s.
        pub full_avg10: Option<f64>,
        /// Over the last 60 s.
        pub full_avg60: Option<f64>,
        /// Over the last 300 s.
        pub full_avg300: Option<f64>,
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
    /// What the kernel is busy with.
    pub struct Kernel = "kernel" {
        /// Time since the machine came up.
        pub uptime_s: Option<Seconds>,
        /// Changes from one task to another.
        pub context_switches_per_s: Option<f64>,
        /// Interrupts.
        pub interrupts_per_s: Option<f64>,
        /// Deferred interrupt work.
        pub softirqs_per_s: Option<f64>,
        /// Open files of all processes.
        pub file_handles: Option<u64>,
        /// The most there may be.
        pub file_handles_limit: Option<u64>,
        /// Inodes kept in memory.
        pub inodes: Option<u64>,
        /// Connections that the packet filter remembers.
        pub tracked_connections: Option<u64>,
        /// The most it can remember.
        pub tracked_connections_limit: Option<u64>,
        /// The most processes and threads there may be.
        pub tasks_limit: Option<u64>,
    }
}

part! {
    /// Sockets and what goes wrong in them, versions 4 and 6 of IP together where the kernel tells both.
    pub struct Sockets = "sockets" {
        /// Sockets of any kind.
        pub used: Option<u64>,
        /// TCP sockets in use.
        pub tcp: Option<u64>,
        /// TCP connections that are established.
        pub tcp_established: Option<u64>,
        /// TCP sockets that belong to no process any more.
        pub tcp_orphans: Option<u64>,
        /// TCP connections that wait for stray packets.
        pub tcp_time_wait: Option<u64>,
        /// Memory of TCP buffers.
        pub tcp_memory_bytes: Option<u64>,
        /// UDP sockets in use.
        pub udp: Option<u64>,
        /// Memory of UDP buffers.
        pub udp_memory_bytes: Option<u64>,
        /// Connections that were begun here.
        pub tcp_opened_per_s: Option<f64>,
        /// Connections that came in.
        pub tcp_accepted_per_s: Option<f64>,
        /// Attempts that failed.
        pub tcp_failed_per_s: Option<f64>,
        /// Established connections that were reset.
        pub tcp_reset_per_s: Option<f64>,
        /// Segments received.
        pub tcp_segments_in_per_s: Option<f64>,
        /// Segments sent, those sent again not counted.
        pub tcp_segments_out_per_s: Option<f64>,
        /// Bad segments received.
        pub tcp_errors_in_per_s: Option<f64>,
        /// Connections that found the queue of a listener full.
        pub listen_overflows_per_s: Option<f64>,
        /// Connections that a listener lost, for whatever cause.
        pub listen_drops_per_s: Option<f64>,
        /// First segments of a connection that were sent again.
        pub syn_retransmits_per_s: Option<f64>,
        /// Times that no answer came in time.
        pub timeouts_per_s: Option<f64>,
        /// Datagrams received.
        pub udp_in_per_s: Option<f64>,
        /// Datagrams sent.
        pub udp_out_per_s: Option<f64>,
        /// Datagrams for a port where nobody listens.
        pub udp_no_port_per_s: Option<f64>,
        /// Datagrams that could not be delivered.
        pub udp_errors_per_s: Option<f64>,
        /// Datagrams for which there was no room.
        pub udp_buffer_errors_per_s: Option<f64>,
    }
}

part! {
    /// Room of one mounted file system.
    pub struct FileSystem = "file system" {
        /// All there is.
        pub total_bytes: u64,
        /// What ordinary users can still write.
        pub available_bytes: u64,
        /// Share that is used of what ordinary users may use, as df(1) has it.
        pub used: f64,
        /// Files there may be; left out where there is no limit.
        pub inodes: Option<u64>,
        /// Those of them still to be had.
        pub inodes_free: Option<u64>,
    }
}

part! {
    /// Raw counters of the kernel since it came up (--counters): never rates, never levels, nothing taken off.
    pub struct Counters = "counters" {
        /// Time of all CPUs by state: "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest".
        pub cpu_s: BTreeMap<String, Seconds>,
        /// "context_switches", "interrupts", "softirqs", "forks".
        pub kernel: BTreeMap<String, u64>,
        /// "faults", "major_faults", "swap_in_pages", "oom_kills" and the others whose rates stand in "memory".
        pub memory: BTreeMap<String, u64>,
        /// "tcp_retransmits", "listen_drops" and the others whose rates stand in "sockets".
        pub sockets: BTreeMap<String, u64>,
        /// By disk: "reads", "writes", "read_bytes", "write_bytes", "read_ms", "write_ms", "busy_ms", "queue_ms" and more.
        pub disks: BTreeMap<String, BTreeMap<String, u64>>,
        /// By interface: "rx_bytes", "tx_bytes", "rx_packets", "tx_packets", "rx_errors", "tx_errors", "rx_drops", "tx_drops" and more.
        pub networks: BTreeMap<String, BTreeMap<String, u64>>,
        /// Time that tasks stood still: "cpu_some", "io_full" and so on.
        pub pressure_s: BTreeMap<String, Seconds>,
    }
}
