//! `alloc`: shares of a resource for which more is asked than there is.
//!
//! Operations of one level share, since they may run together; one that gets a part of what it
//! asks for takes longer by as much.

mod args;

pub use args::AllocArgs;

use super::args::Form;
use super::gather::Gathered;
use super::sink::Sink;
use super::view::{Stop, id, write_plan};
use crate::fail::Fail;
use crate::print::{aligned, shown};
use crate::print::{brief, human};
use plan::{Limits, Plan, shares};
use record::{Amount, Operation, PlanShare, Seconds, status};
use std::collections::BTreeMap;

/// What is done with the shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shares {
    /// They are shown.
    Shown,
    /// The plan is printed with them, for pgrun.
    Applied,
}

/// What one operation asks of one resource, and gets.
struct Row {
    node: u32,
    level: u32,
    resource: String,
    asked: Amount,
    share: Amount,
}

/// The shares, or the plan with them.
///
/// # Errors
/// No resource is limited, nothing is left for an operation, a cycle, a failed write.
pub fn alloc(
    gathered: &Gathered,
    (limits, shares): (&Limits, Shares),
    form: Form,
    sink: &mut Sink,
) -> Result<(), Stop> {
    if limits.resources.is_empty() {
        let what = "alloc: how much is there? give --resource NAME=AMOUNT, or a capacity record";
        return Err(Fail::new(status::USAGE, what).into());
    }
    let plan = &gathered.plan;
    let rows = rows(plan, limits)?;
    if let Some(row) = rows.iter().find(|row| row.share == Amount::ZERO) {
        let (name, resource) = (id(plan, row.node).lossy().into_owned(), &row.resource);
        let what = format!(
            "{name} gets nothing of {resource}: too little for all that ask on level {}; raise it, \
             or let some wait",
            row.level
        );
        return Err(Fail::new(status::FINDING, what).into());
    }
    for name in limits.resources.keys() {
        if rows.iter().all(|row| row.resource != *name) {
            sink.tell(&format!("alloc: no operation asks for {name}"));
        }
    }
    let takes = stretched(plan, &rows);
    let ops = operations(plan, &rows);
    let nodes: Vec<&Operation> = ops.iter().collect();
    let with_shares = plan::schedule(&plan.graph, &takes, &nodes, limits)?.makespan;
    if shares == Shares::Applied {
        tell_of_timeouts(plan, &takes, sink);
        return apply(gathered, (&ops, &takes), with_shares, sink);
    }
    if form == Form::Json {
        for row in &rows {
            sink.record(&record_of(plan, row, &takes))?;
        }
        return Ok(());
    }
    show(plan, &rows, &takes, sink)?;
    let without = plan.schedule(limits)?.makespan;
    if plan.timed && !rows.is_empty() {
        sink.line(format!(
            "\nplanned end {} with shares, {} where each waits until it gets all",
            brief(with_shares),
            brief(without)
        ))?;
    }
    Ok(())
}

/// What is asked and given, by level, resource, and order of the input.
fn rows(plan: &Plan, limits: &Limits) -> Result<Vec<Row>, Stop> {
    let levels = plan.levels()?;
    let mut asked: BTreeMap<(u32, &str), Vec<(u32, Amount)>> = BTreeMap::new();
    for (node, op) in plan.operations().map(|(node, n)| (node, &n.draft.op)) {
        let limited = op.resources.iter().filter(|(name, _)| limits.resources.contains_key(*name));
        for (name, amount) in limited.filter(|(_, amount)| **amount > Amount::ZERO) {
            let key = (levels[node as usize], name.as_str());
            asked.entry(key).or_default().push((node, *amount));
        }
    }
    let mut rows = Vec::new();
    for ((level, resource), list) in asked {
        let amounts: Vec<Amount> = list.iter().map(|(_, amount)| *amount).collect();
        let given = shares(&amounts, limits.resources[resource]);
        rows.extend(list.into_iter().zip(given).map(|((node, asked), share)| Row {
            node,
            level,
            resource: resource.to_string(),
            asked,
            share,
        }));
    }
    Ok(rows)
}

/// How long each takes with its shares: as much longer as the scarcest of them makes it.
fn stretched(plan: &Plan, rows: &[Row]) -> Vec<Seconds> {
    let mut takes = plan.durations.clone();
    for row in rows {
        let own = i128::from(plan.durations[row.node as usize].as_micros());
        let (asked, share) = (i128::from(row.asked.as_millis()), i128::from(row.share.as_millis()));
        let long = (own * asked + share - 1) / share;
        let long = Seconds::from_micros(i64::try_from(long).unwrap_or(i64::MAX));
        let its = &mut takes[row.node as usize];
        *its = long.max(*its);
    }
    takes
}

/// The operations with their shares in place of what they ask.
fn operations(plan: &Plan, rows: &[Row]) -> Vec<Operation> {
    let mut ops: Vec<Operation> = plan.nodes.iter().map(|node| (*node.draft.op).clone()).collect();
    for row in rows {
        ops[row.node as usize].resources.insert(row.resource.clone(), row.share);
    }
    ops
}

fn record_of(plan: &Plan, row: &Row, takes: &[Seconds]) -> PlanShare {
    let at = row.node as usize;
    PlanShare {
        id: id(plan, row.node),
        level: row.level,
        resource: row.resource.clone(),
        asked: row.asked,
        share: row.share,
        duration: plan.timed.then_some(plan.durations[at]),
        stretched_s: plan.timed.then_some(takes[at]),
        ..PlanShare::default()
    }
}

fn show(plan: &Plan, rows: &[Row], takes: &[Seconds], sink: &mut Sink) -> Result<(), Stop> {
    let times = if plan.timed { "\tTAKES\tINSTEAD OF" } else { "" };
    let mut lines = vec![format!("LEVEL\tRESOURCE\tASKS\tGETS{times}\tOPERATION")];
    for row in rows {
        let at = row.node as usize;
        let times = match plan.timed {
            true => format!("\t{}\t{}", brief(takes[at]), human(plan.durations[at])),
            false => String::new(),
        };
        let name = shown(&id(plan, row.node).lossy());
        let resource = shown(&row.resource);
        lines.push(format!(
            "{:>5}\t{resource}\t{}\t{}{times}\t{name}",
            row.level, row.asked, row.share
        ));
    }
    sink.bytes(aligned(&lines).as_bytes())?;
    Ok(())
}

/// The plan with shares and longer durations.
fn apply(
    gathered: &Gathered,
    (ops, takes): (&[Operation], &[Seconds]),
    makespan: Seconds,
    sink: &mut Sink,
) -> Result<(), Stop> {
    write_plan(gathered, makespan, sink, |node, op| {
        op.resources.clone_from(&ops[node as usize].resources);
        // what was planned for other durations holds no longer
        (op.start, op.end, op.slack_s, op.critical, op.slot) = (None, None, None, false, None);
        if op.duration.is_some() {
            op.duration = Some(takes[node as usize]);
        }
    })
}

fn tell_of_timeouts(plan: &Plan, takes: &[Seconds], sink: &mut Sink) {
    for (node, op) in plan.operations().map(|(node, n)| (node, &n.draft.op)) {
        let (long, own) = (takes[node as usize], plan.durations[node as usize]);
        if let Some(timeout) = op.timeout.filter(|timeout| own <= *timeout && long > *timeout) {
            let (long, timeout) = (brief(long), human(timeout));
            let what =
                format!("alloc: {} takes {long} with its share; its timeout is {timeout}", op.id);
            sink.tell(&what);
        }
    }
}
