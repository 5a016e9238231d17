//! All figures of a sample: those of reports, and those that only alerts and baselines ask for.

use super::{Reading, each_figure, level, rate, share};
use alloc::format;
use record::{Cgroup, Disk, Memory, Network, OpUse, Sample, Sockets};

/// What can be asked of each kind of thing; the kind is the first word of a figure's "of".
const KNOWN: &[(&str, &[&str])] = &[
    ("cpu", &["busy", "user", "system", "iowait", "irq", "softirq", "steal"]),
    ("load", &["avg1", "avg5", "avg15", "per_cpu", "runnable", "blocked"]),
    (
        "memory",
        &[
            "used_bytes",
            "available_bytes",
            "dirty_bytes",
            "committed_bytes",
            "major_faults_per_s",
            "faults_per_s",
            "swap_in_bytes_per_s",
            "swap_out_bytes_per_s",
            "direct_scans_per_s",
            "stalls_per_s",
            "refaults_per_s",
            "compact_stalls_per_s",
            "oom_kills",
        ],
    ),
    ("swap", &["used_bytes"]),
    ("pressure", &["some", "full"]),
    (
        "disk",
        &[
            "util",
            "await_s",
            "read_await_s",
            "write_await_s",
            "queue",
            "reads_per_s",
            "writes_per_s",
            "read_bytes_per_s",
            "write_bytes_per_s",
        ],
    ),
    ("filesystem", &["used", "available_bytes", "inodes_used"]),
    ("network", &["rx_bytes_per_s", "tx_bytes_per_s", "errors_per_s", "drops_per_s", "util"]),
    (
        "sockets",
        &[
            "used",
            "tcp",
            "tcp_established",
            "tcp_time_wait",
            "retransmits_per_s",
            "listen_drops_per_s",
            "listen_overflows_per_s",
            "udp_errors_per_s",
        ],
    ),
    (
        "kernel",
        &["context_switches_per_s", "interrupts_per_s", "file_handles", "tracked_connections"],
    ),
    ("processes", &["count", "threads", "zombies", "forks_per_s"]),
    ("temperature", &["celsius"]),
    (
        "tree",
        &["cpus", "rss_bytes", "pss_bytes", "read_bytes_per_s", "write_bytes_per_s", "processes"],
    ),
    (
        "cgroup",
        &[
            "cpus",
            "rss_bytes",
            "pss_bytes",
            "read_bytes_per_s",
            "write_bytes_per_s",
            "processes",
            "memory_bytes",
            "throttled",
            "tasks",
            "oom_kills_total",
        ],
    ),
    ("op", &["cpus", "rss_bytes", "processes"]),
    ("run", &["running", "failed_share", "start_s"]),
    ("pgmon", &["cpus", "rss_bytes"]),
];

/// Whether there is such a figure of such a kind of thing.
pub fn is_known(kind: &str, what: &str) -> bool {
    KNOWN.iter().any(|(known, figures)| *known == kind && figures.contains(&what))
}

fn of(value: u64, whole: Option<u64>) -> Reading {
    let whole = whole.map(|whole| whole as f64).filter(|whole| *whole > 0.0);
    Reading { whole, ..level(value) }
}

/// Tells every figure of a sample, as [`each_figure`] does with those of reports.
pub fn every_figure(sample: &Sample, mut tell: impl FnMut((&str, &str), Reading)) {
    each_figure(sample, &mut tell);
    cpu(sample, &mut tell);
    if let Some(found) = &sample.memory {
        memory(found, &mut tell);
    }
    for (name, pressure) in &sample.pressure {
        let full = pressure.full.map(share);
        full.into_iter().for_each(|full| tell((&format!("pressure {name}"), "full"), full));
    }
    for (name, found) in &sample.disks {
        disk(found, &format!("disk {name}"), &mut tell);
    }
    for (name, found) in &sample.networks {
        network(found, &format!("network {name}"), &mut tell);
    }
    for (point, room) in &sample.file_systems {
        let name = format!("filesystem {point}");
        tell((&name, "used"), share(room.used));
        tell((&name, "available_bytes"), of(room.available_bytes, Some(room.total_bytes)));
        if let (Some(all), Some(free)) = (room.inodes, room.inodes_free) {
            let used = all.saturating_sub(free) as f64 / all.max(1) as f64;
            tell((&name, "inodes_used"), share(used));
        }
    }
    if let Some(found) = &sample.sockets {
        sockets(found, sample.retransmits_per_s, &mut tell);
    }
    kernel(sample, &mut tell);
    for (name, celsius) in &sample.temperatures_c {
        tell((&format!("temperature {name}"), "celsius"), rate(*celsius));
    }
    for tree in &sample.trees {
        if let Some(found) = &tree.cgroup {
            cgroup(found, &format!("cgroup {}", tree.path), &mut tell);
        }
    }
    for found in &sample.runs {
        let figures = [
            ("running", Some(level(found.running))),
            ("failed_share", found.failed_share.map(share)),
            ("start_s", found.start_s.map(|time| rate(time.as_f64()))),
        ];
        tell_known(&format!("run {}", found.pid), figures, &mut tell);
    }
    sample.ops.iter().for_each(|found| op(found, sample.cpus, &mut tell));
    if let Some(own) = &sample.own {
        let cpus = own.cpu.map(rate);
        cpus.into_iter().for_each(|cpus| tell(("pgmon", "cpus"), cpus));
        let rss = own.rss_bytes.map(level);
        rss.into_iter().for_each(|rss| tell(("pgmon", "rss_bytes"), rss));
    }
}

