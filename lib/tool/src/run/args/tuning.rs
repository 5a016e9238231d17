//! Flags: looking for the best number of slots by trying.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Tuning")]
pub struct TuningArgs {}
