//! Weights, keys, rates, what is used up, priorities: runs with exact answers.

use super::*;
use crate::backoff::splitmix;
use crate::keyed::{Admission, Brake, Scope};
use crate::rate::{Pace, Rate};
use crate::{Again, PriorityRule, Why};
use alloc::vec::Vec;

fn with(config: Config) -> Sim {
    Sim::new(config, Faults::default(), 1)
}

fn keyed(id: &str, seq: u64, key: &str) -> Spec {
    Spec { key: key.to_string(), ..spec(id, seq, &[]) }
}

fn starts(sim: &Sim) -> Vec<(Seconds, Key)> {
    let start = |(at, action): (Seconds, &Action)| match action {
        Action::Spawn { key, .. } => Some((at, *key)),
        _ => None,
    };
    sim.actions().filter_map(start).collect()
}

#[test]
fn five_hosts_share_the_slots_and_none_takes_more_than_its_own() {
    let admission = Admission { key_limit: Some(10), ..Admission::default() };
    let mut sim = with(Config { jobs: 50, admission, ..Config::default() });
    for at in 0..500 {
        let name = format!("h{}", at / 100);
        sim.add(at, keyed(&at.to_string(), u64::from(at) + 1, &name), lasting(1));
    }
    assert_eq!(go(&mut sim).len(), 500);
    let mut at = [0usize; 5];
    let mut order: [Vec<Key>; 5] = Default::default();
    for (_, action) in sim.actions() {
        match action {
            Action::Spawn { key, .. } => {
                at[*key as usize / 100] += 1;
                order[*key as usize / 100].push(*key);
            }
            Action::End(ended) => at[ended.key as usize / 100] -= 1,
            _ => {}
        }
        assert!(at.iter().all(|running| *running <= 10) && at.iter().sum::<usize>() <= 50);
    }
    assert!(order.iter().all(|keys| keys.is_sorted()), "first come, first served in each key");
    assert_eq!(sim.now, secs(10), "all slots were used");
}

#[test]
fn lines_of_other_keys_are_read_past_a_key_that_is_full() {
    let admission = Admission { key_limit: Some(1), ..Admission::default() };
    let config = Config { jobs: 4, feeding: Feeding::Lines, admission, ..Config::default() };
    let mut sim = with(config);
    for at in 0..40u64 {
        let key = if at < 39 { "slow" } else { "other" };
        sim.add_later(secs(0), keyed("", at + 1, key), lasting(1));
    }
    sim.run().unwrap();
    let (at, _) = starts(&sim)[1];
    assert_eq!(at, secs(0), "the last line starts at once beside the first");
}

#[test]
fn a_quota_holds_over_retries_and_everybody_is_served() {
    let rate = Rate { pace: Pace::Window, starts: 3, period: secs(10) };
    let admission =
        Admission { rates: vec![(Scope::Key("api".into()), rate)], ..Admission::default() };
    let mut sim = with(Config { jobs: 8, admission, retries: 1, ..Config::default() });
    let twice = Script { endings: vec![Ending::Exit(1), Ending::Exit(0)], ..lasting(1) };
    for at in 0..9 {
        sim.add(at, keyed(&at.to_string(), u64::from(at) + 1, "api"), twice.clone());
    }
    sim.add(9, spec("free", 10, &[]), lasting(1));
    let results = go(&mut sim);
    assert!(results.values().all(|(result, _)| *result == Outcome::Success));
    let api: Vec<Seconds> =
        starts(&sim).into_iter().filter(|(_, key)| *key < 9).map(|(at, _)| at).collect();
    assert_eq!(api.len(), 18);
    assert!(api.windows(4).all(|window| window[3] - window[0] > secs(10)));
    let waited = sim.actions().any(|(_, action)| {
        matches!(action, Action::End(ended) if ended.blocked.iter().any(|(cause, _)| cause == "quota:api"))
    });
    assert!(waited, "what it waited for is told");
}

#[test]
fn who_is_told_to_come_later_does_so_with_all_of_its_key() {
    let admission = Admission { key_limit: Some(1), ..Admission::default() };
    let mut sim = with(Config { jobs: 4, admission, retries: 1, ..Config::default() });
    for (at, key) in [(0, "api"), (1, "api"), (2, "other")] {
        sim.add(at, keyed(&at.to_string(), u64::from(at) + 1, key), failing(1));
    }
    assert_eq!(sim.engine.check(), []);
    let now = Seconds::ZERO;
    while let Some(action) = sim.engine.poll(now) {
        assert!(matches!(action, Action::Spawn { .. }));
    }
    sim.engine.handle(now, Input::RetryAfter(0, secs(30)));
    sim.engine.handle(now, Input::Exited(0, Ending::Exit(1)));
    sim.engine.handle(now, Input::Over(0, None));
    while sim.engine.poll(now).is_some() {}
    assert_eq!(sim.engine.why(0, now), Some(Why::Backoff(secs(30))));
    let later = Why::Key("api".to_string(), Brake::RetryAfter, Some(secs(30)));
    assert_eq!(sim.engine.why(1, now), Some(later));
    assert_eq!(sim.engine.deadline(), Some(secs(30)));
    assert!(matches!(sim.engine.poll(secs(30)), Some(Action::Spawn { .. })));
}

