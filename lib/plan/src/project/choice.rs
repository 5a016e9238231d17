//! Which modes there are to choose from: what a user leaves out or prefers, budgets, and
//! what no schedule needs (Sprecher, Hartmann and Drexl, 1997).

use super::{Project, Way};
use alloc::vec;
use alloc::vec::Vec;
use record::Operation;

/// What is to be as small as possible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// The makespan.
    #[default]
    Makespan,
    /// The makespan, then the cost.
    MakespanCost,
    /// The cost, then the makespan.
    CostMakespan,
}

impl Project {
    /// Leaves out the modes whose quality is less; a mode that tells none stays.
    ///
    /// # Errors
    /// The first node that would have none.
    pub(crate) fn keep_quality(&mut self, least: f64) -> Result<(), u32> {
        let good = |way: &Way| way.quality >= least;
        let lacks = |activity: &u32| !self.ways(*activity).iter().any(good);
        if let Some(activity) = (0..self.len() as u32).find(lacks) {
            return Err(self.node[activity as usize]);
        }
        self.keep_ways(good);
        Ok(())
    }

    /// Leaves to nodes the mode that they are told, by its number, where they are told one.
    ///
    /// # Errors
    /// The first node whose mode has been left out.
    pub(crate) fn keep_routes(&mut self, modes: &[Option<u32>]) -> Result<(), u32> {
        if modes.iter().all(Option::is_none) {
            return Ok(());
        }
        let told = |node: &u32| modes.get(*node as usize).copied().flatten();
        let routes: Vec<Option<u32>> = self.node.iter().map(told).collect();
        for (activity, route) in (0..).zip(&routes) {
            let lacks = |mode: &u32| self.ways(activity).iter().all(|way| way.mode != *mode);
            if route.is_some_and(|mode| lacks(&mode)) {
                return Err(self.node[activity as usize]);
            }
        }
        self.keep_ways_of(|activity, _, way| {
            routes[activity as usize].is_none_or(|mode| way.mode == mode)
        });
        Ok(())
    }

    /// Marks the modes of this name as preferred. False where no operation has one.
    pub(crate) fn prefer(&mut self, nodes: &[&Operation], name: &str) -> bool {
        for activity in 0..self.len() {
            let modes = nodes.get(self.node[activity] as usize).map_or(&[][..], |op| &op.modes);
            let its = self.first[activity] as usize..self.first[activity + 1] as usize;
            for way in &mut self.ways[its] {
                way.preferred = modes.get(way.mode as usize).is_some_and(|mode| mode.mode == name);
            }
        }
        // be it that all such modes were left out
        nodes.iter().any(|op| op.modes.iter().any(|mode| mode.mode == name))
    }

    /// Leaves no more to spend than this on what all modes together cost.
    pub(crate) fn set_budget(&mut self, cost: u64) {
        if let Some(at) = self.stocks.iter().position(|name| name == COST) {
            self.stock[at] = self.stock[at].min(cost);
            return;
        }
        let at = self.stocks.len() as u32;
        self.stocks.push(COST.into());
        self.stock.push(cost);
        let spends = self.ways.iter_mut().filter(|way| way.cost > 0);
        spends.for_each(|way| way.uses.push((at, way.cost)));
    }

    /// What a choice of ways costs, in thousandths.
    pub fn cost(&self, way: &[u32]) -> u64 {
        let ways = way.iter().zip(0..).map(|(&at, activity)| &self.ways(activity)[at as usize]);
        ways.fold(0, |sum, way| sum.saturating_add(way.cost))
    }

    /// True where of two schedules that are equally long one can be better.
    pub fn has_ties(&self) -> bool {
        let differ = |ways: &[Way]| {
            ways.iter().any(|way| (way.cost, way.preferred) != (ways[0].cost, ways[0].preferred))
        };
        (0..self.len() as u32).any(|activity| differ(self.ways(activity)))
    }

