//! `schedule`: when and where each operation runs, and in which mode.

mod args;

pub use args::ScheduleArgs;

use super::gather::Gathered;
use super::sink::Sink;
use super::view::{Figures, Stop, write_plan};
use plan::{Limits, Schedule};
use record::Operation;

/// The plan as records with start, end, slot and mode.
///
/// # Errors
/// A cycle, a failed write.
pub fn schedule(gathered: &Gathered, limits: &Limits, sink: &mut Sink) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let figures = Figures::of(plan, limits)?;
    let slots = figures.schedule.slots(|node| plan.is_barrier(node));
    write_plan(gathered, figures.schedule.makespan, sink, |node, op| {
        figures.put(plan, node, op);
        place(&figures.schedule, node, op);
        op.slot = Some(slots[node as usize]).filter(|slot| *slot > 0);
    })
}

/// Puts the times of a schedule into an operation, and its mode where it has several.
fn place(schedule: &Schedule, node: u32, op: &mut Operation) {
    let at = node as usize;
    if op.barrier {
        return;
    }
    (op.start, op.end) = (Some(schedule.start[at]), Some(schedule.end[at]));
    if let Some(mode) = op.modes.get(schedule.mode[at] as usize) {
        op.mode.clone_from(&mode.mode);
    }
}
