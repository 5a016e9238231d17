use super::*;
use alloc::vec;
use core::f64::consts::TAU;

const FDR: f64 = 0.05;

/// A normal value (Box and Muller 1958).
fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = libm::sqrt(-2.0 * libm::log(1.0 - random.f64()));
    radius * libm::cos(TAU * random.f64())
}

fn series(values: Vec<f64>) -> Series {
    let times = (0..values.len()).map(|n| n as f64).collect();
    Series { name: "x".into(), times, values, ..Series::default() }
}

fn found(series: &[Series]) -> Vec<Anomaly> {
    outliers(series, &Durations::default(), FDR).found
}

/// Share of 200 series of `of` in which anything was found.
fn false_alarms(length: usize, of: impl Fn(&mut fastrand::Rng) -> f64) -> f64 {
    let alarmed = (0..200).filter(|seed| {
        let mut random = fastrand::Rng::with_seed(*seed);
        !found(&[series((0..length).map(|_| of(&mut random)).collect())]).is_empty()
    });
    alarmed.count() as f64 / 200.0
}

#[test]
fn noise_is_seldom_out_of_line() {
    for length in [60, 400, 2000] {
        let shares = [
            false_alarms(length, normal),
            false_alarms(length, |random| random.f64()),
            false_alarms(length, |random| libm::exp(normal(random))),
            false_alarms(length, |random| libm::floor(random.f64() * 6.0)),
        ];
        assert!(shares.iter().all(|share| *share <= 0.08), "{length} {shares:?}");
    }
}

/// One value in a hundred is moved, up or down.
#[test]
fn what_was_planted_is_found() {
    for (length, far, recall_least) in [(400, 8.0, 0.75), (2000, 8.0, 0.85), (2000, 10.0, 0.95)] {
        let (mut right, mut wrong, mut planted) = (0, 0, 0);
        for seed in 0..50 {
            let mut random = fastrand::Rng::with_seed(seed);
            let mut values: Vec<f64> = (0..length).map(|_| normal(&mut random)).collect();
            let places: Vec<usize> = (31..length).step_by(100).collect();
            let mut sign = || if random.bool() { far } else { -far };
            places.iter().for_each(|place| values[*place] += sign());
            planted += places.len();
            for anomaly in found(&[series(values)]) {
                if places.contains(&(anomaly.time as usize)) { right += 1 } else { wrong += 1 }
            }
        }
        let precision = f64::from(right) / f64::from(right + wrong);
        let recall = f64::from(right) / planted as f64;
        assert!(
            precision >= 0.95 && recall >= recall_least,
            "{length} {far}: {precision} {recall}"
        );
    }
}

#[test]
fn a_figure_that_is_mostly_the_same() {
    let blip = |every: usize| (0..1000).map(move |n| f64::from(u8::from(n % every == 500 % every)));
    let once = found(&[series(blip(1000).collect())]);
    assert_eq!((once.len(), once[0].time, once[0].value, once[0].expected), (1, 500.0, 1.0, 0.0));
    assert_eq!(found(&[series(blip(4).collect())]), []);
    assert_eq!(found(&[series([7.0; 100].to_vec())]), []);
}

#[test]
fn neighbours_are_one_finding_and_what_is_missing_is_none() {
    let mut random = fastrand::Rng::with_seed(5);
    let mut values: Vec<f64> = (0..500).map(|_| normal(&mut random)).collect();
    [12.0, 20.0, 15.0].into_iter().enumerate().for_each(|(n, value)| values[100 + n] = value);
    values[200] = f64::NAN;
    let all = outliers(&[series(values), series(vec![1.0; 5])], &Durations::default(), FDR);
    assert_eq!((all.series, all.too_short, all.values), (1, 1, 499));
    let [found] = &all.found[..] else { panic!("{all:?}") };
    assert_eq!((found.time, found.until, found.values, found.value), (100.0, 102.0, 3, 20.0));
    assert!(found.score > 10.0 && found.chance <= FDR, "{found:?}");
}

#[test]
fn an_operation_is_held_against_its_family() {
    let mut durations = Durations::default();
    let mut random = fastrand::Rng::with_seed(3);
    for n in 0..40 {
        let wall = if n == 17 { 60.0 } else { 2.0 + random.f64() };
        for (wall, result) in [(wall, "success"), (0.01, "failure")] {
            let line = ended(n, wall, result);
            assert_eq!(durations.line(line.as_bytes()), Ok(true));
        }
    }
    let found = outliers(&[], &durations, FDR).found;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].id.as_str(), found[0].value), ("page-17.pdf", 60.0));
    assert!((2.0..3.0).contains(&found[0].expected));
}

fn ended(n: u32, wall: f64, result: &str) -> String {
    let end = 1000.0 + wall;
    format!(
        r#"{{"type":"op.end","id":"page-{n}.pdf","attempt":1,"slot":1,"start":1000,"end":{end:.3},"wall_s":{wall:.3},"exit":0,"result":"{result}"}}"#
    )
}
