use super::*;
use alloc::vec::Vec;
use core::f64::consts::TAU;

const STEP: f64 = 300.0;

fn scores(values: &[f64]) -> Vec<f64> {
    let mut detector = Detector::default();
    (0..).map(|n| f64::from(n) * STEP).zip(values).map(|(t, x)| detector.push(t, *x)).collect()
}

/// Rows with an alarm.
fn alarms(values: &[f64]) -> Vec<usize> {
    scores(values).iter().enumerate().filter(|(_, s)| **s >= 0.5).map(|(row, _)| row).collect()
}

/// About normal: the sum of twelve.
fn noise(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

#[test]
fn a_score_depends_on_the_rows_before_it_alone() {
    let mut random = fastrand::Rng::with_seed(1);
    let values: Vec<f64> = (0..1500).map(|n| noise(&mut random) + f64::from(n / 700)).collect();
    let whole = scores(&values);
    for length in [0, 1, 2, 50, 700, 1499] {
        assert_eq!(scores(&values[..length]), whole[..length]);
    }
    assert!(whole.iter().all(|score| (0.0..1.0).contains(score)));
}

#[test]
fn noise_is_seldom_new() {
    // 20 series of 4000 rows; the first 600 rows are for learning
    let counts = (0..20).map(|seed| {
        let mut random = fastrand::Rng::with_seed(seed);
        let values: Vec<f64> = (0..4000).map(|_| noise(&mut random)).collect();
        alarms(&values).iter().filter(|row| **row >= 600).count()
    });
    let false_alarms: usize = counts.sum();
    assert!(false_alarms <= 60, "{false_alarms} in 20 series");
}

/// Of each kind twenty series of 4000 rows with one event in row 3000; it is found when there is
/// an alarm in it or in the hour after it.
#[test]
fn events_are_found_when_they_begin() {
    type Event = fn(f64, usize) -> f64;
    let kinds: [(&str, usize, Event); 4] = [
        ("spike", 1, |value, _| value + 12.0),
        ("shift", 200, |value, _| value + 4.0),
        ("noise", 100, |value, _| 4.0 * value),
        ("drift", 200, |value, row| value + row as f64 / 40.0),
    ];
    let (mut right, mut wrong) = (0, 0);
    for (kind, length, event) in kinds {
        let mut found = 0;
        for seed in 0..20 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut values: Vec<f64> = (0..4000).map(|_| noise(&mut random)).collect();
            (0..length).for_each(|row| values[3000 + row] = event(values[3000 + row], row));
            let during = 3000..3000 + length + 12;
            let (hits, misses): (Vec<_>, Vec<_>) = alarms(&values)
                .into_iter()
                .filter(|row| *row >= 600)
                .partition(|row| during.contains(row));
            found += usize::from(!hits.is_empty());
            wrong += misses.len();
        }
        right += found;
        assert!(found >= 16, "{kind}: {found} of 20");
    }
    let precision = right as f64 / (right + wrong) as f64;
    // an alarm is cheap beside an event that is missed: about two a series are wrong
    assert!(right >= 76 && precision >= 0.33, "recall {right} of 80, precision {precision}");
}

#[test]
fn a_day_that_is_not_like_the_others_is_found() {
    let mut random = fastrand::Rng::with_seed(2);
    let day = |n: usize| libm::sin(n as f64 * STEP / 86_400.0 * TAU);
    // on the tenth day the load stays at the level of the night
    let value = |n: usize| if (2880..3168).contains(&n) { -10.0 } else { 10.0 * day(n) };
    let values: Vec<f64> = (0..4032).map(|n| value(n) + 0.3 * noise(&mut random)).collect();
    let found = alarms(&values);
    assert!(found.iter().any(|row| (2880..2950).contains(row)), "{found:?}");
    assert!(found.iter().filter(|row| (1440..2880).contains(*row)).count() <= 3, "{found:?}");
}

#[test]
fn what_is_missing_scores_nothing_and_teaches_nothing() {
    let mut random = fastrand::Rng::with_seed(4);
    let values: Vec<f64> = (0..1000).map(|_| noise(&mut random)).collect();
    let (mut with, mut without) = (Detector::default(), Detector::default());
    for (time, value) in (0..).map(|n| f64::from(n) * STEP).zip(values) {
        for missing in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert_eq!(with.push(time, missing), 0.0);
        }
        assert_eq!(with.push(time, value), without.push(time, value));
    }
}

#[test]
fn any_numbers_give_a_score() {
    for values in [
        [0.0; 400].to_vec(),
        [f64::MAX, f64::MIN, 0.0, f64::MIN_POSITIVE].repeat(100),
        (0..400).map(|n| libm::pow(10.0, f64::from(n) - 200.0)).collect(),
    ] {
        assert!(scores(&values).iter().all(|score| (0.0..1.0).contains(score)), "{values:?}");
    }
    let mut detector = Detector::default();
    for time in [f64::NAN, f64::INFINITY, -1e300, 1e300, 5.0, 3.0] {
        assert!((0.0..1.0).contains(&detector.push(time, 1.0)));
    }
}
