//! Flags: looking for the best number of slots by trying.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Tuning")]
pub struct TuningArgs {
    /// Run N jobs spread over the input, one at a time, and say how long they take and how alike they are
    #[arg(long, value_name = "N", conflicts_with_all = ["tune", "sweep"], hide_short_help = true)]
    pub sample: Option<u32>,
    /// With --sample: go on with the rest
    #[arg(long, requires = "sample", hide_short_help = true)]
    pub sample_keep: bool,
    /// Try these numbers of slots in turns, then go on with the fewest that are as good as the best
    #[arg(
        long,
        value_name = "N,N...",
        value_delimiter = ',',
        conflicts_with_all = ["sweep", "jobs"],
        hide_short_help = true
    )]
    pub tune: Vec<u32>,
    /// Jobs in a turn of --tune and --sweep [default: 50]
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub tune_items: Option<u32>,
    /// Try these numbers of slots in turns to the end of the input, and say what each is worth
    #[arg(
        long,
        value_name = "N,N...",
        value_delimiter = ',',
        conflicts_with = "jobs",
        hide_short_help = true
    )]
    pub sweep: Vec<u32>,
}
