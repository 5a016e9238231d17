//! The shortest groups for a few operations: dynamic programming over the sets of operations
//! that may be done after some groups.
//!
//! It is enough to look at groups to which nothing ready and no longer can be added (moving
//! an operation to an earlier group that it does not lengthen never hurts), and among
//! operations that are alike only at the longer ones first.

use super::bound;
use super::items::{Items, Room};
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Seconds;

/// No set of operations: nothing leads here yet.
const NEVER: Seconds = Seconds::from_micros(i64::MAX);

/// The shortest groups, where they are shorter than `known`.
pub fn shorter_than(items: &Items<'_>, known: Seconds) -> Option<Vec<Vec<u32>>> {
    Search::new(items, known).run()
}

struct Search<'a> {
    items: &'a Items<'a>,
    /// The operations, the longest first; their places here are the bits of a set.
    nodes: Vec<u32>,
    /// What must be done before each, as a set.
    before: Vec<u32>,
    /// Those that may as well go before each: alike, no shorter, and no less waits for them.
    ahead: Vec<u32>,
    /// The least time after which each set can be done, and its last group.
    best: Vec<(Seconds, u32)>,
    known: Seconds,
}

impl<'a> Search<'a> {
    fn new(items: &'a Items<'a>, known: Seconds) -> Search<'a> {
        let mut nodes: Vec<u32> = items.operations().collect();
        nodes.sort_by_key(|&node| (Reverse(items.duration[node as usize]), node));
        let before = sets(items, &nodes);
        let after = |at: usize| -> u32 {
            let waits = (0..nodes.len()).filter(|other| before[*other] >> at & 1 == 1);
            waits.fold(0, |set, other| set | 1 << other)
        };
        let alike = |a: usize, b: usize| {
            items.takes.of[nodes[a] as usize] == items.takes.of[nodes[b] as usize]
        };
        let ahead = (0..nodes.len()).map(|at| {
            let own = after(at);
            let first = (0..at).filter(|&other| alike(other, at) && own & !after(other) == 0);
            first.fold(0, |set, other| set | 1 << other)
        });
        let ahead = ahead.collect();
        let mut best = vec![(NEVER, 0); 1 << nodes.len()];
        best[0] = (Seconds::ZERO, 0);
        Search { items, nodes, before, ahead, best, known }
    }

    fn run(mut self) -> Option<Vec<Vec<u32>>> {
        let all = self.best.len() - 1;
        // a group makes a set larger, so all that lead to a set come before it
        for done in 0..all {
            let (time, _) = self.best[done];
            if time < self.known && time + self.rest(done as u32) < self.known.min(self.best[all].0)
            {
                self.extend(done as u32, time);
            }
        }
        if self.best[all].0 >= self.known {
            return None;
        }
        let mut groups = Vec::new();
        let mut set = all as u32;
        while set != 0 {
            let group = self.best[set as usize].1;
            groups.push(self.members(group).map(|at| self.nodes[at]).collect());
            set &= !group;
        }
        groups.reverse();
        Some(groups)
    }

    fn members(&self, set: u32) -> impl Iterator<Item = usize> + use<> {
        (0..self.nodes.len()).filter(move |at| set >> at & 1 == 1)
    }

    /// What the operations beyond `done` take at least.
    fn rest(&self, done: u32) -> Seconds {
        let left = || self.members(!done).map(|at| self.nodes[at]);
        let path = left().map(|node| self.items.tail[node as usize]).max().unwrap_or_default();
        bound::divided(self.items, left()).max(path)
    }

    /// Every group worth a look after `done`, told apart by its longest member.
    fn extend(&mut self, done: u32, time: Seconds) {
        let is_ready = |at: &usize| done >> at & 1 == 0 && self.before[*at] & !done == 0;
        let ready: Vec<usize> = (0..self.nodes.len()).filter(is_ready).collect();
        for (place, &leader) in ready.iter().enumerate() {
            let end = time + self.items.duration[self.nodes[leader] as usize];
            if end >= self.known {
                continue;
            }
            let mut room = Room::new(&self.items.takes);
            room.put(&self.items.takes, self.nodes[leader]);
            let mut choice = Choice {
                done,
                end,
                others: &ready[place + 1..],
                out: Vec::new(),
                room,
                group: 1 << leader,
            };
            self.choose(&mut choice, 0);
        }
    }

    /// Takes or leaves each of the others in turn; at the end the group is a way to go on.
    fn choose(&mut self, choice: &mut Choice<'_>, at: usize) {
        let takes = &self.items.takes;
        let Some(&other) = choice.others.get(at) else {
            if !choice.out.iter().any(|&out| choice.room.fits(takes, self.nodes[out])) {
                let reached = &mut self.best[(choice.done | choice.group) as usize];
                if choice.end < reached.0 {
                    *reached = (choice.end, choice.group);
                }
            }
            return;
        };
        let node = self.nodes[other];
        let passed = choice.out.iter().any(|out| self.ahead[other] >> out & 1 == 1);
        if !passed && choice.room.fits(takes, node) {
            choice.room.put(takes, node);
            choice.group |= 1 << other;
            self.choose(choice, at + 1);
            choice.group &= !(1 << other);
            choice.room.take_out(&self.items.takes, node);
        }
        choice.out.push(other);
        self.choose(choice, at + 1);
        choice.out.pop();
    }
}

/// A group in the making.
struct Choice<'a> {
    done: u32,
    /// When the group ends.
    end: Seconds,
    /// The ready operations that are no longer than its longest.
    others: &'a [usize],
    /// Those that were left out.
    out: Vec<usize>,
    room: Room,
    group: u32,
}

/// For each operation those that must be done before it, those behind barriers included.
fn sets(items: &Items<'_>, nodes: &[u32]) -> Vec<u32> {
    let mut bit = vec![0u32; items.graph.nodes() as usize];
    nodes.iter().enumerate().for_each(|(at, node)| bit[*node as usize] = 1 << at);
    let mut before = vec![0u32; items.graph.nodes() as usize];
    for &node in &items.order {
        let needs = items.graph.predecessors(node).iter().map(|need| *need as usize);
        before[node as usize] = needs.fold(0, |set, need| set | before[need] | bit[need]);
    }
    nodes.iter().map(|node| before[*node as usize]).collect()
}
