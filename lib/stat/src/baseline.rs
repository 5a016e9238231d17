//! Baselines: how each figure of samples usually is, and whether it is now otherwise.

use crate::figures::every_figure;
use crate::math::{MAD_TO_SIGMA, mad, median, normal_quantile, quantile, sorted};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use record::{Baseline, Sample, Seconds};

/// Readings of a figure that are kept; of more every second, every fourth and so on.
const MOST: usize = 1 << 15;
/// From here on the hours of the day are told apart.
const HOURS_FROM: Seconds = Seconds::from_secs(48 * 3600);
/// A figure is otherwise only if its median has moved by a tenth and more ...
const LEAST_SHIFT: f64 = 0.1;
/// ... and that would come by chance in less than this share of comparisons of equal loads,
/// over all figures together (Bonferroni 1936).
const CHANCE: f64 = 0.01;
/// The standard error of a median is that of a mean times this, for normal values
/// (Laplace 1818): the root of half of pi.
const MEDIAN_ERROR: f64 = 1.253_314_137_315_500_3;

/// Readings of one figure, in order of time.
#[derive(Clone, Debug)]
struct Readings {
    metric: String,
    /// Hour of the day and value.
    kept: Vec<(u32, f64)>,
    seen: u64,
    stride: u64,
}

impl Readings {
    fn add(&mut self, hour: u32, value: f64) {
        if self.seen.is_multiple_of(self.stride) {
            self.kept.push((hour, value));
        }
        self.seen += 1;
        if self.kept.len() >= MOST {
            let mut at = 0;
            self.kept.retain(|_| {
                at += 1;
                at % 2 == 1
            });
            self.stride *= 2;
        }
    }

    fn told(&self, hour: Option<u32>, (begin, end): (Seconds, Seconds)) -> Option<Baseline> {
        let wanted = self.kept.iter().filter(|(of, _)| hour.is_none_or(|hour| *of == hour));
        let values: Vec<f64> = wanted.map(|(_, value)| *value).collect();
        let (median, mad) = mad(&values)?;
        Some(Baseline {
            metric: self.metric.clone(),
            n: if hour.is_some() { values.len() as u64 * self.stride } else { self.seen },
            median: crate::rounded(median),
            mad: crate::rounded(mad),
            p95: crate::rounded(quantile(&sorted(values), 0.95)?),
            hour,
            begin,
            end,
            ..Baseline::default()
        })
    }
}

/// Takes samples in.
#[derive(Clone, Debug, Default)]
pub struct BaselineIntake {
    all: Vec<Readings>,
    span: Option<(Seconds, Seconds)>,
}

impl BaselineIntake {
    /// Takes a sample. The first of a stream has no rates, and counts for levels alone.
    pub fn add(&mut self, sample: &Sample) {
        let time = sample.time;
        let (begin, end) = self.span.unwrap_or((time, time));
        self.span = Some((begin.min(time), end.max(time)));
        let hour = (time.as_micros() / 3_600_000_000).rem_euclid(24) as u32;
        every_figure(sample, |(of, what), reading| {
            let is = |metric: &str| {
                metric.strip_prefix(of).and_then(|rest| rest.strip_prefix(' ')) == Some(what)
            };
            if let Some(found) = self.all.iter_mut().find(|readings| is(&readings.metric)) {
                found.add(hour, reading.value);
                return;
            }
            let metric = format!("{of} {what}");
            let mut new = Readings { metric, kept: Vec::new(), seen: 0, stride: 1 };
            new.add(hour, reading.value);
            self.all.push(new);
        });
    }

    /// How each figure is: over all hours, and hour by hour where more than two days were seen.
    pub fn finish(&self) -> Vec<Baseline> {
        let Some(span) = self.span else { return Vec::new() };
        let by_hour = span.1 - span.0 > HOURS_FROM;
        let hours = (0..24).filter(|_| by_hour).map(Some);
        let hours: Vec<Option<u32>> = [None].into_iter().chain(hours).collect();
        let each = |readings: &Readings| {
            hours.iter().filter_map(|hour| readings.told(*hour, span)).collect::<Vec<_>>()
        };
        self.all.iter().flat_map(each).collect()
    }

    /// What is otherwise than a baseline says: where the median of a figure, each reading held
    /// against its hour, has moved by a tenth of what it was and more, and by more than
    /// chance explains. Readings one after the other are alike, so fewer count: their number
    /// is that of runs above and below their median (Wald and Wolfowitz 1940).
    pub fn against(&self, baseline: &[Baseline]) -> Vec<Shift> {
        let common = self.all.iter().filter(|readings| {
            baseline.iter().any(|row| row.hour.is_none() && row.metric == readings.metric)
        });
        let figures = common.clone().count().max(1);
        let bar = normal_quantile(1.0 - CHANCE / figures as f64 / 2.0);
        common.filter_map(|readings| shift(readings, baseline, bar)).collect()
    }
}

/// A figure that is otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// The figure.
    pub metric: String,
    /// Readings now.
    pub n: u64,
    /// Their median.
    pub now: f64,
    /// That of the baseline, for the same hours.
    pub usual: f64,
    /// How far a median may be off by chance.
    pub margin: f64,
}

