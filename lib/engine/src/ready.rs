//! The one ready queue.
//!
//! Operations with the same demand fit or do not fit together, so they share a
//! class with a heap of its own; choosing looks at the best of each class only.

use crate::capacity::{Capacity, Demand, ResourceId};
use crate::op::{Key, Rank};
use alloc::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use alloc::vec::Vec;

/// After this many starts past a demand that did not fit, nothing that takes
/// from the resource it is short of may pass any more, so that the large do not starve.
const PASSED_MAX: u32 = 1000;

#[derive(Debug, Default)]
struct Class {
    demand: Demand,
    heap: BinaryHeap<(Rank, Key)>,
    /// Starts since its best did not fit.
    passed: u32,
    /// The resource it was short of last.
    short: Option<ResourceId>,
}

#[derive(Debug, Default)]
pub(crate) struct Ready {
    classes: Vec<Class>,
    by_demand: BTreeMap<Demand, usize>,
    /// The best of each class that has any.
    tops: BTreeSet<(Rank, usize)>,
    /// Those that have their locks: before all others, in order of arrival.
    locked: VecDeque<(Key, usize)>,
    len: usize,
}

impl Ready {
    /// The class of a demand.
    pub(crate) fn class(&mut self, demand: Demand) -> usize {
        if let Some(class) = self.by_demand.get(&demand) {
            return *class;
        }
        let class = self.classes.len();
        self.by_demand.insert(demand.clone(), class);
        self.classes.push(Class { demand, ..Class::default() });
        class
    }

    pub(crate) fn demand(&self, class: usize) -> &Demand {
        &self.classes[class].demand
    }

    /// The resource that the class was short of last.
    pub(crate) fn short(&self, class: usize) -> Option<ResourceId> {
        self.classes[class].short
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn push(&mut self, class: usize, rank: Rank, key: Key) {
        self.len += 1;
        let heap = &mut self.classes[class].heap;
        let before = heap.peek().map(|(rank, _)| *rank);
        heap.push((rank, key));
        if before.is_none_or(|top| rank > top) {
            if let Some(top) = before {
                self.tops.remove(&(top, class));
            }
            self.tops.insert((rank, class));
        }
    }

    /// One that has its locks.
    pub(crate) fn push_locked(&mut self, class: usize, key: Key) {
        self.len += 1;
        self.locked.push_back((key, class));
    }

    /// True where one fits what is free.
    pub(crate) fn any_fits(&self, capacity: &Capacity) -> bool {
        self.first_locked(capacity).is_some() || self.best_class(capacity).0.is_some()
    }

    /// True where one has its locks and fits.
    pub(crate) fn has_locked(&self, capacity: &Capacity) -> bool {
        self.first_locked(capacity).is_some()
    }

    /// Takes out that one: true if it was there. Those before it in its class stay.
    pub(crate) fn take(&mut self, class: usize, key: Key) -> bool {
        let mut before = Vec::new();
        let found = loop {
            let best = self.classes[class].heap.peek().copied();
            let Some(best) = best.filter(|_| self.pop(class).is_some()) else { break false };
            if best.1 == key {
                break true;
            }
            before.push(best);
        };
        before.into_iter().for_each(|(rank, key)| self.push(class, rank, key));
        found
    }

    /// Takes out the best that fits what is free.
    pub(crate) fn pick(&mut self, capacity: &Capacity) -> Option<Key> {
        if let Some(at) = self.first_locked(capacity) {
            self.len -= 1;
            return self.locked.remove(at).map(|(key, _)| key);
        }
        let (chosen, passed_over) = self.best_class(capacity);
        for at in passed_over {
            let class = &mut self.classes[at];
            class.short = capacity.short_of(&class.demand).or(class.short);
            class.passed += u32::from(chosen.is_some());
        }
        chosen.and_then(|at| self.pop(at))
    }

    /// The first that has its locks and fits, by its place.
    fn first_locked(&self, capacity: &Capacity) -> Option<usize> {
        let fits = |class: usize| capacity.short_of(&self.classes[class].demand).is_none();
        self.locked.iter().position(|(_, class)| fits(*class))
    }

    /// The class with the best that fits, and those before it that do not.
    fn best_class(&self, capacity: &Capacity) -> (Option<usize>, Vec<usize>) {
        let mut starved: Vec<ResourceId> = Vec::new();
        let mut passed_over: Vec<usize> = Vec::new();
        for (_, at) in self.tops.iter().rev() {
            let class = &self.classes[*at];
            let short = capacity
                .short_of(&class.demand)
                .or_else(|| class.demand.iter().map(|(id, _)| *id).find(|id| starved.contains(id)));
            match short {
                None => return (Some(*at), passed_over),
                Some(id) => {
                    if class.passed >= PASSED_MAX {
                        starved.push(id);
                    }
                    passed_over.push(*at);
                }
            }
        }
        (None, passed_over)
    }

    fn pop(&mut self, at: usize) -> Option<Key> {
        let class = &mut self.classes[at];
        class.passed = 0;
        let (rank, key) = class.heap.pop()?;
        self.len -= 1;
        self.tops.remove(&(rank, at));
        if let Some((next, _)) = class.heap.peek() {
            self.tops.insert((*next, at));
        }
        Some(key)
    }

    /// Takes out everything.
    pub(crate) fn drain(&mut self) -> Vec<Key> {
        self.len = 0;
        self.tops.clear();
        let mut keys: Vec<Key> = self.locked.drain(..).map(|(key, _)| key).collect();
        for class in &mut self.classes {
            keys.extend(class.heap.drain().map(|(_, key)| key));
        }
        keys.sort_unstable();
        keys
    }
}
