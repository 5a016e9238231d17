//! A limit that all share: below it every worker adds the same, above it none adds anything.

use super::law::{Law, Point};
use alloc::vec::Vec;

/// The law leaves more than this many times the squared errors of the limit where there is one.
const CLEARER: f64 = 2.0;

/// min(lambda N, ceiling): the asymptotic bounds of a closed queueing network (Denning and
/// Buzen 1978), exact for streams of one rate that share a bandwidth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit {
    /// The rate of one.
    pub lambda: f64,
    /// The rate of as many as one likes.
    pub ceiling: f64,
}

impl Limit {
    /// Where the two meet.
    pub fn knee(&self) -> f64 {
        self.ceiling / self.lambda
    }

    fn error(&self, points: &[Point]) -> f64 {
        let off = |point: &Point| point.rate - (self.lambda * point.n).min(self.ceiling);
        points.iter().map(|point| off(point) * off(point)).sum()
    }

    /// The limit by least squares, where it explains the points clearly better than the law,
    /// which has a coefficient more: at least two concurrencies on its flat side, four in all.
    pub fn better(points: &[Point], law: &Law) -> Option<Limit> {
        let mut order = points.to_vec();
        order.sort_by(|a, b| a.n.total_cmp(&b.n));
        let groups: Vec<&[Point]> = order.chunk_by(|a, b| a.n == b.n).collect();
        if groups.len() < 4 {
            return None;
        }
        let fits = (1..=groups.len() - 2).filter_map(|split| {
            let rising = || groups[..split].iter().flat_map(|group| group.iter());
            let flat = || groups[split..].iter().flat_map(|group| group.iter());
            let both: f64 = rising().map(|point| point.n * point.rate).sum();
            let own: f64 = rising().map(|point| point.n * point.n).sum();
            let ceiling = flat().map(|point| point.rate).sum::<f64>() / flat().count() as f64;
            let limit = Limit { lambda: both / own, ceiling };
            let meets = limit.knee() <= groups[split].first()?.n;
            (limit.lambda > 0.0 && meets).then_some(limit)
        });
        let best = fits.min_by(|a, b| a.error(points).total_cmp(&b.error(points)))?;
        // rounding alone is no evidence against the law
        let scale = points.iter().map(|point| point.rate * point.rate).sum::<f64>() * 1e-12;
        (law.error(points) > CLEARER * best.error(points) + scale).then_some(best)
    }
}
