//! Whether figures rise or fall steadily, though their values depend on each other.

use crate::math::{MannKendall, mann_kendall, median, normal_cdf, ranks, theil_sen};
use crate::{Series, rounded};
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::Trend;

/// Standard deviations of a 90 % interval.
pub const Z90: f64 = 1.644_853_626_951_472_7;
const Z95: f64 = 1.959_963_984_540_054;
/// Fewer values are no trend.
pub const LEAST: usize = 10;
/// More values are taken in so many groups, by their medians.
const GROUPS: usize = 300;
/// No series is taken for more alike from one value to the next: less than a random walk.
const ALIKE: f64 = 0.99;
/// What is a trend.
const CHANCE: f64 = 0.05;

/// A slope whose interval knows that values depend on each other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// Values a unit of time.
    pub slope: f64,
    /// Lower end of its interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Where its line is at the last time.
    pub level: f64,
    /// The chance of such a rise or fall without a trend.
    pub chance: f64,
}

/// Slope of points (time, value) in order of time, with its interval at `z` standard deviations
/// and the chance of a Mann-Kendall test, both corrected for autocorrelation. `None` for fewer
/// than [`LEAST`] points, and where all have one time.
pub fn slope(points: &[(f64, f64)], z: f64) -> Option<Slope> {
    if points.len() < LEAST {
        return None;
    }
    let points = grouped(points);
    let middle = theil_sen(&points, 0.0)?.slope;
    let left: Vec<f64> = points.iter().map(|(time, value)| value - middle * time).collect();
    let wider = inflation(&left);
    let with = theil_sen(&points, z * libm::sqrt(wider))?;
    let values: Vec<f64> = points.iter().map(|point| point.1).collect();
    let MannKendall { s, variance, .. } = mann_kendall(&values);
    let spread = libm::sqrt(variance * wider);
    let off = if spread > 0.0 { ((s.abs() - 1.0) / spread).max(0.0) } else { 0.0 };
    let last = points.last()?.0;
    let level = median(left.iter().copied())? + middle * last;
    let chance = (2.0 * normal_cdf(-off)).min(1.0);
    Some(Slope { slope: with.slope, low: with.low, high: with.high, level, chance })
}

/// Few points for many: the medians of groups that follow each other.
fn grouped(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let size = points.len().div_ceil(GROUPS);
    let groups = points.chunks(size).filter_map(|group| {
        let time = median(group.iter().map(|point| point.0))?;
        Some((time, median(group.iter().map(|point| point.1))?))
    });
    groups.collect()
}

/// By how much the variance of Kendall's S grows because the values depend on each other
/// (Hamed and Rao 1998), given what is left of them without the trend. Their sum takes the
/// autocorrelation of the ranks at every lag, which is uncertain; here it is, lag by lag, the
/// larger of what was seen, as long as that is significant, and of a first-order process (Hamed
/// 2009) whose coefficient has the bias of a short series without its trend taken out (Kendall
/// 1954: -(2 + 4 rho) / n).
fn inflation(left: &[f64]) -> f64 {
    let order = ranks(left);
    let count = order.len();
    let n = count as f64;
    let middle = (n + 1.0) / 2.0;
    let whole: f64 = order.iter().map(|rank| (rank - middle) * (rank - middle)).sum();
    if whole <= 0.0 {
        return 1.0;
    }
    let alike = |lag: usize| {
        let pairs = order.iter().zip(&order[lag..]);
        pairs.map(|(a, b)| (a - middle) * (b - middle)).sum::<f64>() / whole
    };
    let first = ((n * alike(1) + 2.0) / (n - 4.0)).clamp(0.0, ALIKE);
    let certain = Z95 / libm::sqrt(n);
    let mut seen = true;
    let mut power = 1.0;
    let mut sum = 0.0;
    for lag in 1..count.saturating_sub(2) {
        power *= first;
        let lagged = if seen { alike(lag) } else { 0.0 };
        seen = seen && lagged > certain;
        let rho = if seen { lagged.max(power) } else { power };
        let k = lag as f64;
        sum += (n - k) * (n - k - 1.0) * (n - k - 2.0) * rho;
    }
    1.0 + 2.0 * sum / (n * (n - 1.0) * (n - 2.0))
}

/// The trends of all series that have `LEAST` values, those most certain first.
pub fn trends(all: &[Series]) -> Vec<Trend> {
    let mut found: Vec<Trend> = all.iter().filter_map(of_series).collect();
    let chances: Vec<f64> = found.iter().map(|trend| trend.chance).collect();
    let corrected = crate::math::benjamini_hochberg(&chances);
    for (trend, corrected) in found.iter_mut().zip(corrected) {
        trend.corrected = rounded(corrected);
        trend.chance = rounded(trend.chance);
        let verdict = match corrected < CHANCE {
            true if trend.slope_h > 0.0 => "rises",
            true if trend.slope_h < 0.0 => "falls",
            _ => "none",
        };
        trend.verdict = verdict.to_string();
    }
    found.sort_by(|a, b| a.corrected.total_cmp(&b.corrected).then(a.chance.total_cmp(&b.chance)));
    found
}

