//! Flags: as a counting semaphore.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Semaphore")]
pub struct SemArgs {
    /// Run one command while holding a semaphore of -j places (as sem does)
    #[arg(long, hide_short_help = true)]
    pub semaphore: bool,
    /// Name of the semaphore [default: the terminal's]
    #[arg(long, value_name = "NAME", aliases = ["semaphorename", "semaphore-name"], hide_short_help = true)]
    pub id: Option<String>,
    /// Wait for the command to end
    #[arg(long, overrides_with = "bg", hide_short_help = true)]
    pub fg: bool,
    /// Return when the command has started
    #[arg(long, overrides_with = "fg", hide_short_help = true)]
    pub bg: bool,
    /// Run the command once, without arguments
    #[arg(long, hide_short_help = true)]
    pub once: bool,
    /// Wait until nobody holds the semaphore
    #[arg(long = "wait-for-all", alias = "wait", hide_short_help = true)]
    pub wait: bool,
    /// After SECONDS start without it; negative: give up
    #[arg(long, value_name = "SECONDS", aliases = ["semaphoretimeout", "st"], allow_hyphen_values = true,
          hide_short_help = true)]
    pub semaphore_timeout: Option<String>,
}
