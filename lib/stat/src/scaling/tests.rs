use super::*;
use alloc::format;
use alloc::string::String;

fn points(all: &[(f64, f64)]) -> Vec<Point> {
    all.iter().map(|(n, rate)| Point { n: *n, rate: *rate }).collect()
}

fn curve(law: Law, widths: &[f64]) -> Vec<Point> {
    widths.iter().map(|n| Point { n: *n, rate: law.rate(*n) }).collect()
}

const WIDTHS: [f64; 7] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0];

fn near(found: f64, right: f64, share: f64) -> bool {
    (found - right).abs() <= share * right.abs().max(1e-9)
}

#[test]
fn the_coefficients_of_a_curve_are_found() {
    for (sigma, kappa, lambda) in [
        (0.02, 0.0005, 1.0),
        (0.3, 1e-6, 1e9),
        (0.001, 0.02, 1e-6),
        (0.0, 0.003, 40.0),
        (0.08, 0.0, 7.0),
        (0.0, 0.0, 3.0),
        (0.95, 0.0001, 12.0),
    ] {
        let law = Law { sigma, kappa, lambda };
        let found = fit(&curve(law, &WIDTHS), Free::Both).unwrap();
        let right = near(found.sigma, sigma, 1e-6)
            && (found.kappa - kappa).abs() < 1e-9
            && near(found.lambda, lambda, 1e-6);
        assert!(right, "{law:?} {found:?}");
    }
    // users in thousands
    let law = Law { sigma: 1e-5, kappa: 3e-11, lambda: 0.25 };
    let found = fit(&curve(law, &WIDTHS.map(|n| n * 1000.0)), Free::Both).unwrap();
    assert!(near(found.sigma, 1e-5, 1e-6) && near(found.kappa, 3e-11, 1e-6), "{found:?}");
}

#[test]
fn a_noisy_curve_gives_them_within_a_tenth() {
    let law = Law { sigma: 0.05, kappa: 0.002, lambda: 100.0 };
    let mut random = fastrand::Rng::with_seed(1);
    let mut noise = || crate::math::normal_quantile(random.f64().clamp(1e-9, 1.0 - 1e-9));
    let mut held = 0;
    for _ in 0..40 {
        let noisy: Vec<Point> = curve(law, &WIDTHS)
            .iter()
            .flat_map(|point| [*point; 3])
            .map(|point| Point { rate: point.rate * (1.0 + 0.01 * noise()), ..point })
            .collect();
        let Scaling { sigma, kappa, lambda, sigma_low, sigma_high, .. } =
            scaling("noisy", &noisy, &[]).scaling;
        let found = (sigma.0.unwrap(), kappa.0.unwrap(), lambda.0.unwrap());
        let right =
            near(found.0, 0.05, 0.1) && near(found.1, 0.002, 0.1) && near(found.2, 100.0, 0.1);
        assert!(right, "{found:?}");
        held += i32::from((sigma_low.0.unwrap()..=sigma_high.0.unwrap()).contains(&0.05));
    }
    assert!(held >= 34, "{held} of 40");
}

/// Where kappa would be negative it is 0, and sigma is fitted without it.
#[test]
fn a_coefficient_at_its_bound_leaves_the_others_free() {
    let bent = points(&[(1.0, 1.0), (2.0, 1.4), (4.0, 2.0), (8.0, 3.2), (16.0, 5.5)]);
    let found = fit(&bent, Free::Both).unwrap();
    assert_eq!(found.kappa, 0.0);
    assert_eq!(Some(found), fit(&bent, Free::Contention));
    // faster than in proportion: neither is left
    let steep = points(&[(1.0, 1.0), (2.0, 2.2), (4.0, 5.0), (8.0, 11.0)]);
    let found = fit(&steep, Free::Both).unwrap();
    assert_eq!((found.sigma, found.kappa), (0.0, 0.0));
}

#[test]
fn what_cannot_be_fitted_is_not() {
    for few in [&[][..], &[(1.0, 5.0)], &[(2.0, 5.0), (2.0, 6.0)], &[(1.0, 0.0), (2.0, 0.0)]] {
        assert_eq!(fit(&points(few), Free::Both), None, "{few:?}");
    }
    let told = scaling("few", &points(&[(1.0, 5.0), (2.0, 9.0)]), &[]);
    assert!(told.scaling.verdict.starts_with("not measured"), "{told:?}");
    assert_eq!((told.points[1].speedup, told.points[1].efficiency), (1.8, 0.9));
}

