//! Flags: load that is generated, and comparisons of commands.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct TrafficArgs {}
