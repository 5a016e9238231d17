//! Metrics of the machine and of pgmon itself.

use super::metrics;
use crate::openmetrics::Families;
use record::{Counters, FileSystem, Kernel, Load, Memory, Sample, Sockets};
use std::collections::BTreeMap;

type Named = BTreeMap<String, u64>;

const KIB: u64 = 1024;
const MILLIS: f64 = 1e3;

metrics! { // tidy: a table
    Gauge "pgmon_sample_timestamp" "seconds" "" "When the sample was taken, since the epoch."
        => |s, f| f.point(&[], Some(s.time));
    Gauge "pgmon_sample_interval" "seconds" "" "Time between the last two samples."
        => |s, f| f.point(&[], Some(s.interval_s));
    Counter "pgmon_samples" "" "" "Samples taken since pgmon began."
        => |s, f| f.point(&[], Some(s.seq + 1));
    Counter "pgmon_own_cpu" "seconds" "" "CPU time of pgmon itself."
        => |s, f| f.point(&[], s.own.as_ref().map(|own| own.cpu_s));
    Gauge "pgmon_own_memory_peak" "bytes" "" "The most memory pgmon itself ever had."
        => |s, f| f.point(&[], s.own.as_ref().map(|own| own.max_rss_bytes));
    Gauge "pgmon_own_open_fds" "" "" "Open descriptors of pgmon itself."
        => |s, f| f.point(&[], s.own.as_ref().and_then(|own| own.fds));
    Gauge "pgmon_cpus" "" "" "CPUs that are switched on."
        => |s, f| f.point(&[], Some(s.cpus));
    Counter "pgmon_cpu" "seconds" "{state}" "Time of all CPUs by state; together it is the time that has passed, times the CPUs."
        => |s, f| times(s, f, |state| state != "guest");
    Counter "pgmon_cpu_guest" "seconds" "" "Time of all CPUs in guests of ours, which is a part of user and nice."
        => |s, f| f.point(&[], counters(s).and_then(|c| c.cpu_s.get("guest").copied()));
    Gauge "pgmon_cpu_busy" "ratio" "{cpu}" "Share of the last interval in which a CPU was busy (--per-cpu)."
        => |s, f| s.cpus_each.iter().for_each(|(cpu, shares)| {
            f.point(&[("cpu", cpu)], Some(shares.busy));
        });
    Gauge "pgmon_load_average" "" "{minutes}" "Average number of running and waiting tasks over 1, 5 and 15 minutes."
        => |s, f| load(s, f);
    Gauge "pgmon_tasks_runnable" "" "" "Tasks that run or wait for a CPU."
        => |s, f| f.point(&[], of_load(s, |load| load.runnable));
    Gauge "pgmon_tasks_blocked" "" "" "Tasks that wait for a disk."
        => |s, f| f.point(&[], of_load(s, |load| load.blocked));
    Gauge "pgmon_processes" "" "" "Processes, zombies and kernel threads included."
        => |s, f| f.point(&[], s.processes.as_ref().map(|p| p.count));
    Gauge "pgmon_threads" "" "" "Threads of all processes."
        => |s, f| f.point(&[], s.processes.as_ref().and_then(|p| p.threads));
    Gauge "pgmon_zombies" "" "" "Processes that have ended and were not waited for (--top)."
        => |s, f| f.point(&[], s.processes.as_ref().and_then(|p| p.zombies));
    Counter "pgmon_forks" "" "" "Processes and threads made since the machine came up."
        => |s, f| kernel(s, f, "forks");
    Counter "pgmon_context_switches" "" "" "Changes from one task to another."
        => |s, f| kernel(s, f, "context_switches");
    Counter "pgmon_interrupts" "" "" "Interrupts."
        => |s, f| kernel(s, f, "interrupts");
    Counter "pgmon_softirqs" "" "" "Deferred interrupt work."
        => |s, f| kernel(s, f, "softirqs");
    Gauge "pgmon_uptime" "seconds" "" "Time since the machine came up."
        => |s, f| f.point(&[], of_kernel(s, |kernel| kernel.uptime_s));
    Gauge "pgmon_file_handles" "" "" "Open files of all processes."
        => |s, f| f.point(&[], of_kernel(s, |kernel| kernel.file_handles));
    Gauge "pgmon_file_handles_limit" "" "" "The most open files there may be."
        => |s, f| f.point(&[], of_kernel(s, |kernel| kernel.file_handles_limit));
    Gauge "pgmon_memory_size" "bytes" "" "Memory of the machine."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.total_bytes)));
    Gauge "pgmon_memory_available" "bytes" "" "What programs could get without swapping."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.available_bytes)));
    Gauge "pgmon_memory_free" "bytes" "" "Memory used for nothing."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.free_bytes)));
    Gauge "pgmon_memory_cached" "bytes" "" "File contents kept, buffers included."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.cached_bytes)));
    Gauge "pgmon_memory_dirty" "bytes" "" "Memory that waits to be written to disk."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.dirty_bytes)));
    Gauge "pgmon_memory_anonymous" "bytes" "" "Memory of programs alone, in no file."
        => |s, f| f.point(&[], of_memory(s, |memory| memory.anonymous_bytes));
    Gauge "pgmon_swap_size" "bytes" "" "Swap space."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.swap_total_bytes)));
    Gauge "pgmon_swap_used" "bytes" "" "Swap space in use."
        => |s, f| f.point(&[], of_memory(s, |memory| Some(memory.swap_used_bytes)));
    Counter "pgmon_page_faults" "" "" "Page faults of any kind."
        => |s, f| memory(s, f, "faults");
    Counter "pgmon_major_page_faults" "" "" "Page faults that had to read a disk."
        => |s, f| memory(s, f, "major_faults");
    Counter "pgmon_swap_in" "pages" "" "Pages read back from swap."
        => |s, f| memory(s, f, "swap_in_pages");
    Counter "pgmon_swap_out" "pages" "" "Pages written to swap."
        => |s, f| memory(s, f, "swap_out_pages");
    Counter "pgmon_paged_in" "bytes" "" "Read from disks into memory."
        => |s, f| f.point(&[], counted(s, |c| c.memory.get("page_in_kib")).map(|kib| kib * KIB));
    Counter "pgmon_paged_out" "bytes" "" "Written from memory to disks."
        => |s, f| f.point(&[], counted(s, |c| c.memory.get("page_out_kib")).map(|kib| kib * KIB));
    Counter "pgmon_memory_stalls" "" "" "Times a program had to find memory itself."
        => |s, f| memory(s, f, "stalls");
    Counter "pgmon_memory_refaults" "" "" "Pages read back that had just been given away."
        => |s, f| memory(s, f, "refaults");
    Counter "pgmon_oom_kills" "" "" "Programs killed by the kernel for want of memory."
        => |s, f| memory(s, f, "oom_kills");
    Counter "pgmon_pressure_stalled" "seconds" "{resource,tasks}" "Time in which some tasks, or all (full), stood still for want of a resource."
        => |s, f| pressure(s, f);
    Counter "pgmon_disk_reads" "" "{disk}" "Finished reads."
        => |s, f| disk(s, f, "reads");
    Counter "pgmon_disk_writes" "" "{disk}" "Finished writes."
        => |s, f| disk(s, f, "writes");
    Counter "pgmon_disk_read" "bytes" "{disk}" "Bytes read."
        => |s, f| disk(s, f, "read_bytes");
    Counter "pgmon_disk_written" "bytes" "{disk}" "Bytes written."
        => |s, f| disk(s, f, "write_bytes");
    Counter "pgmon_disk_read_time" "seconds" "{disk}" "Time of all reads, waiting included."
        => |s, f| disk_time(s, f, "read_ms");
    Counter "pgmon_disk_write_time" "seconds" "{disk}" "Time of all writes, waiting included."
        => |s, f| disk_time(s, f, "write_ms");
    Counter "pgmon_disk_busy" "seconds" "{disk}" "Time in which the disk had something to do."
        => |s, f| disk_time(s, f, "busy_ms");
    Counter "pgmon_disk_queue" "seconds" "{disk}" "Time times requests in the disk or waiting for it; its rate is the mean queue."
        => |s, f| disk_time(s, f, "queue_ms");
    Gauge "pgmon_filesystem_size" "bytes" "{mountpoint}" "Room of a file system."
        => |s, f| rooms(s, f, |room| Some(room.total_bytes));
    Gauge "pgmon_filesystem_available" "bytes" "{mountpoint}" "What ordinary users can still write."
        => |s, f| rooms(s, f, |room| Some(room.available_bytes));
    Gauge "pgmon_filesystem_inodes_free" "" "{mountpoint}" "Files that can still be made."
        => |s, f| rooms(s, f, |room| room.inodes_free);
    Counter "pgmon_network_receive" "bytes" "{interface}" "Bytes received."
        => |s, f| network(s, f, "rx_bytes");
    Counter "pgmon_network_transmit" "bytes" "{interface}" "Bytes sent."
        => |s, f| network(s, f, "tx_bytes");
    Counter "pgmon_network_receive_packets" "" "{interface}" "Packets received."
        => |s, f| network(s, f, "rx_packets");
    Counter "pgmon_network_transmit_packets" "" "{interface}" "Packets sent."
        => |s, f| network(s, f, "tx_packets");
    Counter "pgmon_network_receive_errors" "" "{interface}" "Bad packets received."
        => |s, f| network(s, f, "rx_errors");
    Counter "pgmon_network_transmit_errors" "" "{interface}" "Packets that could not be sent."
        => |s, f| network(s, f, "tx_errors");
    Counter "pgmon_network_receive_drops" "" "{interface}" "Packets received and dropped."
        => |s, f| network(s, f, "rx_drops");
    Counter "pgmon_network_transmit_drops" "" "{interface}" "Packets dropped before they were sent."
        => |s, f| network(s, f, "tx_drops");
    Counter "pgmon_tcp_segments_in" "" "" "TCP segments received."
        => |s, f| sockets(s, f, "tcp_segments_in");
    Counter "pgmon_tcp_segments_out" "" "" "TCP segments sent, those sent again not counted."
        => |s, f| sockets(s, f, "tcp_segments_out");
    Counter "pgmon_tcp_retransmits" "" "" "TCP segments that had to be sent again."
        => |s, f| sockets(s, f, "tcp_retransmits");
    Counter "pgmon_tcp_opened" "" "" "TCP connections that were begun here."
        => |s, f| sockets(s, f, "tcp_opened");
    Counter "pgmon_tcp_accepted" "" "" "TCP connections that came in."
        => |s, f| sockets(s, f, "tcp_accepted");
    Counter "pgmon_tcp_listen_drops" "" "" "TCP connections that a listener lost."
        => |s, f| sockets(s, f, "listen_drops");
    Gauge "pgmon_tcp_established" "" "" "TCP connections that are established."
        => |s, f| f.point(&[], of_sockets(s, |sockets| sockets.tcp_established));
    Gauge "pgmon_tcp_time_wait" "" "" "TCP connections that wait for stray packets."
        => |s, f| f.point(&[], of_sockets(s, |sockets| sockets.tcp_time_wait));
    Gauge "pgmon_sockets" "" "" "Sockets of any kind."
        => |s, f| f.point(&[], of_sockets(s, |sockets| sockets.used));
    Gauge "pgmon_temperature" "celsius" "{sensor}" "Temperature."
        => |s, f| s.temperatures_c.iter().for_each(|(sensor, degrees)| {
            f.point(&[("sensor", sensor)], Some(*degrees));
        });
}

