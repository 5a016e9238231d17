//! Known answers of the books, runs with exact answers, and mixed loads on a simulated
//! machine whose CPUs are shared.

use super::*;
use crate::backoff::splitmix;
use crate::engine::{Config, Feeding};
use crate::message::{Ending, Input};
use crate::op::Spec;
use crate::sim::{Faults, Script, Sim};
use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::vec;

const ONE: u64 = WHOLE as u64;

fn millis(n: i64) -> Seconds {
    Seconds::from_micros(n * 1000)
}

fn kinds(cpu: u32, wait: u32) -> Kinds {
    Kinds::new(KindLimits { cpu, wait })
}

fn work(wall: i64, cpu: i64) -> Work {
    Work { wall: millis(wall), cpu: millis(cpu), waits: 1, ..Work::default() }
}

#[test]
fn a_family_computes_until_it_is_known_to_wait() {
    let mut kinds = kinds(1, 2);
    kinds.family(8).begun = true;
    let place = kinds.take(7, ONE);
    assert_eq!(kinds.short_of(7, ONE), Some(Kind::Cpu));
    let found = kinds.ended(7, place, &work(100, 2)).unwrap();
    assert_eq!((found.family, found.kind), (7, Kind::Wait));
    assert!(found.share.is_some_and(|share| (share - 0.02).abs() < 1e-9));
    assert_eq!(kinds.short_of(7, ONE), None, "the places of those that wait are free");
    assert_eq!(kinds.short_of(8, ONE), Some(Kind::Cpu), "of others nothing is known");
    kinds.give(place, ONE);
    assert_eq!(kinds.short_of(8, ONE), None);
}

/// It is looked at every ten milliseconds: what was found at last.
fn look(
    kinds: &mut Kinds,
    family: u32,
    place: &mut Place,
    seen: impl IntoIterator<Item = Does>,
) -> Option<KindFound> {
    let mut found = None;
    for does in seen {
        let ran = place.last.map_or(Seconds::ZERO, |(at, _)| at) + millis(10);
        found = kinds.saw((family, ONE), place, (does, ran));
    }
    found
}

#[test]
fn two_looks_that_agree_move_a_place_and_one_does_not() {
    use Does::{Disk, Run, Sleep};
    let mut kinds = kinds(1, 1);
    kinds.family(1).begun = true;
    let mut place = kinds.take(0, ONE);
    assert_eq!(look(&mut kinds, 0, &mut place, [Sleep]), None);
    assert_eq!(kinds.short_of(1, ONE), Some(Kind::Cpu), "once is nothing");
    assert_eq!(look(&mut kinds, 0, &mut place, [Run, Disk]), None);
    let found = look(&mut kinds, 0, &mut place, [Sleep]).unwrap();
    assert_eq!((found.kind, found.share), (Kind::Wait, None));
    assert_eq!(kinds.short_of(1, ONE), None, "its place is free for others that compute");
    assert_eq!(kinds.short_of(0, ONE), Some(Kind::Wait), "and its family waits");
    // it computes after all: more than the places there are, for a while
    let other = kinds.take(1, ONE);
    let found = look(&mut kinds, 0, &mut place, [Run, Run]).unwrap();
    assert_eq!(found.kind, Kind::Cpu);
    kinds.give(other, ONE);
    assert_eq!(kinds.short_of(1, ONE), Some(Kind::Cpu));
    kinds.give(place, ONE);
    assert_eq!((kinds.cpu, kinds.wait), (0, 0));
}

#[test]
fn where_one_has_ended_more_looks_have_to_agree() {
    let mut kinds = kinds(1, 1);
    let place = kinds.take(0, ONE);
    kinds.ended(0, place, &work(100, 2));
    kinds.give(place, ONE);
    let mut place = kinds.take(0, ONE);
    look(&mut kinds, 0, &mut place, vec![Does::Run; 7]);
    assert_eq!(place.kind, Some(Kind::Wait), "an interpreter begins");
    look(&mut kinds, 0, &mut place, [Does::Run]);
    assert_eq!((place.kind, kinds.of(0)), (Some(Kind::Cpu), Kind::Wait), "this one computes");
}

