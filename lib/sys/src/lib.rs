//! The edge to the kernel: the event loop, children, pipes, locks, `/proc`,
//! cgroups. All `unsafe` is here, and no policy.
#![cfg(target_os = "linux")]

pub mod clock;
pub mod fd;
pub mod guardian;
pub mod lock;
pub mod poller;
pub mod proc;
pub mod signal;
pub mod spawn;
pub mod wait;

/// The error of the last system call.
pub(crate) fn last_error() -> std::io::Error {
    std::io::Error::last_os_error()
}

/// Turns the -1 of a system call into its error.
pub(crate) fn check(result: i64) -> std::io::Result<i64> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}