fn counters(s: &Sample) -> Option<&Counters> {
    s.counters.as_ref()
}

fn counted(s: &Sample, of: fn(&Counters) -> Option<&u64>) -> Option<u64> {
    counters(s).and_then(of).copied()
}

fn times(s: &Sample, f: &mut Families, wanted: fn(&str) -> bool) {
    let all = counters(s).into_iter().flat_map(|counters| &counters.cpu_s);
    for (state, time) in all.filter(|(state, _)| wanted(state)) {
        f.point(&[("state", state)], Some(*time));
    }
}

fn kernel(s: &Sample, f: &mut Families, name: &str) {
    f.point(&[], counters(s).and_then(|counters| counters.kernel.get(name)).copied());
}

fn memory(s: &Sample, f: &mut Families, name: &str) {
    f.point(&[], counters(s).and_then(|counters| counters.memory.get(name)).copied());
}

fn sockets(s: &Sample, f: &mut Families, name: &str) {
    f.point(&[], counters(s).and_then(|counters| counters.sockets.get(name)).copied());
}

/// Disks that were ever used.
fn disks(s: &Sample) -> impl Iterator<Item = (&String, &Named)> {
    let all = counters(s).into_iter().flat_map(|counters| &counters.disks);
    all.filter(|(_, disk)| ever_used(disk, ["reads", "writes"]))
}

