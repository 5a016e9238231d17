//! Flags: what becomes of the commands' output, and what is shown meanwhile.

use crate::flags::{Color, Verbose};
use clap::{Args, ValueEnum};
use std::ffi::OsString;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Print output in the order of the input
    #[arg(short, long, alias = "keeporder")]
    pub keep_order: bool,
    /// Print output in the order of the ends
    #[arg(long, aliases = ["nokeeporder", "nok", "no-k"], hide_short_help = true)]
    pub no_keep_order: bool,
    /// Print the output of each job when it has ended, as a whole [default]
    #[arg(short = 'g', long, overrides_with_all = ["ungroup", "line_buffer"], hide_short_help = true)]
    pub group: bool,
    /// Leave the output alone: no grouping
    #[arg(short, long, overrides_with_all = ["group", "line_buffer"])]
    pub ungroup: bool,
    /// Print each line of output as it comes
    #[arg(
        long,
        aliases = ["lb", "linebuffer", "line-buffered", "linebuffered"],
        overrides_with_all = ["group", "ungroup"]
    )]
    pub line_buffer: bool,
    /// Begin each line of output with the job's argument or id
    #[arg(long, alias = "ctag")]
    pub tag: bool,
    /// Begin each line of output with TEXT, in which {} and the like are replaced
    #[arg(long, value_name = "TEXT", aliases = ["tag-string", "ctagstring", "ctag-string"],
          hide_short_help = true)]
    pub tagstring: Option<OsString>,
    /// Keep output in files and print their names
    #[arg(long, aliases = ["output-as-files", "outputasfiles"], hide_short_help = true)]
    pub files: bool,
    /// Keep output in folders or in FILE.csv, .tsv or .json; print none
    #[arg(long, value_name = "NAME", aliases = ["result", "res"])]
    pub results: Option<OsString>,
    /// File that each job makes: written as {out} or $PG_OUT, put in its place when the job succeeds; may be repeated
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub out: Vec<OsString>,
    /// Remove what killed runs have left beside the files of --out, and run nothing
    #[arg(long, hide_short_help = true)]
    pub clean: bool,
    /// Print what would be run, in order, and run nothing
    #[arg(long, aliases = ["dryrun", "dr"])]
    pub dry_run: bool,
    /// Print what would be run, quoted for a shell, and run nothing
    #[arg(long, aliases = ["shellquote", "shell_quote"], hide_short_help = true)]
    pub shell_quote: bool,
    #[command(flatten)]
    pub verbose: Verbose,
    /// Print each command before its output, on standard output
    #[arg(long, action = clap::ArgAction::Count, hide_short_help = true)]
    pub show_command: u8,
    /// Print each command on standard error when it starts
    #[arg(short = 't', long)]
    pub trace: bool,
    /// Say nothing but errors
    #[arg(short = 's', long, alias = "silent", conflicts_with_all = ["verbose", "progress"])]
    pub quiet: bool,
    #[command(flatten)]
    pub color: Color,
    /// On a terminal, leave the escape sequences of commands as they are
    #[arg(long, hide_short_help = true)]
    pub raw: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct LiveArgs {
    /// Show how far it is, as a bar
    #[arg(long)]
    pub bar: bool,
    /// Show when it will be done
    #[arg(long, hide_short_help = true)]
    pub eta: bool,
    /// Show how far it is, on no terminal either; json: a record a line
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true,
          default_missing_value = "text", value_parser = ["text", "json"], hide_possible_values = true)]
    pub progress: Option<String>,
    /// Fold output into groups of the CI system's log, report failures to it
    #[arg(long, value_name = "github|gitlab", value_enum, num_args = 0..=1, require_equals = true,
          default_missing_value = "auto", hide_possible_values = true)]
    pub ci: Option<CiArg>,
    /// Write the results to FILE as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// With --junit: add the results in FILE, or in each *.xml of a folder; may be repeated
    #[arg(long, value_name = "FILE", requires = "junit", hide_short_help = true)]
    pub junit_merge: Vec<PathBuf>,
}

/// `--ci`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CiArg {
    /// What the environment says.
    Auto,
    /// GitHub Actions.
    Github,
    /// GitLab CI.
    Gitlab,
}