#[test]
fn who_is_kept_off_the_cpus_computes_all_the_same() {
    use Does::{Run, Sleep};
    let mut kinds = kinds(1, 1);
    let mut place = kinds.take(0, ONE);
    assert_eq!(look(&mut kinds, 0, &mut place, [Run; 9]), None);
    assert_eq!(kinds.ended(0, place, &work(1000, 90)), None, "nine others had the CPU, too");
    // a sixth of its time it sleeps, and of the rest it has a fifth
    let mut place = kinds.take(1, ONE);
    look(&mut kinds, 1, &mut place, (0..60).map(|at| if at % 6 == 0 { Sleep } else { Run }));
    let found = kinds.ended(1, place, &work(600, 100)).unwrap();
    assert!(found.share.is_some_and(|share| (share - 0.5).abs() < 1e-9), "{found:?}");
    // an interpreter begins in a crowd, and waits for the rest of its time
    let mut place = kinds.take(4, ONE);
    look(&mut kinds, 4, &mut place, [[Run; 9], [Sleep; 9]].concat());
    let found = kinds.ended(4, place, &work(900, 20));
    assert_eq!((found, kinds.of(4)), (None, Kind::Wait), "so it had been found already");
    // too short to be looked at
    let place = kinds.take(2, ONE);
    let pushed = Work { preempted: 9, ..work(100, 6) };
    assert_eq!(kinds.ended(2, place, &pushed), None);
    assert_eq!(kinds.ended(3, place, &work(100, 6)).map(|found| found.kind), Some(Kind::Wait));
}

#[test]
fn one_that_lies_between_does_not_go_to_and_fro() {
    let mut kinds = kinds(1, 1);
    let place = Place::default();
    let changes = (0..100).filter(|n| {
        let cpu = if n % 2 == 0 { 64 } else { 76 };
        kinds.ended(0, place, &work(100, cpu)).is_some()
    });
    assert!(changes.count() <= 1);
    let changes = (0..20).filter(|_| kinds.ended(0, place, &work(100, 99)).is_some());
    assert!(changes.count() <= 1);
    assert_eq!(kinds.of(0), Kind::Cpu, "it is another now");
}

#[test]
fn what_is_wider_than_its_kind_takes_all_of_it() {
    let mut kinds = kinds(2, 4);
    for family in 0..2 {
        kinds.family(family).begun = true;
    }
    let narrow = kinds.take(0, ONE);
    assert_eq!(kinds.short_of(1, 5 * ONE), Some(Kind::Cpu));
    kinds.give(narrow, ONE);
    assert_eq!(kinds.short_of(1, 5 * ONE), None);
    let wide = kinds.take(1, 5 * ONE);
    assert_eq!(kinds.short_of(0, 1), Some(Kind::Cpu));
    kinds.give(wide, 5 * ONE);
    assert_eq!(kinds.short_of(0, 2 * ONE), None);
}

#[test]
fn one_of_whom_nothing_is_known_is_tried_beside_those_that_compute() {
    use Does::{Run, Sleep};
    let mut kinds = kinds(1, 2);
    let first = kinds.take(0, ONE);
    let mut tried = kinds.take(1, ONE);
    assert_eq!(kinds.short_of(2, ONE), Some(Kind::Cpu), "one at a time");
    assert_eq!(look(&mut kinds, 1, &mut tried, [Run, Run]), None, "as was assumed");
    assert_eq!(kinds.short_of(2, ONE), Some(Kind::Cpu), "there is one too many");
    kinds.give(tried, ONE);
    assert_eq!(kinds.short_of(1, ONE), Some(Kind::Cpu), "it is known now");
    let mut tried = kinds.take(2, ONE);
    let found = look(&mut kinds, 2, &mut tried, [Sleep, Sleep]);
    assert_eq!(found.map(|found| found.kind), Some(Kind::Wait));
    assert_eq!([kinds.short_of(2, ONE), kinds.short_of(3, ONE)], [None, None]);
    // one that ends, or comes to nothing, before it is known
    let tried = kinds.take(3, ONE);
    assert_eq!(kinds.short_of(4, ONE), Some(Kind::Cpu));
    kinds.give(tried, ONE);
    assert_eq!(kinds.short_of(4, ONE), None);
    kinds.give(first, ONE);
}

