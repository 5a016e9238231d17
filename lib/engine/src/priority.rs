//! Dynamic priorities: who goes first, from what is known when an operation becomes ready.

use crate::op::{Op, Rank};
use core::cmp::Reverse;
use record::Seconds;

/// Weights of a priority: what an operation says itself, plus
/// `tail` a second of the longest path before it, plus `fails` an attempt that has failed, plus
/// `fit` for all of what there is of what it takes most of (its dominant share; Ghodsi et al., 2011).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PriorityRule {
    /// A second of the tail.
    pub tail: f64,
    /// A failed attempt.
    pub fails: f64,
    /// The dominant share, 0 to 1.
    pub fit: f64,
}

impl Default for PriorityRule {
    /// The longest path first; what has failed waits a minute's worth longer each time.
    fn default() -> Self {
        PriorityRule { tail: 1.0, fails: -60.0, fit: 0.0 }
    }
}

/// When what has failed is started again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    /// In its place.
    #[default]
    InOrder,
    /// Before all others.
    First,
}

/// What an operation's priority is made of, and what it comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Score {
    /// What it says itself.
    pub base: i64,
    /// The longest path before it.
    pub tail: Seconds,
    /// Attempts that have failed.
    pub fails: u32,
    /// Its dominant share.
    pub fit: f64,
    /// The sum, in thousandths.
    pub sum: i64,
}

/// Above what any sum comes to.
const FIRST: i64 = i64::MAX / 2;

impl PriorityRule {
    pub(crate) fn score(self, op: &Op, fit: f64) -> Score {
        let fails = op.attempts.saturating_sub(op.recalled);
        let sum = op.spec.priority as f64
            + self.tail * op.tail.as_f64()
            + self.fails * f64::from(fails)
            + self.fit * fit;
        let bound = FIRST as f64 / 2.0;
        let sum = libm::round(sum * 1000.0).clamp(-bound, bound) as i64;
        Score { base: op.spec.priority, tail: op.tail, fails, fit, sum }
    }
}

/// The rank of an operation that becomes ready. Under a rule those with the same sum keep the
/// order of the input.
pub(crate) fn rank(op: &Op, score: Option<Score>, again: Again) -> Rank {
    let mut rank = op.rank;
    if let Some(score) = score {
        rank =
            Rank { priority: score.sum, tail: Seconds::ZERO, width: 0, turn: Reverse(0), ..rank };
    }
    let failed = op.attempts > op.recalled;
    if again == Again::First && failed {
        rank.priority = rank.priority.saturating_add(FIRST);
    }
    rank
}
