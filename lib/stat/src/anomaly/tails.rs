//! How unlikely each of many deviations is, by the bulk of them.

use crate::math::{quantile, sorted, student_two_sided};
use alloc::vec::Vec;

/// Deviations on a side below which both sides are taken together.
const FEW: usize = 10;
/// Deviations from which the tail is looked at itself.
const MANY: usize = 200;
/// Degrees of freedom that are tried, from normal tails to those of Cauchy.
const FREEDOM: [f64; 10] = [1000.0, 30.0, 15.0, 10.0, 7.0, 5.0, 4.0, 3.0, 2.0, 1.0];
/// What of the independent values the median deviation makes use of (Rousseeuw and Croux 1993).
const EFFICIENCY: f64 = 0.37;

/// One deviation, judged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// In robust standard deviations, with its sign.
    pub score: f64,
    /// Chance of one as far on either side.
    pub chance: f64,
}

/// Judges deviations from what was expected by the median deviation of their side (the double
/// MAD, Rosenmai 2013, since figures of machines are skew), and how far that is by the tails:
/// of many values by those beyond the ninth decile, of fewer by the shape of the bulk. What is not
/// a number is not judged.
pub fn judge(deviations: &[f64]) -> Vec<Judged> {
    let [above, below] = sides(deviations).map(Side::of);
    let side = |deviation: f64| if deviation > 0.0 { &above } else { &below };
    let scored = |x: &f64| if *x == 0.0 { 0.0 } else { x / side(*x).sigma };
    let scores: Vec<f64> = deviations.iter().map(scored).collect();
    let far = sorted(scores.iter().map(|score| score.abs()));
    let tail = Tail::of(&far);
    let judged = deviations.iter().zip(scores).map(|(deviation, score)| {
        if *deviation == 0.0 || score.is_nan() {
            return Judged { score: 0.0, chance: 1.0 };
        }
        let chance = tail.chance(score.abs()).max(side(*deviation).least_chance(deviation.abs()));
        Judged { score, chance }
    });
    judged.collect()
}

/// How deviations in robust standard deviations go on beyond the bulk.
#[derive(Clone, Copy, Debug)]
enum Tail {
    /// Excesses over a high threshold follow a generalised Pareto distribution (Balkema and de
    /// Haan 1974, Pickands 1975), here with the shape and scale that three quantiles have, as
    /// Pickands' estimator: two values in a hundred may be anything. Tails that end are taken as
    /// exponential.
    Excess { begin: f64, scale: f64, shape: f64 },
    /// Student's distribution whose bulk reaches as far.
    Student { freedom: f64, unit: f64 },
}

/// Shares beyond the beginning of the tail and beyond the two quantiles that shape it.
const BEYOND: [f64; 3] = [0.2, 0.07, 0.025];
/// Shapes that are told apart: exponential, and heavy as far as a mean exists.
const SHAPES: (f64, f64) = (1e-3, 1.0);

impl Tail {
    fn of(far: &[f64]) -> Tail {
        if far.len() >= MANY
            && let Some(tail) = Self::excess(far)
        {
            return tail;
        }
        let [middle, end] = [0.5, 0.9].map(|share| quantile(far, share).unwrap_or(0.0));
        let spread = |freedom: f64| student(0.1, freedom) / student(0.5, freedom);
        let fits = FREEDOM.into_iter().find(|freedom| spread(*freedom) * middle >= end);
        // a scale that comes from few values is uncertain, as that of Student's t
        let freedom = fits.unwrap_or(1.0).min((EFFICIENCY * far.len() as f64).max(1.0));
        Tail::Student { freedom, unit: student(0.5, freedom) * crate::math::MAD_TO_SIGMA }
    }

    fn excess(far: &[f64]) -> Option<Tail> {
        let [begin, middle, end] = BEYOND.map(|share| quantile(far, 1.0 - share).unwrap_or(0.0));
        // how far the quantile lies from the beginning at a scale of 1
        let reach = |share: f64, shape: f64| (libm::pow(BEYOND[0] / share, shape) - 1.0) / shape;
        let wanted = (end - begin) / (middle - begin);
        let (mut low, mut high) = SHAPES;
        for _ in 0..40 {
            let shape = (low + high) / 2.0;
            let longer = reach(BEYOND[2], shape) / reach(BEYOND[1], shape) < wanted;
            if longer { low = shape } else { high = shape }
        }
        let shape = (low + high) / 2.0;
        let scale = (middle - begin) / reach(BEYOND[1], shape);
        (scale > 0.0).then_some(Tail::Excess { begin, scale, shape })
    }

    /// Chance of a deviation as far.
    fn chance(self, far: f64) -> f64 {
        match self {
            Tail::Excess { begin, scale, shape } => {
                let excess = (far - begin).max(0.0) / scale;
                BEYOND[0] * libm::pow(1.0 + shape * excess, -1.0 / shape)
            }
            Tail::Student { freedom, unit } => student_two_sided(far * unit, freedom),
        }
    }
}

/// How far the bulk of deviations reaches: the ninth decile of a side over its median, the greater
/// of the two sides; 2.4 for normal ones.
pub fn reach(deviations: &[f64]) -> f64 {
    let reaches = sides(deviations).map(|near| {
        let [middle, far] = [0.5, 0.9].map(|share| quantile(&near, share).unwrap_or(0.0));
        far / middle
    });
    reaches[0].max(reaches[1])
}

/// The deviations above and those below, in order.
fn sides(deviations: &[f64]) -> [Vec<f64>; 2] {
    [1.0, -1.0].map(|sign| {
        let on_side = deviations.iter().map(|deviation| deviation * sign);
        let near = sorted(on_side.filter(|deviation| *deviation >= 0.0));
        if near.len() >= FEW {
            return near;
        }
        sorted(deviations.iter().map(|deviation| deviation.abs()))
    })
}

/// Deviations to one side.
#[derive(Clone, Debug)]
struct Side {
    /// Robust standard deviation.
    sigma: f64,
    /// Where more than half of the values are what was expected, all of them in order.
    sparse: Vec<f64>,
}

impl Side {
    fn of(near: Vec<f64>) -> Self {
        let middle = quantile(&near, 0.5).unwrap_or(0.0);
        if middle > 0.0 {
            return Side { sigma: middle * crate::math::MAD_TO_SIGMA, sparse: Vec::new() };
        }
        // where the median deviation is nothing the mean one is the scale (Iglewicz and Hoaglin 1993)
        let mean = near.iter().sum::<f64>() / near.len().max(1) as f64;
        Side { sigma: libm::sqrt(core::f64::consts::FRAC_PI_2) * mean, sparse: near }
    }

    /// What comes again and again is not out of line, however much most values are the same.
    fn least_chance(&self, deviation: f64) -> f64 {
        let as_far = self.sparse.len() - self.sparse.partition_point(|known| *known < deviation);
        let share = as_far as f64 / self.sparse.len().max(1) as f64;
        share * share
    }
}

/// The value that Student's distribution exceeds on either side with a chance, by halving.
fn student(chance: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 64.0);
    for _ in 0..48 {
        let middle = (low + high) / 2.0;
        if student_two_sided(middle, freedom) > chance { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}
