//! Operations of two plans side by side, field by field.

use crate::plan::gather::Gathered;
use plan::Plan;
use record::{Capacity, Fields, Need, Operation, Raw, Record};
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};

/// Fields that come of the others, or of the file an operation was in.
const NOT_COMPARED: [&str; 6] = ["id", "source", "needs", "level", "slack_s", "critical"];

/// Fields of a schedule: compared where both have them.
const PLANNED: [&str; 4] = ["start", "end", "slot", "mode"];

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Added,
    Removed,
    Changed,
    /// Not an operation: how much there is.
    Capacity,
}

impl Kind {
    /// The word in records.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Added => "added",
            Kind::Removed => "removed",
            Kind::Changed => "changed",
            Kind::Capacity => "capacity",
        }
    }
}

/// One difference.
#[derive(Clone, Debug)]
pub struct Change {
    pub kind: Kind,
    pub id: String,
    /// Which field, of a change.
    pub field: String,
    pub from: Option<Raw>,
    pub to: Option<Raw>,
}

/// What differs: capacity, then the operations in the order of `after`, then those that are gone.
pub fn changes(before: &Gathered, after: &Gathered) -> Vec<Change> {
    let mut found = Vec::new();
    let none = Capacity::default();
    let capacity = |gathered: &Gathered| raw(gathered.capacity.as_ref().unwrap_or(&none));
    let (from, to) = (capacity(before), capacity(after));
    if from.as_ref().map(Raw::text) != to.as_ref().map(Raw::text) {
        found.push(Change {
            kind: Kind::Capacity,
            id: String::new(),
            field: String::new(),
            from,
            to,
        });
    }
    let (was, is) = (&before.plan, &after.plan);
    for (node, op) in operations(is) {
        match was.names.find(op.id.as_bytes()).filter(|old| *old < was.real) {
            Some(old) => compare((was, old), (is, node), &mut found),
            None => found.push(whole(Kind::Added, op)),
        }
    }
    let gone = |op: &&Operation| is.names.find(op.id.as_bytes()).is_none_or(|at| at >= is.real);
    found.extend(operations(was).map(|(_, op)| op).filter(gone).map(|op| whole(Kind::Removed, op)));
    found
}

fn operations(plan: &Plan) -> impl Iterator<Item = (u32, &Operation)> {
    plan.operations().map(|(node, n)| (node, &*n.draft.op))
}

fn raw(record: &impl Record) -> Option<Raw> {
    let line = String::from_utf8(record.to_line()).ok()?;
    RawValue::from_string(line.trim_end().to_string()).ok().map(Raw)
}

fn whole(kind: Kind, op: &Operation) -> Change {
    let value = raw(op);
    let (from, to) = if kind == Kind::Added { (None, value) } else { (value, None) };
    Change { kind, id: op.id.clone(), field: String::new(), from, to }
}

fn compare((was, old): (&Plan, u32), (is, new): (&Plan, u32), found: &mut Vec<Change>) {
    let (Some(before), Some(after)) = (was.op(old), is.op(new)) else { return };
    let change = |field: &str, from: Option<Raw>, to: Option<Raw>| Change {
        kind: Kind::Changed,
        id: after.id.clone(),
        field: field.to_string(),
        from,
        to,
    };
    let (from, to) = (needs(was, old), needs(is, new));
    if from != to {
        let list = |needs: BTreeMap<String, Need>| {
            serde_json::value::to_raw_value(&needs.into_values().collect::<Vec<_>>()).ok().map(Raw)
        };
        found.push(change("needs", list(from), list(to)));
    }
    let (mut from, mut to) = (fields(before), fields(after));
    let keys: BTreeSet<String> = from.keys().chain(to.keys()).cloned().collect();
    for key in keys {
        let (a, b) = (from.remove(&key), to.remove(&key));
        let planned = PLANNED.contains(&key.as_str()) && (a.is_none() || b.is_none());
        if !planned && a.as_ref().map(Raw::text) != b.as_ref().map(Raw::text) {
            found.push(change(&key, a, b));
        }
    }
}

/// The fields that say what an operation is, by key.
fn fields(op: &Operation) -> BTreeMap<String, Raw> {
    let line = op.to_line();
    let Ok(fields) = Fields::parse(&line) else { return BTreeMap::new() };
    let compared = fields.0.iter().filter(|(key, _)| !NOT_COMPARED.contains(&&**key));
    compared.map(|(key, value)| (key.to_string(), Raw((*value).to_owned()))).collect()
}

/// What comes before an operation, barriers looked through, by id.
fn needs(plan: &Plan, node: u32) -> BTreeMap<String, Need> {
    let mut found: BTreeMap<String, Need> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut walk = vec![(node, false)];
    while let Some((at, weak)) = walk.pop() {
        let Some(op) = plan.op(at) else { continue };
        for &before in plan.graph.predecessors(at) {
            let id = plan.id(before);
            let weak = weak || op.needs.iter().any(|need| need.weak && need.id.as_bytes() == id);
            if !seen.insert((before, weak)) {
                continue;
            }
            if plan.is_barrier(before) {
                walk.push((before, weak));
                continue;
            }
            let id = String::from_utf8_lossy(id).into_owned();
            let need = found.entry(id.clone()).or_insert(Need { id, weak, optional: false });
            // what is needed both ways is needed
            need.weak &= weak;
        }
    }
    found
}
