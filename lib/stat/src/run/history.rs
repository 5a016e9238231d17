//! Operations that have ended, and through which needs: as many as a later one
//! may still name.
//!
//! A log does not say which operation will be needed. So all are kept once any
//! operation has needs; until then only the latest, so that a run of a million
//! independent lines takes no more memory than one of a thousand.

use crate::run::cause::{Cause, Ledger};
use crate::run::slots::Before;
use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use record::Seconds;

/// Kept while nothing has needs but starts are in the log.
const RECENT: usize = 1 << 14;
/// Kept where the log has ends only.
const FEW: usize = 64;

/// An operation that has ended.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The operation.
    pub id: String,
    /// When it could have been started, were there no limits.
    pub ready: Seconds,
    /// Start of its last attempt.
    pub start: Seconds,
    /// Its end.
    pub end: Seconds,
    /// What it waited for between the two.
    pub waits: Ledger,
    /// Who had what it waited for longest.
    pub behind: String,
    /// The need that ended last.
    pub parent: Option<usize>,
    /// True where it has needs that are not in the log.
    pub orphan: bool,
    /// Longest chain of needs up to its end, by durations.
    pub longest: Seconds,
    /// Locks and resources it held.
    pub held: Vec<Cause>,
    /// What its slot did before.
    pub slot: Before,
    /// How long its start itself took.
    pub spawn: Seconds,
    /// How long its output was not taken while it ran.
    pub stalled: Seconds,
    /// A timeout ended it.
    pub late: bool,
}

/// Whether an operation may be asked for again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// By its id: others may need it.
    ById,
    /// Only as the one that ended last.
    Briefly,
}

/// The operations kept; their numbers never change.
#[derive(Clone, Debug, Default)]
pub struct History {
    nodes: VecDeque<Box<Node>>,
    /// Number of the first one kept.
    first: usize,
    by_id: HashTable<usize>,
    hasher: FixedState,
    graph: bool,
    /// The one that ended last, and where it is no longer kept, itself.
    tail: Option<usize>,
    tail_end: Seconds,
    tail_kept: Option<Node>,
    longest: Seconds,
}

impl History {
    /// From now on everything is kept.
    pub fn has_needs(&mut self) {
        self.graph = true;
    }

    /// The number of an operation that has ended.
    pub fn find(&self, id: &str) -> Option<usize> {
        let hash = self.hasher.hash_one(id);
        self.by_id.find(hash, |number| self.is(*number, id)).copied()
    }

    fn is(&self, number: usize, id: &str) -> bool {
        self.get(number).is_some_and(|node| node.id == id)
    }

    /// An operation by its number.
    pub fn get(&self, number: usize) -> Option<&Node> {
        self.nodes.get(number.wrapping_sub(self.first)).map(|node| &**node)
    }

    /// The operation that ended last.
    pub fn tail(&self) -> Option<&Node> {
        self.tail_kept.as_ref().or_else(|| self.get(self.tail?))
    }

    /// Of those that are kept, the one that had ended last at a time. They stand
    /// nearly in the order of their ends, so a few are looked at.
    pub fn last_ended_by(&self, time: Seconds) -> Option<(usize, &Node)> {
        const LOOKED_AT: usize = 64;
        let ended = self.nodes.iter().enumerate().rev().filter(|(_, node)| node.end <= time);
        let (at, node) = ended.take(LOOKED_AT).max_by_key(|(_, node)| node.end)?;
        Some((self.first + at, node))
    }

    /// Longest chain of needs.
    pub fn longest(&self) -> Seconds {
        self.longest
    }

    /// Adds an operation. Gives back one that is no longer kept, so that its memory is used again.
    pub fn push(&mut self, node: Box<Node>, keep: Keep) -> Option<Box<Node>> {
        let number = self.first + self.nodes.len();
        self.longest = self.longest.max(node.longest);
        if self.tail.is_none() || node.end >= self.tail_end {
            self.tail = Some(number);
            self.tail_end = node.end;
            self.tail_kept = None;
        }
        let findable = keep == Keep::ById;
        let hash = findable.then(|| self.hasher.hash_one(node.id.as_str()));
        let older = findable.then(|| self.find(&node.id)).flatten();
        self.nodes.push_back(node);
        if let Some(hash) = hash {
            self.note(hash, number, older);
        }
        let room = if self.by_id.is_empty() { FEW } else { RECENT };
        if self.graph || self.nodes.len() <= room { None } else { self.forget() }
    }

    fn note(&mut self, hash: u64, number: usize, older: Option<usize>) {
        if let Some(older) = older
            && let Ok(entry) = self.by_id.find_entry(hash, |other| *other == older)
        {
            entry.remove();
        }
        let (nodes, first, hasher) = (&self.nodes, self.first, &self.hasher);
        let hash_of = |number: &usize| {
            nodes.get(*number - first).map_or(0, |node| hasher.hash_one(node.id.as_str()))
        };
        self.by_id.insert_unique(hash, number, hash_of);
    }

    fn forget(&mut self) -> Option<Box<Node>> {
        let node = self.nodes.pop_front()?;
        let number = self.first;
        self.first += 1;
        let hash = self.hasher.hash_one(node.id.as_str());
        if let Ok(entry) = self.by_id.find_entry(hash, |other| *other == number) {
            entry.remove();
        }
        if self.tail == Some(number) {
            self.tail_kept = Some((*node).clone());
        }
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn node(id: &str, end: i64) -> Box<Node> {
        Box::new(Node { id: id.into(), end: Seconds::from_secs(end), ..Node::default() })
    }

    #[test]
    fn without_needs_only_the_latest_are_kept() {
        let mut history = History::default();
        history.push(node("last", 1_000_000), Keep::ById);
        (0..3 * RECENT).for_each(|n| {
            history.push(node(&format!("op{n}"), n as i64), Keep::ById);
        });
        assert_eq!((history.nodes.len(), history.by_id.len()), (RECENT, RECENT));
        assert_eq!(history.find("op0"), None);
        assert!(history.find(&format!("op{}", 3 * RECENT - 1)).is_some());
        assert_eq!(history.tail().unwrap().id, "last");
    }

    #[test]
    fn with_needs_all_are_kept_and_an_id_used_again_is_the_later_one() {
        let mut history = History::default();
        history.has_needs();
        (0..3 * RECENT).for_each(|n| {
            history.push(node(&format!("op{n}"), n as i64), Keep::ById);
        });
        let again = history.first + history.nodes.len();
        history.push(node("op0", 5), Keep::ById);
        assert_eq!(history.find("op0"), Some(again));
        assert_eq!(history.nodes.len(), 3 * RECENT + 1);
    }
}
