//! From two readings of the machine to a sample: differences over the time
//! between them. Pure.

use record::{CpuShares, Disk, Load, Memory, Network, Pressure, Sample};
use std::collections::BTreeMap;
use sys::proc::cpu::{CpuReading, CpuTicks};
use sys::proc::disk::DiskReading;
use sys::proc::machine::{MachineReading, PRESSURES};
use sys::proc::memory::{MemoryReading, PagingReading};
use sys::proc::network::NetworkReading;
use sys::proc::pressure::PressureReading;

const SECTOR_BYTES: f64 = 512.0;
const MILLIS: f64 = 1e3;
const MICROS: f64 = 1e6;

/// From here on a value is rounded to a whole number.
const LARGE: f64 = 1e3;

/// To the millionth, large values to the unit: more is noise in a record.
pub fn rounded(value: f64) -> f64 {
    if value.abs() < LARGE { (value * MICROS).round() / MICROS } else { value.round() }
}

/// The time between two readings, seconds; never zero.
#[derive(Clone, Copy, Debug)]
pub struct Span(f64);

impl Span {
    /// `None` where no time has passed.
    pub fn new(secs: f64) -> Option<Self> {
        (secs > 0.0).then_some(Span(secs))
    }

    /// Rate of a counter. One that was reset counts as still.
    pub fn rate(self, now: u64, before: u64) -> f64 {
        rounded(now.saturating_sub(before) as f64 / self.0)
    }

    /// Rate of a counter in units of which `scale` make one of the rate.
    pub fn scaled(self, (now, before): (u64, u64), scale: f64) -> f64 {
        rounded(now.saturating_sub(before) as f64 * scale / self.0)
    }
}

/// Puts a reading into a sample; rates where there is a reading before.
pub fn fill(
    sample: &mut Sample,
    now: &MachineReading,
    before: Option<(&MachineReading, Span)>,
    page_bytes: u64,
) {
    sample.cpus = now.cpu.cpus;
    sample.load = now.load.map(|load| Load {
        avg1: load.averages[0],
        avg5: load.averages[1],
        avg15: load.averages[2],
        runnable: now.cpu.runnable,
        blocked: now.cpu.blocked,
    });
    sample.memory = now.memory.as_ref().map(memory_levels);
    if let Some(load) = now.load {
        sample.processes.get_or_insert_default().threads = load.tasks;
    }
    let Some((before, span)) = before else { return };
    sample.cpu = cpu_shares(&now.cpu, &before.cpu);
    if let (Some(memory), Some(now), Some(before)) = (&mut sample.memory, now.paging, before.paging)
    {
        paging_rates(memory, (now, before), (span, page_bytes as f64));
    }
    sample.disks = pairs(&now.disks, &before.disks, |disk| &disk.name)
        .filter(|(now, _)| now.reads + now.writes > 0)
        .map(|(now, before)| (now.name.clone(), disk_rates(now, before, span)))
        .collect();
    sample.networks = pairs(&now.networks, &before.networks, |network| &network.name)
        .filter(|(now, _)| now.rx_packets + now.tx_packets > 0)
        .map(|(now, before)| (now.name.clone(), network_rates(now, before, span)))
        .collect();
    sample.retransmits_per_s =
        now.retransmits.zip(before.retransmits).map(|(now, before)| span.rate(now, before));
    sample.pressure = pressures(&PRESSURES, (&now.pressure, &before.pressure), span);
    if let Some(processes) = &mut sample.processes {
        processes.forks_per_s = Some(span.rate(now.cpu.forks, before.cpu.forks));
    }
}

/// What both readings have, by name.
fn pairs<'a, T>(
    now: &'a [T],
    before: &'a [T],
    name: impl Fn(&T) -> &String + Copy,
) -> impl Iterator<Item = (&'a T, &'a T)> {
    now.iter().filter_map(move |one| {
        let same = before.iter().find(|other| name(other) == name(one))?;
        Some((one, same))
    })
}

/// Shares of the time of all CPUs. They are of the ticks that passed, not of the
/// clock, so that they always make 1.
fn cpu_shares(now: &CpuReading, before: &CpuReading) -> Option<CpuShares> {
    let (now, before) = (states(&now.ticks), states(&before.ticks));
    // the kernel lets idle and iowait run backwards at times
    let spent: Vec<u64> = now.iter().zip(before).map(|(n, b)| n.saturating_sub(b)).collect();
    let all: u64 = spent.iter().sum();
    if all == 0 {
        return None;
    }
    let share = |at: usize| rounded(spent[at] as f64 / all as f64);
    Some(CpuShares {
        busy: rounded((all - spent[3] - spent[4]) as f64 / all as f64),
        user: share(0),
        nice: share(1),
        system: share(2),
        idle: share(3),
        iowait: share(4),
        irq: share(5),
        softirq: share(6),
        steal: share(7),
    })
}

fn states(ticks: &CpuTicks) -> [u64; 8] {
    let CpuTicks { user, nice, system, idle, iowait, irq, softirq, steal } = *ticks;
    [user, nice, system, idle, iowait, irq, softirq, steal]
}

