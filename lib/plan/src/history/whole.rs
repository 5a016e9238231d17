//! How long the whole takes: from the makespans of past runs, or from the plan with
//! durations drawn again from the past (bootstrap; Efron, 1979), whichever has told the
//! past runs better.

use super::dice::Dice;
use super::drift;
use super::forecast::{Draw, Forecast};
use super::quantile::{self, Weighed};
use super::{Outlook, Run};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;
use record::Seconds;

/// A plan, as far as its makespan goes.
pub struct Shape<'a> {
    /// Ids of the nodes.
    pub ids: &'a [String],
    /// The makespan, of the durations of the nodes.
    pub makespan: &'a dyn Fn(&[Seconds]) -> Seconds,
    /// What the past runs say of it.
    pub limits: Past,
}

/// Whether past runs had the limits of the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// As far as is known.
    Same,
    /// They were other ones: past makespans say nothing.
    Other,
}

/// What the makespan rests on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// The plan with the durations of its operations.
    #[default]
    Structure,
    /// The makespans of past runs.
    Runs,
}

impl Source {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Source::Structure => "structure",
            Source::Runs => "runs",
        }
    }
}

/// What is predicted of the makespan.
#[derive(Clone, Debug, Default)]
pub struct Whole {
    /// What it rests on.
    pub source: Source,
    /// As likely shorter as longer.
    pub median: Seconds,
    /// Ends of the interval that holds nine runs of ten, where past runs tell it.
    pub interval: Option<(Seconds, Seconds)>,
    /// How many past runs it rests on.
    pub n: u64,
    /// The share of them inside the interval that the others give (leave one out).
    pub inside: Option<f64>,
}

/// A past run of the same plan, and its makespan over that of the plan.
struct Alike {
    run: u32,
    makespan: f64,
    factor: f64,
    durations: Vec<Option<f64>>,
}

/// A makespan that might be: the runs that it was made of.
struct Sample {
    value: f64,
    of: [Option<u32>; 2],
}

/// Share of the operations that two runs of one plan have in common.
const SHARED: f64 = 0.8;
/// So many of the last runs are compared with the plan.
const COMPARED: usize = 32;
/// Fewer runs do not tell which source is better.
const FEWEST: usize = 5;
/// What the plan must leave of the error of past makespans to be preferred.
const BETTER: f64 = 0.95;
/// Nodes put in time for all samples, and how many samples that may be.
const NODES: usize = 1_000_000;
const SAMPLES: (usize, usize) = (20, 400);

impl Outlook<'_> {
    /// Tells the makespan of a plan whose nodes are predicted.
    pub fn whole(&self, shape: &Shape<'_>, forecasts: &[Forecast], seed: u64) -> Whole {
        let alike = self.alike(shape, forecasts);
        if alike.len() >= FEWEST && structure_loses(shape, &alike) {
            return self.by_runs(&alike);
        }
        let samples = self.samples(shape, forecasts, (&alike, seed));
        let list = |left_out: Option<u32>| {
            let kept = |sample: &&Sample| left_out.is_none() || !sample.of.contains(&left_out);
            let rest = samples.iter().filter(kept);
            sorted(rest.map(|sample| (sample.value, 1.0)).collect())
        };
        let all = list(None);
        // the samples are many, the runs that they are drawn from may be few
        let runs: Vec<Weighed> = self.tasks().iter().map(|weight| (0.0, *weight)).collect();
        let count = quantile::effective(&runs);
        let past = forecasts.iter().any(|forecast| forecast.basis.is_past());
        let inside = alike.iter().map(|one| (one.makespan, list(Some(one.run))));
        Whole {
            source: Source::Structure,
            median: time(quantile::median(all.iter().copied())),
            interval: past.then(|| ends(&all, count)).flatten(),
            n: alike.len() as u64,
            inside: share_inside(inside, count - 1.0),
        }
    }

    /// Tells the makespan from those of the past runs alone; `None` where there are none.
    pub fn makespan(&self) -> Option<Whole> {
        let of = |(run, past): (u32, &Run)| {
            let makespan = past.makespan?.as_f64();
            Some(Alike { run, makespan, factor: 1.0, durations: Vec::new() })
        };
        let all: Vec<Alike> = (0..).zip(&self.history.runs).filter_map(of).collect();
        (!all.is_empty()).then(|| self.by_runs(&all))
    }

    fn by_runs(&self, alike: &[Alike]) -> Whole {
        let weights = self.whole_runs();
        let draw = |one: &Alike| Draw {
            run: one.run,
            value: one.makespan,
            weight: weights[one.run as usize],
        };
        let next = self.history.runs.len() as u32;
        let (draws, _) = drift::settle(alike.iter().map(draw).collect(), next);
        let list = |left_out: Option<u32>| {
            let rest = draws.iter().filter(|draw| Some(draw.run) != left_out);
            sorted(rest.map(|draw| (draw.value, draw.weight)).collect())
        };
        let all = list(None);
        let last = &draws[draws.len().saturating_sub(2 * COMPARED)..];
        Whole {
            source: Source::Runs,
            median: time(quantile::median(all.iter().copied())),
            interval: ends(&all, quantile::effective(&all)),
            n: all.len() as u64,
            inside: share_inside(
                last.iter().map(|draw| (draw.value, list(Some(draw.run)))),
                quantile::effective(&all) - 1.0,
            ),
        }
    }

    /// The past runs that had the operations of the plan and the same limits.
    fn alike(&self, shape: &Shape<'_>, forecasts: &[Forecast]) -> Vec<Alike> {
        if shape.limits == Past::Other {
            return Vec::new();
        }
        let known: BTreeSet<&str> = shape.ids.iter().map(String::as_str).collect();
        let mut alike: Vec<Alike> = Vec::new();
        let runs = &self.history.runs;
        for (run, past) in (0..runs.len() as u32).zip(runs).rev() {
            let Some(makespan) = past.makespan.filter(|_| alike.len() < COMPARED) else { continue };
            let took: BTreeMap<&str, f64> =
                past.done.iter().map(|done| (done.id.as_str(), done.took.as_f64())).collect();
            let both = took.keys().filter(|id| known.contains(*id)).count() as f64;
            if both < SHARED * took.len().max(known.len()) as f64 {
                continue;
            }
            let durations: Vec<Option<f64>> =
                shape.ids.iter().map(|id| took.get(id.as_str()).copied()).collect();
            let times: Vec<Seconds> = durations
                .iter()
                .zip(forecasts)
                .map(|(took, told)| took.map_or(told.median.unwrap_or_default(), Seconds::from_f64))
                .collect();
            let planned = (shape.makespan)(&times).as_f64();
            let makespan = makespan.as_f64();
            let factor = if planned > 0.0 { makespan / planned } else { 1.0 };
            alike.push(Alike { run, makespan, factor, durations });
        }
        alike.reverse();
        alike
    }

    /// Durations drawn together from one run where it has them, so that what moves them
    /// all stays in.
    fn samples(
        &self,
        shape: &Shape<'_>,
        forecasts: &[Forecast],
        (alike, seed): (&[Alike], u64),
    ) -> Vec<Sample> {
        let mut dice = Dice::new(seed);
        let nodes: Vec<Node<'_>> = forecasts.iter().map(Node::of).collect();
        let count = (NODES / nodes.len().max(1)).clamp(SAMPLES.0, SAMPLES.1);
        let mut samples = Vec::with_capacity(count);
        for _ in 0..count {
            let run = dice.place(self.tasks().iter().copied()) as u32;
            let times: Vec<Seconds> =
                nodes.iter().map(|node| Seconds::from_f64(node.draw(run, &mut dice))).collect();
            let mut value = (shape.makespan)(&times).as_f64();
            let mut of = [Some(run), None];
            if !alike.is_empty() {
                let weights = alike.iter().map(|one| self.whole_runs()[one.run as usize]);
                let one = &alike[dice.place(weights)];
                value *= one.factor;
                of[1] = Some(one.run);
            }
            samples.push(Sample { value, of });
        }
        samples
    }
}

