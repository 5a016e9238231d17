//! Past runs as series: a value a run.

use super::Past;
use crate::Series;
use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// The makespan and the duration of each operation over the runs, the oldest first; not a number
/// where a run did not do all of it, or not the operation. The times are those at which the runs
/// began, where all of them say so; else there are none.
pub fn over_runs(runs: &[Past]) -> Vec<Series> {
    let began: Option<Vec<f64>> =
        runs.iter().map(|past| past.began.map(|began| began.as_f64())).collect();
    let times = began.unwrap_or_default();
    let series =
        |name: String, values| Series { name, times: times.clone(), values, ..Series::default() };
    let makespans: Vec<f64> = runs
        .iter()
        .map(|past| past.run.makespan.map_or(f64::NAN, |whole| whole.as_f64()))
        .collect();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all: Vec<(&str, Vec<f64>)> = Vec::new();
    for (run, past) in runs.iter().enumerate() {
        for done in past.run.done.iter().filter(|done| !done.aside) {
            let place = *places.entry(&done.id).or_insert_with(|| {
                all.push((&done.id, vec![f64::NAN; runs.len()]));
                all.len() - 1
            });
            all[place].1[run] = done.took.as_f64();
        }
    }
    let mut told = Vec::with_capacity(1 + all.len());
    if makespans.iter().any(|makespan| makespan.is_finite()) {
        told.push(series("run makespan_s".to_owned(), makespans));
    }
    told.extend(all.into_iter().map(|(id, values)| series(format!("op {id} wall_s"), values)));
    told
}

/// The oldest first, where all say when they were; else as they were read.
pub fn in_order(runs: &mut [Past]) {
    if runs.iter().all(|past| past.began.is_some()) {
        runs.sort_by_key(|past| past.began);
    }
}
