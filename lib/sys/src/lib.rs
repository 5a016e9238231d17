//! The edge to the kernel: the event loop, children, pipes, locks, `/proc`,
//! cgroups. All `unsafe` is here, and no policy.
#![cfg(target_os = "linux")]

pub mod adopted;
pub mod affinity;
pub mod cgroup;
pub mod clock;
pub mod fd;
pub mod file_name;
pub mod growth;
pub mod guardian;
pub mod jobserver;
pub mod limit;
pub mod lock;
pub mod orphan;
pub mod poller;
pub mod proc;
pub mod quota;
pub mod share;
mod shared;
pub mod signal;
pub mod spawn;
pub mod stalls;
pub mod tcp;
pub mod terminal;
pub mod turns;
pub mod user;
pub mod wait;
pub mod warm;

/// The error of the last system call.
pub(crate) fn last_error() -> std::io::Error {
    std::io::Error::last_os_error()
}

/// Turns the -1 of a system call into its error.
pub(crate) fn check(result: i64) -> std::io::Result<i64> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// Tests that make children or hold locks take turns: until its exec a child of
/// one has copies of the descriptors of all others, and keeps their locks.
#[cfg(test)]
pub(crate) fn one_test_at_a_time() -> std::sync::MutexGuard<'static, ()> {
    static TURN: std::sync::Mutex<()> = std::sync::Mutex::new(());
    TURN.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
