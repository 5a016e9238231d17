//! Flags of `schedule`.

use clap::Args;

/// How a schedule is looked for.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Schedule")]
pub struct ScheduleArgs {}
