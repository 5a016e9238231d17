//! Pure: no clock, no file, no process, no thread, no environment. The compiler
//! holds it to that: the crate is `no_std`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod csr;
mod edges;
mod graph;
mod names;
mod paths;

pub use edges::{EdgeList, OddWord};
pub use graph::{Cycle, Graph, Path, Times};
pub use names::Names;
pub use paths::longest_paths;