/// Streams of one rate that share a bandwidth: the knee is where they fill it.
#[test]
fn the_knee_of_a_shared_bandwidth_is_where_it_is_full() {
    for (bandwidth, one) in [(10.0, 2.0), (100.0, 12.5), (7.0, 2.0)] {
        let shared: Vec<Point> = [1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0]
            .map(|n: f64| Point { n, rate: (n * one).min(bandwidth) })
            .into();
        let told = scaling("shared", &shared, &[]).scaling;
        let knee = told.knee.0.unwrap();
        assert!(near(knee, bandwidth / one, 0.02), "{knee} {told:?}");
        assert_eq!(told.bound, "limit", "{told:?}");
    }
}

#[test]
fn the_bound_is_named_with_its_number() {
    let bound = |law, evidence: &[Evidence]| {
        let told = scaling("x", &curve(law, &WIDTHS), evidence).scaling;
        format!("{}: {}", told.bound, told.verdict)
    };
    let law = |sigma, kappa| Law { sigma, kappa, lambda: 2.0 };
    let none = bound(law(0.0, 0.0), &[]);
    assert_eq!(none, "none: at 64 every worker still has 100.0 % of the rate of one");
    let serial = bound(law(0.25, 0.0), &[]);
    assert!(
        serial.starts_with("contention: sigma 25.0 %") && serial.ends_with("above 4.0"),
        "{serial}"
    );
    let pairs = bound(law(0.01, 0.005), &[]);
    assert!(
        pairs.starts_with("coherence: kappa 0.005000") && pairs.ends_with("beyond 14.1"),
        "{pairs}"
    );
    let at = |cause: &str, share: f64, fullest| {
        let cause = cause.to_string();
        [Evidence { concurrency: 64.0, cause, share, fullest }]
    };
    let lock = bound(law(0.25, 0.0), &at("lock:msi", 0.9, None));
    assert_eq!(lock, "lock: at 64 lock msi explains 90.0 % of the wall");
    let start = bound(law(0.25, 0.0), &at("start", 0.5, None));
    assert_eq!(start, "start: at 64 starting operations explains 50.0 % of the wall");
    let full = |name: &str| Some((name.to_string(), 0.97));
    let cpu = bound(law(0.25, 0.0), &at("slots", 1.0, full("cpu busy")));
    assert_eq!(cpu, "cpu: at 64 cpu busy was 97.0 % on average");
    let disk = bound(law(0.25, 0.0), &at("slots", 1.0, full("disk vda util")));
    assert_eq!(disk, "disk: at 64 disk vda util was 97.0 % on average");
    // what scales has no bound, whatever a log says
    assert!(bound(law(0.0, 0.0), &at("lock:msi", 0.9, None)).starts_with("none"));
}

#[test]
fn a_table_is_read_whatever_cuts_its_cells() {
    let read = |lines: &[&str]| {
        let mut intake = TableIntake::default();
        let bad: Vec<(usize, _)> = lines
            .iter()
            .filter_map(|line| intake.line(line.as_bytes()).err())
            .map(|bad| (bad.column, bad.what.to_string()))
            .collect();
        (intake.finish().iter().map(|point| (point.n, point.rate)).collect::<Vec<_>>(), bad)
    };
    let right = [(1.0, 20.0), (4.0, 78.5)].to_vec();
    for lines in
        [["load,tput", "1,20", "4,78.5"], ["# x", "1;20", "4 ; 78.5"], ["n x", "1 20", "4   78.5"]]
    {
        assert_eq!(read(&lines), (right.clone(), [].to_vec()), "{lines:?}");
    }
    let (kept, bad) = read(&["n,x", "1,20", "4,x", "0,3", "7"]);
    assert_eq!(kept.len(), 1);
    let told: Vec<String> = bad.iter().map(|(column, what)| format!("{column} {what}")).collect();
    assert_eq!(
        told,
        [
            "3 'x' is no number",
            "1 a concurrency is above 0",
            "0 a row is a concurrency and a throughput"
        ]
    );
}