#[test]
fn looks_come_soon_twice_then_ever_later() {
    let mut at = 0;
    let looks: Vec<i64> = (0..8)
        .map(|_| {
            at += pause(millis(at)).as_micros() / 1000;
            at
        })
        .collect();
    assert_eq!(looks, [10, 20, 30, 45, 67, 100, 150, 225]);
}

fn spec(seq: u64, family: u32) -> Spec {
    Spec { seq, family, ..Spec::default() }
}

fn lines(kinds: Option<KindLimits>, jobs: u32) -> Config {
    Config { jobs, kinds, feeding: Feeding::Lines, ..Config::default() }
}

/// Most that run at once of each of two families.
fn at_once(sim: &Sim, family: impl Fn(u64) -> usize) -> [usize; 2] {
    use crate::sim::Entry;
    let (mut now, mut most) = ([0usize; 2], [0usize; 2]);
    let mut of = BTreeMap::new();
    for (_, entry) in &sim.log {
        match entry {
            Entry::Read(key, seq) => drop(of.insert(*key, family(*seq))),
            Entry::Asked(Action::Spawn { key, .. }) => {
                now[of[key]] += 1;
                most[of[key]] = most[of[key]].max(now[of[key]]);
            }
            Entry::Asked(Action::End(ended)) => now[of[&ended.key]] -= 1,
            _ => {}
        }
    }
    most
}

#[test]
fn those_that_wait_go_on_beside_those_that_compute() {
    let limits = KindLimits { cpu: 2, wait: 16 };
    let mut sim = Sim::new(lines(Some(limits), limits.all()), Faults::default(), 1);
    for seq in 1..=64u64 {
        let waits = seq > 4;
        let does = if waits { Does::Sleep } else { Does::Run };
        let script = Script { runs: Seconds::from_secs(10), does, ..Script::default() };
        sim.add_later(Seconds::ZERO, spec(seq, u32::from(waits)), script);
    }
    sim.run().unwrap();
    assert_eq!(at_once(&sim, |seq| usize::from(seq > 4)), [2, 16]);
    // sixty that wait, sixteen at once; the four that compute are long over by then
    assert!(sim.now < Seconds::from_micros(40_100_000), "{}", sim.now);
}

#[test]
fn lines_are_read_ahead_until_one_is_of_the_other_kind() {
    let limits = KindLimits { cpu: 1, wait: 8 };
    let mut sim = Sim::new(lines(Some(limits), limits.all()), Faults::default(), 1);
    for seq in 1..=109u64 {
        // one of each, a crowd that computes, and then the rest of those that wait
        let waits = seq == 1 || seq > 101;
        let does = if waits { Does::Sleep } else { Does::Run };
        let script = Script { runs: Seconds::from_secs(1), does, ..Script::default() };
        sim.add_later(Seconds::ZERO, spec(seq, u32::from(waits)), script);
    }
    sim.run().unwrap();
    assert!(sim.now < Seconds::from_micros(100_100_000), "{}", sim.now);
    let last = sim.spans().into_iter().map(|(_, start, _)| start).filter(|at| *at < millis(500));
    assert_eq!(last.count(), 9, "one that computes, and eight that wait");
}

/// Operations of a load: it computes so long, then it waits so long.
type Load = Vec<(u32, f64, f64)>;

/// One that waits for ten seconds after it has computed on a CPU that sixteen share, and
/// one that computes: its place is free again as soon as the crowd is over.
#[test]
fn a_place_is_given_back_soon_after_a_crowd() {
    let limits = KindLimits { cpu: 1, wait: 16 };
    let mut load: Load = vec![(1, 0.001, 0.1)];
    load.extend(vec![(1, 0.1, 10.0); 16]);
    load.extend(vec![(0, 0.1, 0.0); 120]);
    let both = wall(&load, lines(Some(limits), limits.all()), 1.0);
    // the crowd, sixteen tenths of a second, and twelve seconds of those that compute
    assert!(both < 14.0, "{both}");
}

/// One that runs: what is left of both.
#[derive(Clone, Copy, Debug)]
struct Runs {
    key: Key,
    cpu: f64,
    wait: f64,
    begun: f64,
    worked: f64,
}

