//! `groups`: parallel groups for tools that know only barriers, and what the barriers cost.

use super::args::Form;
use super::gather::Gathered;
use super::sink::Sink;
use super::view::{Figures, Stop, id, told};
use crate::print::human;
use crate::print::shown;
use plan::{Limits, Method, Packing, Plan, pack, packed_as_listed};
use record::{PlanGroup, PlanPacking, Seconds};

/// The groups, then their figures.
///
/// # Errors
/// A cycle, a failed write.
pub fn groups(
    gathered: &Gathered,
    limits: &Limits,
    form: Form,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let packing = pack(plan, limits)?;
    let figures = figures(plan, limits, &packing)?;
    let mut start = Seconds::ZERO;
    for (number, group) in packing.groups.iter().enumerate() {
        let takes = |node: &u32| plan.durations[*node as usize];
        let record = PlanGroup {
            group: number as u64 + 1,
            start,
            length_s: group.iter().map(takes).max().unwrap_or_default(),
            ops: group.iter().map(|node| id(plan, *node)).collect(),
            ..PlanGroup::default()
        };
        start += record.length_s;
        match form {
            Form::Json => sink.record(&record)?,
            Form::Text => show(plan, group, &record, sink)?,
        }
    }
    match form {
        Form::Json => sink.record(&figures)?,
        Form::Text => sink.line(foot(plan, &figures))?,
    }
    Ok(())
}

fn figures(plan: &Plan, limits: &Limits, packing: &Packing) -> Result<PlanPacking, Stop> {
    let as_listed = packed_as_listed(plan, limits)?;
    // groups are a schedule, too
    let schedule = Figures::of(plan, limits)?.schedule.makespan.min(packing.length);
    let percent = |part: Seconds, than: Seconds| {
        let share = part.as_f64() / than.as_f64() * 1000.0;
        if than > Seconds::ZERO { share.round() / 10.0 } else { 0.0 }
    };
    Ok(PlanPacking {
        ops: u64::from(plan.real),
        groups: packing.groups.len() as u64,
        barriers_s: packing.length,
        schedule_s: schedule,
        loss_percent: percent(packing.length - schedule, schedule),
        lower_bound_s: packing.bound,
        input_order_s: as_listed,
        gain_percent: percent(as_listed - packing.length, as_listed),
        method: match packing.method {
            Method::Exact => "exact",
            Method::FirstFitDecreasing => "first-fit decreasing",
        }
        .to_string(),
        ..PlanPacking::default()
    })
}

fn show(plan: &Plan, group: &[u32], record: &PlanGroup, sink: &mut Sink) -> Result<(), Stop> {
    let takes = if plan.timed { format!(": {}", human(record.length_s)) } else { String::new() };
    sink.line(format!("group {}{takes}", record.group))?;
    for node in group {
        let takes = match plan.timed {
            true => format!("{:>9}", human(plan.durations[*node as usize])),
            false => String::new(),
        };
        sink.line(format!("{takes}  {}", shown(&id(plan, *node).lossy())))?;
    }
    Ok(())
}

/// The figures in words; a plan without durations counts its groups.
fn foot(plan: &Plan, figures: &PlanPacking) -> String {
    let long = |seconds: Seconds| told(plan, seconds);
    let (barriers, bound) = (figures.barriers_s, figures.lower_bound_s);
    let good = match barriers == bound {
        true => "no groups are shorter".to_string(),
        false => format!("no groups are shorter than {}", long(bound)),
    };
    let ways = [
        format!("\nwith barriers     {} in {} groups ({good})", long(barriers), figures.groups),
        format!(
            "without barriers  {} (barriers cost {} %)",
            long(figures.schedule_s),
            figures.loss_percent
        ),
        format!(
            "in input order    {} (sorting gains {} %)",
            long(figures.input_order_s),
            figures.gain_percent
        ),
    ];
    ways.join("\n")
}
