//! What followed when things looked as they do now.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// How many moments are looked at.
const MOMENTS: usize = 1000;
/// After so many steps a moment counts half.
const HALF: f64 = 1000.0;
/// Before so many moments the last value is told.
const FEW: usize = 20;

/// A moment, and what followed it.
#[derive(Clone, Copy, Debug)]
struct Moment {
    looked: [f64; 2],
    step: usize,
    next: f64,
}

/// The median of what followed, weighted by a Gaussian kernel of how alike the moments
/// were and by how long ago they are: a local conditional quantile (Stone 1977; Yu and
/// Jones 1998).
#[derive(Clone, Debug)]
pub struct Alike {
    ahead: usize,
    /// Looks that have not been answered.
    open: VecDeque<[f64; 2]>,
    /// In order of what followed.
    moments: Vec<Moment>,
    weights: Vec<f64>,
    step: usize,
}

impl Alike {
    /// So many steps ahead.
    pub fn new(ahead: usize) -> Self {
        Alike { ahead, open: VecDeque::new(), moments: Vec::new(), weights: Vec::new(), step: 0 }
    }

    /// What will be, after `value`, where the series looks like `looked` and usually
    /// moves by `usual` in a step.
    pub fn push(&mut self, value: f64, looked: [f64; 2], usual: f64) -> f64 {
        self.step += 1;
        if self.open.len() >= self.ahead
            && let Some(looked) = self.open.pop_front()
        {
            self.answer(looked, value);
        }
        self.open.push_back(looked);
        if self.moments.len() < FEW {
            return value;
        }
        let (step, unit) = (self.step, 1.0 / (usual + 1e-12));
        let weigh = |moment: &Moment| {
            let off: f64 =
                (0..2).map(|at| (moment.looked[at] - looked[at]) * unit).map(|off| off * off).sum();
            let ago = (step - moment.step) as f64 / HALF;
            libm::exp(-0.5 * off - core::f64::consts::LN_2 * ago) + 1e-9
        };
        self.weights.clear();
        self.weights.extend(self.moments.iter().map(weigh));
        let half = 0.5 * self.weights.iter().sum::<f64>();
        let mut below = 0.0;
        for (moment, weight) in self.moments.iter().zip(&self.weights) {
            below += weight;
            if below >= half {
                return moment.next;
            }
        }
        value
    }

    fn answer(&mut self, looked: [f64; 2], next: f64) {
        let step = self.step;
        if self.moments.len() >= MOMENTS {
            self.moments.retain(|moment| moment.step + MOMENTS > step);
        }
        let place = self.moments.partition_point(|moment| moment.next < next);
        self.moments.insert(place, Moment { looked, step, next });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_followed_then_follows_now() {
        // 0 0 5 again and again: the median of what follows two of 0 is 5
        let mut alike = Alike::new(1);
        let mut before = 0.0;
        for step in 0..300 {
            let value = if step % 3 == 2 { 5.0 } else { 0.0 };
            let told = alike.push(value, [value, before], 1.0);
            if step > 60 {
                let right = if step % 3 == 1 { 5.0 } else { 0.0 };
                assert!((told - right).abs() < 1e-9, "{step}: {told}");
            }
            before = value;
        }
    }
}
