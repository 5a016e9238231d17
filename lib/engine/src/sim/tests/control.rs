//! What holds starts back, what ends attempts, what ends runs.

use super::*;
use crate::gate::{Emergency, Evict, Figure, Measure, OwnMemory};
use crate::halt::{HaltLimit, HaltOn};
use crate::machine::CpuTime;
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

fn memory_of(second: i64, used: u64, own: u64) -> (Seconds, Machine) {
    let (available, total) = (Some(1000 - used), Some(1000));
    (secs(second), Machine { available, total, own: Some(own), ..Machine::default() })
}

fn evictions(sim: &Sim) -> Vec<(Seconds, Key)> {
    let of = |(at, action): (Seconds, &Action)| match action {
        Action::End(ended) if ended.evicted => Some((at, ended.key)),
        _ => None,
    };
    sim.actions().filter_map(of).collect()
}

#[test]
fn starts_wait_while_too_much_memory_is_used_and_only_who_asks_makes_room() {
    for (evict, gone) in [(Evict::Nobody, vec![]), (Evict::Youngest, vec![(secs(1), 2)])] {
        let most_memory = Some(0.85);
        let mut sim = with_gate(3, GateRules { most_memory, evict, ..GateRules::default() });
        sim.machine = [(0, 100), (1, 930), (2, 900), (6, 100)]
            .map(|(second, used)| memory_of(second, used, 0))
            .to_vec();
        add_lasting(&mut sim, &[10, 10, 10, 1]);
        go(&mut sim);
        assert_eq!(evictions(&sim), gone);
        let again = starts(&sim).contains(&(2, secs(6)));
        assert_eq!(again, evict == Evict::Youngest, "when there is enough again");
        assert!(starts(&sim).contains(&(3, secs(10))));
    }
}

#[test]
fn our_own_memory_has_a_soft_and_a_hard_limit() {
    let own = Some(OwnMemory { soft: 700, hard: 900 });
    let mut sim = with_gate(3, GateRules { own, ..GateRules::default() });
    sim.machine = [(0, 0), (1, 950), (2, 800), (5, 100)]
        .map(|(second, own)| memory_of(second, 0, own))
        .to_vec();
    add_lasting(&mut sim, &[10, 10, 10]);
    let results = go(&mut sim);
    assert!(results.values().all(|(result, _)| *result == Outcome::Success), "{results:?}");
    assert_eq!(evictions(&sim), [(secs(1), 2)]);
    assert_eq!(starts(&sim).last(), Some(&(2, secs(5))), "not between the two");
    assert_eq!(blocked(&sim, 2), [("own-memory".to_string(), secs(4))]);
    let held = sim.engine.held(secs(30));
    assert_eq!(held, [(crate::Throttle::OwnMemory, 1, secs(4))]);
}

#[test]
fn our_own_memory_never_keeps_all_from_running() {
    let own = Some(OwnMemory { soft: 1, hard: 2 });
    let mut sim = with_gate(3, GateRules { own, ..GateRules::default() });
    sim.machine = vec![memory_of(0, 0, 5)];
    add_lasting(&mut sim, &[3, 3, 3]);
    go(&mut sim);
    assert_eq!(starts(&sim).iter().map(|(_, at)| *at).collect::<Vec<_>>(), [0, 3, 6].map(secs));
}

#[test]
fn one_always_runs_however_busy_the_others_are() {
    let mut sim = with_gate(4, GateRules { busy: Some(0.8), ..GateRules::default() });
    sim.machine = (0..100)
        .map(|second| {
            let cpu = Some(CpuTime { busy: secs(second), all: secs(second) });
            (secs(second), Machine { cpu, ..Machine::default() })
        })
        .collect();
    add_lasting(&mut sim, &[3, 3, 3]);
    go(&mut sim);
    assert_eq!(starts(&sim).iter().map(|(_, at)| *at).collect::<Vec<_>>(), [0, 3, 6].map(secs));
    assert_eq!(blocked(&sim, 2), [("cpu".to_string(), secs(6))]);
}

