//! The machine, above the processes.

use super::pen::{Colours, Pen};
use crate::mon::columns::{has_rates, tree_name};
use crate::print;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use record::{Disk, Network, OpUse, Sample};

/// Columns of a CPU's bar, with its name.
const CPU_COLUMNS: usize = 38;
/// The most lines of CPUs and of operations.
const MOST_LINES: usize = 8;
/// Heights of a CPU that has but one column.
const BLOCKS: [&str; 8] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the machine; gives the row below.
pub fn draw(buffer: &mut Buffer, sample: &Sample, colours: Colours) -> u16 {
    let mut y = cpus(buffer, 1, sample, colours);
    for line in [memory, pressure, disks, networks] {
        line(&mut Pen::new(buffer, y), sample, colours);
        y += 1;
    }
    y = trees(buffer, y, sample);
    operations(buffer, y, sample)
}

fn name() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

/// Busy shares of all CPUs in their order; without rates they are not known.
fn busy(sample: &Sample) -> Vec<Option<f64>> {
    let mut each: Vec<(u64, f64)> = sample
        .cpus_each
        .iter()
        .map(|(number, shares)| (number.parse().unwrap_or(u64::MAX), shares.busy))
        .collect();
    each.sort_unstable_by_key(|(number, _)| *number);
    let known: Vec<_> = each.into_iter().map(|(_, busy)| Some(busy)).collect();
    if known.is_empty() { vec![None; sample.cpus as usize] } else { known }
}

fn cpus(buffer: &mut Buffer, top: u16, sample: &Sample, colours: Colours) -> u16 {
    let all = busy(sample);
    let width = usize::from(buffer.area.width);
    let across = (width / CPU_COLUMNS).max(1);
    let lines = all.len().div_ceil(across);
    if lines > MOST_LINES {
        return many_cpus(buffer, top, &all, colours);
    }
    let columns = width / across;
    for (at, share) in all.iter().enumerate() {
        // down the first column, then the next
        let (line, column) = (at % lines, at / lines);
        let mut pen = Pen::new(buffer, top + line as u16).at((column * columns) as u16);
        pen.put(&format!("{at:>3} "), name());
        let text = share.map_or_else(|| "-".to_string(), percent);
        pen.bar(columns.saturating_sub(6), (share.unwrap_or(0.0), &text), colours);
    }
    top + lines as u16
}

/// A column for each CPU.
fn many_cpus(buffer: &mut Buffer, top: u16, all: &[Option<f64>], colours: Colours) -> u16 {
    let width = usize::from(buffer.area.width).saturating_sub(5).max(1);
    let mut y = top;
    for (line, part) in all.chunks(width).take(MOST_LINES).enumerate() {
        let mut pen = Pen::new(buffer, y);
        pen.put(&format!("{:>4} ", line * width), name());
        for share in part {
            let share = share.unwrap_or(0.0);
            let height = (share.clamp(0.0, 1.0) * (BLOCKS.len() - 1) as f64).round() as usize;
            pen.put(BLOCKS[height], colours.level(share));
        }
        y += 1;
    }
    y
}

fn memory(pen: &mut Pen<'_>, sample: &Sample, colours: Colours) {
    let Some(memory) = &sample.memory else { return };
    let share = |used: u64, all: u64| if all == 0 { 0.0 } else { used as f64 / all as f64 };
    let half = pen.room() / 2;
    for (title, used, all) in [
        ("Mem ", memory.used_bytes, memory.total_bytes),
        ("Swp ", memory.swap_used_bytes, memory.swap_total_bytes),
    ] {
        pen.put(title, name());
        let text = format!("{}/{}", print::bytes(used), print::bytes(all));
        pen.bar(half.saturating_sub(6), (share(used, all), &text), colours);
        pen.put("  ", Style::new());
    }
}

