//! The jobserver of GNU make: a pipe with a byte for each job that may run
//! beside the first, shared by everybody who is told of it in `MAKEFLAGS`.
//!
//! `flags` reads and writes that text, a [`Pool`] takes bytes and gives the same
//! ones back, a [`Server`] makes a pipe of its own and keeps count of it.

mod flags;
mod pool;
mod server;

pub use flags::{Auth, auth_of, slots_of, with_auth, without_auth};
pub use pool::{Pool, Unusable};
pub use server::{Server, Style};
