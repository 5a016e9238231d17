//! `schedule --pareto`: makespan against cost.

use super::ScheduleArgs;
use super::modes::Pareto;
use super::seek::interrupts;
use crate::plan::args::Form;
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use crate::plan::view::Stop;
use crate::print::human;
use crate::print::{aligned, shown};
use plan::search::modes::{Front, Row};
use plan::{Limits, Plan};
use record::PlanPareto;
use std::collections::BTreeMap;
use sys::clock::Clock;

/// Schedules that are made where nobody says how many or how long.
const SCHEDULES: u64 = 100_000;

/// Steps between two looks at signals.
const STEPS: u32 = 256;

/// The choices of which no other is both shorter and cheaper, the shortest first.
///
/// # Errors
/// A cycle, nothing that can be chosen, a failed write.
pub fn pareto(
    gathered: &Gathered,
    limits: &Limits,
    (form, args): (Form, &ScheduleArgs),
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let project = args.modes.project(plan, limits)?;
    let mut front = Front::new(&project, args.seed);
    let least = if args.searches() { u64::MAX } else { SCHEDULES };
    let most = args.schedules.unwrap_or(least);
    let (mut signals, clock) = (interrupts()?, Clock::start());
    let late = || args.optimize.is_some_and(|time| clock.now() >= time);
    'search: loop {
        if !signals.drain().is_empty() {
            sink.forget();
            break;
        }
        for _ in 0..STEPS {
            if front.made() >= most || front.is_done() || late() {
                break 'search;
            }
            front.step();
        }
    }
    let with_modes = args.modes.pareto == Some(Pareto::Modes);
    if !front.is_through() {
        sink.tell("the search ended before it had tried every budget: cheaper rows are missing");
    }
    let rows = front.rows();
    if form == Form::Json {
        for row in rows {
            let (makespan_s, cost, modes) = (row.makespan, row.cost, chosen(plan, row));
            let record = PlanPareto { makespan_s, cost, modes, ..PlanPareto::default() };
            sink.record(&record)?;
        }
        return Ok(());
    }
    let mut lines =
        vec![if with_modes { "MAKESPAN\tCOST\tMODES" } else { "MAKESPAN\tCOST" }.to_string()];
    for row in rows {
        let modes = chosen(plan, row)
            .into_iter()
            .map(|(id, mode)| format!("{}={}", shown(&id), shown(&mode)));
        let modes = if with_modes { modes.collect::<Vec<_>>().join(" ") } else { String::new() };
        lines.push(format!("{:>8}\t{:>4}\t{modes}", human(row.makespan), row.cost.to_string()));
    }
    for line in aligned(&lines).lines() {
        sink.line(line.trim_end())?;
    }
    Ok(())
}

/// The mode of each operation that has several to choose from.
fn chosen(plan: &Plan, row: &Row) -> BTreeMap<String, String> {
    let several = plan.operations().filter(|(_, node)| node.draft.op.modes.len() > 1);
    let of = several.filter_map(|(at, node)| {
        let op = &node.draft.op;
        let mode = op.modes.get(row.schedule.mode[at as usize] as usize)?;
        Some((op.id.clone(), mode.mode.clone()))
    });
    of.collect()
}
