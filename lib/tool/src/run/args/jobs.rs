//! Flags: how many at once.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct JobsArgs {
    /// Slots: N, N% of the CPUs, +N, -N, 0 (no limit), or a file
    #[arg(short, long, value_name = "N", short_alias = 'P', aliases = ["max-procs", "maxprocs"])]
    pub jobs: Option<String>,
}
