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
    bucket_of(value, FINE)
}

/// The least value of a bucket.
pub fn lower(bucket: usize) -> u64 {
    lower_of(bucket, FINE)
}

/// The middle of a bucket.
pub fn middle(bucket: usize) -> u64 {
    middle_of(bucket, FINE)
}

/// The bucket of a value among `2^fine` of a power of two.
fn bucket_of(value: u64, fine: u32) -> usize {
    let shift = (63 - (value | 1).leading_zeros()).saturating_sub(fine);
    ((shift as usize) << fine) + (value >> shift) as usize
}

fn lower_of(bucket: usize, fine: u32) -> u64 {
    let shift = (bucket >> fine).saturating_sub(1);
    ((bucket - (shift << fine)) as u64) << shift
}

fn middle_of(bucket: usize, fine: u32) -> u64 {
    let shift = (bucket >> fine).saturating_sub(1);
    lower_of(bucket, fine) + ((1u64 << shift) >> 1)
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

/// Buckets of a power of two of a [`Coarse`] sketch, as a power of two.
const COARSE: u32 = 5;

/// The same for one of many groups: 32 buckets a power of two, so that a quantile is wrong by
/// at most 1/64 of itself, in memory that grows with the greatest value alone.
#[derive(Clone, Debug, Default)]
pub struct Coarse {
    counts: Vec<u32>,
    total: u64,
}

impl Coarse {
    /// Counts a value once.
    pub fn add(&mut self, value: u64) {
        let place = bucket_of(value, COARSE);
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        self.counts[place] = self.counts[place].saturating_add(1);
        self.total += 1;
    }

    /// How many were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The value of a rank, from 1; 0 where there is none.
    pub fn ranked(&self, rank: u64) -> u64 {
        let mut seen = 0;
        let found = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank.max(1)
        });
        found.map_or(0, |place| middle_of(place, COARSE))
    }

    /// The value below which `share` (0 to 1) of them lies; 0 where there is none.
    pub fn quantile(&self, share: f64) -> u64 {
        self.ranked(libm::ceil(share * self.total as f64) as u64)
    }

    /// Between which two values the median of what they are a sample of lies, with 95 %
    /// confidence: order statistics by the binomial distribution, which is taken as normal
    /// (Conover, Practical Nonparametric Statistics, 1999, section 3.2). None below six values.
    pub fn median_interval(&self) -> Option<(u64, u64)> {
        let count = self.total as f64;
        if self.total < 6 {
            return None;
        }
        let half = 1.96 * libm::sqrt(count) / 2.0;
        let low = libm::floor(count / 2.0 - half).max(1.0);
        let high = libm::ceil(count / 2.0 + half + 1.0).min(count);
        Some((self.ranked(low as u64), self.ranked(high as u64)))
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

    #[test]
    fn a_median_has_an_interval_by_rank() {
        let mut coarse = Coarse::default();
        (1..=5).for_each(|value| coarse.add(value));
        assert_eq!((coarse.quantile(0.5), coarse.median_interval()), (3, None));
        (6..=25).for_each(|value| coarse.add(value));
        // by hand: 12.5 -+ 1.96 x 2.5: ranks 7 and 19
        assert_eq!((coarse.quantile(0.5), coarse.median_interval()), (13, Some((7, 19))));
        assert_eq!(Coarse::default().quantile(0.5), 0);
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
