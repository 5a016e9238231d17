//! A run over time, as pictures show it: bars on slots, what ran and what waited in each
//! moment, what was held of locks and resources, readings, spreads of durations.
//!
//! A log of any length becomes a picture of bounded size: [`Bar`]s that lie in one column of
//! pixels are put together, amounts lie in bins whose width doubles, and series of readings
//! keep the least and the greatest of what they put together. Counts and sums stay exact.

mod bars;
mod draft;
mod drafts;
mod envelope;
mod grid;
mod moment;
mod readings;
mod spread;

pub use bars::{Bar, Ended};
pub use drafts::Drafts;
pub use envelope::Point;
pub use readings::{Chart, Line};
pub use spread::{SHARES, Spread};

use alloc::string::String;
use alloc::vec::Vec;
use record::Seconds;

/// Rows of slots at most; more slots share rows.
pub const ROWS: u32 = 160;

/// Timelines that are kept.
const TIMELINES: usize = 24;
/// Bars of all timelines together.
const BARS: usize = 30_000;

/// How much of something there was in each bin.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// What: a cause, a lock, a resource.
    pub name: String,
    /// Sum over the run: seconds times amount.
    pub total: f64,
    /// Its mean amount in each bin.
    pub means: Vec<f64>,
}

/// A lock over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LockCourse {
    /// Its name.
    pub name: String,
    /// Holders.
    pub held: Course,
    /// Waiters.
    pub waiting: Course,
}

/// One operation of the critical path as it happened.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The operation.
    pub id: String,
    /// When it began.
    pub from: Seconds,
    /// When it ended.
    pub to: Seconds,
    /// Where it ran, where its bar is alone.
    pub slot: Option<u32>,
}

/// Something that happened at a time.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// When.
    pub at: Seconds,
    /// What, in words.
    pub what: String,
}

/// A run over time. Times are seconds since the epoch, or from the log's own beginning.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// When the first operation was ready, or the first sample's interval began.
    pub begin: Seconds,
    /// The last end, or the last that the log tells of.
    pub end: Seconds,
    /// Greatest number of a slot.
    pub slots: u32,
    /// Slots that share a row.
    pub per_row: u32,
    /// By slot, then by start.
    pub bars: Vec<Bar>,
    /// Where attempts are put together: those that lie in one column of this width.
    pub column: Option<Seconds>,
    /// Causes that bars name by place.
    pub causes: Vec<String>,
    /// Families that bars name by place.
    pub families: Vec<Spread>,
    /// When the first bin begins.
    pub first_bin: Seconds,
    /// Width of a bin.
    pub bin: Seconds,
    /// Operations that run, in each bin: the mean.
    pub running: Vec<f64>,
    /// Attempts that ended in each bin.
    pub ended: Vec<f64>,
    /// Those of them that failed.
    pub failed: Vec<f64>,
    /// Operations that are ready and wait, by cause, the greatest first.
    pub waiting: Vec<Course>,
    /// Locks, the most waited for first.
    pub locks: Vec<LockCourse>,
    /// What is held of resources, with how much there is.
    pub resources: Vec<(Course, Option<f64>)>,
    /// What was measured.
    pub lines: Vec<Line>,
    /// The critical path, first to last.
    pub path: Vec<Step>,
    /// For each finding the time it is about, where that is known.
    pub moments: Vec<Option<(Seconds, Seconds)>>,
    /// Changes of the number of slots, sleeps of the machine.
    pub marks: Vec<Mark>,
    /// Attempts, all of them.
    pub attempts: u64,
    /// Attempts that have no end in the log.
    pub unfinished: u64,
}

#[cfg(test)]
mod tests;
