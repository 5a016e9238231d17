//! From two readings of the machine to a sample: differences over the time
//! between them. Pure. What a kernel does not tell stays left out.

mod cgroup;
mod counters;
mod cpu;
mod devices;
mod memory;
mod net;

pub use cgroup::cgroup;
pub use counters::counters;

use record::{FileSystem, Kernel, Load, Pressure, Sample, Seconds};
use std::collections::BTreeMap;
use sys::proc::machine::{MachineReading, PRESSURES};
use sys::proc::pressure::PressureReading;
use sys::proc::room::RoomReading;

const MICROS: f64 = 1e6;
const MILLIS: f64 = 1e3;

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

    /// The same of a counter that this kernel may not have.
    pub fn rate_of(self, now: Option<u64>, before: Option<u64>) -> Option<f64> {
        now.zip(before).map(|(now, before)| self.rate(now, before))
    }

    /// Rate of a counter in units of which `scale` make one of the rate.
    pub fn scaled(self, (now, before): (u64, u64), scale: f64) -> f64 {
        rounded(now.saturating_sub(before) as f64 * scale / self.0)
    }
}

/// What is told of the machine besides the usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Each CPU.
    pub per_cpu: bool,
    /// Raw counters.
    pub counters: bool,
}

/// Puts a reading into a sample; rates where there is a reading before.
pub fn fill(
    sample: &mut Sample,
    now: &MachineReading,
    before: Option<(&MachineReading, Span)>,
    (page_bytes, detail): (u64, Detail),
) {
    levels(sample, now, page_bytes);
    if detail.counters {
        sample.counters = Some(counters(now));
    }
    let Some((before, span)) = before else { return };
    sample.cpu = cpu::shares(&now.cpu.ticks, &before.cpu.ticks);
    if detail.per_cpu {
        sample.cpus_each = cpu::each(&now.cpu, &before.cpu, &now.kernel.frequencies);
    }
    if let (Some(memory), Some(now), Some(before)) = (&mut sample.memory, now.paging, before.paging)
    {
        memory::rates(memory, (&now, &before), (span, page_bytes as f64));
    }
    sample.disks = pairs(&now.disks, &before.disks, |disk| &disk.name)
        .filter(|(now, _)| now.reads + now.writes > 0)
        .map(|(now, before)| (now.name.clone(), devices::disk(now, before, span)))
        .collect();
    sample.networks = pairs(&now.networks, &before.networks, |network| &network.name)
        .filter(|(now, _)| now.rx_packets + now.tx_packets > 0)
        .map(|(network, before)| {
            let rates = devices::network(network, before, span);
            (network.name.clone(), devices::with_speed(rates, speed(now, &network.name)))
        })
        .collect();
    let (protocols, past) = (&now.protocols, &before.protocols);
    sample.retransmits_per_s = span.rate_of(protocols.retransmits, past.retransmits);
    if let Some(sockets) = &mut sample.sockets {
        net::rates(sockets, (protocols, past), span);
    }
    sample.pressure = pressures(&PRESSURES, (&now.pressure, &before.pressure), span);
    if let Some(processes) = &mut sample.processes {
        processes.forks_per_s = Some(span.rate(now.cpu.forks, before.cpu.forks));
    }
    if let Some(kernel) = &mut sample.kernel {
        let (now, before) = (&now.cpu, &before.cpu);
        kernel.context_switches_per_s = span.rate_of(now.context_switches, before.context_switches);
        kernel.interrupts_per_s = span.rate_of(now.interrupts, before.interrupts);
        kernel.softirqs_per_s = span.rate_of(now.softirqs, before.softirqs);
    }
}

/// What one reading tells.
fn levels(sample: &mut Sample, now: &MachineReading, page_bytes: u64) {
    sample.cpus = now.cpu.cpus;
    sample.load = now.load.map(|load| Load {
        avg1: load.averages[0],
        avg5: load.averages[1],
        avg15: load.averages[2],
        runnable: now.cpu.runnable,
        blocked: now.cpu.blocked,
    });
    sample.memory = now.memory.as_ref().map(memory::levels);
    if let Some(load) = now.load {
        sample.processes.get_or_insert_default().threads = load.tasks;
    }
    let kernel = &now.kernel;
    sample.kernel = Some(Kernel {
        uptime_s: kernel.uptime_s.map(|secs| Seconds::from_micros((secs * MICROS) as i64)),
        file_handles: kernel.file_handles,
        file_handles_limit: kernel.file_handles_limit,
        inodes: kernel.inodes,
        tracked_connections: kernel.tracked_connections,
        tracked_connections_limit: kernel.tracked_connections_limit,
        tasks_limit: kernel.tasks_limit,
        ..Kernel::default()
    });
    sample.sockets = net::levels(&now.sockets, &now.protocols, page_bytes);
    sample.temperatures_c = now.kernel.temperatures.iter().cloned().collect();
    let room = |room: &RoomReading| (room.point.to_string_lossy().into_owned(), file_system(room));
    sample.file_systems = now.rooms.iter().map(room).collect();
}

fn speed(now: &MachineReading, name: &str) -> Option<u64> {
    let at = now.networks.iter().position(|network| network.name == name)?;
    *now.speeds.get(at)?
}

/// The share is that of df(1): used of used and available, what is kept for root left out.
fn file_system(room: &RoomReading) -> FileSystem {
    let used = room.total.saturating_sub(room.free);
    let usable = used.saturating_add(room.available);
    let limited = room.inodes > 0;
    FileSystem {
        total_bytes: room.total,
        available_bytes: room.available,
        used: if usable > 0 { rounded(used as f64 / usable as f64) } else { 0.0 },
        inodes: limited.then_some(room.inodes),
        inodes_free: limited.then_some(room.inodes_free),
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
        let some = now.some_avg.map(|means| means.map(rounded));
        let all = now.full_avg.map(|means| means.map(rounded));
        let pressure = Pressure {
            some: share(now.some_us, before.some_us),
            full,
            some_avg10: some.map(|means| means[0]),
            some_avg60: some.map(|means| means[1]),
            some_avg300: some.map(|means| means[2]),
            full_avg10: all.map(|means| means[0]),
            full_avg60: all.map(|means| means[1]),
            full_avg300: all.map(|means| means[2]),
        };
        Some(((*name).to_string(), pressure))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_that_were_reset_stand_still() {
        assert_eq!(Span::new(1.0).unwrap().rate(5, 1000), 0.0);
        assert!(Span::new(0.0).is_none());
    }

    #[test]
    fn room_is_what_ordinary_users_have() {
        let room = RoomReading { total: 1000, free: 300, available: 250, ..RoomReading::default() };
        let seen = file_system(&room);
        assert_eq!((seen.used, seen.inodes), (rounded(700.0 / 950.0), None));
    }
}
