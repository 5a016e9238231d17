//! Flags: workers that outlive an operation.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Commands")]
pub struct WarmArgs {}
