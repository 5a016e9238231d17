//! The rules of a run, as the engine takes them.

use super::settings::{Jobs, Settings, cpus};
use super::setup::{Opened, first_slots};
use engine::{Backoff, Config, SetUp};
use record::{Amount, Seconds};
use std::collections::BTreeMap;

/// The rules for the engine: the command line before the capacity record before
/// the machine.
pub fn config(settings: &Settings, input: &Opened, seed: u64) -> Config {
    let mut resources = input.capacity.resources.clone();
    resources.extend(settings.control.resources.clone());
    let mut backoff = Backoff { seed, ..Backoff::default() };
    match settings.control.retry_delay {
        Some(base) => backoff.base = base,
        // GNU parallel repeats at once
        None if settings.called.is_gnu() => {
            (backoff.base, backoff.max) = (Seconds::ZERO, Seconds::ZERO);
        }
        None => {}
    }
    Config {
        kinds: settings.jobs.as_ref().and_then(Jobs::kinds),
        jobs: first_slots(settings).or(input.capacity.jobs).unwrap_or_else(cpus),
        resources,
        nonrenewable: budget(settings, input),
        admission: settings.admission.rules.clone(),
        priorities: settings.admission.priorities,
        again: settings.admission.again,
        feeding: input.feeding,
        // a rule of one's own comes before the schedule's order
        dispatch: match settings.admission.priorities {
            Some(_) => engine::Dispatch::Tails,
            None => settings.control.dispatch.into(),
        },
        fallback: settings.control.fallback,
        set_up: match settings.warm.slot_init {
            Some(_) => SetUp::EachSlot,
            None => SetUp::None,
        },
        halt: settings.control.halt,
        retries: settings.control.retries,
        backoff,
        timeout: settings.control.timeout,
        stall: settings.control.stall,
        heartbeat: settings.control.heartbeat,
        total_timeout: settings.control.total_timeout,
        pool: engine::Pool::Unlimited,
        termseq: settings.control.termseq.clone(),
        gate: settings.gate.clone(),
        retry_oom: settings.confined.retry_oom,
        arrivals: settings.traffic.arrivals,
    }
}

/// What can be used up, by the same rule.
fn budget(settings: &Settings, input: &Opened) -> BTreeMap<String, Amount> {
    let mut all = input.capacity.nonrenewable.clone();
    all.extend(settings.admission.budget.clone());
    all
}
