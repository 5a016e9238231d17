//! What a schedule is worth: its makespan beside what none is below.

use super::ScheduleArgs;
use super::seek::Sought;
use crate::fail::Fail;
use crate::plan::view::human;
use crate::replace::replace;
use plan::project::{Project, Resource};
use plan::{Bounds, Plan};
use record::{Amount, PlanSchedule, Record as _, Seconds, status};
use std::io::{IsTerminal as _, Write as _};

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
        schedules_per_s: (took > 0.0).then(|| (sought.schedules as f64 / took).round()),
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

/// Says what a schedule is worth: a record, or a line for a person.
///
/// # Errors
/// The file of `--summary` cannot be written.
pub fn tell(worth: &PlanSchedule, args: &ScheduleArgs) -> Result<(), Fail> {
    if let Some(file) = &args.summary {
        let line = worth.to_line();
        return replace(file, |new| new.write_all(&line))
            .map_err(|e| Fail::io(status::CANNOT_WRITE, file.display(), &e));
    }
    let mut err = std::io::stderr();
    let text = match err.is_terminal() {
        true => in_words(worth).into_bytes(),
        false => worth.to_line(),
    };
    // as with every message: there is no other place to say that it could not be said
    let _ = err.write_all(&text);
    Ok(())
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
    format!("makespan {}: {gap} ({method}, {schedules} {many})\n", human(*makespan_s))
}

fn below(makespan: Seconds, bound: Seconds) -> f64 {
    100.0 * (1.0 - bound.as_f64() / makespan.as_f64())
}
