use super::*;
use alloc::vec::Vec;

fn near(found: f64, expected: f64, within: f64) {
    assert!((found - expected).abs() <= within, "{found} instead of {expected}");
}

#[test]
fn quantiles_as_r_makes_them() {
    // R: quantile(c(1, 2, 4, 8), c(0.1, 0.5, 0.9))
    let values = [1.0, 2.0, 4.0, 8.0];
    near(quantile(&values, 0.1).unwrap(), 1.3, 1e-12);
    near(quantile(&values, 0.5).unwrap(), 3.0, 1e-12);
    near(quantile(&values, 0.9).unwrap(), 6.8, 1e-12);
    assert_eq!(quantile(&[], 0.5), None);
    assert_eq!(median([f64::NAN, 3.0, 1.0]), Some(2.0));
    assert_eq!(mad(&[1.0, 2.0, 4.0, 8.0]), Some((3.0, 1.5)));
}

#[test]
fn the_normal_distribution() {
    near(normal_cdf(1.96), 0.975_002_104_851_78, 1e-12);
    near(normal_quantile(0.975), 1.959_963_984_540_054, 1e-12);
    for share in [1e-12, 1e-4, 0.02, 0.3, 0.5, 0.77, 0.999_999] {
        near(normal_cdf(normal_quantile(share)) / share, 1.0, 1e-9);
    }
    near(normal_quantile(0.75) * MAD_TO_SIGMA, 1.0, 1e-12);
}

#[test]
fn student_s_distribution() {
    // R: 2 * pt(-t, df)
    near(student_two_sided(2.228_138_85, 10.0), 0.05, 1e-8);
    near(student_two_sided(-12.706_204_7, 1.0), 0.05, 1e-8);
    near(student_two_sided(0.5, 4.0), 0.643_329_6, 1e-6);
    near(student_two_sided(1.96, 1e7), 0.05, 1e-5);
    assert_eq!(student_two_sided(f64::INFINITY, 5.0), 0.0);
}

#[test]
fn an_interval_of_a_share() {
    // R: prop.test(8, 10, correct = FALSE)
    let (low, high) = binomial_interval((8, 10), 1.959_963_984_540_054);
    near(low, 0.490_162_5, 1e-6);
    near(high, 0.943_317_8, 1e-6);
    assert_eq!(binomial_interval((0, 0), 2.0), (0.0, 1.0));
}

#[test]
fn chances_of_several_tests() {
    // R: p.adjust(c(0.01, 0.04, 0.03, 0.5), "BH")
    let corrected = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5]);
    for (found, expected) in corrected.iter().zip([0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5]) {
        near(*found, expected, 1e-12);
    }
}

#[test]
fn ranks_and_their_correlation() {
    assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    let pairs: Vec<(f64, f64)> =
        [2.0, 1.0, 4.0, 3.0, 5.0].into_iter().enumerate().map(|(a, b)| (a as f64, b)).collect();
    // R: cor.test(1:5, c(2, 1, 4, 3, 5), method = "spearman", exact = FALSE)
    let (rho, chance) = spearman(&pairs, 3.0).unwrap();
    near(rho, 0.8, 1e-12);
    near(chance, 0.104_088, 1e-6);
    assert_eq!(spearman(&[(1.0, 1.0), (2.0, 1.0), (3.0, 1.0)], 1.0), None);
}

#[test]
fn slopes_and_their_test() {
    let mut points: Vec<(f64, f64)> = (0..20).map(|x| (f64::from(x), f64::from(3 * x))).collect();
    points[4].1 = 1e6;
    let slope = theil_sen(&points, 1.96).unwrap();
    near(slope.slope, 3.0, 1e-12);
    assert!(slope.low <= 3.0 && slope.high >= 3.0);
    let kendall = mann_kendall(&[1.0, 2.0, 3.0, 4.0, 5.0]);
    // by hand: 10 pairs rise; 5 x 4 x 15 / 18
    near(kendall.s, 10.0, 0.0);
    near(kendall.variance, 50.0 / 3.0, 1e-12);
    near(kendall.chance, 0.027_486, 1e-6);
    near(mann_kendall(&[1.0, 1.0, 1.0]).chance, 1.0, 0.0);
}

#[test]
fn an_interval_holds_what_it_should() {
    // of 200 samples of 40 normal values, about 95 % of the intervals hold the true median
    let mut random = fastrand::Rng::with_seed(1);
    let mut held = 0;
    for seed in 0..200 {
        let values: Vec<f64> = (0..40).map(|_| normal_quantile(random.f64())).collect();
        let draws = (400, seed);
        let interval = bootstrap(&values, draws, 0.95, |drawn| median(drawn.to_vec())).unwrap();
        held += u32::from(interval.low <= 0.0 && interval.high >= 0.0);
    }
    assert!((180..=198).contains(&held), "{held} of 200");
    assert_eq!(bootstrap(&[], (10, 1), 0.9, |_| Some(1.0)), None);
}
