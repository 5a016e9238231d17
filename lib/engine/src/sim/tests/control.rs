//! What holds starts back, what ends attempts, what ends runs.

use super::*;
use crate::halt::{HaltLimit, HaltOn};
use crate::message::Cancel;
use crate::termseq::TermSeq;

fn starts(sim: &Sim) -> Vec<(Key, Seconds)> {
    sim.spans().iter().map(|span| (span.0, span.1)).collect()
}

fn with_gate(jobs: u32, gate: GateRules) -> Sim {
    Sim::new(Config { jobs, gate, ..Config::default() }, Faults::default(), 1)
}

/// Memory that is available from a second on.
fn with_memory((second, available): (i64, u64)) -> (Seconds, Machine) {
    (secs(second), Machine { available: Some(available), ..Machine::default() })
}

fn add_lasting(sim: &mut Sim, seconds: &[i64]) {
    for (at, seconds) in seconds.iter().enumerate() {
        sim.add(at as Key, spec(&format!("o{at}"), at as u64 + 1, &[]), lasting(*seconds));
    }
}

fn blocked(sim: &Sim, key: Key) -> Vec<(String, Seconds)> {
    let of_key = |action: &Action| match action {
        Action::End(ended) if ended.key == key => Some(ended.blocked.clone()),
        _ => None,
    };
    sim.actions().filter_map(|(_, action)| of_key(action)).last().unwrap()
}

#[test]
fn slots_grow_and_shrink_while_it_runs() {
    let mut sim = sim(2);
    add_lasting(&mut sim, &[4, 4, 4, 4, 4, 4]);
    let change = |at, slots| (When::At(secs(at)), Trouble::Slots(slots));
    sim.faults.troubles = vec![change(1, 3), change(2, 1)];
    go(&mut sim);
    // a third at 1; after 2 nothing starts before all three have ended
    assert_eq!(
        starts(&sim).iter().map(|(_, at)| *at).collect::<Vec<_>>(),
        [0, 0, 1, 5, 9, 13].map(secs)
    );
    assert_eq!(sim.engine.slots(), 1);
}

#[test]
fn a_delay_lies_between_any_two_starts() {
    let mut sim = with_gate(4, GateRules { delay: Some(secs(2)), ..GateRules::default() });
    add_lasting(&mut sim, &[1, 9, 1]);
    go(&mut sim);
    assert_eq!(starts(&sim), [(0, secs(0)), (2, secs(4)), (1, secs(2))]);
    assert_eq!(blocked(&sim, 2), [("delay".to_string(), secs(4))]);
}

#[test]
fn starts_wait_until_the_load_is_below() {
    let mut sim = with_gate(4, GateRules { load: Some(2.0), ..GateRules::default() });
    let load = |load| Machine { load: Some(load), ..Machine::default() };
    sim.machine = vec![(secs(0), load(2)), (secs(3), load(1))];
    add_lasting(&mut sim, &[1, 1]);
    sim.engine.check();
    assert_eq!(sim.engine.poll(secs(0)), Some(Action::Look));
    let busy = Machine { load: Some(2), ..Machine::default() };
    sim.engine.handle(secs(0), Input::Machine(busy));
    assert_eq!(sim.engine.poll(secs(0)), None);
    assert_eq!(sim.engine.why(0, sim.now), Some(crate::Why::Throttle(crate::Throttle::Load)));
    assert_eq!(sim.engine.deadline(), Some(secs(1)), "asked again, but not at once");
    sim.run().expect("the engine hangs");
    assert_eq!(starts(&sim), [(0, secs(3)), (1, secs(3))]);
    assert_eq!(blocked(&sim, 1), [("load".to_string(), secs(3))]);
    let looks = sim.actions().filter(|(_, action)| **action == Action::Look).count();
    assert_eq!(looks, 4, "at 1 and 2, and once for each start");
}

