//! What a careful reader notices in a plan before it runs.

use crate::assemble::{Plan, Unmet};
use crate::graph::Cycle;
use crate::order::blocks;
use crate::unit::{Body, Draft, Reading, Unit};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use record::{Finding, LockAsk, Operation, Seconds, Severity};

/// How many ids of a cycle are told.
const TOLD_OF_A_CYCLE: usize = 60;

/// A finding about a place in a file, `FILE:LINE`.
pub fn finding(severity: Severity, code: &str, source: &str) -> Finding {
    let (file, line) = match source.rsplit_once(':') {
        Some((file, line)) if line.parse::<u64>().is_ok() => (file, line.parse().ok()),
        _ => (source, None),
    };
    Finding { severity, code: code.into(), file: file.into(), line, ..Finding::default() }
}

fn about(severity: Severity, code: &str, op: &Operation) -> Finding {
    Finding { id: op.id.clone(), ..finding(severity, code, &op.source) }
}

/// Members of one parallel group that need each other, and those that need the
/// same lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Groups {
    /// Operation, what it needs, their group, where it is declared.
    pub contradictions: Vec<GroupPair>,
    /// Two that hold the same lock.
    pub lock_pairs: Vec<GroupPair>,
}

/// Two members of a parallel group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPair {
    /// The one.
    pub id: String,
    /// The other.
    pub other: String,
    /// Their group.
    pub group: String,
    /// The lock that both hold, if it is about one.
    pub lock: String,
    /// File and line of the one.
    pub source: String,
}

impl Groups {
    /// Looks through the groups of units that still have their operations.
    pub fn of(units: &[Unit]) -> Groups {
        let mut groups = Groups::default();
        for unit in units {
            for block in blocks(unit).into_iter().filter(|block| block.len() > 1) {
                groups.look(&unit.drafts[block]);
            }
        }
        groups
    }

