use super::*;
use alloc::vec;

/// Normal numbers (Box and Muller 1958), the same for the same seed.
fn noise(seed: u64, n: usize) -> Vec<f64> {
    let mut random = fastrand::Rng::with_seed(seed);
    let one = |_| {
        let radius = libm::sqrt(-2.0 * libm::log(1.0 - random.f64()));
        radius * libm::cos(core::f64::consts::TAU * random.f64())
    };
    (0..n).map(one).collect()
}

fn places(values: &[f64]) -> Vec<usize> {
    changes(values).all.iter().map(|change| change.at).collect()
}

/// In how many of 50 series, each with its noise, `found` holds of the changes.
fn of_fifty(make: impl Fn(usize, f64) -> f64, found: impl Fn(&[usize]) -> bool) -> usize {
    let series = |seed| {
        let noise = noise(seed, 200);
        noise.iter().enumerate().map(|(at, value)| make(at, *value)).collect::<Vec<_>>()
    };
    (0..50).filter(|seed| found(&places(&series(*seed)))).count()
}

fn near(place: usize) -> impl Fn(&[usize]) -> bool {
    move |found| found.len() == 1 && found[0].abs_diff(place) <= 5
}

#[test]
fn noise_alone_has_no_changes() {
    let any = |found: &[usize]| !found.is_empty();
    assert_eq!(of_fifty(|_, noise| noise, any), 0, "white noise");
    assert_eq!(of_fifty(|at, noise| noise + 0.1 * at as f64, any), 0, "a trend");
    let wave = |at: usize| libm::sin(at as f64 * core::f64::consts::TAU / 12.0);
    assert_eq!(of_fifty(|at, noise| noise + 5.0 * wave(at), any), 0, "a season");
    let spike = |at: usize| if at % 37 == 5 { 30.0 } else { 0.0 };
    assert_eq!(of_fifty(|at, noise| noise + spike(at), any), 0, "outliers");
    assert_eq!(of_fifty(|_, noise| libm::round(noise * 0.4), any), 0, "a coarse scale");
    assert!(of_fifty(|_, noise| noise * noise * noise, any) <= 5, "heavy tails");
}

#[test]
fn noise_that_depends_on_itself_is_seldom_a_change() {
    let dependent = |seed| {
        let mut last = 0.0;
        let next = |value: &f64| {
            last = 0.3 * last + value;
            last
        };
        noise(seed, 200).iter().map(next).collect::<Vec<_>>()
    };
    let false_alarms = (0..50).filter(|seed| !places(&dependent(*seed)).is_empty()).count();
    assert!(false_alarms <= 2, "{false_alarms} of 50");
}

#[test]
fn planted_changes_are_found_where_they_are() {
    let level = |at: usize, noise: f64| noise + if at >= 120 { 2.5 } else { 0.0 };
    assert!(of_fifty(level, near(120)) >= 47);
    let slope = |at: usize, noise: f64| noise + 0.2 * at.saturating_sub(100) as f64;
    assert!(of_fifty(slope, |found| found.len() == 1 && found[0].abs_diff(100) <= 15) >= 45);
    let spread = |at: usize, noise: f64| if at >= 100 { 6.0 * noise } else { noise };
    let found = |found: &[usize]| found.len() == 1 && found[0].abs_diff(100) <= 8;
    assert!(of_fifty(spread, found) >= 40);
    let two = |at: usize, noise: f64| noise + if (80..110).contains(&at) { 4.0 } else { 0.0 };
    assert!(of_fifty(two, |found| found.len() == 2) >= 48);
}

#[test]
fn what_changes_is_told() {
    let step: Vec<f64> = (0..60).map(|at| if at >= 40 { 7.0 } else { 2.0 }).collect();
    let told = changes(&step);
    assert_eq!((told.what, told.n), (What::Level, 60));
    let [change] = told.all[..] else { panic!("{told:?}") };
    assert_eq!((change.at, change.before, change.after), (40, 2.0, 7.0));
    assert!(change.confidence > 0.999, "{change:?}");
    let bend: Vec<f64> = noise(7, 120)
        .iter()
        .enumerate()
        .map(|(at, noise)| noise + 0.5 * at.abs_diff(60) as f64)
        .collect();
    assert_eq!(changes(&bend).what, What::Trend);
    let wild: Vec<f64> = noise(8, 200)
        .iter()
        .enumerate()
        .map(|(at, noise)| if at < 90 { *noise } else { noise * 9.0 })
        .collect();
    assert_eq!(changes(&wild).what, What::Spread);
}

#[test]
fn scale_and_direction_do_not_matter() {
    let values: Vec<f64> = noise(3, 150)
        .iter()
        .enumerate()
        .map(|(at, noise)| noise + if at >= 70 { 5.0 } else { 0.0 })
        .collect();
    let found = places(&values);
    assert_eq!(found.len(), 1);
    for (factor, shift) in [(1e9, -5e11), (1e-9, 3.0), (-1.0, 0.0)] {
        let other: Vec<f64> = values.iter().map(|value| value * factor + shift).collect();
        assert_eq!(places(&other), found, "{factor} {shift}");
    }
}

#[test]
fn what_is_missing_is_no_change() {
    let mut values: Vec<f64> = noise(5, 100)
        .iter()
        .enumerate()
        .map(|(at, noise)| noise + if at >= 50 { 9.0 } else { 0.0 })
        .collect();
    for at in [0, 1, 20, 21, 22, 80, 99] {
        values[at] = f64::NAN;
    }
    values[30] = f64::INFINITY;
    let told = changes(&values);
    assert_eq!(told.n, 92);
    assert_eq!(told.all.iter().map(|change| change.at).collect::<Vec<_>>(), [50]);
}

#[test]
fn there_must_be_something_to_look_at() {
    assert_eq!(changes(&[]), Changes::default());
    assert!(places(&[1.0, 1.0, 1.0, 9.0, 9.0, 9.0]).is_empty(), "too few");
    assert!(places(&vec![0.1 + 0.2; 500]).is_empty(), "all equal");
    assert!(places(&vec![f64::NAN; 50]).is_empty());
    let mut lone = vec![3.0; 50];
    lone[20] = 1e6;
    assert!(places(&lone).is_empty(), "one value is no state");
}

#[test]
fn a_long_series_is_divided_at_the_right_value() {
    let level = |at: usize| if (12_345..31_007).contains(&at) { 3.0 } else { 0.0 };
    let values: Vec<f64> =
        noise(11, 40_000).iter().enumerate().map(|(at, noise)| noise * 0.3 + level(at)).collect();
    assert_eq!(places(&values), [12_345, 31_007]);
}

#[test]
fn a_line_costs_what_least_squares_leave() {
    let values = [1.0, 4.0, 2.0, 8.0, 5.0, 7.0];
    let cost = Cost::new(&values, Model::Trend);
    // slope and intercept by hand: the mean of 1..5 is 2.0 at place 2 and so on
    for (begin, end) in [(0, 6), (1, 5), (2, 6)] {
        let n = (end - begin) as f64;
        let x: Vec<f64> = (begin..end).map(|at| at as f64).collect();
        let y = &values[begin..end];
        let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
        let sxy: f64 = x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum();
        let sxx: f64 = x.iter().map(|x| (x - mx) * (x - mx)).sum();
        let left: f64 = x
            .iter()
            .zip(y)
            .map(|(x, y)| y - my - sxy / sxx * (x - mx))
            .map(|residual| residual * residual)
            .sum();
        assert!((cost.of(begin, end) - left).abs() < 1e-9, "{begin}..{end}");
    }
}
