//! Samples as a table for people: one line a sample, titles now and then.

use super::columns::{has_rates, network_sum, sum, tree_name};
use crate::print;
use record::{Process, Sample, Summary, Tree};
use std::fmt::Write as _;

/// Lines between two lines of titles: a screen has about so many.
const TITLES_EVERY: u64 = 20;

/// What stands where a rate is not known yet.
const UNKNOWN: &str = "-";

/// The title lines and the line of a sample, each with its newline.
pub fn lines(sample: &Sample, elapsed_s: f64) -> String {
    let mut out = String::new();
    if sample.seq.is_multiple_of(TITLES_EVERY) {
        out.push_str(&titles(sample));
    }
    let rate = |value: f64| match has_rates(sample) {
        true => print::bytes(value as u64),
        false => UNKNOWN.to_string(),
    };
    let disk = |of: fn(&record::Disk) -> f64| rate(sum(sample.disks.values().map(of)));
    let cpu = |of: fn(&record::CpuShares) -> f64| percent(sample.cpu.as_ref().map(of));
    let memory = |of: fn(&record::Memory) -> u64| {
        sample.memory.as_ref().map_or_else(|| UNKNOWN.to_string(), |m| print::bytes(of(m)))
    };
    let cells: [(usize, String); 13] = [
        (8, format!("{elapsed_s:.1}")),
        (6, cpu(|c| c.busy)),
        (6, cpu(|c| c.user + c.nice)),
        (6, cpu(|c| c.system + c.irq + c.softirq)),
        (6, cpu(|c| c.iowait)),
        (7, sample.load.as_ref().map_or_else(String::new, |l| format!("{:.2}", l.avg1))),
        (7, memory(|m| m.used_bytes)),
        (7, memory(|m| m.available_bytes)),
        (7, disk(|d| d.read_bytes_per_s)),
        (7, disk(|d| d.write_bytes_per_s)),
        (7, rate(network_sum(sample, |n| n.rx_bytes_per_s))),
        (7, rate(network_sum(sample, |n| n.tx_bytes_per_s))),
        (6, sample.processes.as_ref().map_or_else(String::new, |p| p.count.to_string())),
    ];
    for (width, cell) in &cells {
        let _ = write!(out, "{cell:>width$}");
    }
    for tree in &sample.trees {
        out.push_str(&tree_cells(tree));
    }
    out.push('\n');
    for process in &sample.top {
        out.push_str(&process_line(process));
    }
    out
}

fn titles(sample: &Sample) -> String {
    let mut line = format!(
        "{:>8}{:>6}{:>6}{:>6}{:>6}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}{:>6}",
        "SECONDS",
        "CPU%",
        "USR%",
        "SYS%",
        "IOW%",
        "LOAD",
        "USED",
        "AVAIL",
        "READ/s",
        "WRIT/s",
        "RX/s",
        "TX/s",
        "PROCS"
    );
    for tree in &sample.trees {
        let name = tree_name(tree);
        // the end of a long path says more than its beginning
        let skip = name.chars().count().saturating_sub(10);
        let name = print::shown(&name.chars().skip(skip).collect::<String>());
        let _ = write!(line, "  |{name:>10}{:>7}{:>7}{:>6}", "CPU%", "RSS", "PROCS");
    }
    line.push('\n');
    line
}

fn tree_cells(tree: &Tree) -> String {
    let (cpu, rss) = (percent(tree.cpu), print::bytes(tree.rss_bytes));
    format!("  |{:>10}{cpu:>7}{rss:>7}{:>6}", "", tree.processes)
}

fn process_line(process: &Process) -> String {
    let (cpu, rss) = (percent(process.cpu), print::bytes(process.rss_bytes));
    let Process { pid, state, name, .. } = process;
    let name = print::shown(name);
    format!("{pid:>14}{cpu:>6}{rss:>8}  {state} {name}\n")
}

/// Shares as percent; of a tree 100 is one CPU.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| UNKNOWN.to_string(), |share| format!("{:.1}", share * 100.0))
}

/// A summary in one line.
pub fn summary(summary: &Summary) -> String {
    let end = match (summary.exit, summary.signal) {
        (_, Some(signal)) => format!("ended by signal {signal}"),
        (status, None) => format!("exit {}", status.unwrap_or_default()),
    };
    format!(
        "{end}, wall {:.2} s, user {:.2} s, system {:.2} s, CPUs {:.2} (peak {:.2}), \
         RSS {} (peak {}), read {}, written {}, {} samples, pgmon itself {:.3} s",
        summary.wall_s.as_f64(),
        summary.user_s.as_f64(),
        summary.system_s.as_f64(),
        summary.cpu_avg,
        summary.cpu_peak,
        print::bytes(summary.rss_avg_bytes),
        print::bytes(summary.rss_peak_bytes),
        print::bytes(summary.read_bytes),
        print::bytes(summary.write_bytes),
        summary.samples,
        summary.own_cpu_s.as_f64(),
    )
}
