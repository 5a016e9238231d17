//! The door to the readers of `pgplan`, for tests and for fuzzing: a content instead of a file.

use super::args::{Args, Config};
use super::gather::{Gathered, put_together};
use super::source::Source;
use crate::fail::Fail;
use clap::Parser as _;
use record::{Finding, status};

/// What `pgplan lint` finds in a file of that name and content: what could not be read, then
/// what is wrong with the plan.
///
/// # Errors
/// Lock rules that cannot be read.
pub fn lint(name: &str, bytes: Vec<u8>) -> Result<Vec<Finding>, Fail> {
    let args = Args::try_parse_from([super::TOOL.name, "lint", name])
        .map_err(|error| Fail::new(status::USAGE, error.to_string()))?;
    let config = Config::from(args)?;
    let sources = vec![Source::of(name, bytes, config.from)];
    let gathered = put_together(&config, sources, Gathered::default())?;
    Ok(gathered.faults.iter().chain(gathered.findings()).cloned().collect())
}
