//! `/proc/meminfo` and `/proc/vmstat`.

use super::read::ReadError;
use super::text::{Words, lines};
use std::path::Path;

/// What `/proc/meminfo` says, in bytes.
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
}

/// Reads the text of `/proc/meminfo`.
///
/// # Errors
/// A known line has no number, or the total is missing.
pub fn parse_meminfo(text: &[u8], path: &Path) -> Result<MemoryReading, ReadError> {
    let mut reading = MemoryReading::default();
    for (number, line) in lines(text) {
        let mut words = Words::new(line);
        let mut available = 0;
        let name = words.next().unwrap_or_default();
        let field = match name {
            b"MemTotal:" => &mut reading.total,
            b"MemFree:" => &mut reading.free,
            b"MemAvailable:" => &mut available,
            b"Buffers:" => &mut reading.buffers,
            b"Cached:" => &mut reading.cached,
            b"Dirty:" => &mut reading.dirty,
            b"SwapTotal:" => &mut reading.swap_total,
            b"SwapFree:" => &mut reading.swap_free,
            _ => continue,
        };
        let kib = words.number();
        let kib = kib.ok_or_else(|| ReadError::text(path, number, "a number should follow"))?;
        *field = kib.saturating_mul(1024);
        if name == b"MemAvailable:" {
            reading.available = Some(available);
        }
    }
    if reading.total == 0 {
        return Err(ReadError::text(path, 1, "no line \"MemTotal:\""));
    }
    Ok(reading)
}

/// Counters of `/proc/vmstat` since the machine came up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagingReading {
    /// Pages read back from swap.
    pub swap_in: u64,
    /// Pages written to swap.
    pub swap_out: u64,
    /// Page faults that had to read a disk.
    pub major_faults: u64,
    /// Programs killed for want of memory.
    pub oom_kills: u64,
}

/// Reads the text of `/proc/vmstat`; what a kernel does not count is 0.
pub fn parse_vmstat(text: &[u8]) -> PagingReading {
    let mut reading = PagingReading::default();
    for (_, line) in lines(text) {
        // most of its two hundred lines are of no use here
        if !matches!(line.first(), Some(b'p' | b'o')) {
            continue;
        }
        let mut words = Words::new(line);
        let field = match words.next() {
            Some(b"pswpin") => &mut reading.swap_in,
            Some(b"pswpout") => &mut reading.swap_out,
            Some(b"pgmajfault") => &mut reading.major_faults,
            Some(b"oom_kill") => &mut reading.oom_kills,
            _ => continue,
        };
        *field = words.number().unwrap_or(0);
    }
    reading
}
