//! Which past runs say most about the next one.
//!
//! Two kinds of candidates: the recent runs, forgotten faster or slower, and the runs
//! that came after a run like the last one (analogues; Lorenz, 1969). Which of them hold
//! is found by predicting each past run from the runs before it (rolling origin;
//! Tashman, 2000), and the best few are averaged (Bates and Granger, 1969).
//!
//! Of many candidates some are best by chance alone. A makespan holds waits, which go on
//! from run to run, so there the best few are believed. Durations seldom hang together
//! like that: there a candidate is believed only where it tells them better than nearly
//! all runs alike, beyond chance (a paired test of the errors; Diebold and Mariano, 1995).

use super::quantile;
use alloc::vec;
use alloc::vec::Vec;

/// Figures of a run by which two runs are alike.
pub const TRAITS: usize = 4;

/// What of a run the weights depend on.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Whether the run before it is known.
    pub before: Before,
    /// Makespan, time to the first start, mean wait, mean duration; where they are known.
    pub traits: [Option<f64>; TRAITS],
}

/// What came directly before a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    /// The run that is known before it.
    #[default]
    Known,
    /// Another one.
    Missing,
}

/// Figures to predict: run and value, ascending by value.
pub type Series = Vec<(u32, f64)>;

/// A way to weigh runs.
#[derive(Clone, Copy, Debug)]
enum Habit {
    /// The weight halves every so many runs.
    Recent(f64),
    /// Of the runs that follow one, this share whose predecessor is most like the last
    /// run in a trait, beside the others with a smaller weight.
    After { by: usize, share: f64, rest: f64 },
}

/// The runs that are too early to be predicted from those before.
const FIRST: usize = 10;
/// So many of the last runs are predicted to choose.
const TRIED: usize = 128;
/// So many figures are predicted to choose.
const SERIES: usize = 256;
/// So many of the best are averaged.
const BEST: usize = 3;
/// Fewer analogues say nothing.
const FEWEST: usize = 5;
/// Where nothing can be tried.
const UNTRIED: Habit = Habit::Recent(16.0);
/// Where nothing is better than it: the first of [`habits`].
const PLAIN: Habit = Habit::Recent(256.0);
/// Standard errors by which chance makes one better than another: once in twenty.
const CHANCE: f64 = 1.645;

/// When a candidate is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belief {
    /// It has told the past runs best.
    Best,
    /// It has, and better than the plain one by more than chance.
    Shown,
}

fn habits() -> Vec<Habit> {
    let mut all: Vec<Habit> =
        [PLAIN, Habit::Recent(64.0), Habit::Recent(16.0), Habit::Recent(4.0)].into();
    for by in 0..TRAITS {
        for share in [0.2, 0.35] {
            all.extend([0.05, 0.3].map(|rest| Habit::After { by, share, rest }));
        }
    }
    all
}

/// The weight of each run for what comes after them; they sum up to 1.
fn weights(habit: Habit, runs: &[Facts], next: Before) -> Vec<f64> {
    let count = runs.len();
    let mut weights = match habit {
        Habit::Recent(half) => (0..count)
            .map(|run| libm::exp2((run + 1) as f64 / half - count as f64 / half))
            .collect(),
        Habit::After { by, share, rest } => {
            let near = match next {
                Before::Known => analogues(runs, by, share),
                Before::Missing => Vec::new(),
            };
            let mut weights = vec![if near.is_empty() { 1.0 } else { rest }; count];
            near.iter().for_each(|run| weights[*run] += 1.0);
            weights
        }
    };
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    weights
}

/// The runs whose predecessor is nearest to the last run, by rank in a trait.
fn analogues(runs: &[Facts], by: usize, share: f64) -> Vec<usize> {
    let mut sorted: Vec<f64> = runs.iter().filter_map(|run| run.traits[by]).collect();
    sorted.sort_by(f64::total_cmp);
    let rank = |run: &Facts| {
        let value = run.traits[by]?;
        let below = sorted.partition_point(|other| *other < value);
        Some(below + sorted.partition_point(|other| *other <= value))
    };
    let Some(last) = runs.last().and_then(&rank) else { return Vec::new() };
    let mut near: Vec<(usize, usize)> = Vec::new();
    for (run, pair) in (1..).zip(runs.windows(2)) {
        if let Some(rank) = rank(&pair[0]).filter(|_| pair[1].before == Before::Known) {
            near.push((rank.abs_diff(last), run));
        }
    }
    if near.len() < 2 * FEWEST {
        return Vec::new();
    }
    near.sort_unstable();
    let count = ((near.len() as f64 * share) as usize).max(FEWEST);
    // all that are as near as the last one taken
    let edge = near[count - 1].0;
    near.into_iter().take_while(|(distance, _)| *distance <= edge).map(|(_, run)| run).collect()
}

/// The weight of each run for the run that comes after them, as it serves these series
/// best; `next` says what comes directly before that run.
pub fn weigh(runs: &[Facts], series: &[&Series], next: Before, belief: Belief) -> Vec<f64> {
    let first = FIRST.max(runs.len().saturating_sub(TRIED));
    if runs.len() < FIRST + FEWEST || series.is_empty() {
        return weights(UNTRIED, runs, next);
    }
    let mut tried: Vec<Tried> =
        habits().into_iter().map(|habit| Tried { habit, errors: Vec::new() }).collect();
    for origin in first..runs.len() {
        let actual: Vec<(&Series, f64)> = series
            .iter()
            .take(SERIES)
            .filter_map(|series| Some((*series, value_of(series, origin as u32)?)))
            .collect();
        for one in &mut tried {
            let weights = weights(one.habit, &runs[..origin], runs[origin].before);
            let error = |(series, actual): &(&Series, f64)| {
                let before = series.iter().filter(|(run, _)| (*run as usize) < origin);
                let weighed = before.map(|(run, value)| (*value, weights[*run as usize]));
                quantile::median(weighed).map_or(0.0, |told| (told - actual).abs())
            };
            one.errors.push(actual.iter().map(error).sum());
        }
    }
    let plain = tried[0].errors.clone();
    tried.sort_by(|a, b| a.error().total_cmp(&b.error()));
    tried.truncate(BEST);
    if belief == Belief::Shown {
        tried.retain(|one| is_better(&one.errors, &plain));
    }
    // each by the inverse of its squared error
    let Some(least) = tried.first().map(Tried::error) else { return weights(PLAIN, runs, next) };
    let trust = |error: f64| if error > 0.0 { (least / error) * (least / error) } else { 1.0 };
    let mut sum = vec![0.0; runs.len()];
    for one in &tried {
        let weights = weights(one.habit, runs, next);
        let trust = trust(one.error());
        sum.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight * trust);
    }
    sum
}

/// A candidate, and how far it was from each run that it was tried on.
struct Tried {
    habit: Habit,
    errors: Vec<f64>,
}

impl Tried {
    fn error(&self) -> f64 {
        self.errors.iter().sum()
    }
}

/// Whether errors are less than others of the same runs by more than chance.
fn is_better(errors: &[f64], others: &[f64]) -> bool {
    let less = || others.iter().zip(errors).map(|(other, error)| other - error);
    let count = errors.len() as f64;
    let mean = less().sum::<f64>() / count;
    let squares: f64 = less().map(|less| (less - mean) * (less - mean)).sum();
    mean > CHANCE * libm::sqrt(squares) / count
}

fn value_of(series: &Series, run: u32) -> Option<f64> {
    series.iter().find(|(its, _)| *its == run).map(|(_, value)| *value)
}
