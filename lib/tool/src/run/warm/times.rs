//! What starts take, by kind.

use super::Begun;
use record::{Seconds, StartCost};
use stat::sketch::Sketch;
use std::collections::BTreeMap;

/// From its beginning until it was there: of what commands are started by.
pub const READY: &str = "ready";

/// What the starts of a run took, in fixed memory; nothing where nobody asked.
#[derive(Debug, Default)]
pub struct Times(BTreeMap<&'static str, (u64, Sketch)>);

impl Times {
    /// One of a kind took so long.
    pub fn add(&mut self, kind: &'static str, took: Seconds) {
        let (count, times) = self.0.entry(kind).or_default();
        *count += 1;
        times.add(u64::try_from(took.as_micros()).unwrap_or(0));
    }

    /// By kind.
    pub fn costs(&self) -> BTreeMap<String, StartCost> {
        let cost = |(count, times): &(u64, Sketch)| {
            let at = |share| Seconds::from_micros(times.quantile(share).cast_signed());
            StartCost { n: *count, p50_s: at(0.5), p95_s: at(0.95) }
        };
        self.0.iter().map(|(kind, times)| ((*kind).to_string(), cost(times))).collect()
    }

    /// What warm starts have saved: a command that is executed has, until it begins, all that a
    /// shell has until it is ready.
    pub fn saved(&self) -> Option<Seconds> {
        let (ready, warm) = (self.0.get(READY)?, self.0.get(Begun::Warm.word()?)?);
        let each = ready.1.quantile(0.5).cast_signed() - warm.1.quantile(0.5).cast_signed();
        Some(Seconds::from_micros(each.saturating_mul(warm.0.cast_signed())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_figures() {
        let mut times = Times::default();
        assert!(times.costs().is_empty() && times.saved().is_none());
        times.add(READY, Seconds::from_micros(200));
        for took in 1..=100 {
            times.add("warm", Seconds::from_micros(took));
        }
        let costs = times.costs();
        let micros = |cost: Seconds| cost.as_micros();
        assert_eq!(micros(costs["warm"].p50_s), 50);
        assert_eq!(micros(costs["warm"].p95_s), 95);
        assert_eq!((costs["warm"].n, costs["ready"].n), (100, 1));
        assert_eq!(times.saved(), Some(Seconds::from_micros(100 * (200 - 50))));
    }
}
