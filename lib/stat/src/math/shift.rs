//! By how much one sample lies above another: the shift, an interval, and the chance of one as
//! great without any. Robust: a few values that are far off move none of the three far.

use super::{Interval, normal_cdf, quantile, ranks, sorted, student_quantile};
use alloc::vec;
use alloc::vec::Vec;

/// Values of a sample up to which chances are counted out instead of approximated.
const COUNTED: usize = 24;

/// The median of all differences of a value of `second` and one of `first` (Hodges and Lehmann
/// 1963); both in order. `None` where one is empty.
pub fn shift(first: &[f64], second: &[f64]) -> Option<f64> {
    let (low, high) = (first.first()?, first.last()?);
    let bounds = (second.first()? - high, second.last()? - low);
    let below = |t: f64| {
        // how far the second sample's value may lie above grows with the first one's
        let mut place = 0;
        let count = first.iter().map(|x| {
            while place < second.len() && second[place] - x <= t {
                place += 1;
            }
            place as u64
        });
        count.sum::<u64>()
    };
    Some(middle((first.len() * second.len()) as u64, bounds, below))
}

/// The middle of the values, as the median of the means of all pairs, each with itself
/// included (Hodges and Lehmann 1963); in order. `None` where there are none.
pub fn centre(values: &[f64]) -> Option<f64> {
    let bounds = (*values.first()?, *values.last()?);
    let n = values.len();
    let below = |t: f64| {
        let mut end = n;
        let mut count = 0;
        for (place, x) in values.iter().enumerate() {
            while end > 0 && x + values[end - 1] > 2.0 * t {
                end -= 1;
            }
            count += end.saturating_sub(place) as u64;
        }
        count
    };
    Some(middle((n * (n + 1) / 2) as u64, bounds, below))
}

/// The median of `count` values between two bounds, of which `below` tells how many are at
/// most so great.
fn middle(count: u64, bounds: (f64, f64), below: impl Fn(f64) -> u64) -> f64 {
    let kth = |rank: u64| {
        let (mut low, mut high) = bounds;
        if below(low) >= rank {
            return low;
        }
        for _ in 0..64 {
            let between = low + (high - low) / 2.0;
            if between <= low || between >= high || high - low < 1e-13 * high.abs() {
                break;
            }
            if below(between) >= rank { high = between } else { low = between }
        }
        high
    };
    let upper = count / 2 + 1;
    if count % 2 == 1 { kth(upper) } else { (kth(count / 2) + kth(upper)) / 2.0 }
}

/// How an interval is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Draws {
    /// Samples drawn.
    pub count: usize,
    /// The same seed gives the same interval.
    pub seed: u64,
    /// The share of intervals that hold the true value.
    pub share: f64,
}

/// Interval of [`shift`] by drawing both samples again with repetition (Efron 1979), the ends
/// moved out for small samples as the expanded percentile interval has it (Hesterberg 2015).
/// `None` for fewer than two values of one.
pub fn shift_interval(first: &[f64], second: &[f64], draws: Draws) -> Option<Interval> {
    let least = first.len().min(second.len());
    let freedom = (first.len() + second.len()).checked_sub(2)?;
    expanded((least, freedom), draws, |random| shift(&drawn(first, random), &drawn(second, random)))
}

/// Interval of [`centre`], in the same way. `None` for fewer than two values.
pub fn centre_interval(values: &[f64], draws: Draws) -> Option<Interval> {
    let freedom = values.len().checked_sub(1)?;
    expanded((values.len(), freedom), draws, |random| centre(&drawn(values, random)))
}

/// A sample of the same size, in order: of values in order it is enough to count how often
/// each is drawn.
fn drawn(values: &[f64], random: &mut fastrand::Rng) -> Vec<f64> {
    let mut counts = vec![0u32; values.len()];
    values.iter().for_each(|_| counts[random.usize(..values.len())] += 1);
    let mut drawn = Vec::with_capacity(values.len());
    for (value, count) in values.iter().zip(counts) {
        (0..count).for_each(|_| drawn.push(*value));
    }
    drawn
}

fn expanded(
    (least, freedom): (usize, usize),
    draws: Draws,
    mut figure: impl FnMut(&mut fastrand::Rng) -> Option<f64>,
) -> Option<Interval> {
    if least < 2 {
        return None;
    }
    let mut random = fastrand::Rng::with_seed(draws.seed);
    let figures = sorted((0..draws.count).filter_map(|_| figure(&mut random)));
    let n = least as f64;
    let t = student_quantile((1.0 + draws.share) / 2.0, freedom as f64);
    let outside = normal_cdf(-libm::sqrt(n / (n - 1.0)) * t);
    let (low, high) = (quantile(&figures, outside)?, quantile(&figures, 1.0 - outside)?);
    Some(Interval { low, high })
}

