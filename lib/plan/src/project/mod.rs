//! A plan with limits, in numbers: a resource-constrained project scheduling
//! problem (RCPSP; Pritsker, Watters and Wolfe, 1969), with several modes for an
//! activity a multi-mode one (Talbot, 1982).
//!
//! Activities are numbered in a topological order, so that a number is less than
//! those of all that come after it. Times are in ticks, the greatest common divisor of all
//! durations: nothing is rounded.

mod choice;
mod lanes;
mod measure;

pub(crate) use choice::COST;
pub use choice::Objective;

pub(crate) use lanes::{Lanes, Packing};

use crate::csr::Lists;
use crate::graph::{Cycle, Graph};
use crate::schedule::{Limits, Schedule};
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
pub(crate) use measure::gcd;
use measure::lock_amounts;
use record::{Mode, Operation, Seconds};

/// The longest sum of all durations, in ticks: with room for what is multiplied.
const MOST_TICKS: i64 = i64::MAX / 256;

/// What is held while an activity runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A slot.
    Slots,
    /// A named amount.
    Named(String),
    /// A lock.
    Lock(String),
}

/// A way to do an activity: a mode with what it takes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Way {
    /// Which of the operation's modes it is, from 0.
    pub mode: u32,
    /// Duration in ticks.
    pub ticks: i64,
    /// Number of a resource and how much of it is held.
    pub takes: Vec<(u32, u64)>,
    /// Number of a nonrenewable amount and how much is used up, in thousandths.
    pub uses: Vec<(u32, u64)>,
    /// What it costs, in thousandths.
    pub cost: u64,
    /// How good the result is; greater is better.
    pub quality: f64,
    /// It wins where nothing else decides.
    pub preferred: bool,
}

/// A plan in numbers.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// What each activity needs.
    pub(crate) before: Lists,
    /// What needs each activity.
    pub(crate) after: Lists,
    /// The node of the plan that each activity is.
    pub(crate) node: Vec<u32>,
    /// Where the ways of each activity begin in `ways`; one more than activities.
    first: Vec<u32>,
    ways: Vec<Way>,
    /// What the resources are.
    pub(crate) resources: Vec<Resource>,
    /// How much there is of each.
    pub(crate) capacity: Vec<u64>,
    /// Names of the nonrenewable amounts.
    pub(crate) stocks: Vec<String>,
    /// How much there is of each, in thousandths.
    pub(crate) stock: Vec<u64>,
    /// Length of a tick in microseconds.
    tick: i64,
    /// Its durations had to be cut.
    is_too_long: bool,
    /// What is to be as small as possible.
    pub(crate) objective: Objective,
    /// Of each activity a way to begin with, all of which together overdraw no stock; empty: the first.
    pub(crate) begin: Vec<u32>,
}

impl Project {
    /// A graph of operations within limits. What asks for more than there is
    /// is taken as asking for all of it; modes that do so are left out where another
    /// is left.
    ///
    /// # Errors
    /// A cycle.
    pub fn new(
        graph: &Graph,
        nodes: &[&Operation],
        durations: &[Seconds],
        limits: &Limits,
    ) -> Result<Project, Cycle> {
        let node = graph.order()?;
        let mut number: Vec<u32> = vec![0; node.len()];
        (0..).zip(&node).for_each(|(at, &n)| number[n as usize] = at);
        let mut edges: Vec<(u32, u32)> = Vec::with_capacity(graph.edges() as usize);
        for (&n, from) in node.iter().zip(0..) {
            edges.extend(graph.successors(n).iter().map(|&to| (from, number[to as usize])));
        }
        let after = Lists::from_edges(node.len() as u32, &edges);
        let before = after.reversed();
        let mut project = Project { before, after, node, tick: 1, ..Project::default() };
        project.take_amounts(nodes, limits);
        project.take_ways(nodes, durations);
        project.drop_overtaxing();
        project.measure_ticks();
        Ok(project)
    }

    /// Number of activities.
    pub fn len(&self) -> usize {
        self.node.len()
    }

    /// True where the durations sum to more than times can hold: some were taken as less.
    pub fn is_too_long(&self) -> bool {
        self.is_too_long
    }