fn shift(readings: &Readings, baseline: &[Baseline], bar: f64) -> Option<Shift> {
    let rows = || baseline.iter().filter(|row| row.metric == readings.metric);
    let whole = rows().find(|row| row.hour.is_none())?;
    let row_of = |hour: u32| rows().find(|row| row.hour == Some(hour)).unwrap_or(whole);
    let now = median(readings.kept.iter().map(|(_, value)| *value))?;
    let usual = median(readings.kept.iter().map(|(hour, _)| row_of(*hour).median))?;
    let off: Vec<f64> = readings.kept.iter().map(|(hour, v)| v - row_of(*hour).median).collect();
    let (moved, spread) = mad(&off)?;
    // how the values of an hour differ: those of a whole day have its ups and downs, too
    let usually = median(readings.kept.iter().map(|(hour, _)| row_of(*hour).mad))?;
    let wide = spread.max(usually) * MAD_TO_SIGMA * MEDIAN_ERROR;
    let counted = 1.0 / independent(&off, moved) + 1.0 / (whole.n as f64).max(1.0);
    let margin = bar * wide * libm::sqrt(counted);
    let moved = moved.abs();
    let otherwise = moved > margin && moved > LEAST_SHIFT * usual.abs() && moved > 0.0;
    otherwise.then(|| Shift {
        metric: readings.metric.clone(),
        n: readings.seen,
        now,
        usual,
        margin: crate::rounded(margin),
    })
}

/// How many of the readings are worth something of their own. Of independent ones about every
/// second begins a run above or below the median.
fn independent(values: &[f64], middle: f64) -> f64 {
    let sides: Vec<bool> =
        values.iter().filter(|value| **value != middle).map(|value| *value > middle).collect();
    let runs = 1 + sides.windows(2).filter(|pair| pair[0] != pair[1]).count();
    (2.0 * runs as f64).min(values.len() as f64).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::CpuShares;

    /// `n` samples from `begin`, one a minute, of a load that goes up and down with the day
    /// when `daily`; noise is that of a generator with a seed, and lasts from one to the next.
    fn load((begin, n): (i64, i64), factor: f64, daily: f64, seed: u64) -> BaselineIntake {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut intake = BaselineIntake::default();
        let mut noise = 0.0;
        for minute in begin..begin + n {
            noise = 0.5 * noise + (random.f64() + random.f64() - 1.0) * 0.05;
            let day = libm::sin(minute as f64 / 1440.0 * core::f64::consts::TAU);
            let busy = ((0.4 + daily * day + noise) * factor).clamp(0.0, 1.0);
            intake.add(&Sample {
                time: Seconds::from_secs(1_699_920_000 + minute * 60),
                cpu: Some(CpuShares { busy, ..CpuShares::default() }),
                ..Sample::default()
            });
        }
        intake
    }

    fn flagged(now: &BaselineIntake, baseline: &[Baseline]) -> bool {
        now.against(baseline).iter().any(|shift| shift.metric == "cpu busy")
    }

    #[test]
    fn the_same_load_is_not_flagged_and_a_fifth_more_is() {
        let baseline = load((0, 1440), 1.0, 0.0, 1).finish();
        let (mut same, mut more) = (0, 0);
        for seed in 100..600 {
            same += u32::from(flagged(&load((5000, 120), 1.0, 0.0, seed), &baseline));
            more += u32::from(flagged(&load((5000, 120), 1.2, 0.0, seed), &baseline));
        }
        assert!(same <= 5, "{same} of 500");
        assert_eq!(more, 500);
    }

    #[test]
    fn hours_of_the_day_are_told_apart_after_two_days() {
        assert!(load((0, 2880), 1.0, 0.2, 1).finish().iter().all(|row| row.hour.is_none()));
        let baseline = load((0, 4 * 1440), 1.0, 0.2, 1).finish();
        let rows: Vec<_> = baseline.iter().filter(|row| row.metric == "cpu busy").collect();
        assert_eq!(rows.len(), 25);
        assert_eq!((rows[0].n, rows[0].hour, rows[1].n), (5760, None, 240));
        // what is usual at night is not at noon
        let night = load((4 * 1440 + 1000, 100), 1.0, 0.2, 7);
        assert!(!flagged(&night, &baseline), "{:?}", night.against(&baseline));
        let whole: Vec<Baseline> = baseline.iter().filter(|r| r.hour.is_none()).cloned().collect();
        assert!(flagged(&night, &whole));
        assert!(flagged(&load((4 * 1440 + 1000, 100), 1.25, 0.2, 7), &baseline));
    }

    #[test]
    fn what_is_kept_has_a_bound_and_what_stands_still_is_not_flagged() {
        let intake = load((0, 100_000), 1.0, 0.0, 3);
        let busy = intake.all.iter().find(|one| one.metric == "cpu busy").unwrap();
        assert!(busy.kept.len() < MOST && busy.seen == 100_000);
        let row = busy.told(None, (Seconds::ZERO, Seconds::ZERO)).unwrap();
        assert!((row.median - 0.4).abs() < 0.005 && row.p95 > row.median && row.n == 100_000);
        let still = intake.against(&intake.finish());
        assert_eq!(still, [], "figures that are 0 all the time, too");
    }
}
