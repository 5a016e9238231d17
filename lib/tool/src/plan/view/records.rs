//! `plan` and `list`: records for pgrun, ids for people.

use super::{Figures, Stop};
use crate::plan::args::Form;
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use plan::{Limits, Plan};
use record::{Operation, PlanEnd, PlanStart, Record, SCHEMA_VERSION, Seconds};

/// The plan as records for pgrun.
///
/// # Errors
/// A cycle, a failed write.
pub fn plan(gathered: &Gathered, limits: &Limits, sink: &mut Sink) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let figures = Figures::of(plan, limits)?;
    write_plan(gathered, figures.schedule.makespan, sink, |node, op| figures.put(plan, node, op))
}

/// Records framed for pgrun, a barrier before those that wait for it. `put` adds what was
/// planned for a node; `makespan` is told where all durations are known.
///
/// # Errors
/// A failed write.
pub fn write_plan(
    gathered: &Gathered,
    makespan: Seconds,
    sink: &mut Sink,
    put: impl Fn(u32, &mut Operation),
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let files = plan.units.iter().map(|unit| unit.file.clone()).collect();
    sink.record(&PlanStart { version: SCHEMA_VERSION, files, ..PlanStart::default() })?;
    if let Some(capacity) = &gathered.capacity {
        sink.record(capacity)?;
    }
    let mut line: Vec<u8> = Vec::new();
    for node in sequence(plan) {
        let Some(op) = plan.op(node) else { continue };
        let mut op = op.clone();
        put(node, &mut op);
        line.clear();
        op.append_line(&mut line);
        sink.bytes(&line)?;
    }
    sink.record(&PlanEnd {
        ops: plan.nodes.len() as u64,
        makespan_s: plan.timed.then_some(makespan),
        ..PlanEnd::default()
    })?;
    Ok(())
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
