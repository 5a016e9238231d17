//! First-fit packing of operations that come after one another.
//!
//! First-fit decreasing (Johnson, 1973) among what is ready, as in assembly line balancing (Wee
//! and Magazine, 1982). By which key items come first is a guess, and so is the end to begin at:
//! several are tried, the shortest counts.

use super::items::{Items, Room};
use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use record::Seconds;

/// Looks into groups in all; after that only the last ones are looked into.
const LOOKS: usize = 20_000_000;

/// How many are the last ones.
const LAST: usize = 64;

/// What comes first among the ready.
#[derive(Clone, Copy)]
enum Key {
    /// The longest duration.
    Duration,
    /// The longest remaining path.
    Tail,
    /// The first in the input.
    Listed,
}

/// Which of the groups where it fits an operation goes to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The first.
    First,
    /// The first of those that it lengthens least, an own one included.
    Cheapest,
}

/// The order in which groups are filled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// What needs nothing comes first.
    Beginning,
    /// What nothing needs comes first; the groups are turned round at the end.
    End,
}

/// The shortest of the packings by decreasing keys.
pub fn decreasing(items: &Items<'_>) -> Vec<Vec<u32>> {
    let tries = [
        (Key::Duration, Place::First, From::Beginning),
        (Key::Tail, Place::First, From::Beginning),
        (Key::Duration, Place::First, From::End),
        (Key::Duration, Place::Cheapest, From::Beginning),
        (Key::Tail, Place::Cheapest, From::Beginning),
        (Key::Duration, Place::Cheapest, From::End),
    ];
    let mut best: Option<(Seconds, Vec<Vec<u32>>)> = None;
    for (key, place, from) in tries {
        let groups = Fill::new(items, place, from).run(key);
        let length = items.length(&groups);
        if best.as_ref().is_none_or(|(shortest, _)| length < *shortest) {
            best = Some((length, groups));
        }
    }
    best.map(|(_, groups)| groups).unwrap_or_default()
}

/// First fit in the order of the input.
pub fn as_listed(items: &Items<'_>) -> Vec<Vec<u32>> {
    Fill::new(items, Place::First, From::Beginning).run(Key::Listed)
}

/// A group that is being filled.
struct Open {
    nodes: Vec<u32>,
    room: Room,
    length: Seconds,
}

struct Fill<'a> {
    items: &'a Items<'a>,
    place: Place,
    from: From,
    groups: Vec<Open>,
    /// For each group itself where it has a free slot, else a later one: a step towards it.
    next: Vec<usize>,
    looks: usize,
}

impl<'a> Fill<'a> {
    fn new(items: &'a Items<'a>, place: Place, from: From) -> Fill<'a> {
        Fill { items, place, from, groups: Vec::new(), next: vec![0], looks: 0 }
    }

    /// Neighbours of a node: before it and after it in the order of filling.
    fn around(&self, node: u32) -> (&'a [u32], &'a [u32]) {
        let graph = self.items.graph;
        let (needs, dependents) = (graph.predecessors(node), graph.successors(node));
        match self.from {
            From::Beginning => (needs, dependents),
            From::End => (dependents, needs),
        }
    }

    /// The groups.
    fn run(mut self, key: Key) -> Vec<Vec<u32>> {
        let items = self.items;
        let rank = |node: u32| match key {
            Key::Duration => (items.duration[node as usize], items.tail[node as usize]),
            Key::Tail => (items.tail[node as usize], items.duration[node as usize]),
            Key::Listed => (Seconds::ZERO, Seconds::ZERO),
        };
        let nodes = 0..items.graph.nodes();
        let mut missing: Vec<usize> = nodes.clone().map(|node| self.around(node).0.len()).collect();
        // the first group that a node may be in, once all before it are placed
        let mut earliest: Vec<u32> = vec![0; items.graph.nodes() as usize];
        let mut ready: BinaryHeap<_> = nodes
            .filter(|node| missing[*node as usize] == 0)
            .map(|node| (rank(node), Reverse(node)))
            .collect();
        while let Some((_, Reverse(node))) = ready.pop() {
            let at = earliest[node as usize];
            let after = match items.barrier[node as usize] {
                true => at,
                false => self.put(node, at as usize) as u32 + 1,
            };
            for &next in self.around(node).1 {
                let its = &mut earliest[next as usize];
                *its = after.max(*its);
                missing[next as usize] -= 1;
                if missing[next as usize] == 0 {
                    ready.push((rank(next), Reverse(next)));
                }
            }
        }
        let mut groups: Vec<Vec<u32>> = self.groups.into_iter().map(|open| open.nodes).collect();
        if self.from == From::End {
            groups.reverse();
        }
        groups
    }

    /// Puts a node into a group from `first` on; its number.
    fn put(&mut self, node: u32, first: usize) -> usize {
        let (takes, duration) = (&self.items.takes, self.items.duration[node as usize]);
        let mut chosen: Option<(Seconds, usize)> = None;
        let last = self.groups.len().saturating_sub(LAST);
        let mut at = self.open_from(if self.looks > LOOKS { first.max(last) } else { first });
        while at < self.groups.len() {
            self.looks += 1;
            let group = &self.groups[at];
            if group.room.fits(takes, node) {
                let longer = duration.max(group.length) - group.length;
                if self.place == Place::First || longer == Seconds::ZERO {
                    chosen = Some((longer, at));
                    break;
                }
                if longer < chosen.map_or(duration, |(least, _)| least) {
                    chosen = Some((longer, at));
                }
            }
            at = self.open_from(at + 1);
        }
        let at = chosen.map_or(self.groups.len(), |(_, at)| at);
        if at == self.groups.len() {
            let room = Room::new(takes);
            self.groups.push(Open { nodes: Vec::new(), room, length: Seconds::ZERO });
            self.next.push(at + 1);
        }
        let group = &mut self.groups[at];
        group.room.put(takes, node);
        group.nodes.push(node);
        group.length = duration.max(group.length);
        if group.room.is_full(self.items) {
            self.next[at] = at + 1;
        }
        at
    }

    /// The first group from `at` on that takes anything more, or the number of a new one.
    fn open_from(&mut self, at: usize) -> usize {
        let mut end = at;
        while end < self.groups.len() && self.next[end] != end {
            end = self.next[end];
        }
        // the way is shorter the next time
        let mut step = at;
        while step < self.groups.len() && self.next[step] != step {
            (self.next[step], step) = (end, self.next[step]);
        }
        end
    }
}
