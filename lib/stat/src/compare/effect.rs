//! By how much one side lies above the other, and whether chance alone would do that.

use crate::math::{
    Draws, Interval, centre, centre_interval, mann_whitney, median, shift, shift_interval,
    signed_rank, sorted,
};
use alloc::vec::Vec;

/// Values of a side below which nothing is said of chance.
pub const LEAST: usize = 4;
/// Pairs below which nothing is said: five all to one side happen in one of sixteen cases.
pub const LEAST_PAIRS: usize = 6;
/// Values that an interval is drawn from; of more a fair part is taken, which widens it.
const MOST: usize = 256;

/// What a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// A run.
    Runs,
    /// The same operation on both sides.
    Operations,
    /// An execution of the one operation.
    Executions,
}

impl Of {
    /// Its word.
    pub const fn word(self) -> &'static str {
        match self {
            Of::Runs => "runs",
            Of::Operations => "operations",
            Of::Executions => "executions",
        }
    }
}

/// The difference of two sides.
#[derive(Clone, Debug)]
pub struct Effect {
    /// What a value is of.
    pub of: Of,
    /// How many values.
    pub n: (usize, usize),
    /// The medians.
    pub medians: (Option<f64>, Option<f64>),
    /// Estimate of the ratio of the second to the first; none where a value is not above 0.
    pub ratio: Option<f64>,
    /// The interval of the ratio, or of the shift where there is no ratio.
    pub interval: Option<Interval>,
    /// Estimate of the difference.
    pub shift: Option<f64>,
    /// The chance of a difference as great without any; none where there are too few values.
    pub chance: Option<f64>,
}

/// Two samples that have nothing to do with each other.
pub fn samples((first, second): (&[f64], &[f64]), of: Of, draws: Draws) -> Effect {
    let (first, second) = (sorted(first.iter().copied()), sorted(second.iter().copied()));
    let enough = first.len() >= LEAST && second.len() >= LEAST;
    let is_ratio = !first.is_empty()
        && !second.is_empty()
        && first.iter().chain(&second).all(|value| *value > 0.0);
    let scaled = |values: &[f64]| -> Vec<f64> {
        let scale = |value: f64| if is_ratio { libm::log(value) } else { value };
        values.iter().map(|value| scale(*value)).collect()
    };
    let (low, high) = (scaled(&first), scaled(&second));
    let found = shift(&low, &high);
    let interval = enough.then(|| shift_interval(&thinned(&low), &thinned(&high), draws)).flatten();
    Effect {
        of,
        n: (first.len(), second.len()),
        medians: (median(first.iter().copied()), median(second.iter().copied())),
        ratio: found.filter(|_| is_ratio).map(libm::exp),
        interval: interval.map(|found| if is_ratio { exponential(found) } else { found }),
        shift: shift(&first, &second),
        chance: enough.then(|| mann_whitney(&first, &second)),
    }
}

/// The same things on both sides: pairs of values above 0, of which the ratios count.
pub fn pairs(pairs: &[(f64, f64)], of: Of, draws: Draws) -> Effect {
    let ratios = sorted(pairs.iter().map(|(before, now)| libm::log(now / before)));
    let enough = ratios.len() >= LEAST_PAIRS;
    let interval = enough.then(|| centre_interval(&thinned(&ratios), draws)).flatten();
    Effect {
        of,
        n: (pairs.len(), pairs.len()),
        medians: (median(pairs.iter().map(|pair| pair.0)), median(pairs.iter().map(|pair| pair.1))),
        ratio: centre(&ratios).map(libm::exp),
        interval: interval.map(exponential),
        shift: None,
        chance: enough.then(|| signed_rank(&ratios)),
    }
}

fn exponential(interval: Interval) -> Interval {
    Interval { low: libm::exp(interval.low), high: libm::exp(interval.high) }
}

/// Of many values in order a part, evenly.
fn thinned(values: &[f64]) -> Vec<f64> {
    if values.len() <= MOST {
        return values.to_vec();
    }
    (0..MOST).map(|place| values[(2 * place + 1) * values.len() / (2 * MOST)]).collect()
}
