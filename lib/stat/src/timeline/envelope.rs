//! A series of readings with a bound on its length: where there are more readings than
//! points, a point has the least, the greatest and the mean of several.

use alloc::vec::Vec;
use record::Seconds;

/// Points at most; where more come, each two become one.
pub const MOST: usize = 2048;

/// One point of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Time of its last reading.
    pub at: Seconds,
    /// The least of its readings.
    pub least: f64,
    /// The greatest.
    pub greatest: f64,
    /// Their mean.
    pub mean: f64,
    /// How many there were.
    pub count: u32,
}

/// Least and greatest of a column of pixels draw the same line as all readings would (M4:
/// Jugel, Jerzak, Hackenbroich, Markl, VLDB 2014). Points here hold equally many readings
/// each, and there are at least as many of them as columns.
#[derive(Clone, Debug, Default)]
pub struct Envelope {
    points: Vec<Point>,
    /// Readings of a full point.
    stride: u32,
}

impl Envelope {
    /// Adds a reading; they come in the order of their times.
    pub fn push(&mut self, at: Seconds, value: f64) {
        if !value.is_finite() {
            return;
        }
        let one = Point { at, least: value, greatest: value, mean: value, count: 1 };
        match self.points.last_mut() {
            Some(last) if last.count < self.stride => *last = joined(last, &one),
            _ => self.points.push(one),
        }
        if self.points.len() > MOST {
            let pairs = self.points.chunks(2).map(|pair| match pair {
                [a, b] => joined(a, b),
                _ => pair[0],
            });
            self.points = pairs.collect();
            self.stride = self.stride.max(1) * 2;
        }
    }

    /// The points, by time.
    pub fn into_points(mut self) -> Vec<Point> {
        self.points.sort_by_key(|point| point.at);
        self.points
    }
}

fn joined(a: &Point, b: &Point) -> Point {
    let count = a.count + b.count;
    let sum = a.mean * f64::from(a.count) + b.mean * f64::from(b.count);
    Point {
        at: a.at.max(b.at),
        least: a.least.min(b.least),
        greatest: a.greatest.max(b.greatest),
        mean: sum / f64::from(count),
        count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn few_readings_are_points_of_their_own() {
        let mut few = Envelope::default();
        (0..MOST as i64).for_each(|at| few.push(Seconds::from_secs(at), at as f64));
        few.push(Seconds::from_secs(9), f64::NAN);
        let points = few.into_points();
        assert_eq!(points.len(), MOST);
        assert!(points.iter().all(|point| point.count == 1 && point.least == point.greatest));
    }

    proptest! {
        #[test]
        fn a_peak_is_never_lost(count in 1usize..20_000, peak in any::<prop::sample::Index>()) {
            let mut series = Envelope::default();
            let peak = peak.index(count);
            for at in 0..count {
                series.push(Seconds::from_secs(at as i64), if at == peak { 100.0 } else { 1.0 });
            }
            let points = series.into_points();
            prop_assert!(points.len() <= MOST && points.len() >= count.min(MOST / 2));
            prop_assert_eq!(points.iter().map(|point| point.count as usize).sum::<usize>(), count);
            let most = points.iter().position(|point| point.greatest == 100.0).unwrap_or(0);
            prop_assert!(points[most].at >= Seconds::from_secs(peak as i64));
            prop_assert!(most == 0 || points[most - 1].at < Seconds::from_secs(peak as i64));
            let mean: f64 = points.iter().map(|p| p.mean * f64::from(p.count)).sum::<f64>() / count as f64;
            prop_assert!((mean - (1.0 + 99.0 / count as f64)).abs() < 1e-9);
        }
    }
}
