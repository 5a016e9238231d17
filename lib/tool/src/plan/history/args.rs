//! Flags of predictions.

use clap::Args;

/// Which past runs are known.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "History")]
pub struct HistoryArgs {
    /// Take durations from past runs: events, job logs, ninja logs, run logs; may be repeated
    #[arg(long, value_name = "FILE|DIR")]
    pub history: Vec<String>,

    /// With predict: no plan, but the next run of a run log (- is standard input)
    #[arg(long, value_name = "FILE", conflicts_with = "history", hide_short_help = true)]
    pub runs: Option<String>,

    /// With --runs: the name of the next run
    #[arg(long = "run", value_name = "NAME", requires = "runs", hide_short_help = true)]
    pub run: Option<String>,
}
