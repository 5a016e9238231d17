//! Flags: several items in one command.

use clap::{Args, ValueEnum};
use record::Seconds;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct BatchArgs {
    /// Up to N items for each job, as -n; with --batch-wait fewer after a time
    #[arg(
        long,
        value_name = "N",
        hide_short_help = true,
        conflicts_with_all = ["max_args", "max_replace_args", "lines_per_job", "max_lines"]
    )]
    pub batch: Option<usize>,
    /// A batch that is not full leaves when its oldest item has waited so long
    #[arg(
        long,
        value_name = "TIME",
        value_parser = crate::flags::seconds,
        hide_short_help = true,
        requires = "batch"
    )]
    pub batch_wait: Option<Seconds>,
    /// So many batches at a time: no more than --jobs
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub batch_jobs: Option<u32>,
    /// Whose a line of a batch's output is: order (line i is of item i, which is put before it) or key (it begins with its item)
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub batch_results: Option<ResultsArg>,
    /// As many items for each job that its start is a fiftieth of its time (auto), or N
    #[arg(
        long,
        value_name = "auto|N",
        hide_short_help = true,
        conflicts_with_all = ["batch", "max_args", "max_replace_args", "lines_per_job", "max_lines"]
    )]
    pub chunk: Option<String>,
    /// Memory that a command of --chunk auto may take
    #[arg(long, value_name = "SIZE", hide_short_help = true, requires = "chunk")]
    pub chunk_memory: Option<String>,
}

/// `--batch-results`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ResultsArg {
    /// Line i is of item i.
    Order,
    /// A line begins with its item.
    Key,
}
