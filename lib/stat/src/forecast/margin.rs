//! How far off a forecast may be.

use super::smoothing::Level;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// What is outside on each side.
const OUTSIDE: f64 = 0.05;
/// How fast the rank follows what was missed.
const GAIN: f64 = 0.01;
/// How fast the size of errors follows.
const FOLLOW: f64 = 0.02;
/// How many errors are kept.
const KEPT: usize = 1000;
/// Fewer errors have no twentieth part.
const FEW: usize = 19;

/// The interval that a share of the last errors of the forecasts lie in, scaled by how
/// large the errors are now: split conformal prediction (Vovk, Gammerman, Shafer 2005)
/// with a rank on each side that goes up after a miss and down after a hit (adaptive
/// conformal inference: Gibbs and Candes 2021), so that the share is right in the long
/// run whatever the series does.
#[derive(Clone, Debug)]
pub struct Margin {
    ahead: usize,
    /// What was told, with the size of errors then and the interval.
    open: VecDeque<Open>,
    /// Errors over their size then: in order of time, and of size.
    errors: VecDeque<f64>,
    sorted: Vec<f64>,
    size: Level,
    now: f64,
    outside: [f64; 2],
}

#[derive(Clone, Debug)]
struct Open {
    told: f64,
    size: f64,
    range: Option<(f64, f64)>,
}

impl Margin {
    /// Of forecasts so many steps ahead.
    pub fn new(ahead: usize) -> Self {
        Margin {
            ahead,
            open: VecDeque::new(),
            errors: VecDeque::new(),
            sorted: Vec::new(),
            size: Level::new(FOLLOW),
            now: 0.0,
            outside: [OUTSIDE; 2],
        }
    }

    /// How many errors there are.
    pub fn errors(&self) -> usize {
        self.errors.len()
    }

    /// What came.
    pub fn arrived(&mut self, value: f64) {
        if self.open.len() < self.ahead {
            return;
        }
        let Some(open) = self.open.pop_front() else { return };
        let error = (value - open.told).clamp(f64::MIN, f64::MAX);
        self.now = self.size.push(error.abs());
        if let Some((low, high)) = open.range {
            let missed = [value < low, value > high];
            for (outside, missed) in self.outside.iter_mut().zip(missed) {
                let was = if missed { 1.0 } else { 0.0 };
                // far ahead, misses come in rows and are heard of late
                let gain = GAIN / self.ahead as f64;
                *outside = (*outside + gain * (OUTSIDE - was)).clamp(0.0, 0.3);
            }
        }
        let size = if open.size > 0.0 { open.size } else { self.now };
        if size > 0.0 {
            self.keep(error / size);
        } else {
            self.keep(0.0);
        }
    }

    fn keep(&mut self, error: f64) {
        let below = |sorted: &[f64], error: f64| sorted.partition_point(|other| *other < error);
        if self.errors.len() >= KEPT
            && let Some(old) = self.errors.pop_front()
        {
            self.sorted.remove(below(&self.sorted, old));
        }
        self.errors.push_back(error);
        self.sorted.insert(below(&self.sorted, error), error);
    }

    /// The interval around what is told now.
    pub fn around(&mut self, told: f64) -> Option<(f64, f64)> {
        let range = self.reach().map(|(low, high)| {
            (told + (low * self.now).min(0.0), told + (high * self.now).max(0.0))
        });
        self.open.push_back(Open { told, size: self.now, range });
        range
    }

    fn reach(&self) -> Option<(f64, f64)> {
        let count = self.sorted.len();
        let (least, most) = (self.sorted.first()?, self.sorted.last()?);
        if count < FEW {
            let widest = most.abs().max(least.abs());
            return Some((-widest, widest));
        }
        let rank = |outside: f64| {
            let rank = outside * (count as f64 + 1.0) - 1.0;
            libm::floor(rank).clamp(0.0, count as f64 - 1.0) as usize
        };
        Some((self.sorted[rank(self.outside[0])], self.sorted[count - 1 - rank(self.outside[1])]))
    }
}
