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

const WORKS: [(&str, Server, u32); 11] = [
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

#[test]
fn nearly_as_fast_as_the_best_of_a_sweep() {
    let mut regrets: Vec<f64> = Vec::new();
    for (name, server, ops) in WORKS {
        let walls = SWEEP.map(|n| run(server, Slots::Fixed(n), (Until::Ops(ops), 1)).wall);
        let best = walls.iter().copied().fold(f64::INFINITY, f64::min);
        let at = SWEEP[walls.iter().position(|wall| *wall == best).unwrap_or(0)];
        let trace = run(server, Slots::Adapted(rules(None)), (Until::Ops(ops), 1));
        let regret = trace.wall / best;
        println!("{name:12} {:8.2} s, {best:8.2} with {at}: {regret:.3}", trace.wall);
        regrets.push(regret);
    }
    regrets.sort_by(f64::total_cmp);
    let (median, worst) = (regrets[regrets.len() / 2], regrets[regrets.len() - 1]);
    assert!(median <= 1.05 && worst <= 1.15, "median {median:.3}, worst {worst:.3}");
}
