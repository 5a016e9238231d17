//! Where activities have several modes: which to choose from, choices that overdraw nothing,
//! the search over both choices and times, and the table of makespan against cost.

mod assign;
mod choices;
mod front;
mod settle;
mod walk;

pub use assign::Proof;
pub use front::{Front, Row};
pub use settle::{NoChoice, Wishes, settle};
pub(super) use walk::Walk;

#[cfg(test)]
mod tests;
