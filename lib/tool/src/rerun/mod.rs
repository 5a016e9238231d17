//! A finished run, run again within other limits on the simulated machine of the engine's own
//! tests (`engine::sim`): the same dispatch, and commands that take as long as they took. So
//! there is no second dispatcher.

mod past;

pub use past::{Past, PastOp};

use crate::fail::Fail;
use crate::print::shown;
use engine::sim::{Faults, Script, Sim};
use engine::{Backoff, Dispatch, Ending, Fault, Input, Spec};
use record::{Amount, LockAsk, Need, Seconds, StartView, status};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What is otherwise than it was, beside the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    #[default]
    None,
    /// Every operation succeeds at once, as its last attempt did.
    FirstTry,
    /// Operations of this family take half as long.
    Halved(String),
}

/// Limits of a simulation.
#[derive(Clone, Debug)]
pub struct Case {
    /// What it is called.
    pub word: &'static str,
    /// 0 is no limit.
    pub jobs: u32,
    /// Capacity of each resource.
    pub resources: BTreeMap<String, Amount>,
    /// Slots of locks that have others than they had.
    pub locks: BTreeMap<String, u32>,
    /// What else is otherwise.
    pub change: Change,
}

impl Case {
    /// The run's own limits.
    pub fn of(word: &'static str, past: &Past) -> Self {
        let begun = past.begun.as_ref();
        Case {
            word,
            jobs: begun.map_or(1, |begun| begun.jobs),
            resources: begun.map(|begun| begun.resources.clone()).unwrap_or_default(),
            locks: BTreeMap::new(),
            change: Change::None,
        }
    }
}

/// How long the run takes within the limits of a case.
///
/// # Errors
/// Something does not fit into a limit, or what ran is no run.
pub fn simulate(case: &Case, past: &Past) -> Result<Seconds, Fail> {
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
        let op = &changed(op, &case.change);
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

/// The operation as it is with a change.
fn changed<'a>(op: &'a PastOp, change: &Change) -> Cow<'a, PastOp> {
    match change {
        Change::FirstTry if op.attempts.len() > 1 => {
            let last = op.attempts.last().copied();
            Cow::Owned(PastOp { attempts: last.into_iter().collect(), ..op.clone() })
        }
        Change::Halved(name) if family(op) == *name => {
            let half = |(start, end): &(Seconds, Seconds)| {
                (*start, *start + Seconds::from_micros((*end - *start).as_micros() / 2))
            };
            Cow::Owned(PastOp { attempts: op.attempts.iter().map(half).collect(), ..op.clone() })
        }
        _ => Cow::Borrowed(op),
    }
}

/// The family of an operation, as reports name it.
pub fn family(op: &PastOp) -> String {
    let mut name = String::new();
    plan::family_of(StartView::from(&op.begun).head, &op.begun.id, &mut name);
    name
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