/// The wall time of a load on so many CPUs that all who compute share.
fn wall(load: &Load, config: Config, cpus: f64) -> f64 {
    let mut engine = Engine::new(config);
    let (mut now, mut next, mut ended) = (0.0f64, 0usize, false);
    let mut running: Vec<Runs> = Vec::new();
    let clock = |now: f64| Seconds::from_f64(now);
    let mut of: BTreeMap<Key, usize> = BTreeMap::new();
    loop {
        while next < load.len() && engine.wants_input(clock(now)) {
            let family = load[next].0;
            let spec = Box::new(spec(next as u64 + 1, family));
            engine.handle(clock(now), Input::Op(next as Key, spec));
            of.insert(next as Key, next);
            next += 1;
        }
        if next == load.len() && !ended {
            ended = true;
            engine.handle(clock(now), Input::EndOfInput);
        }
        let mut said = false;
        while let Some(action) = engine.poll(clock(now)) {
            said = true;
            match action {
                Action::Done => return now,
                Action::Spawn { key, .. } => {
                    let (_, cpu, wait) = load[of[&key]];
                    running.push(Runs { key, cpu, wait, begun: now, worked: 0.0 });
                }
                Action::Observe(key) => {
                    let one = running.iter().find(|one| one.key == key).unwrap();
                    let does = if one.cpu > 0.0 { Does::Run } else { Does::Sleep };
                    engine.handle(clock(now), Input::Does(key, does));
                }
                _ => {}
            }
        }
        if said {
            continue;
        }
        let busy = running.iter().filter(|one| one.cpu > 0.0).count() as f64;
        let speed = (cpus / busy.max(1.0)).min(1.0);
        let lasts = |one: &Runs| if one.cpu > 0.0 { one.cpu / speed } else { one.wait };
        let event = running.iter().map(lasts).fold(f64::INFINITY, f64::min);
        let due = engine.deadline().map_or(f64::INFINITY, |at| at.as_f64() - now);
        let step = event.min(due).max(1e-6);
        assert!(step.is_finite(), "it hangs at {now}");
        now += step;
        for one in &mut running {
            if one.cpu > 0.0 {
                one.worked += (step * speed).min(one.cpu);
                one.cpu -= step * speed;
                if one.cpu < 1e-6 {
                    one.cpu = 0.0;
                }
            } else {
                one.wait -= step;
            }
        }
        let over: Vec<Runs> =
            running.iter().filter(|one| one.cpu <= 0.0 && one.wait < 1e-6).copied().collect();
        running.retain(|one| one.cpu > 0.0 || one.wait >= 1e-6);
        for one in over {
            let (wall, cpu) = (clock(now - one.begun), clock(one.worked));
            let took = Work { wall, cpu, waits: 1, ..Work::default() };
            engine.handle(clock(now), Input::Exited(one.key, Ending::Exit(0)));
            engine.handle(clock(now), Input::Took(one.key, took));
            engine.handle(clock(now), Input::Over(one.key, None));
        }
    }
}

#[test]
fn mixed_loads_take_no_longer_than_with_the_best_single_number() {
    const CPUS: u32 = 4;
    let limits = KindLimits { cpu: CPUS, wait: 32 };
    for seed in 0..40u64 {
        let mut state = seed;
        let mut part = || {
            state = splitmix(state);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let share = 0.2 + 0.6 * part();
        let (cpu, wait) = (0.05 + 0.3 * part(), 0.1 + 0.9 * part());
        let load: Load = (0..400)
            .map(|_| {
                let spread = 0.8 + 0.4 * part();
                match part() < share {
                    true => (0, cpu * spread, 0.0),
                    // an interpreter begins
                    false => (1, 0.02, wait * spread),
                }
            })
            .collect();
        let best = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]
            .map(|jobs| wall(&load, lines(None, jobs), f64::from(CPUS)))
            .into_iter()
            .fold(f64::INFINITY, f64::min);
        let both = wall(&load, lines(Some(limits), limits.all()), f64::from(CPUS));
        assert!(both <= best * 1.05, "seed {seed}: {both} beside {best}");
    }
}