/// Tells those of the figures that are there.
fn tell_known<const N: usize>(
    name: &str,
    figures: [(&str, Option<Reading>); N],
    tell: &mut impl FnMut((&str, &str), Reading),
) {
    for (what, reading) in figures {
        reading.into_iter().for_each(|reading| tell((name, what), reading));
    }
}

fn cpu(sample: &Sample, tell: &mut impl FnMut((&str, &str), Reading)) {
    if let Some(cpu) = &sample.cpu {
        let shares = [
            ("user", Some(share(cpu.user))),
            ("system", Some(share(cpu.system))),
            ("irq", Some(share(cpu.irq))),
            ("softirq", Some(share(cpu.softirq))),
            ("steal", Some(share(cpu.steal))),
        ];
        tell_known("cpu", shares, tell);
    }
    if let Some(load) = &sample.load {
        let cpus = f64::from(sample.cpus.max(1));
        let loads = [
            ("avg1", Some(rate(load.avg1))),
            ("avg5", Some(rate(load.avg5))),
            ("avg15", Some(rate(load.avg15))),
            ("per_cpu", Some(rate(load.avg1 / cpus))),
            ("runnable", Some(level(load.runnable))),
            ("blocked", Some(level(load.blocked))),
        ];
        tell_known("load", loads, tell);
    }
}

fn memory(memory: &Memory, tell: &mut impl FnMut((&str, &str), Reading)) {
    let total = Some(memory.total_bytes);
    let figures = [
        ("available_bytes", Some(of(memory.available_bytes, total))),
        ("dirty_bytes", Some(of(memory.dirty_bytes, total))),
        ("committed_bytes", memory.committed_bytes.map(|now| of(now, memory.commit_limit_bytes))),
        ("faults_per_s", memory.faults_per_s.map(rate)),
        ("swap_in_bytes_per_s", memory.swap_in_bytes_per_s.map(rate)),
        ("swap_out_bytes_per_s", memory.swap_out_bytes_per_s.map(rate)),
        ("direct_scans_per_s", memory.direct_scans_per_s.map(rate)),
        ("stalls_per_s", memory.stalls_per_s.map(rate)),
        ("refaults_per_s", memory.refaults_per_s.map(rate)),
        ("compact_stalls_per_s", memory.compact_stalls_per_s.map(rate)),
        ("oom_kills", memory.oom_kills.map(level)),
    ];
    tell_known("memory", figures, tell);
}

fn disk(disk: &Disk, name: &str, tell: &mut impl FnMut((&str, &str), Reading)) {
    let figures = [
        ("await_s", disk.await_s.map(rate)),
        ("read_await_s", Some(rate(disk.read_await_s))),
        ("write_await_s", Some(rate(disk.write_await_s))),
        ("queue", Some(rate(disk.queue))),
        ("reads_per_s", Some(rate(disk.reads_per_s))),
        ("writes_per_s", Some(rate(disk.writes_per_s))),
        ("read_bytes_per_s", Some(rate(disk.read_bytes_per_s))),
        ("write_bytes_per_s", Some(rate(disk.write_bytes_per_s))),
    ];
    tell_known(name, figures, tell);
}

fn network(network: &Network, name: &str, tell: &mut impl FnMut((&str, &str), Reading)) {
    let figures = [
        ("errors_per_s", Some(rate(network.errors_per_s))),
        ("drops_per_s", Some(rate(network.drops_per_s))),
        ("util", network.util.map(share)),
    ];
    tell_known(name, figures, tell);
}

