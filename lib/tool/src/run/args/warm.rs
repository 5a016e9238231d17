//! Flags: workers that outlive an operation.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Commands")]
pub struct WarmArgs {
    /// Keep N shells (or workers) started, so that a command need not wait for an exec
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "0", hide_short_help = true)]
    pub warm: Option<u32>,
    /// Give operations to processes of CMD that live on: a request and a reply in JSON, a line each
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub worker: Option<String>,
    /// End a warm shell or a worker that is older than TIME
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub warm_max_age: Option<String>,
    /// End a warm shell or a worker after N operations
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub warm_max_jobs: Option<u32>,
    /// Run CMD once in each slot, all at once, before the first job there
    #[arg(long, value_name = "CMD", hide_short_help = true)]
    pub slot_init: Option<String>,
}
