//! Looking for the best number of slots by trying.

use super::{Feed, wrong};
use crate::fail::Fail;
use crate::run::args::TuningArgs;
use engine::{TuneRules, Until};

/// Jobs in a turn, where nobody says.
const ITEMS: u32 = 50;

/// What was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tuning {
    #[default]
    None,
    /// Some jobs of the input, one at a time.
    Sample(u32, Rest),
    Levels(TuneRules),
}

/// What becomes of the jobs that are not sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    NotRun,
    Run,
}

impl Tuning {
    /// # Errors
    /// Something is to be tried, and the input is a plan.
    pub fn takes_operations(&self) -> Result<(), Fail> {
        match self {
            Tuning::None => Ok(()),
            Tuning::Sample(..) => Err(no_plan("--sample")),
            Tuning::Levels(rules) if rules.until == Until::Parted => Err(no_plan("--tune")),
            Tuning::Levels(_) => Err(no_plan("--sweep")),
        }
    }
}

fn no_plan(flag: &str) -> Fail {
    wrong(format!(
        "{flag} compares jobs of one kind, lines or arguments of a command; a plan has its own order"
    ))
}

/// Reads meaning into the flags.
///
/// # Errors
/// A value that means nothing, with what would; a plan, whose jobs are not alike.
pub fn tuning(args: TuningArgs, feed: &Feed) -> Result<Tuning, Fail> {
    let TuningArgs { sample, sample_keep, tune, tune_items, sweep } = args;
    let (flag, levels, until) = match (sample, tune.is_empty(), sweep.is_empty()) {
        (Some(_), ..) => ("--sample", Vec::new(), Until::Parted),
        (None, false, _) => ("--tune", tune, Until::Parted),
        (None, true, false) => ("--sweep", sweep, Until::Exhausted),
        (None, true, true) if tune_items.is_some() => {
            return Err(wrong("--tune-items counts the jobs of a turn of --tune or --sweep"));
        }
        (None, true, true) => return Ok(Tuning::None),
    };
    if matches!(feed, Feed::Ops(_)) {
        return Err(no_plan(flag));
    }
    if tune_items == Some(0) {
        return Err(wrong("--tune-items 0: a turn needs jobs; write how many, such as 50"));
    }
    if let Some(twice) = levels.iter().enumerate().find(|(at, n)| levels[..*at].contains(n)) {
        return Err(wrong(format!(
            "{flag}: {} stands there twice; write each number once",
            twice.1
        )));
    }
    let rest = if sample_keep { Rest::Run } else { Rest::NotRun };
    match sample {
        Some(0) => Err(wrong("--sample 0: write how many, such as 10")),
        Some(count) => Ok(Tuning::Sample(count, rest)),
        None if levels.contains(&0) => {
            Err(wrong(format!("{flag}: 0 slots run nothing; write numbers such as 1,2,4,8,16")))
        }
        None => Ok(Tuning::Levels(TuneRules { levels, items: tune_items.unwrap_or(ITEMS), until })),
    }
}
