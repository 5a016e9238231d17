//! What comes again: spells in which a figure is far above its usual value, at an hour of the
//! day or while a command runs.

use crate::math::{benjamini_hochberg, binomial_interval, mad};
use crate::{Series, rounded};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Nullable, Pattern};

/// Robust standard deviations above the median that are far.
const FAR: f64 = 3.0;
/// Fewer times are no pattern: days, or runs of an operation.
const LEAST: u64 = 5;
/// Fewer hits are no pattern.
const HITS: u64 = 3;
/// A spell is over when the figure was not far up for so long, in seconds.
const OVER: f64 = 3600.0;
const DAY: f64 = 86_400.0;
const HOUR: f64 = 3600.0;
/// What is a pattern.
const CHANCE: f64 = 0.05;
/// Shifted copies that runs are held against.
const SHIFTS: usize = 999;
const Z95: f64 = 1.959_963_984_540_054;

/// Times of one kind: which of them were hits, in order of time, and the share of others that were.
struct Tried {
    kind: &'static str,
    when: String,
    hits: Vec<bool>,
    usual: f64,
    chance: f64,
    /// The chance by the first half alone.
    before: f64,
}

/// The patterns of all series, the most certain first. Durations of operations are the runs that
/// the others are held against.
pub fn patterns(all: &[Series]) -> Vec<Pattern> {
    let (runs, figures): (Vec<&Series>, Vec<&Series>) =
        all.iter().partition(|series| operation(series).is_some());
    let mut found = Vec::new();
    for series in figures {
        let Some(high) = high(series) else { continue };
        let mut tried = hours(series, &high);
        tried.extend(runs.iter().filter_map(|runs| command(series, &high, runs)));
        found.extend(tried.into_iter().map(|tried| told(&series.name, tried)));
    }
    let chances: Vec<f64> = found.iter().map(|pattern: &Pattern| pattern.chance).collect();
    for (pattern, corrected) in found.iter_mut().zip(benjamini_hochberg(&chances)) {
        pattern.corrected = rounded(corrected);
        pattern.chance = rounded(pattern.chance);
    }
    found.retain(|pattern| pattern.corrected < CHANCE && pattern.hits >= HITS);
    found.sort_by(|a, b| a.corrected.total_cmp(&b.corrected).then(b.share.total_cmp(&a.share)));
    found
}

/// The operation whose durations these are.
fn operation(series: &Series) -> Option<&str> {
    series.name.strip_prefix("op ")?.strip_suffix(" wall_s")
}

/// When the figure was far above its median, in order of time; `None` where it never was.
fn high(series: &Series) -> Option<Vec<f64>> {
    let values: Vec<f64> = series.values.iter().copied().filter(|v| v.is_finite()).collect();
    let (median, deviation) = mad(&values)?;
    let line = median + FAR * crate::math::MAD_TO_SIGMA * deviation;
    let at = series.times.iter().zip(&series.values);
    let high: Vec<f64> = at.filter(|(_, value)| **value > line).map(|(time, _)| *time).collect();
    // what is far up half of the time is not far up
    (!high.is_empty() && high.len() * 4 < values.len()).then_some(high)
}

/// Each hour of the day, held against the others by Fisher's exact test (1935) of the days on
/// which a spell began in it.
fn hours(series: &Series, high: &[f64]) -> Vec<Tried> {
    let (Some(first), Some(last)) = (series.times.first(), series.times.last()) else {
        return Vec::new();
    };
    let from = libm::ceil(first / HOUR);
    let count = (libm::floor(last / HOUR) - from).max(0.0) as usize;
    let mut begun = alloc::vec![false; count];
    let mut before = f64::NEG_INFINITY;
    for time in high {
        let place = libm::floor(time / HOUR) - from;
        if time - before > OVER && (0.0..count as f64).contains(&place) {
            begun[place as usize] = true;
        }
        before = *time;
    }
    let of_day = |place: usize| (from + place as f64) % (DAY / HOUR);
    let one = |hour: u32| {
        let is = |place: &usize| of_day(*place) == f64::from(hour);
        let hits: Vec<bool> = (0..count).filter(is).map(|place| begun[place]).collect();
        if (hits.len() as u64) < LEAST {
            return None;
        }
        let others: Vec<bool> = (0..count).filter(|place| !is(place)).map(|p| begun[p]).collect();
        let half = |all: &[bool]| (count_of(&all[..all.len() / 2]), all.len() as u64 / 2);
        let whole = |all: &[bool]| (count_of(all), all.len() as u64);
        Some(Tried {
            kind: "hour",
            when: format!("{hour:02}:00"),
            usual: count_of(&others) as f64 / others.len().max(1) as f64,
            chance: fisher(whole(&hits), whole(&others)),
            before: fisher(half(&hits), half(&others)),
            hits,
        })
    };
    (0..24).filter_map(one).collect()
}

