//! Checking a whole plan before the first operation starts, and resolving needs.

use crate::ending::unmet_reason;
use crate::engine::{Engine, Fallback, Feeding};
use crate::op::Key;
use crate::satisfy::Edge;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use plan::Graph;
use record::{Need, Outcome, Seconds};

/// Why what an earlier run has done is skipped.
const RESUMED: &str = "resumed";

/// Who waits for an operation that has not been read yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Awaited {
    key: Key,
    edge: Edge,
    /// It goes on if the operation never comes.
    optional: bool,
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Two operations have one id.
    Duplicate {
        /// The second of them.
        key: Key,
        /// The first.
        first: Key,
    },
    /// An operation needs one that is not in the plan.
    Dangling {
        /// The operation.
        key: Key,
        /// The id that nobody has.
        need: String,
    },
    /// Operations need each other in a circle.
    Cycle(Vec<Key>),
    /// An operation holds more of a resource than there is.
    TooLarge {
        /// The operation.
        key: Key,
        /// Resource, demand and capacity in words.
        what: String,
    },
}

impl Engine {
    /// Checks a plan that has been read whole, and lets it begin if nothing is wrong.
    pub fn check(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut edges: Vec<(Key, Key)> = Vec::new();
        for key in 0..self.ops.len() as Key {
            self.check_one(key, &mut faults);
            self.resolve_whole(key, &mut edges, &mut faults);
        }
        if faults.is_empty() {
            let graph = Graph::new(self.ops.len() as u32, &edges);
            let durations: Vec<Seconds> = self
                .ops
                .iter()
                .map(|op| op.as_ref().map_or(Seconds::ZERO, |op| op.spec.duration))
                .collect();
            match graph.tails(&durations) {
                Ok(tails) => {
                    for (op, tail) in self.ops.iter_mut().zip(tails) {
                        if let Some(op) = op {
                            op.tail = tail;
                            op.rank.tail = tail;
                        }
                    }
                    self.begin_to_follow(graph);
                }
                Err(cycle) => faults.push(Fault::Cycle(cycle.0)),
            }
        }
        self.begun = faults.is_empty();
        if self.begun {
            // all roots first: a barrier among them, or what is done, lets others go at once
            let keys = || 0..self.ops.len() as Key;
            let is_done = |key: &Key| self.op_at(*key).is_some_and(|op| op.spec.done);
            let is_root = |key: &Key| self.op_at(*key).is_some_and(|op| op.unmet == 0);
            let done: Vec<Key> = keys().filter(is_done).collect();
            let roots: Vec<Key> = keys().filter(|key| is_root(key) && !is_done(key)).collect();
            for key in roots {
                self.become_ready(Seconds::ZERO, key);
            }
            for key in done {
                self.skip_done(Seconds::ZERO, key, RESUMED);
            }
        }
        faults
    }

    fn check_one(&mut self, key: Key, faults: &mut Vec<Fault>) {
        let Some(Some(op)) = self.ops.get(key as usize) else { return };
        match self.ids.get(&op.spec.id) {
            Some(first) if *first != key => faults.push(Fault::Duplicate { key, first: *first }),
            _ => {}
        }
        let never =
            self.too_large(op.class).or_else(|| self.store.too_large(&op.spec.nonrenewable));
        if let Some(what) = never {
            faults.push(Fault::TooLarge { key, what });
        } else if let Some(what) = self.alternative_too_large(key) {
            faults.push(Fault::TooLarge { key, what });
        }
    }

    /// One of what may be run instead could never be.
    fn alternative_too_large(&mut self, key: Key) -> Option<String> {
        if self.config.fallback == Fallback::None {
            return None;
        }
        let others = self.op(key).map(|op| op.spec.alternatives.clone()).unwrap_or_default();
        others.iter().find_map(|other| {
            let class = self.class_of_other(other, key)?;
            self.too_large(class).or_else(|| self.store.too_large(&other.nonrenewable))
        })
    }

    pub(crate) fn too_large(&self, class: usize) -> Option<String> {
        let (id, demand, total) = self.capacity.too_large(self.ready.demand(class))?;
        let name = self.capacity.name(id);
        Some(format!("holds {demand} of \"{name}\", of which there is {total}"))
    }

    fn needs_of(&mut self, key: Key) -> Vec<Need> {
        self.op(key).map(|op| core::mem::take(&mut op.spec.needs)).unwrap_or_default()
    }

