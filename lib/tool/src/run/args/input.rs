//! Flags: where arguments come from, how lines are cut and put together.

use crate::flags::SkipBad;
use clap::{ArgAction, Args, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Read arguments from FILE, a job a line (- is standard input)
    #[arg(short, long, value_name = "FILE", alias = "argfile", action = ArgAction::Append)]
    pub arg_file: Vec<PathBuf>,
    /// Arguments end with NUL bytes instead of newlines
    #[arg(short = '0', long)]
    pub null: bool,
    /// Arguments end with CHAR
    #[arg(short, long, value_name = "CHAR", hide_short_help = true)]
    pub delimiter: Option<String>,
    /// Cut each line into columns, {1} {2} ..., at what matches REGEX
    #[arg(long, value_name = "REGEX", alias = "col-sep")]
    pub colsep: Option<String>,
    /// Lines are comma-separated values
    #[arg(long = "comma-separated", alias = "csv", hide_short_help = true)]
    pub csv: bool,
    /// The first line names the columns ({name}): : for that, or N for N lines to leave out
    #[arg(long, value_name = "WHAT", hide_short_help = true)]
    pub header: Option<String>,
    /// Leave out the first line
    #[arg(long, alias = "skipfirstline", hide_short_help = true)]
    pub skip_first_line: bool,
    /// Remove blanks around arguments: n(one), l(eft), r(ight), lr
    #[arg(long, value_name = "WHERE", value_enum, hide_short_help = true)]
    pub trim: Option<TrimArg>,
    /// A line that is TEXT ends the input
    #[arg(short = 'E', value_name = "TEXT", long = "end-of-file", hide_short_help = true)]
    pub end_of_file: Option<String>,
    /// As -E; without TEXT there is no such line
    #[arg(short = 'e', long, value_name = "TEXT", num_args = 0..=1, require_equals = true,
          default_missing_value = "", hide_short_help = true)]
    pub eof: Option<String>,
    /// Empty lines are no jobs
    #[arg(short = 'r', long, alias = "norunifempty", hide_short_help = true)]
    pub no_run_if_empty: bool,
    /// Up to N arguments for each job
    #[arg(short = 'n', long, value_name = "N", alias = "maxargs")]
    pub max_args: Option<String>,
    /// N arguments for each job, {1} to {N}
    #[arg(short = 'N', long, value_name = "N", alias = "maxreplaceargs", hide_short_help = true)]
    pub max_replace_args: Option<String>,
    /// Up to N lines for each job; a line that ends in a blank goes on in the next
    #[arg(short = 'L', long = "lines-per-job", value_name = "N", hide_short_help = true)]
    pub lines_per_job: Option<String>,
    /// As -L; one line where N is left out
    #[arg(short = 'l', long, value_name = "N", alias = "maxlines", num_args = 0..=1,
          require_equals = true, default_missing_value = "1", hide_short_help = true)]
    pub max_lines: Option<String>,
    /// As many arguments for each job as its command line holds
    #[arg(short = 'X', long = "context-replace")]
    pub context_replace: bool,
    /// The same; {} is replaced by all of them
    #[arg(short = 'm', long = "multiple", hide_short_help = true)]
    pub multiple: bool,
    /// As -m, without dividing the last of them among the slots
    #[arg(long, hide_short_help = true)]
    pub xargs: bool,
    /// Longest command line that -X, -m and -n make
    #[arg(long, value_name = "SIZE", alias = "maxchars", hide_short_help = true)]
    pub max_chars: Option<String>,
    /// A command line that would be longer is an error
    #[arg(short = 'x', long, hide_short_help = true)]
    pub exit: bool,
    /// Take one argument of each list, instead of each with each
    #[arg(long, aliases = ["xapply"])]
    pub link: bool,
    /// Jobs in random order
    #[arg(long, hide_short_help = true)]
    pub shuf: bool,
    /// Word that begins a list of arguments [default: :::]
    #[arg(long, value_name = "WORD", alias = "argsep", hide_short_help = true)]
    pub arg_sep: Option<String>,
    /// Word that begins a list of argument files [default: ::::]
    #[arg(long, value_name = "WORD", alias = "argfilesep", hide_short_help = true)]
    pub arg_file_sep: Option<String>,
    /// Number of jobs, for progress and {##}, where it is known beforehand
    #[arg(long, value_name = "N", aliases = ["totaljobs", "total"], hide_short_help = true)]
    pub total_jobs: Option<u64>,
    /// Read operations from FILE (- is standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arg_file", "lines", "null"])]
    pub ops: Option<PathBuf>,
    /// Standard input is lines, whatever it looks like
    #[arg(long)]
    pub lines: bool,
    /// Start operations as they are read, before the plan has been checked
    #[arg(long, hide_short_help = true)]
    pub stream: bool,
    #[command(flatten)]
    pub skip_bad: SkipBad,
    /// An empty input is no error
    #[arg(long, hide_short_help = true)]
    pub allow_empty: bool,
    /// Longest line that is read
    #[arg(long, value_name = "SIZE", default_value = "64MiB", hide_short_help = true)]
    pub max_line: String,
}

/// `--trim`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum TrimArg {
    /// Nothing.
    #[default]
    N,
    /// On the left.
    L,
    /// On the right.
    R,
    /// On both sides.
    #[value(alias = "rl")]
    Lr,
}
