//! Which time a finding is about.

use super::bars::{Bar, Ended};
use crate::run::report::Told;
use alloc::vec::Vec;
use record::{ChainLink, Finding, Seconds};

type Span = (Seconds, Seconds);

/// The time of each finding: of the operation that it names; of the longest wait for the
/// cause that it names; of the first failure; of the end of a log that was cut off.
pub fn moments(told: &Told, whole: Span, bars: &[Bar]) -> Vec<Option<Span>> {
    told.findings.iter().map(|finding| moment(finding, told, (whole, bars))).collect()
}

fn moment(finding: &Finding, told: &Told, (whole, bars): (Span, &[Bar])) -> Option<Span> {
    if bars.is_empty() {
        return None;
    }
    let of = |id: &str| bars.iter().find(|bar| bar.id == id).map(|bar| (bar.from, bar.to));
    if !finding.id.is_empty() {
        return of(&finding.id);
    }
    match finding.code.as_str() {
        "cut-off" => {
            let open = bars.iter().filter(|bar| bar.ended == Ended::Open);
            let from = open.map(|bar| bar.from).min().unwrap_or(whole.1);
            return Some((from, whole.1));
        }
        "failed-operations" => {
            let failed = bars.iter().filter(|bar| bar.failed > 0).min_by_key(|bar| bar.from)?;
            return Some((failed.from, failed.to));
        }
        _ => {}
    }
    let cause = finding.code.strip_prefix("bound-by-")?;
    let longest = told.report.chain.iter().max_by_key(|link| share(link, cause))?;
    if share(longest, cause) <= Seconds::ZERO {
        return None;
    }
    let start = whole.0 + longest.start_s;
    let waited = longest.waited_s.get(cause).copied().unwrap_or_default();
    Some((start - waited, start + longest.wall_s))
}

/// How much of a cause is in a link of the chain.
fn share(link: &ChainLink, cause: &str) -> Seconds {
    match cause {
        "path" => link.wall_s,
        cause => link.waited_s.get(cause).copied().unwrap_or_default(),
    }
}