    fn resolve_whole(&mut self, key: Key, edges: &mut Vec<(Key, Key)>, faults: &mut Vec<Fault>) {
        for need in self.needs_of(key) {
            match self.ids.get(&need.id).copied() {
                Some(source) => {
                    edges.push((source, key));
                    self.connect(source, key, edge_of(&need));
                }
                None if need.optional => {}
                None => faults.push(Fault::Dangling { key, need: need.id }),
            }
        }
    }

    fn connect(&mut self, source: Key, key: Key, edge: Edge) {
        if let Some(op) = self.op(source) {
            op.dependents.push((key, edge));
        }
        if let Some(op) = self.op(key) {
            op.unmet += 1;
        }
    }

    /// Takes one operation of a stream: connects it to what has been read.
    pub(crate) fn admit(&mut self, now: Seconds, key: Key) {
        let streams = self.config.feeding == Feeding::Stream;
        let id = self.op(key).map(|op| op.spec.id.clone()).unwrap_or_default();
        if streams && self.ids.get(&id).is_some_and(|first| *first != key) {
            self.refuse(now, key, format!("id {id} is used twice"));
            return;
        }
        for need in self.needs_of(key) {
            match self.ids.get(&need.id).copied() {
                Some(source) => self.connect_live(source, key, edge_of(&need)),
                None => {
                    if let Some(op) = self.op(key) {
                        op.unmet += 1;
                    }
                    // an optional need is waited for until the input ends
                    let awaited = Awaited { key, edge: edge_of(&need), optional: need.optional };
                    self.awaited.entry(need.id).or_default().push(awaited);
                }
            }
        }
        if streams {
            let awaited = self.awaited.remove(&id).unwrap_or_default();
            if let Some(op) = self.op(key) {
                op.dependents.extend(awaited.iter().map(|a| (a.key, a.edge)));
            }
        }
        if self.op(key).is_some_and(|op| op.spec.done) {
            self.skip_done(now, key, RESUMED);
        } else if let Some(what) = self.op(key).map(|op| op.class).and_then(|c| self.too_large(c)) {
            self.refuse(now, key, what);
        } else if self.op(key).is_some_and(|op| op.unmet == 0) {
            self.needs_are_over(now, key);
        }
    }

    /// Connects to an operation that may have ended already.
    fn connect_live(&mut self, source: Key, key: Key, edge: Edge) {
        match self.ended_result(source) {
            None => self.connect(source, key, edge),
            Some(own) if crate::satisfies(own.0, edge, own.1) => {}
            Some(own) => {
                let why = self.op(source).map(|op| unmet_reason(op, own.0));
                if let Some(op) = self.op(key) {
                    op.doomed = why;
                }
            }
        }
    }

    /// The input has ended: what is still needed will never come.
    pub(crate) fn end_input(&mut self, now: Seconds) {
        self.input_ended = true;
        // what had to be counted first may start now; a whole plan begins when it was checked
        self.begun |= self.config.feeding != Feeding::Whole;
        for (id, dependents) in core::mem::take(&mut self.awaited) {
            for Awaited { key, edge, optional } in dependents {
                if edge == Edge::Success && !optional {
                    self.refuse(now, key, format!("needs {id}, which is not in the plan"));
                } else {
                    self.one_need_less(now, key);
                }
            }
        }
        self.refuse_circles(now);
    }

    /// In a stream a circle shows only at the end: operations that wait for
    /// nothing but each other.
    fn refuse_circles(&mut self, now: Seconds) {
        if self.config.feeding != Feeding::Stream {
            return;
        }
        while let Some((key, reason)) = self.circle() {
            self.refuse(now, key, reason);
        }
    }

    /// One circle of those that have not ended, if there is any: where to break it, and its names.
    fn circle(&mut self) -> Option<(Key, String)> {
        let edges: Vec<(Key, Key)> = (0..self.ops.len() as Key)
            .filter(|key| self.ended_result(*key).is_none())
            .filter_map(|key| self.ops[key as usize].as_ref().map(|op| (key, op)))
            .flat_map(|(key, op)| op.dependents.iter().map(move |(to, _)| (key, *to)))
            .collect();
        let cycle = Graph::new(self.ops.len() as u32, &edges).order().err()?;
        let id = |key| self.op_at(key).map(|op| op.spec.id.clone()).unwrap_or_default();
        Some((*cycle.0.first()?, format!("a cycle: {}", plan::cycle_words(&cycle.0, id))))
    }

    /// An operation that can never run: its own error.
    pub(crate) fn refuse(&mut self, now: Seconds, key: Key, reason: String) {
        self.never(now, key, (Outcome::Error, reason));
    }
}

fn edge_of(need: &Need) -> Edge {
    if need.weak { Edge::Order } else { Edge::Success }
}
