//! Which figures go together, and which of them comes first.
//!
//! Series that depend on their own past look related though they are not (Yule 1926; Granger and
//! Newbold 1974). So each is first reduced to what its own past does not explain; between two
//! independent series what is left is not correlated at any lag (Haugh 1976).

use crate::Series;
use crate::math::{benjamini_hochberg, ranks, student_two_sided};
use crate::rounded;
use alloc::vec::Vec;
use record::Relation;

/// Fewer pairs are no correlation.
const LEAST: usize = 30;
/// Lags that are looked at, each way.
const LAGS: i64 = 10;
/// Own past values that a series is freed of.
const PAST: usize = 5;
/// Longer series are taken in groups, by their means.
const MOST: usize = 4000;
/// What is a relation.
const CHANCE: f64 = 0.05;

/// A series on a grid.
struct Grid {
    step: f64,
    from: f64,
    values: Vec<f64>,
}

/// The pairs of series whose changes go together, the strongest first.
pub fn relations(all: &[Series]) -> Vec<Relation> {
    let grids: Vec<Option<Grid>> = all.iter().map(grid).collect();
    let mut found = Vec::new();
    for (place, first) in grids.iter().enumerate() {
        for (other, second) in grids.iter().enumerate().skip(place + 1) {
            let Some((first, second)) = first.as_ref().zip(second.as_ref()) else { continue };
            found.extend(pair((first, second), (&all[place].name, &all[other].name)));
        }
    }
    let chances: Vec<f64> = found.iter().map(|one: &Relation| one.chance).collect();
    for (one, corrected) in found.iter_mut().zip(benjamini_hochberg(&chances)) {
        one.corrected = rounded(corrected);
        one.chance = rounded(one.chance);
    }
    found.retain(|one| one.corrected < CHANCE);
    found.sort_by(|a, b| b.rho.abs().total_cmp(&a.rho.abs()));
    found
}

fn grid(series: &Series) -> Option<Grid> {
    let (step, values) = crate::forecast::regular(series)?;
    Some(Grid { step, from: *series.times.first()?, values })
}

impl Grid {
    /// The last value known at a time.
    fn at(&self, time: f64) -> f64 {
        let place = libm::floor((time - self.from) / self.step + 0.5).max(0.0) as usize;
        self.values[place.min(self.values.len() - 1)]
    }

    fn until(&self) -> f64 {
        self.from + self.step * (self.values.len() - 1) as f64
    }
}

/// Two series where both are known, at the longer step of the two, and that step.
fn together(first: &Grid, second: &Grid) -> (f64, Vec<(f64, f64)>) {
    let step = first.step.max(second.step);
    let from = first.from.max(second.from);
    let span = first.until().min(second.until()) - from;
    let count = if span < 0.0 { 0 } else { libm::floor(span / step + 0.5) as usize + 1 };
    let time = |place: usize| from + place as f64 * step;
    let pairs: Vec<(f64, f64)> = (0..count)
        .map(|place| (first.at(time(place)), second.at(time(place))))
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .collect();
    let size = pairs.len().div_ceil(MOST).max(1);
    let mean = |group: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
        group.iter().map(of).sum::<f64>() / group.len() as f64
    };
    let groups = pairs.chunks(size).map(|group| (mean(group, |p| p.0), mean(group, |p| p.1)));
    (step * size as f64, groups.collect())
}

fn pair((first, second): (&Grid, &Grid), names: (&str, &str)) -> Option<Relation> {
    let (step, pairs) = together(first, second);
    if pairs.len() < LEAST + LAGS as usize + PAST {
        return None;
    }
    let one = centred(&unexplained(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>())?)?;
    let two = centred(&unexplained(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>())?)?;
    let worth = independent(&one, &two);
    let best = (-LAGS..=LAGS)
        .filter_map(|lag| Some((lag, correlation(&one, &two, lag)?)))
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let (lag, rho) = best;
    let freedom = (worth - lag.unsigned_abs() as f64 - 2.0).max(1.0);
    let t = rho * libm::sqrt(freedom / (1.0 - rho * rho).max(f64::MIN_POSITIVE));
    let tried = (2 * LAGS + 1) as f64;
    // the chance that one of so many lags is as far off (Sidak 1967)
    let chance = -libm::expm1(tried * libm::log1p(-student_two_sided(t, freedom).min(1.0 - 1e-16)));
    let (leads, follows) = if lag < 0 { (names.1, names.0) } else { names };
    Some(Relation {
        series: leads.into(),
        with: follows.into(),
        lag_s: lag.unsigned_abs() as f64 * step,
        rho: rounded(rho),
        n: (one.len() - lag.unsigned_abs() as usize) as u64,
        independent: freedom as u64 + 2,
        chance,
        ..Relation::default()
    })
}

