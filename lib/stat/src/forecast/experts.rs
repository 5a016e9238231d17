//! The forecasters that are mixed: simple, cheap and different from each other.

use super::Horizon;
use super::alike::Alike;
use super::features::{Column, Features, GAINS, LENGTHS};
use super::regression::{Loss, Regression};
use super::smoothing::Damped;
use alloc::collections::VecDeque;
use alloc::vec::Vec;

/// Gains of level and trend, and the damping.
const TRENDS: [((f64, f64), f64); 4] =
    [((0.3, 0.05), 0.9), ((0.5, 0.05), 0.9), ((0.2, 0.05), 0.98), ((0.3, 0.1), 1.0)];
/// Before so many values a regression says the last one.
const FEW: usize = 30;
/// A regression says no change above so many of its usual errors.
const FAR: f64 = 8.0;

/// A regression on some columns of the row.
#[derive(Debug)]
struct Fit {
    columns: Vec<usize>,
    regression: Regression,
}

/// All of them.
#[derive(Debug)]
pub struct Experts {
    horizon: Horizon,
    features: Features,
    trends: Vec<Damped>,
    fits: Vec<Fit>,
    alike: Alike,
    /// Rows and values whose end has not been seen.
    open: VecDeque<(f64, Vec<f64>)>,
    /// The mean of how much the series moves in a step.
    usual: f64,
}

impl Experts {
    /// Nothing seen yet.
    pub fn new(horizon: Horizon) -> Self {
        let features = Features::new(horizon);
        let trends = TRENDS.map(|(gains, left)| Damped::new(gains, left, horizon.steps));
        Experts {
            fits: fits(features.lags()),
            alike: Alike::new(horizon.steps),
            trends: trends.into(),
            open: VecDeque::new(),
            usual: 0.0,
            features,
            horizon,
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        1 + GAINS.len() + LENGTHS.len() + self.trends.len() + self.fits.len() + 1
    }

    /// What each says will be, after the last of `values`, which is the only one that is new.
    pub fn say(&mut self, values: &[f64]) -> Vec<f64> {
        let Some((last, earlier)) = values.split_last() else { return Vec::new() };
        if let Some(before) = earlier.last() {
            self.usual += ((last - before).abs() - self.usual) / earlier.len() as f64;
        }
        let row = self.features.row(values);
        let unit = self.usual + 1e-12;
        if self.open.len() >= self.horizon.steps
            && let Some((before, row)) = self.open.pop_front()
        {
            for fit in &mut self.fits {
                let row = chosen(&row, &fit.columns, unit);
                fit.regression.learn(&row, (last - before) / unit);
            }
        }
        let mut said = Vec::with_capacity(self.count());
        said.push(*last);
        said.extend(row[..GAINS.len() + LENGTHS.len()].iter().map(|off| last + off));
        said.extend(self.trends.iter_mut().map(|trend| trend.push(*last)));
        for fit in &self.fits {
            let far = FAR * fit.regression.usual().max(1.0);
            let change = fit.regression.tell(&chosen(&row, &fit.columns, unit)).clamp(-far, far);
            said.push(if values.len() <= FEW { *last } else { last + change * unit });
        }
        let looked = [Column::Level(0), Column::Level(2)].map(|column| last + row[column.place()]);
        said.push(self.alike.push(*last, looked, self.usual));
        self.open.push_back((*last, row));
        said
    }
}

fn chosen(row: &[f64], columns: &[usize], unit: f64) -> Vec<f64> {
    columns.iter().map(|column| row[*column] / unit).collect()
}

fn fits(lags: usize) -> Vec<Fit> {
    let levels = [0, 2, 4, 6].map(Column::Level);
    let medians = [0, 2, 3, 4, 5, 6].map(Column::Median);
    let periods = [0, 1, 2].map(Column::Period);
    let lagged: Vec<Column> = (0..lags).map(Column::Lag).collect();
    let few: Vec<Column> =
        [0, 1, 2, 3, 5].into_iter().map(|at| Column::Lag(at.min(lags - 1))).collect();
    let fit = |columns: &[&[Column]], memory: f64, ridge: f64, loss| {
        let columns: Vec<usize> =
            columns.iter().flat_map(|some| some.iter()).map(|column| column.place()).collect();
        Fit { regression: Regression::new(columns.len(), memory, ridge, loss), columns }
    };
    let mean = &[Column::Mean][..];
    let smooth = [1, 3, 5].map(Column::Level);
    Vec::from([
        fit(&[&levels, mean, &periods], 0.998, 3.0, Loss::Squares),
        fit(&[&levels, mean, &lagged], 0.9995, 3.0, Loss::Squares),
        fit(&[&levels, &medians, mean, &periods, &few], 0.998, 3.0, Loss::Squares),
        fit(&[&levels, &medians, mean, &periods, &few], 0.998, 3.0, Loss::Absolute),
        fit(&[&smooth, &medians], 0.998, 30.0, Loss::Absolute),
        fit(&[&smooth, &medians], 1.0, 30.0, Loss::Absolute),
    ])
}
