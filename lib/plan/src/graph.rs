//! A graph of needs: order, levels, longest paths, slack.
//!
//! Nodes are numbers, edges run from what is needed to its dependent. Nothing
//! here recurses, so a chain of any length is as good as any other graph.

use crate::csr::Lists;
use alloc::vec;
use alloc::vec::Vec;
use core::cell::OnceCell;
use record::Seconds;

/// One concrete cycle: each node is needed by the next, the last by the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cycle(pub Vec<u32>);

/// What needs what.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    out: Lists,
    /// The other way round, made when it is first asked for: levels do without.
    into: OnceCell<Lists>,
    /// An order, made when it is first asked for; without one, which nodes are left.
    sorted: OnceCell<Result<Sorted, Vec<bool>>>,
}

/// The nodes in an order, and the level of each.
#[derive(Clone, Debug)]
struct Sorted {
    order: Vec<u32>,
    level: Vec<u32>,
}

/// Earliest starts, remaining paths and the length of the whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Times {
    /// Earliest start of each node, from the beginning.
    pub start: Vec<Seconds>,
    /// Longest path from the start of each node to the end of all, its own duration included.
    pub tail: Vec<Seconds>,
    /// Length of the critical path.
    pub length: Seconds,
}

impl Times {
    /// How much later a node may start without making the whole longer (total
    /// float; Kelley and Walker, 1959).
    pub fn slack(&self, node: u32) -> Seconds {
        let at = node as usize;
        match (self.start.get(at), self.tail.get(at)) {
            (Some(start), Some(tail)) => self.length - (*start + *tail),
            _ => Seconds::ZERO,
        }
    }
}

/// A path and its length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path {
    /// Nodes in their order.
    pub nodes: Vec<u32>,
    /// Sum of their durations.
    pub length: Seconds,
}

impl Graph {
    /// A graph of `nodes` nodes, numbered from 0, and edges `(needed, dependent)`;
    /// an edge given twice counts once. An edge that names a node beyond `nodes`
    /// makes the graph larger. At most 2^32 - 1 edges.
    pub fn new(nodes: u32, edges: &[(u32, u32)]) -> Graph {
        let beyond = edges.iter().map(|&(a, b)| a.max(b).saturating_add(1)).max().unwrap_or(0);
        Graph { out: Lists::from_edges(nodes.max(beyond), edges), ..Graph::default() }
    }

    /// Number of nodes.
    pub fn nodes(&self) -> u32 {
        self.out.lists()
    }

    /// Number of edges, each counted once.
    pub fn edges(&self) -> u32 {
        self.out.items()
    }

    /// What needs `node`, in the order of the edges.
    pub fn successors(&self, node: u32) -> &[u32] {
        self.out.list(node)
    }

    /// What `node` needs.
    pub fn predecessors(&self, node: u32) -> &[u32] {
        self.into.get_or_init(|| self.out.reversed()).list(node)
    }

    /// Levels from 1: 1 + the greatest level of what a node needs.
    ///
    /// # Errors
    /// A cycle.
    pub fn levels(&self) -> Result<Vec<u32>, Cycle> {
        self.sorted().map(|sorted| sorted.level.clone())
    }

    /// The nodes in an order that respects every edge: level by level is not
    /// promised, the same graph gives the same order (Kahn, 1962).
    ///
    /// # Errors
    /// A cycle.
    pub fn order(&self) -> Result<Vec<u32>, Cycle> {
        self.sorted().map(|sorted| sorted.order.clone())
    }

    /// True where there is no cycle.
    pub fn has_order(&self) -> bool {
        self.sorted.get_or_init(|| self.sort()).is_ok()
    }

    fn sorted(&self) -> Result<&Sorted, Cycle> {
        let sorted = self.sorted.get_or_init(|| self.sort());
        sorted.as_ref().map_err(|left| self.cycle_among(left))
    }

    /// Order and levels; where there are cycles, which nodes are left.
    fn sort(&self) -> Result<Sorted, Vec<bool>> {
        let nodes = self.nodes();
        // what is still needed and the level lie side by side: one cache line a visit
        let mut state: Vec<(u32, u32)> = vec![(0, 1); nodes as usize];
        self.out.all().iter().for_each(|&dependent| state[dependent as usize].0 += 1);
        let mut order: Vec<u32> = Vec::with_capacity(nodes as usize);
        order.extend((0..nodes).filter(|&node| state[node as usize].0 == 0));
        let mut next = 0;
        while next < order.len() {
            let node = order[next];
            next += 1;
            let level = state[node as usize].1 + 1;
            for &dependent in self.successors(node) {
                let (missing, its_level) = &mut state[dependent as usize];
                *its_level = level.max(*its_level);
                *missing -= 1;
                if *missing == 0 {
                    order.push(dependent);
                }
            }
        }
        if order.len() < nodes as usize {
            return Err(state.iter().map(|&(missing, _)| missing > 0).collect());
        }
        Ok(Sorted { order, level: state.into_iter().map(|(_, level)| level).collect() })
    }

