//! Wall time with the controller beside that of the best fixed number of slots.

use super::knee::WITH_KNEE;
use super::rules;
use super::servers::{Server, Slots, Until, run};
use super::std::println;
use alloc::vec::Vec;

const SWEEP: [u32; 10] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32];

/// A processor is shared; changing between tasks costs a little.
fn shared(cpus: f64, n: f64) -> f64 {
    (cpus / n).min(1.0) / (1.0 + 0.002 * (n - cpus).max(0.0))
}

/// Beyond five each one more slows all down, and no reading of the machine shows it.
fn collapse(n: f64, _: f64) -> f64 {
    if n <= 5.0 { 1.0 } else { 5.0 / n / (1.0 + 0.15 * (n - 5.0)) }
}

const WORKS: [(&str, Server, u32); 13] = [
    ("cpu", Server { speed: |n, _| shared(2.0, n), cpu: 1.0, ..WITH_KNEE }, 200),
    (
        "waits 1 s",
        Server { size: 1.0, spread: 0.0, speed: |_, _| 1.0, cpu: 0.001, ..WITH_KNEE },
        96,
    ),
    ("waits 0.1 s", Server { spread: 0.0, speed: |_, _| 1.0, cpu: 0.01, ..WITH_KNEE }, 640),
    (
        "waits 60 s",
        Server { size: 60.0, spread: 0.5, speed: |_, _| 1.0, cpu: 0.0, ..WITH_KNEE },
        320,
    ),
    (
        "disk",
        Server { size: 0.03, speed: |n, _| (3.0 / n).min(1.0), cpu: 0.1, disk: 0.8, ..WITH_KNEE },
        1500,
    ),
    (
        "network",
        Server { size: 0.05, speed: |n, _| (6.0 / n).min(1.0), cpu: 0.02, ..WITH_KNEE },
        1500,
    ),
    (
        "memory",
        Server {
            size: 0.2,
            speed: |n, _| if n <= 5.0 { 1.0 } else { 5.0 / n / (1.0 + 0.2 * (n - 5.0)) },
            cpu: 0.1,
            memory: 0.15,
            ..WITH_KNEE
        },
        400,
    ),
    ("collapse", Server { size: 0.05, speed: collapse, cpu: 0.02, ..WITH_KNEE }, 400),
    ("collapse 0.1 s", Server { speed: collapse, cpu: 0.02, ..WITH_KNEE }, 400),
    (
        "mixed",
        Server { size: 0.1, speed: |n, _| (2.0 / (0.5 * n)).min(1.0), cpu: 0.5, ..WITH_KNEE },
        600,
    ),
    ("knee", WITH_KNEE, 2000),
    (
        "moving",
        Server {
            speed: |n, at| {
                if at % 20.0 < 10.0 { 1.0f64.min(12.0 / n) } else { 1.0f64.min(4.0 / n) }
            },
            ..WITH_KNEE
        },
        4000,
    ),
    ("short", Server { size: 0.001, speed: |n, _| shared(2.0, n), cpu: 0.7, ..WITH_KNEE }, 20_000),
];

/// A run as long as these is started many times a day: the worst of four counts.
#[test]
fn nearly_as_fast_as_the_best_of_a_sweep() {
    let mut regrets: Vec<f64> = Vec::new();
    for (name, server, ops) in WORKS {
        let walls = SWEEP.map(|n| run(server, Slots::Fixed(n), (Until::Ops(ops), 1)).wall);
        let best = walls.iter().copied().fold(f64::INFINITY, f64::min);
        let at = SWEEP[walls.iter().position(|wall| *wall == best).unwrap_or(0)];
        let auto = |seed| run(server, Slots::Adapted(rules(None)), (Until::Ops(ops), seed)).wall;
        let wall = (1..5).map(auto).fold(0.0, f64::max);
        let regret = wall / best;
        println!("{name:14} {wall:8.2} s, {best:8.2} with {at}: {regret:.3}");
        regrets.push(regret);
    }
    regrets.sort_by(f64::total_cmp);
    let (median, worst) = (regrets[regrets.len() / 2], regrets[regrets.len() - 1]);
    assert!(median <= 1.05 && worst <= 1.15, "median {median:.3}, worst {worst:.3}");
}

#[test]
fn memory_that_shrinks_holds_the_slow_start_back() {
    let server = Server { size: 10.0, speed: |_, _| 1.0, memory: 0.03, ..WITH_KNEE };
    let trace = run(server, Slots::Adapted(rules(None)), (Until::Time(5.0), 1));
    let most = trace.levels.iter().map(|(_, level)| *level).max();
    assert!(most.is_some_and(|most| (6..=28).contains(&most)), "{:?}", trace.changes);
}

#[test]
fn a_slow_start_that_did_harm_goes_back() {
    let server = Server { size: 0.05, speed: collapse, cpu: 0.02, ..WITH_KNEE };
    let trace = run(server, Slots::Adapted(rules(None)), (Until::Time(10.0), 1));
    let back = trace.changes.iter().position(|change| change.reason.starts_with("back: "));
    let Some(at) = back else { panic!("{:?}", trace.changes) };
    assert!(trace.levels[at].1 > trace.levels[at + 1].1, "{:?}", trace.changes);
    assert!(trace.levels[at + 1].0 < 1.0, "soon: {:?}", trace.levels);
}

#[test]
fn where_nobody_stands_in_anothers_way_fewer_are_not_tried_soon() {
    let server = Server { spread: 0.0, speed: |_, _| 1.0, cpu: 0.01, ..WITH_KNEE };
    let trace = run(server, Slots::Adapted(rules(None)), (Until::Time(1.5), 1));
    assert!(trace.levels.is_sorted_by_key(|(_, level)| *level), "{:?}", trace.levels);
    assert_eq!(trace.levels.last().map(|(_, level)| *level), Some(32));
}