fn count_of(all: &[bool]) -> u64 {
    all.iter().filter(|hit| **hit).count() as u64
}

/// The chance of at least so many hits among the first, given the hits of both.
fn fisher((hits, n): (u64, u64), (others, m): (u64, u64)) -> f64 {
    let all = hits + others;
    let choose = |n: u64, k: u64| {
        let log = |n: u64| libm::lgamma(n as f64 + 1.0);
        log(n) - log(k) - log(n - k)
    };
    let most = all.min(n);
    let each = (hits..=most)
        .filter(|k| all - k <= m)
        .map(|k| libm::exp(choose(n, k) + choose(m, all - k) - choose(n + m, all)));
    each.sum::<f64>().min(1.0)
}

/// The runs of an operation, held against the same runs at other times: all shifted around the
/// observed time by as much, which leaves whatever rhythm each has (a randomisation test with
/// circular shifts: Harrison, Amarasingham, Truccolo 2015).
fn command(series: &Series, high: &[f64], runs: &Series) -> Option<Tried> {
    let (first, last) = (*series.times.first()?, *series.times.last()?);
    let span = last - first;
    let spans: Vec<(f64, f64)> = runs
        .times
        .iter()
        .zip(&runs.values)
        .map(|(end, wall)| (end - wall, *end))
        .filter(|(start, end)| *start >= first && *end <= last && start <= end)
        .collect();
    if (spans.len() as u64) < LEAST || span <= 0.0 {
        return None;
    }
    let within = |from: f64, to: f64| {
        let next = high.partition_point(|time| *time < from);
        high.get(next).is_some_and(|time| *time <= to)
    };
    let is_hit = |(start, end): (f64, f64), shift: f64| {
        let (from, to) = (start + shift, end + shift);
        match to > last {
            false => within(from, to),
            // around the end
            true => within(from, last) || within(first.max(from - span), to - span),
        }
    };
    let hits: Vec<bool> = spans.iter().map(|run| is_hit(*run, 0.0)).collect();
    let half = spans.len() / 2;
    let (all, early) = (count_of(&hits), count_of(&hits[..half]));
    let mut random = fastrand::Rng::with_seed(spans.len() as u64);
    let (mut as_many, mut as_many_early, mut usual) = (1u64, 1u64, 0u64);
    for _ in 0..SHIFTS {
        let shift = random.f64() * span;
        let counts = spans.iter().enumerate().fold((0, 0), |(all, early), (place, run)| {
            let hit = u64::from(is_hit(*run, shift));
            (all + hit, early + if place < half { hit } else { 0 })
        });
        as_many += u64::from(counts.0 >= all);
        as_many_early += u64::from(counts.1 >= early);
        usual += counts.0;
    }
    let draws = (SHIFTS + 1) as f64;
    Some(Tried {
        kind: "command",
        when: operation(runs)?.to_string(),
        usual: usual as f64 / (SHIFTS * spans.len()) as f64,
        chance: as_many as f64 / draws,
        before: as_many_early as f64 / draws,
        hits,
    })
}

