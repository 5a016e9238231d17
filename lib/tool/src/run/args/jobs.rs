//! Flags: how many at once.

use clap::{Args, ValueEnum};

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct JobsArgs {
    /// Slots: N, N%, +N, -N, 0 (no limit), auto, cpu=N,wait=N, formula
    #[arg(short, long, value_name = "N", short_alias = 'P', aliases = ["max-procs", "maxprocs"])]
    pub jobs: Option<String>,
    /// Take that part of the slots, or what the load of others leaves: a number from 0 to 1, or auto
    #[arg(long, value_name = "PART", hide_short_help = true)]
    pub load_factor: Option<String>,
    /// Say what decided how many run, for each that waits why it does, and at the end what has acted
    #[arg(long, hide_short_help = true)]
    pub explain: bool,
    /// Print what bounds a run on this machine, what each rule makes of it, and end
    #[arg(
        long,
        value_name = "text|json",
        value_enum,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "text",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub show_limits: Option<ShowArg>,
}

/// How something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ShowArg {
    /// A table.
    Text,
    /// A record.
    Json,
}
