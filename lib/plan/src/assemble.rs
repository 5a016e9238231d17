//! From declared units to one plan: ids become numbers, lists and groups become
//! edges, a barrier stands where many wait for many.

use crate::durations::Durations;
use crate::edges::EdgeList;
use crate::graph::{Cycle, Graph, Times};
use crate::names::Names;
use crate::order::links;
use crate::schedule::{Limits, Schedule, schedule};
use crate::unit::{Draft, Order, Unit};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use record::{Need, Operation, Seconds};

/// How units are put together.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What a list means where the dialect leaves it open.
    pub order: Order,
    /// Operations that are done elsewhere.
    pub assume: BTreeSet<String>,
}

/// An operation of the plan, or a barrier.
#[derive(Clone, Debug)]
pub struct Node {
    /// As declared; the needs are those of the plan.
    pub draft: Draft,
    /// Number of its unit.
    pub unit: u32,
}

/// A need that no operation of the plan meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The operation.
    pub node: u32,
    /// What it needs.
    pub needed: String,
}

/// What was found while putting units together.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Needs that no operation meets.
    pub dangling: Vec<Unmet>,
    /// Optional needs that no operation meets: ignored.
    pub optional: Vec<Unmet>,
    /// Needs of an operation that is planned alone: taken as met.
    pub alone: Vec<Unmet>,
    /// Operations whose id is used before them; they are left out.
    pub duplicates: Vec<Operation>,
    /// Units that come after one that is not here: number and name.
    pub absent_units: Vec<(u32, String)>,
}

/// Operations in a graph.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What was read, without its operations.
    pub units: Vec<Unit>,
    /// The operations in the order of the input, then the barriers.
    pub nodes: Vec<Node>,
    /// How many of the nodes are operations.
    pub real: u32,
    /// Ids of the nodes, by the same numbers.
    pub names: Names,
    /// Everything that orders.
    pub graph: Graph,
    /// Declared needs alone; none where nothing else orders.
    pub declared: Option<Graph>,
    /// Duration of each node.
    pub durations: Vec<Seconds>,
    /// Every operation says how long it takes.
    pub timed: bool,
    /// What was found on the way.
    pub faults: Faults,
}

impl Plan {
    /// Puts units together.
    pub fn assemble(units: Vec<Unit>, options: &Options) -> Plan {
        let mut build = Build { plan: Plan::default(), edges: Vec::new(), options };
        let ranges = build.take_nodes(units);
        build.resolve_needs();
        build.declare(&ranges);
        for (unit, (from, links)) in ranges.iter().enumerate() {
            for link in links {
                let shift = |range: &core::ops::Range<usize>| -> Vec<u32> {
                    from[range.clone()].iter().flatten().copied().collect()
                };
                build.join(&shift(&link.before), &shift(&link.after), unit as u32);
            }
        }
        build.join_units();
        build.finish()
    }

    /// Levels from 1; a barrier has the level of what it waits for.
    ///
    /// # Errors
    /// A cycle.
    pub fn levels(&self) -> Result<Vec<u32>, Cycle> {
        let barriers = self.nodes.len() > self.real as usize;
        if !barriers {
            return self.graph.levels();
        }
        let one = |node: &Node| Seconds::from_micros(i64::from(!node.draft.op.barrier));
        let steps: Vec<Seconds> = self.nodes.iter().map(one).collect();
        let times = self.graph.times(&steps)?;
        let level = |(start, step): (&Seconds, &Seconds)| (*start + *step).as_micros() as u32;
        Ok(times.start.iter().zip(&steps).map(level).collect())
    }

    /// Earliest starts, tails and the length of the critical path.
    ///
    /// # Errors
    /// A cycle.
    pub fn times(&self) -> Result<Times, Cycle> {
        self.graph.times(&self.durations)
    }

    /// When everything starts, with its locks and within limits.
    ///
    /// # Errors
    /// A cycle.
    pub fn schedule(&self, limits: &Limits) -> Result<Schedule, Cycle> {
        let nodes: Vec<&Operation> = self.nodes.iter().map(|node| &*node.draft.op).collect();
        schedule(&self.graph, &self.durations, &nodes, limits)
    }

    /// The operations without the barriers.
    pub fn operations(&self) -> impl Iterator<Item = (u32, &Node)> {
        (0..self.real).zip(&self.nodes)
    }

    /// The id of a node: bytes, since the words of an edge list need not be UTF-8.
    pub fn id(&self, node: u32) -> &[u8] {
        self.names.get(node)
    }

    /// The graph of the declared needs.
    pub fn needs(&self) -> &Graph {
        self.declared.as_ref().unwrap_or(&self.graph)
    }

    /// The record of a node; none in a bare edge list.
    pub fn op(&self, node: u32) -> Option<&Operation> {
        self.nodes.get(node as usize).map(|node| &*node.draft.op)
    }

