use super::*;
use crate::arrival::{Arrivals, Pattern, Ramp, RampForm};
use crate::check::Fault;
use crate::engine::{Fallback, Feeding};
use crate::gate::GateRules;
use crate::halt::{Halt, HaltWhen};
use crate::op::Alternative;
use crate::timeout::Timeout;
use crate::tokens::Pool;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec;
use record::{Amount, Manners, Need};

mod admission;
mod again;
mod arrival;
mod control;
mod follow;
mod judge;
mod random;
mod seeds;
mod set_up;

fn secs(seconds: i64) -> Seconds {
    Seconds::from_secs(seconds)
}

fn spec(id: &str, seq: u64, needs: &[&str]) -> Spec {
    Spec {
        id: id.to_string(),
        seq,
        needs: needs.iter().map(|id| Need::from(*id)).collect(),
        duration: secs(1),
        ..Spec::default()
    }
}

fn locking(name: &str, spec: Spec) -> Spec {
    Spec { locks: vec![LockAsk::exclusive(name)], ..spec }
}

fn lasting(seconds: i64) -> Script {
    Script { runs: secs(seconds), ..Script::default() }
}

fn failing(status: i32) -> Script {
    Script { endings: vec![Ending::Exit(status)], ..Script::default() }
}

fn sim(jobs: u32) -> Sim {
    Sim::new(Config { jobs, ..Config::default() }, Faults::default(), 1)
}

/// Signals that were sent, and when.
fn signals(sim: &Sim) -> Vec<(Seconds, i32)> {
    let signal = |(at, action): (Seconds, &Action)| match action {
        Action::Signal(_, signal) => Some((at, *signal)),
        _ => None,
    };
    sim.actions().filter_map(signal).collect()
}

fn go(sim: &mut Sim) -> BTreeMap<Key, (Outcome, String)> {
    assert_eq!(sim.engine.check(), []);
    sim.run().expect("the engine hangs");
    sim.results()
}

#[test]
fn no_barriers_and_the_longest_tail_first() {
    let mut sim = sim(2);
    // a(1) -> b(5); c(3): with two slots a and c start, b when a ends, not when c does
    let mut b = spec("b", 2, &["a"]);
    b.duration = secs(5);
    sim.add(0, spec("a", 1, &[]), lasting(1));
    sim.add(1, b, lasting(5));
    sim.add(2, spec("c", 3, &[]), lasting(3));
    sim.add(3, spec("d", 4, &[]), lasting(1));
    go(&mut sim);
    let start = |key| sim.spans().iter().find(|span| span.0 == key).map(|span| span.1);
    assert_eq!(start(0), Some(secs(0)));
    assert_eq!(start(1), Some(secs(1)));
    assert_eq!(start(2), Some(secs(0)));
    assert_eq!(sim.now, secs(6));
}

#[test]
fn a_failure_skips_dependents_and_says_why() {
    let mut sim = sim(2);
    sim.add(0, spec("a", 1, &[]), failing(7));
    sim.add(1, spec("b", 2, &["a"]), lasting(1));
    sim.add(2, spec("c", 3, &["b"]), lasting(1));
    let mut weak = spec("d", 4, &[]);
    weak.needs = vec![Need { id: "a".into(), weak: true, optional: false }];
    sim.add(3, weak, lasting(1));
    let results = go(&mut sim);
    assert_eq!(results[&0], (Outcome::Failure, "exit 7".into()));
    assert_eq!(results[&1], (Outcome::Skip, "needs a, which failed".into()));
    assert_eq!(results[&2], (Outcome::Skip, "needs b, which was skipped".into()));
    assert_eq!(results[&3].0, Outcome::Success);
    assert_eq!(sim.engine.tally().failed(), 1);
}

#[test]
fn a_lock_is_waited_for_without_a_slot() {
    let mut sim = sim(2);
    sim.add(0, locking("msi", spec("a", 1, &[])), lasting(10));
    sim.add(1, locking("msi", spec("b", 2, &[])), lasting(1));
    for key in 2..10 {
        sim.add(key, spec(&format!("x{key}"), u64::from(key) + 1, &[]), lasting(1));
    }
    go(&mut sim);
    let spans = sim.spans();
    let of = |key| spans.iter().find(|span| span.0 == key).copied().unwrap();
    assert_eq!(of(1).1, secs(10), "starts when the lock comes");
    assert_eq!(of(9).2, secs(8), "the others run meanwhile in the other slot");
    let ended = sim.actions().find_map(|(_, action)| match action {
        Action::End(ended) if ended.key == 1 => Some(ended.clone()),
        _ => None,
    });
    assert_eq!(ended.unwrap().blocked, [("lock:msi".to_string(), secs(10))]);
}

