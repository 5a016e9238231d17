//! Flags: how `-j auto` finds how many at once.

use clap::{Args, ValueEnum};
use record::Seconds;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Control")]
pub struct AdaptArgs {
    /// How bold -j auto is: aggressive, conservative or stepwise [default: by how much operations differ]
    #[arg(
        long,
        value_name = "HOW",
        value_enum,
        conflicts_with = "no_adapt",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub adapt: Option<AdaptArg>,
    /// Keep the slots that -j auto begins with
    #[arg(long, hide_short_help = true)]
    pub no_adapt: bool,
    /// How often -j auto looks at the machine [default: 1s]
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub adapt_every: Option<Seconds>,
    /// Divide the slots of -j with other runs of that name
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub share: Option<String>,
}

/// `--adapt`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum AdaptArg {
    /// Far at once by what the commands do, back by what is measured.
    Aggressive,
    /// By what is measured, half as many more at a time.
    Conservative,
    /// Two more or one fewer in each period.
    Stepwise,
}
