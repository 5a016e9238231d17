//! A schedule: when each operation starts, given locks, slots and resources.
//!
//! Parallel schedule generation (Kelley, 1963) with the longest remaining path
//! first (Hu, 1961): at each moment the ready operations are started in that
//! order as far as they fit.

use crate::graph::{Cycle, Graph, duration_of};
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::{Amount, LockAsk, Operation, Seconds};

/// How many ready operations that do not fit are looked at before time goes on.
const LOOK_AHEAD: usize = 256;

/// The whole of a lock, so that any number of slots divides it finely enough.
pub const LOCK_WHOLE: u64 = 1 << 40;

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

/// What each node takes of numbered amounts.
pub(crate) struct Takes {
    /// For each node: number of the capacity, amount.
    pub(crate) of: Vec<Vec<(usize, u64)>>,
    /// What is free of each capacity; slots come first where they are limited.
    pub(crate) free: Vec<u64>,
}

impl Takes {
    pub(crate) fn new(nodes: &[&Operation], limits: &Limits) -> Takes {
        let mut takes = Takes { of: vec![Vec::new(); nodes.len()], free: Vec::new() };
        if let Some(slots) = limits.slots {
            takes.free.push(u64::from(slots.max(1)));
            let real = nodes.iter().zip(&mut takes.of).filter(|(op, _)| !op.barrier);
            real.for_each(|(_, list)| list.push((0, 1)));
        }
        let mut locks: BTreeMap<&str, usize> = BTreeMap::new();
        for (op, list) in nodes.iter().zip(&mut takes.of) {
            for lock in &op.locks {
                let next = takes.free.len();
                let at = *locks.entry(lock.name.as_str()).or_insert(next);
                if at == next {
                    takes.free.push(LOCK_WHOLE);
                }
                list.push((at, lock_share(lock)));
            }
        }
        for (name, amount) in &limits.resources {
            let capacity = amount.as_millis();
            for (op, list) in nodes.iter().zip(&mut takes.of) {
                let asked = op.resources.get(name).map_or(0, |asked| asked.as_millis());
                if asked > 0 {
                    list.push((takes.free.len(), asked.min(capacity)));
                }
            }
            takes.free.push(capacity);
        }
        takes
    }

    /// Takes what a node needs, or nothing where something is not there.
    fn take(&mut self, node: u32) -> bool {
        let list = &self.of[node as usize];
        if list.iter().any(|&(at, amount)| self.free[at] < amount) {
            return false;
        }
        list.iter().for_each(|&(at, amount)| self.free[at] -= amount);
        true
    }

    fn give_back(&mut self, node: u32) {
        self.of[node as usize].iter().for_each(|&(at, amount)| self.free[at] += amount);
    }
}

/// The part of [`LOCK_WHOLE`] that an operation holds of a lock.
pub fn lock_share(lock: &LockAsk) -> u64 {
    if lock.shared {
        return 1;
    }
    let slots = u64::from(lock.slots.max(1));
    (LOCK_WHOLE / slots * u64::from(lock.take)).clamp(1, LOCK_WHOLE)
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
    let tail = graph.tails(durations)?;
    let mut takes = Takes::new(nodes, limits);
    let count = graph.nodes();
    let mut missing: Vec<u32> =
        (0..count).map(|node| graph.predecessors(node).len() as u32).collect();
    let mut ready: BTreeSet<(Reverse<Seconds>, u32)> = (0..count)
        .filter(|&node| missing[node as usize] == 0)
        .map(|node| (Reverse(tail[node as usize]), node))
        .collect();
    let mut running: BinaryHeap<Reverse<(Seconds, u32)>> = BinaryHeap::new();
    let none = vec![Seconds::ZERO; count as usize];
    let mut plan = Schedule {
        start: none.clone(),
        end: none,
        mode: vec![0; count as usize],
        makespan: Seconds::ZERO,
    };
    let mut now = Seconds::ZERO;
    loop {
        let mut refused = 0;
        let mut started: Vec<(Reverse<Seconds>, u32)> = Vec::new();
        for &entry in &ready {
            if takes.take(entry.1) {
                started.push(entry);
            } else {
                refused += 1;
                if refused == LOOK_AHEAD {
                    break;
                }
            }
        }
        for entry in started {
            ready.remove(&entry);
            let end = now + duration_of(durations, entry.1);
            (plan.start[entry.1 as usize], plan.end[entry.1 as usize]) = (now, end);
            running.push(Reverse((end, entry.1)));
        }
        let Some(Reverse((end, _))) = running.peek().copied() else { break };
        now = end;
        plan.makespan = plan.makespan.max(end);
        while let Some(Reverse((end, node))) = running.peek().copied().filter(|r| r.0.0 == now) {
            debug_assert!(end == now);
            running.pop();
            takes.give_back(node);
            for &next in graph.successors(node) {
                missing[next as usize] -= 1;
                if missing[next as usize] == 0 {
                    ready.insert((Reverse(tail[next as usize]), next));
                }
            }
        }
    }
    Ok(plan)
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
