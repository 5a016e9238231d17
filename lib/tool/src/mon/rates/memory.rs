//! Memory: levels, and rates of paging.

use super::Span;
use record::Memory;
use sys::proc::memory::{MemoryReading, PagingReading};

/// `/proc/vmstat` counts these in KiB.
const KIB: f64 = 1024.0;

/// What one reading tells.
// tidy: a table
pub fn levels(now: &MemoryReading) -> Memory {
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
        buffers_bytes: Some(now.buffers),
        writeback_bytes: now.writeback,
        active_bytes: now.active,
        inactive_bytes: now.inactive,
        anonymous_bytes: now.anonymous,
        mapped_bytes: now.mapped,
        shared_bytes: now.shared,
        slab_bytes: now.slab,
        slab_reclaimable_bytes: now.slab_reclaimable,
        kernel_stack_bytes: now.kernel_stack,
        page_tables_bytes: now.page_tables,
        locked_bytes: now.locked,
        committed_bytes: now.committed,
        commit_limit_bytes: now.commit_limit,
        swap_cached_bytes: now.swap_cached,
        zswapped_bytes: now.zswapped,
        huge_total_bytes: now.huge_total,
        huge_free_bytes: now.huge_free,
        huge_reserved_bytes: now.huge_reserved,
        huge_anonymous_bytes: now.huge_anonymous,
        corrupted_bytes: now.corrupted,
        ..Memory::default()
    }
}

/// What two readings tell.
// tidy: a table
pub fn rates(
    memory: &mut Memory,
    (now, before): (&PagingReading, &PagingReading),
    (span, page_bytes): (Span, f64),
) {
    let scaled = |now: Option<u64>, before: Option<u64>, unit: f64| {
        now.zip(before).map(|pair| span.scaled(pair, unit))
    };
    memory.swap_in_bytes_per_s = scaled(now.swap_in, before.swap_in, page_bytes);
    memory.swap_out_bytes_per_s = scaled(now.swap_out, before.swap_out, page_bytes);
    memory.page_in_bytes_per_s = scaled(now.page_in, before.page_in, KIB);
    memory.page_out_bytes_per_s = scaled(now.page_out, before.page_out, KIB);
    let kills = now.oom_kills.zip(before.oom_kills);
    memory.oom_kills = kills.map(|(now, before)| now.saturating_sub(before));
    let rate = |of: fn(&PagingReading) -> Option<u64>| span.rate_of(of(now), of(before));
    memory.major_faults_per_s = rate(|r| r.major_faults);
    memory.faults_per_s = rate(|r| r.faults);
    memory.scanned_pages_per_s = rate(|r| Some(r.direct_scans? + r.kernel_scans?));
    memory.reclaimed_pages_per_s = rate(|r| r.reclaimed);
    memory.direct_scans_per_s = rate(|r| r.direct_scans);
    memory.stalls_per_s = rate(|r| r.stalls);
    memory.refaults_per_s = rate(|r| r.refaults);
    memory.compact_stalls_per_s = rate(|r| r.compact_stalls);
    memory.compact_fails_per_s = rate(|r| r.compact_fails);
    memory.huge_faults_per_s = rate(|r| r.huge_faults);
    memory.huge_fallbacks_per_s = rate(|r| r.huge_fallbacks);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_kernel_does_not_count_is_left_out() {
        let before = PagingReading { swap_in: Some(1), ..PagingReading::default() };
        let now = PagingReading { swap_in: Some(5), oom_kills: Some(1), ..before };
        let mut memory = Memory::default();
        rates(&mut memory, (&now, &before), (Span::new(2.0).unwrap(), 4096.0));
        assert_eq!(memory.swap_in_bytes_per_s, Some(8192.0));
        assert_eq!((memory.oom_kills, memory.major_faults_per_s), (None, None));
        assert_eq!(memory.scanned_pages_per_s, None);
    }
}