#[test]
fn time_in_the_queue_is_told_by_cause() {
    let config = Config {
        jobs: 2,
        resources: BTreeMap::from([("memory".to_string(), Amount::from_units(4))]),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    let greedy = |id, seq| Spec {
        resources: vec![("memory".to_string(), Amount::from_units(3))],
        ..spec(id, seq, &[])
    };
    sim.add(0, greedy("a", 1), lasting(4));
    sim.add(1, greedy("b", 2), lasting(1));
    sim.add(2, spec("c", 3, &[]), lasting(3));
    sim.add(3, spec("d", 4, &[]), lasting(1));
    go(&mut sim);
    let blocked = |key| {
        sim.actions().find_map(|(_, action)| match action {
            Action::End(ended) if ended.key == key => Some(ended.blocked.clone()),
            _ => None,
        })
    };
    // b: slots full 0-3 (a, c) and 3-4 (a, d)
    assert_eq!(blocked(3), Some(vec![("slot".to_string(), secs(3))]));
    assert_eq!(blocked(1), Some(vec![("slot".to_string(), secs(4))]));
    assert_eq!(sim.engine.tally().count(Outcome::Success), 4);
}

#[test]
fn timeout_term_grace_kill() {
    let config = Config { timeout: Some(Timeout::After(secs(10))), ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("a", 1, &[]), Script { on_term: None, ..lasting(1000) });
    let results = go(&mut sim);
    assert_eq!(results[&0], (Outcome::Timeout, "timeout".into()));
    assert_eq!(sim.now, secs(15));
    assert_eq!(signals(&sim), [(secs(10), 15), (secs(15), 9)]);
}

#[test]
fn strays_are_ended_before_the_operation_is() {
    let mut sim = sim(1);
    sim.add(0, spec("a", 1, &[]), Script { stray: Some(secs(1000)), on_term: None, ..lasting(1) });
    let results = go(&mut sim);
    assert_eq!(results[&0].0, Outcome::Success);
    let drain = Seconds::from_micros(200_000);
    assert_eq!(sim.now, secs(6) + drain, "drain and grace after the leader's end");
}

#[test]
fn a_retry_pauses_without_a_slot() {
    let backoff = crate::Backoff { base: secs(2), jitter: 0.0, ..crate::Backoff::default() };
    let config = Config { retries: 2, backoff, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    let endings = vec![Ending::Exit(1), Ending::Exit(1), Ending::Exit(0)];
    sim.add(0, spec("a", 1, &[]), Script { endings, ..lasting(1) });
    sim.add(1, spec("b", 2, &[]), lasting(1));
    let results = go(&mut sim);
    assert_eq!(results[&0].0, Outcome::Success);
    let starts: Vec<_> = sim.spans().iter().map(|span| (span.0, span.1)).collect();
    assert_eq!(starts, [(0, secs(0)), (1, secs(1)), (0, secs(3)), (0, secs(8))]);
}

#[test]
fn each_alternative_has_its_tries_and_holds_its_own() {
    let backoff = crate::Backoff { base: secs(2), jitter: 0.0, ..crate::Backoff::default() };
    let of = |units| vec![("memory".to_string(), Amount::from_units(units))];
    for (fallback, attempts) in [(Fallback::None, 2), (Fallback::Next, 4)] {
        let config = Config {
            jobs: 2,
            retries: 1,
            backoff,
            fallback,
            resources: of(4).into_iter().collect(),
            ..Config::default()
        };
        let mut sim = Sim::new(config, Faults::default(), 1);
        let other = Alternative { duration: secs(5), resources: of(4), ..Alternative::default() };
        let one = Spec { resources: of(1), alternatives: vec![other], ..spec("a", 1, &[]) };
        sim.add(0, one, failing(1));
        // while it holds one of four this one runs beside it, and not while it holds all
        sim.add(1, Spec { resources: of(3), ..spec("b", 2, &[]) }, lasting(5));
        go(&mut sim);
        let starts: Vec<Seconds> = sim.spans().iter().filter(|s| s.0 == 0).map(|s| s.1).collect();
        assert_eq!(starts.len(), attempts);
        assert_eq!(starts[..2], [secs(0), secs(3)]);
        if fallback == Fallback::Next {
            assert_eq!(starts[2..], [secs(5), secs(8)]);
            let modes: Vec<u32> = sim
                .actions()
                .filter_map(|(_, action)| match action {
                    Action::Retry { mode, .. } => Some(*mode),
                    _ => None,
                })
                .collect();
            assert_eq!(modes, [0, 1, 1]);
        }
    }
}

#[test]
fn a_start_that_fails_for_a_lack_gives_its_locks_back() {
    let mut sim = Sim::new(
        Config { jobs: 4, ..Config::default() },
        Faults { lack: 300, until: secs(100), ..Faults::default() },
        3,
    );
    for key in 0..40 {
        let one = spec(&format!("o{key}"), u64::from(key) + 1, &[]);
        sim.add(key, locking(&format!("l{}", key % 3), one), lasting(1));
    }
    go(&mut sim);
    let mut lacks = 0;
    for pair in sim.log.windows(2) {
        if let (_, Entry::Told(Input::SpawnFailed(key, _))) = &pair[0] {
            assert_eq!(pair[1].1, Entry::Asked(Action::DropLocks(*key)));
            lacks += 1;
        }
    }
    assert!(lacks > 0);
}

#[test]
fn a_check_that_succeeds_skips_and_satisfies() {
    let mut sim = sim(1);
    let checked = Spec { has_check: true, ..spec("a", 1, &[]) };
    sim.add(0, checked.clone(), Script { check: Ending::Exit(0), ..lasting(1) });
    sim.add(1, spec("b", 2, &["a"]), lasting(1));
    sim.add(2, Spec { id: "c".into(), seq: 3, ..checked }, lasting(1));
    let results = go(&mut sim);
    assert_eq!(results[&0], (Outcome::Skip, "check".into()));
    assert_eq!(results[&1].0, Outcome::Success);
    assert_eq!(results[&2].0, Outcome::Success);
}

#[test]
fn barriers_pass_on_success_and_reasons() {
    let mut sim = sim(2);
    let barrier = |id, seq, needs: &[&str]| Spec { barrier: true, ..spec(id, seq, needs) };
    sim.add(0, spec("a", 1, &[]), lasting(1));
    sim.add(1, spec("b", 2, &[]), failing(1));
    sim.add(2, barrier("g1", 3, &["a"]), lasting(0));
    sim.add(3, barrier("g2", 4, &["g1", "b"]), lasting(0));
    sim.add(4, spec("c", 5, &["g1"]), lasting(1));
    sim.add(5, spec("d", 6, &["g2"]), lasting(1));
    let results = go(&mut sim);
    assert_eq!(results[&4].0, Outcome::Success);
    assert_eq!(results[&5], (Outcome::Skip, "needs b, which failed".into()));
    assert_eq!(sim.engine.tally().decided(), 4, "barriers are not counted");
}

#[test]
fn halts() {
    for (when, ended) in
        [(HaltWhen::Soon, Outcome::Success), (HaltWhen::Now, Outcome::Cancellation)]
    {
        let halt = Some(Halt::first_failure(when));
        let mut sim = Sim::new(Config { jobs: 2, halt, ..Config::default() }, Faults::default(), 1);
        sim.add(0, spec("a", 1, &[]), failing(3));
        sim.add(1, spec("b", 2, &[]), lasting(9));
        sim.add(2, spec("c", 3, &[]), lasting(1));
        let results = go(&mut sim);
        assert_eq!(results[&1].0, ended);
        assert_eq!(results[&2], (Outcome::Skip, "halt".into()));
        let facts = sim.engine.tally().facts();
        assert_eq!(Manners::Pgrun.status(&facts), 3);
    }
}

#[test]
fn a_whole_plan_is_checked_first() {
    let config = Config {
        resources: BTreeMap::from([("memory".to_string(), Amount::from_units(4))]),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("a", 1, &["b", "x"]), lasting(1));
    sim.add(1, spec("b", 2, &[]), lasting(1));
    sim.add(2, spec("b", 3, &[]), lasting(1));
    let large =
        Spec { resources: vec![("memory".into(), Amount::from_units(5))], ..spec("c", 4, &[]) };
    sim.add(3, large, lasting(1));
    let faults = sim.engine.check();
    assert_eq!(faults[0], Fault::Dangling { key: 0, need: "x".into() });
    assert_eq!(faults[1], Fault::Duplicate { key: 2, first: 1 });
    let what = "holds 5 of \"memory\", of which there is 4".to_string();
    assert_eq!(faults[2], Fault::TooLarge { key: 3, what });
    assert_eq!(sim.engine.poll(Seconds::ZERO), None, "nothing starts");

    let mut circle = super::tests::sim(1);
    circle.add(0, spec("a", 1, &["b"]), lasting(1));
    circle.add(1, spec("b", 2, &["a"]), lasting(1));
    assert!(matches!(&circle.engine.check()[..], [Fault::Cycle(nodes)] if nodes.len() == 2));
}

#[test]
fn a_stream_makes_faults_the_operations_own() {
    let config = Config { jobs: 2, feeding: Feeding::Stream, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("late", 1, &["early"]), lasting(1));
    sim.add(1, spec("early", 2, &[]), lasting(1));
    sim.add(2, spec("lost", 3, &["nobody"]), lasting(1));
    sim.add(3, spec("r1", 4, &["r2"]), lasting(1));
    sim.add(4, spec("r2", 5, &["r1"]), lasting(1));
    sim.run().expect("the engine hangs");
    let results = sim.results();
    assert_eq!(results[&0].0, Outcome::Success);
    assert_eq!(results[&2], (Outcome::Error, "needs nobody, which is not in the plan".into()));
    assert_eq!(results[&3].0, Outcome::Error);
    assert_eq!(results[&4].0, Outcome::Skip);
}

#[test]
fn a_stream_judges_needs_that_ended_before() {
    let config = Config { jobs: 2, feeding: Feeding::Stream, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    // read after its need has failed: as a cancelled or refused one is decided at once
    sim.add(0, spec("a", 1, &["a"]), lasting(1));
    sim.engine.refuse(secs(0), 0, "refused".to_string());
    sim.add(1, spec("b", 2, &["a"]), lasting(1));
    // an optional need that comes after all counts like any other
    let mut c = spec("c", 3, &["d"]);
    c.needs[0].optional = true;
    sim.add(2, c, lasting(1));
    sim.add(3, spec("d", 4, &[]), failing(1));
    sim.add(4, spec("d", 5, &[]), lasting(1));
    // two circles that know nothing of each other
    for (key, id, need) in [(5, "e", "f"), (6, "f", "e"), (7, "g", "h"), (8, "h", "g")] {
        sim.add(key, spec(id, u64::from(key) + 1, &[need]), lasting(1));
    }
    sim.run().expect("the engine hangs");
    let results = sim.results();
    assert_eq!(results[&1], (Outcome::Skip, "needs a, which failed".to_string()));
    assert_eq!(results[&2], (Outcome::Skip, "needs d, which failed".to_string()));
    assert_eq!(results[&4], (Outcome::Error, "id d is used twice".to_string()));
    assert_eq!((results[&5].0, results[&7].0), (Outcome::Error, Outcome::Error));
}

/// A run that shares a pool with others who want nothing.
fn sharing(jobs: u32, tokens: u32) -> Sim {
    let config = Config { jobs, pool: Pool::Shared, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.tokens.free = tokens;
    sim
}

#[test]
fn the_first_runs_without_a_token_and_none_is_held_while_nothing_runs() {
    let mut sim = sharing(4, 2);
    for key in 0..5 {
        sim.add(key, spec(&format!("o{key}"), u64::from(key) + 1, &[]), lasting(1));
    }
    // a lock that both want: one waits for it without a token
    for key in 5..7 {
        let one = spec(&format!("o{key}"), u64::from(key) + 1, &[]);
        sim.add(key, locking("msi", one), lasting(1));
    }
    go(&mut sim);
    let at = |second| sim.spans().iter().filter(|span| span.1 == secs(second)).count();
    assert_eq!([at(0), at(1), at(2)], [3, 3, 1], "one more than there are tokens");
    let count = |wanted: Action| sim.actions().filter(|(_, action)| **action == wanted).count();
    let grants = sim.log.iter().filter(|(_, entry)| *entry == Entry::Told(Input::TokenTaken));
    assert_eq!(grants.count(), 2, "tokens go from operation to operation");
    assert_eq!(count(Action::GiveToken), 2);
    let blocked = sim.actions().find_map(|(_, action)| match action {
        Action::End(ended) if ended.key == 3 => Some(ended.blocked.clone()),
        _ => None,
    });
    assert_eq!(blocked, Some(vec![("token".to_string(), secs(1))]));
}

#[test]
fn a_token_is_watched_for_only_while_it_is_all_that_is_missing() {
    let mut sim = sharing(2, 0);
    for key in 0..3 {
        sim.add(key, spec(&format!("o{key}"), u64::from(key) + 1, &[]), lasting(5));
    }
    assert_eq!(sim.engine.check(), []);
    sim.engine.handle(secs(0), Input::EndOfInput);
    let engine = &mut sim.engine;
    assert!(matches!(engine.poll(secs(0)), Some(Action::Spawn { key: 0, .. })));
    assert_eq!(engine.poll(secs(0)), Some(Action::TakeToken));
    engine.handle(secs(0), Input::TokenMissing);
    assert_eq!(engine.poll(secs(0)), None);
    assert!(engine.waits_for_token());
    assert_eq!(engine.why(1, Seconds::ZERO), Some(crate::Why::Token));
    engine.hold();
    assert!(!engine.waits_for_token(), "nothing is started while a reader stands still");
    engine.go_on();
    engine.handle(secs(2), Input::TokenReady);
    assert_eq!(engine.poll(secs(2)), Some(Action::TakeToken));
    engine.handle(secs(2), Input::TokenTaken);
    assert!(matches!(engine.poll(secs(2)), Some(Action::Spawn { key: 1, .. })));
    assert_eq!(engine.poll(secs(2)), None);
    assert!(!engine.waits_for_token(), "all slots are taken");
}

#[test]
fn tokens_go_back_when_slots_are_taken_away() {
    let mut sim = sharing(4, 3);
    sim.faults.troubles = vec![(When::At(secs(5)), Trouble::Slots(2))];
    for key in 0..8 {
        sim.add(key, spec(&format!("o{key}"), u64::from(key) + 1, &[]), lasting(10));
    }
    go(&mut sim);
    let given: Vec<Seconds> = sim
        .actions()
        .filter(|(_, action)| **action == Action::GiveToken)
        .map(|(at, _)| at)
        .collect();
    assert_eq!(given, [secs(10), secs(10), secs(30)]);
}

#[test]
fn the_large_do_not_starve() {
    let config = Config {
        jobs: 4,
        feeding: Feeding::Stream,
        resources: BTreeMap::from([("memory".to_string(), Amount::from_units(4))]),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    let of = |units| vec![("memory".to_string(), Amount::from_units(units))];
    // small ones of odd lengths, so that the four units are never free together by chance
    for key in 0..4000u32 {
        let small = Spec { resources: of(1), ..spec(&format!("s{key}"), u64::from(key) + 1, &[]) };
        sim.add(key, small, lasting(3 + i64::from(key % 5)));
    }
    let large = Spec { resources: of(4), priority: 1, ..spec("large", 5000, &[]) };
    sim.add(4000, large, lasting(1));
    sim.run().expect("the engine hangs");
    let start = sim.spans().iter().find(|span| span.0 == 4000).unwrap().1;
    assert!(start < sim.now - secs(1000), "started at {start} of {}", sim.now);
}

#[test]
fn long_chains_overflow_nothing() {
    let mut sim = sim(1);
    let ops = 200_000;
    for key in 0..ops {
        let needs = if key == 0 { vec![] } else { vec![format!("o{}", key - 1)] };
        let needs: Vec<&str> = needs.iter().map(String::as_str).collect();
        let script = if key == 0 { failing(1) } else { lasting(1) };
        sim.add(key, spec(&format!("o{key}"), u64::from(key) + 1, &needs), script);
    }
    go(&mut sim);
    assert_eq!(sim.engine.tally().count(Outcome::Skip), u64::from(ops) - 1);
}
