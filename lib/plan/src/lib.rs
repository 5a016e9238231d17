//! Pure: no clock, no file, no process, no thread, no environment. The compiler
//! holds it to that: the crate is `no_std`.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;

mod ahead;
mod assemble;
mod check;
mod csr;
mod durations;
mod edges;
mod family;
mod graph;
pub mod history;
mod names;
mod order;
mod packing;
mod paths;
mod rest;

mod schedule;
mod share;
mod unit;

pub use ahead::{Ahead, Line};
pub use assemble::{Faults, Node, Options, Plan, Unmet};
pub use check::{
    GroupPair, Groups, advice, barrier_finding, body_findings, cycle_finding, cycle_words, finding,
    graph_findings, groups_declare_needs, order_finding,
};
pub use durations::Durations;
pub use edges::{EdgeList, OddWord};
pub use family::family_of;
pub use graph::{Cycle, Graph, Path, Times};
pub use names::Names;
pub use order::{Link, blocks, links};
pub use packing::{EXACT_OPERATIONS, Method, Packing, pack, packed_as_listed};
pub use paths::longest_paths;
pub use rest::{Reordered, Task, reorder};

pub use schedule::{LOCK_WHOLE, Limits, Schedule, lock_share, schedule};
pub use share::shares;
pub use unit::{Body, Dialect, Draft, Order, Reading, Total, Unit};
