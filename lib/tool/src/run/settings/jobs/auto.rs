//! `-j auto`: how many are found while it runs.

use super::{cpus, wrong};
use crate::fail::Fail;
use crate::run::args::{AdaptArg, AdaptArgs};
use engine::adapt::{Adapt, AdaptRules};
use record::Seconds;

/// Most slots where nothing is said: those of the table of kinds of work, or three a CPU.
const MOST: u32 = 32;
const MOST_PER_CPU: u32 = 3;

/// Least time between two looks at the machine.
const SHORTEST: Seconds = Seconds::from_micros(10_000);

/// The word that begins it.
pub const WORD: &str = "auto";

/// What the flags beside `-j` ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    adapt: Option<Adapt>,
    every: Seconds,
    /// Nothing is changed while it runs.
    fixed: bool,
}

/// `--adapt`, `--no-adapt`, `--adapt-every`.
///
/// # Errors
/// The time is too short, or there is nothing that they could speak of.
pub fn manner(args: &AdaptArgs, jobs: Option<&str>) -> Result<Manner, Fail> {
    let AdaptArgs { adapt, no_adapt, adapt_every, share: _ } = args;
    let every = adapt_every.unwrap_or(Seconds::from_secs(1));
    if every < SHORTEST {
        return Err(wrong(format!("--adapt-every {every}: the shortest is 10ms")));
    }
    let asked = adapt.is_some() || adapt_every.is_some();
    if asked && !jobs.is_some_and(is_auto) {
        return Err(wrong(
            "--adapt and --adapt-every say how -j auto looks for its slots: give -j auto, too",
        ));
    }
    let adapt = adapt.map(|adapt| match adapt {
        AdaptArg::Aggressive => Adapt::Aggressive,
        AdaptArg::Conservative => Adapt::Conservative,
        AdaptArg::Stepwise => Adapt::Stepwise,
    });
    Ok(Manner { adapt, every, fixed: *no_adapt })
}

/// It begins with the word.
pub fn is_auto(text: &str) -> bool {
    text == WORD || text.strip_prefix(WORD).is_some_and(|rest| rest.starts_with(':'))
}

/// `auto`, `auto:LEAST..MOST`. With `--no-adapt` the slots that it would begin with.
///
/// # Errors
/// The bounds are none.
pub fn parse(text: &str, manner: Manner) -> Result<super::Jobs, Fail> {
    let cpus = cpus();
    let (least, most) = match text.strip_prefix("auto:") {
        None => (1, MOST.max(cpus.saturating_mul(MOST_PER_CPU))),
        Some(bounds) => bounds_of(bounds, cpus).ok_or_else(|| {
            wrong(format!(
                "-j {text}: write auto, or auto:LEAST..MOST with at least 1, such as auto:1..32 or \
                 auto:1..3n, where n is the number of CPUs"
            ))
        })?,
    };
    let rules = AdaptRules { least, most, cpus, every: manner.every, adapt: manner.adapt };
    Ok(match manner.fixed {
        true => super::Jobs::Count(crate::run::adapt::first_level(&rules)),
        false => super::Jobs::Auto(rules),
    })
}

fn bounds_of(text: &str, cpus: u32) -> Option<(u32, u32)> {
    let (least, most) = text.split_once("..")?;
    let bound = |text: &str| match text.strip_suffix('n') {
        Some("") => Some(cpus),
        Some(each) => each.parse::<u32>().ok().map(|each| each.saturating_mul(cpus)),
        None => text.parse().ok(),
    };
    let (least, most) = (bound(least)?, bound(most)?);
    (least >= 1 && least <= most).then_some((least, most))
}

#[cfg(test)]
mod tests {
    use super::super::Jobs;
    use super::*;

    #[test]
    fn bounds_in_all_forms() {
        let manner = Manner { adapt: None, every: Seconds::from_secs(1), fixed: false };
        let bounds = |text| match parse(text, manner) {
            Ok(Jobs::Auto(rules)) => Some((rules.least, rules.most)),
            _ => None,
        };
        assert_eq!(bounds("auto:1..32"), Some((1, 32)));
        assert_eq!(bounds("auto:4..4"), Some((4, 4)));
        assert_eq!(bounds("auto:n..3n"), Some((cpus(), 3 * cpus())));
        assert_eq!(bounds("auto"), Some((1, MOST.max(3 * cpus()))));
        for text in
            ["auto:", "auto:0..3", "auto:5..4", "auto:3", "auto:..", "auto:a..b", "auto:1..0n"]
        {
            assert!(parse(text, manner).is_err(), "{text}");
        }
        let fixed = parse("auto:2..9", Manner { fixed: true, ..manner });
        assert!(matches!(fixed, Ok(Jobs::Count(2..=9))));
        assert!(is_auto("auto") && is_auto("auto:1..2") && !is_auto("automatic"));
    }
}
