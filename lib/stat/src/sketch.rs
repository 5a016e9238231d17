//! Quantiles of any number of values in fixed memory.

use alloc::vec;
use alloc::vec::Vec;

/// Buckets of a power of two, as a power of two.
const FINE: u32 = 7;
const BUCKETS: usize = (64 - FINE as usize) << FINE;

/// Counts of values by magnitude, 128 buckets of equal width a power of two, as
/// HdrHistogram has it (Tene 2012). A quantile is the middle of its bucket:
/// wrong by at most 1/256 of itself, exact below 256. That is the relative-error
/// guarantee of DDSketch (Masson, Rim, Lee, VLDB 2019), with buckets that are
/// found by a shift instead of a logarithm.
#[derive(Clone, Debug)]
pub struct Sketch {
    weights: Vec<u64>,
    total: u64,
    least: u64,
    greatest: u64,
}

impl Default for Sketch {
    fn default() -> Self {
        Sketch { weights: vec![0; BUCKETS + (1 << FINE)], total: 0, least: u64::MAX, greatest: 0 }
    }
}

/// The bucket of a value.
pub fn bucket(value: u64) -> usize {
    let shift = (63 - (value | 1).leading_zeros()).saturating_sub(FINE);
    ((shift as usize) << FINE) + (value >> shift) as usize
}

/// The least value of a bucket.
pub fn lower(bucket: usize) -> u64 {
    let shift = (bucket >> FINE).saturating_sub(1);
    ((bucket - (shift << FINE)) as u64) << shift
}

/// The middle of a bucket.
pub fn middle(bucket: usize) -> u64 {
    let shift = (bucket >> FINE).saturating_sub(1);
    lower(bucket) + ((1u64 << shift) >> 1)
}

impl Sketch {
    /// Counts a value once.
    pub fn add(&mut self, value: u64) {
        self.add_weighted(value, 1);
    }

    /// Counts a value `weight` times.
    pub fn add_weighted(&mut self, value: u64, weight: u64) {
        let counted = &mut self.weights[bucket(value)];
        *counted = counted.saturating_add(weight);
        self.total = self.total.saturating_add(weight);
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
    }

    /// The value below which `share` (0 to 1) of the weight lies; 0 where there is none.
    pub fn quantile(&self, share: f64) -> u64 {
        let rank = libm::ceil(share * self.total as f64).max(1.0) as u64;
        let mut seen: u64 = 0;
        for (bucket, weight) in self.weights.iter().enumerate() {
            seen = seen.saturating_add(*weight);
            if seen >= rank {
                return middle(bucket).clamp(self.least, self.greatest);
            }
        }
        self.greatest
    }

    /// The greatest value; 0 where there is none.
    pub fn greatest(&self) -> u64 {
        self.greatest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn small_values_are_exact() {
        let mut sketch = Sketch::default();
        (1..=100).for_each(|value| sketch.add(value));
        assert_eq!([0.5, 0.95, 1.0].map(|share| sketch.quantile(share)), [50, 95, 100]);
        assert_eq!(Sketch::default().quantile(0.5), 0);
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_a_256th(
            mut values in prop::collection::vec(prop_oneof![any::<u64>(), 0u64..1_000_000], 1..200),
            share in 0.0f64..=1.0,
        ) {
            let mut sketch = Sketch::default();
            values.iter().for_each(|value| sketch.add(*value));
            values.sort_unstable();
            let rank = (libm::ceil(share * values.len() as f64) as usize).max(1);
            let exact = values[rank - 1];
            let error = sketch.quantile(share).abs_diff(exact);
            prop_assert!(error <= exact / 256 + 1, "{error} of {exact}");
        }
    }
}
