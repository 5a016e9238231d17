//! A random run with everything in it, from a seed.

use super::*;
use crate::adapt::Does;
use crate::gate::{Emergency, Evict, Figure, Measure, OwnMemory};
use crate::kinds::KindLimits;
use crate::machine::{CpuTime, Stalled};
use crate::message::Cancel;
use crate::set_up::SetUp;
use crate::termseq::TermSeq;
use crate::{Admission, Again, Pace, PriorityRule, Rate, Scope};

/// The operations of a run as the judge knows them, by their place in the input.
pub struct Case {
    pub sim: Sim,
    pub specs: Vec<(Spec, Script)>,
}

/// Most runs have no gate, some have all of it.
fn gate(choice: u64) -> GateRules {
    GateRules {
        delay: (choice & 3 == 3).then_some(Seconds::from_micros(300_000)),
        load: (choice == 5).then_some(4.0),
        memory: (choice & 6 == 6).then_some(1000),
        most_memory: (choice & 17 == 17).then_some(0.85),
        own: (choice & 40 == 40).then_some(OwnMemory { soft: 700, hard: 900 }),
        evict: if choice & 16 == 16 { Evict::Youngest } else { Evict::Nobody },
        busy: (choice == 20 || choice == 37).then_some(0.8),
        no_swapping: choice == 9,
        emergencies: match choice {
            33 | 34 => vec![emergency(Figure::Memory, 80.0, Measure::EvictYoungest)],
            35 | 36 => vec![
                emergency(Figure::CpuStall, 60.0, Measure::Slots(0.7)),
                emergency(Figure::Load, 8.0, Measure::Hold),
            ],
            38 => vec![emergency(Figure::Memory, 70.0, Measure::Slots(0.1))],
            _ => Vec::new(),
        },
        told_of_stalls: choice & 32 == 32,
    }
}

fn emergency(figure: Figure, above: f64, measure: Measure) -> Emergency {
    Emergency { figure, above, measure }
}

/// A machine that is busy in every third second and short of memory in every fourth; our own
/// operations use much in every fifth.
fn restless(second: u32) -> (Seconds, Machine) {
    let pages = u64::from(second) / 2;
    let worked = secs((second / 7 * 5 + (second % 7).min(5)).into());
    let machine = Machine {
        load: Some(if second.is_multiple_of(3) { 9 } else { 1 }),
        available: Some([400, 900, 5000, 5000][second as usize % 4]),
        total: Some(5500),
        group: Some((u64::from(second % 6), 5)),
        own: Some(if second.is_multiple_of(5) { 950 } else { 100 }),
        swapped: Some((pages, pages)),
        cpu: Some(CpuTime { busy: worked, all: secs(second.into()) }),
        stalled: Stalled { cpu: Some(worked), ..Stalled::default() },
    };
    (secs(second.into()), machine)
}

fn micros(chance: &mut Chance, below: i64) -> Seconds {
    Seconds::from_micros(chance.below(below.unsigned_abs()) as i64)
}

/// Few runs are a load; a plan that is read whole can only have a ramp.
fn arrivals(chance: &mut Chance, feeding: Feeding) -> Option<Arrivals> {
    if chance.below(6) > 0 {
        return None;
    }
    let ramp = (chance.below(2) == 0)
        .then(|| Ramp { over: micros(chance, 10_000_000) + secs(1), form: RampForm::Linear });
    let rate = 0.5 + chance.below(40) as f64 / 10.0;
    let pattern = match chance.below(3) {
        0 if feeding != Feeding::Whole => Pattern::Even(rate),
        1 if feeding != Feeding::Whole => Pattern::Poisson { rate, seed: chance.below(1000) },
        _ => Pattern::Users,
    };
    let until = (chance.below(3) == 0).then(|| secs(1 + chance.below(12) as i64));
    Some(Arrivals { pattern, ramp, until })
}

fn config(chance: &mut Chance) -> Config {
    let feedings = [Feeding::Whole, Feeding::Whole, Feeding::Stream, Feeding::Lines];
    let halts = [HaltWhen::Now, HaltWhen::Soon];
    Config {
        jobs: 1 + chance.below(5) as u32,
        pool: if chance.below(3) == 0 { Pool::Shared } else { Pool::Unlimited },
        feeding: feedings[chance.below(4) as usize],
        resources: BTreeMap::from([("memory".to_string(), Amount::from_units(8))]),
        retries: chance.below(3) as u32,
        retry_oom: (chance.below(3) == 0).then(|| chance.below(3) as u32),
        fallback: if chance.below(3) == 0 { Fallback::Next } else { Fallback::None },
        halt: (chance.below(6) == 0).then(|| Halt::first_failure(halts[chance.below(2) as usize])),
        total_timeout: (chance.below(10) == 0).then(|| secs(60)),
        timeout: match chance.below(8) {
            0 => Some(Timeout::OfMedian(300.0)),
            1 => Some(Timeout::After(secs(4))),
            _ => None,
        },
        stall: (chance.below(8) == 0).then(|| secs(2)),
        heartbeat: (chance.below(8) == 0).then(|| secs(1)),
        termseq: if chance.below(4) == 0 { TermSeq::parallel() } else { TermSeq::default() },
        gate: gate(chance.below(40)),
        nonrenewable: BTreeMap::from([("cost".to_string(), Amount::from_units(12))]),
        admission: admission(chance),
        priorities: (chance.below(4) == 0).then(PriorityRule::default),
        again: if chance.below(4) == 0 { Again::First } else { Again::InOrder },
        ..Config::default()
    }
}

