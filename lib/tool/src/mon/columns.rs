//! Samples as rows of comma-separated values: one table of columns.

use record::{Disk, Network, Sample, Seconds, Tree};

/// A column of the machine.
type Column = (&'static str, fn(&Sample) -> String);
/// A column of each tree; its name stands after that of the tree.
type TreeColumn = (&'static str, fn(&Tree) -> String);

/// What every row has. Values that are not known are empty.
const MACHINE: &[Column] = &[
    ("time", |s| s.time.to_string()),
    ("interval_s", |s| s.interval_s.to_string()),
    ("seq", |s| s.seq.to_string()),
    ("missed", |s| s.missed.to_string()),
    ("cpus", |s| s.cpus.to_string()),
    ("cpu_busy", |s| known(s.cpu.as_ref().map(|c| c.busy))),
    ("cpu_user", |s| known(s.cpu.as_ref().map(|c| c.user + c.nice))),
    ("cpu_system", |s| known(s.cpu.as_ref().map(|c| c.system + c.irq + c.softirq))),
    ("cpu_iowait", |s| known(s.cpu.as_ref().map(|c| c.iowait))),
    ("cpu_steal", |s| known(s.cpu.as_ref().map(|c| c.steal))),
    ("load_avg1", |s| known(s.load.as_ref().map(|l| l.avg1))),
    ("runnable", |s| known(s.load.as_ref().map(|l| l.runnable))),
    ("blocked", |s| known(s.load.as_ref().map(|l| l.blocked))),
    ("memory_total_bytes", |s| known(s.memory.as_ref().map(|m| m.total_bytes))),
    ("memory_available_bytes", |s| known(s.memory.as_ref().map(|m| m.available_bytes))),
    ("swap_used_bytes", |s| known(s.memory.as_ref().map(|m| m.swap_used_bytes))),
    ("major_faults_per_s", |s| known(s.memory.as_ref().and_then(|m| m.major_faults_per_s))),
    ("disk_read_bytes_per_s", |s| disks(s, |d| d.read_bytes_per_s)),
    ("disk_write_bytes_per_s", |s| disks(s, |d| d.write_bytes_per_s)),
    ("disk_util_max", |s| known(busiest_disk(s))),
    ("net_rx_bytes_per_s", |s| networks(s, |n| n.rx_bytes_per_s)),
    ("net_tx_bytes_per_s", |s| networks(s, |n| n.tx_bytes_per_s)),
    ("net_errors_per_s", |s| networks(s, |n| n.errors_per_s)),
    ("net_drops_per_s", |s| networks(s, |n| n.drops_per_s)),
    ("retransmits_per_s", |s| known(s.retransmits_per_s)),
    ("pressure_cpu_some", |s| pressure(s, "cpu")),
    ("pressure_io_some", |s| pressure(s, "io")),
    ("pressure_memory_some", |s| pressure(s, "memory")),
    ("processes", |s| known(s.processes.as_ref().map(|p| p.count))),
    ("own_cpu_s", |s| known(s.own.as_ref().map(|o| o.cpu_s))),
];

const TREE: &[TreeColumn] = &[
    ("cpu", |t| known(t.cpu)),
    ("user_s", |t| t.user_s.to_string()),
    ("system_s", |t| t.system_s.to_string()),
    ("rss_bytes", |t| t.rss_bytes.to_string()),
    ("pss_bytes", |t| known(t.pss_bytes)),
    ("read_bytes", |t| t.read_bytes.to_string()),
    ("write_bytes", |t| t.write_bytes.to_string()),
    ("major_faults", |t| t.major_faults.to_string()),
    ("processes", |t| t.processes.to_string()),
    ("threads", |t| t.threads.to_string()),
    ("fds", |t| t.fds.to_string()),
    ("vanished", |t| t.vanished.to_string()),
    ("cgroup_cpu", |t| known(t.cgroup.as_ref().and_then(|c| c.cpu))),
    ("cgroup_memory_bytes", |t| known(t.cgroup.as_ref().and_then(|c| c.memory_bytes))),
];

fn known<T: std::fmt::Display>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

/// Only the first sample has no reading before it.
pub fn has_rates(sample: &Sample) -> bool {
    sample.interval_s > Seconds::ZERO
}

/// Sum over disks; empty in the first sample, which has no rates.
fn disks(sample: &Sample, rate: fn(&Disk) -> f64) -> String {
    known(has_rates(sample).then(|| sum(sample.disks.values().map(rate))))
}

/// Sum over interfaces but the loopback; empty in the first sample.
fn networks(sample: &Sample, rate: fn(&Network) -> f64) -> String {
    known(has_rates(sample).then(|| network_sum(sample, rate)))
}

/// Sum over interfaces but the loopback, whose bytes go nowhere.
pub fn network_sum(sample: &Sample, rate: fn(&Network) -> f64) -> f64 {
    let others = sample.networks.iter().filter(|(name, _)| *name != "lo");
    sum(others.map(|(_, network)| rate(network)))
}

/// A sum that is never the negative zero of an empty one.
pub fn sum(values: impl Iterator<Item = f64>) -> f64 {
    super::rates::rounded(values.fold(0.0, |sum, value| sum + value))
}

fn busiest_disk(sample: &Sample) -> Option<f64> {
    sample.disks.values().map(|disk| disk.util).reduce(f64::max)
}

fn pressure(sample: &Sample, resource: &str) -> String {
    known(sample.pressure.get(resource).map(|pressure| pressure.some))
}

/// How a tree is called in a header: its process or its cgroup.
pub fn tree_name(tree: &Tree) -> String {
    match tree.pid {
        Some(pid) => pid.to_string(),
        None => tree.path.clone(),
    }
}

/// The names of all columns, for a header; the trees are those of the first sample.
pub fn header(sample: &Sample) -> Vec<String> {
    let trees = sample.trees.iter().map(tree_name);
    let of_trees =
        trees.flat_map(|tree| TREE.iter().map(move |(name, _)| format!("{tree}.{name}")));
    MACHINE.iter().map(|(name, _)| (*name).to_string()).chain(of_trees).collect()
}

/// The values of all columns.
pub fn row(sample: &Sample) -> Vec<String> {
    let of_trees = sample.trees.iter().flat_map(|tree| TREE.iter().map(|(_, value)| value(tree)));
    MACHINE.iter().map(|(_, value)| value(sample)).chain(of_trees).collect()
}
