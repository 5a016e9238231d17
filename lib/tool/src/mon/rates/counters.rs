//! Raw counters, beside the rates and never among them.

use super::devices::SECTOR_BYTES;
use record::{Counters, Seconds};
use std::collections::BTreeMap;
use sys::proc::disk::DiskReading;
use sys::proc::machine::{MachineReading, PRESSURES};
use sys::proc::network::NetworkReading;

type Named = BTreeMap<String, u64>;

/// Names and values; what this kernel does not have is left out.
fn named<const N: usize>(pairs: [(&str, Option<u64>); N]) -> Named {
    let known = pairs.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?)));
    known.collect()
}

/// The counters of a reading, as the kernel has them.
pub fn counters(now: &MachineReading) -> Counters {
    let cpu = &now.cpu;
    Counters {
        cpu_s: cpu_times(now),
        kernel: named([
            ("context_switches", cpu.context_switches),
            ("interrupts", cpu.interrupts),
            ("softirqs", cpu.softirqs),
            ("forks", Some(cpu.forks)),
        ]),
        memory: memory(now),
        sockets: sockets(now),
        disks: now.disks.iter().map(|one| (one.name.clone(), disk(one))).collect(),
        networks: now.networks.iter().map(|one| (one.name.clone(), network(one))).collect(),
        pressure_s: pressure(now),
    }
}

fn seconds(micros: u64) -> Seconds {
    Seconds::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn cpu_times(now: &MachineReading) -> BTreeMap<String, Seconds> {
    let ticks = &now.cpu.ticks;
    let states = [
        ("user", Some(ticks.user)),
        ("nice", Some(ticks.nice)),
        ("system", Some(ticks.system)),
        ("idle", Some(ticks.idle)),
        ("iowait", Some(ticks.iowait)),
        ("irq", Some(ticks.irq)),
        ("softirq", Some(ticks.softirq)),
        ("steal", Some(ticks.steal)),
        ("guest", ticks.guest),
    ];
    let micros = 1_000_000 / sys::proc::ticks_per_second();
    let times = named(states).into_iter();
    times.map(|(name, ticks)| (name, seconds(ticks.saturating_mul(micros)))).collect()
}

fn memory(now: &MachineReading) -> Named {
    let Some(paging) = &now.paging else { return Named::new() };
    named([
        ("faults", paging.faults),
        ("major_faults", paging.major_faults),
        ("swap_in_pages", paging.swap_in),
        ("swap_out_pages", paging.swap_out),
        ("page_in_kib", paging.page_in),
        ("page_out_kib", paging.page_out),
        ("oom_kills", paging.oom_kills),
        ("direct_scans", paging.direct_scans),
        ("kernel_scans", paging.kernel_scans),
        ("reclaimed_pages", paging.reclaimed),
        ("stalls", paging.stalls),
        ("refaults", paging.refaults),
        ("compact_stalls", paging.compact_stalls),
        ("compact_fails", paging.compact_fails),
        ("huge_faults", paging.huge_faults),
        ("huge_fallbacks", paging.huge_fallbacks),
    ])
}

fn sockets(now: &MachineReading) -> Named {
    let protocols = &now.protocols;
    named([
        ("tcp_opened", protocols.tcp_opened),
        ("tcp_accepted", protocols.tcp_accepted),
        ("tcp_failed", protocols.tcp_failed),
        ("tcp_reset", protocols.tcp_reset),
        ("tcp_segments_in", protocols.tcp_in),
        ("tcp_segments_out", protocols.tcp_out),
        ("tcp_retransmits", protocols.retransmits),
        ("tcp_errors_in", protocols.tcp_errors),
        ("listen_overflows", protocols.listen_overflows),
        ("listen_drops", protocols.listen_drops),
        ("syn_retransmits", protocols.syn_retransmits),
        ("timeouts", protocols.timeouts),
        ("udp_in", protocols.udp_in),
        ("udp_out", protocols.udp_out),
        ("udp_no_port", protocols.udp_no_port),
        ("udp_errors", protocols.udp_errors),
        ("udp_buffer_errors", protocols.udp_buffer_errors),
    ])
}

fn disk(disk: &DiskReading) -> Named {
    let bytes = |sectors: u64| Some(sectors.saturating_mul(SECTOR_BYTES as u64));
    named([
        ("reads", Some(disk.reads)),
        ("writes", Some(disk.writes)),
        ("read_bytes", bytes(disk.read_sectors)),
        ("write_bytes", bytes(disk.write_sectors)),
        ("read_ms", Some(disk.read_ms)),
        ("write_ms", Some(disk.write_ms)),
        ("busy_ms", Some(disk.busy_ms)),
        ("queue_ms", Some(disk.queue_ms)),
        ("read_merges", Some(disk.read_merges)),
        ("write_merges", Some(disk.write_merges)),
        ("discards", disk.discards.map(|one| one.count)),
        ("discard_bytes", disk.discards.and_then(|one| bytes(one.sectors))),
        ("flushes", disk.flushes.map(|one| one.count)),
        ("flush_ms", disk.flushes.map(|one| one.ms)),
    ])
}

fn network(network: &NetworkReading) -> Named {
    named([
        ("rx_bytes", Some(network.rx_bytes)),
        ("tx_bytes", Some(network.tx_bytes)),
        ("rx_packets", Some(network.rx_packets)),
        ("tx_packets", Some(network.tx_packets)),
        ("rx_errors", Some(network.rx_errors)),
        ("tx_errors", Some(network.tx_errors)),
        ("rx_drops", Some(network.rx_drops)),
        ("tx_drops", Some(network.tx_drops)),
        ("multicast", Some(network.multicast)),
        ("collisions", Some(network.collisions)),
    ])
}

fn pressure(now: &MachineReading) -> BTreeMap<String, Seconds> {
    let mut times = BTreeMap::new();
    for (name, reading) in PRESSURES.iter().zip(&now.pressure) {
        let Some(reading) = reading else { continue };
        times.insert(format!("{name}_some"), seconds(reading.some_us));
        times.extend(reading.full_us.map(|full| (format!("{name}_full"), seconds(full))));
    }
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_as_the_kernel_has_them() {
        let mut now = MachineReading::default();
        now.disks.push(DiskReading {
            name: "vda".into(),
            reads: 7,
            read_sectors: 8,
            ..DiskReading::default()
        });
        let seen = counters(&now);
        assert_eq!((seen.disks["vda"]["reads"], seen.disks["vda"]["read_bytes"]), (7, 4096));
        assert!(!seen.disks["vda"].contains_key("discards"), "left out, not zero");
        assert!(seen.memory.is_empty() && seen.sockets.is_empty() && seen.pressure_s.is_empty());
        assert!(!seen.cpu_s.contains_key("guest"));
    }
}
