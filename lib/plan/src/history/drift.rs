//! Durations that grow or shrink from run to run, or have been others since some run.

use super::forecast::Draw;
use super::quantile::{self, Weighed};
use alloc::vec::Vec;

/// So many of the last durations are looked at.
const LAST: usize = 24;
/// Fewer show no drift.
const FEWEST: usize = 10;
/// So many of the last are enough where there is no drift.
const RECENT: usize = 8;
/// Standard deviations that chance does not reach: one in a hundred.
const CHANCE: f64 = 2.576;
/// So many of the last durations are looked through for a step.
const STEP_LAST: usize = 64;
/// A chance that is none.
const STEP_CHANCE: f64 = 0.001;
/// What following the drift must leave of the error of the recent median.
const BETTER: f64 = 0.8;

/// Follows a drift; where there is none, forgets what was before a step. The durations as
/// they would be in the run `next`, and whether they drift.
pub fn settle(draws: Vec<Draw>, next: u32) -> (Vec<Draw>, bool) {
    match follow(&draws, next) {
        Some(moved) => (moved, true),
        None => (since_step(&draws).unwrap_or(draws), false),
    }
}

/// The last durations moved along their drift to the next run, the run `next`; `None` where
/// there is no drift beyond chance (Mann, 1945; Kendall, 1975), or where following it would
/// not have told the last ones better from those before them.
fn follow(draws: &[Draw], next: u32) -> Option<Vec<Draw>> {
    let mut points: Vec<(f64, f64)> = draws.iter().map(|d| (f64::from(d.run), d.value)).collect();
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    points.drain(..points.len().saturating_sub(LAST));
    if points.len() < FEWEST || !is_trend(&points) {
        return None;
    }
    let (mut following, mut staying) = (0.0, 0.0);
    for at in FEWEST / 2..points.len() {
        let (before, (run, actual)) = (&points[..at], points[at]);
        let recent = &before[at.saturating_sub(RECENT)..];
        following += (Line::through(before)?.at(run) - actual).abs();
        staying += (median(recent.iter().map(|point| point.1))? - actual).abs();
    }
    if following > BETTER * staying {
        return None;
    }
    let line = Line::through(&points)?;
    let moved = |&(run, value): &(f64, f64)| Draw {
        run: run as u32,
        value: (value + line.slope * (f64::from(next) - run)).max(0.0),
        weight: 1.0,
    };
    Some(points.iter().map(moved).collect())
}

/// The durations since they last changed at once, all alike; `None` where they have not, beyond a
/// chance of one in a thousand (Pettitt, 1979).
fn since_step(draws: &[Draw]) -> Option<Vec<Draw>> {
    let mut last = draws.to_vec();
    last.sort_by_key(|draw| draw.run);
    last.drain(..last.len().saturating_sub(STEP_LAST));
    let count = last.len();
    if count < FEWEST {
        return None;
    }
    // how many more of those before a place are less than those after it than are greater
    let (mut sum, mut best) = (0.0, (0.0, 0));
    for (place, one) in last.iter().enumerate() {
        sum += last.iter().map(|other| sign(one.value, other.value)).sum::<f64>();
        if f64::abs(sum) > best.0 {
            best = (f64::abs(sum), place + 1);
        }
    }
    let (n, (most, from)) = (count as f64, best);
    let chance = 2.0 * libm::exp(-6.0 * most * most / (n * n * (n + 1.0)));
    if chance > STEP_CHANCE || count - from < FEWEST / 2 {
        return None;
    }
    let first = last[from].run;
    let since = draws.iter().filter(|draw| draw.run >= first);
    Some(since.map(|draw| Draw { weight: 1.0, ..*draw }).collect())
}

/// 1 where the second is greater, -1 where it is less.
fn sign(one: f64, other: f64) -> f64 {
    match other.total_cmp(&one) {
        core::cmp::Ordering::Less => -1.0,
        core::cmp::Ordering::Equal => 0.0,
        core::cmp::Ordering::Greater => 1.0,
    }
}

/// Whether later ones are greater, or less, more often than chance has it.
fn is_trend(points: &[(f64, f64)]) -> bool {
    let mut sum = 0.0;
    for (place, a) in points.iter().enumerate() {
        for b in &points[place + 1..] {
            sum += sign(a.1, b.1);
        }
    }
    let n = points.len() as f64;
    sum * sum > CHANCE * CHANCE * n * (n - 1.0) * (2.0 * n + 5.0) / 18.0
}

fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut list: Vec<Weighed> = values.map(|value| (value, 1.0)).collect();
    quantile::sort(&mut list);
    quantile::median(list.into_iter())
}

/// A line that outliers do not turn: the median of the slopes between all pairs (Theil,
/// 1950; Sen, 1968), through the median of what it leaves.
pub struct Line {
    slope: f64,
    offset: f64,
}

impl Line {
    /// The line through points, where they are not all of one place.
    pub fn through(points: &[(f64, f64)]) -> Option<Line> {
        let mut slopes: Vec<f64> = Vec::new();
        for (place, a) in points.iter().enumerate() {
            let others = points[place + 1..].iter().filter(|b| b.0 != a.0);
            slopes.extend(others.map(|b| (b.1 - a.1) / (b.0 - a.0)));
        }
        let slope = median(slopes.into_iter())?;
        let offset = median(points.iter().map(|(x, y)| y - slope * x))?;
        (slope.is_finite() && offset.is_finite()).then_some(Line { slope, offset })
    }

    /// Its height at a place.
    pub fn at(&self, x: f64) -> f64 {
        self.offset + self.slope * x
    }
}
