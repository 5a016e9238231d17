use super::*;
use crate::engine::{Config, Feeding};
use crate::message::{Action, Ending, Input};
use alloc::boxed::Box;
use alloc::vec::Vec;

fn ms(millis: i64) -> Seconds {
    Seconds::from_micros(millis * 1000)
}

fn load(pattern: Pattern) -> Arrivals {
    Arrivals { pattern, ramp: None, until: None }
}

fn engine(jobs: u32, arrivals: Arrivals) -> Engine {
    let feeding = Feeding::Lines;
    Engine::new(Config { jobs, feeding, arrivals: Some(arrivals), ..Config::default() })
}

/// Times at which operations are due, from the first.
fn times(arrivals: Arrivals, count: usize) -> Vec<f64> {
    let mut arrival = Arrival { origin: Some(Seconds::ZERO), ..Arrival::new(arrivals) };
    (0..count).map(|_| arrival.take((0, 1)).unwrap_or_default().as_f64()).collect()
}

#[test]
fn evenly_means_evenly_to_the_end() {
    let all = times(load(Pattern::Even(3.0)), 1_000_000);
    assert_eq!((all[0], all[3]), (0.0, 1.0));
    assert!((all[999_999] - 999_999.0 / 3.0).abs() < 1e-6);
}

#[test]
fn a_poisson_process_has_its_rate_and_its_gaps() {
    let all = times(load(Pattern::Poisson { rate: 50.0, seed: 7 }), 100_000);
    let rate = all.len() as f64 / all[all.len() - 1];
    assert!((rate / 50.0 - 1.0).abs() < 0.01, "{rate}");
    // of exponential gaps 1 - 1/e are below the mean, and their deviation is the mean
    let gaps: Vec<f64> = all.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let short = gaps.iter().filter(|gap| **gap < 0.02).count() as f64 / gaps.len() as f64;
    assert!((short - 0.6321).abs() < 0.005, "{short}");
    let square: f64 = gaps.iter().map(|gap| (gap - 0.02) * (gap - 0.02)).sum();
    let deviation = libm::sqrt(square / gaps.len() as f64);
    assert!((deviation / 0.02 - 1.0).abs() < 0.02, "{deviation}");
    assert_eq!(all[..9], times(load(Pattern::Poisson { rate: 50.0, seed: 7 }), 9));
    assert_ne!(all[..9], times(load(Pattern::Poisson { rate: 50.0, seed: 8 }), 9));
}

#[test]
fn the_rate_rises_along_its_curve_within_one_job() {
    let over = Seconds::from_secs(30);
    for (form, share) in [
        (RampForm::Linear, (|t: f64| t * t / 60.0) as fn(f64) -> f64),
        (RampForm::Exponential, |t: f64| {
            30.0 / libm::log(100.0) * (libm::pow(100.0, t / 30.0 - 1.0) - 0.01)
        }),
    ] {
        let ramp = Some(Ramp { over, form });
        let all = times(Arrivals { ramp, ..load(Pattern::Even(50.0)) }, 3000);
        for tenth in 0..300 {
            let t = f64::from(tenth) / 10.0;
            let started = all.iter().filter(|time| **time <= t).count() as f64;
            let line = 50.0 * share(t);
            assert!((started - line).abs() <= 1.0 + 1e-6, "{form:?} {t}: {started} of {line}");
        }
        // and then it is the whole rate
        let after: Vec<f64> = all.iter().copied().filter(|time| *time > 30.0).collect();
        assert!((after[50] - after[0] - 1.0).abs() < 1e-4, "{form:?}");
    }
}

#[test]
fn users_come_along_the_line_within_one() {
    for (form, share) in [
        (RampForm::Linear, (|t: f64| t / 30.0) as fn(f64) -> f64),
        (RampForm::Exponential, |t: f64| libm::pow(100.0, t / 30.0 - 1.0)),
    ] {
        let ramp = Some(Ramp { over: Seconds::from_secs(30), form });
        let mut engine = engine(100, Arrivals { ramp, ..load(Pattern::Users) });
        let mut key = 0;
        for tenth in 0..=310 {
            let now = ms(tenth * 100);
            while engine.wants_input(now) {
                engine.handle(now, Input::Op(key, Box::default()));
                assert!(matches!(engine.poll(now), Some(Action::Spawn { .. })));
                key += 1;
            }
            assert_eq!(engine.poll(now), None);
            let line = (100.0 * share(tenth as f64 / 10.0)).min(100.0);
            assert!((f64::from(key) - line).abs() <= 1.0 + 1e-6, "{form:?} {tenth}: {key}");
            let next = engine.deadline();
            assert_eq!(next.is_some(), key < 100, "it says when the next user comes");
            assert!(next.is_none_or(|next| next > now));
        }
        assert_eq!(key, 100);
    }
}

