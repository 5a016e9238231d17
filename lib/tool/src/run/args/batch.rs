//! Flags: several items in one command.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct BatchArgs {}
