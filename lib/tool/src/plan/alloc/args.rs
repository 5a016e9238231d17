//! Flags of `alloc`.

use clap::Args;

/// What is done with the shares.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shares")]
pub struct AllocArgs {
    /// Print the plan with the shares in it, for pgrun
    #[arg(long)]
    pub apply: bool,
}
