//! Choices of ways that overdraw no stock: a multiple-choice knapsack with several
//! constraints, solved by dominance (Nemhauser and Ullmann, 1969).
//!
//! Activity after activity, the sums of what may be used so far are kept as far as no other
//! sum is less in everything. While there are no more of them than [`WIDTH`] the
//! answer is proved; beyond, the most promising go on (a beam).

use crate::project::Project;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

/// Partial choices that are kept after each activity.
const WIDTH: usize = 4096;

/// Partial choices in all: what fits into some tens of megabytes.
const IN_ALL: usize = 4_000_000;

/// With more than two stocks, kept sums that one is compared with; that some dominated ones
/// stay makes no answer wrong.
const COMPARED: usize = 64;

/// Whether a search has seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// There is no better one.
    Proved,
    /// None better was found.
    NotProved,
}

/// What is to be least of a choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Its cost.
    Cost,
    /// The sum of all durations.
    Ticks,
    /// Its use of a stock, however much of that there is.
    Stock(usize),
}

/// The choice of ways that is least in `goal` and overdraws no stock. Without one: whether
/// that is proved.
pub(crate) fn least(project: &Project, goal: Goal) -> Result<(Vec<u32>, Proof), Proof> {
    Beam::new(project, goal).run()
}

/// A partial choice.
#[derive(Clone, Copy, Debug)]
struct Link {
    /// Number of the partial choice it goes on from.
    from: u32,
    way: u32,
}

struct Beam<'a> {
    project: &'a Project,
    goal: Goal,
    scarce: Vec<usize>,
    width: usize,
    /// What the activities from each on use at least, by amount: the goal comes first.
    least: Vec<Vec<u64>>,
    limit: Vec<u64>,
    proof: Proof,
}

impl<'a> Beam<'a> {
    fn new(project: &'a Project, goal: Goal) -> Self {
        let mut scarce = project.scarce();
        scarce.retain(|&stock| goal != Goal::Stock(stock));
        let limit =
            [u64::MAX].into_iter().chain(scarce.iter().map(|&s| project.stock[s])).collect();
        let width = (IN_ALL / project.len().max(1)).clamp(16, WIDTH);
        let (least, proof) = (Vec::new(), Proof::Proved);
        let mut beam = Beam { project, goal, scarce, width, least, limit, proof };
        beam.least = vec![vec![0; beam.limit.len()]; project.len() + 1];
        for activity in (0..project.len()).rev() {
            for amount in 0..beam.limit.len() {
                let ways = 0..project.ways(activity as u32).len() as u32;
                let its = ways.map(|way| beam.used(activity as u32, way, amount)).min();
                beam.least[activity][amount] =
                    beam.least[activity + 1][amount].saturating_add(its.unwrap_or(0));
            }
        }
        beam
    }

    /// How much a way uses of an amount: of the goal, then of the scarce stocks.
    fn used(&self, activity: u32, way: u32, amount: usize) -> u64 {
        let way = &self.project.ways(activity)[way as usize];
        match amount.checked_sub(1) {
            None => match self.goal {
                Goal::Cost => way.cost,
                Goal::Ticks => way.ticks as u64,
                Goal::Stock(stock) => way.uses_of(stock),
            },
            Some(at) => way.uses_of(self.scarce[at]),
        }
    }

    fn run(mut self) -> Result<(Vec<u32>, Proof), Proof> {
        let amounts = self.limit.len();
        let mut links: Vec<Vec<Link>> = Vec::with_capacity(self.project.len());
        let mut sums: Vec<u64> = vec![0; amounts];
        for activity in 0..self.project.len() as u32 {
            let (mut next, mut link) = (Vec::new(), Vec::new());
            for (from, sum) in sums.chunks(amounts).enumerate() {
                for way in 0..self.project.ways(activity).len() as u32 {
                    let more = |a: usize| sum[a].saturating_add(self.used(activity, way, a));
                    let rest = &self.least[activity as usize + 1];
                    if (0..amounts).all(|a| more(a).saturating_add(rest[a]) <= self.limit[a]) {
                        next.extend((0..amounts).map(more));
                        link.push(Link { from: from as u32, way });
                    }
                }
            }
            let kept = self.undominated(activity, &next);
            sums = kept
                .iter()
                .flat_map(|&at| &next[at * amounts..(at + 1) * amounts])
                .copied()
                .collect();
            links.push(kept.iter().map(|&at| link[at]).collect());
        }
        // the best comes first: sums are in the order of the goal
        if sums.is_empty() {
            return Err(self.proof);
        }
        let mut way = vec![0; self.project.len()];
        let mut at = 0;
        for (activity, links) in links.iter().enumerate().rev() {
            let link = links[at];
            (way[activity], at) = (link.way, link.from as usize);
        }
        Ok((way, self.proof))
    }

    /// The sums to which no other is in nothing greater, the best first.
    fn undominated(&mut self, activity: u32, sums: &[u64]) -> Vec<usize> {
        let amounts = self.limit.len();
        let sum = |at: usize| &sums[at * amounts..(at + 1) * amounts];
        let mut order: Vec<usize> = (0..sums.len() / amounts).collect();
        order.sort_by(|&a, &b| sum(a).cmp(sum(b)));
        // what comes later in the order dominates nothing that came before
        let mut kept: Vec<usize> = Vec::new();
        let mut stairs = Stairs::default();
        for at in order {
            let new = match sum(at) {
                [_] => kept.is_empty(),
                [_, x] => stairs.lowers(*x, 0),
                [_, x, y] => stairs.lowers(*x, *y),
                all => {
                    let no_worse = |&other: &usize| sum(other).iter().zip(all).all(|(o, s)| o <= s);
                    !kept.iter().rev().take(COMPARED).any(no_worse)
                }
            };
            if new {
                kept.push(at);
            }
        }
        if kept.len() > self.width {
            self.proof = Proof::NotProved;
            let rest = &self.least[activity as usize + 1];
            let part = |&at: &usize| {
                let used = (1..amounts)
                    .map(|a| (sum(at)[a] + rest[a]) as f64 / self.limit[a].max(1) as f64);
                used.fold(0.0, f64::max)
            };
            // half of them for the goal, half for what they leave
            let mut rest = kept.split_off(self.width / 2);
            rest.sort_by(|a, b| part(a).total_cmp(&part(b)));
            kept.extend(rest.iter().take(self.width / 2));
            kept.sort_by(|&a, &b| sum(a).cmp(sum(b)));
        }
        kept
    }
}

/// Pairs of numbers none of which is in both less than another.
#[derive(Default)]
struct Stairs(BTreeMap<u64, u64>);

impl Stairs {
    /// Takes a pair in, where none of them is in nothing greater.
    fn lowers(&mut self, x: u64, y: u64) -> bool {
        if self.0.range(..=x).next_back().is_some_and(|(_, below)| *below <= y) {
            return false;
        }
        while let Some((&behind, _)) = self.0.range(x..).next().filter(|(_, above)| **above >= y) {
            self.0.remove(&behind);
        }
        self.0.insert(x, y);
        true
    }
}
