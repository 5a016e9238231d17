//! `sim`: how long a finished run would have taken within other limits.
//!
//! The run is repeated on the simulated machine of the engine's own tests (`engine::sim`):
//! the same dispatch, and commands that take as long as they took. So there is no second
//! dispatcher, and what is wrong with the model shows in the run's own limits.

mod args;
mod past;

pub use args::SimArgs;

use super::args::{Config, Form};
use super::sink::Sink;
use crate::entry;
use crate::fail::Fail;
use crate::print::{aligned, shown};
use engine::sim::{Faults, Script, Sim};
use engine::{Backoff, Dispatch, Ending, Fault, Input, Spec};
use past::{Past, PastOp};
use record::{Amount, LockAsk, Need, Seconds, Simulation, status};
use std::collections::BTreeMap;

/// A model that is further from the run than this is told of.
const NEAR: f64 = 0.02;

/// Limits of a simulation.
#[derive(Clone, Debug)]
struct Case {
    word: &'static str,
    /// 0 is no limit.
    jobs: u32,
    resources: BTreeMap<String, Amount>,
    locks: BTreeMap<String, u32>,
}

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
    let begun = past.begun.as_ref();
    let own = Case {
        word: "model",
        jobs: begun.map_or(1, |begun| begun.jobs),
        resources: begun.map(|begun| begun.resources.clone()).unwrap_or_default(),
        locks: BTreeMap::new(),
    };
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

/// How long the run takes within the limits of a case.
fn simulate(case: &Case, past: &Past) -> Result<Seconds, Fail> {
    let begun = past.begun.as_ref();
    let follows = begun.is_some_and(|begun| begun.dispatch == "schedule");
    let config = engine::Config {
        jobs: if case.jobs == 0 { u32::MAX } else { case.jobs },
        resources: case.resources.clone(),
        dispatch: if follows { Dispatch::Schedule } else { Dispatch::Tails },
        backoff: Backoff { jitter: 0.0, ..Backoff::default() },
        ..engine::Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 0).without_log();
    let lag = past.lag();
    for (key, op) in (0..).zip(&past.ops) {
        sim.add(key, spec(op, case), script(op, lag));
    }
    for (key, barrier) in (past.ops.len() as u32..).zip(&past.barriers) {
        let needs = needs(&barrier.needs);
        let seq = u64::from(key) + 1;
        let spec = Spec { id: barrier.id.clone(), seq, needs, barrier: true, ..Spec::default() };
        sim.add(key, spec, Script::default());
    }
    sim.engine.handle(Seconds::ZERO, Input::EndOfInput);
    if let Some(fault) = sim.engine.check().first() {
        return Err(refuse(fault, past));
    }
    sim.run()
        .ok_or_else(|| Fail::new(status::BAD_INPUT, "the run cannot be simulated to its end"))?;
    // after the last end nothing waits for the runner
    Ok(sim.now - lag)
}

fn refuse(fault: &Fault, past: &Past) -> Fail {
    let id = |key: &u32| past.ops.get(*key as usize).map_or("", |op| op.begun.id.as_str());
    match fault {
        Fault::TooLarge { key, what } => {
            let what = format!("{} {what}; --resource gives it more", shown(id(key)));
            Fail::new(status::FINDING, what)
        }
        Fault::Cycle(keys) => {
            let names: Vec<&str> = keys.iter().map(id).collect();
            let what = format!("what ran needs itself: {}; is it one run?", names.join(", "));
            Fail::new(status::BAD_INPUT, what)
        }
        Fault::Duplicate { key, .. } | Fault::Dangling { key, .. } => {
            Fail::new(status::BAD_INPUT, format!("{}: told of twice; is it one run?", id(key)))
        }
    }
}

/// Order alone: how what is needed ended is known, and what was not run is not needed.
fn needs(needs: &[Need]) -> Vec<Need> {
    let order = |need: &Need| Need { id: need.id.clone(), weak: true, optional: true };
    needs.iter().map(order).collect()
}

fn spec(op: &PastOp, case: &Case) -> Spec {
    let begun = &op.begun;
    Spec {
        id: begun.id.clone(),
        seq: begun.seq,
        needs: needs(&begun.needs),
        duration: begun.expected_s.unwrap_or_default(),
        start: begun.planned_s,
        resources: begun.resources.iter().map(|(name, amount)| (name.clone(), *amount)).collect(),
        locks: begun.locks.iter().map(|lock| with_slots(lock, case)).collect(),
        priority: begun.priority.unwrap_or(0),
        retries: Some(op.attempts.len() as u32 - 1),
        retry_delay: Some(op.pause),
        ..Spec::default()
    }
}

fn with_slots(lock: &LockAsk, case: &Case) -> LockAsk {
    match case.locks.get(&lock.name) {
        Some(slots) if !lock.shared => {
            LockAsk { slots: *slots, take: lock.take.min(*slots), ..lock.clone() }
        }
        _ => lock.clone(),
    }
}

/// It takes as long as it took, and the runner's own part.
fn script(op: &PastOp, lag: Seconds) -> Script {
    let mut times = op.attempts.iter().map(|(start, end)| *end - *start + lag);
    let mut endings = vec![Ending::Exit(1); op.attempts.len()];
    endings.iter_mut().rev().take(1).for_each(|last| *last = Ending::Exit(0));
    Script {
        runs: times.next().unwrap_or_default(),
        further: times.collect(),
        endings,
        ..Script::default()
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
