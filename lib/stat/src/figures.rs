//! The figures of a sample by name: what of the machine or of a tree, and what was read.

mod further;

pub use further::{every_figure, is_known};

use alloc::format;
use record::{Sample, Tree};

/// Shares are counted in millionths.
const FINE: f64 = 1e6;

/// One reading.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The figure: a share, bytes, or a number a second.
    pub value: f64,
    /// Steps of one unit of the value in which quantiles are counted.
    pub fine: f64,
    /// What there is of it, where that is known.
    pub whole: Option<f64>,
}

fn share(value: f64) -> Reading {
    Reading { value, fine: FINE, whole: Some(1.0) }
}

fn level(value: u64) -> Reading {
    Reading { value: value as f64, fine: 1.0, whole: None }
}

fn rate(value: f64) -> Reading {
    Reading { value, fine: 1.0, whole: None }
}

/// Tells each figure of a sample: of what ("disk vda"), which ("util"), and the reading. Rates
/// are missing in the first sample of a stream.
pub fn each_figure(sample: &Sample, mut tell: impl FnMut((&str, &str), Reading)) {
    machine(sample, &mut tell);
    for tree in &sample.trees {
        of_tree(tree, f64::from(sample.cpus), &mut tell);
    }
}

fn machine(sample: &Sample, tell: &mut impl FnMut((&str, &str), Reading)) {
    if let Some(cpu) = &sample.cpu {
        tell(("cpu", "busy"), share(cpu.busy));
        tell(("cpu", "iowait"), share(cpu.iowait));
    }
    if let Some(memory) = &sample.memory {
        let whole = Some(memory.total_bytes as f64).filter(|total| *total > 0.0);
        tell(("memory", "used_bytes"), Reading { whole, ..level(memory.used_bytes) });
        let whole = Some(memory.swap_total_bytes as f64).filter(|total| *total > 0.0);
        if whole.is_some() {
            tell(("swap", "used_bytes"), Reading { whole, ..level(memory.swap_used_bytes) });
        }
        if let Some(faults) = memory.major_faults_per_s {
            tell(("memory", "major_faults_per_s"), rate(faults));
        }
    }
    for (name, pressure) in &sample.pressure {
        tell((&format!("pressure {name}"), "some"), share(pressure.some));
    }
    for (name, disk) in &sample.disks {
        tell((&format!("disk {name}"), "util"), share(disk.util));
    }
    for (name, network) in &sample.networks {
        let of = format!("network {name}");
        tell((&of, "rx_bytes_per_s"), rate(network.rx_bytes_per_s));
        tell((&of, "tx_bytes_per_s"), rate(network.tx_bytes_per_s));
    }
}

fn of_tree(tree: &Tree, cpus: f64, tell: &mut impl FnMut((&str, &str), Reading)) {
    let of = match tree.pid {
        Some(pid) => format!("tree {pid}"),
        None => format!("cgroup {}", tree.path),
    };
    if let Some(cpu) = tree.cpu {
        let whole = Some(cpus).filter(|cpus| *cpus > 0.0);
        tell((&of, "cpus"), Reading { value: cpu, fine: FINE, whole });
    }
    tell((&of, "rss_bytes"), level(tree.rss_bytes));
    if let Some(pss) = tree.pss_bytes {
        tell((&of, "pss_bytes"), level(pss));
    }
    let rates = [
        ("read_bytes_per_s", tree.read_bytes_per_s),
        ("write_bytes_per_s", tree.write_bytes_per_s),
    ];
    for (name, value) in rates {
        if let Some(value) = value {
            tell((&of, name), rate(value));
        }
    }
    tell((&of, "processes"), level(tree.processes));
}
