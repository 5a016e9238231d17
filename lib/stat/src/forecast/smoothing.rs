//! Exponential smoothing.

/// A level that follows the values (Brown 1959).
#[derive(Clone, Debug)]
pub struct Level {
    gain: f64,
    level: Option<f64>,
}

impl Level {
    /// With the share (0 to 1) of the distance to a new value that it goes.
    pub fn new(gain: f64) -> Self {
        Level { gain, level: None }
    }

    /// The level after one more value.
    pub fn push(&mut self, value: f64) -> f64 {
        let before = self.level.unwrap_or(value);
        let level = before + self.gain * (value - before);
        self.level = Some(level);
        level
    }
}

/// A level and a trend that dies out (Gardner and McKenzie 1985).
#[derive(Clone, Debug)]
pub struct Damped {
    gains: (f64, f64),
    damping: f64,
    /// Sum of the damped trend over the horizon.
    reach: f64,
    level: Option<f64>,
    trend: f64,
}

impl Damped {
    /// With the gains of level and trend, how much of the trend is left after a step
    /// (all 0 to 1), and so many steps ahead.
    pub fn new(gains: (f64, f64), damping: f64, ahead: usize) -> Self {
        let mut left = 1.0;
        let mut reach = 0.0;
        for _ in 0..ahead {
            left *= damping;
            reach += left;
        }
        Damped { gains, damping, reach, level: None, trend: 0.0 }
    }

    /// What will be, after one more value.
    pub fn push(&mut self, value: f64) -> f64 {
        let before = self.level.unwrap_or(value);
        let damped = self.damping * self.trend;
        let level = before + damped + self.gains.0 * (value - before - damped);
        self.trend = damped + self.gains.1 * (level - before - damped);
        self.level = Some(level);
        level + self.reach * self.trend
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_goes_a_share_of_the_way() {
        let mut level = Level::new(0.5);
        assert_eq!([4.0, 8.0, 8.0].map(|value| level.push(value)), [4.0, 6.0, 7.0]);
    }

    #[test]
    fn a_trend_that_does_not_die_goes_on() {
        let mut holt = Damped::new((0.5, 0.3), 1.0, 10);
        let told = (0..300).map(|step| holt.push(f64::from(step) * 2.0)).last();
        assert!((told.unwrap_or(0.0) - 2.0 * 309.0).abs() < 1e-6, "{told:?}");
    }
}