fn memory_levels(now: &MemoryReading) -> Memory {
    // before Linux 3.14: what is free or can be dropped
    let available = now.available.unwrap_or(now.free + now.buffers + now.cached);
    Memory {
        total_bytes: now.total,
        available_bytes: available,
        used_bytes: now.total.saturating_sub(available),
        free_bytes: now.free,
        cached_bytes: now.cached + now.buffers,
        dirty_bytes: now.dirty,
        swap_total_bytes: now.swap_total,
        swap_used_bytes: now.swap_total.saturating_sub(now.swap_free),
        ..Memory::default()
    }
}

fn paging_rates(
    memory: &mut Memory,
    (now, before): (PagingReading, PagingReading),
    (span, page_bytes): (Span, f64),
) {
    let pages = |now, before| Some(span.scaled((now, before), page_bytes));
    memory.swap_in_bytes_per_s = pages(now.swap_in, before.swap_in);
    memory.swap_out_bytes_per_s = pages(now.swap_out, before.swap_out);
    memory.major_faults_per_s = Some(span.rate(now.major_faults, before.major_faults));
    memory.oom_kills = Some(now.oom_kills.saturating_sub(before.oom_kills));
}

/// The formulas of iostat(1): await is the time of all requests over their
/// number, util the busy time over the interval.
fn disk_rates(now: &DiskReading, before: &DiskReading, span: Span) -> Disk {
    let (reads, writes) =
        (now.reads.saturating_sub(before.reads), now.writes.saturating_sub(before.writes));
    let mean_s = |ms: u64, count: u64| match count {
        0 => 0.0,
        count => rounded(ms as f64 / count as f64 / MILLIS),
    };
    Disk {
        reads_per_s: span.rate(now.reads, before.reads),
        writes_per_s: span.rate(now.writes, before.writes),
        read_bytes_per_s: span.scaled((now.read_sectors, before.read_sectors), SECTOR_BYTES),
        write_bytes_per_s: span.scaled((now.write_sectors, before.write_sectors), SECTOR_BYTES),
        read_await_s: mean_s(now.read_ms.saturating_sub(before.read_ms), reads),
        write_await_s: mean_s(now.write_ms.saturating_sub(before.write_ms), writes),
        // the kernel rounds each request up, which may give a little more than all
        util: span.scaled((now.busy_ms, before.busy_ms), 1.0 / MILLIS).min(1.0),
        queue: span.scaled((now.queue_ms, before.queue_ms), 1.0 / MILLIS),
    }
}

fn network_rates(now: &NetworkReading, before: &NetworkReading, span: Span) -> Network {
    Network {
        rx_bytes_per_s: span.rate(now.rx_bytes, before.rx_bytes),
        tx_bytes_per_s: span.rate(now.tx_bytes, before.tx_bytes),
        rx_packets_per_s: span.rate(now.rx_packets, before.rx_packets),
        tx_packets_per_s: span.rate(now.tx_packets, before.tx_packets),
        errors_per_s: span.rate(now.errors, before.errors),
        drops_per_s: span.rate(now.drops, before.drops),
    }
}

/// Shares of the interval, by resource.
pub fn pressures(
    names: &[&str],
    (now, before): (&[Option<PressureReading>], &[Option<PressureReading>]),
    span: Span,
) -> BTreeMap<String, Pressure> {
    let share = |now, before| span.scaled((now, before), 1.0 / MICROS).min(1.0);
    let both = names.iter().zip(now.iter().zip(before));
    both.filter_map(|(name, (now, before))| {
        let (now, before) = ((*now)?, (*before)?);
        let full = now.full_us.zip(before.full_us).map(|(now, before)| share(now, before));
        let pressure = Pressure { some: share(now.some_us, before.some_us), full };
        Some(((*name).to_string(), pressure))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: [u64; 8]) -> CpuReading {
        let [user, nice, system, idle, iowait, irq, softirq, steal] = values;
        let ticks = CpuTicks { user, nice, system, idle, iowait, irq, softirq, steal };
        CpuReading { ticks, cpus: 2, ..CpuReading::default() }
    }

    #[test]
    fn shares_make_one() {
        let before = ticks([100, 0, 50, 800, 20, 0, 0, 0]);
        let now = ticks([200, 0, 50, 900, 15, 0, 0, 0]);
        let shares = cpu_shares(&now, &before).unwrap();
        // one of two CPUs was busy; iowait ran backwards
        assert_eq!((shares.busy, shares.user, shares.idle, shares.iowait), (0.5, 0.5, 0.5, 0.0));
        assert_eq!(cpu_shares(&now, &now), None);
    }

    #[test]
    fn disks_as_iostat_has_them() {
        let name = "vda".to_string();
        let before = DiskReading { name: name.clone(), ..DiskReading::default() };
        let now = DiskReading {
            name,
            reads: 10,
            read_sectors: 80,
            read_ms: 50,
            busy_ms: 1000,
            queue_ms: 4000,
            ..before.clone()
        };
        let disk = disk_rates(&now, &before, Span::new(2.0).unwrap());
        assert_eq!(disk.reads_per_s, 5.0);
        assert_eq!(disk.read_bytes_per_s, 20480.0);
        assert_eq!(disk.read_await_s, 0.005);
        assert_eq!((disk.write_await_s, disk.util, disk.queue), (0.0, 0.5, 2.0));
    }

    #[test]
    fn counters_that_were_reset_stand_still() {
        assert_eq!(Span::new(1.0).unwrap().rate(5, 1000), 0.0);
        assert!(Span::new(0.0).is_none());
    }
}
