//! How durations are spread, family by family.

use crate::sketch::{bucket, lower, middle};
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{Outcome, Seconds};

/// More families than this are one, "others".
const MOST: usize = 500;
/// Buckets of a sketch that make one of a picture: 8 a power of two are left.
const COARSE: usize = 16;

/// Durations of one family of operations.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// Its name.
    pub name: String,
    /// Attempts.
    pub count: u64,
    /// Those that failed.
    pub failed: u64,
    /// Sum of the durations.
    pub work: Seconds,
    /// The shortest.
    pub least: Seconds,
    /// Quartiles and 95th percentile, within 0.4 % (a bucket of 128 a power of two).
    pub quantiles: [Seconds; 4],
    /// The longest.
    pub greatest: Seconds,
    /// From which duration on, and how many up to the next bucket's beginning.
    pub buckets: Vec<(Seconds, u64)>,
}

/// The shares of [`Spread::quantiles`].
pub const SHARES: [f64; 4] = [0.25, 0.5, 0.75, 0.95];

#[derive(Clone, Debug, Default)]
struct Family {
    counts: BTreeMap<usize, u64>,
    count: u64,
    failed: u64,
    sum: u64,
    least: u64,
    greatest: u64,
}

/// Counts durations by family.
#[derive(Clone, Debug, Default)]
pub struct Spreads {
    places: HashMap<String, u32, FixedState>,
    rows: Vec<Family>,
    name: String,
}

impl Spreads {
    /// Counts an attempt; returns the place of its family.
    pub fn add(&mut self, (head, id): (&str, &str), wall: Seconds, ended: Outcome) -> u32 {
        let place = self.place(head, id);
        let micros = wall.as_micros().max(0) as u64;
        let row = &mut self.rows[place as usize];
        *row.counts.entry(bucket(micros)).or_default() += 1;
        row.least = if row.count == 0 { micros } else { row.least.min(micros) };
        row.greatest = row.greatest.max(micros);
        row.count += 1;
        row.failed += u64::from(ended.failed());
        row.sum = row.sum.saturating_add(micros);
        place
    }

    /// Place of a family.
    pub fn place(&mut self, head: &str, id: &str) -> u32 {
        plan::family_of(head, id, &mut self.name);
        if self.rows.len() >= MOST && !self.places.contains_key(self.name.as_str()) {
            self.name.clear();
            self.name.push_str("others");
        }
        if let Some(place) = self.places.get(self.name.as_str()) {
            return *place;
        }
        let place = self.rows.len() as u32;
        self.places.insert(self.name.clone(), place);
        self.rows.push(Family::default());
        place
    }

    /// The families by their places.
    pub fn told(&self) -> Vec<Spread> {
        let mut names = alloc::vec![String::new(); self.rows.len()];
        self.places.iter().for_each(|(name, place)| names[*place as usize] = name.to_string());
        names.into_iter().zip(&self.rows).map(|(name, row)| row.told(name)).collect()
    }
}

impl Family {
    fn told(&self, name: String) -> Spread {
        let micros = |value: u64| Seconds::from_micros(value as i64);
        let mut buckets: Vec<(Seconds, u64)> = Vec::new();
        for (bucket, count) in &self.counts {
            let from = micros(lower(bucket / COARSE * COARSE));
            match buckets.last_mut() {
                Some(last) if last.0 == from => last.1 += count,
                _ => buckets.push((from, *count)),
            }
        }
        Spread {
            name,
            count: self.count,
            failed: self.failed,
            work: micros(self.sum),
            least: micros(self.least),
            quantiles: SHARES.map(|share| micros(self.quantile(share))),
            greatest: micros(self.greatest),
            buckets,
        }
    }

    fn quantile(&self, share: f64) -> u64 {
        let rank = libm::ceil(share * self.count as f64).max(1.0) as u64;
        let mut seen = 0;
        for (bucket, count) in &self.counts {
            seen += count;
            if seen >= rank {
                return middle(*bucket).clamp(self.least, self.greatest);
            }
        }
        self.greatest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_counted_by_family() {
        let mut spreads = Spreads::default();
        for n in 1..=100 {
            let ended = if n == 7 { Outcome::Failure } else { Outcome::Success };
            let id = alloc::format!("{n}.log");
            let place = spreads.add(("gzip", &id), Seconds::from_micros(n), ended);
            assert_eq!(place, 0);
        }
        assert_eq!(spreads.add(("", "other"), Seconds::ZERO, Outcome::Success), 1);
        let told = spreads.told();
        let gzip = &told[0];
        assert_eq!((gzip.name.as_str(), gzip.count, gzip.failed), ("gzip #.log", 100, 1));
        assert_eq!(
            (gzip.least, gzip.greatest),
            (Seconds::from_micros(1), Seconds::from_micros(100))
        );
        // small durations are exact
        assert_eq!(gzip.quantiles.map(Seconds::as_micros), [25, 50, 75, 95]);
        assert_eq!(gzip.buckets.iter().map(|bucket| bucket.1).sum::<u64>(), 100);
        assert!(gzip.buckets.is_sorted_by_key(|bucket| bucket.0));
        assert_eq!((told[1].count, told[1].greatest), (1, Seconds::ZERO));
    }

    #[test]
    fn buckets_begin_where_they_say() {
        let mut spreads = Spreads::default();
        for micros in [1_000_000, 1_050_000, 1_200_000, 9_000_000] {
            spreads.add(("a", "b"), Seconds::from_micros(micros), Outcome::Success);
        }
        let buckets = spreads.told().remove(0).buckets;
        let counts: Vec<u64> = buckets.iter().map(|bucket| bucket.1).collect();
        assert_eq!(counts, [1, 1, 1, 1]);
        let from: Vec<i64> = buckets.iter().map(|bucket| bucket.0.as_micros()).collect();
        // 2^19 x 15/8, 2^20, 2^20 x 9/8, 2^23
        assert_eq!(from, [983_040, 1_048_576, 1_179_648, 8_388_608]);
    }
}
