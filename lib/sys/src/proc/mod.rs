//! Reading `/proc`, `/sys` and cgroups: raw counters as the kernel gives them.
//!
//! Every reader takes the folder to read from, so that tests use trees of their
//! own. Differences and rates are made elsewhere, of two readings, and are of
//! other types. Every error carries the path. A process or cgroup that has gone
//! is no error: its reader says `None`.

pub mod cgroup;
pub mod cpu;
pub mod disk;
pub mod kernel;
pub mod machine;
pub mod memory;
pub mod network;
pub mod pids;
pub mod pressure;
pub mod process;
pub mod protocols;
mod read;
pub mod room;
mod text;
pub mod words;

pub use read::{Cause, ReadError, Root, Source};

/// Ticks a second of the times in `/proc` (100 on every system of today).
pub fn ticks_per_second() -> u64 {
    // SAFETY: plain library call.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_CLK_TCK) }).unwrap_or(100).max(1)
}

/// Size of a page of memory, bytes.
pub fn page_bytes() -> u64 {
    // SAFETY: plain library call.
    u64::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096).max(1)
}

#[cfg(test)]
mod tests;
