//! `schedule`: when and where each operation runs, and in which mode.
//!
//! List schedules by several rules come first; `seek` goes on from the best of them as long as
//! `--optimize` or `--schedules` say; `worth` says how good the result is.

mod args;
mod modes;
mod pareto;
mod route;
mod seek;
mod worth;

pub use args::ScheduleArgs;
pub use pareto::pareto;

use super::gather::Gathered;
use super::sink::Sink;
use super::view::{Figures, Stop, write_plan};
use crate::fail::Fail;
use plan::project::Project;
use plan::{Bounds, Limits, Plan, Schedule};
use record::{Operation, status};

/// The plan as records with start, end, slot and mode.
///
/// # Errors
/// A cycle, a failed write.
pub fn schedule(
    gathered: &Gathered,
    limits: &Limits,
    args: &ScheduleArgs,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let project = args.modes.project(plan, limits)?;
    say_untimed(plan, sink);
    let mut bounds = Bounds::quick(&project);
    // what is as short as can be may still be done cheaper
    let floor = |bounds: &Bounds| if project.has_ties() { -1 } else { bounds.best() };
    let watch = args.searches().then(seek::Watch::begin).transpose()?;
    let most = args.schedules.unwrap_or(u64::MAX);
    let Some((first, lists)) = plan::search::first(&project, floor(&bounds), most) else {
        return Err(too_many().into());
    };
    let sought = match watch {
        Some(watch) if first.makespan > floor(&bounds) => {
            bounds.improve(&project, first.makespan);
            seek::seek(&project, (first, lists), (floor(&bounds), args), watch)?
        }
        _ => seek::Sought::at_once(first, lists),
    };
    let schedule = project.schedule(&sought.found.finish, &sought.found.way);
    if sought.interrupted {
        sink.forget();
    }
    // before the plan: where it cannot be written, nothing is run
    worth::tell(&worth::of(&project, plan, (&sought, &bounds), args), args, sink)?;
    print(gathered, &project, schedule, sink)
}

fn too_many() -> Fail {
    let what = "modes can be chosen for some thousands of locks and resources; here more may run short; \
                state one mode for each operation";
    Fail::new(status::FINDING, what)
}

fn print(
    gathered: &Gathered,
    project: &Project,
    schedule: Schedule,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let slots = schedule.slots(|node| plan.is_barrier(node));
    // in the modes that are chosen
    let took = schedule.start.iter().zip(&schedule.end).map(|(start, end)| *end - *start);
    let times = plan.graph.times(&took.collect::<Vec<_>>())?;
    let figures = Figures { levels: plan.levels()?, times, schedule };
    let untimed = !plan.timed && !project.is_empty();
    write_plan(gathered, figures.schedule.makespan, sink, |node, op| {
        figures.put(plan, node, op);
        place(&figures.schedule, node, op);
        op.slot = Some(slots[node as usize]).filter(|slot| *slot > 0);
        if untimed {
            // where not all durations are known, nobody knows what may be late
            (op.slack_s, op.critical) = (None, false);
        }
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

/// Operations of which nobody says how long they take.
fn say_untimed(plan: &Plan, sink: &mut Sink) {
    let silent = |op: &&Operation| op.stated().is_none();
    let mut ops = plan.operations().map(|(_, node)| &*node.draft.op).filter(silent);
    let Some(first) = ops.next() else { return };
    let count = 1 + ops.count();
    let text = match count as u32 == plan.real {
        true => "no operation states a duration; each is planned as taking 1 s".to_string(),
        false => {
            let others =
                if count > 1 { format!(" and {} more state", count - 1) } else { " states".into() };
            format!("{}{others} no duration; planned as taking none", first.id)
        }
    };
    sink.tell(&format!("{text} (\"duration\" in the record, or --history)"));
}
