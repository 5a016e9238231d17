//! What a value of a series was expected to be, by its hour and by its neighbours.

use super::place_in;
use crate::Series;
use crate::math::{mad, median, quantile};
use alloc::vec;
use alloc::vec::Vec;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Periods, places in each: half hours of the day, hours of the week.
const SEASONS: [(f64, usize); 2] = [(DAY, 48), (7.0 * DAY, 168)];
/// Periods that a series must cover for a season to be seen.
const PERIODS: f64 = 5.0;
/// A season is used where the median deviation from it is at most this part.
const WORTH: f64 = 0.7;
/// Neighbours whose median is the trend: an eighth of the series, between these.
const NEIGHBOURS: (usize, usize) = (25, 501);

/// For each value the median of its place in the season, where one explains enough, and the
/// running median (Tukey 1977) of what the season leaves.
pub fn expected(series: &Series) -> Vec<f64> {
    let season = season(series);
    let left: Vec<f64> = series.values.iter().zip(&season).map(|(x, of)| x - of).collect();
    season.iter().zip(running_median(&left)).map(|(season, trend)| season + trend).collect()
}

fn season(series: &Series) -> Vec<f64> {
    let mut best = vec![0.0; series.values.len()];
    let Some((middle, mut least)) = mad(&series.values) else { return best };
    least *= WORTH;
    for (period, places) in SEASONS {
        let span = series.times.last().zip(series.times.first()).map_or(0.0, |(b, a)| b - a);
        if span < PERIODS * period {
            continue;
        }
        let place = |time: &f64| place_in((period, places), *time);
        let mut of_place = vec![Vec::new(); places];
        for (time, value) in series.times.iter().zip(&series.values) {
            of_place[place(time)].push(value - middle);
        }
        let medians: Vec<f64> = of_place.into_iter().map(|v| median(v).unwrap_or(0.0)).collect();
        let season: Vec<f64> = series.times.iter().map(|time| medians[place(time)]).collect();
        let left: Vec<f64> = series.values.iter().zip(&season).map(|(x, of)| x - of).collect();
        match mad(&left) {
            Some((_, deviation)) if deviation < least => {
                (best, least) = (season, WORTH * deviation)
            }
            _ => {}
        }
    }
    best
}

/// The median of each value's neighbours; at the ends there are fewer.
fn running_median(values: &[f64]) -> Vec<f64> {
    let half = (values.len() / 8).clamp(NEIGHBOURS.0, NEIGHBOURS.1) / 2;
    let mut window: Vec<f64> = Vec::with_capacity(2 * half + 2);
    let place =
        |window: &[f64], value: f64| window.partition_point(|x| x.total_cmp(&value).is_lt());
    let mut medians = Vec::with_capacity(values.len());
    for entering in 0..values.len() + half {
        if let Some(value) = values.get(entering).filter(|value| !value.is_nan()) {
            window.insert(place(&window, *value), *value);
        }
        if entering < half {
            continue;
        }
        let leaving = (entering - half).checked_sub(half + 1).map(|place| values[place]);
        if let Some(value) = leaving.filter(|value| !value.is_nan()) {
            window.remove(place(&window, value));
        }
        medians.push(quantile(&window, 0.5).unwrap_or(f64::NAN));
    }
    medians
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_running_median_is_that_of_the_neighbours() {
        let values: Vec<f64> = (0..300).map(|n| f64::from((n * 7919) % 101)).collect();
        let medians = running_median(&values);
        assert_eq!(medians.len(), values.len());
        for (n, found) in medians.iter().enumerate() {
            let near = &values[n.saturating_sub(18)..(n + 19).min(300)];
            assert_eq!(median(near.iter().copied()), Some(*found), "{n}");
        }
    }

    #[test]
    fn a_day_is_expected_to_be_like_the_others() {
        let times: Vec<f64> = (0..14 * 48).map(|n| f64::from(n) * 1800.0).collect();
        let values =
            times.iter().map(|t| libm::sin(t / DAY * core::f64::consts::TAU) * 10.0).collect();
        let series = Series { times, values, ..Series::default() };
        let expected = expected(&series);
        assert!(series.values.iter().zip(&expected).all(|(x, of)| (x - of).abs() < 1e-3));
    }
}
