//! Predictions beside what happened.

use crate::rounded;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use plan::history::Run;
use record::{Calibration, MakespanPrediction, Nullable, Prediction, Seconds};

/// What an interval promises to hold, and what the upper figure does.
const PROMISED: f64 = 0.9;

/// What was predicted.
#[derive(Clone, Debug, Default)]
pub struct Predicted {
    /// Durations.
    pub durations: Vec<Prediction>,
    /// Makespans.
    pub makespans: Vec<MakespanPrediction>,
}

/// A prediction and what it was of.
struct Pair<'a> {
    from: &'a str,
    told: Seconds,
    p90: Option<Seconds>,
    interval: Option<(Seconds, Seconds)>,
    actual: Seconds,
}

/// The scores by what the predictions rest on, of all of them, and of the makespan. A
/// prediction without the name of a run is held against every run.
pub fn calibrate(predicted: &Predicted, runs: &[&Run]) -> Vec<Calibration> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    let mut makespans: Vec<Pair<'_>> = Vec::new();
    for run in runs {
        let took: BTreeMap<&str, Seconds> =
            run.done.iter().map(|done| (done.id.as_str(), done.took)).collect();
        // of another plan, as far as is known
        let mut is_another = !predicted.durations.is_empty();
        let is_of = |name: &str| name.is_empty() || name == run.name;
        for one in predicted.durations.iter().filter(|one| is_of(&one.run)) {
            let actual = took.get(one.id.as_str());
            let Some((told, actual)) = one.duration.0.zip(actual.copied()) else { continue };
            let interval = one.low_s.zip(one.high_s);
            pairs.push(Pair { from: &one.from, told, p90: one.p90_s, interval, actual });
            is_another = false;
        }
        if is_another {
            continue;
        }
        for one in predicted.makespans.iter().filter(|one| is_of(&one.run)) {
            let Some(actual) = run.makespan else { continue };
            let interval = one.low_s.zip(one.high_s);
            makespans.push(Pair {
                from: &one.from,
                told: one.makespan,
                p90: None,
                interval,
                actual,
            });
        }
    }
    let mut rows = Vec::new();
    let mut bases: Vec<&str> = pairs.iter().map(|pair| pair.from).collect();
    bases.sort_unstable();
    bases.dedup();
    for basis in bases {
        rows.push(scored(basis, pairs.iter().filter(|pair| pair.from == basis)));
    }
    rows.push(scored("all", pairs.iter()));
    rows.push(scored("makespan", makespans.iter()));
    rows.retain(|row| row.n > 0);
    rows
}

fn scored<'a>(of: &str, pairs: impl Iterator<Item = &'a Pair<'a>> + Clone) -> Calibration {
    let mut left: Vec<Seconds> = pairs.clone().map(|pair| pair.actual - pair.told).collect();
    left.sort_unstable();
    let n = left.len();
    let error: f64 = left.iter().map(|left| left.as_f64().abs()).sum();
    let whole: f64 = pairs.clone().map(|pair| pair.actual.as_f64()).sum();
    let inside =
        |pair: &Pair<'_>| pair.interval.map(|(low, high)| (low..=high).contains(&pair.actual));
    let (held, promised) = share(pairs.clone().filter_map(inside));
    let (below, with_p90) = share(pairs.filter_map(|pair| Some(pair.actual <= pair.p90?)));
    let ratio = |part: u64, of: u64| Nullable((of > 0).then(|| rounded(part as f64 / of as f64)));
    Calibration {
        of: of.to_string(),
        n: n as u64,
        inside: ratio(held, promised),
        below_p90: ratio(below, with_p90),
        error_s: Seconds::from_f64(if n > 0 { error / n as f64 } else { 0.0 }),
        error_share: Nullable((whole > 0.0).then(|| rounded(error / whole))),
        bias_s: left.get(n / 2).copied().unwrap_or_default(),
        verdict: verdict(held as f64, promised as f64),
        ..Calibration::default()
    }
}

