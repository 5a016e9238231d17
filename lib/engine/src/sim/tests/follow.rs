//! Runs that follow a schedule.

use super::*;
use crate::follow::Dispatch;
use plan::{Ahead, LOCK_WHOLE, Line, lock_share};

/// Operations with durations and limits, by chance.
struct Project {
    jobs: u32,
    memory: u64,
    specs: Vec<Spec>,
}

fn project(chance: &mut Chance, ops: u64) -> Project {
    let memory = 8;
    let specs = (0..ops).map(|at| {
        let mut one = spec(&format!("o{at}"), at + 1, &[]);
        for _ in 0..chance.below(3).min(at) {
            one.needs.push(Need::from(format!("o{}", chance.below(at)).as_str()));
        }
        one.duration = Seconds::from_micros(chance.below(10_000_000) as i64);
        one.barrier = chance.below(12) == 0;
        one.resources = vec![("memory".into(), Amount::from_units(chance.below(memory + 1)))];
        if chance.below(4) == 0 {
            let slots = 1 + chance.below(3) as u32;
            one.locks = vec![LockAsk { slots, ..LockAsk::exclusive(format!("l{slots}")) }];
        }
        if one.barrier {
            Spec { duration: secs(0), resources: vec![], locks: vec![], ..one }
        } else {
            one
        }
    });
    let specs = specs.collect();
    Project { jobs: 1 + chance.below(4) as u32, memory, specs }
}

impl Project {
    fn demand(&self, at: usize) -> Vec<(Line, u64)> {
        let spec = &self.specs[at];
        let mut demand: Vec<(Line, u64)> = vec![(0, u64::from(!spec.barrier))];
        demand.extend(spec.resources.iter().map(|(_, amount)| (1, amount.as_millis())));
        demand.extend(spec.locks.iter().map(|ask| (1 + ask.slots, lock_share(ask))));
        demand
    }

    /// A schedule by serial generation in a random order that respects the needs.
    fn schedule(&self, chance: &mut Chance) -> (Vec<Seconds>, Seconds) {
        let mut ahead = Ahead::new();
        ahead.add(0, (secs(0), self.jobs.into()), Vec::new());
        ahead.add(1, (secs(0), self.memory * 1000), Vec::new());
        (2..5).for_each(|lock| ahead.add(lock, (secs(0), LOCK_WHOLE), Vec::new()));
        let mut ends: Vec<Option<Seconds>> = vec![None; self.specs.len()];
        let mut starts = vec![secs(0); self.specs.len()];
        let number = |id: &str| id[1..].parse::<usize>().unwrap();
        for _ in 0..self.specs.len() {
            let open = |at: &usize| {
                let needs = &self.specs[*at].needs;
                ends[*at].is_none() && needs.iter().all(|need| ends[number(&need.id)].is_some())
            };
            let open: Vec<usize> = (0..ends.len()).filter(open).collect();
            let at = open[chance.below(open.len() as u64) as usize];
            let spec = &self.specs[at];
            let ready = spec.needs.iter().filter_map(|need| ends[number(&need.id)]).max();
            let (ready, duration) = (ready.unwrap_or_default(), spec.duration);
            let demand = self.demand(at);
            let start = ahead.earliest(ready, duration, &demand).unwrap();
            ahead.take(start, duration, &demand);
            starts[at] = start;
            ends[at] = Some(start + duration);
        }
        (starts, ends.into_iter().flatten().max().unwrap_or_default())
    }

    /// The best of some random ones.
    fn good_schedule(&self, chance: &mut Chance, tries: u32) -> (Vec<Seconds>, Seconds) {
        (0..tries).map(|_| self.schedule(chance)).min_by_key(|schedule| schedule.1).unwrap()
    }

