//! Pure: no clock, no file, no process, no thread, no environment. The compiler
//! holds it to that: the crate is `no_std`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod csr;
mod graph;

pub use graph::{Cycle, Graph, Path, Times};
