//! How certain the coefficients of a law are.

use super::law::{Law, Point};
use crate::math::student_two_sided;

/// What lies outside of an interval.
const OUTSIDE: f64 = 0.05;

/// Standard errors of the coefficients that are not at their bound: the residual variance times
/// the inverse of the normal equations (Bates and Watts 1988, 1.36), as R's `summary` of a
/// nonlinear fit has them.
#[derive(Clone, Copy, Debug)]
pub struct Errors {
    errors: [Option<f64>; 3],
    student: f64,
}

impl Errors {
    /// Of a fit to these points.
    pub fn of(law: &Law, points: &[Point]) -> Self {
        let open = [law.sigma > 0.0, law.kappa > 0.0, true];
        let count = open.iter().filter(|open| **open).count();
        let mut errors = [None; 3];
        let freedom = points.len().saturating_sub(count) as f64;
        if freedom < 1.0 {
            return Errors { errors, student: f64::NAN };
        }
        let variance = law.error(points) / freedom;
        if let Some(inverse) = inverse(law.normal(points, open)) {
            for at in (0..3).filter(|at| open[*at]) {
                errors[at] = Some(libm::sqrt(variance * inverse[at].max(0.0)));
            }
        }
        Errors { errors, student: student_quantile(freedom) }
    }

    /// The 95 % interval of the coefficient at that place; nothing below 0 is possible.
    pub fn range(&self, place: usize, value: f64) -> Option<(f64, f64)> {
        let half = self.errors[place]? * self.student;
        half.is_finite().then(|| ((value - half).max(0.0), value + half))
    }
}

/// The value of Student's distribution that [`OUTSIDE`] lies beyond on both sides, by bisection.
fn student_quantile(freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1000.0);
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if student_two_sided(middle, freedom) > OUTSIDE {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

/// The diagonal of the inverse of a symmetric matrix, its rows scaled to a diagonal of 1 first.
fn inverse(matrix: [[f64; 3]; 3]) -> Option<[f64; 3]> {
    let unit = [0, 1, 2].map(|at| libm::sqrt(matrix[at][at]));
    let cell = |at: usize, other: usize| matrix[at][other] / (unit[at] * unit[other]);
    let minor = |at: usize| {
        let (a, b) = ((at + 1) % 3, (at + 2) % 3);
        cell(a, a) * cell(b, b) - cell(a, b) * cell(b, a)
    };
    let whole = cell(0, 0) * minor(0)
        - cell(0, 1) * (cell(1, 0) * cell(2, 2) - cell(1, 2) * cell(2, 0))
        + cell(0, 2) * (cell(1, 0) * cell(2, 1) - cell(1, 1) * cell(2, 0));
    let one = |at: usize| minor(at) / whole / (unit[at] * unit[at]);
    (whole > 1e-14).then(|| [0, 1, 2].map(one))
}
