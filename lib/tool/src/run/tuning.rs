//! `--sample`, `--tune`, `--sweep`: what is learnt of the jobs while they are run.

use super::acted::By;
use super::drive::Runner;
use super::settings::{Rest, Tuning as Asked};
use crate::print::{brief, number};
use engine::{Cancel, Input, Level, Step, Tuner, Until};
use record::{OpEnd, Outcome, Record as _, Seconds, Tuned, TunedLevel};

/// A rate beyond this says that the interval has no upper bound.
const NO_BOUND: f64 = 1e8;

/// What goes on.
#[derive(Debug, Default)]
pub enum Tuning {
    #[default]
    Nothing,
    Sample(Sample),
    Levels(Box<Tuner>),
}

/// Durations of the jobs that were taken out of the input.
#[derive(Debug)]
pub struct Sample {
    wanted: usize,
    rest: Rest,
    /// Slots for the rest.
    slots: u32,
    seconds: Vec<f64>,
}

impl Tuning {
    /// What was asked for, in a run with so many slots.
    pub fn new(asked: &Asked, slots: u32) -> Self {
        match asked {
            Asked::None => Tuning::Nothing,
            Asked::Sample(count, rest) => Tuning::Sample(Sample {
                wanted: *count as usize,
                rest: *rest,
                slots,
                seconds: Vec::new(),
            }),
            Asked::Levels(rules) => Tuner::new(rules.clone())
                .map_or(Tuning::Nothing, |tuner| Tuning::Levels(Box::new(tuner))),
        }
    }

    /// Slots to begin with, where that is not what was asked for.
    pub fn first(&self) -> Option<u32> {
        match self {
            Tuning::Nothing => None,
            Tuning::Sample(_) => Some(1),
            Tuning::Levels(tuner) => Some(tuner.first()),
        }
    }

    /// Jobs that are to come first, spread over the input.
    pub fn sampled(asked: &Asked) -> Option<u32> {
        match asked {
            Asked::Sample(count, _) => Some(*count),
            _ => None,
        }
    }
}

/// What the durations of a sample come to.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    mean: f64,
    deviation: f64,
}

impl Spread {
    /// Mean and standard deviation; one value has none.
    fn of(seconds: &[f64]) -> Self {
        let n = seconds.len() as f64;
        let mean = seconds.iter().sum::<f64>() / n.max(1.0);
        let squares: f64 = seconds.iter().map(|one| (one - mean).powi(2)).sum();
        let deviation = if seconds.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        Spread { mean, deviation }
    }

    /// Deviation by mean.
    fn variation(self) -> f64 {
        if self.mean > 0.0 { self.deviation / self.mean } else { 0.0 }
    }

    /// How alike they are.
    fn consistency(self) -> &'static str {
        match self.variation() {
            cv if cv < 0.2 => "high",
            cv if cv < 0.5 => "medium",
            _ => "low",
        }
    }
}

impl Runner {
    /// An attempt has ended.
    pub fn tune(&mut self, event: &OpEnd) {
        match &mut self.tuning {
            Tuning::Nothing => {}
            Tuning::Sample(sample) => {
                if event.r#final && event.result != Outcome::Cancellation {
                    sample.seconds.push(event.wall_s.as_f64());
                }
                if sample.seconds.len() >= sample.wanted {
                    self.end_sample();
                }
            }
            Tuning::Levels(tuner) => {
                let now = self.clock.now();
                match tuner.ended(now) {
                    Step::Stay => {}
                    Step::Try(slots) => {
                        self.change_slots(slots, (By::Tuning, format!("{slots} slots are tried")))
                    }
                    Step::Decided(slots) => {
                        let reason = "the fewest that are as good as the best".to_string();
                        self.change_slots(slots, (By::Tuning, reason));
                        self.end_tuning();
                    }
                }
            }
        }
    }

    /// The input was shorter than what was asked for: what is known is said.
    pub fn end_tuning(&mut self) {
        match &self.tuning {
            Tuning::Nothing => {}
            Tuning::Sample(_) => self.end_sample(),
            Tuning::Levels(tuner) => {
                let (levels, picked) = (tuner.levels(), tuner.pick());
                let until = tuner.rules().until;
                self.tuning = Tuning::Nothing;
                self.tell_tuned(&levels, picked, until);
            }
        }
    }

    /// Somebody else says how many slots there are: what has been measured of them is said.
    pub fn stop_trying(&mut self) {
        if matches!(self.tuning, Tuning::Levels(_)) {
            self.end_tuning();
        }
    }

    fn tell_tuned(&mut self, levels: &[Level], picked: Option<Level>, until: Until) {
        let flag = if until == Until::Parted { "--tune" } else { "--sweep" };
        for level in levels {
            let (low, high) = level.between;
            let of_best =
                if picked.is_some_and(|best| best.slots == level.slots) { "  <-" } else { "" };
            self.notes.push(format!(
                "{flag}: {} slots: {} jobs/s ({} {}, {} jobs){of_best}",
                level.slots,
                number(level.rate),
                number(low),
                if high < NO_BOUND { format!("to {}", number(high)) } else { "or more".into() },
                level.items
            ));
        }
        if levels.is_empty() {
            self.notes.push(format!("{flag}: the input was too short to measure anything"));
        }
        if self.journal.is_on() {
            let of = |level: &Level| TunedLevel {
                jobs: level.slots,
                items: level.items,
                rate: level.rate,
                low: level.between.0,
                high: level.between.1,
            };
            let time = self.clock.wall(self.clock.now());
            let levels = levels.iter().map(of).collect();
            let jobs = picked.map(|level| level.slots);
            self.journal.add_line(&Tuned { time, levels, jobs, ..Tuned::default() }.to_line());
        }
    }

    fn end_sample(&mut self) {
        let Tuning::Sample(sample) = std::mem::take(&mut self.tuning) else { return };
        if sample.seconds.is_empty() {
            self.notes.push("--sample: no job has ended, so nothing is known".into());
            return;
        }
        let spread = Spread::of(&sample.seconds);
        let time = |seconds: f64| brief(Seconds::from_f64(seconds));
        self.notes.push(format!(
            "--sample: {} jobs, one at a time: mean {}, deviation {}, variation {}: consistency {}",
            sample.seconds.len(),
            time(spread.mean),
            time(spread.deviation),
            number(spread.variation()),
            spread.consistency()
        ));
        if self.input_ended && sample.seconds.len() < sample.wanted {
            return;
        }
        match sample.rest {
            Rest::Run => {
                self.change_slots(sample.slots, (By::Tuning, "the sample is over".to_string()));
            }
            Rest::NotRun => {
                self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Drain));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consistency_has_its_bounds() {
        let of = |variation: f64| Spread { mean: 2.0, deviation: 2.0 * variation }.consistency();
        assert_eq!([of(0.199), of(0.2), of(0.499), of(0.5)], ["high", "medium", "medium", "low"]);
        assert_eq!(Spread::of(&[1.0, 3.0]), Spread { mean: 2.0, deviation: 2.0f64.sqrt() });
    }
}
