//! Where a series changes: its level, its trend or its spread.
//!
//! The values are divided into segments, each with a model of its own: a constant, a line, or
//! a constant with a spread of its own. For every number of segments the best division is
//! found exactly ([`search`]); how many there are, and which model tells the series best, is
//! told by a criterion of information ([`criterion`]). All the thresholds of this room stand
//! in these two files and in [`clean`], as constants with their reasons.

mod clean;
mod cost;
mod criterion;
mod search;

use crate::math::median;
use alloc::vec::Vec;
use cost::{Cost, Model};
use criterion::Criterion;
use search::LEAST;

/// What of a series changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum What {
    /// Its level.
    #[default]
    Level,
    /// Its level and its slope.
    Trend,
    /// Its level and its spread.
    Spread,
}

impl What {
    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            What::Level => "level",
            What::Trend => "trend",
            What::Spread => "spread",
        }
    }
}

/// One change.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// Place of the first value after it, from 0.
    pub at: usize,
    /// Median of the segment before it.
    pub before: f64,
    /// Median of the segment after it.
    pub after: f64,
    /// About how probable the division with it is, beside the same without it: from the
    /// difference of their criteria (Raftery 1995).
    pub confidence: f64,
}

/// How a series divides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// What changes, where something does.
    pub what: What,
    /// The changes in order.
    pub all: Vec<Change>,
    /// Values that were looked at; those that are missing do not count.
    pub n: usize,
}

/// The changes of a series. Values that are no numbers are missing: a line is drawn over
/// them, and they count as no evidence. A series with fewer than ten values has no change.
pub fn changes(values: &[f64]) -> Changes {
    let n = values.iter().filter(|value| value.is_finite()).count();
    let nothing = Changes { n, ..Changes::default() };
    if n < 2 * LEAST {
        return nothing;
    }
    let Some(clean) = clean::cleaned(values) else { return nothing };
    let criterion = Criterion::new(&clean, n);
    let mut best = None::<(f64, Model, Vec<usize>)>;
    for model in [Model::Level, Model::Trend, Model::Spread] {
        let cost = Cost::new(&clean, model);
        let (worth, points) = search::best(&cost, &criterion);
        if best.as_ref().is_none_or(|(least, ..)| worth < *least) {
            best = Some((worth, model, points));
        }
    }
    let Some((worth, model, points)) = best else { return nothing };
    let cost = Cost::new(&clean, model);
    let confident = |place: usize| {
        let mut without = points.clone();
        without.remove(place);
        let loss = criterion.worth(model, cost.total(&without), without.len()) - worth;
        1.0 / (1.0 + libm::exp(-loss / 2.0))
    };
    let bound = |place: usize| points.get(place).copied().unwrap_or(values.len());
    let middle = |begin: usize, end: usize| {
        median(values[begin..end].iter().copied().filter(|value| value.is_finite()))
    };
    let all = (0..points.len()).map(|place| {
        let begin = if place == 0 { 0 } else { points[place - 1] };
        Change {
            at: points[place],
            before: middle(begin, points[place]).unwrap_or(f64::NAN),
            after: middle(points[place], bound(place + 1)).unwrap_or(f64::NAN),
            confidence: confident(place),
        }
    });
    Changes { what: model.what(), all: all.collect(), n }
}

#[cfg(test)]
mod tests;
