//! How much of the machine and of process trees was used, from samples.

use crate::figures::{Reading, each_figure};
use crate::sketch::Sketch;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Sample, Seconds, Usage};

/// More series than this are not kept.
const MOST: usize = 200;

/// One series of readings.
#[derive(Clone, Debug)]
struct Series {
    name: String,
    fine: f64,
    sketch: Sketch,
    samples: u64,
    /// Sum of reading times interval, and of intervals.
    area: f64,
    time: f64,
    peak: f64,
    above: Option<Seconds>,
}

/// Use by series.
#[derive(Clone, Debug, Default)]
pub struct Uses {
    all: Vec<Series>,
    span: Option<(Seconds, Seconds)>,
}

impl Uses {
    /// Counts a sample. The first of a stream has no rates; its levels count
    /// with the weight of no time, so for the peak alone.
    pub fn add(&mut self, sample: &Sample) {
        let begin = sample.time - sample.interval_s;
        self.span = Some(match self.span {
            None => (begin, sample.time),
            Some((first, last)) => (first.min(begin), last.max(sample.time)),
        });
        each_figure(sample, |name, reading| self.read(name, reading, sample.interval_s));
    }

    fn read(&mut self, (of, what): (&str, &str), reading: Reading, interval: Seconds) {
        let named =
            |name: &str| name.strip_prefix(of).and_then(|n| n.strip_prefix(' ')) == Some(what);
        let place = match self.all.iter().position(|series| named(&series.name)) {
            Some(place) => place,
            None if self.all.len() >= MOST => return,
            None => {
                self.all.push(Series {
                    name: format!("{of} {what}"),
                    fine: reading.fine,
                    sketch: Sketch::default(),
                    samples: 0,
                    area: 0.0,
                    time: 0.0,
                    peak: 0.0,
                    above: None,
                });
                self.all.len() - 1
            }
        };
        self.all[place].read(reading, interval);
    }

    /// From the beginning of the first interval to the last reading.
    pub fn span(&self) -> Option<(Seconds, Seconds)> {
        self.span
    }

    /// What was used, by name.
    pub fn told(&self) -> Vec<Usage> {
        let mut told: Vec<Usage> = self.all.iter().map(Series::told).collect();
        told.sort_by(|a, b| a.name.cmp(&b.name));
        told
    }
}

impl Series {
    fn read(&mut self, reading: Reading, interval: Seconds) {
        let value = if reading.value.is_finite() { reading.value.max(0.0) } else { 0.0 };
        let micros = interval.as_micros().max(0) as u64;
        self.samples += 1;
        self.peak = self.peak.max(value);
        self.area += value * micros as f64;
        self.time += micros as f64;
        self.sketch.add_weighted(libm::round(value * self.fine) as u64, micros);
        if let Some(whole) = reading.whole {
            let above = if value > 0.8 * whole { interval } else { Seconds::ZERO };
            *self.above.get_or_insert(Seconds::ZERO) += above;
        }
    }

    fn told(&self) -> Usage {
        let mean = if self.time > 0.0 { self.area / self.time } else { self.peak };
        let p95 = if self.time > 0.0 {
            (self.sketch.quantile(0.95) as f64 / self.fine).min(self.peak)
        } else {
            self.peak
        };
        Usage {
            name: self.name.to_string(),
            samples: self.samples,
            mean: crate::rounded(mean),
            p95: crate::rounded(p95),
            peak: crate::rounded(self.peak),
            above_80_s: self.above,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::CpuShares;

    #[test]
    fn readings_count_for_their_interval() {
        let mut uses = Uses::default();
        for (time, interval, busy) in [(0, 0, None), (1, 1, Some(0.9)), (4, 3, Some(0.5))] {
            uses.add(&Sample {
                time: Seconds::from_secs(time),
                interval_s: Seconds::from_secs(interval),
                cpu: busy.map(|busy| CpuShares { busy, ..CpuShares::default() }),
                ..Sample::default()
            });
        }
        let told = uses.told();
        let busy = &told[0];
        assert_eq!((busy.name.as_str(), busy.samples), ("cpu busy", 2));
        // by hand: (0.9 x 1 + 0.5 x 3) / 4
        assert_eq!((busy.mean, busy.peak), (0.6, 0.9));
        assert!((busy.p95 - 0.9).abs() < 0.004, "{}", busy.p95);
        assert_eq!(busy.above_80_s, Some(Seconds::from_secs(1)));
        assert_eq!(uses.span(), Some((Seconds::ZERO, Seconds::from_secs(4))));
    }
}
