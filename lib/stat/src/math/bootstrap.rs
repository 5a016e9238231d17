//! Intervals by drawing again from what was seen.

use super::{quantile, sorted};
use alloc::vec::Vec;

/// A figure between two ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Percentile interval that holds `share` of the figures of `draws` samples drawn with
/// repetition (Efron 1979), the same for the same seed. `None` without values, or where the
/// figure is never a number.
pub fn bootstrap(
    values: &[f64],
    (draws, seed): (usize, u64),
    share: f64,
    mut figure: impl FnMut(&[f64]) -> Option<f64>,
) -> Option<Interval> {
    if values.is_empty() {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(seed);
    let mut drawn = Vec::with_capacity(values.len());
    let figures = (0..draws).filter_map(|_| {
        drawn.clear();
        drawn.extend(values.iter().map(|_| values[random.usize(..values.len())]));
        figure(&drawn)
    });
    let figures = sorted(figures);
    let outside = (1.0 - share) / 2.0;
    let (low, high) = (quantile(&figures, outside)?, quantile(&figures, 1.0 - outside)?);
    Some(Interval { low, high })
}