fn told(name: &str, tried: Tried) -> Pattern {
    let (hits, n) = (count_of(&tried.hits), tried.hits.len() as u64);
    let share = hits as f64 / n as f64;
    let (low, high) = binomial_interval((hits, n), Z95);
    // what the first half shows is told of the second
    let later = &tried.hits[tried.hits.len() / 2..];
    let shown = tried.before < CHANCE;
    let (tested, right) = if shown { (later.len() as u64, count_of(later)) } else { (0, 0) };
    Pattern {
        series: name.to_string(),
        kind: tried.kind.to_string(),
        when: tried.when,
        n,
        hits,
        share: rounded(share),
        low: rounded(low),
        high: rounded(high),
        usual: rounded(tried.usual),
        lift: Nullable((tried.usual > 0.0).then(|| rounded(share / tried.usual))),
        chance: tried.chance,
        tested,
        right,
        precision: Nullable((tested > 0).then(|| rounded(right as f64 / tested as f64))),
        ..Pattern::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(random: &mut fastrand::Rng) -> f64 {
        crate::math::normal_quantile(random.f64().clamp(1e-12, 1.0 - 1e-12))
    }

    /// Days of values every five minutes from a midnight, `more` added to the noise.
    fn days(random: &mut fastrand::Rng, count: usize, more: impl Fn(f64) -> f64) -> Series {
        let times: Vec<f64> =
            (0..count * 288).map(|at| 1_699_920_000.0 + at as f64 * 300.0).collect();
        let values = times.iter().map(|time| noise(random) + more(*time)).collect();
        Series { name: "cpu busy".into(), times, values, ..Series::default() }
    }

    fn runs(name: &str, starts: impl Iterator<Item = f64>) -> Series {
        let times: Vec<f64> = starts.map(|start| start + 600.0).collect();
        let values = alloc::vec![600.0; times.len()];
        Series { name: format!("op {name} wall_s"), times, values, ..Series::default() }
    }

    #[test]
    fn a_backup_every_night_is_found() {
        let mut random = fastrand::Rng::with_seed(1);
        let night =
            |time: f64| if (10_800.0..12_000.0).contains(&(time % DAY)) { 20.0 } else { 0.0 };
        let found = patterns(&[days(&mut random, 14, night)]);
        assert_eq!(found.len(), 1, "{found:?}");
        let one = &found[0];
        assert_eq!(
            (one.kind.as_str(), one.when.as_str(), one.n, one.hits),
            ("hour", "03:00", 14, 14)
        );
        assert!(one.lift.0.unwrap() > 3.0 && one.precision.0 == Some(1.0), "{one:?}");
        assert_eq!((one.tested, one.right), (7, 7));
    }

    #[test]
    fn a_command_that_brings_spells_is_found() {
        let mut random = fastrand::Rng::with_seed(2);
        let starts: Vec<f64> =
            (0..30).map(|_| 1_699_920_000.0 + 3600.0 + random.f64() * 9.0 * DAY).collect();
        let mut starts_of = starts.clone();
        starts_of.sort_by(f64::total_cmp);
        let busy = |time: f64| {
            let runs = starts.iter().any(|start| (*start..start + 600.0).contains(&time));
            if runs { 15.0 } else { 0.0 }
        };
        let cpu = days(&mut random, 10, busy);
        let idle: Vec<f64> =
            (0..30).map(|at| 1_699_920_000.0 + 7000.0 + f64::from(at) * 27_000.0).collect();
        let all = [cpu, runs("copy", starts_of.into_iter()), runs("idle", idle.into_iter())];
        let found = patterns(&all);
        assert_eq!(found.len(), 1, "{found:?}");
        let one = &found[0];
        assert_eq!((one.kind.as_str(), one.when.as_str(), one.hits), ("command", "copy", 30));
        assert!(one.lift.0.unwrap() > 3.0 && one.precision.0 == Some(1.0), "{one:?}");
    }

    #[test]
    fn noise_has_no_pattern() {
        let mut random = fastrand::Rng::with_seed(3);
        let sets = 60;
        let found = (0..sets).filter(|_| {
            let cpu = days(&mut random, 10, |_| 0.0);
            let mut starts: Vec<f64> =
                (0..20).map(|_| 1_699_920_000.0 + random.f64() * 9.9 * DAY).collect();
            starts.sort_by(f64::total_cmp);
            !patterns(&[cpu, runs("copy", starts.into_iter())]).is_empty()
        });
        let found = found.count();
        assert!(found <= 3, "{found} of {sets}");
    }

    #[test]
    fn chances_by_hand() {
        // 3 of 3 against 0 of 3: one of the 20 ways to choose
        assert!((fisher((3, 3), (0, 3)) - 0.05).abs() < 1e-12);
        assert!((fisher((0, 3), (3, 3)) - 1.0).abs() < 1e-12);
    }
}
