//! How throughput grows with concurrency: the laws of scalability fitted to it, where more
//! workers stop to help, and what bounds them.

mod bound;
mod intake;
mod interval;
mod law;
mod limit;

pub use bound::{Evidence, evidence};
pub use intake::TableIntake;
pub use law::{Free, Law, Point, fit};

use crate::math::median;
use crate::rounded;
use alloc::string::ToString as _;
use alloc::vec::Vec;
use interval::Errors;
use limit::Limit;
use record::{Nullable, Scaling, ScalingPoint};

/// The table and the laws of one data set.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// A row a concurrency.
    pub points: Vec<ScalingPoint>,
    /// The laws.
    pub scaling: Scaling,
}

/// The laws of one data set; `evidence` is what the logs of the runs say of their bounds.
pub fn scaling(dataset: &str, points: &[Point], evidence: &[Evidence]) -> Told {
    let mut table = rows(dataset, points);
    let mut told = Scaling {
        dataset: dataset.to_string(),
        n: points.len() as u64,
        bound: "none".to_string(),
        ..Scaling::default()
    };
    if table.len() < 3 {
        told.verdict = "not measured: the laws need three different concurrencies".to_string();
        speedups(&mut table, None);
        return Told { points: table, scaling: told };
    }
    let law = fit(points, Free::Both);
    let amdahl = fit(points, Free::Contention);
    speedups(&mut table, law);
    let number = |value: f64| Nullable(Some(value).filter(|value| value.is_finite()));
    let ends = |range: Option<(f64, f64)>| {
        (Nullable(range.map(|range| range.0)), Nullable(range.map(|range| range.1)))
    };
    if let Some(law) = law {
        (told.sigma, told.kappa, told.lambda) =
            (number(law.sigma), number(law.kappa), number(law.lambda));
        let errors = Errors::of(&law, points);
        (told.sigma_low, told.sigma_high) = ends(errors.range(0, law.sigma));
        (told.kappa_low, told.kappa_high) = ends(errors.range(1, law.kappa));
        (told.lambda_low, told.lambda_high) = ends(errors.range(2, law.lambda));
        let mean = points.iter().map(|point| point.rate).sum::<f64>() / points.len() as f64;
        let whole: f64 = points.iter().map(|p| (p.rate - mean) * (p.rate - mean)).sum();
        told.r2 = number(1.0 - law.error(points) / whole);
        let limit = Limit::better(points, &law);
        told.knee = Nullable(limit.map(|limit| limit.knee()).or_else(|| law.knee()));
        told.peak = Nullable(law.peak());
        told.peak_rate = Nullable(law.ceiling().filter(|rate| rate.is_finite()));
        bound::judge(&mut told, (&law, limit), (&table, evidence));
    }
    if let Some(amdahl) = amdahl {
        told.serial = number(amdahl.sigma);
        let errors = Errors::of(&amdahl, points);
        (told.serial_low, told.serial_high) = ends(errors.range(0, amdahl.sigma));
    }
    Told { points: table, scaling: told }
}

/// The measurements by concurrency, without speedups.
fn rows(dataset: &str, points: &[Point]) -> Vec<ScalingPoint> {
    let mut order = points.to_vec();
    order.sort_by(|a, b| a.n.total_cmp(&b.n));
    let groups = order.chunk_by(|a, b| a.n == b.n).filter_map(|alike| {
        Some(ScalingPoint {
            dataset: dataset.to_string(),
            concurrency: alike.first()?.n,
            n: alike.len() as u64,
            rate: median(alike.iter().map(|point| point.rate))?,
            ..ScalingPoint::default()
        })
    });
    groups.collect()
}

/// Speedups against one worker: as measured, else as fitted.
fn speedups(table: &mut [ScalingPoint], law: Option<Law>) {
    let measured = table.iter().find(|row| row.concurrency == 1.0).map(|row| row.rate);
    let one = measured.or(law.map(|law| law.lambda)).unwrap_or(f64::NAN);
    for row in table {
        let speedup = row.rate / one;
        row.speedup = rounded(speedup);
        row.efficiency = rounded(speedup / row.concurrency);
        row.fitted = law.map_or(f64::NAN, |law| law.rate(row.concurrency));
    }
}

#[cfg(test)]
mod tests;
