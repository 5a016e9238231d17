use super::*;
use alloc::string::ToString as _;
use alloc::vec;

const NEAR: Horizon = Horizon { steps: 5, hour: 60, day: 1440 };

fn noise(random: &mut fastrand::Rng) -> f64 {
    crate::math::normal_quantile(random.f64().clamp(1e-12, 1.0 - 1e-12))
}

/// The share of intervals of the second half that held what came, over several series.
fn held(make: impl Fn(&mut fastrand::Rng, usize) -> f64) -> f64 {
    let (mut inside, mut all) = (0, 0);
    for seed in 0..8 {
        let mut random = fastrand::Rng::with_seed(seed);
        let values: Vec<f64> = (0..500).map(|at| make(&mut random, at)).collect();
        for told in backtest(&values, NEAR) {
            let (low, high) = told.forecast.range.unwrap();
            inside += i32::from((low..=high).contains(&values[told.at + NEAR.steps]));
            all += 1;
        }
    }
    f64::from(inside) / f64::from(all)
}

#[test]
fn nine_of_ten_intervals_hold_what_comes() {
    let ramp = held(|random, at| 0.3 * at as f64 + 2.0 * noise(random));
    let steps = held(|random, at| (at / 60 % 2) as f64 * 20.0 + noise(random));
    let noise = held(|random, _| 50.0 + 5.0 * noise(random));
    for (name, share) in [("ramp", ramp), ("steps", steps), ("noise", noise)] {
        assert!((0.85..=0.95).contains(&share), "{name}: {share}");
    }
}

#[test]
fn a_forecast_knows_nothing_of_what_comes() {
    let mut random = fastrand::Rng::with_seed(3);
    let mut values: Vec<f64> = (0..200).map(|_| noise(&mut random)).collect();
    let before = backtest(&values, NEAR);
    values[150..].iter_mut().for_each(|value| *value += 1e6);
    let after = backtest(&values, NEAR);
    let known = |told: &&Told| told.at < 150;
    assert!(before.iter().filter(known).count() > 20);
    assert!(before.iter().filter(known).eq(after.iter().filter(known)));
    assert!(before.last() != after.last());
}

#[test]
fn a_ramp_goes_on_and_noise_is_its_median() {
    let ramp: Vec<f64> = (0..300).map(f64::from).collect();
    for told in backtest(&ramp, NEAR) {
        let right = ramp[told.at + NEAR.steps];
        assert!((told.forecast.value - right).abs() < 0.5, "{told:?}");
    }
    let mut random = fastrand::Rng::with_seed(5);
    let noise: Vec<f64> = (0..800).map(|_| noise(&mut random)).collect();
    let all = backtest(&noise, NEAR);
    let errors = |of: &dyn Fn(&Told) -> f64| {
        all.iter().map(|told| (of(told) - noise[told.at + 5]).abs()).sum::<f64>()
    };
    // the least there is: the mean distance from the median, 1/sqrt 2 of that of two values
    let (mixed, naive) = (errors(&|told| told.forecast.value), errors(&|told| noise[told.at]));
    assert!(mixed / naive < 0.77, "{mixed} {naive}");
}

#[test]
fn what_cannot_be_is_not_told() {
    let mut random = fastrand::Rng::with_seed(6);
    let values: Vec<f64> = (0..300).map(|_| noise(&mut random).abs()).collect();
    let low = |told: &Told| told.forecast.range.map_or(0.0, |range| range.0);
    assert!(backtest(&values, NEAR).iter().all(|told| low(told) >= 0.0));
    let share =
        Series { whole: Some(1.0), ..series(60.0, values.iter().map(|v| v.min(1.0)).collect()) };
    let told = outlook(&share, Ahead::Time(300.0), None);
    assert!(told.low.0 >= Some(0.0) && told.high.0 == Some(1.0), "{told:?}");
}

