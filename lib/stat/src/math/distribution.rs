//! Distributions that tests and intervals need.

use core::f64::consts::SQRT_2;

/// Share of the standard normal distribution below `z`.
pub fn normal_cdf(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// The value below which `share` of the standard normal distribution lies; infinite at 0 and 1.
/// Rational approximation (Acklam 2003), one step of Halley's method behind it.
pub fn normal_quantile(share: f64) -> f64 {
    if share <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if share >= 1.0 {
        return f64::INFINITY;
    }
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] = [
        7.784_695_709_041_462e-3,
        3.224_671_290_700_398e-1,
        2.445_134_137_142_996,
        3.754_408_661_907_416,
    ];
    let polynomial = |of: &[f64], x: f64| of.iter().fold(0.0, |sum, factor| sum * x + factor);
    let tail = |share: f64| {
        let q = libm::sqrt(-2.0 * libm::log(share));
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    };
    let first = if share < 0.02425 {
        tail(share)
    } else if share > 1.0 - 0.02425 {
        -tail(1.0 - share)
    } else {
        let q = share - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
    };
    let error = normal_cdf(first) - share;
    let step = error * libm::sqrt(2.0 * core::f64::consts::PI) * libm::exp(first * first / 2.0);
    first - step / (1.0 + first * step / 2.0)
}

/// Chance of a value of Student's distribution at least as far from 0 as `t`, on either side.
pub fn student_two_sided(t: f64, freedom: f64) -> f64 {
    if t.is_nan() || freedom <= 0.0 {
        return 1.0;
    }
    if t.is_infinite() {
        return 0.0;
    }
    incomplete_beta((freedom / 2.0, 0.5), freedom / (freedom + t * t))
}

/// The value below which `share` of Student's distribution lies, by halving.
pub fn student_quantile(share: f64, freedom: f64) -> f64 {
    let above = share >= 0.5;
    let outside = 2.0 * if above { 1.0 - share } else { share };
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom) > outside && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..80 {
        let middle = (low + high) / 2.0;
        if student_two_sided(middle, freedom) > outside { low = middle } else { high = middle }
    }
    if above { high } else { -high }
}

/// Regularised incomplete beta function, by its continued fraction (Abramowitz and Stegun 1964,
/// 26.5.8; evaluated as Lentz 1976).
fn incomplete_beta((a, b): (f64, f64), x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    // the fraction converges fast on one side of the mean only
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta((b, a), 1.0 - x);
    }
    let front = libm::exp(
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b)
            + a * libm::log(x)
            + b * libm::log(1.0 - x),
    ) / a;
    const TINY: f64 = 1e-300;
    let (mut c, mut d) = (1.0, 1.0 - (a + b) * x / (a + 1.0));
    d = 1.0 / if d.abs() < TINY { TINY } else { d };
    let mut value = d;
    for step in 1..300 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for factor in [even, odd] {
            d = 1.0 + factor * d;
            d = 1.0 / if d.abs() < TINY { TINY } else { d };
            c = 1.0 + factor / c;
            c = if c.abs() < TINY { TINY } else { c };
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < 1e-14 {
            break;
        }
    }
    (front * value).clamp(0.0, 1.0)
}

/// Interval of a share of which `hits` of `n` were seen, at `z` standard deviations
/// (Wilson 1927); from 0 to 1 where nothing was seen.
pub fn binomial_interval((hits, n): (u64, u64), z: f64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (n, share) = (n as f64, hits as f64 / n as f64);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half =
        z / (1.0 + z * z / n) * libm::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    ((middle - half).max(0.0), (middle + half).min(1.0))
}
