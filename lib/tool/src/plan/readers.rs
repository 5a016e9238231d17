//! The door to the readers of `pgplan`, for tests and for fuzzing: a content instead of a file.

use super::args::{Args, Config};
use super::gather::{Gathered, put_together};
use super::read;
use super::source::{Kind, Source};
use crate::fail::Fail;
use clap::Parser as _;
use plan::Plan;
use record::{Finding, status};

/// What `pgplan lint` finds in a file of that name and content: what could not be read, then
/// what is wrong with the plan.
///
/// # Errors
/// Lock rules that cannot be read.
pub fn lint(name: &str, bytes: Vec<u8>) -> Result<Vec<Finding>, Fail> {
    let gathered = gathered(&["lint", name], Source::of(name, bytes, Kind::Auto))?;
    Ok(gathered.faults.iter().chain(gathered.findings()).cloned().collect())
}

/// The plan of operation records as the views of its order read it, where they can; then as
/// it is read whole, and what is wrong with that.
///
/// # Errors
/// None in practice: a command line of our own that is wrong.
pub fn outline(bytes: &[u8]) -> Result<Option<(Plan, Plan, Vec<Finding>)>, Fail> {
    let Some(plan) = read::outline("-", bytes, read::Wanted::Order) else { return Ok(None) };
    let source = Source { name: "-".into(), bytes: bytes.to_vec(), kind: Kind::Ops };
    let mut whole = gathered(&["list", "--json", "-"], source)?;
    whole.faults.append(&mut whole.graph);
    Ok(Some((plan, whole.plan, whole.faults)))
}

/// An entry of the cache with this content under a digest that is right, written again where
/// it can be read.
pub fn kept(content: &[u8]) -> Option<Vec<u8>> {
    super::cache::rewritten(content)
}

fn gathered(words: &[&str], source: Source) -> Result<Gathered, Fail> {
    let words = std::iter::once(&super::TOOL.name).chain(words);
    let args =
        Args::try_parse_from(words).map_err(|error| Fail::new(status::USAGE, error.to_string()))?;
    put_together(&Config::from(args)?, vec![source], Gathered::default())
}
