//! A server with a knee: up to so many at once each has its full speed, beyond that they
//! share, and stand in each other's way.

use super::rules;
use super::servers::{Server, Slots, Until, run};
use crate::adapt::Adapt;
use alloc::vec::Vec;

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
        let trace = run(WITH_KNEE, Slots::Adapted(rules(None)), (Until::Time(75.0), seed));
        let first = trace.usual(20.0, 30.0);
        let second = trace.usual(65.0, 75.0);
        let late = trace.between(65.0, 75.0);
        let swing = late.iter().map(|level| level.abs_diff(second)).max().unwrap_or(0);
        if !(7..=9).contains(&first) || !(3..=5).contains(&second) || swing > 2 {
            bad.push((seed, first, second, swing));
        }
    }
    assert!(bad.is_empty(), "{} of 200: {bad:?}", bad.len());
}

#[test]
fn manners_differ_as_they_are_named() {
    let server = Server { speed: |n, _| knee(12.0, n), ..WITH_KNEE };
    let found = [Adapt::Aggressive, Adapt::Conservative, Adapt::Stepwise].map(|adapt| {
        let (mut most, mut reached) = (0.0, 0.0);
        for seed in 0..20 {
            let trace = run(server, Slots::Adapted(rules(Some(adapt))), (Until::Time(40.0), seed));
            most += f64::from(trace.levels.iter().map(|(_, level)| *level).max().unwrap_or(0));
            let near = trace.levels.iter().find(|(_, level)| *level >= 11);
            reached += near.map_or(40.0, |(at, _)| *at);
        }
        (most / 20.0 - 12.0, reached / 20.0)
    });
    let [bold, careful, steps] = found;
    assert!(bold.0 > careful.0 && careful.0 > steps.0 && steps.0 > 0.0, "overshoot: {found:?}");
    assert!(bold.1 < careful.1 && careful.1 < steps.1 && steps.1 < 20.0, "time: {found:?}");
}

#[test]
fn a_step_that_does_not_help_is_undone() {
    let server = Server { speed: |n, _| knee(8.0, n), ..WITH_KNEE };
    let trace = run(server, Slots::Adapted(rules(None)), (Until::Time(30.0), 5));
    let undone = |pair: &[((f64, u32), &crate::adapt::Change)]| {
        pair[1].1.reason.starts_with("back: ") && pair[0].1.reason.contains("experiment")
    };
    let told: Vec<_> = trace.levels[1..].iter().copied().zip(&trace.changes).collect();
    assert!(told.windows(2).any(undone), "{:?}", trace.changes);
    // and the level is then what it was before
    for at in 2..told.len() {
        if undone(&told[at - 1..=at]) {
            assert_eq!(told[at].0.1, told[at - 2].0.1, "{:?}", &told[at - 2..=at]);
        }
    }
}