#[test]
fn the_cpus_are_as_busy_as_they_may_be() {
    for (each, lasts) in [(0.1, 2.0), (0.5, 1.0), (1.0, 0.4), (1.0, 5.0), (1.0, 0.05)] {
        let mut sim = with_gate(1000, GateRules { busy: Some(0.8), ..GateRules::default() });
        sim.cpus = Some(Cpus::new(32.0, each));
        let ops = (60.0 * 0.8 * 32.0 / each / lasts) as u64;
        for at in 0..ops {
            // not all of one length, so that they do not go in step
            let part = 0.5 + (at * 7919 % 1000) as f64 / 1000.0;
            let script = Script { runs: Seconds::from_f64(lasts * part), ..Script::default() };
            sim.add(at as Key, spec(&format!("o{at}"), at + 1, &[]), script);
        }
        go(&mut sim);
        // between the first seconds and the end
        let (from, to) = (10.0, 50.0);
        let busy: f64 = sim
            .spans()
            .iter()
            .map(|(_, start, end)| (end.as_f64().min(to) - start.as_f64().max(from)).max(0.0))
            .sum();
        let share = busy * each / 32.0 / (to - from);
        assert!((share - 0.8).abs() <= 0.05, "{each} of a CPU for {lasts} s: {share:.3}");
    }
}

#[test]
fn an_emergency_cuts_slots_and_gives_them_back() {
    let rule = Emergency { figure: Figure::Memory, above: 80.0, measure: Measure::Slots(0.5) };
    let mut sim = with_gate(4, GateRules { emergencies: vec![rule], ..GateRules::default() });
    sim.machine = [(0, 0), (2, 900), (12, 100)].map(|(at, used)| memory_of(at, used, 0)).to_vec();
    add_lasting(&mut sim, &[3; 40]);
    go(&mut sim);
    let said: Vec<(Seconds, u32, u32)> = sim
        .actions()
        .filter_map(|(at, action)| match action {
            Action::Throttled { from, to, .. } => Some((at, *from, *to)),
            _ => None,
        })
        .collect();
    let cut = [(secs(2), 4, 2), (secs(5), 2, 1)];
    assert_eq!(said[..2], cut);
    assert_eq!(said.last().map(|(at, _, to)| (*at, *to)), Some((secs(13), 4)), "{said:?}");
    let mut most = 0;
    for (key, from, to) in
        sim.spans().iter().filter(|(_, from, _)| (6..12).any(|at| *from == secs(at)))
    {
        most = most
            .max(sim.spans().iter().filter(|s| s.0 != *key && s.1 < *to && s.2 > *from).count());
    }
    assert_eq!(most, 0, "one slot is left, and used");
}

#[test]
fn a_pause_lets_what_runs_end_and_starts_nothing() {
    let mut sim = sim(2);
    add_lasting(&mut sim, &[4, 4, 4]);
    sim.faults.troubles = vec![(When::At(secs(1)), Trouble::Pause(secs(9)))];
    go(&mut sim);
    assert_eq!(starts(&sim).last(), Some(&(2, secs(10))));
    assert_eq!(blocked(&sim, 2), [("slot".to_string(), secs(4)), ("pause".to_string(), secs(6))]);
}

#[test]
fn what_was_killed_for_its_memory_is_repeated_only_where_that_is_asked_for() {
    for (retry_oom, attempts) in [(None, 1), (Some(0), 1), (Some(2), 3)] {
        let config = Config { retries: 5, retry_oom, ..Config::default() };
        let faults = Faults { until: secs(1000), oom: 1000, ..Faults::default() };
        let mut sim = Sim::new(config, faults, 1);
        let killed = Script { endings: vec![Ending::Signal(9)], ..lasting(1) };
        sim.add(0, spec("a", 1, &[]), killed);
        let results = go(&mut sim);
        assert_eq!(results[&0].0, Outcome::Failure);
        assert_eq!(starts(&sim).len(), attempts, "{retry_oom:?}");
    }
}
