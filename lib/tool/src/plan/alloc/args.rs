//! Flags of `alloc`.

use super::Shares;
use clap::Args;

/// What is done with the shares.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Shares")]
pub struct AllocArgs {
    /// Print the plan with the shares in it, for pgrun
    #[arg(long, hide_short_help = true)]
    pub apply: bool,
}

impl AllocArgs {
    /// What is asked for.
    pub const fn shares(&self) -> Shares {
        if self.apply { Shares::Applied } else { Shares::Shown }
    }
}
