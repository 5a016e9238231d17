//! Flags: which strings in the command are replaced.

use clap::Args;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Input")]
pub struct StringArgs {
    /// Use TEXT instead of {}
    #[arg(short = 'I', long = "replacement", value_name = "TEXT")]
    pub replacement: Option<String>,
    /// As -I; {} where TEXT is left out
    #[arg(short = 'i', long, value_name = "TEXT", num_args = 0..=1, require_equals = true,
          default_missing_value = "{}", hide_short_help = true)]
    pub replace: Option<String>,
    /// Use TEXT instead of {.}
    #[arg(short = 'U', long, value_name = "TEXT", aliases = ["er", "extension-replace"], hide_short_help = true)]
    pub extensionreplace: Option<String>,
    /// Use TEXT instead of {/}
    #[arg(long, value_name = "TEXT", aliases = ["bnr"], hide_short_help = true)]
    pub basenamereplace: Option<String>,
    /// Use TEXT instead of {//}
    #[arg(long, value_name = "TEXT", aliases = ["dnr"], hide_short_help = true)]
    pub dirnamereplace: Option<String>,
    /// Use TEXT instead of {/.}
    #[arg(long, value_name = "TEXT", aliases = ["bner"], hide_short_help = true)]
    pub basenameextensionreplace: Option<String>,
    /// Use TEXT instead of {#}
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub seqreplace: Option<String>,
    /// Use TEXT instead of {%}
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub slotreplace: Option<String>,
    /// Use the two halves of TEXT instead of {= and =}
    #[arg(long, value_name = "TEXT", hide_short_help = true)]
    pub parens: Option<String>,
    /// More of them: {..} {+/} {%.gz} {:-default} and others
    #[arg(long)]
    pub plus: bool,
    /// Quote the command's own words, too
    #[arg(short = 'q', long)]
    pub quote: bool,
}
