//! What a schedule is worth: its makespan beside what none is below.

use super::ScheduleArgs;
use super::seek::Sought;
use crate::fail::Fail;
use crate::plan::sink::{Aside, Sink};
use crate::print::human;
use plan::project::{Project, Resource};
use plan::{Bounds, Plan};
use record::{Amount, PlanSchedule, Record as _, Seconds};

/// The figures of a schedule.
pub fn of(
    project: &Project,
    plan: &Plan,
    (sought, bounds): (&Sought, &Bounds),
    args: &ScheduleArgs,
) -> PlanSchedule {
    let seconds = |ticks: i64| project.seconds(ticks);
    let (makespan, bound) = (sought.found.makespan, bounds.best());
    let gap = if bound > 0 { (makespan - bound) as f64 / bound as f64 } else { 0.0 };
    let took = sought.took.as_f64();
    PlanSchedule {
        ops: u64::from(plan.real),
        makespan_s: seconds(makespan),
        lower_bound_s: seconds(bound),
        gap: (gap * 1e6).round() / 1e6,
        optimal: makespan <= bound,
        critical_path_s: seconds(bounds.critical_path),
        energy_s: bounds.energy.iter().map(|(what, bound)| (name(what), seconds(*bound))).collect(),
        destructive_s: bounds.destructive.map(seconds),
        method: sought.found.method.to_string(),
        cost: Some(project.cost(&sought.found.way)).filter(|c| *c > 0).map(Amount::from_millis),
        schedules: sought.schedules,
        schedules_per_s: (took > 0.0).then(|| (sought.schedules as f64 / took) as u64),
        seed: args.searches().then_some(args.seed),
        ..PlanSchedule::default()
    }
}

fn name(resource: &Resource) -> String {
    match resource {
        Resource::Slots => "slots".into(),
        Resource::Named(name) => name.clone(),
        Resource::Lock(name) => format!("lock {name}"),
    }
}

/// Says what a schedule is worth.
///
/// # Errors
/// The file of `--summary` cannot be written.
pub fn tell(worth: &PlanSchedule, args: &ScheduleArgs, sink: &mut Sink) -> Result<(), Fail> {
    match &args.summary {
        Some(file) => sink.aside(Aside::File(file.clone(), worth.to_line().into())),
        None => {
            sink.figures(worth, in_words(worth));
            Ok(())
        }
    }
}

fn in_words(worth: &PlanSchedule) -> String {
    let PlanSchedule { makespan_s, lower_bound_s, method, schedules, .. } = worth;
    let gap = match worth.optimal {
        true => "none is shorter".to_string(),
        false => format!(
            "none is below {}, {:.1} % less",
            human(*lower_bound_s),
            below(*makespan_s, *lower_bound_s)
        ),
    };
    let many = if *schedules == 1 { "schedule" } else { "schedules" };
    format!("makespan {}: {gap} ({method}, {schedules} {many})", human(*makespan_s))
}

fn below(makespan: Seconds, bound: Seconds) -> f64 {
    100.0 * (1.0 - bound.as_f64() / makespan.as_f64())
}
