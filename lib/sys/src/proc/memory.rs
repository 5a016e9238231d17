//! `/proc/meminfo` and `/proc/vmstat`.

use super::read::ReadError;
use super::text::{Words, lines};
use std::path::Path;

/// What `/proc/meminfo` says, in bytes; `None` where this kernel has no such line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MemoryReading {
    /// All there is.
    pub total: u64,
    /// Used for nothing.
    pub free: u64,
    /// What programs could get without swapping; `None` before Linux 3.14.
    pub available: Option<u64>,
    /// Buffers of file systems.
    pub buffers: u64,
    /// File contents kept.
    pub cached: u64,
    /// Waiting to be written to disk.
    pub dirty: u64,
    /// Swap space.
    pub swap_total: u64,
    /// Swap space not in use.
    pub swap_free: u64,
    /// In swap and in memory.
    pub swap_cached: Option<u64>,
    /// Used of late.
    pub active: Option<u64>,
    /// Not used for a while.
    pub inactive: Option<u64>,
    /// Locked.
    pub locked: Option<u64>,
    /// Being written to disk.
    pub writeback: Option<u64>,
    /// Of programs, in no file.
    pub anonymous: Option<u64>,
    /// Files mapped into programs.
    pub mapped: Option<u64>,
    /// Shared memory and tmpfs.
    pub shared: Option<u64>,
    /// The kernel's own objects.
    pub slab: Option<u64>,
    /// Those that can be given away.
    pub slab_reclaimable: Option<u64>,
    /// Stacks of the kernel.
    pub kernel_stack: Option<u64>,
    /// Page tables.
    pub page_tables: Option<u64>,
    /// The most that may be promised where the kernel is strict.
    pub commit_limit: Option<u64>,
    /// Promised to programs.
    pub committed: Option<u64>,
    /// Swapped into compressed memory.
    pub zswapped: Option<u64>,
    /// In transparent huge pages.
    pub huge_anonymous: Option<u64>,
    /// Found bad.
    pub corrupted: Option<u64>,
    /// Huge pages set aside.
    pub huge_total: Option<u64>,
    /// Those that nobody uses.
    pub huge_free: Option<u64>,
    /// Those that are promised and not yet used.
    pub huge_reserved: Option<u64>,
}

const KIB: u64 = 1024;

/// Reads the text of `/proc/meminfo`.
///
/// # Errors
/// A known line has no number, or the total is missing.
pub fn parse_meminfo(text: &[u8], path: &Path) -> Result<MemoryReading, ReadError> {
    let mut reading = MemoryReading::default();
    let mut huge_page = None;
    for (number, line) in lines(text) {
        let mut words = Words::new(line);
        let Some(name) = words.next() else { continue };
        let Some(field) = field(&mut reading, &mut huge_page, name) else { continue };
        let kib = words.number();
        let kib = kib.ok_or_else(|| ReadError::text(path, number, "a number should follow"))?;
        match field {
            Field::Always(field) => *field = kib.saturating_mul(KIB),
            Field::Maybe(field) => *field = Some(kib.saturating_mul(KIB)),
            Field::Pages(field) => *field = Some(kib),
        }
    }
    // huge pages are counted; how long one is stands further down
    for count in [&mut reading.huge_total, &mut reading.huge_free, &mut reading.huge_reserved] {
        *count = count.zip(huge_page).map(|(count, bytes)| count.saturating_mul(bytes));
    }
    if reading.total == 0 {
        return Err(ReadError::text(path, 1, "no line \"MemTotal:\""));
    }
    Ok(reading)
}

