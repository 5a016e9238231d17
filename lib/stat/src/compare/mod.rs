//! Some runs beside others: what changed, by how much, and whether it is more than chance.
//!
//! A figure of a run is compared over runs. Durations are compared over runs where there are
//! enough of them, each run being as slow as its operations are on the whole beside what they
//! take otherwise; else over the operations that both sides have, in pairs. What differs from
//! run to run cannot be told from a change in the second case, and that is said.
//!
//! Several tests are made at once, so their chances are corrected (Benjamini and Hochberg
//! 1995): the two headlines, makespan and operations, share one half of the 5 % of false
//! alarms, the single operations and families the other.

mod effect;
mod observed;

pub use effect::{Effect, LEAST, LEAST_PAIRS, Of, samples};
pub use observed::{Figure, Observed};

use crate::math::{Draws, benjamini_hochberg, median};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Comparison, Nullable};

/// False alarms of each half.
const HALF: f64 = 0.025;
/// Of the figures that raise no alarm.
const WHOLE: f64 = 0.05;
/// Share of intervals that hold the true value.
const SHARE: f64 = 0.95;

/// How it is compared.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How much worse is allowed, as a share; without it nothing is a regression.
    pub regression: Option<f64>,
    /// The same seed gives the same intervals.
    pub seed: u64,
    /// Samples drawn for an interval.
    pub draws: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { regression: None, seed: 1, draws: 1000 }
    }
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// Figures of runs, then the operations together.
    pub figures: Vec<Comparison>,
    /// Each operation that ran on both sides, or the families of operations where no single one
    /// ran often enough; those that changed first.
    pub operations: Vec<Comparison>,
    /// Operations that only the first runs had, and that only the second had.
    pub only: (u64, u64),
    /// Durations were compared in pairs of operations.
    pub paired: bool,
}

/// A row before the chances are corrected.
struct Row {
    kind: &'static str,
    name: String,
    unit: &'static str,
    is_better_high: bool,
    effect: Effect,
}

/// Compares the second runs with the first.
pub fn compare(first: &Observed, second: &Observed, limits: Limits) -> Compared {
    let draws = Draws { count: limits.draws, seed: limits.seed, share: SHARE };
    let (common, only) = common(first, second);
    let sides = Sides { first, second, common: &common, draws };
    let mut headlines = Vec::new();
    let mut others = Vec::new();
    for (place, figure) in Figure::ALL.into_iter().enumerate() {
        let of = |side: &Observed| -> Vec<f64> {
            side.runs.iter().filter_map(|run| run.figures[place]).collect()
        };
        let row = Row {
            kind: "figure",
            name: figure.word().to_string(),
            unit: figure.unit(),
            is_better_high: figure.is_better_high(),
            effect: effect::samples((&of(first), &of(second)), Of::Runs, draws),
        };
        if figure == Figure::Makespan { headlines.push(row) } else { others.push(row) }
    }
    let mut paired = false;
    if !common.is_empty() {
        let all: Vec<usize> = (0..common.len()).collect();
        let effect = sides.together(&all);
        paired = effect.of == Of::Operations;
        headlines.push(durations("operations", "durations", effect));
    }
    let mut figures = corrected(headlines, HALF, limits);
    // what raises no alarm is no regression
    figures.extend(corrected(others, WHOLE, Limits { regression: None, ..limits }));
    let mut operations = corrected(sides.singly(), HALF, limits);
    let is_change = |row: &Comparison| row.change == "better" || row.change == "worse";
    operations.sort_by(|a, b| {
        let far = |row: &Comparison| row.ratio.map_or(0.0, |ratio| libm::log(ratio).abs());
        is_change(b).cmp(&is_change(a)).then(far(b).total_cmp(&far(a))).then(a.name.cmp(&b.name))
    });
    // what neither side has is no row
    figures.retain(|row| row.n_baseline + row.n_current > 0);
    Compared { figures, operations, only, paired }
}

/// Places of the operations that both sides have done, and how many only one has.
fn common(first: &Observed, second: &Observed) -> (Vec<(u32, u32)>, (u64, u64)) {
    let did = |side: &Observed, place: u32| side.ops[place as usize].count > 0;
    let mut both = Vec::new();
    let mut of_first = 0;
    for (place, op) in first.ops.iter().enumerate().filter(|(_, op)| op.count > 0) {
        match second.find(&op.id).filter(|other| did(second, *other)) {
            Some(other) => both.push((place as u32, other)),
            None => of_first += 1,
        }
    }
    let of_second = second.ops.iter().filter(|op| op.count > 0).count() - both.len();
    // each side has but one operation: it is the same under another name
    if both.is_empty() && of_first == 1 && of_second == 1 {
        let place = |side: &Observed| side.ops.iter().position(|op| op.count > 0).unwrap_or(0);
        return (alloc::vec![(place(first) as u32, place(second) as u32)], (0, 0));
    }
    (both, (of_first, of_second as u64))
}

fn durations(kind: &'static str, name: &str, effect: Effect) -> Row {
    Row { kind, name: name.to_string(), unit: "s", is_better_high: false, effect }
}

/// Both sides, with the operations they have in common.
struct Sides<'a> {
    first: &'a Observed,
    second: &'a Observed,
    common: &'a [(u32, u32)],
    draws: Draws,
}

