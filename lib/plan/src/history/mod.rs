//! Predictions from past runs: how long each operation takes, and the whole.
//!
//! [`History`] is the runs in their order; [`History::outlook`] weighs them for the run
//! that comes next (`habit`). [`Outlook::forecast`] tells an operation from its own past,
//! else from the same command, else from its family; [`Outlook::whole`] tells the makespan
//! by resampling. What grows or shrinks from run to run is followed (`drift`).

mod covariate;
mod dice;
mod drift;
mod forecast;
mod habit;
mod index;
mod quantile;
mod whole;

pub use forecast::{Ask, Basis, Forecast};
pub use whole::{Past, Shape, Source, Whole};

use crate::graph::{Cycle, Graph};
use crate::names::Names;
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::cell::OnceCell;
use habit::{Before, Belief, Facts, Series};
use index::Index;
use record::Seconds;

/// An operation of a past run that succeeded.
#[derive(Clone, Debug, Default)]
pub struct Done {
    /// Its name.
    pub id: String,
    /// What was run, as one text; empty where that is not known.
    pub cmd: String,
    /// When it began: since the epoch, or in the run's own time.
    pub begin: Seconds,
    /// How long it took.
    pub took: Seconds,
    /// From being ready to its begin, where that is known.
    pub queued: Option<Seconds>,
    /// What it needed.
    pub needs: Vec<String>,
    /// Amounts known before it began, such as the size of its input.
    pub sizes: BTreeMap<String, f64>,
    /// Words about it.
    pub words: BTreeMap<String, String>,
    /// Not the plan's own work: it counts in the makespan and is not predicted.
    pub aside: bool,
}

/// A past run.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Its name; may be empty.
    pub name: String,
    /// What ended well in it.
    pub done: Vec<Done>,
    /// From its begin to its end, where all of it ended well.
    pub makespan: Option<Seconds>,
}

impl Run {
    /// When its first operation was ready or began.
    fn begin(&self) -> Option<Seconds> {
        self.done.iter().map(|done| done.begin - done.queued.unwrap_or_default()).min()
    }

    /// Operations that need each other in a circle, by their ids.
    pub fn cycle(&self) -> Option<Vec<String>> {
        if self.done.iter().all(|done| done.needs.is_empty()) {
            return None;
        }
        let mut names = Names::default();
        let nodes: Vec<u32> =
            self.done.iter().map(|done| names.intern(done.id.as_bytes())).collect();
        let mut edges: Vec<(u32, u32)> = Vec::new();
        for (node, done) in nodes.into_iter().zip(&self.done) {
            let needed = done.needs.iter().filter_map(|need| names.find(need.as_bytes()));
            edges.extend(needed.map(|needed| (needed, node)));
        }
        let Cycle(cycle) = Graph::new(names.len(), &edges).order().err()?;
        let id = |node: &u32| String::from_utf8_lossy(names.get(*node)).into_owned();
        Some(cycle.iter().map(id).collect())
    }

    fn facts(&self, before: Before) -> Facts {
        let own = || self.done.iter().filter(|done| !done.aside);
        let mean = |values: &mut dyn Iterator<Item = Seconds>| {
            let (mut sum, mut count) = (0.0, 0.0);
            values.for_each(|value| (sum, count) = (sum + value.as_f64(), count + 1.0));
            (count > 0.0).then(|| sum / count)
        };
        let first = own().map(|done| done.begin).min();
        Facts {
            before,
            traits: [
                self.makespan.map(Seconds::as_f64),
                first.zip(self.begin()).map(|(first, begin)| (first - begin).as_f64()),
                mean(&mut own().filter_map(|done| done.queued)),
                mean(&mut own().map(|done| done.took)),
            ],
        }
    }
}

/// Whether a run lies between two: their names end in numbers that say so, or say
/// nothing. `nightly-7` comes directly before `nightly-8`.
fn before(earlier: &str, later: &str) -> Before {
    let cut = |name: &str| {
        let head = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let number = name[head.len()..].parse::<u64>().ok();
        (head.to_owned(), number)
    };
    match (cut(earlier), cut(later)) {
        ((one, Some(a)), (other, Some(b))) if one == other && a.checked_add(1) != Some(b) => {
            Before::Missing
        }
        _ => Before::Known,
    }
}

/// Past runs, the oldest first.
#[derive(Clone, Debug, Default)]
pub struct History {
    runs: Vec<Run>,
    index: Index,
}

/// So many of the last runs count.
const RUNS: usize = 512;

impl History {
    /// The history that these runs make, the oldest first. Of very many the last ones count.
    pub fn new(mut runs: Vec<Run>) -> History {
        runs.drain(..runs.len().saturating_sub(RUNS));
        let index = Index::of(&runs);
        History { runs, index }
    }

    /// The runs, the oldest first.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// The ids that have been seen, sorted, without those aside.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.index.ids()
    }

    /// The runs weighed for the next one, whose name may tell if another run lies between.
    pub fn outlook(&self, next: Option<&str>) -> Outlook<'_> {
        let mut facts: Vec<Facts> = Vec::with_capacity(self.runs.len());
        for (place, run) in self.runs.iter().enumerate() {
            let last = place.checked_sub(1).and_then(|place| self.runs.get(place));
            let before = last.map_or(Before::Known, |last| before(&last.name, &run.name));
            facts.push(run.facts(before));
        }
        let last = self.runs.last().map_or("", |run| run.name.as_str());
        let next = next.map_or(Before::Known, |next| before(last, next));
        let (tasks, whole) = (OnceCell::new(), OnceCell::new());
        Outlook { history: self, facts, next, tasks, whole }
    }
}

/// A history weighed for the run that comes next.
#[derive(Clone, Debug)]
pub struct Outlook<'a> {
    history: &'a History,
    facts: Vec<Facts>,
    next: Before,
    tasks: OnceCell<Vec<f64>>,
    whole: OnceCell<Vec<f64>>,
}

impl Outlook<'_> {
    /// Weight of each run for durations.
    fn tasks(&self) -> &[f64] {
        self.tasks.get_or_init(|| {
            let series: Vec<&Series> = self.history.index.series().iter().collect();
            habit::weigh(&self.facts, &series, self.next, Belief::Shown)
        })
    }

    /// Weight of each run for the makespan.
    fn whole_runs(&self) -> &[f64] {
        self.whole.get_or_init(|| {
            let mut makespans: Series = (0..)
                .zip(&self.history.runs)
                .filter_map(|(place, run)| Some((place, run.makespan?.as_f64())))
                .collect();
            makespans.sort_by(|a, b| a.1.total_cmp(&b.1));
            habit::weigh(&self.facts, &[&makespans], self.next, Belief::Best)
        })
    }
}

/// How far durations of one operation lie from its median, as factors: for those of
/// which too few are known to tell.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Spread {
    low: f64,
    high: f64,
    p90: f64,
}

#[cfg(test)]
mod tests;