#[test]
fn strange_figures_have_forecasts_too() {
    let huge = |at: usize| if at.is_multiple_of(3) { 1e300 } else { -1e300 };
    let jump = |at: usize| if at < 180 { 0.0 } else { 1e15 * at as f64 };
    let tiny = |at: usize| 1e-300 * (at % 5) as f64;
    let far = |at: usize| 1e15 + (at % 2) as f64;
    let makes: [&dyn Fn(usize) -> f64; 4] = [&huge, &jump, &tiny, &far];
    for (which, make) in makes.iter().enumerate() {
        let values: Vec<f64> = (0..300).map(make).collect();
        let told = backtest(&values, NEAR);
        assert!(told.len() > 50);
        for Told { at, forecast } in told {
            let (low, high) = forecast.range.unwrap();
            let all = forecast.value.is_finite() && low <= high;
            assert!(all, "{which} at {at}: {forecast:?}");
        }
    }
}

#[test]
fn origins_are_every_half_horizon_of_the_second_half() {
    let values = vec![1.0; 41];
    let at: Vec<usize> = backtest(&values, NEAR).iter().map(|told| told.at).collect();
    assert_eq!(at, [20, 22, 24, 26, 28, 30, 32, 34]);
    assert_eq!(backtest(&values[..10], NEAR).len(), 0);
    assert_eq!(Horizon::of(300.0, 30.0), Horizon { steps: 10, hour: 120, day: 2880 });
    assert_eq!(Horizon::of(300.0, 3600.0).steps, 1);
}

#[test]
fn what_is_missing_stays_as_it_was() {
    let mut values: Vec<f64> = (0..100).map(|at| f64::from(at % 7)).collect();
    values[0] = f64::NAN;
    values[60] = f64::INFINITY;
    let told = backtest(&values, NEAR);
    assert!(told.iter().all(|told| told.forecast.value.is_finite()), "{told:?}");
    assert!(Forecaster::new(NEAR).forecast().is_none());
}

fn series(step: f64, values: Vec<f64>) -> Series {
    Series {
        name: "memory".to_string(),
        times: (0..values.len()).map(|at| at as f64 * step).collect(),
        values,
        whole: Some(2000.0),
        ..Series::default()
    }
}

#[test]
fn a_threshold_is_reached_when_the_slope_says() {
    let mut random = fastrand::Rng::with_seed(9);
    let values = (0..200).map(|at| f64::from(at) * 2.0 + noise(&mut random)).collect();
    let ramp = series(10.0, values);
    let told = outlook(&ramp, Ahead::Time(300.0), Some(Threshold::Share(0.5)));
    // 400 now, 0.2 a second, to 1000
    assert_eq!((told.threshold, told.horizon_s.0), (Some(1000.0), Some(300.0)));
    let reach = told.reach_s.unwrap();
    assert!((reach - 3000.0).abs() < 60.0 && told.reach_low_s.unwrap() <= reach, "{told:?}");
    assert!(told.verdict.starts_with("reached in "), "{}", told.verdict);
    assert!((told.forecast.0.unwrap() - 460.0).abs() < 6.0 && told.tested > 60, "{told:?}");
    let verdict = |level| outlook(&ramp, Ahead::Time(300.0), Some(Threshold::Value(level))).verdict;
    assert_eq!((verdict(100.0).as_str(), verdict(1e9).as_str()), ("not in sight", "not in sight"));
}

#[test]
fn what_cannot_be_told_is_not_measured() {
    let short = outlook(&series(10.0, vec![1.0, 2.0, 3.0]), Ahead::Time(300.0), None);
    assert_eq!((short.tested, short.error.0, short.low.0), (0, None, None));
    let one = outlook(&series(10.0, vec![1.0]), Ahead::Time(300.0), None);
    assert!(one.verdict.starts_with("not measured"), "{one:?}");
    let mut gaps = series(1.0, vec![1.0; 20]);
    gaps.times[10..].iter_mut().for_each(|time| *time += 1e6);
    assert!(regular(&gaps).is_none());
}

#[test]
fn steps_that_are_missing_are_filled() {
    let mut some = series(10.0, vec![1.0, 2.0, 3.0, 4.0]);
    some.times = vec![0.0, 10.0, 40.0, 50.0];
    assert_eq!(regular(&some), Some((10.0, vec![1.0, 2.0, 2.0, 2.0, 3.0, 4.0])));
}
