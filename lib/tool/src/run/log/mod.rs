//! What is written down of a run, and what is taken up again.

mod journal;
mod resume;
mod row;

pub use journal::Journal;
pub use resume::{Before, Failed, failed_before};
pub use row::{JobLog, Row};