#[test]
fn the_youngest_goes_when_memory_runs_out_and_comes_back() {
    let memory = GateRules { memory: Some(1000), ..GateRules::default() };
    let mut sim = with_gate(3, memory);
    // below half of it only in the second second
    sim.machine = [(0, 5000), (1, 499), (2, 700), (6, 5000)].map(with_memory).to_vec();
    add_lasting(&mut sim, &[10, 10, 10]);
    let results = go(&mut sim);
    assert!(results.values().all(|(result, _)| *result == Outcome::Success), "{results:?}");
    assert_eq!(starts(&sim), [(2, secs(0)), (0, secs(0)), (1, secs(0)), (2, secs(6))]);
    let first = sim.actions().find_map(|(at, action)| match action {
        Action::End(ended) => Some((at, ended.key, ended.last, ended.result)),
        _ => None,
    });
    assert_eq!(first, Some((secs(1), 2, false, Outcome::Cancellation)));
    assert_eq!(blocked(&sim, 2), [("memory".to_string(), secs(5))]);
    let streamed = sim.actions().any(|(_, a)| matches!(a, Action::Spawn { last: true, .. }));
    assert!(!streamed, "what may be repeated must not be printed as it comes");
}

#[test]
fn a_single_operation_is_let_go_on_without_memory() {
    let mut sim = with_gate(3, GateRules { memory: Some(1000), ..GateRules::default() });
    sim.machine = [(0, 5000), (1, 10), (30, 5000)].map(with_memory).to_vec();
    add_lasting(&mut sim, &[10, 10]);
    let results = go(&mut sim);
    assert_eq!(results.len(), 2);
    assert_eq!(starts(&sim), [(1, secs(0)), (0, secs(0)), (1, secs(30))]);
}

#[test]
fn a_timeout_follows_the_median_of_what_ended_well() {
    let timeout = Some(Timeout::OfMedian(200.0));
    let mut sim = Sim::new(Config { jobs: 2, timeout, ..Config::default() }, Faults::default(), 1);
    // before the first success there is no limit; then it is measured from the start
    add_lasting(&mut sim, &[100, 5, 3, 3, 100]);
    let results = go(&mut sim);
    let timed_out: Vec<Key> = results
        .iter()
        .filter(|(_, (result, _))| *result == Outcome::Timeout)
        .map(|(key, _)| *key)
        .collect();
    assert_eq!(timed_out, [0, 4]);
    let end = |key| sim.spans().iter().find(|span| span.0 == key).map(|span| span.2);
    // medians: 5 at 5, 3 at 8 (limit 6 s, already passed)
    assert_eq!(end(0), Some(secs(8)));
    assert_eq!(end(4), Some(secs(11 + 6 - 3)));
}

#[test]
fn a_sequence_of_signals_ends_an_attempt() {
    let config = Config {
        timeout: Some(Timeout::After(secs(1))),
        termseq: TermSeq::new(vec![(2, secs(3)), (15, secs(2))]),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("a", 1, &[]), Script { on_term: None, ..lasting(1000) });
    go(&mut sim);
    assert_eq!(signals(&sim), [(secs(1), 2), (secs(4), 15), (secs(6), 9)], "KILL is always last");
}

#[test]
fn an_end_that_is_told_twice_closes_the_output_once() {
    let mut sim = sim(1);
    sim.add(0, spec("a", 1, &[]), lasting(1));
    sim.engine.check();
    assert!(matches!(sim.engine.poll(secs(0)), Some(Action::Spawn { .. })));
    for at in [1, 2] {
        sim.engine.handle(secs(at), Input::Exited(0, Ending::Exit(at as i32 - 1)));
    }
    let mut said = Vec::new();
    while let Some(action) = sim.engine.poll(secs(60)) {
        said.push(action);
    }
    assert_eq!(said, [Action::CloseOutput(0)]);
    sim.engine.handle(secs(60), Input::Over(0, None));
    let end = sim.engine.poll(secs(60));
    assert!(matches!(end, Some(Action::End(Ended { result: Outcome::Success, .. }))), "{end:?}");
}

#[test]
fn gnu_parallel_takes_a_third_of_a_second() {
    let config = Config {
        timeout: Some(Timeout::After(secs(1))),
        termseq: TermSeq::parallel(),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("a", 1, &[]), Script { on_term: None, ..lasting(1000) });
    go(&mut sim);
    let millis: Vec<_> =
        signals(&sim).iter().map(|(at, signal)| (at.as_micros() / 1000, *signal)).collect();
    assert_eq!(millis, [(1000, 15), (1200, 15), (1300, 15), (1350, 9)]);
}

