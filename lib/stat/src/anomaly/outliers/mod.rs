//! Values of whole series that are out of line, and operations that are with their family.

use super::expected::expected;
use super::tails::{Judged, judge, reach};
use crate::Series;
use crate::math::{benjamini_hochberg, median};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{Anomaly, Bad, EndView, Fields, OpEnd, Outcome, parse_record, scan_op_end};

/// Values of a series, or operations of a family, below which nothing is judged.
const FEW_VALUES: usize = 20;
const FEW_OPERATIONS: usize = 8;
/// Durations below this, in seconds, are alike: a start alone takes about as long.
const SHORTEST_S: f64 = 0.001;

/// Durations of operations that ended well, by family.
#[derive(Clone, Debug, Default)]
pub struct Durations {
    families: HashMap<String, Vec<Duration>, FixedState>,
    /// Families in the order of their first end.
    order: Vec<String>,
    name: String,
}

#[derive(Clone, Debug)]
struct Duration {
    id: String,
    end: f64,
    wall_s: f64,
}

impl Duration {
    fn logarithm(&self) -> f64 {
        libm::log(self.wall_s.max(SHORTEST_S))
    }
}

impl Durations {
    /// Takes the line where it is the end of an operation, and says if it was one. An attempt that
    /// did not succeed says nothing of how long one takes.
    ///
    /// # Errors
    /// An end that cannot be read.
    pub fn line(&mut self, line: &[u8]) -> Result<bool, Bad> {
        if let Some(end) = scan_op_end(line) {
            self.add(&end);
            return Ok(true);
        }
        if memchr::memmem::find(line, b"\"op.end\"").is_none() {
            return Ok(false);
        }
        let fields = Fields::parse(line)?;
        let is_end = fields.get("type").is_some_and(|raw| raw.get() == "\"op.end\"");
        if is_end {
            self.add(&EndView::from(&parse_record::<OpEnd>(line, &fields)?));
        }
        Ok(is_end)
    }

    fn add(&mut self, end: &EndView<'_>) {
        if end.result != Outcome::Success {
            return;
        }
        plan::family_of("", end.id, &mut self.name);
        if !self.families.contains_key(&self.name) {
            self.order.push(self.name.clone());
        }
        let family = self.families.entry_ref(self.name.as_str()).or_default();
        let (end_s, wall_s) = (end.end.as_f64(), end.wall.as_f64());
        family.push(Duration { id: end.id.into(), end: end_s, wall_s });
    }
}

/// What was found, and in how much.
#[derive(Clone, Debug, Default)]
pub struct Outliers {
    /// The findings, the least likely first.
    pub found: Vec<Anomaly>,
    /// Series and families that were judged.
    pub series: usize,
    /// Values in them.
    pub values: usize,
    /// Series and families with too few values to judge one.
    pub too_short: usize,
}

/// Judges each value of each series against its season and its neighbours, and each duration
/// against its family, all of them together: of the values that are out of line at most the share
/// `fdr` is expected to be there by chance. Neighbouring values of a series are one finding, told
/// by the farthest.
pub fn outliers(series: &[Series], durations: &Durations, fdr: f64) -> Outliers {
    let mut told = Outliers::default();
    let series = series.iter().map(Source::Series);
    let families =
        durations.order.iter().map(|name| Source::Family(name, &durations.families[name]));
    let sources: Vec<Source<'_>> = series.chain(families).collect();
    let mut cases = Vec::new();
    for (of, source) in sources.iter().enumerate() {
        let judged = source.judged();
        if judged.is_empty() {
            told.too_short += 1;
            continue;
        }
        told.series += 1;
        for (row, expected, judged) in judged {
            told.values += 1;
            if judged.chance <= fdr {
                cases.push(Case { of, row, expected, judged });
            }
        }
    }
    // those that were left out would have had the last ranks
    let chances: Vec<f64> = cases.iter().map(|case| case.judged.chance).collect();
    let all = told.values as f64 / cases.len().max(1) as f64;
    let mut previous: Option<&Case> = None;
    for (case, chance) in cases.iter().zip(benjamini_hochberg(&chances)) {
        if chance * all > fdr {
            continue;
        }
        let found = sources[case.of].told(case, chance * all);
        let goes_on = previous.is_some_and(|previous| sources[case.of].goes_on(previous, case));
        previous = Some(case);
        match told.found.last_mut().filter(|_| goes_on) {
            Some(last) => join(last, found),
            None => told.found.push(found),
        }
    }
    told.found.sort_by(|a, b| b.score.abs().total_cmp(&a.score.abs()));
    told
}

