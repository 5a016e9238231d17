//! How many changes there are: a criterion of information.
//!
//! Schwarz's criterion (1978) for change points (Yao 1988): n log(variance left) + parameters x
//! log n, the place of a change being a parameter. It is made for independent normal values;
//! three things keep it from finding changes that nobody means.

use super::cost::Model;
use crate::math::median;

/// Variance that is always left, as a part of the variance of all values. What is smaller is
/// no change that matters, however sure it may be: a criterion of significance alone finds
/// one in everything that is measured often enough.
pub const FLOOR: f64 = 0.05;
/// A parameter costs this many log n: 1 is Schwarz's. Real noise is not normal, and models
/// are not true.
const STRICT: f64 = 2.0;
/// It costs up to this much more where values depend on the ones before them, which makes
/// waves that look like changes.
const DEPENDENT: f64 = 0.5;
/// No more dependence than this is believed.
const MOST: f64 = 0.95;

/// The criterion for one series.
#[derive(Clone, Copy, Debug)]
pub struct Criterion {
    n: f64,
    parameter: f64,
}

impl Criterion {
    /// For a series with `known` values that are not missing.
    pub fn new(values: &[f64], known: usize) -> Self {
        let n = known as f64;
        Criterion { n, parameter: (STRICT + DEPENDENT * dependence(values)) * libm::log(n) }
    }

    /// Of a division with so many changes that costs so much; the least is the best.
    pub fn worth(&self, model: Model, total: f64, changes: usize) -> f64 {
        let changes = changes as f64;
        // a variance is told badly by values that are not normal: it counts as three
        let (fit, parameters) = match model {
            Model::Level => (self.fit(total), 2.0 * changes + 1.0),
            Model::Trend => (self.fit(total), 3.0 * changes + 2.0),
            Model::Spread => (total, 5.0 * changes + 2.0),
        };
        fit + parameters * self.parameter
    }

    fn fit(&self, total: f64) -> f64 {
        self.n * libm::log(total / self.n + FLOOR)
    }
}

/// The autocorrelation of the noise at one step, from medians of differences over one and over
/// two, which a few changes of level do not move (Chakar, Lebarbier, Lévy-Leduc and Robin 2017).
fn dependence(values: &[f64]) -> f64 {
    let over = |steps: usize| {
        let apart = values.iter().zip(&values[steps..]);
        median(apart.map(|(one, other)| libm::fabs(other - one))).unwrap_or(0.0)
    };
    let (one, two) = (over(1), over(2));
    if one > 0.0 { (two * two / (one * one) - 1.0).clamp(0.0, MOST) } else { 0.0 }
}
