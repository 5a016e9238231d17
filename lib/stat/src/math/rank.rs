//! Methods that look at ranks alone.

use super::student_two_sided;
use alloc::vec;
use alloc::vec::Vec;

/// Rank of each value from 1, ties sharing the mean of their ranks.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut ranks = vec![0.0; values.len()];
    let mut begin = 0;
    while begin < order.len() {
        let value = values[order[begin]];
        let alike = order[begin..].iter().take_while(|which| values[**which] == value).count();
        // a value that is not a number is like none, itself included
        let end = begin + alike.max(1);
        let shared = (begin + 1 + end) as f64 / 2.0;
        order[begin..end].iter().for_each(|which| ranks[*which] = shared);
        begin = end;
    }
    ranks
}

/// Rank correlation of pairs and the chance of one as far from 0 without any (Spearman 1904;
/// Student's distribution, Kendall and Stuart 1973). `freedom` is the number of independent
/// pairs less two; `None` for fewer than three pairs or where one side never changes.
pub fn spearman(pairs: &[(f64, f64)], freedom: f64) -> Option<(f64, f64)> {
    if pairs.len() < 3 {
        return None;
    }
    let first = ranks(&pairs.iter().map(|pair| pair.0).collect::<Vec<_>>());
    let second = ranks(&pairs.iter().map(|pair| pair.1).collect::<Vec<_>>());
    let middle = (pairs.len() + 1) as f64 / 2.0;
    let (mut product, mut one, mut other) = (0.0, 0.0, 0.0);
    for (a, b) in first.iter().zip(&second) {
        product += (a - middle) * (b - middle);
        one += (a - middle) * (a - middle);
        other += (b - middle) * (b - middle);
    }
    if one <= 0.0 || other <= 0.0 {
        return None;
    }
    let rho = (product / libm::sqrt(one * other)).clamp(-1.0, 1.0);
    let t = rho * libm::sqrt(freedom.max(0.0) / (1.0 - rho * rho).max(f64::MIN_POSITIVE));
    Some((rho, student_two_sided(t, freedom)))
}
