//! Series of numbers over time, out of any of the inputs.

mod intake;
mod table;
mod time;

pub use intake::SeriesIntake;
pub use table::Table;
pub use time::timestamp;

use alloc::string::String;
use alloc::vec::Vec;

/// Numbers over time, in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// What they are.
    pub name: String,
    /// Seconds between two, where the input says so.
    pub step_s: Option<f64>,
    /// When each was, in seconds: since the epoch, or since the beginning where the input has
    /// no times; its number where nothing is known.
    pub times: Vec<f64>,
    /// The values; not a number where one is missing.
    pub values: Vec<f64>,
    /// What there is of it in all, where that is known.
    pub whole: Option<f64>,
}

impl Series {
    /// Seconds between two: what the input says, else the median distance; `None` for fewer
    /// than two.
    pub fn step(&self) -> Option<f64> {
        self.step_s.or_else(|| {
            crate::math::median(self.times.windows(2).map(|pair| pair[1] - pair[0]))
                .filter(|step| *step > 0.0)
        })
    }

    fn push(&mut self, time: f64, value: f64) {
        self.times.push(time);
        self.values.push(value);
    }
}

#[cfg(test)]
mod tests;