/// What an autoregression on the last values leaves of a series: least squares with a little
/// ridge, solved by Gaussian elimination. `None` where it never changes.
fn unexplained(values: &[f64]) -> Option<Vec<f64>> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let values: Vec<f64> = values.iter().map(|value| value - mean).collect();
    let spread = values.iter().map(|value| value * value).sum::<f64>();
    if spread <= 0.0 {
        return None;
    }
    let mut rows = [[0.0; PAST + 1]; PAST];
    for window in values.windows(PAST + 1) {
        for at in 0..PAST {
            (0..PAST).for_each(|other| rows[at][other] += window[at] * window[other]);
            rows[at][PAST] += window[at] * window[PAST];
        }
    }
    for (at, row) in rows.iter_mut().enumerate() {
        row[at] += 1e-9 * spread;
    }
    for at in 0..PAST {
        let pivot = rows[at];
        for (other, row) in rows.iter_mut().enumerate() {
            if other != at {
                let times = row[at] / pivot[at];
                row.iter_mut().zip(pivot).for_each(|(cell, pivot)| *cell -= times * pivot);
            }
        }
    }
    let told = |window: &[f64]| {
        (0..PAST).map(|at| rows[at][PAST] / rows[at][at] * window[at]).sum::<f64>()
    };
    Some(values.windows(PAST + 1).map(|window| window[PAST] - told(window)).collect())
}

/// Ranks around 0, with a sum of squares of 1.
fn centred(values: &[f64]) -> Option<Vec<f64>> {
    let middle = (values.len() + 1) as f64 / 2.0;
    let ranks: Vec<f64> = ranks(values).iter().map(|rank| rank - middle).collect();
    let spread = libm::sqrt(ranks.iter().map(|rank| rank * rank).sum());
    (spread > 0.0).then(|| ranks.iter().map(|rank| rank / spread).collect())
}

/// Spearman's correlation of what the second is `lag` steps after the first.
fn correlation(one: &[f64], two: &[f64], lag: i64) -> Option<f64> {
    let by = lag.unsigned_abs() as usize;
    let (early, late) = if lag < 0 { (two, one) } else { (one, two) };
    let (early, late) = (&early[..early.len() - by], &late[by..]);
    let (mut product, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in early.iter().zip(late) {
        product += a * b;
        first += a * a;
        second += b * b;
    }
    let whole = libm::sqrt(first * second);
    (whole > 0.0).then(|| (product / whole).clamp(-1.0, 1.0))
}

/// How many independent pairs two series are worth, by what is left of their autocorrelations
/// (Bayley and Hammersley 1946).
fn independent(one: &[f64], two: &[f64]) -> f64 {
    let n = one.len() as f64;
    let own = |ranks: &[f64], lag: i64| correlation(ranks, ranks, lag).unwrap_or(0.0);
    let sum: f64 =
        (1..=LAGS).map(|lag| (1.0 - lag as f64 / n) * own(one, lag) * own(two, lag)).sum();
    n / (1.0 + 2.0 * sum).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn noise(random: &mut fastrand::Rng) -> f64 {
        crate::math::normal_quantile(random.f64().clamp(1e-12, 1.0 - 1e-12))
    }

    fn series(name: &str, values: Vec<f64>) -> Series {
        let times = (0..values.len()).map(|at| 1.7e9 + at as f64).collect();
        Series { name: name.into(), times, values, ..Series::default() }
    }

    /// A first-order process.
    fn process(random: &mut fastrand::Rng, (count, rho): (usize, f64)) -> Vec<f64> {
        let mut value = 0.0;
        (0..count)
            .map(|_| {
                value = rho * value + noise(random);
                value
            })
            .collect()
    }

    #[test]
    fn one_that_follows_three_steps_later_is_found() {
        for rho in [0.0, 0.9, 1.0] {
            let mut random = fastrand::Rng::with_seed(2);
            let first = process(&mut random, (300, rho));
            let second =
                (0..300usize).map(|at| first[at.saturating_sub(3)] + noise(&mut random)).collect();
            let third = process(&mut random, (300, rho));
            let all = [series("b", second), series("c", third), series("a", first)];
            let found = relations(&all);
            assert_eq!(found.len(), 1, "{rho}: {found:?}");
            let one = &found[0];
            assert_eq!((one.series.as_str(), one.with.as_str(), one.lag_s), ("a", "b", 3.0));
            assert!(one.rho > 0.3 && one.corrected < 1e-3 && one.n > 250, "{one:?}");
        }
    }

    #[test]
    fn what_is_independent_is_not_related() {
        for (rho, most) in [(0.0, 5), (0.5, 5), (0.9, 5), (1.0, 5)] {
            let mut random = fastrand::Rng::with_seed(4);
            let runs = 100;
            let found = (0..runs).filter(|_| {
                let all: Vec<Series> = (0..5)
                    .map(|at| series(&format!("{at}"), process(&mut random, (150, rho))))
                    .collect();
                !relations(&all).is_empty()
            });
            let found = found.count();
            assert!(found <= most, "{rho}: {found} of {runs}");
        }
    }

    #[test]
    fn few_values_and_constants_are_not_related() {
        let ramp: Vec<f64> = (0..40).map(f64::from).collect();
        let short = [series("a", ramp.clone()), series("b", ramp)];
        assert_eq!(relations(&short), []);
        let flat = [series("a", alloc::vec![1.0; 200]), series("b", alloc::vec![2.0; 200])];
        assert_eq!(relations(&flat), []);
    }

    #[test]
    fn series_of_different_steps_meet_where_both_are_known() {
        let one = Grid { step: 1.0, from: 0.0, values: (0..10).map(f64::from).collect() };
        let two = Grid { step: 2.0, from: 3.0, values: alloc::vec![0.0, 1.0, 2.0, 3.0, 4.0] };
        let (step, pairs) = together(&one, &two);
        assert_eq!((step, pairs), (2.0, [(3.0, 0.0), (5.0, 1.0), (7.0, 2.0), (9.0, 3.0)].into()));
    }
}
