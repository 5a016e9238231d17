//! Simulated runs of which it is known what changed.

use super::*;
use crate::Intake;
use alloc::format;
use record::{Event, OpEnd, OpStart, Outcome, RunEnd, RunStart, Seconds};

fn normal(random: &mut fastrand::Rng) -> f64 {
    // Box and Muller 1958
    let (u, v) = (1.0 - random.f64(), random.f64());
    libm::sqrt(-2.0 * libm::log(u)) * libm::cos(core::f64::consts::TAU * v)
}

/// A run of so many operations, one after the other; `slower` of an operation by its number.
fn run(intake: &mut Intake<Observed>, random: &mut fastrand::Rng, slower: &[f64]) {
    let mut tell = |event: Event| {
        let mut line = Vec::new();
        event.append_line(&mut line);
        intake.line(line.trim_ascii_end()).unwrap();
    };
    tell(Event::RunStart(RunStart { jobs: 1, ..RunStart::default() }));
    // the machine is not the same in every run
    let machine = libm::exp(0.05 * normal(random));
    let mut now = Seconds::ZERO;
    for (number, slower) in slower.iter().enumerate() {
        let usual = 1.0 + number as f64;
        let wall = Seconds::from_f64(usual * slower * machine * libm::exp(0.1 * normal(random)));
        let (id, start) = (format!("op-{number}.{}", letter(number)), now);
        now += wall;
        tell(Event::OpStart(OpStart { id: id.clone(), start, ..OpStart::default() }));
        let (result, r#final) = (Outcome::Success, true);
        let end = OpEnd {
            id,
            attempt: 1,
            slot: 1,
            start,
            end: now,
            wall_s: wall,
            result,
            r#final,
            ..OpEnd::default()
        };
        tell(Event::OpEnd(end));
    }
    tell(Event::RunEnd(RunEnd { makespan_s: now, exit: Some(0), ..RunEnd::default() }));
}

fn letter(number: usize) -> char {
    char::from(b'a' + (number % 3) as u8)
}

fn runs(count: usize, seed: u64, slower: &[f64]) -> Observed {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut intake = Intake::heard_by(Observed::default(), 0);
    (0..count).for_each(|_| run(&mut intake, &mut random, slower));
    intake.finish_heard().1
}

fn same(count: usize) -> Vec<f64> {
    alloc::vec![1.0; count]
}

#[test]
fn a_slow_operation_is_found_and_the_others_are_not_blamed() {
    let mut slower = same(30);
    slower[7] = 1.5;
    let limits = Limits { regression: Some(0.1), ..Limits::default() };
    let found = compare(&runs(12, 1, &same(30)), &runs(12, 2, &slower), limits);
    let first = &found.operations[0];
    assert_eq!((first.name.as_str(), first.change.as_str()), ("op-7.b", "worse"));
    assert!(first.regression && first.low.unwrap() > 1.1 && first.n_current == 12, "{first:?}");
    let blamed = found.operations.iter().filter(|row| row.change != "no change").count();
    assert_eq!(blamed, 1);
    // one of thirty: the whole has not changed
    assert!(found.figures.iter().all(|row| !row.regression), "{:?}", found.figures);
}

#[test]
fn a_slower_machine_is_told_by_the_headlines() {
    let limits = Limits { regression: Some(0.1), ..Limits::default() };
    let found = compare(&runs(10, 3, &same(20)), &runs(10, 4, &[1.3; 20]), limits);
    for name in ["makespan", "durations"] {
        let row = found.figures.iter().find(|row| row.name == name).unwrap();
        assert!(row.regression && row.of == "runs", "{row:?}");
        let (low, high) = (row.low.unwrap(), row.high.unwrap());
        assert!(low < 1.3 && high > 1.3 && low > 1.15, "{row:?}");
        assert!(row.improvement.unwrap() < -0.2);
    }
    let throughput = found.figures.iter().find(|row| row.name == "throughput").unwrap();
    assert_eq!(throughput.change, "worse");
    // the other way round it is no regression but a gain
    let found = compare(&runs(10, 4, &[1.3; 20]), &runs(10, 3, &same(20)), limits);
    assert!(found.figures.iter().all(|row| !row.regression));
    assert_eq!(found.figures[0].change, "better");
}

#[test]
fn a_change_within_the_limit_is_told_and_is_no_regression() {
    let limits = Limits { regression: Some(0.3), ..Limits::default() };
    let found = compare(&runs(10, 5, &same(20)), &runs(10, 6, &[1.25; 20]), limits);
    assert_eq!(found.figures[0].change, "worse");
    assert!(found.figures.iter().all(|row| !row.regression));
}

#[test]
fn two_single_runs_are_compared_by_their_operations() {
    let limits = Limits { regression: Some(0.05), ..Limits::default() };
    let found = compare(&runs(1, 7, &same(30)), &runs(1, 8, &[1.4; 30]), limits);
    let row = found.figures.iter().find(|row| row.name == "durations").unwrap();
    assert!(found.paired && row.of == "operations" && row.n_baseline == 30, "{row:?}");
    assert!(row.regression, "{row:?}");
    assert_eq!(found.figures[0].change, "too few");
    // by family, since every operation ran once
    assert_eq!(found.operations.len(), 3);
    assert!(found.operations.iter().all(|row| row.kind == "family" && row.n_current == 10));
    let none = compare(&runs(1, 7, &same(3)), &runs(1, 8, &[9.0; 3]), limits);
    assert!(none.figures.iter().chain(&none.operations).all(|row| row.change == "too few"));
}

#[test]
fn operations_of_one_side_are_counted() {
    let found = compare(&runs(1, 7, &same(9)), &runs(1, 8, &same(12)), Limits::default());
    assert_eq!(found.only, (0, 3));
}

/// Nothing has changed: alarms at a limit of nothing at all are as many as promised.
#[test]
fn alarms_without_a_change_are_few() {
    let (mut alarms, runs_made) = (0, 120);
    for seed in 0..runs_made {
        let limits = Limits { regression: Some(0.0), seed, draws: 0 };
        let found =
            compare(&runs(8, 1000 + seed, &same(12)), &runs(8, 5000 + seed, &same(12)), limits);
        // to either side
        let rows = found.figures.iter().take(2).chain(&found.operations);
        alarms += u32::from(rows.into_iter().any(|row| row.change != "no change"));
    }
    let share = f64::from(alarms) / runs_made as f64;
    // 5 %, and three standard deviations of chance
    assert!(share <= 0.11, "{share}");
}
