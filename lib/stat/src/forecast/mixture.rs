//! Many forecasts made one.

use alloc::collections::VecDeque;
use alloc::vec;
use alloc::vec::Vec;

/// How much of a loss is left after a step.
const MEMORY: f64 = 0.998;
/// How much a forecaster that is worse loses.
const RATE: f64 = 2.0;

/// A weighted mean whose weights fall exponentially with the losses (Vovk 1990;
/// Littlestone and Warmuth 1994; Cesa-Bianchi and Lugosi 2006, chapter 2), discounted as
/// the world changes, relative to the loss of the best, and by the root of how many
/// there were, the rate at which a difference of means becomes certain.
#[derive(Clone, Debug)]
pub struct Mixture {
    ahead: usize,
    losses: Vec<f64>,
    seen: f64,
    open: VecDeque<Vec<f64>>,
}

impl Mixture {
    /// Of so many forecasters, each so many steps ahead.
    pub fn new(forecasters: usize, ahead: usize) -> Self {
        Mixture { ahead, losses: vec![0.0; forecasters], seen: 0.0, open: VecDeque::new() }
    }

    /// What came: who told it how well?
    pub fn arrived(&mut self, value: f64) {
        if self.open.len() < self.ahead {
            return;
        }
        let Some(said) = self.open.pop_front() else { return };
        self.seen = self.seen * MEMORY + 1.0;
        for (loss, said) in self.losses.iter_mut().zip(said) {
            let off = (said - value).abs();
            // who says no number is not asked again
            *loss = if off.is_finite() { *loss * MEMORY + off } else { f64::INFINITY };
        }
    }

    /// The mixture of what they say now.
    pub fn mix(&mut self, said: Vec<f64>) -> f64 {
        let least = self.losses.iter().copied().fold(f64::MAX, f64::min).max(1e-12);
        let rate = RATE * libm::sqrt(self.seen);
        let mut whole = 0.0;
        let mut sum = 0.0;
        for (loss, said) in self.losses.iter().zip(&said) {
            let weight = libm::exp(-rate * (loss / least - 1.0));
            if said.is_finite() && weight > 0.0 {
                whole += weight;
                sum += weight * said;
            }
        }
        // the first of them says the last value
        let last = said.first().copied().unwrap_or_default();
        self.open.push_back(said);
        let mixed = sum / whole;
        if mixed.is_finite() { mixed } else { last }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_was_right_is_believed_and_who_says_no_number_is_not_asked() {
        let mut mixture = Mixture::new(3, 1);
        let mut told = 0.0;
        for _ in 0..60 {
            told = mixture.mix(vec![0.0, 10.0, f64::NAN]);
            mixture.arrived(9.5);
        }
        assert!((told - 10.0).abs() < 1e-6, "{told}");
        // before anything came all are believed as much
        assert_eq!(Mixture::new(2, 1).mix(vec![1.0, 2.0]), 1.5);
        assert_eq!(Mixture::new(2, 1).mix(vec![1.0, f64::INFINITY]), 1.0);
    }
}
