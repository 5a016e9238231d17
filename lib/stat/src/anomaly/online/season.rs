//! What the hour of the day and of the week explains.

use super::gain;
use crate::anomaly::place_in;
use alloc::vec;
use alloc::vec::Vec;

/// Seconds of a day.
const DAY: f64 = 86_400.0;
/// Places of a day: half hours.
const OF_DAY: usize = 48;
/// Places of a week: hours.
const OF_WEEK: usize = 168;
/// Least weight of a new value in the mean of its place: about ten days, five weeks.
const DAILY: f64 = 0.1;
const WEEKLY: f64 = 0.2;
/// Rows over which the level is followed.
const LEVEL: f64 = 300.0;
/// Rows over which errors are compared.
const COMPARED: f64 = 2000.0;
/// A season is used where its errors are at most this part of those of the level.
const WORTH: f64 = 0.7;

/// What is left of a value.
#[derive(Clone, Copy, Debug)]
pub struct Left {
    /// After the level of the last rows.
    pub of_level: f64,
    /// After the season that explains most, where one explains enough.
    pub of_season: Option<f64>,
}

/// Three forecasts of the next value, the level (exponential smoothing, Brown 1956), the mean of
/// its time of day, and of its time of the week, and how well each has done so far.
#[derive(Clone, Debug)]
pub struct Season {
    rows: u64,
    level: f64,
    day: Profile,
    week: Profile,
    /// Mean absolute errors of level, day and week.
    errors: [f64; 3],
}

impl Default for Season {
    fn default() -> Self {
        Season {
            rows: 0,
            level: 0.0,
            day: Profile::new((DAY, OF_DAY), DAILY),
            week: Profile::new((7.0 * DAY, OF_WEEK), WEEKLY),
            errors: [0.0; 3],
        }
    }
}

impl Season {
    /// What is left of a value after what was known before it, which then is learned.
    pub fn left(&mut self, time: f64, value: f64) -> Left {
        if self.rows == 0 {
            self.level = value;
        }
        let of_day = self.day.mean(time).unwrap_or(self.level);
        let of_week = self.week.mean(time).unwrap_or(of_day);
        let left = [self.level, of_day, of_week].map(|forecast| value - forecast);
        let [by_level, by_day, by_week] = self.errors;
        let best = if by_week < by_day { 2 } else { 1 };
        let of_season = (by_day.min(by_week) < WORTH * by_level).then_some(left[best]);
        self.rows += 1;
        let compared = gain(self.rows, COMPARED);
        for (error, left) in self.errors.iter_mut().zip(left) {
            *error += compared * (left.abs() - *error);
        }
        self.day.add(time, value);
        self.week.add(time, value);
        self.level += gain(self.rows, LEVEL) * (value - self.level);
        Left { of_level: left[0], of_season }
    }
}

/// Means by place in a period.
#[derive(Clone, Debug)]
struct Profile {
    period: f64,
    least: f64,
    /// Mean and number of values.
    places: Vec<(f64, u64)>,
}

impl Profile {
    fn new((period, places): (f64, usize), least: f64) -> Self {
        Profile { period, least, places: vec![(0.0, 0); places] }
    }

    fn place(&self, time: f64) -> usize {
        place_in((self.period, self.places.len()), time)
    }

    fn mean(&self, time: f64) -> Option<f64> {
        let (mean, count) = self.places[self.place(time)];
        (count > 0).then_some(mean)
    }

    fn add(&mut self, time: f64, value: f64) {
        let place = self.place(time);
        let (mean, count) = &mut self.places[place];
        *count += 1;
        *mean += gain(*count, 1.0 / self.least) * (value - *mean);
    }
}