fn of_series(series: &Series) -> Option<Trend> {
    let points: Vec<(f64, f64)> = series
        .times
        .iter()
        .zip(&series.values)
        .filter(|(time, value)| time.is_finite() && value.is_finite())
        .map(|(time, value)| (*time, *value))
        .collect();
    let (from, to) = (points.first()?.0, points.last()?.0);
    // large times would eat the digits of small slopes
    let moved: Vec<(f64, f64)> = points.iter().map(|(time, value)| (time - from, *value)).collect();
    let slope = slope(&moved, Z95)?;
    Some(Trend {
        series: series.name.clone(),
        n: points.len() as u64,
        from,
        to,
        median: median(points.iter().map(|point| point.1))?,
        slope_h: slope.slope * 3600.0,
        low_h: slope.low * 3600.0,
        high_h: slope.high * 3600.0,
        change: slope.slope * (to - from),
        chance: slope.chance,
        ..Trend::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of a first-order process with a slope, normal noise.
    fn process(
        random: &mut fastrand::Rng,
        (count, rho): (usize, f64),
        rise: f64,
    ) -> Vec<(f64, f64)> {
        let mut value = 0.0;
        let mut noise = || crate::math::normal_quantile(random.f64().clamp(1e-12, 1.0 - 1e-12));
        (0..count)
            .map(|place| {
                value = rho * value + libm::sqrt(1.0 - rho * rho) * noise();
                (place as f64, value + rise * place as f64)
            })
            .collect()
    }

    fn share_found((count, rho): (usize, f64), rise: f64) -> f64 {
        let mut random = fastrand::Rng::with_seed(7);
        let found = (0..300).filter(|_| {
            let points = process(&mut random, (count, rho), rise);
            slope(&points, Z95).is_some_and(|slope| slope.chance < CHANCE)
        });
        found.count() as f64 / 300.0
    }

    #[test]
    fn without_a_trend_few_are_found() {
        for case in [(20, 0.0), (60, 0.0), (60, 0.5), (100, 0.7), (200, 0.9)] {
            let share = share_found(case, 0.0);
            assert!(share <= 0.08, "{case:?}: {share}");
        }
    }

    #[test]
    fn a_trend_of_three_deviations_over_the_series_is_found() {
        for (case, power) in [((60, 0.0), 0.99), ((100, 0.5), 0.9), ((200, 0.7), 0.75)] {
            let share = share_found(case, 3.0 / case.0 as f64);
            assert!(share >= power, "{case:?}: {share}");
        }
    }

    #[test]
    fn the_interval_holds_the_slope() {
        let mut random = fastrand::Rng::with_seed(11);
        let held = (0..300).filter(|_| {
            let points = process(&mut random, (80, 0.5), 0.05);
            slope(&points, Z95).is_some_and(|s| (s.low..=s.high).contains(&0.05))
        });
        let held = held.count();
        // 95 % of independent values; what depends on each other is guessed, too
        assert!((270..=296).contains(&held), "{held} of 300");
    }

    #[test]
    fn many_points_are_taken_in_groups() {
        let points: Vec<(f64, f64)> =
            (0..10_000).map(|at| (f64::from(at), 2.0 * f64::from(at))).collect();
        let slope = slope(&points, Z95).unwrap();
        assert!((slope.slope - 2.0).abs() < 1e-9 && slope.chance < 1e-6, "{slope:?}");
        assert!((slope.level - 2.0 * 9_999.0).abs() < 80.0, "{slope:?}");
    }

    #[test]
    fn a_series_that_stays_has_no_trend() {
        let series = |name: &str, values: Vec<f64>| Series {
            name: name.to_string(),
            times: (0..values.len()).map(|at| at as f64 + 1.7e9).collect(),
            values,
            ..Series::default()
        };
        let flat = series("flat", alloc::vec![3.0; 50]);
        let ramp = series("ramp", (0..50).map(f64::from).collect());
        let told = trends(&[flat, ramp, series("few", alloc::vec![1.0; 5])]);
        let verdicts: Vec<_> =
            told.iter().map(|t| (t.series.as_str(), t.verdict.as_str())).collect();
        assert_eq!(verdicts, [("ramp", "rises"), ("flat", "none")]);
        assert!((told[0].slope_h - 3600.0).abs() < 1e-6 && (told[0].change - 49.0).abs() < 1e-9);
    }
}