fn pressure(pen: &mut Pen<'_>, sample: &Sample, colours: Colours) {
    pen.put("Pressure  ", name());
    if sample.pressure.is_empty() {
        pen.put(if has_rates(sample) { "this kernel has none" } else { "-" }, Style::new());
    }
    for (resource, one) in &sample.pressure {
        pen.put(&format!("{resource} "), Style::new());
        pen.put(&percent(one.some), colours.level(one.some));
        if let Some(full) = one.full {
            pen.put(" (all ", Style::new());
            pen.put(&percent(full), colours.level(full));
            pen.put(")", Style::new());
        }
        pen.put("  ", Style::new());
    }
}

fn disks(pen: &mut Pen<'_>, sample: &Sample, colours: Colours) {
    pen.put("Disk      ", name());
    let mut all: Vec<(&String, &Disk)> = sample.disks.iter().collect();
    // the busiest, should there not be room for all
    all.sort_by(|(_, one), (_, two)| two.util.total_cmp(&one.util));
    if all.is_empty() {
        pen.put("-", Style::new());
    }
    for (disk, one) in all {
        let (read, written) = (rate(one.read_bytes_per_s), rate(one.write_bytes_per_s));
        let text = format!("{disk} read {read} written {written} busy {}  ", percent(one.util));
        pen.put_whole(&text, if one.util < 0.6 { Style::new() } else { colours.level(one.util) });
    }
}

fn networks(pen: &mut Pen<'_>, sample: &Sample, colours: Colours) {
    pen.put("Network   ", name());
    let bytes = |one: &Network| one.rx_bytes_per_s + one.tx_bytes_per_s;
    let mut all: Vec<(&String, &Network)> = sample.networks.iter().collect();
    all.sort_by(|(_, one), (_, two)| bytes(two).total_cmp(&bytes(one)));
    if all.is_empty() {
        pen.put("-", Style::new());
    }
    for (interface, one) in all {
        let (rx, tx) = (rate(one.rx_bytes_per_s), rate(one.tx_bytes_per_s));
        pen.put_whole(&format!("{interface} in {rx} out {tx}  "), Style::new());
        if one.errors_per_s + one.drops_per_s > 0.0 {
            let bad = format!("bad {} dropped {}  ", one.errors_per_s, one.drops_per_s);
            pen.put_whole(&bad, colours.level(1.0));
        }
    }
}

fn trees(buffer: &mut Buffer, mut y: u16, sample: &Sample) -> u16 {
    for tree in sample.trees.iter().take(MOST_LINES) {
        let cpu = tree.cpu.map_or_else(|| "-".into(), percent);
        let text = format!(
            "{}  CPU {cpu}  RSS {}  {} processes",
            tree_name(tree),
            print::bytes(tree.rss_bytes),
            tree.processes
        );
        let mut pen = Pen::new(buffer, y);
        pen.put("Tree      ", name());
        pen.put(&text, Style::new());
        y += 1;
    }
    y
}

/// Operations of running runs, the busiest first.
fn operations(buffer: &mut Buffer, mut y: u16, sample: &Sample) -> u16 {
    let mut all: Vec<&OpUse> = sample.ops.iter().filter(|op| !op.ended).collect();
    all.sort_by(|one, two| two.cpu.unwrap_or(0.0).total_cmp(&one.cpu.unwrap_or(0.0)));
    let more = all.len().saturating_sub(MOST_LINES);
    for op in all.into_iter().take(MOST_LINES) {
        let cpu = op.cpu.map_or_else(|| "-".into(), percent);
        let slot = op.slot.map_or_else(String::new, |slot| format!("slot {slot}  "));
        let text = format!(
            "{}  {slot}CPU {cpu}  RSS {}  {} processes",
            if op.id.is_empty() { op.pid.to_string() } else { op.id.clone() },
            print::bytes(op.rss_bytes),
            op.processes
        );
        let mut pen = Pen::new(buffer, y);
        pen.put("Operation ", name());
        pen.put(&text, Style::new());
        y += 1;
    }
    if more > 0 {
        Pen::new(buffer, y).put(&format!("          and {more} more"), Style::new());
        y += 1;
    }
    y
}

/// A share as percent: two figures that matter.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent < 9.95 { format!("{percent:.1}%") } else { format!("{percent:.0}%") }
}

/// Bytes a second.
pub fn rate(bytes: f64) -> String {
    format!("{}/s", print::bytes(bytes as u64))
}
