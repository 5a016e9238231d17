//! Commands beside each other: how long each takes, and if they differ.
//!
//! They are run in rounds, each of them once in each round and in another order in each, so
//! that what changes in the machine meanwhile changes for all of them. Durations are compared
//! by ranks, which takes no shape of their distribution for granted.

use crate::compare::{Of, samples};
use crate::math::{Draws, benjamini_hochberg, bootstrap, mad, median};
use crate::rounded;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{BenchResult, Seconds};

/// Chances below this are told as a difference.
const ALARM: f64 = 0.05;
/// Share of intervals that hold the true value.
const SHARE: f64 = 0.95;
/// Beyond so many scaled median absolute deviations (Hampel 1974, Leys et al. 2013), and ...
const FAR: f64 = 3.0 * 1.4826;
/// ... beyond this share of the median, a run is unlike the others.
const FAR_SHARE: f64 = 0.05;

/// One run of a command.
#[derive(Clone, Copy, Debug, Default)]
pub struct BenchRun {
    /// How long it took.
    pub wall: Seconds,
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// It failed.
    pub failed: bool,
}

/// A command with its runs.
#[derive(Clone, Debug, Default)]
pub struct Benched {
    /// The command.
    pub command: String,
    /// Its runs, warm-ups left out.
    pub runs: Vec<BenchRun>,
    /// How they were begun, where there are several ways.
    pub begun: Option<String>,
}

impl Benched {
    /// Another run, and how it was begun.
    pub fn add(&mut self, run: BenchRun, begun: Option<&str>) {
        match &mut self.begun {
            none if self.runs.is_empty() => *none = begun.map(String::from),
            Some(before) if begun != Some(before) => *before = "mixed".to_string(),
            _ => {}
        }
        self.runs.push(run);
    }
}

/// The order of the commands in a round: another in each, the same for the same seed
/// (Fisher and Yates 1938, Durstenfeld 1964).
pub fn round_order(commands: usize, (seed, round): (u64, u64)) -> Vec<usize> {
    let mut order: Vec<usize> = (0..commands).collect();
    let mut random = fastrand::Rng::with_seed(seed ^ round.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    random.shuffle(&mut order);
    order
}

/// What came of it: a row for each command, compared with the first. The same seed gives the
/// same intervals, from so many samples drawn.
pub fn bench_results(all: &[Benched], (seed, count): (u64, usize)) -> Vec<BenchResult> {
    let draws = Draws { count, seed, share: SHARE };
    let mut rows: Vec<BenchResult> = all.iter().map(|one| alone(one, draws)).collect();
    let Some(first) = all.first().map(|one| walls(&one.runs)) else { return rows };
    let effects: Vec<_> = all[1..]
        .iter()
        .map(|one| samples((&first, &walls(&one.runs)), Of::Executions, draws))
        .collect();
    let chances: Vec<f64> = effects.iter().filter_map(|effect| effect.chance).collect();
    let mut chances = benjamini_hochberg(&chances).into_iter();
    for (row, effect) in rows[1..].iter_mut().zip(effects) {
        let chance = effect.chance.and_then(|_| chances.next());
        // a command that takes half as long is twice as fast
        let faster = effect.ratio.map(|ratio| 1.0 / ratio);
        row.ratio = faster.map(rounded);
        row.ratio_low = effect.interval.filter(|_| faster.is_some()).map(|i| rounded(1.0 / i.high));
        row.ratio_high = effect.interval.filter(|_| faster.is_some()).map(|i| rounded(1.0 / i.low));
        row.chance = chance.map(rounded);
        row.verdict = match (chance, effect.shift) {
            (None, _) => "too few",
            (Some(chance), _) if chance > ALARM => "no difference",
            (Some(_), Some(shift)) if shift < 0.0 => "faster",
            (Some(_), _) => "slower",
        }
        .to_string();
    }
    rows
}

fn walls(runs: &[BenchRun]) -> Vec<f64> {
    runs.iter().map(|run| run.wall.as_f64()).collect()
}

fn alone(one: &Benched, draws: Draws) -> BenchResult {
    let walls = walls(&one.runs);
    let count = one.runs.len();
    let mean = |sum: f64| sum / count.max(1) as f64;
    let of = |part: fn(&BenchRun) -> Seconds| {
        Seconds::from_f64(mean(one.runs.iter().map(|run| part(run).as_f64()).sum()))
    };
    let middle = mean(walls.iter().sum());
    let square: f64 = walls.iter().map(|wall| (wall - middle) * (wall - middle)).sum();
    let several = count > 1;
    let interval = bootstrap(&walls, (draws.count, draws.seed), draws.share, |drawn| {
        median(drawn.iter().copied())
    });
    let interval = interval.filter(|_| several);
    let (centre, spread) = mad(&walls).unwrap_or_default();
    let is_far = |wall: &&f64| (**wall - centre).abs() > (FAR * spread).max(FAR_SHARE * centre);
    let seconds = Seconds::from_f64;
    BenchResult {
        command: one.command.clone(),
        begun: one.begun.clone(),
        runs: count as u64,
        failed: one.runs.iter().filter(|run| run.failed).count() as u64,
        median_s: seconds(centre),
        low_s: interval.map(|ends| seconds(ends.low)),
        high_s: interval.map(|ends| seconds(ends.high)),
        mean_s: seconds(middle),
        deviation_s: several.then(|| seconds(libm::sqrt(square / (count - 1) as f64))),
        min_s: one.runs.iter().map(|run| run.wall).min().unwrap_or_default(),
        max_s: one.runs.iter().map(|run| run.wall).max().unwrap_or_default(),
        user_s: of(|run| run.user),
        system_s: of(|run| run.system),
        outliers: walls.iter().filter(is_far).count() as u64,
        ..BenchResult::default()
    }
}

#[cfg(test)]
mod tests;
