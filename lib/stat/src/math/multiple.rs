//! Several tests at once.

use alloc::vec;
use alloc::vec::Vec;

/// Each chance corrected for the number of tests: what is at most `q` after it is a discovery
/// of which at most the share `q` is false on average (Benjamini and Hochberg 1995). In the
/// order of the input.
pub fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]));
    let mut corrected = vec![1.0; chances.len()];
    let mut least = 1.0f64;
    for (place, which) in order.iter().enumerate() {
        let rank = (chances.len() - place) as f64;
        least = least.min(chances[*which] * chances.len() as f64 / rank);
        corrected[*which] = least;
    }
    corrected
}
