//! Which of several scenarios is next, so that each has its share.

use crate::backoff::splitmix;
use alloc::vec::Vec;

/// How the shares are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MixOrder {
    /// After any number each has been there as often as its share is of that number, but for
    /// less than one.
    Even,
    /// By lot; the same seed gives the same order.
    Random(u64),
}

/// Scenarios by their weights.
#[derive(Clone, Debug)]
pub struct Mix {
    shares: Vec<f64>,
    counts: Vec<u64>,
    order: MixOrder,
    given: u64,
}

impl Mix {
    /// Weights above 0, of which at least one is given.
    pub fn new(weights: &[f64], order: MixOrder) -> Self {
        // beside the largest first: the sum of two large ones may be no number
        let largest = weights.iter().copied().fold(f64::MIN_POSITIVE, f64::max);
        let all: f64 = weights.iter().map(|weight| weight / largest).sum();
        let shares: Vec<f64> = weights.iter().map(|weight| weight / largest / all).collect();
        Mix { counts: alloc::vec![0; shares.len()], shares, order, given: 0 }
    }

    /// The next one, by its place.
    pub fn draw(&mut self) -> usize {
        self.given += 1;
        let place = match self.order {
            MixOrder::Even => self.most_urgent(),
            MixOrder::Random(seed) => self.by_lot(seed),
        };
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        place
    }

    /// Of those that would be early by no more than is allowed, the one that would first be
    /// late: no count is ever off by one or more (Tijdeman 1980, "The chairman assignment
    /// problem").
    fn most_urgent(&self) -> usize {
        let most = (2 * self.shares.len()).saturating_sub(2).max(1) as f64;
        let owed =
            |place: usize| self.given as f64 * self.shares[place] - self.counts[place] as f64;
        let early = |place: &usize| owed(*place) >= 1.0 / most - 1e-9;
        let late = |place: usize| (1.0 - 1.0 / most - owed(place)) / self.shares[place];
        let all = 0..self.shares.len();
        all.filter(early).min_by(|a, b| late(*a).total_cmp(&late(*b))).unwrap_or(0)
    }

    fn by_lot(&self, seed: u64) -> usize {
        let word = splitmix(splitmix(seed) ^ self.given);
        let mut left = (word >> 11) as f64 / (1u64 << 53) as f64;
        for (place, share) in self.shares.iter().enumerate() {
            left -= share;
            if left < 0.0 {
                return place;
            }
        }
        self.shares.len().saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(seed: u64) -> Vec<f64> {
        (0..2 + seed % 6).map(|n| 1.0 + (splitmix(seed * 16 + n) % 100) as f64).collect()
    }

    #[test]
    fn no_share_is_ever_off_by_one() {
        for seed in 0..200 {
            let weights = weights(seed);
            let all: f64 = weights.iter().sum();
            let mut mix = Mix::new(&weights, MixOrder::Even);
            let mut counts = alloc::vec![0.0; weights.len()];
            for drawn in 1..=500 {
                counts[mix.draw()] += 1.0;
                for (count, weight) in counts.iter().zip(&weights) {
                    let off: f64 = count - f64::from(drawn) * weight / all;
                    assert!(off.abs() < 1.0, "seed {seed}: {off} after {drawn}");
                }
            }
        }
    }

    #[test]
    fn seven_hundred_of_a_thousand() {
        let mut mix = Mix::new(&[70.0, 30.0], MixOrder::Even);
        let first: Vec<usize> = (0..10).map(|_| mix.draw()).collect();
        assert_eq!(first.iter().filter(|place| **place == 0).count(), 7);
        assert!(
            first.windows(3).all(|three| three.contains(&0)),
            "spread, not in blocks: {first:?}"
        );
        assert_eq!(7 + (10..1000).filter(|_| mix.draw() == 0).count(), 700);
        assert_eq!(Mix::new(&[5.0], MixOrder::Even).draw(), 0);
    }

    #[test]
    fn weights_at_the_ends_of_what_numbers_hold() {
        for order in [MixOrder::Even, MixOrder::Random(1)] {
            let drawn = |weights: &[f64]| {
                let mut mix = Mix::new(weights, order);
                (0..400).filter(|_| mix.draw() == 0).count()
            };
            let (large, small) = (drawn(&[1e308, 1e308]), drawn(&[5e-324, 5e-324]));
            assert!([large, small].iter().all(|count| (150..=250).contains(count)), "{order:?}");
            assert_eq!((drawn(&[1e308, 5e-324]), drawn(&[5e-324, 1e308])), (400, 0), "{order:?}");
        }
    }

    /// Pearson 1900: the 99.9 % point of chi-square is passed by one seed of a thousand.
    #[test]
    fn lots_fall_by_their_weights() {
        const POINTS: [f64; 7] = [10.83, 13.82, 16.27, 18.47, 20.52, 22.46, 24.32];
        let mut passed = 0;
        for seed in 0..1000 {
            let weights = weights(seed);
            let all: f64 = weights.iter().sum();
            let mut mix = Mix::new(&weights, MixOrder::Random(seed));
            let mut counts = alloc::vec![0.0; weights.len()];
            (0..1000).for_each(|_| counts[mix.draw()] += 1.0);
            let chi: f64 = counts
                .iter()
                .zip(&weights)
                .map(|(count, weight)| {
                    let expected = 1000.0 * weight / all;
                    (count - expected) * (count - expected) / expected
                })
                .sum();
            passed += u32::from(chi > POINTS[weights.len() - 2]);
        }
        // 8 or more of a thousand seeds have a chance of 1 in 100,000
        assert!(passed < 8, "{passed}");
    }
}
