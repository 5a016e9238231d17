//! What is unlike the rest, with no example of what is wrong.

mod runs;

pub use runs::{TaskIntake, TaskScore, Tasks};
