//! Generated load: how long jobs took from when they were to start.

use crate::load::{Pace, micros};
use crate::sketch::Sketch;
use record::{EndView, OpenLoop, Seconds};

/// Latencies of a run.
#[derive(Clone, Debug, Default)]
pub struct Latency {
    jobs: u64,
    starts: Pace,
    times: Sketch,
}

impl Latency {
    /// An operation has ended.
    pub fn note(&mut self, intended: Seconds, view: &EndView<'_>) {
        self.jobs += 1;
        self.starts.note(view.start);
        self.times.add(micros(view.end - intended));
    }

    /// The figures.
    pub fn told(&self) -> OpenLoop {
        let time = |value: u64| Seconds::from_micros(value as i64);
        let quantile = |share| time(self.times.quantile(share));
        OpenLoop {
            jobs: self.jobs,
            per_s: self.starts.per_s(),
            p50_s: quantile(0.5),
            p90_s: quantile(0.9),
            p99_s: quantile(0.99),
            max_s: time(self.times.greatest()),
        }
    }
}
