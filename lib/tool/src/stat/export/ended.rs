//! Operations that have ended, as far as later ones may name them as needs.

use record::{OpEnd, Seconds};
use std::collections::{HashMap, VecDeque};

/// Kept while nothing has needs; from the first need on everything is.
const RECENT: usize = 1 << 14;

/// An operation that has ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Last {
    /// Where its last attempt ran.
    pub slot: u32,
    /// When that began.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
    /// Which it was.
    pub attempt: u32,
}

/// By id.
#[derive(Debug, Default)]
pub struct Ended {
    all: HashMap<String, Last>,
    order: VecDeque<String>,
    graph: bool,
}

impl Ended {
    /// Some operation has needs.
    pub fn has_needs(&mut self) {
        self.graph = true;
        self.order = VecDeque::new();
    }

    /// Adds one.
    pub fn add(&mut self, end: &OpEnd) {
        let OpEnd { slot, start, end: at, attempt, .. } = *end;
        self.all.insert(end.id.clone(), Last { slot, start, end: at, attempt });
        if self.graph {
            return;
        }
        self.order.push_back(end.id.clone());
        if self.order.len() > RECENT
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }

    /// The one of this id.
    pub fn find(&self, id: &str) -> Option<Last> {
        self.all.get(id).copied()
    }

    /// A run is over: ids begin anew.
    pub fn clear(&mut self) {
        *self = Ended::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_needs_only_the_latest_are_kept() {
        let end = |n: usize| OpEnd { id: n.to_string(), attempt: 1, ..OpEnd::default() };
        let mut ended = Ended::default();
        (0..2 * RECENT).for_each(|n| ended.add(&end(n)));
        assert_eq!((ended.all.len(), ended.find("0")), (RECENT, None));
        ended.has_needs();
        (0..2 * RECENT).for_each(|n| ended.add(&end(n)));
        assert_eq!(ended.all.len(), 2 * RECENT);
        ended.clear();
        assert!(ended.find("1").is_none() && !ended.graph);
    }
}