    /// What decides between schedules that are equally long, in the order of weight: the cost
    /// of a way, and whether another is preferred to it.
    pub(crate) fn ties(&self, activity: u32, way: u32) -> [i64; 2] {
        let ways = self.ways(activity);
        let way = &ways[way as usize];
        let cost = way.cost.min(1 << 50) as i64;
        let other = i64::from(!way.preferred && ways.iter().any(|way| way.preferred));
        match self.objective {
            Objective::Makespan => [other, cost],
            Objective::MakespanCost | Objective::CostMakespan => [cost, other],
        }
    }

    /// Leaves out what changes no optimum: ways that nothing is left for when the others use
    /// as little as they can (non-executable), ways to which another is in nothing inferior
    /// (inefficient), until nothing changes any more.
    pub(crate) fn reduce(&mut self) {
        loop {
            let before = self.ways.len();
            self.drop_unexecutable();
            self.drop_inefficient();
            if self.ways.len() == before {
                return;
            }
        }
    }

    /// The stocks that a choice can overdraw; the others are redundant.
    pub(crate) fn scarce(&self) -> Vec<usize> {
        let most = self.extremes(|a, b| a.max(b));
        (0..self.stock.len()).filter(|&stock| most[stock] > self.stock[stock]).collect()
    }

    /// Sums over the activities of the extreme use of each stock.
    fn extremes(&self, worse: impl Fn(u64, u64) -> u64) -> Vec<u64> {
        let mut sum = vec![0_u64; self.stock.len()];
        for activity in 0..self.len() as u32 {
            for (stock, sum) in sum.iter_mut().enumerate() {
                let uses = self.ways(activity).iter().map(|way| way.uses_of(stock));
                *sum = sum.saturating_add(uses.reduce(&worse).unwrap_or(0));
            }
        }
        sum
    }

    fn drop_unexecutable(&mut self) {
        let least = self.extremes(|a, b| a.min(b));
        if least.iter().zip(&self.stock).any(|(least, stock)| least > stock) {
            // nothing can be chosen: whoever looks for an assignment says so
            return;
        }
        let mut spare: Vec<Vec<u64>> = Vec::with_capacity(self.len());
        for activity in 0..self.len() as u32 {
            let its = |stock| {
                let uses = self.ways(activity).iter().map(|way| way.uses_of(stock));
                self.stock[stock] - least[stock] + uses.min().unwrap_or(0)
            };
            spare.push((0..self.stock.len()).map(its).collect());
        }
        self.keep_ways_of(|activity, _, way| {
            way.uses.iter().all(|&(stock, used)| used <= spare[activity as usize][stock as usize])
        });
    }

    fn drop_inefficient(&mut self) {
        let all = core::mem::take(&mut self.ways);
        let first = self.first.clone();
        self.ways.clone_from(&all);
        self.keep_ways_of(|activity, at, way| {
            let its =
                &all[first[activity as usize] as usize..first[activity as usize + 1] as usize];
            // of two that are equal the first stays
            !its.iter().zip(0..).any(|(other, n)| {
                n != at && other.is_no_worse(way) && (n < at || !way.is_no_worse(other))
            })
        });
    }
}

/// The nonrenewable amount that modes tell as their cost.
pub(crate) const COST: &str = "cost";

impl Way {
    /// How much of a stock it uses up.
    pub(crate) fn uses_of(&self, stock: usize) -> u64 {
        let its = self.uses.iter().find(|(number, _)| *number as usize == stock);
        its.map_or(0, |(_, amount)| *amount)
    }

    fn takes_of(&self, resource: u32) -> u64 {
        let its = self.takes.iter().find(|(number, _)| *number == resource);
        its.map_or(0, |(_, amount)| *amount)
    }

    /// True where it can stand for the other in any schedule, at no greater cost.
    fn is_no_worse(&self, other: &Way) -> bool {
        self.ticks <= other.ticks
            && self.cost <= other.cost
            && self.preferred >= other.preferred
            && self.takes.iter().all(|&(r, amount)| amount <= other.takes_of(r))
            && self.uses.iter().all(|&(s, amount)| amount <= other.uses_of(s as usize))
    }
}
