//! Many seeds. A run that breaks a rule is told with the command that repeats it.

extern crate std;

use super::judge::judge;
use super::random::case;
use super::*;
use std::println;
use std::string::String;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

/// Seeds of the everyday test; `scripts/soak sim` has more: `SIM_SEEDS=FROM..TO`.
const SEEDS: core::ops::Range<u64> = 0..10_000;

/// Runs a seed: its run, and what is wrong with it.
fn try_seed(seed: u64) -> (Sim, Result<(), String>) {
    let mut case = case(seed);
    let verdict = match case.sim.run() {
        None => Err("it hangs".to_string()),
        Some(()) => judge(&case),
    };
    (case.sim, verdict)
}

/// Everything that was said, a line each: the same bytes from the same seed.
fn trace(sim: &Sim) -> String {
    sim.log.iter().map(|(at, entry)| format!("{at} {entry:?}\n")).collect()
}

fn seeds() -> core::ops::Range<u64> {
    let Ok(given) = std::env::var("SIM_SEEDS") else { return SEEDS };
    let (from, to) = given.split_once("..").unwrap_or((&given, ""));
    let from = from.parse().expect("SIM_SEEDS=FROM..TO or SIM_SEEDS=ONE");
    from..to.parse().unwrap_or(from + 1)
}

#[test]
fn random_runs_end_and_keep_the_rules() {
    let seeds = seeds();
    let alone = seeds.end - seeds.start == 1;
    let next = AtomicU64::new(seeds.start);
    let wrong = Mutex::new(Vec::new());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let tried = std::panic::catch_unwind(|| try_seed(seed));
            let (sim, verdict) = match tried {
                Ok((sim, verdict)) => (Some(sim), verdict),
                Err(_) => (None, Err("it panics".to_string())),
            };
            if let Err(what) = verdict {
                wrong.lock().unwrap().push((seed, what));
            }
            if let Some(sim) = sim.filter(|_| alone) {
                println!("{}", trace(&sim));
            }
        }
    };
    std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get());
        (0..threads).for_each(|_| drop(scope.spawn(work)));
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    let count = seeds.end - seeds.start;
    println!("{count} seeds, {} broke a rule", wrong.len());
    for (seed, what) in wrong.iter().take(5) {
        println!("seed {seed}: {what}");
        println!("  again: SIM_SEEDS={seed} cargo test -p engine random_runs -- --nocapture");
    }
    assert!(wrong.is_empty(), "{} of {count} seeds broke a rule", wrong.len());
}

#[test]
fn a_seed_is_repeated_byte_for_byte() {
    for seed in 0..200 {
        let traces = [(); 2].map(|()| {
            let mut case = case(seed);
            case.sim.run();
            trace(&case.sim)
        });
        assert!(traces[0] == traces[1], "seed {seed}");
    }
}