/// Where a line goes.
enum Field<'r> {
    /// Kibibytes that every kernel tells.
    Always(&'r mut u64),
    /// Kibibytes.
    Maybe(&'r mut Option<u64>),
    /// A number of huge pages.
    Pages(&'r mut Option<u64>),
}

// tidy: a table
fn field<'r>(
    reading: &'r mut MemoryReading,
    huge_page: &'r mut Option<u64>,
    name: &[u8],
) -> Option<Field<'r>> {
    Some(match name {
        b"MemTotal:" => Field::Always(&mut reading.total),
        b"MemFree:" => Field::Always(&mut reading.free),
        b"MemAvailable:" => Field::Maybe(&mut reading.available),
        b"Buffers:" => Field::Always(&mut reading.buffers),
        b"Cached:" => Field::Always(&mut reading.cached),
        b"Dirty:" => Field::Always(&mut reading.dirty),
        b"SwapTotal:" => Field::Always(&mut reading.swap_total),
        b"SwapFree:" => Field::Always(&mut reading.swap_free),
        b"SwapCached:" => Field::Maybe(&mut reading.swap_cached),
        b"Active:" => Field::Maybe(&mut reading.active),
        b"Inactive:" => Field::Maybe(&mut reading.inactive),
        b"Mlocked:" => Field::Maybe(&mut reading.locked),
        b"Writeback:" => Field::Maybe(&mut reading.writeback),
        b"AnonPages:" => Field::Maybe(&mut reading.anonymous),
        b"Mapped:" => Field::Maybe(&mut reading.mapped),
        b"Shmem:" => Field::Maybe(&mut reading.shared),
        b"Slab:" => Field::Maybe(&mut reading.slab),
        b"SReclaimable:" => Field::Maybe(&mut reading.slab_reclaimable),
        b"KernelStack:" => Field::Maybe(&mut reading.kernel_stack),
        b"PageTables:" => Field::Maybe(&mut reading.page_tables),
        b"CommitLimit:" => Field::Maybe(&mut reading.commit_limit),
        b"Committed_AS:" => Field::Maybe(&mut reading.committed),
        b"Zswapped:" => Field::Maybe(&mut reading.zswapped),
        b"AnonHugePages:" => Field::Maybe(&mut reading.huge_anonymous),
        b"HardwareCorrupted:" => Field::Maybe(&mut reading.corrupted),
        b"HugePages_Total:" => Field::Pages(&mut reading.huge_total),
        b"HugePages_Free:" => Field::Pages(&mut reading.huge_free),
        b"HugePages_Rsvd:" => Field::Pages(&mut reading.huge_reserved),
        b"Hugepagesize:" => Field::Maybe(huge_page),
        _ => return None,
    })
}

/// Counters of `/proc/vmstat` since the machine came up; `None` where this kernel does
/// not count it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagingReading {
    /// Pages read back from swap.
    pub swap_in: Option<u64>,
    /// Pages written to swap.
    pub swap_out: Option<u64>,
    /// Page faults that had to read a disk.
    pub major_faults: Option<u64>,
    /// Programs killed for want of memory; since Linux 4.13.
    pub oom_kills: Option<u64>,
    /// Page faults of any kind.
    pub faults: Option<u64>,
    /// KiB read from disks.
    pub page_in: Option<u64>,
    /// KiB written to disks.
    pub page_out: Option<u64>,
    /// Times a program waited for memory to be moved together.
    pub compact_stalls: Option<u64>,
    /// Those that were in vain.
    pub compact_fails: Option<u64>,
    /// Transparent huge pages given out.
    pub huge_faults: Option<u64>,
    /// Times there was none.
    pub huge_fallbacks: Option<u64>,
    /// Pages that programs looked at themselves.
    pub direct_scans: Option<u64>,
    /// Pages that the kernel looked at in the background.
    pub kernel_scans: Option<u64>,
    /// Pages given away.
    pub reclaimed: Option<u64>,
    /// Times a program had to find memory itself.
    pub stalls: Option<u64>,
    /// Pages read back that had just been given away.
    pub refaults: Option<u64>,
}

/// Reads the text of `/proc/vmstat`.
// tidy: a table
pub fn parse_vmstat(text: &[u8]) -> PagingReading {
    let mut reading = PagingReading::default();
    for (_, line) in lines(text) {
        // most of its two hundred lines are of no use here
        if !matches!(line.first(), Some(b'p' | b'o' | b'c' | b't' | b'a' | b'w')) {
            continue;
        }
        let mut words = Words::new(line);
        let field = match words.next().unwrap_or_default() {
            b"pswpin" => &mut reading.swap_in,
            b"pswpout" => &mut reading.swap_out,
            b"pgmajfault" => &mut reading.major_faults,
            b"oom_kill" => &mut reading.oom_kills,
            b"pgfault" => &mut reading.faults,
            b"pgpgin" => &mut reading.page_in,
            b"pgpgout" => &mut reading.page_out,
            b"compact_stall" => &mut reading.compact_stalls,
            b"compact_fail" => &mut reading.compact_fails,
            b"thp_fault_alloc" => &mut reading.huge_faults,
            b"thp_fault_fallback" => &mut reading.huge_fallbacks,
            // one line a zone, or a kind of memory: they add up
            name if name.starts_with(b"allocstall") => &mut reading.stalls,
            name if name.starts_with(b"workingset_refault") => &mut reading.refaults,
            // in all, since Linux 5.x; a line a zone before; "_throttle" is something else
            b"pgscan_direct_throttle" => continue,
            name if name.starts_with(b"pgscan_direct") => &mut reading.direct_scans,
            name if name.starts_with(b"pgscan_kswapd") => &mut reading.kernel_scans,
            name if name.starts_with(b"pgsteal_kswapd") => &mut reading.reclaimed,
            name if name.starts_with(b"pgsteal_direct") => &mut reading.reclaimed,
            _ => continue,
        };
        if let Some(count) = words.number() {
            *field = Some(field.unwrap_or(0).saturating_add(count));
        }
    }
    reading
}
