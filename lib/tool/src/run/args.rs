//! The command line of `pgrun`: help, page and completions come from here.

use crate::flags::{Color, Events, FailIf, SkipBad, Verbose};
use clap::{Parser, ValueEnum};
use record::Seconds;
use std::ffi::OsString;
use std::path::PathBuf;

/// Run operations or command lines in parallel, within limits.
///
/// With a command, each line of standard input or each argument after ::: is one
/// job, and {} in the command is replaced by it. Without a command, operations
/// (NDJSON, from pgplan) are read and run as their needs, slots, resources and
/// locks allow.
#[derive(Debug, Parser)]
#[command(
    name = "pgrun",
    version = crate::entry::version(),
    override_usage = "pgrun [OPTIONS] COMMAND [{}] [::: ARG...]\n       pgplan FILE | pgrun [OPTIONS]",
    next_line_help = false,
    // the last one wins, as with the tools it replaces
    args_override_self = true
)]
pub struct Args {
    /// Slots: N, N% of the CPUs, +N or -N relative to them, 0 for no limit [default: the CPUs allowed]
    #[arg(short, long, value_name = "N", short_alias = 'P', allow_hyphen_values = true)]
    pub jobs: Option<String>,
    /// Print output in the order of the input
    #[arg(short, long)]
    pub keep_order: bool,
    /// Begin each line of output with the job's argument or id
    #[arg(long)]
    pub tag: bool,
    /// Leave the output alone: no grouping
    #[arg(short, long, conflicts_with_all = ["keep_order", "tag"])]
    pub ungroup: bool,
    /// Print what would be run, in order, and run nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Read arguments from FILE, a job a line (- is standard input)
    #[arg(short, long, value_name = "FILE")]
    pub arg_file: Option<PathBuf>,
    /// Arguments end with NUL bytes instead of newlines
    #[arg(short = '0', long)]
    pub null: bool,
    /// Read operations from FILE (- is standard input)
    #[arg(long, value_name = "FILE", conflicts_with_all = ["arg_file", "lines", "null"])]
    pub ops: Option<PathBuf>,
    /// Standard input is lines, whatever it looks like
    #[arg(long)]
    pub lines: bool,
    /// Start operations as they are read, before the plan has been checked
    #[arg(long)]
    pub stream: bool,
    #[command(flatten)]
    pub skip_bad: SkipBad,
    /// An empty input is no error
    #[arg(long)]
    pub allow_empty: bool,
    /// Capacity of a resource that operations hold, such as memory=8GiB; may be repeated
    #[arg(long, value_name = "NAME=AMOUNT")]
    pub resource: Vec<String>,
    /// Try each operation up to N times in all (0 and 1: once)
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// Pause before the first repetition; it doubles each time [default: 0.2]
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds)]
    pub retry_delay: Option<Seconds>,
    /// End an attempt after this long: TERM, grace, KILL to its group
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds)]
    pub timeout: Option<Seconds>,
    /// End the run after this long (status 124)
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds)]
    pub total_timeout: Option<Seconds>,
    /// Time from TERM to KILL
    #[arg(short = 'K', long, value_name = "TIME", value_parser = crate::flags::seconds, default_value = "5")]
    pub grace: Seconds,
    /// What a failed operation does to the rest [default: continue]
    #[arg(long, value_name = "WHAT", value_enum, conflicts_with = "halt")]
    pub on_failure: Option<OnFailureArg>,
    /// End the run on results: never, or soon|now,fail|success|done=N|N%
    #[arg(long, value_name = "WHEN")]
    pub halt: Option<String>,
    #[command(flatten)]
    pub fail_if: FailIf,
    /// Without a line of output that matches REGEX an operation fails
    #[arg(long, value_name = "REGEX")]
    pub ok_if: Option<String>,
    /// Leave processes alone that outlive their operation, instead of ending them
    #[arg(long)]
    pub allow_strays: bool,
    #[command(flatten)]
    pub events: Events,
    /// Whose last output goes into the events
    #[arg(long, value_name = "WHOSE", value_enum, default_value_t)]
    pub event_output: EventOutput,
    /// Write a job log in GNU parallel's columns to FILE
    #[arg(long, value_name = "FILE")]
    pub joblog: Option<PathBuf>,
    /// Run in this folder, made with artifacts/{outputs,logs,scripts}; output is kept in logs
    #[arg(long, value_name = "DIR")]
    pub run_dir: Option<PathBuf>,
    /// Folder the commands run in
    #[arg(short = 'C', long, value_name = "DIR", conflicts_with = "run_dir")]
    pub chdir: Option<PathBuf>,
    /// Variable added to the commands' environment; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<OsString>,
    /// Shell for commands that need one
    #[arg(long, value_name = "PATH")]
    pub shell: Option<PathBuf>,
    /// Lock directory, instead of $PG_LOCK_DIR or this user's own
    #[arg(long, value_name = "DIR")]
    pub lock_dir: Option<PathBuf>,
    /// Leave an inherited descriptor open for the commands; may be repeated
    #[arg(long, value_name = "FD")]
    pub keep_fd: Vec<i32>,
    /// Longest line that is read
    #[arg(long, value_name = "SIZE", default_value = "64MiB")]
    pub max_line: String,
    /// Show progress even where standard error is no terminal
    #[arg(long)]
    pub progress: bool,
    #[command(flatten)]
    pub verbose: Verbose,
    /// Say nothing but errors
    #[arg(short = 's', long, conflicts_with_all = ["verbose", "progress"])]
    pub quiet: bool,
    #[command(flatten)]
    pub color: Color,
    /// Command, and arguments after :::
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 0..)]
    pub command: Vec<OsString>,
}

/// `--on-failure`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnFailureArg {
    /// End what runs, start nothing more.
    Stop,
    /// Let what runs end, start nothing more.
    Finish,
    /// Go on with what does not need it.
    Continue,
    /// As finish, then undo what succeeded in reverse order.
    Rollback,
}

/// `--event-output`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum EventOutput {
    /// Nobody's.
    None,
    /// That of attempts that failed.
    #[default]
    Failed,
    /// Everybody's.
    All,
}