    fn look(&mut self, members: &[Draft]) {
        let pair = |one: &Draft, other: &str, lock: &str| GroupPair {
            id: one.op.id.clone(),
            other: other.to_string(),
            group: one.group.clone().unwrap_or_default(),
            lock: lock.to_string(),
            source: one.op.source.clone(),
        };
        for member in members {
            let inside = |id: &str| id != member.op.id && members.iter().any(|m| m.op.id == id);
            let needs = member.op.needs.iter().filter(|need| inside(&need.id));
            self.contradictions.extend(needs.map(|need| pair(member, &need.id, "")));
        }
        for (at, one) in members.iter().enumerate() {
            for other in &members[at + 1..] {
                let both = |lock: &&LockAsk| {
                    other.op.locks.iter().any(|its| its.name == lock.name && !its.shared)
                        && !lock.shared
                        && lock.slots == 1
                };
                let locks = one.op.locks.iter().filter(both);
                self.lock_pairs.extend(locks.map(|lock| pair(one, &other.op.id, &lock.name)));
            }
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let mut out = Vec::new();
        for GroupPair { id, other, group, source, .. } in &self.contradictions {
            let message = format!("{id} depends on {other} in the same parallel_group {group}");
            let remedy = "the need wins; give them different groups".into();
            let id = id.clone();
            let base = finding(Severity::Warning, "group-contradiction", source);
            out.push(Finding { message, remedy, id, ..base });
        }
        let mut queues: BTreeMap<(&str, &str), (Vec<&str>, &str)> = BTreeMap::new();
        for pair in &self.lock_pairs {
            let queue = queues.entry((&pair.group, &pair.lock)).or_default();
            if queue.0.is_empty() {
                queue.1 = &pair.source;
            }
            for id in [pair.id.as_str(), pair.other.as_str()] {
                if !queue.0.contains(&id) {
                    queue.0.push(id);
                }
            }
        }
        for ((group, lock), (ids, source)) in queues {
            let count = if ids.len() == 2 { "two".to_string() } else { ids.len().to_string() };
            let message = format!(
                "parallel_group {group}: {count} operations need {lock}; they will queue: {}",
                ids.join(", ")
            );
            let value = Some(ids.len() as f64);
            let remedy = "nothing is gained by that group; --order deps overlaps other work".into();
            let base = finding(Severity::Warning, "lock-in-group", source);
            out.push(Finding { message, remedy, value, ..base });
        }
        out
    }
}

/// A cycle in words: its ids in order, the first again at the end; of a long one the first
/// ids, and how many more there are.
pub fn cycle_words(cycle: &[u32], id: impl Fn(u32) -> String) -> String {
    let told = cycle.iter().take(TOLD_OF_A_CYCLE).map(|node| id(*node));
    let mut ids: Vec<String> = told.collect();
    if cycle.len() > TOLD_OF_A_CYCLE {
        ids.push(format!("... {} more ...", cycle.len() - TOLD_OF_A_CYCLE));
    }
    ids.extend(cycle.first().map(|node| id(*node)));
    ids.join(" -> ")
}

/// A cycle as a finding.
pub fn cycle_finding(cycle: &Cycle, id: impl Fn(u32) -> String, source: &str) -> Finding {
    let first = cycle.0.first().map(|node| id(*node)).unwrap_or_default();
    Finding {
        message: format!("cycle: {}", cycle_words(&cycle.0, id)),
        remedy: "drop one of these needs".into(),
        id: first,
        value: Some(cycle.0.len() as f64),
        ..finding(Severity::Error, "cycle", source)
    }
}

/// Everything that is wrong with the graph itself: ids used twice, needs that
/// nothing meets, a cycle.
pub fn graph_findings(plan: &Plan) -> Vec<Finding> {
    let mut out = Vec::new();
    for op in &plan.faults.duplicates {
        let first = plan.names.find(op.id.as_bytes()).map_or("", |at| {
            let node = plan.nodes.get(at as usize);
            node.map_or("", |node| node.draft.op.source.as_str())
        });
        let place = if first.is_empty() { String::new() } else { format!(" (first: {first})") };
        let message = format!("the id {} is used twice{place}", op.id);
        let remedy = "give each operation its own id".into();
        out.push(Finding { message, remedy, ..about(Severity::Error, "duplicate-id", op) });
    }
    let op_of = |unmet: &Unmet| &plan.nodes[unmet.node as usize].draft.op;
    for unmet in &plan.faults.dangling {
        let (op, needed) = (op_of(unmet), &unmet.needed);
        let message = format!("{} requires {needed}, which is not in this plan", op.id);
        let remedy = format!("add the operation, or --assume {needed}");
        out.push(Finding { message, remedy, ..about(Severity::Error, "dangling-need", op) });
    }
    for unmet in &plan.faults.alone {
        let (op, needed) = (op_of(unmet), &unmet.needed);
        let message = format!("{} is planned alone; {needed} is taken as done", op.id);
        out.push(Finding { message, ..about(Severity::Note, "assumed", op) });
    }
    for (unit, name) in plan.faults.absent_units.iter().filter(|_| plan.units.len() > 1) {
        let of = &plan.units[*unit as usize];
        let message = format!("{} comes after {name}, which is not here; taken as done", of.name);
        let place = format!("{}:{}", of.file, of.line);
        out.push(Finding { message, ..finding(Severity::Note, "assumed", &place) });
    }
    if let Err(cycle) = plan.graph.levels() {
        let at = cycle.0.first().copied().unwrap_or_default();
        let file = plan.units.first().map_or("", |unit| unit.file.as_str());
        let source = plan.op(at).map_or(file, |op| op.source.as_str());
        let id = |node| String::from_utf8_lossy(plan.id(node)).into_owned();
        out.push(cycle_finding(&cycle, id, source));
    }
    out
}

/// Operations that cannot run because what is to be run is missing.
pub fn body_findings(plan: &Plan) -> Vec<Finding> {
    let missing = plan.operations().filter_map(|(_, node)| match &node.draft.body {
        Body::Missing(what) => Some((&*node.draft.op, what)),
        Body::Here | Body::Foreign => None,
    });
    let tell = |(op, what): (&Operation, &String)| Finding {
        message: format!("{} {what}", op.id),
        remedy: "write it, or take the operation out".into(),
        ..about(Severity::Error, "no-body", op)
    };
    missing.map(tell).collect()
}

/// What is probably wrong and what is worth knowing; `makespan` is the plan's.
pub fn advice(plan: &Plan, groups: &Groups, makespan: Option<Seconds>) -> Vec<Finding> {
    let mut out = groups.findings();
    for (_, node) in plan.operations() {
        let parts = node.draft.made_of.iter().filter(|id| plan.names.find(id.as_bytes()).is_some());
        let parts: Vec<&str> = parts.map(String::as_str).collect();
        if !parts.is_empty() {
            let op = &node.draft.op;
            let message = format!("{} is composed of {}, planned too", op.id, parts.join(", "));
            let remedy = "plan the whole or its parts".into();
            out.push(Finding { message, remedy, ..about(Severity::Warning, "composed-twice", op) });
        }
    }
    for unit in &plan.units {
        let place = |line: u64| format!("{}:{line}", unit.file);
        if let (Some(total), Some(needs), 1) = (unit.total, makespan, plan.units.len())
            && total.expected != needs
        {
            let expected = total.expected;
            out.push(Finding {
                message: format!(
                    "total_duration.expected is {expected} s; the plan needs {needs} s"
                ),
                remedy: format!("write {needs}, or correct the durations"),
                value: Some(needs.as_f64()),
                threshold: Some(expected.as_f64()),
                ..finding(Severity::Warning, "total-duration", &place(total.line))
            });
        }
        if !unit.unlisted.is_empty() {
            let (count, ids) = (unit.unlisted.len(), unit.unlisted.join(", "));
            let (files, are) =
                if count == 1 { ("operation file", "is") } else { ("operation files", "are") };
            out.push(Finding {
                message: format!("{count} {files} {are} listed by no module entry: {ids}"),
                remedy: "list them, or remove the files".into(),
                value: Some(count as f64),
                ..finding(Severity::Note, "unlisted-file", &place(unit.line))
            });
        }
    }
    out
}

/// True where there are parallel groups and their barriers can go: every operation
/// beside them says what it needs, but for the first, which has nothing before it.
pub fn groups_declare_needs(units: &[Unit]) -> bool {
    let grouped = |unit: &&Unit| unit.drafts.iter().any(|draft| draft.group.is_some());
    let declared = |unit: &Unit| {
        let mut rest = unit.drafts.iter().enumerate();
        rest.all(|(at, draft)| draft.declares || (at == 0 && draft.group.is_none()))
    };
    let mut units = units.iter().filter(grouped).peekable();
    units.peek().is_some() && units.all(declared)
}

/// What dropping the barriers saves.
pub fn barrier_finding(units: &[Unit], with: Seconds, without: Seconds) -> Option<Finding> {
    let unit = units.iter().find(|unit| unit.drafts.iter().any(|draft| draft.group.is_some()))?;
    (without < with).then(|| Finding {
        message: format!(
            "every operation of the parallel groups declares its needs: without barriers \
             the plan needs {without} s instead of {with} s"
        ),
        remedy: "--order deps".into(),
        value: Some((with - without).as_f64()),
        ..finding(Severity::Note, "barriers", &format!("{}:{}", unit.file, unit.line))
    })
}

/// What ordering by declared needs saves where there are no groups.
pub fn order_finding(units: &[Unit], list: Seconds, auto: Seconds) -> Option<Finding> {
    let freed = |unit: &&Unit| {
        unit.reading == Reading::ByOption && unit.drafts.iter().any(|draft| draft.declares)
    };
    let unit = units.iter().find(freed)?;
    (auto < list).then(|| Finding {
        message: format!(
            "operations that declare their needs are placed by them: the plan needs {auto} s \
             instead of {list} s one after the other"
        ),
        remedy: "--order list for the list as it stands".into(),
        value: Some((list - auto).as_f64()),
        ..finding(Severity::Note, "order", &format!("{}:{}", unit.file, unit.line))
    })
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
