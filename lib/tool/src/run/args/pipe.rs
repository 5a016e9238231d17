//! Flags: standard input divided among the jobs.

use clap::Args;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct PipeArgs {
    /// Divide standard input among the jobs, block by block
    #[arg(long, alias = "spreadstdin")]
    pub pipe: bool,
    /// The same for the files of -a or ::::, which the jobs read themselves
    #[arg(long, alias = "pipe-part", hide_short_help = true)]
    pub pipepart: bool,
    /// Size of a block; -N: N blocks for each slot [default: 1M]
    #[arg(long, value_name = "SIZE", aliases = ["block-size", "blocksize"], allow_hyphen_values = true,
          hide_short_help = true)]
    pub block: Option<String>,
    /// A record begins with TEXT
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub recstart: Option<String>,
    /// A record ends with TEXT [default: a newline]
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub recend: Option<String>,
    /// --recstart and --recend are regular expressions
    #[arg(long, alias = "regex", hide_short_help = true)]
    pub regexp: bool,
    /// Leave out what begins and ends records
    #[arg(long, aliases = ["removerecsep", "rrs"], hide_short_help = true)]
    pub remove_rec_sep: bool,
    /// Give blocks in turn to as many jobs as there are slots
    #[arg(long, aliases = ["roundrobin", "round"], hide_short_help = true)]
    pub round_robin: bool,
    /// Give a block as a file, {}
    #[arg(long, hide_short_help = true)]
    pub cat: bool,
    /// Give a block as a FIFO, {}
    #[arg(long, conflicts_with = "cat", hide_short_help = true)]
    pub fifo: bool,
    /// Give everything to every job
    #[arg(long, hide_short_help = true)]
    pub tee: bool,
}
