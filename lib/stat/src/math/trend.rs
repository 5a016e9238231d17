//! Slopes that a few wild values do not bend.

use super::{normal_cdf, quantile, sorted};
use alloc::vec::Vec;

/// Slope with its interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Median of the slopes of all pairs, values a unit of time.
    pub slope: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end of the interval.
    pub high: f64,
}

/// Median of the slopes of all pairs of points at different times (Theil 1950, Sen 1968), with
/// Sen's interval at `z` standard deviations; time and memory grow with the square of the
/// number of points. `None` for fewer than two times.
pub fn theil_sen(points: &[(f64, f64)], z: f64) -> Option<Slope> {
    let mut slopes = Vec::new();
    for (place, (time, value)) in points.iter().enumerate() {
        for (later, after) in &points[place + 1..] {
            if later != time {
                slopes.push((after - value) / (later - time));
            }
        }
    }
    let slopes = sorted(slopes);
    let slope = quantile(&slopes, 0.5)?;
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let half = z * libm::sqrt(variance(&values)) / 2.0 / slopes.len() as f64;
    let low = quantile(&slopes, 0.5 - half)?;
    let high = quantile(&slopes, 0.5 + half)?;
    Some(Slope { slope, low, high })
}

/// Test of a steady rise or fall.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannKendall {
    /// Pairs that rise less pairs that fall.
    pub s: f64,
    /// Its variance without a trend, ties corrected.
    pub variance: f64,
    /// Chance of an S as far from 0 without a trend, in independent values.
    pub chance: f64,
}

/// Mann-Kendall test for values in order of time (Mann 1945, Kendall 1975), with the correction
/// for ties and continuity.
pub fn mann_kendall(values: &[f64]) -> MannKendall {
    let mut s = 0.0;
    for (place, value) in values.iter().enumerate() {
        for later in &values[place + 1..] {
            s += f64::from(i8::from(later > value) - i8::from(later < value));
        }
    }
    let variance = variance(values);
    let z = if variance <= 0.0 || s == 0.0 { 0.0 } else { (s.abs() - 1.0) / libm::sqrt(variance) };
    MannKendall { s, variance, chance: (2.0 * normal_cdf(-z)).min(1.0) }
}

/// Variance of Kendall's S under no trend: n(n-1)(2n+5)/18, less the same of each group of ties.
fn variance(values: &[f64]) -> f64 {
    let term = |n: usize| {
        let n = n as f64;
        n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
    };
    let order = sorted(values.iter().copied());
    let ties: f64 = order.chunk_by(|a, b| a == b).map(|alike| term(alike.len())).sum();
    (term(order.len()) - ties).max(0.0)
}
