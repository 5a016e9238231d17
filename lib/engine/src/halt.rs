//! When the results so far are to end the run: `--halt`, `--on-failure`.

use crate::message::{Ending, How};
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
    /// What makes `xargs` stop: an exit with 255, an end by a signal, a command
    /// that cannot be run.
    Fatal,
}

/// How much is too much.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum HaltLimit {
    /// That many.
    Count(u64),
    /// That share of all operations, in percent. Lines are all read before the first starts.
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

    /// The rule of `xargs`: after what it takes for fatal it starts nothing more.
    pub const fn xargs() -> Self {
        Halt { when: HaltWhen::Soon, on: HaltOn::Fatal, limit: HaltLimit::Count(1) }
    }

    /// Whether that many matching ends of so many operations in all trip the rule.
    pub(crate) fn trips(&self, matching: u64, total: u64) -> bool {
        match self.limit {
            HaltLimit::Count(limit) => matching >= limit,
            HaltLimit::Percent(limit) => matching as f64 * 100.0 >= limit * total as f64,
        }
    }

    /// It is a rule about one end, as a count or as that share.
    pub(crate) fn is_of_one(&self, total: u64) -> bool {
        match self.limit {
            HaltLimit::Count(limit) => limit == 1,
            HaltLimit::Percent(limit) => limit * total as f64 == 100.0,
        }
    }

    /// Whether a result is one of those counted.
    pub(crate) fn counts(&self, result: Outcome, how: How) -> bool {
        match self.on {
            HaltOn::Fail => result.failed(),
            HaltOn::Success => result == Outcome::Success,
            HaltOn::Done => result.failed() || result == Outcome::Success,
            HaltOn::Fatal => {
                let fatal = matches!(how, How::NotRun(_) | How::Ended(Ending::Signal(_)));
                result.failed() && (fatal || how == How::Ended(Ending::Exit(255)))
            }
        }
    }
}