impl Sides<'_> {
    /// Some operations together.
    fn together(&self, which: &[usize]) -> Effect {
        if let [only] = which {
            return self.alone(*only);
        }
        if self.first.runs.len() >= LEAST && self.second.runs.len() >= LEAST {
            return self.by_run(which);
        }
        let times = |side: &Observed, place: u32| {
            median(side.ops[place as usize].times.iter().copied()).filter(|time| *time > 0.0)
        };
        let pairs: Vec<(f64, f64)> = which
            .iter()
            .filter_map(|place| {
                let (before, now) = self.common[*place];
                Some((times(self.first, before)?, times(self.second, now)?))
            })
            .collect();
        effect::pairs(&pairs, Of::Operations, self.draws)
    }

    /// One operation: its executions.
    fn alone(&self, which: usize) -> Effect {
        let (before, now) = self.common[which];
        let times = |side: &Observed, place: u32| side.ops[place as usize].times.clone();
        let (first, second) = (times(self.first, before), times(self.second, now));
        effect::samples((&first, &second), Of::Executions, self.draws)
    }

    /// How slow each run is: the median, over its operations, of the duration beside the
    /// median of the durations of both sides.
    fn by_run(&self, which: &[usize]) -> Effect {
        let mut usual = BTreeMap::new();
        let mut medians = (Vec::new(), Vec::new());
        for place in which {
            let (before, now) = self.common[*place];
            let times =
                [&self.first.ops[before as usize].times, &self.second.ops[now as usize].times];
            let of = |times: &[f64]| median(times.iter().copied()).filter(|time| *time > 0.0);
            let (Some(one), Some(other)) = (of(times[0]), of(times[1])) else { continue };
            medians.0.push(one);
            medians.1.push(other);
            usual.insert((0, before), libm::sqrt(one * other));
            usual.insert((1, now), libm::sqrt(one * other));
        }
        let slowness = |side: &Observed, number: u32| -> Vec<f64> {
            let runs = side.runs.iter().filter_map(|run| {
                let ratios = run.ops.iter().filter_map(|(place, time)| {
                    usual.get(&(number, *place)).map(|usual| time / usual)
                });
                median(ratios).filter(|ratio| *ratio > 0.0)
            });
            runs.collect()
        };
        let (first, second) = (slowness(self.first, 0), slowness(self.second, 1));
        let effect = effect::samples((&first, &second), Of::Runs, self.draws);
        // people want seconds, not shares of what is usual
        let medians = (median(medians.0), median(medians.1));
        Effect { medians, ..effect }
    }

    /// Each operation; where none ran often enough, each family.
    fn singly(&self) -> Vec<Row> {
        let name = |which: usize| self.first.ops[self.common[which].0 as usize].id.as_str();
        let rows: Vec<Row> = (0..self.common.len())
            .map(|which| durations("operation", name(which), self.alone(which)))
            .collect();
        if rows.iter().any(|row| row.effect.chance.is_some()) {
            return rows;
        }
        let mut families: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (which, (before, _)) in self.common.iter().enumerate() {
            let family = self.first.ops[*before as usize].family.as_str();
            families.entry(family).or_default().push(which);
        }
        families.retain(|_, members| members.len() >= LEAST_PAIRS);
        if families.is_empty() {
            return rows;
        }
        let told = families.into_iter();
        told.map(|(name, members)| durations("family", name, self.together(&members))).collect()
    }
}

/// Rows whose chances are corrected for the number of them, with what they say.
fn corrected(rows: Vec<Row>, alarm: f64, limits: Limits) -> Vec<Comparison> {
    let chances: Vec<f64> = rows.iter().filter_map(|row| row.effect.chance).collect();
    let mut chances = benjamini_hochberg(&chances).into_iter();
    let told = rows.into_iter().map(|row| {
        let chance = row.effect.chance.and_then(|_| chances.next());
        told(row, chance, (alarm, limits))
    });
    told.collect()
}

fn told(row: Row, chance: Option<f64>, (alarm, limits): (f64, Limits)) -> Comparison {
    let Effect { of, n, medians, ratio, interval, shift, .. } = row.effect;
    let above = match (ratio, shift) {
        (Some(ratio), _) => ratio > 1.0,
        (None, shift) => shift.unwrap_or(0.0) > 0.0,
    };
    let change = match chance {
        None => "too few",
        Some(chance) if chance > alarm => "no change",
        Some(_) if above == row.is_better_high => "better",
        Some(_) => "worse",
    };
    // the end of the interval that speaks for no change
    let near = interval
        .filter(|_| ratio.is_some())
        .map(|ends| if row.is_better_high { 1.0 - ends.high } else { ends.low - 1.0 });
    let beyond = near.zip(limits.regression).is_some_and(|(near, limit)| near > limit);
    let figure = |value: f64| crate::rounded(value);
    Comparison {
        kind: row.kind.to_string(),
        name: row.name,
        unit: row.unit.to_string(),
        baseline: Nullable(medians.0.map(figure)),
        current: Nullable(medians.1.map(figure)),
        n_baseline: n.0 as u64,
        n_current: n.1 as u64,
        of: of.word().to_string(),
        ratio: ratio.map(figure),
        low: interval.filter(|_| ratio.is_some()).map(|ends| figure(ends.low)),
        high: interval.filter(|_| ratio.is_some()).map(|ends| figure(ends.high)),
        shift: shift.filter(|_| ratio.is_none()).map(figure),
        improvement: ratio
            .map(|ratio| figure(if row.is_better_high { ratio - 1.0 } else { 1.0 - ratio })),
        chance: chance.map(figure),
        change: change.to_string(),
        regression: change == "worse" && beyond,
        ..Comparison::default()
    }
}

#[cfg(test)]
mod tests;