/// The chance that two samples of one distribution differ in their ranks as much as these or
/// more, to either side (Mann and Whitney 1947). Small samples are counted out with their ties;
/// large ones by the normal approximation, corrected for ties and for continuity.
pub fn mann_whitney(first: &[f64], second: &[f64]) -> f64 {
    let (n, m) = (first.len(), second.len());
    if n == 0 || m == 0 {
        return 1.0;
    }
    let both: Vec<f64> = first.iter().chain(second).copied().collect();
    let doubled: Vec<usize> = ranks(&both).iter().map(|rank| (2.0 * rank) as usize).collect();
    let sum: usize = doubled[..n].iter().sum();
    if n + m <= COUNTED {
        return counted_sums(&doubled, n, sum);
    }
    let (n, m) = (n as f64, m as f64);
    let all = n + m;
    let ties: f64 = tied(&both).map(|t| t * t * t - t).sum();
    let variance = n * m / 12.0 * (all + 1.0 - ties / (all * (all - 1.0)));
    let distance = (sum as f64 / 2.0 - n * (all + 1.0) / 2.0).abs();
    two_sided(distance, variance)
}

/// The chance of pairs that differ as much as these or more, to either side, where neither
/// side is above the other (Wilcoxon 1945); pairs that do not differ are left out.
pub fn signed_rank(differences: &[f64]) -> f64 {
    let kept: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    if kept.is_empty() {
        return 1.0;
    }
    let sizes: Vec<f64> = kept.iter().map(|d| d.abs()).collect();
    let doubled: Vec<usize> = ranks(&sizes).iter().map(|rank| (2.0 * rank) as usize).collect();
    let above = kept.iter().zip(&doubled).filter(|(d, _)| **d > 0.0);
    let sum: usize = above.map(|(_, rank)| rank).sum();
    if kept.len() <= COUNTED {
        return counted_subsets(&doubled, sum);
    }
    let n = kept.len() as f64;
    let ties: f64 = tied(&sizes).map(|t| t * t * t - t).sum();
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - ties / 48.0;
    let distance = (sum as f64 / 2.0 - n * (n + 1.0) / 4.0).abs();
    two_sided(distance, variance)
}

fn two_sided(distance: f64, variance: f64) -> f64 {
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (distance - 0.5).max(0.0) / libm::sqrt(variance);
    (2.0 * normal_cdf(-z)).min(1.0)
}

/// How many values are alike, of each group of them.
fn tied(values: &[f64]) -> impl Iterator<Item = f64> {
    let values = sorted(values.iter().copied());
    let mut groups = Vec::new();
    for (place, value) in values.iter().enumerate() {
        match groups.last_mut() {
            Some(count) if place > 0 && values[place - 1] == *value => *count += 1.0,
            _ => groups.push(1.0),
        }
    }
    groups.into_iter()
}

/// Of all ways to choose `n` of the ranks, the share whose sum is as far out as this one.
fn counted_sums(ranks: &[usize], n: usize, sum: usize) -> f64 {
    let most: usize = ranks.iter().sum();
    let width = most + 1;
    let mut ways = vec![0.0f64; (n + 1) * width];
    ways[0] = 1.0;
    for (seen, rank) in ranks.iter().enumerate() {
        for taken in (1..=n.min(seen + 1)).rev() {
            for total in *rank..width {
                ways[taken * width + total] += ways[(taken - 1) * width + total - rank];
            }
        }
    }
    tails(&ways[n * width..], sum)
}

/// Of all ways to choose any of the ranks, the share whose sum is as far out as this one.
fn counted_subsets(ranks: &[usize], sum: usize) -> f64 {
    let mut ways = vec![0.0f64; ranks.iter().sum::<usize>() + 1];
    ways[0] = 1.0;
    for rank in ranks {
        for total in (*rank..ways.len()).rev() {
            ways[total] += ways[total - rank];
        }
    }
    tails(&ways, sum)
}

