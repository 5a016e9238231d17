//! What operations alike spend their time with, by what the kernel counted for them.

use crate::Told;
use crate::run::family::{Class, Family, seconds};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Nullable, Workload};

/// Of the attempts that a class needs before the family is of it.
const CLEAR: f64 = 2.0 / 3.0;

/// Variations below these are of high and of medium consistency.
const HIGH: f64 = 0.2;
const MEDIUM: f64 = 0.5;

/// The families of a run by the time they took, at most `most`.
pub fn workload(told: &Told, most: usize) -> Vec<Workload> {
    let rows = told.facts.families.by_work();
    rows.into_iter().take(most).map(|family| row(&told.report.run, family)).collect()
}

/// How alike the durations are, by their standard deviation over mean.
pub fn consistency(variation: f64) -> &'static str {
    match variation {
        variation if variation < HIGH => "high",
        variation if variation < MEDIUM => "medium",
        _ => "low",
    }
}

fn row(run: &str, family: &Family) -> Workload {
    let (class, confidence) = class_of(family);
    let (median, interval) = family.median();
    let variation = crate::rounded(family.variation());
    let work = family.sum as f64 / 1e6;
    let (blocks, switches, known) = family.kernel;
    // what is not known of all of them says nothing of all of them
    let a_second = |count: u64| {
        (known == family.count && work > 0.0).then(|| crate::rounded(count as f64 / work))
    };
    let measured = known > 0 || family.cpu > 0;
    let [slot, lock, resource, other] = family.waited.map(seconds);
    Workload {
        run: run.to_string(),
        family: family.name.clone(),
        class: class.to_string(),
        confidence: Nullable(confidence),
        n: family.count,
        failed: family.failed,
        work_s: seconds(family.sum),
        median_s: median,
        median_low_s: interval.map(|(low, _)| low),
        median_high_s: interval.map(|(_, high)| high),
        mean_s: seconds(family.sum / family.count.max(1)),
        variation,
        consistency: if family.count < 2 {
            String::new()
        } else {
            consistency(variation).to_string()
        },
        cpu_share: (measured && work > 0.0).then(|| crate::rounded(family.cpu as f64 / 1e6 / work)),
        blocks_per_s: a_second(blocks),
        switches_per_s: a_second(switches),
        start_s: (family.spawn.1 > 0).then(|| seconds(family.spawn.0 / family.spawn.1)),
        max_rss_bytes: family.rss,
        slot_s: slot,
        lock_s: lock,
        resource_s: resource,
        other_s: other,
        ..Workload::default()
    }
}

/// The class of most of the attempts, where it is that of two thirds of them at least.
fn class_of(family: &Family) -> (&'static str, Option<f64>) {
    let all: u64 = family.classes.iter().sum();
    if all == 0 {
        return ("unknown", None);
    }
    let words =
        [(Class::Cpu, "cpu"), (Class::Io, "io"), (Class::Wait, "wait"), (Class::Mixed, "mixed")];
    let share = |class: Class| family.classes[class as usize] as f64 / all as f64;
    let clear = words.into_iter().find(|(class, _)| share(*class) >= CLEAR);
    match clear {
        Some((class, word)) => (word, Some(crate::rounded(share(class)))),
        None => {
            let most = words.into_iter().map(|(class, _)| share(class)).fold(0.0, f64::max);
            ("mixed", Some(crate::rounded(1.0 - most)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consistency_changes_at_its_boundaries() {
        let words = [0.0, 0.199, 0.2, 0.499, 0.5, 3.0].map(consistency);
        assert_eq!(words, ["high", "high", "medium", "medium", "low", "low"]);
    }

    #[test]
    fn a_family_without_a_clear_majority_is_mixed() {
        let class = |classes| class_of(&Family { classes, ..Family::default() });
        assert_eq!(class([2, 1, 0, 0]), ("cpu", Some(0.666667)));
        assert_eq!(class([1, 1, 0, 0]), ("mixed", Some(0.5)));
        assert_eq!(class([0, 0, 5, 0]), ("wait", Some(1.0)));
        assert_eq!(class([0; 4]), ("unknown", None));
    }
}