    /// Nodes that no order can hold: those of cycles and what comes after them.
    pub fn unordered(&self) -> Vec<u32> {
        let sorted = self.sorted.get_or_init(|| self.sort());
        let left = sorted.as_ref().err().map_or(&[][..], Vec::as_slice);
        (0..).zip(left).filter(|(_, left)| **left).map(|(node, _)| node).collect()
    }

    /// Every node of `left` needs another node of `left`: walking back must meet
    /// a node again, and what lies between is a cycle.
    fn cycle_among(&self, left: &[bool]) -> Cycle {
        let mut seen_at: Vec<u32> = vec![u32::MAX; left.len()];
        let mut walk: Vec<u32> = Vec::new();
        let mut node = left.iter().position(|&l| l).unwrap_or(0) as u32;
        loop {
            let seen = &mut seen_at[node as usize];
            if *seen != u32::MAX {
                let mut cycle = walk.split_off(*seen as usize);
                cycle.reverse();
                let first = cycle.iter().enumerate().min_by_key(|(_, n)| **n).map_or(0, |(i, _)| i);
                cycle.rotate_left(first);
                return Cycle(cycle);
            }
            *seen = walk.len() as u32;
            walk.push(node);
            match self.predecessors(node).iter().find(|&&need| left[need as usize]) {
                Some(&need) => node = need,
                None => return Cycle(walk),
            }
        }
    }

    /// Longest remaining path of each node, its own duration included. A duration
    /// that is not given is none.
    ///
    /// # Errors
    /// A cycle.
    pub fn tails(&self, durations: &[Seconds]) -> Result<Vec<Seconds>, Cycle> {
        self.sorted().map(|sorted| self.tails_in(&sorted.order, durations))
    }

    fn tails_in(&self, order: &[u32], durations: &[Seconds]) -> Vec<Seconds> {
        let mut tail: Vec<Seconds> = vec![Seconds::ZERO; order.len()];
        for &node in order.iter().rev() {
            let after = self.successors(node).iter().map(|&next| tail[next as usize]).max();
            tail[node as usize] = duration_of(durations, node) + after.unwrap_or_default();
        }
        tail
    }

    /// Earliest starts and tails of all nodes: the critical path method.
    ///
    /// # Errors
    /// A cycle.
    pub fn times(&self, durations: &[Seconds]) -> Result<Times, Cycle> {
        let order = &self.sorted()?.order;
        let tail = self.tails_in(order, durations);
        let mut start: Vec<Seconds> = vec![Seconds::ZERO; order.len()];
        for &node in order {
            let end = start[node as usize] + duration_of(durations, node);
            for &next in self.successors(node) {
                let begin = &mut start[next as usize];
                *begin = end.max(*begin);
            }
        }
        let length = tail.iter().copied().max().unwrap_or_default();
        Ok(Times { start, tail, length })
    }

    /// The critical path: the longest by duration, the first in the input among
    /// equals.
    ///
    /// # Errors
    /// A cycle.
    pub fn critical_path(&self, durations: &[Seconds]) -> Result<Path, Cycle> {
        self.tails(durations).map(|tail| self.longest_path(&tail))
    }

    /// The same by the tails of an acyclic graph, as [`Graph::tails`] gives them.
    pub fn longest_path(&self, tail: &[Seconds]) -> Path {
        let longest = |nodes: &mut dyn Iterator<Item = u32>| {
            nodes.fold(None, |best: Option<u32>, node| match best {
                Some(b) if tail[b as usize] >= tail[node as usize] => Some(b),
                _ => Some(node),
            })
        };
        let mut needs_none = vec![true; self.nodes() as usize];
        self.out.all().iter().for_each(|&dependent| needs_none[dependent as usize] = false);
        let mut nodes: Vec<u32> = Vec::new();
        let mut at = longest(&mut (0..self.nodes()).filter(|&node| needs_none[node as usize]));
        while let Some(node) = at {
            nodes.push(node);
            at = longest(&mut self.successors(node).iter().copied());
        }
        let length = nodes.first().map_or(Seconds::ZERO, |&node| tail[node as usize]);
        Path { nodes, length }
    }
}

pub(crate) fn duration_of(durations: &[Seconds], node: u32) -> Seconds {
    durations.get(node as usize).copied().unwrap_or_default()
}

#[cfg(test)]
#[path = "graph_tests.rs"]
mod tests;
