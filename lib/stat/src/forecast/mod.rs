//! Forecasts of a figure, a fixed number of steps ahead, with an interval.
//!
//! Several simple forecasters (`experts`) say each at every step what the value will
//! be; what they said is held against what came, and they are mixed by how wrong they
//! were lately (`mixture`). Nothing was learned before: all that is known of a series
//! is its own past. What is told is the conditional median, since it is judged by its
//! absolute error. The interval comes from the errors that the mixture itself has made
//! (`margin`), so it makes no assumption about their distribution.

mod alike;
mod experts;
mod features;
mod margin;
mod mixture;
mod outlook;
mod regression;
mod smoothing;
mod window;

use alloc::vec::Vec;
pub use outlook::{Threshold, outlook};

use crate::Series;
use experts::Experts;
use margin::Margin;
use mixture::Mixture;

/// How far ahead, in steps, and how long the periods are that a day has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// Steps from what is known to what is told; at least 1.
    pub steps: usize,
    /// Steps of an hour.
    pub hour: usize,
    /// Steps of a day.
    pub day: usize,
}

impl Horizon {
    /// Of a time ahead and a time between values, both in seconds; both above 0.
    pub fn of(ahead_s: f64, step_s: f64) -> Self {
        let steps = |secs: f64| libm::rint(secs / step_s).max(1.0) as usize;
        Horizon { steps: steps(ahead_s), hour: steps(3600.0), day: steps(86400.0) }
    }
}

/// What will be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// As likely below as above it.
    pub value: f64,
    /// The 90 % interval; none before there was an error to take it from.
    pub range: Option<(f64, f64)>,
    /// How many errors the interval was taken from.
    pub errors: usize,
}

/// How far ahead is looked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Ahead {
    /// Seconds, above 0.
    Time(f64),
    /// Values, each of which is a run; at least 1.
    Runs(u32),
}

/// A series at equal steps.
#[derive(Clone, Debug, PartialEq)]
pub struct Steps {
    /// Seconds of a step; of runs the median, where it is known when they were.
    pub step_s: Option<f64>,
    /// How far ahead is looked.
    pub horizon: Horizon,
    /// The values; not a number where one is missing.
    pub values: Vec<f64>,
}

impl Ahead {
    /// The series in steps; `None` where there are too few values, or no steps in their times.
    pub fn steps(self, series: &Series) -> Option<Steps> {
        match self {
            Ahead::Time(ahead_s) => {
                let (step_s, values) = regular(series)?;
                let horizon = Horizon::of(ahead_s, step_s);
                Some(Steps { step_s: Some(step_s), horizon, values })
            }
            Ahead::Runs(_) if series.values.len() < 2 => None,
            Ahead::Runs(runs) => {
                let step_s = series.step();
                let ahead_s = |step_s| f64::from(runs) * step_s;
                // where nobody knows when the runs were, they have no hours and days
                let of_runs = Horizon { steps: runs as usize, hour: 1, day: 1 };
                let horizon = step_s.map_or(of_runs, |step_s| Horizon::of(ahead_s(step_s), step_s));
                Some(Steps { step_s, horizon, values: series.values.clone() })
            }
        }
    }
}

/// Learns one series, value by value.
#[derive(Debug)]
pub struct Forecaster {
    horizon: Horizon,
    values: Vec<f64>,
    experts: Experts,
    mixture: Mixture,
    margin: Margin,
    told: Option<Forecast>,
    least: f64,
}

impl Forecaster {
    /// Knows nothing yet.
    pub fn new(horizon: Horizon) -> Self {
        let experts = Experts::new(horizon);
        Forecaster {
            mixture: Mixture::new(experts.count(), horizon.steps),
            margin: Margin::new(horizon.steps),
            values: Vec::new(),
            told: None,
            least: f64::INFINITY,
            experts,
            horizon,
        }
    }

    /// Takes the next value. Where one is missing (it is no finite number), it is as if the
    /// last one had stayed; before the first nothing is learned.
    pub fn push(&mut self, value: f64) {
        let value = match self.values.last() {
            _ if value.is_finite() => value,
            Some(last) => *last,
            None => return,
        };
        self.values.push(value);
        self.least = self.least.min(value);
        self.margin.arrived(value);
        self.mixture.arrived(value);
        let said = self.experts.say(&self.values);
        let value = self.mixture.mix(said);
        let range = self.margin.around(value);
        // bytes, rates and shares: what never was below 0 will not be
        let floor = if self.least >= 0.0 { 0.0 } else { f64::NEG_INFINITY };
        let (value, range) = (value.max(floor), range.map(|(a, b)| (a.max(floor), b.max(floor))));
        let errors = self.margin.errors();
        self.told = Some(Forecast { value, range, errors });
    }

    /// What will be [`Horizon::steps`] after the last value; none without a value.
    pub fn forecast(&self) -> Option<Forecast> {
        self.told
    }

    /// How far ahead it looks.
    pub fn horizon(&self) -> Horizon {
        self.horizon
    }
}

/// A forecast that was made knowing the values up to `at` alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Told {
    /// The place of the last value that was known.
    pub at: usize,
    /// What was told then.
    pub forecast: Forecast,
}

/// Forecasts as they would have been made in the second half of a series, every half
/// horizon, each from the values before it alone.
pub fn backtest(values: &[f64], horizon: Horizon) -> Vec<Told> {
    let mut forecaster = Forecaster::new(horizon);
    let every = (horizon.steps / 2).max(1);
    let first = values.len() / 2;
    let mut told = Vec::new();
    for (at, value) in values.iter().enumerate() {
        if at + horizon.steps >= values.len() {
            break;
        }
        forecaster.push(*value);
        if at >= first && (at - first).is_multiple_of(every) {
            told.extend(forecaster.forecast().map(|forecast| Told { at, forecast }));
        }
    }
    told
}

/// How many values there may be for each that was measured.
const STRETCH: usize = 4;

/// The values of a series at equal steps, and the step in seconds: as they are where the input
/// says that they are, else what was last known at each step. `None` for fewer than two values,
/// and where the times are so irregular that most values would be invented.
pub fn regular(series: &Series) -> Option<(f64, Vec<f64>)> {
    let step = series.step()?;
    if series.step_s.is_some() || series.times.len() < 2 {
        return Some((step, series.values.clone()));
    }
    let (first, last) = (series.times.first()?, series.times.last()?);
    let count = libm::rint((last - first) / step) + 1.0;
    if !(2.0..=(STRETCH * series.values.len()) as f64).contains(&count) {
        return None;
    }
    let mut at = 0;
    let values = (0..count as usize).map(|place| {
        // half a step late is still that step
        let until = first + (place as f64 + 0.5) * step;
        while series.times.get(at + 1).is_some_and(|time| *time <= until) {
            at += 1;
        }
        series.values[at]
    });
    Some((step, values.collect()))
}

#[cfg(test)]
mod tests;
