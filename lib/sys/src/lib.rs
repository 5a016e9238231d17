//! The edge to the kernel: the event loop, children, pipes, locks, `/proc`,
//! cgroups. All `unsafe` is here, and no policy.
#![cfg(target_os = "linux")]

pub mod lock;
pub mod proc;
