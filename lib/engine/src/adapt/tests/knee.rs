//! A server with a knee: up to so many at once each has its full speed, beyond that they
//! share, and stand in each other's way.

use super::rules;
use super::servers::{Server, Slots, Until, run};
use crate::adapt::Adapt;
use alloc::vec::Vec;
use super::std::println;

fn knee(at: f64, n: f64) -> f64 {
    if n <= at { 1.0 } else { at / n / (1.0 + 0.01 * (n - at)) }
}

pub(super) const WITH_KNEE: Server = Server {
    size: 0.1,
    spread: 0.3,
    speed: |n, at| if at < 30.0 { knee(8.0, n) } else { knee(4.0, n) },
    cpu: 0.05,
    disk: 0.0,
    cpus: 2,
    memory: 0.0,
    start: 0.0005,
};

#[test]
fn a_knee_is_found_and_followed() {
    let mut bad = Vec::new();
    for seed in 0..200 {
        let trace = run(WITH_KNEE, Slots::Adapted(rules(None)), (Until::Time(60.0), seed));
        let first = trace.usual(20.0, 30.0);
        let second = trace.usual(50.0, 60.0);
        let late = trace.between(50.0, 60.0);
        let swing = late.iter().max().unwrap_or(&0) - late.iter().min().unwrap_or(&0);
        if !(7..=9).contains(&first) || !(3..=5).contains(&second) || swing > 2 {
            bad.push((seed, first, second, swing));
        }
        if seed == 1 || seed == 3 {
            for ((at, level), change) in trace.levels[1..].iter().zip(&trace.changes) {
                println!("{at:.3} {level} {}", change.reason);
            }
        }
    }
    assert!(bad.is_empty(), "{} of 200: {bad:?}", bad.len());
}

#[test]
fn manners_differ_as_they_are_named() {
    let server = Server { size: 0.1, speed: |n, _| knee(24.0, n), ..WITH_KNEE };
    let found = [Adapt::Aggressive, Adapt::Conservative, Adapt::Stepwise].map(|adapt| {
        let trace = run(server, Slots::Adapted(rules(Some(adapt))), (Until::Time(60.0), 1));
        let overshoot = trace.levels.iter().map(|(_, level)| *level).max().unwrap_or(0);
        // from when on it stays near
        let near = |level: u32| (21..=32).contains(&level);
        let last = trace.levels.iter().rposition(|(_, level)| !near(*level)).map_or(0, |at| at + 1);
        let since = trace.levels.get(last).map_or(60.0, |(at, _)| *at);
        (overshoot, since)
    });
    println!("{found:?}");
}