fn tails(ways: &[f64], sum: usize) -> f64 {
    let all: f64 = ways.iter().sum();
    let below: f64 = ways[..=sum].iter().sum();
    let above: f64 = ways[sum..].iter().sum();
    (2.0 * below.min(above) / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DRAWS: Draws = Draws { count: 400, seed: 1, share: 0.95 };

    #[test]
    fn chances_are_those_of_the_tables() {
        // no overlap: 2 / C(8, 4), and 2 / C(10, 5)
        let close = |chance: f64, want: f64| assert!((chance - want).abs() < 1e-9, "{chance}");
        close(mann_whitney(&[1.0, 2.0, 3.0, 4.0], &[5.0, 6.0, 7.0, 8.0]), 2.0 / 70.0);
        close(mann_whitney(&[6.0, 7.0, 8.0, 9.0, 10.0], &[1.0, 2.0, 3.0, 4.0, 5.0]), 2.0 / 252.0);
        close(mann_whitney(&[1.0, 1.0], &[1.0, 1.0]), 1.0);
        // all to one side: 2 / 2^6
        close(signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 0.0]), 2.0 / 64.0);
        close(signed_rank(&[0.0, 0.0]), 1.0);
    }

    /// Values by scipy 1.17: mannwhitneyu and wilcoxon by the normal approximation with continuity.
    #[test]
    fn large_samples_are_those_of_the_reference() {
        let first: Vec<f64> = (0..30).map(|i| f64::from(i * 7 % 30)).collect();
        let second: Vec<f64> = (0..30).map(|i| f64::from(i * 11 % 30) + 4.5).collect();
        let chance = mann_whitney(&first, &second);
        assert!((chance - 0.065_671_257_7).abs() < 1e-9, "{chance}");
        let differences: Vec<f64> = (0..40).map(|i| f64::from(i * 13 % 40) - 14.5).collect();
        let chance = signed_rank(&differences);
        assert!((chance - 0.017_335_546_0).abs() < 1e-9, "{chance}");
    }

    proptest! {
        #[test]
        fn shift_and_centre_are_the_medians_of_all_pairs(
            first in prop::collection::vec(-50i32..50, 1..12),
            second in prop::collection::vec(-50i32..50, 1..12),
        ) {
            let of = |all: &[i32]| sorted(all.iter().map(|value| f64::from(*value)));
            let (first, second) = (of(&first), of(&second));
            let pairs = first.iter().flat_map(|x| second.iter().map(move |y| y - x));
            let want = quantile(&sorted(pairs), 0.5).unwrap();
            prop_assert!((shift(&first, &second).unwrap() - want).abs() < 1e-9);
            let pairs = (0..first.len()).flat_map(|i| (i..first.len()).map(move |j| (i, j)));
            let means = pairs.map(|(i, j)| (first[i] + first[j]) / 2.0);
            let want = quantile(&sorted(means), 0.5).unwrap();
            prop_assert!((centre(&first).unwrap() - want).abs() < 1e-9);
        }

        #[test]
        fn the_interval_holds_the_shift(
            first in prop::collection::vec(0.0f64..9.0, 3..12),
            second in prop::collection::vec(0.0f64..9.0, 3..12),
        ) {
            let (first, second) = (sorted(first), sorted(second));
            let found = shift(&first, &second).unwrap();
            let interval = shift_interval(&first, &second, DRAWS).unwrap();
            prop_assert!(interval.low <= found + 1e-9 && found <= interval.high + 1e-9);
        }
    }

    /// Values whose logarithm is normal, as durations are.
    fn durations(random: &mut fastrand::Rng, n: usize) -> Vec<f64> {
        let normal = |random: &mut fastrand::Rng| -> f64 {
            // Box and Muller 1958
            let (u, v) = (1.0 - random.f64(), random.f64());
            libm::sqrt(-2.0 * libm::log(u)) * libm::cos(core::f64::consts::TAU * v)
        };
        sorted((0..n).map(|_| 0.3 * normal(random)))
    }

    /// Over many seeds the interval holds the true shift as often as it promises, and a test
    /// at 5 % finds a difference where there is none in about 5 %.
    #[test]
    fn intervals_and_chances_keep_their_promise() {
        let mut random = fastrand::Rng::with_seed(7);
        for n in [6, 12] {
            let (mut held, mut alarms, runs) = (0, 0, 400);
            for seed in 0..runs {
                let (first, second) = (durations(&mut random, n), durations(&mut random, n));
                let draws = Draws { seed, ..DRAWS };
                let interval = shift_interval(&first, &second, draws).unwrap();
                held += u32::from(interval.low <= 0.0 && interval.high >= 0.0);
                alarms += u32::from(mann_whitney(&first, &second) <= 0.05);
            }
            let (held, alarms) = (f64::from(held) / runs as f64, f64::from(alarms) / runs as f64);
            // 2.6 standard deviations of chance
            assert!((0.92..=0.99).contains(&held), "{n}: {held}");
            assert!(alarms <= 0.08, "{n}: {alarms}");
        }
    }
}
