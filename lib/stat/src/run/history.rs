//! Operations that have ended, and through which needs: as many as a later one
//! may still name.
//!
//! A log does not say which operation will be needed. So all are kept once any
//! operation has needs; until then only the latest, so that a run of a million
//! independent lines takes no more memory than one of a thousand.

use crate::run::cause::{Cause, Ledger};
use crate::run::packed::{Behind, Brief, Packed};
use crate::run::slots::Before;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher as _;
use foldhash::fast::FixedState;
use hashbrown::HashTable;
use record::Seconds;

/// Kept while nothing has needs but starts are in the log.
const RECENT: usize = 1 << 14;

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
    /// Only if it ended last.
    Briefly,
}

/// The operations kept; their numbers never change.
#[derive(Clone, Debug, Default)]
pub struct History {
    kept: Packed,
    /// Numbers, of which the low half tells those that are kept apart.
    by_id: HashTable<u32>,
    hasher: FixedState,
    graph: bool,
    /// The one that ended last.
    tail: Option<Box<Node>>,
    longest: Seconds,
}

impl History {
    /// From now on everything is kept.
    pub fn has_needs(&mut self) {
        self.graph = true;
    }

    /// The number of an operation that has ended.
    pub fn find(&self, id: &str) -> Option<usize> {
        if id.is_empty() || self.by_id.is_empty() {
            return None;
        }
        let hash = self.hasher.hash_one(id);
        self.by_id.find(hash, |low| self.id_of(*low) == id).map(|low| self.whole(*low))
    }

    fn whole(&self, low: u32) -> usize {
        let first = self.kept.first();
        first + low.wrapping_sub(first as u32) as usize
    }

    fn id_of(&self, low: u32) -> &str {
        self.kept.brief(self.whole(low)).map_or("", |node| node.id)
    }

    /// An operation by its number.
    pub fn get(&self, number: usize) -> Option<Node> {
        self.kept.node(number)
    }

    /// Its id, its end and the longest chain up to it.
    pub fn brief(&self, number: usize) -> Option<Brief<'_>> {
        self.kept.brief(number)
    }

    /// The operation that ended last.
    pub fn tail(&self) -> Option<&Node> {
        self.tail.as_deref()
    }

    /// Of those that are kept, the one that had ended last at a time. They stand
    /// nearly in the order of their ends, so a few are looked at, about where it must be.
    pub fn last_ended_by(&self, time: Seconds) -> Option<(usize, Brief<'_>)> {
        const LOOKED_AT: usize = 64;
        let (first, next) = (self.kept.first(), self.kept.next());
        let (mut low, mut high) = (first, next);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.kept.brief(middle).is_some_and(|node| node.end <= time) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let numbers = (first.max(low.saturating_sub(LOOKED_AT))..next.min(low + LOOKED_AT)).rev();
        let briefs = numbers.filter_map(|number| Some((number, self.kept.brief(number)?)));
        let ended = briefs.filter(|(_, node)| node.end <= time);
        ended.max_by_key(|(_, node)| node.end)
    }

    /// Longest chain of needs.
    pub fn longest(&self) -> Seconds {
        self.longest
    }

    /// Adds an operation. Gives back one that is no longer wanted, so that its memory is used
    /// again.
    pub fn push(&mut self, node: Box<Node>, keep: Keep) -> Option<Box<Node>> {
        self.longest = self.longest.max(node.longest);
        if keep == Keep::ById || self.graph {
            self.keep(&node, keep);
        }
        let last = self.tail.as_ref().is_none_or(|tail| node.end >= tail.end);
        if last { self.tail.replace(node) } else { Some(node) }
    }

    fn keep(&mut self, node: &Node, keep: Keep) {
        let number = self.kept.next();
        let behind = self.find(&node.behind).map_or(Behind::Named(&node.behind), Behind::Kept);
        self.kept.push(node, behind);
        if keep == Keep::ById {
            let hash = self.hasher.hash_one(node.id.as_str());
            let mut by_id = core::mem::take(&mut self.by_id);
            // an id that comes again is the later one
            match by_id.find_mut(hash, |low| self.id_of(*low) == node.id) {
                Some(low) => *low = number as u32,
                None => {
                    let hash_of = |low: &u32| self.hasher.hash_one(self.id_of(*low));
                    by_id.insert_unique(hash, number as u32, hash_of);
                }
            }
            self.by_id = by_id;
        }
        if !self.graph && self.kept.len() > RECENT {
            self.forget();
        }
    }

    fn forget(&mut self) {
        let number = self.kept.first();
        if let Some(node) = self.kept.brief(number) {
            let hash = self.hasher.hash_one(node.id);
            if let Ok(entry) = self.by_id.find_entry(hash, |low| *low == number as u32) {
                entry.remove();
            }
        }
        self.kept.forget();
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
        assert_eq!((history.kept.len(), history.by_id.len()), (RECENT, RECENT));
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
        let again = history.kept.next();
        history.push(node("op0", 5), Keep::ById);
        assert_eq!(history.find("op0"), Some(again));
        assert_eq!(history.kept.len(), 3 * RECENT + 1);
    }
}
