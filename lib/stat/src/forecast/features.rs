//! What the regressions look at: everything as a difference from the last value, so
//! that a series of another level looks the same.

use super::Horizon;
use super::smoothing::Level;
use super::window::Window;
use alloc::vec::Vec;

/// Gains of the levels.
pub const GAINS: [f64; 7] = [0.7, 0.5, 0.3, 0.2, 0.1, 0.05, 0.03];
/// Lengths of the medians, in values.
pub const LENGTHS: [usize; 8] = [3, 5, 9, 15, 31, 61, 121, 289];
/// Lags over twice the horizon.
const LAGS: usize = 20;

/// Where the columns of a kind begin.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// The level of a gain.
    Level(usize),
    /// The median of a length.
    Median(usize),
    /// The mean of all values.
    Mean,
    /// Periods: the hour before, the day before, its level.
    Period(usize),
    /// The values before.
    Lag(usize),
}

impl Column {
    /// Its place in a row.
    pub fn place(self) -> usize {
        const MEDIANS: usize = GAINS.len();
        const MEAN: usize = MEDIANS + LENGTHS.len();
        const PERIODS: usize = MEAN + 1;
        const LAGGED: usize = PERIODS + 3;
        match self {
            Column::Level(which) => which,
            Column::Median(which) => MEDIANS + which,
            Column::Mean => MEAN,
            Column::Period(which) => PERIODS + which,
            Column::Lag(which) => LAGGED + which,
        }
    }
}

/// Levels, medians and lags of a series.
#[derive(Clone, Debug)]
pub struct Features {
    horizon: Horizon,
    levels: [Level; GAINS.len()],
    windows: Vec<Window>,
    lags: Vec<usize>,
    sum: f64,
}

impl Features {
    /// Nothing seen yet.
    pub fn new(horizon: Horizon) -> Self {
        let ahead = horizon.steps;
        // dense enough to see the shape, and never further back than is of use
        let mut lags: Vec<usize> = (1..=LAGS).map(|at| (at * 2 * ahead).div_ceil(LAGS)).collect();
        lags.extend([1, 2, 3, 4, 5, 6]);
        lags.sort_unstable();
        lags.dedup();
        let windows = LENGTHS.iter().map(|length| Window::new(*length)).collect();
        Features { horizon, levels: GAINS.map(Level::new), windows, lags, sum: 0.0 }
    }

    /// How many lags there are.
    pub fn lags(&self) -> usize {
        self.lags.len()
    }

    /// The row after the last of `values`, which is the only one that is new.
    pub fn row(&mut self, values: &[f64]) -> Vec<f64> {
        let Some((last, earlier)) = values.split_last() else { return Vec::new() };
        let now = earlier.len();
        self.sum += last;
        let mut row: Vec<f64> = Vec::with_capacity(19 + self.lags.len());
        row.extend(self.levels.iter_mut().map(|level| level.push(*last) - last));
        row.extend(self.windows.iter_mut().map(|window| window.push(values) - last));
        row.push(self.sum / values.len() as f64 - last);
        let Horizon { steps, hour, day } = self.horizon;
        // what the same time of the period did next, where there was one
        let before = |period: usize| {
            let then = now.checked_sub(period).filter(|_| period > steps)?;
            Some((values[then], values[then + steps]))
        };
        let change = |period| before(period).map_or(0.0, |(then, next)| next - then);
        row.extend([change(hour), change(day), before(day).map_or(0.0, |(_, next)| next - last)]);
        row.extend(self.lags.iter().map(|lag| values[now.saturating_sub(*lag)] - last));
        row
    }
}
