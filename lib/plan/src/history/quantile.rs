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
        // a weight of two is two values
        let doubled = [(1.0, 2.0), (4.0, 2.0)];
        assert!((quantile(&doubled, 0.5).unwrap() - 2.5).abs() < 1e-9);
    }
}
