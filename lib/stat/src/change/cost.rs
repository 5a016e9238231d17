//! What a segment costs: how badly its model tells its values. From sums over all values
//! before a place, so that any segment costs the same small time.

use super::What;
use super::criterion::FLOOR;
use alloc::vec::Vec;

/// How the values of a segment are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// A constant; the variance is that of all segments.
    Level,
    /// A line; the variance is that of all segments.
    Trend,
    /// A constant and a variance of its own.
    Spread,
}

impl Model {
    /// What changes where a segment ends.
    pub fn what(self) -> What {
        match self {
            Model::Level => What::Level,
            Model::Trend => What::Trend,
            Model::Spread => What::Spread,
        }
    }

    /// Values that a segment has at least: a variance needs more than a mean.
    pub fn least(self) -> usize {
        match self {
            Model::Level | Model::Trend => super::search::LEAST,
            Model::Spread => 2 * super::search::LEAST,
        }
    }
}

/// Sums before each place, of values and of values times their place.
#[derive(Clone, Debug)]
pub struct Cost {
    /// How segments are told.
    pub model: Model,
    sum: Vec<f64>,
    squares: Vec<f64>,
    moments: Vec<f64>,
}

impl Cost {
    /// Of a series.
    pub fn new(values: &[f64], model: Model) -> Self {
        let running = |of: &dyn Fn(f64, f64) -> f64| {
            let mut sum = 0.0;
            let mut all = Vec::with_capacity(values.len() + 1);
            all.push(0.0);
            all.extend(values.iter().enumerate().map(|(at, value)| {
                sum += of(at as f64, *value);
                sum
            }));
            all
        };
        Cost {
            model,
            sum: running(&|_, value| value),
            squares: running(&|_, value| value * value),
            moments: running(&|at, value| at * value),
        }
    }

    /// How many values there are.
    pub fn len(&self) -> usize {
        self.sum.len() - 1
    }

    /// Of the values from `begin` to before `end`: the sum of the squared residuals; with
    /// [`Model::Spread`] twice the negative logarithm of the likelihood, less a constant.
    pub fn of(&self, begin: usize, end: usize) -> f64 {
        let n = (end - begin) as f64;
        let sum = self.sum[end] - self.sum[begin];
        let level = (self.squares[end] - self.squares[begin] - sum * sum / n).max(0.0);
        match self.model {
            Model::Level => level,
            Model::Trend => {
                let middle = (begin + end - 1) as f64 / 2.0;
                let together = self.moments[end] - self.moments[begin] - middle * sum;
                // places one apart: the sum of their squared deviations is n (n² - 1) / 12
                let apart = n * (n * n - 1.0) / 12.0;
                (level - together * together / apart.max(1.0)).max(0.0)
            }
            Model::Spread => n * libm::log(level / n + FLOOR),
        }
    }

    /// Of all segments between these places.
    pub fn total(&self, points: &[usize]) -> f64 {
        let mut begin = 0;
        let ends = points.iter().copied().chain([self.len()]);
        ends.map(|end| self.of(core::mem::replace(&mut begin, end), end)).sum()
    }
}
