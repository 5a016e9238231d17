//! Who is to blame for the wall that was lost: out of the chain, by cause, who waited,
//! behind whom and how long.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Blame, Report, Seconds};

/// Rows of each cause.
const MOST: usize = 3;
/// Causes with less of the wall than this are not explained.
const LEAST: f64 = 0.01;

/// The longest waits of the chain by cause, the cause that lost most first.
pub fn blame(report: &Report) -> Vec<Blame> {
    let mut causes: Vec<(&String, &Seconds)> = report.lost_s.iter().collect();
    causes.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
    let wall = report.wall_s.as_f64();
    causes.retain(|(_, time)| time.as_f64() > wall * LEAST);
    causes.into_iter().flat_map(|(cause, _)| of_cause(report, cause)).collect()
}

fn of_cause(report: &Report, cause: &str) -> Vec<Blame> {
    let filled = report.families.first().map_or("", |family| family.name.as_str());
    // by whom it waited for: a chain names each of them, and may name one often
    let mut found: BTreeMap<(&str, &str), Seconds> = BTreeMap::new();
    for link in &report.chain {
        let ran = cause == "path" || (cause == "timeouts" && link.waited_s.is_empty());
        let part = if ran && (link.gave.is_empty() || link.gave == "need") {
            Some((link.wall_s, ""))
        } else {
            let behind = if cause == "slots" { filled } else { link.behind.as_str() };
            link.waited_s.get(cause).map(|time| (*time, behind))
        };
        if let Some((time, behind)) = part {
            *found.entry((link.id.as_str(), behind)).or_default() += time;
        }
    }
    let mut rows: Vec<Blame> = found
        .into_iter()
        .filter(|(_, time)| *time > Seconds::ZERO)
        .map(|((id, behind), time_s)| Blame {
            cause: cause.to_string(),
            id: id.to_string(),
            behind: behind.to_string(),
            time_s,
        })
        .collect();
    rows.sort_by(|a, b| b.time_s.cmp(&a.time_s).then_with(|| a.id.cmp(&b.id)));
    rows.truncate(MOST);
    rows
}
