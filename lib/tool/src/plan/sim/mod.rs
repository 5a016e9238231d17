//! `sim`: how long a finished run would have taken within other limits.
//!
//! The run is repeated on a simulated machine (`rerun`); what is wrong with the model shows in
//! the run's own limits.

mod args;

pub use args::SimArgs;

use super::args::{Config, Form};
use super::sink::Sink;
use crate::entry;
use crate::fail::Fail;
use crate::print::{aligned, shown};
use crate::rerun::{Case, Past, simulate};
use record::{Seconds, Simulation, status};

/// A model that is further from the run than this is told of.
const NEAR: f64 = 0.02;

/// Simulates the run of a log within the limits that are asked for.
///
/// # Errors
/// The log cannot be read, or something does not fit into a limit.
pub fn sim(config: &Config, files: &[String], sink: &mut Sink) -> Result<u8, Fail> {
    let [file] = files else {
        return Err(Fail::new(status::USAGE, "sim reads the log of one run; name one file"));
    };
    let past = Past::read(file)?;
    tell_what_is_missing(&past);
    let cases = cases(config, &past);
    tell_unknown(&cases, &past);
    let mut rows = vec![row(&cases[0], (past.makespan(), &past))];
    rows[0].case = "run".to_string();
    for case in &cases {
        rows.push(row(case, (simulate(case, &past)?, &past)));
    }
    let off = rows[1].of_run - 1.0;
    if off.abs() > NEAR {
        let what = format!(
            "within its own limits the run takes {:+.1} % in the simulation: delays, loads, checks \
             and what others held are not in it",
            off * 100.0
        );
        entry::complain("pgplan", &what);
    }
    match config.form {
        Form::Json => rows.iter().try_for_each(|row| sink.record(row))?,
        Form::Text => sink.bytes(table(&rows).as_bytes())?,
    }
    Ok(status::OK)
}

fn tell_what_is_missing(past: &Past) {
    let name = past.begun.as_ref().map_or("", |begun| begun.run.as_str());
    if past.begun.as_ref().is_some_and(|begun| begun.resumed) {
        let what = "went on from an earlier one; what that had done is not in it";
        entry::complain("pgplan", &format!("run {name} {what}"));
    }
    if !past.ended || past.unended() > 0 {
        let what = format!("run {name} is cut off: {} had not ended, left out", past.unended());
        entry::complain("pgplan", &what);
    }
}

/// The run's own limits, then each that is asked for.
fn cases(config: &Config, past: &Past) -> Vec<Case> {
    let own = Case::of("model", past);
    let mut other = Case { word: "what-if", ..own.clone() };
    other.resources.extend(config.limits.resources.resource.iter().cloned());
    other.locks = config.sim.locks.iter().cloned().collect();
    let changed = other.resources != own.resources || !other.locks.is_empty();
    let mut jobs = config.limits.jobs.clone();
    if jobs.is_empty() && changed {
        jobs.push(own.jobs);
    }
    let more = jobs.into_iter().map(|jobs| Case { jobs, ..other.clone() });
    std::iter::once(own).chain(more).collect()
}

/// A name that nothing in the run has is most probably a mistake.
fn tell_unknown(cases: &[Case], past: &Past) {
    let Some(last) = cases.last() else { return };
    for name in last.locks.keys() {
        if !past.ops.iter().any(|op| op.begun.locks.iter().any(|lock| lock.name == *name)) {
            entry::complain("pgplan", &format!("--lock {name}: nothing in the run holds it"));
        }
    }
    for name in last.resources.keys().filter(|name| !cases[0].resources.contains_key(*name)) {
        if !past.ops.iter().any(|op| op.begun.resources.contains_key(name)) {
            entry::complain("pgplan", &format!("--resource {name}: nothing in the run holds it"));
        }
    }
}

fn row(case: &Case, (makespan, past): (Seconds, &Past)) -> Simulation {
    let part = |of: Seconds| {
        let ratio = of.as_f64() / makespan.as_f64();
        if makespan > Seconds::ZERO { (ratio * 1000.0).round() / 1000.0 } else { 0.0 }
    };
    let run = past.makespan();
    let of_run = if run > Seconds::ZERO { makespan.as_f64() / run.as_f64() } else { 1.0 };
    Simulation {
        case: case.word.to_string(),
        jobs: Some(case.jobs).filter(|jobs| *jobs > 0),
        resources: case.resources.clone(),
        locks: case.locks.clone(),
        makespan_s: makespan,
        of_run: (of_run * 10_000.0).round() / 10_000.0,
        busy: part(past.work()),
        ..Simulation::default()
    }
}

/// Rows for people. Limits stand where they are others than the run's.
fn table(rows: &[Simulation]) -> String {
    let mut lines = vec!["CASE\tJOBS\tMAKESPAN\tOF RUN\tBUSY\tLIMITS".to_string()];
    for row in rows {
        let jobs = row.jobs.map_or_else(|| "none".to_string(), |jobs| jobs.to_string());
        let mut limits: Vec<String> = Vec::new();
        for (name, amount) in &row.resources {
            if rows[0].resources.get(name) != Some(amount) {
                limits.push(format!("{}={amount}", shown(name)));
            }
        }
        limits
            .extend(row.locks.iter().map(|(name, slots)| format!("lock {}={slots}", shown(name))));
        lines.push(format!(
            "{}\t{jobs:>4}\t{:>9}\t{:>5.1}%\t{:>4.1}\t{}",
            row.case,
            format!("{:.3}s", row.makespan_s.as_f64()),
            row.of_run * 100.0,
            row.busy,
            limits.join(" ")
        ));
    }
    aligned(&lines)
}
