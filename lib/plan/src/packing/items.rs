//! What is packed: durations, amounts, and who comes after whom.

use crate::assemble::Plan;
use crate::graph::{Cycle, Graph};
use crate::schedule::{Limits, Takes};
use alloc::vec::Vec;
use record::{Operation, Seconds};

/// The nodes of a plan as items of bins; barriers only order.
pub struct Items<'a> {
    /// What needs what, barriers included.
    pub graph: &'a Graph,
    /// The nodes, each after all that it needs.
    pub order: Vec<u32>,
    /// Duration of each node.
    pub duration: &'a [Seconds],
    /// Longest remaining path of each node.
    pub tail: Vec<Seconds>,
    /// Amounts of numbered capacities that each node takes, and the capacities.
    pub takes: Takes,
    /// The first of the capacities is that of slots: every operation takes one.
    pub slotted: bool,
    /// True for a barrier.
    pub barrier: Vec<bool>,
}

impl<'a> Items<'a> {
    /// # Errors
    /// A cycle.
    pub fn of(plan: &'a Plan, limits: &Limits) -> Result<Items<'a>, Cycle> {
        let nameless = Operation::default();
        let nodes = 0..plan.graph.nodes();
        let ops: Vec<&Operation> =
            nodes.clone().map(|node| plan.op(node).unwrap_or(&nameless)).collect();
        Ok(Items {
            graph: &plan.graph,
            order: plan.graph.order()?,
            duration: &plan.durations,
            tail: plan.graph.tails(&plan.durations)?,
            takes: Takes::new(&ops, limits),
            slotted: limits.slots.is_some(),
            barrier: nodes.map(|node| plan.is_barrier(node)).collect(),
        })
    }

    /// Number of operations.
    pub fn count(&self) -> usize {
        self.barrier.iter().filter(|barrier| !**barrier).count()
    }

    /// The operations.
    pub fn operations(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.graph.nodes()).filter(|node| !self.barrier[*node as usize])
    }

    /// How long groups take, one after the other.
    pub fn length(&self, groups: &[Vec<u32>]) -> Seconds {
        let longest = |group: &Vec<u32>| group.iter().map(|n| self.duration[*n as usize]).max();
        groups.iter().filter_map(longest).sum()
    }
}

/// What is left of each capacity in a group.
#[derive(Clone)]
pub struct Room {
    free: Vec<u64>,
}

impl Room {
    /// An empty group.
    pub fn new(takes: &Takes) -> Room {
        Room { free: takes.free.clone() }
    }

    /// True where a node fits beside those that are in.
    pub fn fits(&self, takes: &Takes, node: u32) -> bool {
        takes.of[node as usize].iter().all(|&(at, amount)| self.free[at] >= amount)
    }

    /// True where every slot is taken, so that nothing more fits.
    pub fn is_full(&self, items: &Items<'_>) -> bool {
        items.slotted && self.free.first() == Some(&0)
    }

    /// Puts a node in.
    pub fn put(&mut self, takes: &Takes, node: u32) {
        takes.of[node as usize].iter().for_each(|&(at, amount)| self.free[at] -= amount);
    }

    /// Takes a node out again.
    pub fn take_out(&mut self, takes: &Takes, node: u32) {
        takes.of[node as usize].iter().for_each(|&(at, amount)| self.free[at] += amount);
    }
}
