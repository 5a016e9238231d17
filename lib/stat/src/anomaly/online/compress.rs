//! Values by their distance from the median, far ones brought near.

use super::gain;

/// Rows over which median and deviation are followed.
const SPAN: f64 = 2000.0;
/// Deviations up to which the scale is about linear.
const LINEAR: f64 = 3.0;
/// Deviations beyond which a value does not widen the deviation further.
const CLIPPED: f64 = 4.0;
/// Rows before values are clipped.
const BEGIN: u64 = 20;
/// A deviation of nothing, in parts of the value.
const LEAST: f64 = 1e-9;

/// Follows the median by steps towards each value (Robbins and Monro 1951; with steps of the
/// size of the deviation, as Tierney 1983) and the mean deviation from it, clipped as Huber
/// (1964) clips; a value becomes the inverse hyperbolic sine of its deviations, which is linear
/// near the median and logarithmic far from it (Johnson 1949).
#[derive(Clone, Debug, Default)]
pub struct Compressed {
    rows: u64,
    median: f64,
    deviation: f64,
}

impl Compressed {
    pub fn push(&mut self, value: f64) -> f64 {
        if self.rows == 0 {
            self.median = value;
        }
        self.rows += 1;
        let gain = gain(self.rows, SPAN);
        let step = 3.0 * gain * self.deviation.max(LEAST);
        self.median += if value > self.median { step } else { -step };
        let mut away = (value - self.median).abs();
        if self.rows > BEGIN {
            away = away.min(CLIPPED * self.deviation.max(LEAST));
        }
        self.deviation += gain * (away - self.deviation);
        libm::asinh((value - self.median) / (LINEAR * self.deviation.max(LEAST)))
    }
}