fn sockets(
    sockets: &Sockets,
    retransmits: Option<f64>,
    tell: &mut impl FnMut((&str, &str), Reading),
) {
    let figures = [
        ("used", sockets.used.map(level)),
        ("tcp", sockets.tcp.map(level)),
        ("tcp_established", sockets.tcp_established.map(level)),
        ("tcp_time_wait", sockets.tcp_time_wait.map(level)),
        ("retransmits_per_s", retransmits.map(rate)),
        ("listen_drops_per_s", sockets.listen_drops_per_s.map(rate)),
        ("listen_overflows_per_s", sockets.listen_overflows_per_s.map(rate)),
        ("udp_errors_per_s", sockets.udp_errors_per_s.map(rate)),
    ];
    tell_known("sockets", figures, tell);
}

fn kernel(sample: &Sample, tell: &mut impl FnMut((&str, &str), Reading)) {
    if let Some(kernel) = &sample.kernel {
        let tracked = kernel.tracked_connections;
        let figures = [
            ("context_switches_per_s", kernel.context_switches_per_s.map(rate)),
            ("interrupts_per_s", kernel.interrupts_per_s.map(rate)),
            ("file_handles", kernel.file_handles.map(|now| of(now, kernel.file_handles_limit))),
            ("tracked_connections", tracked.map(|now| of(now, kernel.tracked_connections_limit))),
        ];
        tell_known("kernel", figures, tell);
    }
    if let Some(processes) = &sample.processes {
        let limit = sample.kernel.as_ref().and_then(|kernel| kernel.tasks_limit);
        let figures = [
            ("count", Some(of(processes.count, limit))),
            ("threads", processes.threads.map(|now| of(now, limit))),
            ("zombies", processes.zombies.map(level)),
            ("forks_per_s", processes.forks_per_s.map(rate)),
        ];
        tell_known("processes", figures, tell);
    }
}

fn cgroup(cgroup: &Cgroup, name: &str, tell: &mut impl FnMut((&str, &str), Reading)) {
    let figures = [
        ("memory_bytes", cgroup.memory_bytes.map(|now| of(now, cgroup.memory_limit_bytes))),
        ("throttled", cgroup.throttled.map(rate)),
        ("tasks", cgroup.tasks.map(|now| of(now, cgroup.tasks_limit))),
        ("oom_kills_total", cgroup.oom_kills_total.map(level)),
    ];
    tell_known(name, figures, tell);
}

fn op(op: &OpUse, cpus: u32, tell: &mut impl FnMut((&str, &str), Reading)) {
    let name = if op.id.is_empty() { format!("op {}", op.pid) } else { format!("op {}", op.id) };
    let whole = Some(f64::from(cpus)).filter(|cpus| *cpus > 0.0);
    let figures = [
        ("cpus", op.cpu.map(|value| Reading { whole, ..rate(value) })),
        ("rss_bytes", Some(level(op.rss_bytes))),
        ("processes", Some(level(op.processes))),
    ];
    tell_known(&name, figures, tell);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::String;
    use alloc::vec::Vec;
    use record::{Fields, Record as _, parse_record};

    fn told(line: &str) -> Vec<(String, String, Option<f64>)> {
        let fields = Fields::parse(line.as_bytes()).unwrap();
        let sample: Sample = parse_record(line.as_bytes(), &fields).unwrap();
        let mut told = Vec::new();
        every_figure(&sample, |(of, what), reading| {
            told.push((of.into(), what.into(), reading.whole));
        });
        told
    }

    #[test]
    fn what_is_told_is_known() {
        let all = told(Sample::EXAMPLE);
        assert!(all.len() > 50, "{}", all.len());
        for (of, what, _) in &all {
            let kind = of.split(' ').next().unwrap();
            assert!(is_known(kind, what), "{of} {what}");
        }
        let whole =
            |of: &str, what: &str| all.iter().find(|one| one.0 == of && one.1 == what).unwrap().2;
        assert_eq!(whole("memory", "available_bytes"), Some(8_589_934_592.0));
        assert_eq!(whole("kernel", "file_handles"), Some(800_000.0));
        assert_eq!(whole("op install-chrome", "cpus"), Some(2.0));
        assert!(!is_known("cpu", "avg1") && !is_known("gpu", "busy"));
    }
}
