//! Deviations as evidence.
//!
//! For each feature, how rare a deviation is among all tasks is its evidence: minus the
//! logarithm of the share of tasks that deviate as far. The evidence of all features is added
//! (Fisher 1932, as in ECOD: Li, Zhao, Hu, Botta, Ionescu and Chen 2022). So no feature needs a
//! distribution, and none outshouts the others.

use super::feature::{FEATURES, Feature};
use super::{Tasks, baseline};
use crate::math::{median, ranks};
use alloc::vec;
use alloc::vec::Vec;

/// What tasks of one host in one run have in common, as a part of what makes them deviate:
/// the correlation by which more of them tell more than one does, but not as much more as
/// independent ones.
const IN_COMMON: f64 = 0.5;
/// What a host in a run says of its tasks counts once, what the task and the whole run say
/// counts half.
const HALF: f64 = 0.5;

/// Tasks that are looked at together, and how much they count.
struct Level {
    /// The group of each task.
    group: Vec<usize>,
    groups: usize,
    weight: f64,
}

/// How unusual each task is.
pub fn scores(tasks: &Tasks) -> Vec<f64> {
    let count = tasks.all.len();
    let several = tasks.hosts > tasks.runs.len();
    let of = |group: Vec<usize>, groups, weight| Level { group, groups, weight };
    let host = |weight| of(tasks.all.iter().map(|task| task.host).collect(), tasks.hosts, weight);
    let run = tasks.all.iter().map(|task| task.run).collect();
    // where every run has one host, that is the run once more: its weight goes to the task
    let alone = of((0..count).collect(), count, if several { HALF } else { 1.0 + HALF });
    let mut levels = vec![alone, of(run, tasks.runs.len(), HALF)];
    if several {
        levels.push(host(1.0));
    }
    let mut scores = vec![0.0; count];
    let kinds = baseline::kinds(tasks);
    for (place, feature) in FEATURES.into_iter().enumerate() {
        let deviations = baseline::deviations(tasks, &kinds, place);
        if deviations.iter().all(|deviation| deviation.is_nan()) {
            continue;
        }
        for level in &levels {
            let evidence = evidence(&level.together(&deviations), feature);
            scores.iter_mut().zip(evidence).for_each(|(sum, one)| *sum += level.weight * one);
        }
    }
    scores
}

impl Level {
    /// The deviation of each task's group: the mean, times what its number makes of it.
    fn together(&self, deviations: &[f64]) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.groups];
        for (group, deviation) in self.group.iter().zip(deviations) {
            if !deviation.is_nan() {
                sums[*group].0 += deviation;
                sums[*group].1 += 1.0;
            }
        }
        let of = |(group, deviation): (&usize, &f64)| {
            let (sum, n) = sums[*group];
            let independent = libm::sqrt(n / (1.0 + (n - 1.0) * IN_COMMON));
            if deviation.is_nan() { f64::NAN } else { sum / n * independent }
        };
        self.group.iter().zip(deviations).map(of).collect()
    }
}

/// Minus the logarithm of the share of the known values that are as far from their median, or
/// where only more is unusual as far above it; 0 where a value is not known.
fn evidence(values: &[f64], feature: Feature) -> Vec<f64> {
    let known: Vec<usize> = (0..values.len()).filter(|at| !values[*at].is_nan()).collect();
    let middle = median(known.iter().map(|at| values[*at])).unwrap_or(0.0);
    let far = |at: &usize| {
        let apart = values[*at] - middle;
        if feature.upwards { apart } else { apart.abs() }
    };
    let ranks = ranks(&known.iter().map(far).collect::<Vec<_>>());
    let mut evidence = vec![0.0; values.len()];
    for (at, rank) in known.iter().zip(ranks) {
        evidence[*at] = -libm::log(1.0 - (rank - 0.5) / known.len() as f64);
    }
    evidence
}