#[test]
fn a_second_cancel_kills_at_once_and_only_once() {
    let mut sim = Sim::new(Config::default(), Faults::default(), 1);
    sim.add(0, spec("a", 1, &[]), Script { on_term: None, ..lasting(1000) });
    sim.engine.check();
    assert!(matches!(sim.engine.poll(secs(0)), Some(Action::Spawn { .. })));
    sim.engine.handle(secs(1), Input::Cancel(Cancel::Stop));
    sim.engine.handle(secs(2), Input::Cancel(Cancel::Kill));
    let mut said = Vec::new();
    for at in [2, 60] {
        while let Some(action) = sim.engine.poll(secs(at)) {
            said.push(action);
        }
    }
    let abandon = Action::Abandon(0);
    assert_eq!(said, [Action::Signal(0, 15), Action::Signal(0, 9), abandon]);
}

/// Statuses of ten operations under a rule, one slot, as `parallel`; and how many ran.
fn halted(when: HaltWhen, on: HaltOn, limit: HaltLimit) -> (u8, u64) {
    let config = Config {
        halt: Some(Halt { when, on, limit }),
        feeding: Feeding::Lines,
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    for (at, status) in [0, 3, 0, 5, 7, 0, 0, 9, 0, 11].into_iter().enumerate() {
        sim.add(at as Key, spec("", at as u64 + 1, &[]), failing(status));
    }
    sim.run().expect("the engine hangs");
    let facts = sim.engine.tally().facts();
    (Manners::Parallel.status(&facts), facts.ended)
}

/// Recorded from GNU parallel 20221122:
/// `parallel -j1 --halt RULE 'exit {}' ::: 0 3 0 5 7 0 0 9 0 11`.
#[test]
fn halts_as_gnu_parallel_does() {
    use HaltLimit::{Count, Percent};
    use HaltOn::{Done, Fail, Success};
    use HaltWhen::{Now, Soon};
    for (when, on, limit, status, ran) in [
        (Now, Fail, Count(1), 3, 2),
        (Now, Fail, Count(2), 2, 4),
        (Soon, Fail, Count(2), 2, 4),
        (Soon, Fail, Percent(10.0), 3, 2),
        (Soon, Fail, Percent(30.0), 30, 5),
        (Soon, Fail, Percent(100.0), 50, 10),
        (Soon, Success, Count(1), 0, 1),
        (Now, Success, Count(2), 0, 3),
        (Now, Success, Percent(50.0), 0, 9),
        (Soon, Done, Count(1), 0, 1),
        (Now, Done, Count(3), 1, 3),
        (Soon, Done, Percent(50.0), 30, 5),
        (Now, Fail, Count(200), 5, 10),
    ] {
        assert_eq!(halted(when, on, limit), (status, ran), "{when:?} {on:?} {limit:?}");
    }
}

#[test]
fn xargs_starts_nothing_after_what_is_fatal() {
    let config =
        Config { jobs: 2, halt: Some(Halt::xargs()), feeding: Feeding::Lines, ..Config::default() };
    let run = |endings: &[Ending]| {
        let mut sim = Sim::new(config.clone(), Faults::default(), 1);
        for (at, ending) in endings.iter().enumerate() {
            let script = Script { endings: vec![*ending], ..lasting(1 + at as i64) };
            sim.add(at as Key, spec("", at as u64 + 1, &[]), script);
        }
        sim.run().expect("the engine hangs");
        let facts = sim.engine.tally().facts();
        (Manners::Xargs.status(&facts), facts.ended)
    };
    let (good, exit) = (Ending::Exit(0), Ending::Exit);
    assert_eq!(run(&[exit(3), good, good, good]), (123, 4));
    assert_eq!(run(&[exit(255), good, good, good]), (124, 2), "what runs is let end");
    assert_eq!(run(&[Ending::Signal(9), good, good, good]), (125, 2));
    assert_eq!(run(&[exit(255), exit(1), good, good]), (123, 2));
}

#[test]
fn retries_without_a_pause_come_before_the_rest() {
    let backoff =
        crate::Backoff { base: Seconds::ZERO, max: Seconds::ZERO, ..crate::Backoff::default() };
    let config = Config { retries: 2, backoff, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("a", 1, &[]), failing(1));
    sim.add(1, spec("b", 2, &[]), lasting(1));
    go(&mut sim);
    assert_eq!(starts(&sim), [0, 1, 2, 3].map(|at| (u32::from(at == 3), secs(at))));
}