    /// True where there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.node.is_empty()
    }

    /// The ways of an activity, at least one.
    pub fn ways(&self, activity: u32) -> &[Way] {
        let at = activity as usize;
        &self.ways[self.first[at] as usize..self.first[at + 1] as usize]
    }

    /// True where some activity has several ways.
    pub fn has_modes(&self) -> bool {
        self.ways.len() > self.node.len()
    }

    /// What every activity that takes time takes at least, by resource.
    pub(crate) fn least(&self) -> Vec<(u32, u64)> {
        let mut least: Option<Vec<(u32, u64)>> = None;
        for way in self.ways.iter().filter(|way| way.ticks > 0) {
            match &mut least {
                None => least = Some(way.takes.clone()),
                Some(least) => least.retain_mut(|(r, amount)| {
                    let its = way.takes.iter().find(|(its, _)| its == r);
                    *amount = its.map_or(0, |(_, its)| (*its).min(*amount));
                    *amount > 0
                }),
            }
        }
        least.unwrap_or_default()
    }

    /// The greatest share of a capacity that each activity holds in its first way, from 0 to 1.
    pub(crate) fn scarcest_shares(&self) -> Vec<f64> {
        let share = |&(r, amount): &(u32, u64)| amount as f64 / self.capacity[r as usize] as f64;
        let scarcest = |a: u32| self.ways(a)[0].takes.iter().map(share).fold(0.0, f64::max);
        (0..self.len() as u32).map(scarcest).collect()
    }

    /// A number of ticks as a time.
    pub fn seconds(&self, ticks: i64) -> Seconds {
        Seconds::from_micros(ticks.saturating_mul(self.tick))
    }

    /// The schedule of the plan's nodes in which the activities end at `finish`, each
    /// done in the way that `way` numbers.
    pub fn schedule(&self, finish: &[i64], way: &[u32]) -> Schedule {
        let none = vec![Seconds::ZERO; self.len()];
        let mut schedule = Schedule {
            start: none.clone(),
            end: none,
            mode: vec![0; self.len()],
            makespan: self.seconds(finish.iter().copied().max().unwrap_or(0)),
        };
        for (at, &node) in self.node.iter().enumerate() {
            let its = &self.ways(at as u32)[way[at] as usize];
            schedule.start[node as usize] = self.seconds(finish[at] - its.ticks);
            schedule.end[node as usize] = self.seconds(finish[at]);
            schedule.mode[node as usize] = its.mode;
        }
        schedule
    }

    /// Numbers of resources, locks and nonrenewable amounts, and how much there is.
    fn take_amounts(&mut self, nodes: &[&Operation], limits: &Limits) {
        if let Some(slots) = limits.slots {
            self.resources.push(Resource::Slots);
            self.capacity.push(u64::from(slots.max(1)));
        }
        for (name, amount) in &limits.resources {
            self.resources.push(Resource::Named(name.clone()));
            self.capacity.push(amount.as_millis());
        }
        for (name, whole) in lock_amounts(nodes) {
            self.resources.push(Resource::Lock(name.into()));
            self.capacity.push(whole);
        }
        for (name, amount) in &limits.nonrenewable {
            self.stocks.push(name.clone());
            self.stock.push(amount.as_millis());
        }
    }

    fn take_ways(&mut self, nodes: &[&Operation], durations: &[Seconds]) {
        let mut numbers: BTreeMap<(u8, &str), u32> = BTreeMap::new();
        for (resource, number) in self.resources.iter().zip(0..) {
            match resource {
                Resource::Slots => numbers.insert((0, ""), number),
                Resource::Named(name) => numbers.insert((1, name), number),
                Resource::Lock(name) => numbers.insert((2, name), number),
            };
        }
        let (mut first, mut ways) = (Vec::with_capacity(self.len() + 1), Vec::new());
        for &node in &self.node {
            first.push(ways.len() as u32);
            let op = nodes.get(node as usize);
            let duration = durations.get(node as usize).copied().unwrap_or_default();
            let Some(op) = op else {
                ways.push(Way { ticks: duration.as_micros().max(0), ..Way::default() });
                continue;
            };
            if op.modes.is_empty() {
                ways.push(self.way(op, (0, None, duration), &numbers));
            }
            for (mode, at) in op.modes.iter().zip(0..) {
                ways.push(self.way(op, (at, Some(mode), duration), &numbers));
            }
        }
        first.push(ways.len() as u32);
        (self.first, self.ways) = (first, ways);
    }

    fn way(
        &self,
        op: &Operation,
        (at, mode, duration): (u32, Option<&Mode>, Seconds),
        numbers: &BTreeMap<(u8, &str), u32>,
    ) -> Way {
        let own = || mode.and(op.duration);
        let duration = mode.and_then(|mode| mode.duration).or_else(own).unwrap_or(duration);
        let resources = mode.and_then(|mode| mode.resources.as_ref()).unwrap_or(&op.resources);
        let used = mode.and_then(|mode| mode.nonrenewable.as_ref()).unwrap_or(&op.nonrenewable);
        let mut way = Way { mode: at, ticks: duration.as_micros().max(0), ..Way::default() };
        way.quality = mode.and_then(|mode| mode.quality).unwrap_or(f64::INFINITY);
        way.cost = mode
            .and_then(|mode| mode.cost)
            .or(used.get(COST).copied())
            .unwrap_or_default()
            .as_millis();
        if !op.barrier {
            way.takes.extend(numbers.get(&(0, "")).map(|slots| (*slots, 1)));
        }
        for (name, amount) in resources {
            let number = numbers.get(&(1, name.as_str()));
            let asked = number.map(|&number| (number, amount.as_millis()));
            way.takes.extend(asked.filter(|(_, amount)| *amount > 0));
        }
        for lock in &op.locks {
            if let Some(&number) = numbers.get(&(2, lock.name.as_str())) {
                let share = measure::share(lock, self.capacity[number as usize]);
                match way.takes.iter_mut().find(|(taken, _)| *taken == number) {
                    Some((_, amount)) => *amount = share.max(*amount),
                    None => way.takes.push((number, share)),
                }
            }
        }
        for (name, number) in self.stocks.iter().zip(0..) {
            let amount = used.get(name).map_or(0, |amount| amount.as_millis());
            let amount = if name == COST { way.cost } else { amount };
            if amount > 0 {
                way.uses.push((number, amount));
            }
        }
        way
    }

    /// Leaves out ways that ask for more than there is, where another is left.
    fn drop_overtaxing(&mut self) {
        let capacity = core::mem::take(&mut self.capacity);
        let fits = |way: &Way| way.takes.iter().all(|&(r, amount)| amount <= capacity[r as usize]);
        if !self.ways.iter().all(fits) {
            self.keep_ways(fits);
            for way in &mut self.ways {
                way.takes.iter_mut().for_each(|(r, a)| *a = (*a).min(capacity[*r as usize]));
            }
        }
        self.capacity = capacity;
    }

    /// Keeps of each activity's ways those that `keep` wants, or all where it wants none.
    fn keep_ways(&mut self, keep: impl Fn(&Way) -> bool) {
        self.keep_ways_of(|_, _, way| keep(way));
    }

    /// The same, with the number of the activity and that of the way among its ways.
    fn keep_ways_of(&mut self, keep: impl Fn(u32, u32, &Way) -> bool) {
        let (mut first, mut ways) = (Vec::with_capacity(self.first.len()), Vec::new());
        for activity in 0..self.len() as u32 {
            first.push(ways.len() as u32);
            let (all, begin) = (self.ways(activity), ways.len());
            let kept = all.iter().zip(0..).filter(|(way, at)| keep(activity, *at, way));
            ways.extend(kept.map(|(way, _)| way.clone()));
            if ways.len() == begin {
                ways.extend_from_slice(all);
            }
        }
        first.push(ways.len() as u32);
        (self.first, self.ways) = (first, ways);
    }

    /// Cuts durations where their sum is beyond what times can hold.
    fn shorten(&mut self) {
        let longest = |a: u32| self.ways(a).iter().map(|way| i128::from(way.ticks)).max();
        let sum: i128 = (0..self.len() as u32).filter_map(longest).sum();
        let micros = sum * i128::from(self.tick);
        self.is_too_long = sum > i128::from(MOST_TICKS) || micros > i128::from(i64::MAX);
        if self.is_too_long {
            let most = MOST_TICKS / self.len().max(1) as i64;
            self.ways.iter_mut().for_each(|way| way.ticks = way.ticks.min(most));
        }
    }

    /// From microseconds to ticks.
    fn measure_ticks(&mut self) {
        self.tick =
            self.ways.iter().fold(0, |tick, way| gcd(tick, way.ticks as u64) as i64 as u64) as i64;
        self.tick = self.tick.max(1);
        let tick = self.tick;
        self.ways.iter_mut().for_each(|way| way.ticks /= tick);
        self.shorten();
    }
}