    /// What has no place in any order: the nodes of cycles and what comes after them.
    pub fn unordered(&self) -> Vec<u32> {
        self.graph.unordered()
    }

    /// True for a barrier.
    pub fn is_barrier(&self, node: u32) -> bool {
        self.op(node).is_some_and(|op| op.barrier)
    }

    /// An edge list as it is, without records. A node takes what is given for it; where no
    /// durations are given each takes one second.
    pub fn bare(list: EdgeList, unit: Unit, durations: Option<Durations>) -> Plan {
        let graph = list.graph();
        let nodes = graph.nodes();
        let of_all = |durations: Durations| durations.finish(|_| false);
        let (durations, timed) =
            durations.map_or_else(|| (vec![Seconds::from_secs(1); nodes as usize], false), of_all);
        let units = vec![unit];
        Plan { units, names: list.names, graph, durations, timed, real: nodes, ..Plan::default() }
    }

    /// The plan with only some of its nodes; needs of the others are gone.
    #[must_use]
    pub fn keep(self, keep: &[bool]) -> Plan {
        let number = |keep: &[bool]| -> Vec<u32> {
            let mut next = 0;
            let give = |kept: &bool| {
                next += u32::from(*kept);
                next.wrapping_sub(1)
            };
            keep.iter().map(give).collect()
        };
        let new = number(keep);
        let cut = |graph: &Graph, nodes: u32| {
            let kept = |node: &u32| keep.get(*node as usize).copied().unwrap_or(false);
            let mut edges = Vec::new();
            for from in (0..graph.nodes()).filter(kept) {
                let ends = graph.successors(from).iter().copied().filter(kept);
                edges.extend(ends.map(|to| (new[from as usize], new[to as usize])));
            }
            Graph::new(nodes, &edges)
        };
        let real = keep.iter().take(self.real as usize).filter(|k| **k).count() as u32;
        let all = keep.iter().filter(|k| **k).count() as u32;
        let (graph, declared) = (cut(&self.graph, all), cut(self.needs(), real));
        let declared = Some(declared);
        let mut plan =
            Plan { units: self.units, real, graph, declared, timed: self.timed, ..Plan::default() };
        for ((mut node, kept), duration) in self.nodes.into_iter().zip(keep).zip(self.durations) {
            if *kept {
                let stays = |need: &Need| {
                    let at = self.names.find(need.id.as_bytes());
                    at.is_none_or(|at| keep.get(at as usize).copied().unwrap_or(true))
                };
                node.draft.op.needs.retain(stays);
                plan.names.intern(node.draft.op.id.as_bytes());
                plan.nodes.push(node);
                plan.durations.push(duration);
            }
        }
        let renumber = |list: Vec<Unmet>| -> Vec<Unmet> {
            let kept = list.into_iter().filter(|unmet| keep[unmet.node as usize]);
            kept.map(|unmet| Unmet { node: new[unmet.node as usize], ..unmet }).collect()
        };
        plan.faults = Faults {
            dangling: renumber(self.faults.dangling),
            optional: renumber(self.faults.optional),
            alone: renumber(self.faults.alone),
            ..self.faults
        };
        plan
    }
}

struct Build<'a> {
    plan: Plan,
    edges: Vec<(u32, u32)>,
    options: &'a Options,
}

/// Numbers of the drafts of a unit (none for a duplicate), and what its list says.
type Placed = (Vec<Option<u32>>, Vec<crate::order::Link>);

