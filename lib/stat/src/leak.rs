//! How the memory of operations alike goes with their number: does a worker leak?

use crate::math::{benjamini_hochberg, mann_kendall, median, theil_sen};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{EndView, MemoryTrend};

/// Attempts of a family that are kept; of more, every second, fourth ...
const POINTS: usize = 512;
/// More families than this are not told apart.
const MOST: usize = 10_000;
/// Fewer say nothing of a trend.
const ENOUGH: usize = 8;
/// A trend is believed below this, corrected for the number of families.
const CHANCE: f64 = 0.01;
/// Less than this of the median, from the first attempt to the last, is no matter.
const MATTERS: f64 = 0.05;
/// Two-sided 95 %.
const Z: f64 = 1.959_964;

#[derive(Clone, Debug, Default)]
struct Keyed {
    name: String,
    /// Attempts whose memory is known.
    seen: u64,
    stride: u64,
    points: Vec<(f64, f64)>,
    most: u64,
    oom: u64,
}

impl Keyed {
    fn add(&mut self, view: &EndView<'_>) {
        self.oom += u64::from(view.oom);
        let Some(rss) = view.max_rss_bytes else { return };
        self.most = self.most.max(rss);
        if self.seen.is_multiple_of(self.stride.max(1)) {
            self.points.push((self.seen as f64, rss as f64));
        }
        self.seen += 1;
        if self.points.len() == POINTS {
            self.stride = 2 * self.stride.max(1);
            let stride = self.stride;
            self.points.retain(|point| (point.0 as u64).is_multiple_of(stride));
        }
    }
}

/// Memory by family, in the order of their ends.
#[derive(Clone, Debug, Default)]
pub struct Leaks {
    places: HashMap<String, usize, FixedState>,
    rows: Vec<Keyed>,
    name: String,
}

impl Leaks {
    /// Counts an attempt; `head` is the command's first word, or empty.
    pub fn add(&mut self, head: &str, view: &EndView<'_>) {
        plan::family_of(head, view.id, &mut self.name);
        if !self.places.contains_key(self.name.as_str()) {
            if self.rows.len() >= MOST {
                return;
            }
            self.places.insert(self.name.clone(), self.rows.len());
            self.rows.push(Keyed { name: self.name.clone(), ..Keyed::default() });
        }
        if let Some(place) = self.places.get(self.name.as_str()) {
            self.rows[*place].add(view);
        }
    }

    /// A row a family: those that grow first, by slope; then by the memory they had.
    pub fn into_told(self, run: &str) -> Vec<MemoryTrend> {
        let judged: Vec<usize> =
            (0..self.rows.len()).filter(|at| self.rows[*at].points.len() >= ENOUGH).collect();
        let chance = |at: &usize| {
            let values: Vec<f64> = self.rows[*at].points.iter().map(|point| point.1).collect();
            mann_kendall(&values).chance
        };
        let corrected = benjamini_hochberg(&judged.iter().map(chance).collect::<Vec<f64>>());
        let mut told: Vec<MemoryTrend> = (0..self.rows.len())
            .map(|at| {
                let p = judged.iter().position(|other| *other == at).map(|place| corrected[place]);
                row(run, &self.rows[at], p)
            })
            .collect();
        told.sort_by(|a, b| {
            let key = |row: &MemoryTrend| {
                if row.verdict == "grows" { row.slope_bytes_per_100 } else { None }
            };
            let by_slope = key(b).unwrap_or(0.0).total_cmp(&key(a).unwrap_or(0.0));
            by_slope
                .then_with(|| b.max_rss_bytes.cmp(&a.max_rss_bytes))
                .then_with(|| a.family.cmp(&b.family))
        });
        told
    }
}

fn row(run: &str, keyed: &Keyed, p: Option<f64>) -> MemoryTrend {
    let values: Vec<f64> = keyed.points.iter().map(|point| point.1).collect();
    let middle = median(values.iter().copied());
    let slope = p.and_then(|_| theil_sen(&keyed.points, Z));
    let verdict = match (p, slope, middle) {
        (Some(p), Some(slope), Some(middle)) => {
            let matters = (slope.slope * keyed.seen as f64).abs() >= MATTERS * middle;
            match () {
                () if p < CHANCE && slope.low > 0.0 && matters => "grows",
                () if p < CHANCE && slope.high < 0.0 && matters => "shrinks",
                () => "steady",
            }
        }
        _ => "not enough",
    };
    let per_100 = |slope: f64| libm::round(slope * 100.0);
    MemoryTrend {
        run: run.to_string(),
        family: keyed.name.clone(),
        n: keyed.seen,
        max_rss_bytes: (keyed.seen > 0).then_some(keyed.most),
        median_rss_bytes: middle.map(|middle| middle as u64),
        slope_bytes_per_100: slope.map(|slope| per_100(slope.slope)),
        slope_low_bytes_per_100: slope.map(|slope| per_100(slope.low)),
        slope_high_bytes_per_100: slope.map(|slope| per_100(slope.high)),
        p: p.map(crate::rounded),
        verdict: verdict.to_string(),
        oom_kills: keyed.oom,
        ..MemoryTrend::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use record::OpEnd;

    #[test]
    fn a_worker_that_leaks_is_found_and_a_steady_one_is_not() {
        let (mut leaks, none) = (Leaks::default(), OpEnd::default());
        for n in 0..2000u64 {
            // some megabytes up and down, the same for all
            let noise = n.wrapping_mul(2_654_435_761) % 4_000_000;
            for (name, rss) in
                [("leaky", 50_000_000 + n * 40_000), ("steady", 50_000_000), ("few", 9)]
            {
                if name == "few" && n >= 7 {
                    continue;
                }
                let id = format!("{name}-{n}");
                let view =
                    EndView { id: &id, max_rss_bytes: Some(rss + noise), ..EndView::from(&none) };
                leaks.add("worker", &view);
            }
        }
        assert!(leaks.rows.iter().all(|row| row.points.len() < POINTS));
        let rows = leaks.into_told("r");
        let told: Vec<(&str, &str, u64)> =
            rows.iter().map(|row| (row.family.as_str(), row.verdict.as_str(), row.n)).collect();
        assert_eq!(
            told,
            [
                ("worker leaky-#", "grows", 2000),
                ("worker steady-#", "steady", 2000),
                ("worker few-#", "not enough", 7),
            ]
        );
        let (low, high) = (rows[0].slope_low_bytes_per_100, rows[0].slope_high_bytes_per_100);
        assert!(low.unwrap() < 4_000_000.0 && 4_000_000.0 < high.unwrap(), "{low:?} {high:?}");
    }
}
