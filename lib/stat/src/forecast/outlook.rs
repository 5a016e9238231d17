//! What will be of a figure, and when it reaches a threshold.

use super::{Ahead, Forecaster, Horizon, Steps, Told};
use crate::{Series, rounded, trend};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Nullable, Outlook};

/// Values that the slope to a threshold is taken from, at most.
const RECENT: usize = 120;
/// Fewer errors are no twentieth part: no interval.
const FEW: u64 = 19;
/// A threshold is in sight within so many times what was looked at.
const SIGHT: f64 = 10.0;

/// A value that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// That value.
    Value(f64),
    /// So much (0 to 1) of what there is in all.
    Share(f64),
}

/// What will be of `series` so far ahead, how good such forecasts were in its second
/// half, and when it reaches the threshold. A threshold that is a share of an unknown whole is
/// not measured.
pub fn outlook(series: &Series, ahead: Ahead, threshold: Option<Threshold>) -> Outlook {
    let number = |value: Option<f64>| Nullable(value.filter(|value| value.is_finite()));
    let mut told = Outlook {
        series: series.name.clone(),
        n: series.values.len() as u64,
        last: number(series.values.iter().copied().rfind(|value| value.is_finite())),
        threshold: threshold.and_then(|threshold| value_of(threshold, series)),
        ..Outlook::default()
    };
    let Some(Steps { step_s, horizon, values }) = ahead.steps(series) else {
        told.verdict = "not measured: too few values, or no regular steps".to_string();
        return told;
    };
    let by_run = matches!(ahead, Ahead::Runs(_));
    told.step_s = Nullable(step_s);
    told.horizon_s = Nullable(step_s.map(|step_s| horizon.steps as f64 * step_s));
    told.horizon_runs = Some(horizon.steps as u64).filter(|_| by_run);
    test(&mut told, (&values, series.whole), horizon);
    told.verdict = match (threshold, told.threshold) {
        (None, _) => String::new(),
        (Some(_), None) => "not measured: it is not known how much there is in all".to_string(),
        (Some(_), Some(level)) => reach(&mut told, &values, level),
    };
    told
}

fn value_of(threshold: Threshold, series: &Series) -> Option<f64> {
    match threshold {
        Threshold::Value(value) => Some(value),
        Threshold::Share(share) => series.whole.map(|whole| whole * share),
    }
}

/// Forecasts at every step, held against what came where that is known.
fn test(told: &mut Outlook, (values, whole): (&[f64], Option<f64>), horizon: Horizon) {
    let mut forecaster = Forecaster::new(horizon);
    let mut all = Vec::new();
    for (at, value) in values.iter().enumerate() {
        forecaster.push(*value);
        all.extend(forecaster.forecast().map(|forecast| Told { at, forecast }));
    }
    let (mut tested, mut error, mut naive, mut inside) = (0u64, 0.0, 0.0, 0u64);
    for Told { at, forecast } in all.iter().filter(|told| told.at >= values.len() / 2) {
        let Some(came) = values.get(at + horizon.steps) else { break };
        if !came.is_finite() || !values[*at].is_finite() {
            continue;
        }
        tested += 1;
        error += (forecast.value - came).abs();
        naive += (values[*at] - came).abs();
        let holds = forecast.range.is_some_and(|(low, high)| (low..=high).contains(came));
        inside += u64::from(holds);
    }
    told.tested = tested;
    let mean = |sum: f64| Nullable((tested > 0).then(|| sum / tested as f64));
    (told.error, told.error_naive) = (mean(error), mean(naive));
    told.inside = Nullable(mean(inside as f64).0.map(rounded));
    if let Some(last) = forecaster.forecast() {
        // there is no more of it than there is
        let most = |value: f64| value.min(whole.unwrap_or(f64::INFINITY));
        told.forecast = Nullable(Some(most(last.value)));
        let range = last.range.filter(|_| last.errors as u64 >= FEW);
        let range = range.map(|(low, high)| (most(low), most(high)));
        (told.low, told.high) = (Nullable(range.map(|r| r.0)), Nullable(range.map(|r| r.1)));
    }
}

/// When the threshold is reached if the slope of the last values goes on (Theil 1950, Sen 1968),
/// in words.
fn reach(told: &mut Outlook, values: &[f64], level: f64) -> String {
    let Some(last) = told.last.0 else { return String::new() };
    let recent = &values[values.len().saturating_sub(RECENT)..];
    let points: Vec<(f64, f64)> = recent
        .iter()
        .enumerate()
        .filter(|(_, value)| value.is_finite())
        .map(|(place, value)| (place as f64, *value))
        .collect();
    let Some(slope) = trend::slope(&points, trend::Z90) else {
        return format!("not measured: a slope needs {} values", trend::LEAST);
    };
    let level_now = slope.level;
    let above = level > level_now;
    if (last - level) * if above { 1.0 } else { -1.0 } >= 0.0 {
        return "reached now".to_string();
    }
    let left = level - level_now;
    let after = |rate: f64| Some(left / rate).filter(|steps| steps.is_finite() && *steps >= 0.0);
    let sure = if above { slope.low > 0.0 } else { slope.high < 0.0 };
    match after(slope.slope).filter(|steps| sure && *steps <= SIGHT * recent.len() as f64) {
        Some(middle) => {
            let steep = after(if above { slope.high } else { slope.low }).unwrap_or(middle);
            in_sight(told, middle, steep)
        }
        None => "not in sight".to_string(),
    }
}

/// A threshold is reached after so many steps, and not before so many.
fn in_sight(told: &mut Outlook, middle: f64, steep: f64) -> String {
    let step_s = told.step_s.0;
    let time = |steps: f64| step_s.map(|step_s| steps * step_s);
    (told.reach_s, told.reach_low_s) = (time(middle).map(rounded), time(steep).map(rounded));
    if told.horizon_runs.is_none() {
        let words = |steps| time(steps).map_or(String::new(), words);
        return format!("reached in {} (not before {})", words(middle), words(steep));
    }
    // the first run beyond it
    let run = |steps: f64| libm::ceil(steps).max(1.0) as u64;
    (told.reach_runs, told.reach_low_runs) = (Some(run(middle)), Some(run(steep)));
    let runs = if run(middle) == 1 { "run" } else { "runs" };
    let about = time(middle).map_or(String::new(), |time| format!(", {}", words(time)));
    format!("reached in {} {runs}{about} (not before {})", run(middle), run(steep))
}

/// A time in two units.
fn words(seconds: f64) -> String {
    let whole = libm::round(seconds) as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, _) => format!("{minutes} min {} s", whole % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        _ => format!("{days} d {hours} h"),
    }
}
