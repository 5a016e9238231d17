//! What bounds the throughput, and the number that says so.

use super::law::Law;
use super::limit::Limit;
use alloc::format;
use alloc::string::{String, ToString as _};
use record::{Report, Scaling, ScalingPoint};

/// A resource whose mean use is above this is what there is none of.
const FULL: f64 = 0.9;
/// A cause that explains less of the wall bounds nothing.
const MUCH: f64 = 0.25;
/// A speedup above this share of the concurrency is as good as it gets.
const LINEAR: f64 = 0.9;

/// What the log of a run says of its bound.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// How many were at work at once.
    pub concurrency: f64,
    /// Word of the cause: "lock:msi", "start", "slots".
    pub cause: String,
    /// The share of the wall that it explains.
    pub share: f64,
    /// The fullest resource by samples, and its mean use (0 to 1).
    pub fullest: Option<(String, f64)>,
}

/// What a report says of the bound of its run; `None` without slots.
pub fn evidence(report: &Report) -> Option<Evidence> {
    let wall = report.wall_s.as_f64();
    let shares = report.usage.iter().filter(|usage| {
        usage.name.contains("cpu busy")
            || usage.name.ends_with(" util")
            || usage.name == "cpu_share"
    });
    let fullest = shares.max_by(|a, b| a.mean.total_cmp(&b.mean));
    (report.slots > 0 && wall > 0.0).then(|| Evidence {
        concurrency: f64::from(report.slots),
        cause: report.bound.clone(),
        share: report.bound_s.map_or(0.0, |time| time.as_f64() / wall),
        fullest: fullest.map(|usage| (usage.name.clone(), usage.mean)),
    })
}

/// Names the bound: by what the logs of the greatest concurrency measured, else by the shape of
/// the curve.
pub fn judge(
    told: &mut Scaling,
    (law, limit): (&Law, Option<Limit>),
    (table, evidence): (&[ScalingPoint], &[Evidence]),
) {
    let Some(last) = table.last() else { return };
    let widest = evidence.iter().max_by(|a, b| a.concurrency.total_cmp(&b.concurrency));
    let (bound, verdict) = match widest.and_then(|one| measured(one, last)) {
        Some(found) => found,
        None => shape((law, limit), told, last),
    };
    (told.bound, told.verdict) = (bound.to_string(), verdict);
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// What the log of the widest run says, where efficiency was lost.
fn measured(widest: &Evidence, last: &ScalingPoint) -> Option<(&'static str, String)> {
    if last.efficiency >= LINEAR {
        return None;
    }
    let at = format!("at {}", widest.concurrency);
    if let Some(lock) = widest.cause.strip_prefix("lock:").filter(|_| widest.share >= MUCH) {
        let share = percent(widest.share);
        return Some(("lock", format!("{at} lock {lock} explains {share} of the wall")));
    }
    if widest.cause == "start" && widest.share >= MUCH {
        let share = percent(widest.share);
        return Some(("start", format!("{at} starting operations explains {share} of the wall")));
    }
    let (name, mean) = widest.fullest.as_ref().filter(|(_, mean)| *mean >= FULL)?;
    let bound = if name.contains("cpu") { "cpu" } else { "disk" };
    Some((bound, format!("{at} {name} was {} on average", percent(*mean))))
}

/// What the curve alone says.
fn shape(
    (law, limit): (&Law, Option<Limit>),
    told: &Scaling,
    last: &ScalingPoint,
) -> (&'static str, String) {
    let widest = last.concurrency;
    if let Some(limit) = limit {
        let knee = limit.knee();
        let text = format!(
            "the rate stops at {:.4}: {knee:.1} workers reach it, more add nothing",
            limit.ceiling
        );
        return ("limit", text);
    }
    if last.efficiency >= LINEAR {
        let share = percent(last.efficiency);
        return ("none", format!("at {widest} every worker still has {share} of the rate of one"));
    }
    // which of the two costs more at the greatest concurrency
    let contention = law.sigma * (widest - 1.0);
    let coherence = law.kappa * widest * (widest - 1.0);
    let sure = |low: Option<f64>| match low {
        Some(low) if low > 0.0 => "",
        Some(_) => "; not certain, its interval holds 0",
        None => "; how certain that is was not measured",
    };
    let surely = sure(told.kappa_low.0).is_empty();
    if coherence > contention || law.peak().is_some_and(|peak| peak <= widest && surely) {
        let peak = law.peak().unwrap_or(widest);
        let unseen = if peak > widest { ", which was not measured" } else { "" };
        let text = format!(
            "kappa {:.6}: each pair of workers costs, the rate falls beyond {peak:.1}{unseen}{}",
            law.kappa,
            sure(told.kappa_low.0)
        );
        return ("coherence", text);
    }
    let (share, most) = (percent(law.sigma), 1.0 / law.sigma);
    let text = format!(
        "sigma {share} of the work is done by one at a time: no speedup above {most:.1}{}",
        sure(told.sigma_low.0)
    );
    ("contention", text)
}