#[test]
fn what_is_used_up_is_gone_and_who_needs_it_is_told() {
    let nonrenewable = BTreeMap::from([("cost".to_string(), Amount::from_units(5))]);
    let mut sim = with(Config { jobs: 1, nonrenewable, retries: 2, ..Config::default() });
    let costs = |id: &str, seq, cost| Spec {
        nonrenewable: vec![("cost".to_string(), Amount::from_units(cost))],
        ..spec(id, seq, &[])
    };
    let twice = Script { endings: vec![Ending::Exit(1), Ending::Exit(0)], ..lasting(1) };
    sim.add(0, costs("a", 1, 3), twice);
    sim.add(1, costs("b", 2, 3), lasting(1));
    sim.add(2, costs("c", 3, 2), lasting(1));
    let results = go(&mut sim);
    assert_eq!(results[&0].0, Outcome::Success, "a repetition uses up nothing more");
    assert_eq!(results[&1], (Outcome::Error, "uses 3 of \"cost\", of which 2 is left".to_string()));
    assert_eq!(results[&2].0, Outcome::Success);
}

#[test]
fn a_rule_ranks_exactly_and_ties_keep_their_order() {
    let order = |priorities, again| {
        let resources = BTreeMap::from([("memory".to_string(), Amount::from_units(10))]);
        let config = Config { jobs: 1, resources, priorities, again, ..Config::default() };
        let mut sim = with(Config { retries: 1, ..config });
        let one = |id: &str, seq, priority, duration, memory| Spec {
            priority,
            duration: secs(duration),
            resources: vec![("memory".to_string(), Amount::from_units(memory))],
            retry_delay: Some(Seconds::ZERO),
            ..spec(id, seq, &[])
        };
        let fails = Script { endings: vec![Ending::Exit(1), Ending::Exit(0)], ..lasting(1) };
        sim.add(0, one("a", 1, 0, 10, 0), lasting(1));
        sim.add(1, one("b", 2, 0, 30, 0), fails);
        sim.add(2, one("c", 3, 5, 7, 10), lasting(1));
        sim.add(3, one("d", 4, 2, 10, 0), lasting(1));
        sim.add(4, one("e", 5, 0, 10, 0), lasting(1));
        go(&mut sim);
        starts(&sim).into_iter().map(|(_, key)| key).collect::<Vec<_>>()
    };
    // without a rule: priority, then the longer tail, then the order of the input
    assert_eq!(order(None, Again::InOrder), [2, 3, 1, 1, 0, 4]);
    // sums 10, 30, 12, 12, 10; b has -30 after its failure
    let rule = PriorityRule::default();
    assert_eq!(order(Some(rule), Again::InOrder), [1, 2, 3, 0, 4, 1]);
    assert_eq!(order(Some(rule), Again::First), [1, 1, 2, 3, 0, 4]);
    // all of memory and all slots are taken: its share is 1, the others' that of the one slot
    let fit = PriorityRule { tail: 0.0, fails: 0.0, fit: -10.0 };
    assert_eq!(order(Some(fit), Again::InOrder), [2, 3, 0, 1, 1, 4]);
}

#[test]
fn one_stream_of_weights_is_done_before_groups_one_after_another() {
    let mut later = 0;
    for seed in 0..100u64 {
        let jobs = 4;
        let mix: Vec<(u64, u64)> = (0..40)
            .map(|at| (splitmix(seed ^ at << 32) % 3, 1 + splitmix(seed ^ (at << 32) ^ 7) % 20))
            .collect();
        let run = |jobs: u32, mix: &[(u64, u64)], weighs: fn(u64) -> u64| {
            let mut sim = with(Config { jobs, ..Config::default() });
            for (at, (class, time)) in mix.iter().enumerate() {
                let one = Spec {
                    weight: Some(Amount::from_millis(weighs(*class))),
                    duration: secs(*time as i64),
                    ..spec(&at.to_string(), at as u64 + 1, &[])
                };
                sim.add(at as Key, one, lasting(*time as i64));
            }
            go(&mut sim);
            sim.now
        };
        // low, medium, high: twice the limit, the limit, half of it
        let mixed = run(jobs, &mix, |class| [500, 1000, 2000][class as usize]);
        let of = |class: u64| mix.iter().copied().filter(|(c, _)| *c == class).collect::<Vec<_>>();
        let limits = [2 * jobs, jobs, jobs / 2];
        let groups = (0..3).map(|class| run(limits[class], &of(class as u64), |_| 1000));
        let grouped: Seconds = groups.fold(Seconds::ZERO, |sum, time| sum + time);
        later += usize::from(mixed > grouped);
    }
    assert_eq!(later, 0, "of a hundred mixes");
}
