use super::*;
use alloc::format;

fn of(walls: impl IntoIterator<Item = f64>) -> Benched {
    let run = |wall| BenchRun { wall: Seconds::from_f64(wall), ..BenchRun::default() };
    Benched { command: "x".into(), runs: walls.into_iter().map(run).collect(), begun: None }
}

/// Two commands in rounds on a machine whose speed drifts, with durations that have a tail:
/// the second takes `ratio` times as long.
fn on_a_machine(seed: u64, (rounds, ratio): (usize, f64)) -> [Benched; 2] {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut normal = move || (0..12).map(|_| random.f64()).sum::<f64>() - 6.0;
    let mut drift = 0.0;
    let mut walls = [Vec::new(), Vec::new()];
    for round in 0..rounds {
        for which in round_order(2, (seed, round as u64)) {
            drift = 0.9 * drift + 0.01 * normal();
            let own = libm::exp(drift + 0.03 * normal());
            let late = if normal() > 1.6 { 1.3 } else { 1.0 };
            walls[which].push(0.1 * own * late * if which == 1 { ratio } else { 1.0 });
        }
    }
    walls.map(of)
}

fn differs(pair: &[Benched]) -> bool {
    let told = &bench_results(pair, (1, 1))[1];
    assert!(["faster", "slower", "no difference"].contains(&told.verdict.as_str()));
    told.verdict != "no difference"
}

/// A command beside itself: five of a hundred times a difference is told, no more.
#[test]
fn a_command_beside_itself_differs_by_chance_alone() {
    for rounds in [10, 30] {
        let seeds = 4000;
        let alarms = (0..seeds).filter(|seed| differs(&on_a_machine(*seed, (rounds, 1.0)))).count();
        let share = alarms as f64 / seeds as f64;
        // 5 % and three standard deviations of that count; what comes late by chance, and
        // intervals that must agree with the ranks, leave fewer
        assert!((0.02..=0.0604).contains(&share), "{rounds} rounds: {share}");
    }
}

#[test]
fn a_real_difference_is_found() {
    let found = (0..200).filter(|seed| differs(&on_a_machine(*seed, (30, 1.1)))).count();
    assert!(found > 190, "{found} of 200");
}

#[test]
fn figures_of_a_command() {
    let told = bench_results(&[of([0.1, 0.2, 0.3, 0.4, 9.0])], (1, 500));
    let [one] = &told[..] else { panic!("{told:?}") };
    assert_eq!((one.median_s, one.min_s), (Seconds::from_f64(0.3), Seconds::from_f64(0.1)));
    assert_eq!((one.outliers, one.runs, one.mean_s), (1, 5, Seconds::from_secs(2)));
    assert!(one.low_s < Some(one.median_s) && one.high_s > Some(one.median_s));
    assert_eq!((one.ratio, one.verdict.as_str()), (None, ""), "the first is beside nobody");
}

#[test]
fn twice_as_fast_is_a_ratio_of_two() {
    let slow = of((0..20).map(|n| 0.2 + f64::from(n) * 1e-4));
    let fast = of((0..20).map(|n| 0.1 + f64::from(n) * 1e-4));
    let told = bench_results(&[slow.clone(), fast, slow], (1, 500));
    assert_eq!(told[1].verdict, "faster");
    let ratio = told[1].ratio.unwrap_or_default();
    assert!((ratio - 2.0).abs() < 0.02, "{ratio}");
    let interval = (told[1].ratio_low, told[1].ratio_high);
    assert!(interval.0 < Some(ratio) && interval.1 > Some(ratio), "{interval:?}");
    assert_eq!(told[2].verdict, "no difference");
}

#[test]
fn too_few_runs_tell_nothing() {
    let told = bench_results(&[of([0.1, 0.1]), of([0.2, 0.2])], (1, 100));
    assert_eq!((told[1].verdict.as_str(), told[1].chance), ("too few", None));
    assert_eq!(bench_results(&[], (1, 100)).len(), 0);
    assert_eq!(bench_results(&[of([])], (1, 100))[0].runs, 0);
}

#[test]
fn each_round_has_each_command_once_in_an_order_of_its_own() {
    let mut orders: Vec<String> = Vec::new();
    for round in 0..60 {
        let order = round_order(3, (7, round));
        let mut all = order.clone();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2]);
        orders.push(format!("{order:?}"));
    }
    orders.sort();
    orders.dedup();
    assert_eq!(orders.len(), 6, "every order comes");
}
