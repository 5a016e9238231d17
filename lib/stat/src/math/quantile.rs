//! Quantiles, the median and the deviation from it.

use alloc::vec::Vec;

/// What a median absolute deviation is multiplied with to estimate the standard deviation of
/// normal values: 1 / the third quartile of the normal distribution (Hampel 1974).
pub const MAD_TO_SIGMA: f64 = 1.482_602_218_505_602;

/// The values in order; what is not a number is left out.
pub fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut kept: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
    kept.sort_unstable_by(f64::total_cmp);
    kept
}

/// Quantile of values in order, linear between neighbours (Hyndman and Fan 1996, type 7);
/// `None` without values.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    let below = libm::floor(place);
    let low = sorted[below as usize];
    let high = sorted[(below as usize + 1).min(last)];
    let part = place - below;
    // equal neighbours stay what they are, infinite ones too
    Some(if part == 0.0 || low == high { low } else { low + part * (high - low) })
}

/// The middle value, or the mean of the two; `None` without values.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    quantile(&sorted(values), 0.5)
}

/// Median and median absolute deviation from it, not multiplied with anything (Hampel 1974);
/// `None` without values.
pub fn mad(values: &[f64]) -> Option<(f64, f64)> {
    let middle = median(values.iter().copied())?;
    let deviation = median(values.iter().map(|value| (value - middle).abs()))?;
    Some((middle, deviation))
}
