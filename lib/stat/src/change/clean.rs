//! A series made ready: nothing missing, no lone outliers, mean 0 and variance 1.

use crate::math::{MAD_TO_SIGMA, median};
use alloc::vec::Vec;

/// An outlier lies beside the median of itself and this many neighbours on either side.
const NEIGHBOURS: usize = 3;
/// It lies further than this many scales from it.
const FAR: f64 = 4.0;
/// Makes the mean absolute deviation of normal values their standard deviation.
const MEAN_TO_SIGMA: f64 = 1.253_314;

/// The series made ready; `None` where all its values are equal.
pub fn cleaned(values: &[f64]) -> Option<Vec<f64>> {
    let mut all = replaced(&filled(values)?);
    let n = all.len() as f64;
    let mean = all.iter().sum::<f64>() / n;
    let variance = all.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n;
    let deviation = libm::sqrt(variance);
    // what is left of equal values by rounding is no variance
    if !deviation.is_finite() || deviation <= 1e-12 * mean.abs() {
        return None;
    }
    all.iter_mut().for_each(|value| *value = (*value - mean) / deviation);
    Some(all)
}

/// A line is drawn over what is missing; before the first and after the last value it is level.
fn filled(values: &[f64]) -> Option<Vec<f64>> {
    let mut all = values.to_vec();
    let mut last = None::<usize>;
    for at in 0..all.len() {
        if !all[at].is_finite() {
            continue;
        }
        let begin = last.map_or(0, |last| last + 1);
        for gap in begin..at {
            all[gap] = last.map_or(all[at], |last| {
                let share = (gap - last) as f64 / (at - last) as f64;
                all[last] + (all[at] - all[last]) * share
            });
        }
        last = Some(at);
    }
    let last = last?;
    let end = all[last];
    all[last + 1..].iter_mut().for_each(|value| *value = end);
    Some(all)
}

/// Lone outliers give way to the median around them (the identifier of Hampel 1974, as a
/// filter: Davies and Gather 1993): one value is no change, and two or three are none yet.
/// The scale is the median absolute deviation there, or of all the differences where that is
/// greater, so that quiet places are not smoothed away; where most values are equal, the mean
/// deviation of the differences (Iglewicz and Hoaglin 1993).
fn replaced(values: &[f64]) -> Vec<f64> {
    let deviation = |around: &[f64], middle: f64| {
        let apart = around.iter().map(|value| (value - middle).abs());
        MAD_TO_SIGMA * median(apart).unwrap_or(0.0)
    };
    let steps: Vec<f64> = values.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let usual = median(steps.iter().copied()).unwrap_or(0.0);
    let step = deviation(&steps, usual);
    let mean = steps.iter().map(|step| (step - usual).abs()).sum::<f64>() / steps.len() as f64;
    let one = |(at, value): (usize, &f64)| {
        let begin = at.saturating_sub(NEIGHBOURS);
        let around = &values[begin..(at + NEIGHBOURS + 1).min(values.len())];
        let middle = median(around.iter().copied()).unwrap_or(*value);
        let scale = match deviation(around, middle).max(step) {
            0.0 => MEAN_TO_SIGMA * mean,
            scale => scale,
        };
        let far = scale > 0.0 && (value - middle).abs() > FAR * scale;
        if far { middle } else { *value }
    };
    values.iter().enumerate().map(one).collect()
}