    /// Runs it. The durations are those expected times a factor.
    fn run(
        &self,
        (dispatch, starts): (Dispatch, &[Seconds]),
        mut factor: impl FnMut() -> f64,
    ) -> Sim {
        let memory = Amount::from_units(self.memory);
        let config = Config {
            jobs: self.jobs,
            dispatch,
            resources: BTreeMap::from([("memory".to_string(), memory)]),
            ..Config::default()
        };
        let mut sim = Sim::new(config, Faults::default(), 1);
        for (at, spec) in self.specs.iter().enumerate() {
            let start = (!spec.barrier).then(|| starts[at]);
            let runs = Seconds::from_f64(spec.duration.as_f64() * factor());
            let script = Script { runs, ..Script::default() };
            sim.add(at as Key, Spec { start, ..spec.clone() }, script);
        }
        go(&mut sim);
        sim
    }
}

#[test]
fn a_run_that_goes_as_planned_ends_as_promised() {
    let mut better = 0;
    for seed in 0..2000 {
        let mut chance = Chance(seed);
        let ops = 2 + chance.below(30);
        let project = project(&mut chance, ops);
        let (starts, promised) = project.schedule(&mut chance);
        let sim = project.run((Dispatch::Schedule, &starts), || 1.0);
        assert!(sim.now <= promised, "seed {seed}: {} instead of {promised}", sim.now);
        let greedy = project.run((Dispatch::Tails, &starts), || 1.0).now;
        better += u32::from(greedy > promised);
    }
    assert!(better > 100, "{better}: who does not follow keeps the promise, too");
}

/// Lengths of runs that follow good schedules, as parts of those that do not, in the mean,
/// where durations are other than expected by up to this share.
fn against_tails(spread: f64, long: u64, seeds: u64) -> f64 {
    let ratio = |seed| {
        let mut chance = Chance(seed);
        let ops = 20 + chance.below(30);
        let project = project(&mut chance, ops);
        let (starts, _) = project.good_schedule(&mut chance, 30);
        let noise = || {
            let mut chance = Chance(seed + 99);
            move || match (long > 0 && chance.below(long) == 0, chance.below(2001)) {
                (true, _) => 4.0,
                (false, drawn) => 1.0 + spread * (drawn as f64 / 1000.0 - 1.0),
            }
        };
        let follows = project.run((Dispatch::Schedule, &starts), noise()).now;
        let tails = project.run((Dispatch::Tails, &starts), noise()).now;
        follows.as_f64() / tails.as_f64()
    };
    (0..seeds).map(ratio).sum::<f64>() / seeds as f64
}

#[test]
fn where_durations_are_disturbed_a_good_schedule_is_still_worth_following() {
    // one in ten may take four times as long
    for (spread, long, most) in [(0.1, 0, 0.99), (0.3, 0, 1.0), (0.9, 10, 1.0)] {
        let mean = against_tails(spread, long, 120);
        assert!(mean < most, "{mean} at {spread}");
    }
}

/// Reasons and left operations of new plans.
fn replanned(sim: &Sim) -> Vec<(Seconds, String, u64)> {
    let told = |(at, action): (Seconds, &Action)| match action {
        Action::Replanned { reason, left, .. } => Some((at, reason.clone(), *left)),
        _ => None,
    };
    sim.actions().filter_map(told).collect()
}

/// `a` then `b`, and three others, on two slots.
fn five() -> Project {
    let of = |id: &str, seq, duration, needs: &[&str]| Spec {
        duration: secs(duration),
        ..spec(id, seq, needs)
    };
    let specs = vec![
        of("o0", 1, 2, &[]),
        of("o1", 2, 10, &["o0"]),
        of("o2", 3, 4, &[]),
        of("o3", 4, 4, &[]),
        of("o4", 5, 4, &[]),
    ];
    Project { jobs: 2, memory: 1, specs }
}

const FIVE: [i64; 5] = [0, 2, 0, 4, 8];

#[test]
fn what_departs_from_the_schedule_is_told() {
    let starts = FIVE.map(secs);
    let run = |factors: [f64; 5]| {
        let mut all = factors.into_iter();
        let sim = five().run((Dispatch::Schedule, &starts), || all.next().unwrap());
        (sim.now, replanned(&sim))
    };
    assert_eq!(run([1.0; 5]), (secs(12), vec![]));
    // told when it matters: when a slot is free
    let late = "o2 takes more than 8 s instead of 4 s".to_string();
    let then = Seconds::from_micros(8_800_000);
    assert_eq!(run([1.0, 1.0, 2.2, 1.0, 1.0]).1, [(then, late, 2)]);
    // early
    let early = "o0 has taken 0.2 s instead of 2 s".to_string();
    assert_eq!(run([0.1, 1.0, 1.0, 1.0, 1.0]).1, [(Seconds::from_micros(200_000), early, 3)]);
}

