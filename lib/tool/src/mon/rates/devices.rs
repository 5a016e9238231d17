//! Disks and network interfaces.

use super::{MILLIS, Span, rounded};
use record::{Disk, Network};
use sys::proc::disk::DiskReading;
use sys::proc::network::NetworkReading;

/// The kernel counts sectors of 512 bytes, whatever the disk's own are.
pub const SECTOR_BYTES: f64 = 512.0;

/// The formulas of iostat(1): await is the time of all requests over their
/// number, util the busy time over the interval.
pub fn disk(now: &DiskReading, before: &DiskReading, span: Span) -> Disk {
    let (reads, writes) =
        (now.reads.saturating_sub(before.reads), now.writes.saturating_sub(before.writes));
    let mean_s = |ms: u64, count: u64| match count {
        0 => 0.0,
        count => rounded(ms as f64 / count as f64 / MILLIS),
    };
    let all_ms =
        now.read_ms.saturating_sub(before.read_ms) + now.write_ms.saturating_sub(before.write_ms);
    let discards = now.discards.zip(before.discards);
    let flushes = now.flushes.zip(before.flushes);
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
        await_s: Some(mean_s(all_ms, reads + writes)),
        in_flight: Some(now.in_flight),
        read_merges_per_s: Some(span.rate(now.read_merges, before.read_merges)),
        write_merges_per_s: Some(span.rate(now.write_merges, before.write_merges)),
        discards_per_s: discards.map(|(now, before)| span.rate(now.count, before.count)),
        discard_bytes_per_s: discards
            .map(|(now, before)| span.scaled((now.sectors, before.sectors), SECTOR_BYTES)),
        flushes_per_s: flushes.map(|(now, before)| span.rate(now.count, before.count)),
        flush_await_s: flushes.map(|(now, before)| {
            let (ms, count) = (now.ms, now.count);
            mean_s(ms.saturating_sub(before.ms), count.saturating_sub(before.count))
        }),
    }
}

pub fn network(now: &NetworkReading, before: &NetworkReading, span: Span) -> Network {
    Network {
        rx_bytes_per_s: span.rate(now.rx_bytes, before.rx_bytes),
        tx_bytes_per_s: span.rate(now.tx_bytes, before.tx_bytes),
        rx_packets_per_s: span.rate(now.rx_packets, before.rx_packets),
        tx_packets_per_s: span.rate(now.tx_packets, before.tx_packets),
        errors_per_s: span.rate(now.errors(), before.errors()),
        drops_per_s: span.rate(now.drops(), before.drops()),
        rx_errors_per_s: Some(span.rate(now.rx_errors, before.rx_errors)),
        tx_errors_per_s: Some(span.rate(now.tx_errors, before.tx_errors)),
        rx_drops_per_s: Some(span.rate(now.rx_drops, before.rx_drops)),
        tx_drops_per_s: Some(span.rate(now.tx_drops, before.tx_drops)),
        multicast_per_s: Some(span.rate(now.multicast, before.multicast)),
        collisions_per_s: Some(span.rate(now.collisions, before.collisions)),
        speed_bytes_per_s: None,
        util: None,
    }
}

/// The same, with what the line can carry.
pub fn with_speed(mut network: Network, speed: Option<u64>) -> Network {
    let speed = speed.map(|speed| speed as f64);
    network.speed_bytes_per_s = speed;
    let busier = network.rx_bytes_per_s.max(network.tx_bytes_per_s);
    network.util = speed.map(|speed| rounded((busier / speed).min(1.0)));
    network
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let disk = super::disk(&now, &before, Span::new(2.0).unwrap());
        assert_eq!(disk.reads_per_s, 5.0);
        assert_eq!(disk.read_bytes_per_s, 20480.0);
        assert_eq!(disk.read_await_s, 0.005);
        assert_eq!((disk.await_s, disk.discards_per_s), (Some(0.005), None));
        assert_eq!((disk.write_await_s, disk.util, disk.queue), (0.0, 0.5, 2.0));
    }

    #[test]
    fn a_line_is_as_busy_as_its_busier_direction() {
        let before = NetworkReading::default();
        let now = NetworkReading { rx_bytes: 500, tx_bytes: 100, ..NetworkReading::default() };
        let seen = network(&now, &before, Span::new(1.0).unwrap());
        assert_eq!(with_speed(seen.clone(), Some(1000)).util, Some(0.5));
        assert_eq!(with_speed(seen, None).util, None);
    }
}