/// Most runs have no limits of keys, some have all of them.
fn admission(chance: &mut Chance) -> Admission {
    let rate = |chance: &mut Chance, pace| Rate {
        pace,
        starts: 1 + chance.below(4) as u32,
        period: Seconds::from_micros(1 + chance.below(4_000_000) as i64),
    };
    let mut rates = Vec::new();
    if chance.below(8) == 0 {
        rates.push((Scope::EachKey, rate(chance, Pace::Even { burst: 1 })));
    }
    if chance.below(8) == 0 {
        rates.push((Scope::Key("k1".to_string()), rate(chance, Pace::Window)));
    }
    if chance.below(12) == 0 {
        rates.push((Scope::Run, rate(chance, Pace::Window)));
    }
    Admission {
        key_limit: (chance.below(3) == 0).then(|| 1 + chance.below(2) as u32),
        key_limits: BTreeMap::from([("k2".to_string(), 1)]),
        rates,
        queue: (chance.below(6) == 0).then(|| chance.below(4) as u32),
    }
}

/// Few runs have two kinds of places.
fn kinds(chance: &mut Chance) -> Option<KindLimits> {
    let limits = KindLimits { cpu: 1 + chance.below(3) as u32, wait: 1 + chance.below(4) as u32 };
    (chance.below(5) == 0).then_some(limits)
}

/// A fault of chance: often none, else so many of a thousand.
fn rate(chance: &mut Chance) -> u64 {
    [0, 0, 0, 20, 100, 300][chance.below(6) as usize]
}

fn when(chance: &mut Chance) -> When {
    match chance.below(2) {
        0 => When::At(micros(chance, 40_000_000)),
        _ => When::Step(chance.below(80)),
    }
}

fn trouble(chance: &mut Chance) -> Trouble {
    match chance.below(11) {
        10 => Trouble::Later(secs(chance.below(9) as i64)),
        0 => Trouble::Slots(1 + chance.below(6) as u32),
        8 => Trouble::Pause(micros(chance, 20_000_000)),
        9 => Trouble::Stalls,
        1 | 2 => Trouble::Hold(micros(chance, 5_000_000)),
        3 => Trouble::Disk,
        4 => Trouble::Leap(secs(1 + chance.below(300) as i64)),
        5 | 6 => Trouble::Stop(secs(1 + chance.below(300) as i64)),
        _ => Trouble::Theft,
    }
}

/// Once, twice, or first mildly: wherever the engine is then.
fn cancels(chance: &mut Chance) -> Vec<(When, Trouble)> {
    let kinds = match chance.below(9) {
        0 => &[Cancel::Stop][..],
        1 => &[Cancel::Stop, Cancel::Kill],
        2 => &[Cancel::Drain],
        3 => &[Cancel::Drain, Cancel::Stop],
        4 => &[Cancel::Kill, Cancel::Stop],
        _ => &[],
    };
    kinds.iter().map(|kind| (when(chance), Trouble::Cancel(*kind))).collect()
}

fn faults(chance: &mut Chance, config: &Config) -> Faults {
    if chance.below(8) == 0 {
        // nothing goes wrong
        return Faults { tokens: 3, ..Faults::default() };
    }
    let mut troubles = cancels(chance);
    troubles.extend((0..chance.below(4)).map(|_| (when(chance), trouble(chance))));
    Faults {
        until: secs(60),
        lack: rate(chance),
        never: rate(chance) / 10,
        late: rate(chance),
        twice: rate(chance),
        lost: rate(chance) / 4,
        unseen: rate(chance) / 10,
        // drawn apart, so that a seed stays the run that it was
        set_up: 0,
        oom: rate(chance) / 2,
        misread: [0, 200][(chance.0 & 1) as usize],
        refused: rate(chance) / 10,
        strangers: (chance.below(3) == 0).then(|| secs(4)),
        // none at all: what a recipe sees whose make runs one job
        tokens: if config.pool == Pool::Shared { chance.below(5) as u32 } else { 0 },
        input: (chance.below(12) == 0).then(|| chance.below(20) as usize),
        grain: [Seconds::ZERO, Seconds::ZERO, Seconds::from_micros(10_000), secs(2)]
            [chance.below(4) as usize],
        troubles,
    }
}