/// Row, expected value and deviation of each value that is known. Where figures cannot be negative
/// and are nearer to normal on a logarithmic scale, the deviations are on that (started
/// logarithms, Tukey 1977).
fn deviations(series: &Series) -> (Vec<usize>, Vec<f64>, Vec<f64>) {
    let expected = expected(series);
    let rows: Vec<usize> = (0..expected.len()).filter(|n| series.values[*n].is_finite()).collect();
    let pairs = rows.iter().map(|row| (series.values[*row], expected[*row]));
    let plain: Vec<f64> = pairs.clone().map(|(value, expected)| value - expected).collect();
    let least = pairs.clone().map(|(value, expected)| value.min(expected)).fold(f64::MAX, f64::min);
    let positive = pairs.clone().map(|pair| pair.0).filter(|value| *value > 0.0);
    let begin = if least > 0.0 { 0.0 } else { positive.fold(f64::MAX, f64::min) / 2.0 };
    let rows_expected = rows.iter().map(|row| expected[*row]).collect();
    if least >= 0.0 && begin < f64::MAX / 4.0 {
        let ratio = |(value, expected): (f64, f64)| libm::log((value + begin) / (expected + begin));
        let logs: Vec<f64> = pairs.map(ratio).collect();
        if reach(&logs) < reach(&plain) {
            return (rows, rows_expected, logs);
        }
    }
    (rows, rows_expected, plain)
}

/// The next value of the same finding; the farthest tells it.
fn join(known: &mut Anomaly, next: Anomaly) {
    let (time, values) = (known.time, known.values + 1);
    let until = next.until;
    if next.score.abs() > known.score.abs() {
        *known = next;
    }
    (known.time, known.until, known.values) = (time, until, values);
}

/// One value that may be out of line.
#[derive(Clone, Copy, Debug)]
struct Case {
    of: usize,
    row: usize,
    expected: f64,
    judged: Judged,
}

enum Source<'a> {
    Series(&'a Series),
    Family(&'a str, &'a [Duration]),
}

impl Source<'_> {
    /// Row, expected value and judgement of each value; none where there are too few.
    fn judged(&self) -> Vec<(usize, f64, Judged)> {
        let (rows, expected, deviations): (Vec<usize>, Vec<f64>, Vec<f64>) = match self {
            Source::Series(series) => deviations(series),
            Source::Family(_, family) => {
                let logs: Vec<f64> = family.iter().map(Duration::logarithm).collect();
                let middle = median(logs.iter().copied()).unwrap_or(0.0);
                let expected = alloc::vec![libm::exp(middle); logs.len()];
                ((0..logs.len()).collect(), expected, logs.iter().map(|x| x - middle).collect())
            }
        };
        let few = if matches!(self, Source::Series(_)) { FEW_VALUES } else { FEW_OPERATIONS };
        if rows.len() < few {
            return Vec::new();
        }
        let judged = judge(&deviations);
        rows.into_iter().zip(expected).zip(judged).map(|((row, of), by)| (row, of, by)).collect()
    }

    fn told(&self, case: &Case, chance: f64) -> Anomaly {
        let (series, id, time, value) = match self {
            Source::Series(series) => (
                series.name.clone(),
                String::new(),
                series.times[case.row],
                series.values[case.row],
            ),
            Source::Family(name, family) => {
                let Duration { id, end, wall_s } = &family[case.row];
                (format!("{name} wall_s"), id.clone(), *end, *wall_s)
            }
        };
        Anomaly {
            series,
            id,
            time,
            until: time,
            values: 1,
            value,
            expected: crate::rounded(case.expected),
            score: crate::rounded(case.judged.score),
            chance,
            ..Anomaly::default()
        }
    }

    /// Neighbours of a series on one side of what was expected.
    fn goes_on(&self, known: &Case, next: &Case) -> bool {
        matches!(self, Source::Series(_))
            && (known.of, known.row + 1) == (next.of, next.row)
            && (known.judged.score > 0.0) == (next.judged.score > 0.0)
    }
}

#[cfg(test)]
mod tests;