#[test]
fn a_branch_that_is_gone_and_slots_that_change_are_told() {
    let starts = FIVE.map(secs);
    let mut sim = Sim::new(Config { jobs: 2, ..Config::default() }, Faults::default(), 1);
    for (at, spec) in five().specs.into_iter().enumerate() {
        let script = Script {
            runs: spec.duration,
            endings: vec![Ending::Exit(i32::from(at == 0))],
            ..Script::default()
        };
        sim.add(at as Key, Spec { start: Some(starts[at]), ..spec }, script);
    }
    sim.faults.troubles = vec![(When::At(secs(3)), Trouble::Slots(3))];
    go(&mut sim);
    let gone = (secs(2), "needs o0, which failed".to_string(), 2);
    assert_eq!(replanned(&sim), [gone, (secs(3), "3 slots now".to_string(), 1)]);
    assert_eq!(sim.now, secs(7));
}

#[test]
fn a_schedule_for_other_limits_is_not_followed() {
    let starts = FIVE.map(secs);
    let run = |dispatch, jobs| {
        let sim = Project { jobs, ..five() }.run((dispatch, &starts), || 1.0);
        (sim.engine.follows(), replanned(&sim))
    };
    assert_eq!(run(Dispatch::Schedule, 3), (true, vec![]));
    assert_eq!(run(Dispatch::Tails, 2), (false, vec![]));
    let reason =
        "the schedule takes more slots than the 1 there are, at 0 s: the longest path decides";
    assert_eq!(run(Dispatch::Schedule, 1), (false, vec![(secs(0), reason.to_string(), 5)]));
}

/// One that waits for a lock of others, so many behind it, three that stand alone.
fn behind_a_lock(behind: u32) -> Engine {
    let mut engine = Engine::new(Config { jobs: 1, ..Config::default() });
    let mut specs = vec![Spec { locks: vec![LockAsk::exclusive("l")], ..spec("o0", 1, &[]) }];
    specs.extend(
        (1..=behind)
            .map(|at| spec(&format!("o{at}"), u64::from(at) + 1, &[&format!("o{}", at - 1)])),
    );
    specs.extend((1..4).map(|at| spec(&format!("alone{at}"), u64::from(behind + 1 + at), &[])));
    for (key, one) in (0..).zip(specs) {
        let timed = Spec { start: Some(secs(key.into())), duration: secs(1), ..one };
        engine.handle(secs(0), Input::Op(key, Box::new(timed)));
    }
    engine.handle(secs(0), Input::EndOfInput);
    assert_eq!(engine.check(), []);
    engine
}

#[test]
fn what_waits_behind_a_lock_of_others_is_looked_at_once() {
    let behind = 1000;
    let mut engine = behind_a_lock(behind);
    assert_eq!(engine.poll(secs(0)), Some(Action::TakeLocks(0)));
    engine.handle(secs(0), Input::LocksWait(0, "l".into()));
    let left = |engine: &Engine| engine.follow.as_ref().unwrap().left.len();
    let mut now = 0;
    let mut next = |engine: &mut Engine, expected: Key| loop {
        match engine.poll(secs(now)) {
            Some(Action::Spawn { key, .. }) => {
                assert_eq!(key, expected);
                now += 1;
                engine.handle(secs(now), Input::Exited(key, Ending::Exit(0)));
                engine.handle(secs(now), Input::Over(key, None));
                break;
            }
            Some(_) => {}
            None => panic!("{expected} does not start"),
        }
    };
    for (at, alone) in (1..4).zip(behind + 1..) {
        next(&mut engine, alone);
        assert_eq!(left(&engine), 3 - at, "the others of those that stand alone");
    }
    engine.handle(secs(3), Input::LocksTaken(0));
    (0..=behind).for_each(|key| next(&mut engine, key));
    assert_eq!(left(&engine), 0);
}