impl Build<'_> {
    /// Numbers the operations, then the barriers that came with the records.
    fn take_nodes(&mut self, units: Vec<Unit>) -> Vec<Placed> {
        let mut placed = Vec::new();
        let mut barriers: Vec<(Draft, u32)> = Vec::new();
        for (number, mut unit) in units.into_iter().enumerate() {
            let number = number as u32;
            let links = links(&unit, self.options.order);
            let mut numbers = Vec::new();
            for draft in core::mem::take(&mut unit.drafts) {
                if draft.op.barrier {
                    barriers.push((draft, number));
                    numbers.push(None);
                } else {
                    numbers.push(self.take(draft, number));
                }
            }
            placed.push((numbers, links));
            self.plan.units.push(unit);
        }
        self.plan.real = self.plan.names.len();
        for (draft, unit) in barriers {
            self.take(draft, unit);
        }
        placed
    }

    /// The graph of the declared needs, where barriers or lists will add to them.
    fn declare(&mut self, placed: &[Placed]) {
        let plan = &mut self.plan;
        let needs_alone = plan.nodes.len() == plan.real as usize
            && placed.iter().all(|(_, links)| links.is_empty())
            && plan.units.iter().all(|unit| unit.after.is_empty());
        if !needs_alone {
            let real = |(a, b): &(u32, u32)| a.max(b) < &plan.real;
            let declared: Vec<(u32, u32)> = self.edges.iter().copied().filter(real).collect();
            plan.declared = Some(Graph::new(plan.real, &declared));
        }
    }

    /// A number for an id that is new.
    fn take(&mut self, draft: Draft, unit: u32) -> Option<u32> {
        let next = self.plan.names.len();
        if self.plan.names.intern(draft.op.id.as_bytes()) < next {
            self.plan.faults.duplicates.push(*draft.op);
            return None;
        }
        self.plan.nodes.push(Node { draft, unit });
        Some(next)
    }

    fn resolve_needs(&mut self) {
        let Build { plan, edges, options } = self;
        let Plan { nodes, names, faults, units, .. } = plan;
        let alone = nodes.len() == 1 && units.iter().all(|u| u.dialect.is_one_operation());
        for (number, node) in nodes.iter_mut().enumerate() {
            let number = number as u32;
            node.draft.op.needs.retain(|need| {
                if let Some(needed) = names.find(need.id.as_bytes()) {
                    edges.push((needed, number));
                    return true;
                }
                let unmet = Unmet { node: number, needed: need.id.clone() };
                if options.assume.contains(&need.id) {
                    return false;
                }
                match (need.optional, alone) {
                    (true, _) => faults.optional.push(unmet),
                    (false, true) => faults.alone.push(unmet),
                    (false, false) => {
                        faults.dangling.push(unmet);
                        return true;
                    }
                }
                false
            });
        }
    }

    /// Lets all of `after` wait for all of `before`.
    fn join(&mut self, before: &[u32], after: &[u32], unit: u32) {
        if before.len() > 1 && after.len() > 1 {
            let barrier = self.barrier(after, unit);
            self.join(before, &[barrier], unit);
            self.join(&[barrier], after, unit);
            return;
        }
        for &to in after {
            // what is joined here is distinct: only what was there before can repeat
            let known = self.plan.nodes[to as usize].draft.op.needs.len();
            for &from in before {
                self.edges.push((from, to));
                let id = self.plan.nodes[from as usize].draft.op.id.clone();
                let needs = &mut self.plan.nodes[to as usize].draft.op.needs;
                if needs[..known].iter().all(|need| need.id != id) {
                    needs.push(Need { id, weak: false, optional: false });
                }
            }
        }
    }

    fn barrier(&mut self, after: &[u32], unit: u32) -> u32 {
        let Plan { units, nodes, names, real, .. } = &mut self.plan;
        let of = units.get(unit as usize).map_or("", |u| u.name.as_str());
        let number = names.len();
        let mut count = nodes.len() - *real as usize;
        let id = loop {
            count += 1;
            let id = format!("{of}/barrier-{count}");
            if names.find(id.as_bytes()).is_none() {
                break id;
            }
        };
        names.intern(id.as_bytes());
        let source = after.first().map_or("", |at| nodes[*at as usize].draft.op.source.as_str());
        let op = Operation { id, barrier: true, source: source.into(), ..Operation::default() };
        let op = Box::new(op);
        nodes.push(Node { draft: Draft { op, ..Draft::default() }, unit });
        number
    }

    /// A unit that comes after another: what nothing in it precedes waits for
    /// what nothing in the other follows.
    fn join_units(&mut self) {
        let units = self.plan.units.len();
        for unit in 0..units {
            for name in self.plan.units[unit].after.clone() {
                match self.plan.units.iter().position(|u| u.name == name) {
                    Some(other) => {
                        let sinks = self.ends_of(other as u32, |(from, _)| *from);
                        let roots = self.ends_of(unit as u32, |(_, to)| *to);
                        self.join(&sinks, &roots, unit as u32);
                    }
                    None => self.plan.faults.absent_units.push((unit as u32, name)),
                }
            }
        }
    }

    /// Operations of a unit that are not this end of any edge inside it.
    fn ends_of(&self, unit: u32, end: impl Fn(&(u32, u32)) -> u32) -> Vec<u32> {
        let nodes = &self.plan.nodes;
        let inside = |node: u32| nodes[node as usize].unit == unit;
        let mut busy = vec![false; nodes.len()];
        let within = self.edges.iter().filter(|(from, to)| inside(*from) && inside(*to));
        within.for_each(|edge| busy[end(edge) as usize] = true);
        (0..self.plan.real).filter(|&n| inside(n) && !busy[n as usize]).collect()
    }

    fn finish(self) -> Plan {
        let Build { mut plan, edges, .. } = self;
        plan.graph = Graph::new(plan.names.len(), &edges);
        let mut durations = Durations::default();
        for node in &plan.nodes {
            match node.draft.op.barrier {
                true => durations.barrier(),
                false => durations.op(node.draft.op.stated()),
            }
        }
        let is_barrier = |node: usize| plan.nodes[node].draft.op.barrier;
        (plan.durations, plan.timed) = durations.finish(is_barrier);
        plan
    }
}

#[cfg(test)]
#[path = "assemble_tests.rs"]
mod tests;
