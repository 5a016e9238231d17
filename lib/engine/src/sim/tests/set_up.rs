//! Slots that are made ready before anything runs in them.

use super::*;
use crate::message::Part;
use crate::set_up::SetUp;

fn sim_of(jobs: u32, faults: Faults) -> Sim {
    let feeding = Feeding::Lines;
    Sim::new(Config { jobs, feeding, set_up: SetUp::EachSlot, ..Config::default() }, faults, 1)
}

fn starts(sim: &Sim) -> Vec<(Seconds, u32, Part)> {
    let spawned = |(at, action): (Seconds, &Action)| match action {
        Action::Spawn { slot, part, .. } => Some((at, *slot, *part)),
        _ => None,
    };
    sim.actions().filter_map(spawned).collect()
}

#[test]
fn every_slot_is_set_up_once_and_all_at_the_same_time() {
    let mut sim = sim_of(3, Faults::default());
    for seq in 1..=9 {
        sim.add_later(Seconds::ZERO, spec("", seq, &[]), lasting(1));
    }
    sim.run().unwrap();
    let all = starts(&sim);
    let of = |part| all.iter().filter(move |start| start.2 == part);
    let set_ups: Vec<(Seconds, u32)> = of(Part::SetUp).map(|start| (start.0, start.1)).collect();
    assert_eq!(set_ups, [1, 2, 3].map(|slot| (Seconds::ZERO, slot)));
    assert_eq!(of(Part::Main).count(), 9);
    assert_eq!(of(Part::Main).map(|start| start.0).min(), Some(secs(1)));
    assert_eq!(sim.now, secs(4), "one second for all of them, and three of work");
    let blocked = sim.actions().find_map(|(_, action)| match action {
        Action::End(ended) => Some(ended.blocked.clone()),
        _ => None,
    });
    assert_eq!(blocked, Some(vec![("slot-init".to_string(), secs(1))]));
}

#[test]
fn where_a_slot_cannot_be_set_up_nothing_more_is_started() {
    let faults = Faults { set_up: 1000, until: secs(60), ..Faults::default() };
    let mut sim = sim_of(2, faults);
    for seq in 1..=4 {
        sim.add_later(Seconds::ZERO, spec("", seq, &[]), lasting(1));
    }
    sim.run().unwrap();
    let told: Vec<(u32, String)> = sim
        .actions()
        .filter_map(|(_, action)| match action {
            Action::Unfit { slot, reason } => Some((*slot, reason.clone())),
            _ => None,
        })
        .collect();
    assert_eq!(told, [(1, "exit 1".to_string()), (2, "exit 1".to_string())]);
    assert!(starts(&sim).iter().all(|start| start.2 == Part::SetUp));
    assert!(sim.results().values().all(|how| *how == (Outcome::Skip, "halt".to_string())));
}

#[test]
fn a_set_up_has_no_timeout_and_comes_before_the_check() {
    let config = Config {
        set_up: SetUp::EachSlot,
        timeout: Some(Timeout::After(secs(2))),
        ..Config::default()
    };
    let mut sim = Sim::new(config, Faults::default(), 1);
    // its set-up lasts as long as what it is for, which is ended
    sim.add(0, Spec { has_check: true, ..spec("a", 1, &[]) }, lasting(5));
    go(&mut sim);
    let parts: Vec<(Seconds, Part)> = starts(&sim).iter().map(|start| (start.0, start.2)).collect();
    let at = |second, part| (secs(second), part);
    assert_eq!(parts, [at(0, Part::SetUp), at(5, Part::Check), at(7, Part::Main)]);
    assert_eq!(sim.results()[&0].0, Outcome::Timeout);
}
