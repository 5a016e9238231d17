//! The recent past as a point of a few features.

use super::novelty::Novelty;

/// Spans of the means, in rows; the last feature is the mean step from row to row over
/// [`STEPS`].
const SPANS: [f64; 3] = [4.0, 16.0, 64.0];
const STEPS: f64 = 16.0;
const FEATURES: usize = 4;
/// The mean over 16 rows.
const MIDDLE: usize = 1;
/// Widths of regions, in parts of the range of a feature. What is new depends on the width by
/// chance; neighbouring widths agree in what is new indeed (bagging, Breiman 1996).
const WIDTHS: [f64; 5] = [0.2, 0.25, 0.3, 0.35, 0.4];
/// The five, which say nearly the same, count as two.
const WEIGHT: f64 = 2.0 / WIDTHS.len() as f64;
/// Decades of a new region that are ordinary.
const ORDINARY: f64 = 0.5;

/// Exponential means of one series over several spans (Roberts 1959), the range of each so far,
/// and the regions in which they have been: all of them together, and the middle mean alone.
#[derive(Clone, Debug)]
pub struct View {
    rows: u64,
    previous: f64,
    point: [f64; FEATURES],
    low: [f64; FEATURES],
    high: [f64; FEATURES],
    together: [Novelty<FEATURES>; WIDTHS.len()],
    alone: [Novelty<1>; WIDTHS.len()],
}

impl Default for View {
    fn default() -> Self {
        View {
            rows: 0,
            previous: 0.0,
            point: [0.0; FEATURES],
            low: [f64::INFINITY; FEATURES],
            high: [f64::NEG_INFINITY; FEATURES],
            together: WIDTHS.map(Novelty::new),
            alone: WIDTHS.map(Novelty::new),
        }
    }
}

impl View {
    /// Values that were seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The surprises of the next value, summed; decades.
    pub fn surprise(&mut self, value: f64) -> f64 {
        self.take(value);
        let mut range = [0.0; FEATURES];
        for (d, range) in range.iter_mut().enumerate() {
            self.low[d] = self.low[d].min(self.point[d]);
            self.high[d] = self.high[d].max(self.point[d]);
            *range = self.high[d] - self.low[d];
        }
        let point = self.point;
        let mut sum = 0.0;
        for novelty in &mut self.together {
            sum += (novelty.decades(point, range) - ORDINARY).max(0.0);
        }
        for novelty in &mut self.alone {
            sum += (novelty.decades([point[MIDDLE]], [range[MIDDLE]]) - ORDINARY).max(0.0);
        }
        sum * WEIGHT
    }

    fn take(&mut self, value: f64) {
        self.rows += 1;
        let [means @ .., steps] = &mut self.point;
        if self.rows == 1 {
            *means = [value; FEATURES - 1];
            self.previous = value;
        }
        for (mean, span) in means.iter_mut().zip(SPANS) {
            *mean += 2.0 / (span + 1.0) * (value - *mean);
        }
        *steps += 2.0 / (STEPS + 1.0) * ((value - self.previous).abs() - *steps);
        self.previous = value;
    }
}
