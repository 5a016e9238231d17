//! `plan` and `list`: records for pgrun, ids for people.

use super::{Figures, Stop};
use crate::plan::args::Form;
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use plan::{Limits, Plan};
use record::{Operation, PlanEnd, PlanStart, Record, SCHEMA_VERSION};

/// The plan as records, framed, a barrier before those that wait for it.
///
/// # Errors
/// A cycle, a failed write.
pub fn plan(gathered: &Gathered, limits: &Limits, sink: &mut Sink) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let figures = Figures::of(plan, limits)?;
    let files = plan.units.iter().map(|unit| unit.file.clone()).collect();
    sink.record(&PlanStart { version: SCHEMA_VERSION, files, ..PlanStart::default() })?;
    if let Some(capacity) = &gathered.capacity {
        sink.record(capacity)?;
    }
    let mut line: Vec<u8> = Vec::new();
    for node in sequence(plan) {
        let Some(op) = plan.op(node) else { continue };
        line.clear();
        planned(plan, &figures, node, op.clone()).append_line(&mut line);
        sink.bytes(&line)?;
    }
    sink.record(&PlanEnd {
        ops: plan.nodes.len() as u64,
        makespan_s: plan.timed.then_some(figures.schedule.makespan),
        ..PlanEnd::default()
    })?;
    Ok(())
}

/// An operation with what was planned for it.
fn planned(plan: &Plan, figures: &Figures, node: u32, mut op: Operation) -> Operation {
    let at = node as usize;
    op.level = Some(figures.levels[at]);
    (op.start, op.end, op.slack_s, op.critical) = (None, None, None, false);
    if plan.timed && !op.barrier {
        let start = figures.schedule.start[at];
        op.start = Some(start);
        op.end = Some(start + plan.durations[at]);
        op.slack_s = Some(figures.times.slack(node));
        op.critical = figures.critical(plan, node);
    }
    op
}

/// The order of the input, each barrier before the first that waits for it.
fn sequence(plan: &Plan) -> Vec<u32> {
    let mut order: Vec<(u32, bool, u32)> = (0..plan.real).map(|node| (node, true, node)).collect();
    for barrier in plan.real..plan.nodes.len() as u32 {
        let first = plan.graph.successors(barrier).iter().filter(|node| **node < plan.real).min();
        order.push((first.copied().unwrap_or(u32::MAX), false, barrier));
    }
    order.sort_unstable();
    order.into_iter().map(|(_, _, node)| node).collect()
}

/// The ids, one a line, in the order of the input.
///
/// # Errors
/// A failed write.
pub fn list(gathered: &Gathered, form: Form, limits: &Limits, sink: &mut Sink) -> Result<(), Stop> {
    let plan = &gathered.plan;
    if form == Form::Text {
        for node in 0..plan.real {
            sink.line(plan.id(node))?;
        }
        return Ok(());
    }
    let figures = Figures::of(plan, limits)?;
    for node in 0..plan.real {
        sink.record(&figures.node(plan, node))?;
    }
    Ok(())
}
