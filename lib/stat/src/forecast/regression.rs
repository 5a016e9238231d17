//! Linear regression that learns row by row.

use alloc::vec;
use alloc::vec::Vec;

/// What a regression makes smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The squares of the errors: tells the mean.
    Squares,
    /// Nearly the absolute errors: tells the median, and an outlier counts for little.
    Absolute,
}

/// Errors below this share of the usual one have the weight of that share.
const FLAT: f64 = 0.15;
/// How slowly the usual error follows.
const FOLLOW: f64 = 0.02;
/// A coefficient less certain than that is not let become less certain by forgetting.
const OPEN: f64 = 1e4;

/// Recursive least squares with forgetting (Haykin 2002, chapter 9), started at
/// coefficients of 0 with a ridge (Hoerl and Kennard 1970). Absolute errors by weights
/// of 1 over the error, as iteratively reweighted least squares has them (Schlossmacher
/// 1973), each row weighted once, by the error that it had when it came.
#[derive(Clone, Debug)]
pub struct Regression {
    weights: Vec<f64>,
    /// The inverse of the matrix of the rows, row by row.
    inverse: Vec<f64>,
    memory: f64,
    loss: Loss,
    usual: f64,
    rows: f64,
    gain: Vec<f64>,
}

impl Regression {
    /// Of so many columns; `memory` is how much of a row is left after a step (0 to 1),
    /// `ridge` how many rows the start at 0 is worth.
    pub fn new(columns: usize, memory: f64, ridge: f64, loss: Loss) -> Self {
        let mut inverse = vec![0.0; columns * columns];
        inverse.iter_mut().step_by(columns + 1).for_each(|cell| *cell = 1.0 / ridge);
        Regression {
            weights: vec![0.0; columns],
            gain: vec![0.0; columns],
            inverse,
            memory,
            loss,
            usual: 0.0,
            rows: 0.0,
        }
    }

    /// What it tells of a row.
    pub fn tell(&self, row: &[f64]) -> f64 {
        dot(&self.weights, row)
    }

    /// The usual size of its errors.
    pub fn usual(&self) -> f64 {
        self.usual
    }

    /// Learns that `row` was followed by `target`.
    pub fn learn(&mut self, row: &[f64], target: f64) {
        let columns = self.weights.len();
        let error = target - self.tell(row);
        self.rows += 1.0;
        self.usual += (1.0 / self.rows).max(FOLLOW) * (error.abs() - self.usual);
        let weight = match self.loss {
            Loss::Squares => 1.0,
            Loss::Absolute => 1.0 / (error.abs() / self.usual.max(1e-12)).max(FLAT),
        };
        for (gain, line) in self.gain.iter_mut().zip(self.inverse.chunks_exact(columns)) {
            *gain = dot(line, row);
        }
        let whole = self.memory / weight + dot(&self.gain, row);
        for (own, gain) in self.weights.iter_mut().zip(&self.gain) {
            *own += gain / whole * error;
        }
        let widest = self.inverse.iter().step_by(columns + 1).fold(0.0, |a: f64, b| a.max(*b));
        let forget = if widest < OPEN { 1.0 / self.memory } else { 1.0 };
        for at in 0..columns {
            for other in 0..=at {
                let cell =
                    self.inverse[at * columns + other] - self.gain[at] * self.gain[other] / whole;
                // both halves from one figure: rounding never makes them differ
                self.inverse[at * columns + other] = cell * forget;
                self.inverse[other * columns + at] = cell * forget;
            }
        }
    }
}

fn dot(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of a line 3 x - y, every seventh spoiled by `outlier`.
    fn learned(loss: Loss, outlier: f64) -> Regression {
        let mut regression = Regression::new(2, 1.0, 1e-6, loss);
        for step in 0..700u32 {
            let row = [f64::from(step * 7 % 11) - 5.0, f64::from(step * 5 % 13) - 6.0];
            let spoiled = if step % 7 == 0 { outlier } else { 0.0 };
            regression.learn(&row, 3.0 * row[0] - row[1] + spoiled);
        }
        regression
    }

    #[test]
    fn a_line_is_found() {
        let told = learned(Loss::Squares, 0.0).tell(&[2.0, 1.0]);
        assert!((told - 5.0).abs() < 1e-3, "{told}");
    }

    #[test]
    fn outliers_move_the_median_less() {
        let off = |loss| (learned(loss, 40.0).tell(&[2.0, 1.0]) - 5.0).abs();
        assert!(off(Loss::Absolute) < 0.5 * off(Loss::Squares));
    }
}
