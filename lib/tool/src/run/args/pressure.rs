//! Flags: what the machine must be like for a start.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct PressureArgs {
    /// Start only while fewer than N tasks run, or N% of the CPUs
    #[arg(long, value_name = "N", allow_hyphen_values = true, hide_short_help = true)]
    pub load: Option<String>,
    /// Start only while so much memory is free; below half of it the youngest job makes room
    #[arg(long, value_name = "SIZE", hide_short_help = true)]
    pub memfree: Option<String>,
    /// Start nothing while the machine swaps in and out
    #[arg(long, hide_short_help = true)]
    pub noswap: bool,
}
