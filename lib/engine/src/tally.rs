//! Counting results, and the status that follows from them.

use record::{Outcome, status};

/// Operations by result; barriers are not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    counts: [u64; Outcome::ALL.len()],
    /// Status of the operation that tripped a halt rule.
    pub(crate) tripped: Option<u8>,
    /// The run's own time ran out.
    pub(crate) out_of_time: bool,
}

impl Tally {
    pub(crate) fn add(&mut self, result: Outcome) {
        self.counts[result as usize] += 1;
    }

    /// How many ended so.
    pub fn count(&self, result: Outcome) -> u64 {
        self.counts[result as usize]
    }

    /// How many failed: failure, error, timeout.
    pub fn failed(&self) -> u64 {
        Outcome::ALL.iter().filter(|r| r.failed()).map(|r| self.count(*r)).sum()
    }

    /// How many have ended or were skipped.
    pub fn decided(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Exit status of the run.
    pub fn status(&self) -> u8 {
        if self.out_of_time {
            return status::TOTAL_TIMEOUT;
        }
        if let Some(status) = self.tripped {
            return status;
        }
        match self.failed() {
            many if many > u64::from(status::MAX_COUNT) => status::MANY,
            few => few as u8,
        }
    }
}
