//! The command line of `pgstat`: help, page and completions come from here.

use crate::flags::{Color, Form, Json};
use clap::{Args as ClapArgs, Parser, Subcommand};

/// Explain a run: what bound it, what was slow, who waited for whom
///
/// Reads events, samples, GNU parallel job logs and .ninja_log files, in any
/// mix; each file is known by its first line.
#[derive(Debug, Parser)]
#[command(
    name = "pgstat",
    version = crate::entry::version(),
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    override_usage = "pgstat [report] [OPTIONS] [FILE]...\n       pgstat top [OPTIONS] [FILE]...\n       \
                      pgstat calibrate [OPTIONS] PREDICTIONS [FILE]..."
)]
pub struct Args {
    /// The question; without one: report
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Arguments of the verb that is left out.
    #[command(flatten)]
    pub report: ReportArgs,
}

/// The questions. A file that is named like one is written ./report.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The figures of a run and what bound it (the default)
    Report(ReportArgs),
    /// Operations by id over all runs: slowest, flaky or failed
    Top(TopArgs),
    /// How good the predictions of pgplan predict were
    Calibrate(CalibrateArgs),
}

/// `pgstat report`.
#[derive(Clone, Debug, ClapArgs)]
pub struct ReportArgs {
    /// Logs to read; - or none is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Length of the lists.
    #[command(flatten)]
    pub length: Length,
    /// Exit 0 even if operations failed or the run was cut off
    #[arg(long)]
    pub exit_zero: bool,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
}

/// `pgstat top`.
#[derive(Clone, Debug, ClapArgs)]
pub struct TopArgs {
    /// Logs to read; - or none is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// The N slowest by mean duration (the default, with --top rows)
    #[arg(long, value_name = "N")]
    pub slow: Option<usize>,
    /// Those that failed and succeeded, by share of failed attempts
    #[arg(long, conflicts_with = "slow")]
    pub flaky: bool,
    /// Those whose last attempt failed, by work
    #[arg(long, conflicts_with_all = ["slow", "flaky"])]
    pub failed: bool,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
}

/// `pgstat calibrate`.
#[derive(Clone, Debug, ClapArgs)]
pub struct CalibrateArgs {
    /// What pgplan predict --json wrote
    #[arg(value_name = "PREDICTIONS")]
    pub predictions: String,
    /// Logs of what happened then; - or none is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Output form.
    #[command(flatten)]
    pub form: Json,
}

/// Length of lists, the same for every verb.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct Length {
    /// Rows of each list
    #[arg(long = "top", value_name = "N", default_value_t = 10)]
    pub rows: usize,
}
