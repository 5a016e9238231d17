//! Targets: what is aimed at, measured, and how far it is.

mod measure;
mod parse;

pub use measure::{Measured, Outcome as TargetOutcome};
pub use parse::{Metric, Target};