fn ever_used(counters: &Named, names: [&str; 2]) -> bool {
    names.iter().any(|name| counters.get(*name).is_some_and(|count| *count > 0))
}

fn disk(s: &Sample, f: &mut Families, name: &str) {
    for (disk, counters) in disks(s) {
        f.point(&[("disk", disk)], counters.get(name).copied());
    }
}

fn disk_time(s: &Sample, f: &mut Families, name: &str) {
    for (disk, counters) in disks(s) {
        let time = counters.get(name).map(|ms| *ms as f64 / MILLIS);
        f.point(&[("disk", disk)], time);
    }
}

fn network(s: &Sample, f: &mut Families, name: &str) {
    let all = counters(s).into_iter().flat_map(|counters| &counters.networks);
    for (interface, counters) in all.filter(|(_, one)| ever_used(one, ["rx_packets", "tx_packets"]))
    {
        f.point(&[("interface", interface)], counters.get(name).copied());
    }
}

/// The counters are called `cpu_some`, `io_full`.
fn pressure(s: &Sample, f: &mut Families) {
    for (name, time) in counters(s).into_iter().flat_map(|counters| &counters.pressure_s) {
        if let Some((resource, tasks)) = name.rsplit_once('_') {
            f.point(&[("resource", resource), ("tasks", tasks)], Some(*time));
        }
    }
}

fn load(s: &Sample, f: &mut Families) {
    let Some(Load { avg1, avg5, avg15, .. }) = &s.load else { return };
    for (minutes, average) in [("1", avg1), ("5", avg5), ("15", avg15)] {
        f.point(&[("minutes", minutes)], Some(*average));
    }
}

fn of_load(s: &Sample, of: fn(&Load) -> u64) -> Option<u64> {
    s.load.as_ref().map(of)
}

fn of_memory(s: &Sample, of: fn(&Memory) -> Option<u64>) -> Option<u64> {
    s.memory.as_ref().and_then(of)
}

fn of_kernel<T>(s: &Sample, of: fn(&Kernel) -> Option<T>) -> Option<T> {
    s.kernel.as_ref().and_then(of)
}

fn of_sockets(s: &Sample, of: fn(&Sockets) -> Option<u64>) -> Option<u64> {
    s.sockets.as_ref().and_then(of)
}

fn rooms(s: &Sample, f: &mut Families, of: fn(&FileSystem) -> Option<u64>) {
    for (mountpoint, room) in &s.file_systems {
        f.point(&[("mountpoint", mountpoint)], of(room));
    }
}