#[test]
fn what_is_due_and_finds_no_slot_waits_from_when_it_was_due() {
    let mut engine = engine(1, load(Pattern::Even(10.0)));
    assert!(engine.wants_input(ms(0)));
    engine.handle(ms(0), Input::Op(0, Box::default()));
    assert!(matches!(engine.poll(ms(0)), Some(Action::Spawn { key: 0, .. })));
    assert!(!engine.wants_input(ms(900)), "its slot is taken");
    assert_eq!(engine.deadline(), None, "an end is waited for, not a time");
    engine.handle(ms(1000), Input::Exited(0, Ending::Exit(0)));
    engine.handle(ms(1000), Input::Over(0, None));
    let Some(Action::End(first)) = engine.poll(ms(1000)) else { panic!() };
    assert_eq!((first.intended, first.queued), (Some(ms(0)), ms(0)));
    // the second was due at 0.1 s
    assert!(engine.wants_input(ms(1000)));
    engine.handle(ms(1000), Input::Op(1, Box::default()));
    assert_eq!(engine.intended(1), Some(ms(100)));
    assert!(matches!(engine.poll(ms(1000)), Some(Action::Spawn { key: 1, .. })));
    engine.handle(ms(1050), Input::Exited(1, Ending::Exit(0)));
    engine.handle(ms(1050), Input::Over(1, None));
    let Some(Action::End(second)) = engine.poll(ms(1050)) else { panic!() };
    assert_eq!((second.intended, second.queued), (Some(ms(100)), ms(900)));
    assert_eq!(second.blocked, [("slot".into(), ms(900))]);
    // a timer that is late is no lack of slots
    assert!(engine.wants_input(ms(1230)));
    engine.handle(ms(1230), Input::Op(2, Box::default()));
    assert!(matches!(engine.poll(ms(1230)), Some(Action::Spawn { key: 2, .. })));
    engine.handle(ms(1240), Input::Exited(2, Ending::Exit(0)));
    engine.handle(ms(1240), Input::Over(2, None));
    let Some(Action::End(third)) = engine.poll(ms(1240)) else { panic!() };
    let late = [("slot".into(), ms(850)), ("start".into(), ms(180))];
    assert_eq!((third.intended, third.blocked.as_slice()), (Some(ms(200)), &late[..]));
}

#[test]
fn nothing_comes_after_the_time_and_what_was_due_before_still_does() {
    let until = Some(ms(1000));
    let mut open = engine(1, Arrivals { until, ..load(Pattern::Even(10.0)) });
    let mut came = 0;
    // one slot that is free again only after the time: the ten of the first second come all the same
    let mut now = ms(1500);
    assert!(!open.load_is_over(now), "it has not begun");
    assert!(open.wants_input(ms(0)));
    while open.wants_input(now) {
        open.handle(now, Input::Op(0, Box::default()));
        assert!(matches!(open.poll(now), Some(Action::Spawn { .. })));
        open.handle(now, Input::Exited(0, Ending::Exit(0)));
        open.handle(now, Input::Over(0, None));
        assert!(matches!(open.poll(now), Some(Action::End(_))));
        came += 1;
        now += ms(50);
    }
    assert_eq!((came, open.load_is_over(now)), (10, true));
    let mut closed = engine(1, Arrivals { until, ..load(Pattern::Users) });
    assert!(closed.wants_input(ms(5)) && !closed.load_is_over(ms(1004)));
    assert_eq!(closed.deadline(), Some(ms(1005)), "the end of the time is a time, too");
    assert!(closed.load_is_over(ms(1005)) && !closed.wants_input(ms(1005)));
}

#[test]
fn an_input_that_is_late_is_waited_for_without_a_timer() {
    let mut engine = engine(1, load(Pattern::Even(10.0)));
    assert!(engine.wants_input(ms(0)));
    assert_eq!(engine.deadline(), None, "the caller has been told that one is wanted");
    engine.handle(ms(30), Input::Op(0, Box::default()));
    assert_eq!(engine.intended(0), Some(ms(0)));
}
