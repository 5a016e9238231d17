//! Times at which an axis is marked.

use record::Seconds;

/// Steps between marks, in seconds: each a whole part of the next unit.
const STEPS: [f64; 33] = [
    0.001,
    0.002,
    0.005,
    0.01,
    0.02,
    0.05,
    0.1,
    0.2,
    0.5,
    1.0,
    2.0,
    5.0,
    10.0,
    15.0,
    30.0,
    60.0,
    120.0,
    300.0,
    600.0,
    900.0,
    1800.0,
    3600.0,
    7200.0,
    10_800.0,
    21_600.0,
    43_200.0,
    86_400.0,
    172_800.0,
    432_000.0,
    864_000.0,
    2_592_000.0,
    7_776_000.0,
    31_557_600.0,
];

/// At most `most` marks from the beginning to `length`.
pub fn marks(length: Seconds, most: usize) -> Vec<Seconds> {
    let wide = length.as_f64() / most.max(1) as f64;
    let step = STEPS.iter().copied().find(|step| *step >= wide).unwrap_or(wide);
    let step = Seconds::from_f64(step).max(Seconds::from_micros(1));
    let mut marks = Vec::new();
    let mut at = Seconds::ZERO;
    while at <= length && marks.len() <= most {
        marks.push(at);
        at += step;
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        let at = |secs: f64, most| -> Vec<f64> {
            marks(Seconds::from_f64(secs), most).into_iter().map(Seconds::as_f64).collect()
        };
        assert_eq!(at(7.0, 4), [0.0, 2.0, 4.0, 6.0]);
        assert_eq!(at(420.0, 4), [0.0, 120.0, 240.0, 360.0]);
        assert_eq!(at(0.0, 4), [0.0]);
        assert_eq!(at(5400.0, 6), [0.0, 900.0, 1800.0, 2700.0, 3600.0, 4500.0, 5400.0]);
        assert!(at(1e12, 5).len() <= 6);
    }
}