/// How many are true, of how many.
fn share(all: impl Iterator<Item = bool>) -> (u64, u64) {
    all.fold((0, 0), |(yes, of), is| (yes + u64::from(is), of + 1))
}

/// Beyond two standard deviations of the binomial distribution it is no chance.
fn verdict(held: f64, of: f64) -> String {
    let left = held - PROMISED * of;
    let chance = 2.0 * libm::sqrt(of * PROMISED * (1.0 - PROMISED));
    match of > 0.0 {
        false => "",
        true if left < -chance => "narrower than promised",
        true if left > chance => "wider than promised",
        true => "as promised",
    }
    .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use plan::history::Done;

    fn secs(secs: i64) -> Seconds {
        Seconds::from_secs(secs)
    }

    fn told(id: &str, from: &str, duration: i64) -> Prediction {
        Prediction {
            id: id.to_string(),
            from: from.to_string(),
            duration: Nullable(Some(secs(duration))),
            p90_s: Some(secs(duration + 1)),
            low_s: Some(secs(duration - 2)),
            high_s: Some(secs(duration + 2)),
            ..Prediction::default()
        }
    }

    fn run(name: &str, took: &[(&str, i64)]) -> Run {
        let done = took.iter().map(|(id, took)| Done {
            id: id.to_string(),
            took: secs(*took),
            ..Done::default()
        });
        Run { name: name.to_string(), done: done.collect(), makespan: Some(secs(50)) }
    }

    #[test]
    fn scores_by_hand() {
        let mut timeout = told("c", "timeout", 60);
        (timeout.low_s, timeout.high_s) = (None, None);
        let predicted = Predicted {
            durations: [told("a", "id", 10), told("b", "id", 20), timeout, told("gone", "id", 1)]
                .into(),
            makespans: [MakespanPrediction { makespan: secs(45), ..Default::default() }].into(),
        };
        let actual = run("r", &[("a", 11), ("b", 25), ("c", 30), ("new", 1)]);
        let rows = calibrate(&predicted, &[&actual]);
        let words: Vec<&str> = rows.iter().map(|row| row.of.as_str()).collect();
        assert_eq!(words, ["id", "timeout", "all", "makespan"]);
        let id = &rows[0];
        assert_eq!((id.n, id.inside.0, id.below_p90.0), (2, Some(0.5), Some(0.5)));
        assert_eq!((id.error_s, id.bias_s), (secs(3), secs(5)));
        assert_eq!(id.error_share.0, Some(rounded(6.0 / 36.0)));
        let timeout = &rows[1];
        assert_eq!((timeout.inside.0, timeout.verdict.as_str()), (None, ""));
        assert_eq!(timeout.bias_s, secs(-30));
        assert_eq!((rows[3].n, rows[3].error_s), (1, secs(5)));
    }

    #[test]
    fn a_prediction_with_the_name_of_a_run_is_of_that_run() {
        let one = Prediction { run: "r2".to_string(), ..told("a", "id", 10) };
        let predicted = Predicted { durations: [one].into(), ..Predicted::default() };
        let runs = [run("r1", &[("a", 99)]), run("r2", &[("a", 10)])];
        let rows = calibrate(&predicted, &[&runs[0], &runs[1]]);
        assert_eq!((rows[0].n, rows[0].error_s), (1, Seconds::ZERO));
    }

    #[test]
    fn what_is_no_chance_is_said() {
        for (held, of, right) in [
            (90.0, 100.0, "as promised"),
            (85.0, 100.0, "as promised"),
            (83.0, 100.0, "narrower than promised"),
            (99.0, 100.0, "wider than promised"),
            (1.0, 1.0, "as promised"),
            (0.0, 0.0, ""),
        ] {
            assert_eq!(verdict(held, of), right, "{held} of {of}");
        }
    }
}
