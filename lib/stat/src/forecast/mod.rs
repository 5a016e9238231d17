//! Forecasts of a figure, a fixed number of steps ahead, with an interval.
//!
//! Several simple forecasters ([`experts`]) say each at every step what the value will
//! be; what they said is held against what came, and they are mixed by how wrong they
//! were lately ([`mixture`]). Nothing was learned before: all that is known of a series
//! is its own past. What is told is the conditional median, since it is judged by its
//! absolute error. The interval comes from the errors that the mixture itself has made
//! ([`margin`]), so it makes no assumption about their distribution.

mod alike;
mod experts;
mod features;
mod margin;
mod mixture;
mod regression;
mod smoothing;
mod window;

use alloc::vec::Vec;
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

/// Learns one series, value by value.
#[derive(Debug)]
pub struct Forecaster {
    horizon: Horizon,
    values: Vec<f64>,
    experts: Experts,
    mixture: Mixture,
    margin: Margin,
    told: Option<Forecast>,
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
            experts,
            horizon,
        }
    }

    /// Takes the next value, which has to be finite.
    pub fn push(&mut self, value: f64) {
        self.values.push(value);
        self.margin.arrived(value);
        self.mixture.arrived(value);
        let said = self.experts.say(&self.values);
        let value = self.mixture.mix(said);
        let range = self.margin.around(value);
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
        if at >= first && (at - first) % every == 0 {
            told.extend(forecaster.forecast().map(|forecast| Told { at, forecast }));
        }
    }
    told
}
