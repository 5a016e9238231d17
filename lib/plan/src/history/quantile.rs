//! Quantiles of weighted values.

use alloc::vec::Vec;

/// A value and its weight; lists of them ascend by value.
pub type Weighed = (f64, f64);

/// Sums of weights closer than this share of the whole are equal.
const CLOSE: f64 = 1e-9;

/// Ascending by value.
pub fn sort(list: &mut [Weighed]) {
    list.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// The value with half of the weight on either side, which no other value beats in the
/// sum of absolute errors; between two of them their middle. None of an empty list.
pub fn median(list: impl Iterator<Item = Weighed> + Clone) -> Option<f64> {
    let half = list.clone().map(|(_, weight)| weight).sum::<f64>() / 2.0;
    let (mut below, mut lower) = (0.0, None);
    for (value, weight) in list {
        if weight <= 0.0 {
            continue;
        }
        if let Some(lower) = lower {
            return Some((lower + value) / 2.0);
        }
        below += weight;
        if (below - half).abs() <= CLOSE * half {
            lower = Some(value);
        } else if below > half {
            return Some(value);
        }
    }
    lower
}

/// How many equal weights say as much (Kish, 1965).
pub fn effective(list: &[Weighed]) -> f64 {
    let sum: f64 = list.iter().map(|(_, weight)| weight).sum();
    let squares: f64 = list.iter().map(|(_, weight)| weight * weight).sum();
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// A quantile such that the next value is below it with probability `p`: the i-th of n
/// equal weights stands at i / (n + 1) (Weibull, 1939; type 6 of Hyndman and Fan, 1996).
/// Beyond the ends it is the last value. None of an empty list.
pub fn quantile(list: &[Weighed], p: f64) -> Option<f64> {
    let sum: f64 = list.iter().map(|(_, weight)| weight).sum();
    let count = effective(list);
    let shrink = count / (count + 1.0);
    let (mut below, mut before) = (0.0, None::<(f64, f64)>);
    for (value, weight) in list.iter().copied().filter(|(_, weight)| *weight > 0.0) {
        let at = 0.5 + ((below + weight / 2.0) / sum - 0.5) * shrink;
        below += weight;
        if at >= p {
            return Some(match before {
                Some((lower, from)) if at > from => {
                    lower + (value - lower) * (p - from) / (at - from)
                }
                _ => value,
            });
        }
        before = Some((value, at));
    }
    before.map(|(value, _)| value)
}

/// Ends of the interval that holds nine of ten.
const ENDS: (f64, f64) = (0.05, 0.95);
/// So many values have the ends of the interval among them.
pub const ENOUGH: f64 = 19.0;
/// Two values, of which one may weigh more.
const TWO: f64 = 1.5;
/// 95th percentiles of Student's distribution, from one degree of freedom (Student, 1908).
const STUDENT: [f64; 18] = [
    6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833, 1.812, 1.796, 1.782, 1.771,
    1.761, 1.753, 1.746, 1.740, 1.734,
];

/// The interval that holds the next value nine times of ten. Where so few are known that an
/// end is beyond all of them, as if they were normal: they say as much as `count` values
/// that know nothing of each other. None of fewer than two.
pub fn interval(list: &[Weighed], count: f64) -> Option<(f64, f64)> {
    if count < TWO {
        return None;
    }
    let (low, high) = (quantile(list, ENDS.0)?, quantile(list, ENDS.1)?);
    if count >= ENOUGH {
        return Some((low, high));
    }
    let sum: f64 = list.iter().map(|(_, weight)| weight).sum();
    let mean = list.iter().map(|(value, weight)| value * weight).sum::<f64>() / sum;
    let squares: f64 =
        list.iter().map(|(value, weight)| weight * (value - mean) * (value - mean)).sum();
    let freedom = (count - 1.0).max(1.0);
    let deviation = libm::sqrt(squares / sum * count / freedom * (1.0 + 1.0 / count));
    let row = (libm::round(freedom) as usize).clamp(1, STUDENT.len());
    let half = STUDENT[row - 1] * deviation;
    Some((low.min(mean - half), high.max(mean + half)))
}

/// The list without one of its places.
pub fn without(list: &[Weighed], place: usize, to: &mut Vec<Weighed>) {
    to.clear();
    to.extend_from_slice(&list[..place]);
    to.extend_from_slice(&list[place + 1..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    fn even(values: &[f64]) -> Vec<Weighed> {
        values.iter().map(|value| (*value, 1.0)).collect()
    }

    #[test]
    fn medians() {
        for (list, right) in [
            (even(&[]), None),
            (even(&[3.0]), Some(3.0)),
            (even(&[1.0, 3.0]), Some(2.0)),
            (even(&[1.0, 2.0, 9.0]), Some(2.0)),
            (vec![(1.0, 1.0), (2.0, 5.0), (3.0, 1.0)], Some(2.0)),
            (vec![(1.0, 0.0), (2.0, 1.0), (8.0, 0.0)], Some(2.0)),
            (vec![(1.0, 0.1), (2.0, 0.2), (5.0, 0.3)], Some(3.5)),
        ] {
            assert_eq!(median(list.iter().copied()), right, "{list:?}");
        }
    }

    #[test]
    fn the_next_value_is_as_likely_below_each_of_the_places_between() {
        let nine: Vec<f64> = (1..10).map(f64::from).collect();
        for tenth in 1..10 {
            let found = quantile(&even(&nine), f64::from(tenth) / 10.0).unwrap();
            assert!((found - f64::from(tenth)).abs() < 1e-9, "{tenth}: {found}");
        }
        assert_eq!(quantile(&even(&nine), 0.99), Some(9.0));
        assert_eq!(quantile(&even(&nine), 0.01), Some(1.0));
        assert_eq!(quantile(&[], 0.5), None);
        // by hand: 2 and 4 are 3 give or take 6.314 * sqrt(2) * sqrt(1.5)
        let (low, high) = interval(&even(&[2.0, 4.0]), 2.0).unwrap();
        assert!((low - (3.0 - 10.9361)).abs() < 1e-3 && (high - 13.9361).abs() < 1e-3);
        assert_eq!(interval(&even(&[2.0]), 1.0), None);
        assert_eq!(interval(&even(&[2.0; 5]), 5.0), Some((2.0, 2.0)));
        // a weight of two is two values
        let doubled = [(1.0, 2.0), (4.0, 2.0)];
        assert!((quantile(&doubled, 0.5).unwrap() - 2.5).abs() < 1e-9);
    }
}
