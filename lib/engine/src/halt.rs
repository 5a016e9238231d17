//! When the results so far are to end the run: `--halt`, `--on-failure`.

use record::Outcome;

/// What is done when the limit is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaltWhen {
    /// Start nothing more, let what runs end.
    Soon,
    /// End what runs.
    Now,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HaltOn {
    /// Failures, errors, timeouts.
    Fail,
    /// Successes.
    Success,
    /// Either.
    Done,
}

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HaltLimit {
    /// That many.
    Count(u64),
    /// That share of those that have ended, in percent; at least 3 must have.
    Percent(f64),
}

/// A rule that ends a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Halt {
    /// What is done.
    pub when: HaltWhen,
    /// What is counted.
    pub on: HaltOn,
    /// How much.
    pub limit: HaltLimit,
}

impl Halt {
    /// The rule that the first failure trips.
    pub const fn first_failure(when: HaltWhen) -> Self {
        Halt { when, on: HaltOn::Fail, limit: HaltLimit::Count(1) }
    }

    /// Whether an end trips the rule; `matching` and `ended` include it.
    pub(crate) fn trips(&self, result: Outcome, matching: u64, ended: u64) -> bool {
        self.counts(result)
            && match self.limit {
                HaltLimit::Count(limit) => matching >= limit,
                HaltLimit::Percent(limit) => {
                    ended >= 3 && matching as f64 * 100.0 >= limit * ended as f64
                }
            }
    }

    /// Whether a result is one of those counted.
    pub(crate) fn counts(&self, result: Outcome) -> bool {
        match self.on {
            HaltOn::Fail => result.failed(),
            HaltOn::Success => result == Outcome::Success,
            HaltOn::Done => result.failed() || result == Outcome::Success,
        }
    }
}