/// What may be drawn for a node.
struct Node<'a> {
    by_value: &'a [Draw],
    by_run: Vec<(u32, f64)>,
    otherwise: f64,
}

impl<'a> Node<'a> {
    fn of(forecast: &'a Forecast) -> Node<'a> {
        let mut by_run: Vec<(u32, f64)> =
            forecast.draws.iter().map(|draw| (draw.run, draw.value)).collect();
        by_run.sort_by_key(|(run, _)| *run);
        let otherwise = forecast.median.unwrap_or_default().as_f64();
        Node { by_value: &forecast.draws, by_run, otherwise }
    }

    fn draw(&self, run: u32, dice: &mut Dice) -> f64 {
        let from = self.by_run.partition_point(|(its, _)| *its < run);
        let to = self.by_run.partition_point(|(its, _)| *its <= run);
        match &self.by_run[from..to] {
            [] if self.by_value.is_empty() => self.otherwise,
            [] => self.by_value[dice.place(self.by_value.iter().map(|draw| draw.weight))].value,
            [(_, value)] => *value,
            some => some[(dice.share() * some.len() as f64) as usize].1,
        }
    }
}

/// Tells each past run from those before it, from the plan and from the makespans.
fn structure_loses(shape: &Shape<'_>, alike: &[Alike]) -> bool {
    let median = |values: &mut dyn Iterator<Item = f64>| {
        let list = sorted(values.map(|value| (value, 1.0)).collect());
        quantile::median(list.into_iter())
    };
    let (mut by_plan, mut by_runs) = (0.0, 0.0);
    for at in 2..alike.len() {
        let (before, now) = (&alike[..at], &alike[at]);
        let times: Vec<Seconds> = (0..shape.ids.len())
            .map(|node| time(median(&mut before.iter().filter_map(|one| one.durations[node]))))
            .collect();
        let factor = median(&mut before.iter().map(|one| one.factor)).unwrap_or(1.0);
        by_plan += ((shape.makespan)(&times).as_f64() * factor - now.makespan).abs();
        let told = median(&mut before.iter().map(|one| one.makespan)).unwrap_or_default();
        by_runs += (told - now.makespan).abs();
    }
    by_plan > BETTER * by_runs
}

fn sorted(mut list: Vec<Weighed>) -> Vec<Weighed> {
    quantile::sort(&mut list);
    list
}

fn time(value: Option<f64>) -> Seconds {
    Seconds::from_f64(value.unwrap_or_default())
}

fn ends(list: &[Weighed], count: f64) -> Option<(Seconds, Seconds)> {
    let time = |value: f64| Seconds::from_f64(value.max(0.0));
    quantile::interval(list, count).map(|(low, high)| (time(low), time(high)))
}

/// How many of the values lie inside the interval of their list.
fn share_inside(all: impl Iterator<Item = (f64, Vec<Weighed>)>, known: f64) -> Option<f64> {
    let (mut inside, mut count) = (0, 0);
    for (value, others) in all {
        let (low, high) = ends(&others, known)?;
        inside += u32::from((low..=high).contains(&Seconds::from_f64(value)));
        count += 1;
    }
    (count > 0).then(|| f64::from(inside) / f64::from(count))
}
