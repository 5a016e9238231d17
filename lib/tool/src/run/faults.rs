//! What is wrong with a plan, in words.

use super::job::Job;
use crate::fail::Fail;
use engine::{Fault, Key};
use record::status;

/// So many are shown.
const SHOWN: usize = 20;

/// Refuses a plan: a line for each fault.
pub fn refuse<'a>(faults: &[Fault], job: impl Fn(Key) -> Option<&'a Job>) -> Fail {
    let mut lines: Vec<String> =
        faults.iter().take(SHOWN).map(|fault| describe(fault, &job)).collect();
    if faults.len() > SHOWN {
        lines.push(format!("and {} more", faults.len() - SHOWN));
    }
    lines.push("nothing was run".to_string());
    Fail::new(status::LOST, lines.join("\npgrun: "))
}

/// A fault with its place and what to do.
fn describe<'a>(fault: &Fault, job: &impl Fn(Key) -> Option<&'a Job>) -> String {
    let name = |key: Key| job(key).map_or("", |job| job.id.as_str());
    let place = |key: Key| {
        let op = job(key).and_then(|job| job.op.as_ref());
        op.map_or("", |op| op.source.as_str())
    };
    match fault {
        Fault::Duplicate { key, first } => {
            format!("{}: id {} is used twice; first at {}", place(*key), name(*key), place(*first))
        }
        Fault::Dangling { key, need } => {
            let (at, id) = (place(*key), name(*key));
            format!("{at}: {id} needs {need}, which is not in the plan; add it, or remove the need")
        }
        Fault::Cycle(keys) => {
            let words = plan::cycle_words(keys, |key| name(key).to_string());
            let at = keys.first().map(|key| place(*key)).unwrap_or_default();
            format!("{at}: a cycle: {words}; remove one of these needs")
        }
        Fault::TooLarge { key, what } => {
            let (at, id) = (place(*key), name(*key));
            format!("{at}: {id} {what}; lower it, or give more with --resource")
        }
    }
}
