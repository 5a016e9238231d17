//! A schedule: when each operation starts, given locks, slots and resources.
//!
//! Parallel schedule generation (Kelley, 1963) with the longest remaining path
//! first (Hu, 1961): at each moment the ready operations are started in that
//! order as far as they fit.

use crate::generate::{Net, Parallel, Sparse};
use crate::graph::{Cycle, Graph};
use crate::project::Project;
use alloc::collections::{BTreeMap, BinaryHeap};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::{Amount, Operation, Seconds};

/// When everything starts, and when all is done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Start of each node, from the beginning.
    pub start: Vec<Seconds>,
    /// End of each node.
    pub end: Vec<Seconds>,
    /// Which of its modes each node is done in, from 0; 0 for what has no modes.
    pub mode: Vec<u32>,
    /// End of the last.
    pub makespan: Seconds,
}

impl Schedule {
    /// The slot of each node, from 1: the smallest that is free, in the order of starts.
    /// 0 for a barrier, which takes none. `barrier` says which nodes are.
    pub fn slots(&self, barrier: impl Fn(u32) -> bool) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.start.len() as u32).filter(|n| !barrier(*n)).collect();
        // what takes no time leaves its slot before the next takes one
        order.sort_unstable_by_key(|&node| {
            let at = node as usize;
            (self.start[at], self.end[at] > self.start[at], node)
        });
        let mut slot = vec![0; self.start.len()];
        let mut busy: BinaryHeap<Reverse<(Seconds, u32)>> = BinaryHeap::new();
        let mut free: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
        let mut made = 0;
        for node in order {
            while let Some(Reverse((_, its))) =
                busy.peek().copied().filter(|b| b.0.0 <= self.start[node as usize])
            {
                busy.pop();
                free.push(Reverse(its));
            }
            if self.end[node as usize] == self.start[node as usize] {
                // what takes no time takes no slot from another
                slot[node as usize] = free.peek().map_or(1, |Reverse(its)| *its);
                continue;
            }
            let its = free.pop().map_or_else(
                || {
                    made += 1;
                    made
                },
                |Reverse(its)| its,
            );
            slot[node as usize] = its;
            busy.push(Reverse((self.end[node as usize], its)));
        }
        slot
    }
}

/// What there is: slots and resources. What has no amount is unlimited.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Operations at a time.
    pub slots: Option<u32>,
    /// Renewable amounts by name.
    pub resources: BTreeMap<alloc::string::String, Amount>,
    /// Amounts that are used up, by name.
    pub nonrenewable: BTreeMap<alloc::string::String, Amount>,
}

/// Puts the nodes of a graph in time. `nodes` are their records; a barrier
/// takes neither time nor slot.
///
/// # Errors
/// A cycle.
pub fn schedule(
    graph: &Graph,
    durations: &[Seconds],
    nodes: &[&Operation],
    limits: &Limits,
) -> Result<Schedule, Cycle> {
    let project = Project::new(graph, nodes, durations, limits)?;
    let (finish, way) = first_list(&project);
    Ok(project.schedule(&finish, &way))
}

/// The parallel scheme by longest tails, each activity in its first way: ends, and ways.
pub(crate) fn first_list(project: &Project) -> (Vec<i64>, Vec<u32>) {
    let count = project.len();
    let ticks: Vec<i64> = (0..count as u32).map(|a| project.ways(a)[0].ticks).collect();
    let mut tail = vec![0_i64; count];
    for activity in (0..count).rev() {
        let after = project.after.list(activity as u32).iter().map(|&next| tail[next as usize]);
        tail[activity] = ticks[activity] + after.max().unwrap_or(0);
    }
    let mut order: Vec<u32> = (0..count as u32).collect();
    order.sort_unstable_by_key(|&a| (Reverse(tail[a as usize]), project.node[a as usize]));
    let mut rank = vec![0; count];
    (0..).zip(order).for_each(|(at, activity)| rank[activity as usize] = at);
    let net = Net { before: &project.before, after: &project.after, ticks: &ticks };
    let mut finish = vec![0; count];
    Parallel::new(count).run(&net, &mut Sparse::new(project), (&rank, &mut finish));
    (finish, vec![0; count])
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
