//! `pgstat anomalies`: what is unlike the rest.

mod runs;

use super::args::Logs;
use crate::fail::Fail;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct AnomaliesArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Score each task of run logs against the same task in other runs
    #[arg(long)]
    pub runs: bool,
}

/// The verb.
///
/// # Errors
/// There is nothing to look at, or the output cannot be written.
pub fn run(args: &AnomaliesArgs) -> Result<u8, Fail> {
    runs::run(&args.logs.files)
}