fn lock(chance: &mut Chance) -> LockAsk {
    LockAsk::exclusive(format!("lock{}", chance.below(3)))
}

fn operation(chance: &mut Chance, (at, ops): (u64, u64), feeding: Feeding) -> (Spec, Script) {
    let mut one = super::spec(&format!("o{at}"), at + 1, &[]);
    if feeding != Feeding::Lines {
        for _ in 0..chance.below(3).min(at) {
            let id = match feeding {
                // also what comes later, which itself needs only what came long before
                Feeding::Stream if at.is_multiple_of(7) && at + 1 < ops => at + 1,
                Feeding::Stream if at > 7 => chance.below(at / 7 * 7),
                _ => chance.below(at),
            };
            let weak = chance.below(4) == 0;
            one.needs.push(Need { id: format!("o{id}"), weak, optional: false });
        }
        one.barrier = chance.below(10) == 0;
    } else {
        one.id = String::new();
    }
    one.resources = vec![("memory".into(), Amount::from_units(chance.below(9)))];
    one.weight = (chance.below(4) == 0).then(|| Amount::from_millis(500 * (1 + chance.below(9))));
    if chance.below(2) == 0 {
        one.key = format!("k{}", chance.below(4));
    }
    if chance.below(6) == 0 {
        one.nonrenewable = vec![("cost".into(), Amount::from_units(chance.below(6)))];
    }
    if chance.below(4) == 0 {
        let (duration, resources) = (secs(2), one.resources.clone());
        let other = Alternative { duration, resources, nonrenewable: Vec::new() };
        one.alternatives = vec![other; 1 + chance.below(2) as usize];
    }
    one.has_check = !one.barrier && chance.below(8) == 0;
    one.timeout = (chance.below(6) == 0).then(|| secs(3));
    one.failure_satisfies = chance.below(8) == 0;
    one.done = !one.barrier && chance.below(12) == 0;
    one.attempts = if chance.below(8) == 0 { 2 } else { 0 };
    let script = Script {
        runs: micros(chance, 5_000_000),
        further: (0..chance.below(3)).map(|_| micros(chance, 5_000_000)).collect(),
        endings: vec![Ending::Exit((chance.below(4) == 0).into()), Ending::Exit(0)],
        on_term: (chance.below(4) > 0).then(|| micros(chance, 500_000)),
        on_kill: (chance.below(30) > 0).then(|| micros(chance, 1000)),
        stray: (chance.below(8) == 0).then(|| secs(chance.below(20) as i64)),
        check: Ending::Exit(chance.below(2) as i32),
        writes: (chance.below(2) == 0).then(|| secs(1)),
        verdict: (chance.below(10) == 0).then(|| "said no".to_string()),
        ..Script::default()
    };
    if one.barrier {
        return (one, Script::default());
    }
    one.locks = (0..chance.below(3)).map(|_| lock(chance)).collect();
    (one, script)
}

/// The run of a seed.
pub fn case(seed: u64) -> Case {
    let mut chance = Chance(seed);
    let mut config = config(&mut chance);
    config.arrivals = arrivals(&mut Chance(seed ^ 0xa55a), config.feeding);
    let mut of_set_ups = Chance(seed ^ 0x5e7);
    if of_set_ups.below(4) == 0 {
        config.set_up = SetUp::EachSlot;
    }
    config.kinds = kinds(&mut Chance(seed ^ 0x5aa5));
    config.jobs = config.kinds.map_or(config.jobs, KindLimits::all);
    let feeding = config.feeding;
    let faults = Faults { set_up: rate(&mut of_set_ups) / 4, ..faults(&mut chance, &config) };
    let mut sim = Sim::new(config, faults, seed);
    sim.machine = (0..600).map(restless).collect();
    // in the end there is enough of everything
    sim.machine.push((secs(600), Machine::default()));
    sim.rounds = 100_000;
    let ops = 1 + chance.below(30);
    let late = chance.below(3) == 0;
    // one after the other, in an order that need not be possible
    let schedule = (chance.below(3) == 0).then(|| chance.below(32));
    let mut specs = Vec::new();
    let mut at = Seconds::ZERO;
    for number in 0..ops {
        let (mut spec, mut script) = operation(&mut chance, (number, ops), feeding);
        spec.start = schedule.map(|mixed| secs((number ^ mixed) as i64));
        let mut other = Chance(seed ^ number);
        spec.family = other.below(3) as u32;
        script.does = [Does::Run, Does::Run, Does::Disk, Does::Sleep][other.below(4) as usize];
        specs.push((spec.clone(), script.clone()));
        match feeding {
            Feeding::Whole => sim.add(number as Key, spec, script),
            Feeding::Stream | Feeding::Lines => {
                if late {
                    at += micros(&mut chance, 2_000_000);
                }
                sim.add_later(at, spec, script);
            }
        }
    }
    if feeding == Feeding::Whole {
        assert_eq!(sim.engine.check(), [], "seed {seed}");
    }
    Case { sim, specs }
}
