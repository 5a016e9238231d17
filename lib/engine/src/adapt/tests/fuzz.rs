//! Whatever a controller is told, a run with it comes to its end.

use super::servers::Random;
use crate::adapt::{Adapt, AdaptRules, Controller, Own, Reading, Work};
use crate::engine::{Config, Engine, Feeding};
use crate::machine::{CpuTime, Machine, Stalled};
use crate::message::{Action, Ending, Input};
use crate::op::Key;
use alloc::boxed::Box;
use alloc::vec::Vec;
use record::Seconds;

/// A time as it may come: none, before all others, after all, or anything.
fn time(random: &mut Random) -> Seconds {
    Seconds::from_micros(match random.next() % 6 {
        0 => 0,
        1 => i64::MIN,
        2 => i64::MAX,
        3 => -((random.next() % 1_000_000) as i64),
        _ => (random.next() % 10_000_000) as i64,
    })
}

fn number(random: &mut Random) -> u64 {
    match random.next() % 4 {
        0 => 0,
        1 => u64::MAX,
        _ => random.next() % 1_000_000,
    }
}

fn some<T>(random: &mut Random, value: fn(&mut Random) -> T) -> Option<T> {
    if !random.next().is_multiple_of(3) { Some(value(random)) } else { None }
}

fn reading(random: &mut Random) -> Reading {
    let own = Own {
        busy: number(random) as u32,
        disk: number(random) as u32,
        asleep: number(random) as u32,
    };
    let machine = Machine {
        load: some(random, number),
        available: some(random, number),
        total: some(random, number),
        group: some(random, |random| (number(random), number(random))),
        own: None,
        swapped: None,
        cpu: some(random, |random| CpuTime { busy: time(random), all: time(random) }),
        stalled: Stalled {
            cpu: some(random, time),
            memory: some(random, time),
            io: some(random, time),
        },
    };
    Reading { machine, own }
}

fn work(random: &mut Random) -> Work {
    Work {
        wall: time(random),
        cpu: time(random),
        blocks: number(random),
        waits: number(random),
        preempted: number(random),
        rss: number(random),
    }
}

fn rules(random: &mut Random) -> AdaptRules {
    let adapts = [None, Some(Adapt::Aggressive), Some(Adapt::Conservative), Some(Adapt::Stepwise)];
    AdaptRules {
        least: number(random) as u32 % 40,
        most: number(random) as u32,
        cpus: number(random) as u32,
        every: time(random),
        adapt: adapts[random.next() as usize % 4],
    }
}

/// A run of operations whose ends come in any order, with a controller that is lied to.
fn run(seed: u64) {
    let mut random = Random(seed);
    let rules = rules(&mut random);
    let mut control = Controller::new(rules, time(&mut random));
    let config = Config { jobs: control.level(), feeding: Feeding::Lines, ..Config::default() };
    let mut engine = Engine::new(config);
    let (mut now, mut running, mut fed, mut ended): (_, Vec<Key>, _, _) =
        (Seconds::ZERO, Vec::new(), 0, 0);
    for _ in 0..100_000 {
        while fed < 60 && engine.wants_input(now) {
            engine.handle(now, Input::Op(fed, Box::default()));
            fed += 1;
            if fed == 60 {
                engine.handle(now, Input::EndOfInput);
            }
            while let Some(action) = engine.poll(now) {
                match action {
                    Action::Spawn { key, .. } => {
                        running.push(key);
                        control.started(time(&mut random), key, random.next() as u32);
                    }
                    Action::Done => return,
                    _ => {}
                }
            }
        }
        now += Seconds::from_micros((random.next() % 100_000) as i64);
        if random.next().is_multiple_of(2) && !running.is_empty() {
            let key = running.swap_remove(random.next() as usize % running.len());
            engine.handle(now, Input::Exited(key, Ending::Exit(0)));
            engine.handle(now, Input::Over(key, None));
            ended += 1;
            // now and then of one that was never started
            let told = if random.next().is_multiple_of(9) { random.next() as Key } else { key };
            control.ended(time(&mut random), told, &work(&mut random));
        }
        let at = time(&mut random);
        if let Some(change) = control.look(at, &reading(&mut random)) {
            engine.handle(now, Input::Slots(change.to));
        }
        let level = control.level();
        let most = rules.most.max(rules.least).max(1);
        assert!(level >= rules.least.max(1) && level <= most, "seed {seed}: {level} of {rules:?}");
        while let Some(action) = engine.poll(now) {
            match action {
                Action::Spawn { key, .. } => {
                    running.push(key);
                    control.started(time(&mut random), key, random.next() as u32);
                }
                Action::Done => return,
                _ => {}
            }
        }
    }
    panic!("seed {seed}: {ended} of 60 have ended");
}

#[test]
fn a_run_ends_whatever_the_controller_is_told() {
    (0..3000).for_each(run);
}
