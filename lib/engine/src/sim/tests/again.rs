//! Runs that go on from others, and attempts that write nothing.

use super::*;
use crate::message::Part;

fn skips(sim: &Sim) -> Vec<(Key, String)> {
    let skipped = |(_, action): (Seconds, &Action)| match action {
        Action::Skip { key, reason, .. } => Some((*key, reason.clone())),
        _ => None,
    };
    sim.actions().filter_map(skipped).collect()
}

fn starts(sim: &Sim) -> Vec<(Key, u32, Part)> {
    let spawned = |(_, action): (Seconds, &Action)| match action {
        Action::Spawn { key, attempt, part, .. } => Some((*key, *attempt, *part)),
        _ => None,
    };
    sim.actions().filter_map(spawned).collect()
}

#[test]
fn what_is_done_is_skipped_and_satisfies_whatever_it_needs_itself() {
    for feeding in [Feeding::Whole, Feeding::Stream] {
        let mut sim = Sim::new(Config { feeding, ..Config::default() }, Faults::default(), 1);
        let done = |id, seq, needs: &[&str]| Spec { done: true, ..spec(id, seq, needs) };
        // a fails; b had been done behind it, and c behind that
        sim.add(0, spec("a", 1, &[]), failing(1));
        sim.add(1, done("b", 2, &["a"]), lasting(1));
        sim.add(2, spec("c", 3, &["b"]), lasting(1));
        sim.add(3, done("d", 4, &[]), lasting(1));
        sim.add(4, spec("e", 5, &["d", "c"]), lasting(1));
        sim.add(5, done("f", 6, &["d"]), lasting(1));
        sim.add(6, done("g", 7, &["f", "e"]), lasting(1));
        if feeding == Feeding::Whole {
            assert!(sim.engine.check().is_empty());
        }
        sim.run().unwrap();
        let resumed = |key| (key, "resumed".to_string());
        assert_eq!(skips(&sim), [1, 3, 5, 6].map(resumed));
        let mut ran: Vec<Key> = starts(&sim).iter().map(|start| start.0).collect();
        ran.sort_unstable();
        assert_eq!(ran, [0, 2, 4], "{feeding:?}");
    }
}

#[test]
fn what_is_done_never_starts_whoever_lets_it_go() {
    let mut sim = Sim::new(Config { jobs: 2, ..Config::default() }, Faults::default(), 1);
    // a barrier at the root, and something done, let go what is done behind them
    sim.add(0, Spec { barrier: true, ..spec("root", 1, &[]) }, lasting(0));
    sim.add(1, Spec { done: true, ..spec("a", 2, &["root"]) }, lasting(1));
    sim.add(2, Spec { done: true, ..spec("b", 3, &["a"]) }, lasting(1));
    sim.add(3, spec("c", 4, &["b"]), lasting(1));
    go(&mut sim);
    assert_eq!(skips(&sim).len(), 2);
    assert_eq!(starts(&sim), [(3, 1, Part::Main)]);
}

#[test]
fn attempts_of_earlier_runs_are_counted_on_and_are_no_tries() {
    let config = Config { feeding: Feeding::Lines, retries: 1, ..Config::default() };
    let mut sim = Sim::new(config, Faults::default(), 1);
    let checked = Spec { attempts: 3, has_check: true, ..spec("", 1, &[]) };
    sim.add(0, checked, failing(1));
    sim.run().unwrap();
    assert_eq!(starts(&sim), [(0, 3, Part::Check), (0, 4, Part::Main), (0, 5, Part::Main)]);
}

#[test]
fn silence_is_told_and_too_long_a_silence_ended() {
    let config = Config {
        feeding: Feeding::Lines,
        jobs: 2,
        heartbeat: Some(Seconds::from_secs(4)),
        stall: Some(Seconds::from_secs(10)),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    sim.add(0, spec("", 1, &[]), lasting(60));
    sim.add(1, spec("", 2, &[]), lasting(3));
    sim.run().unwrap();
    let told: Vec<(Seconds, Key, Seconds)> = sim
        .actions()
        .filter_map(|(at, action)| match action {
            Action::Silent { key, silent } => Some((at, *key, *silent)),
            _ => None,
        })
        .collect();
    let at = Seconds::from_secs;
    assert_eq!(told, [(at(4), 0, at(4)), (at(8), 0, at(8))]);
    assert_eq!(sim.results()[&0], (Outcome::Timeout, "stall".to_string()));
    assert_eq!(sim.results()[&1], (Outcome::Success, String::new()));
    assert_eq!(sim.now, at(10));
}

#[test]
fn whoever_was_heard_has_all_its_time_again() {
    let at = Seconds::from_secs;
    let config = Config { feeding: Feeding::Lines, stall: Some(at(10)), ..Config::default() };
    let mut engine = Engine::new(config);
    engine.handle(at(0), Input::Op(0, Box::new(spec("", 1, &[]))));
    assert!(matches!(engine.poll(at(0)), Some(Action::Spawn { .. })));
    for second in [9, 18, 27] {
        engine.handle(at(second), Input::Heard(0));
        assert_eq!(engine.poll(at(second)), None);
        assert_eq!(engine.poll(at(second + 1)), None, "{second}");
        assert!(engine.deadline().is_some_and(|next| next <= at(second + 10)));
    }
    assert_eq!(engine.poll(at(36)), None);
    assert_eq!(engine.poll(at(37)), Some(Action::Signal(0, 15)));
}
