//! Flags: what is written down, and what is taken up again.

use crate::flags::Events;
use crate::run::log::Orphans;
use clap::{Args, ValueEnum};
use record::Seconds;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct LogArgs {
    #[command(flatten)]
    pub events: Events,
    /// Whose last output goes into the events
    #[arg(long, value_name = "WHOSE", value_enum, default_value_t, hide_short_help = true)]
    pub event_output: EventOutput,
    /// Keep a log of runs in FILE, which --resume goes on from
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub log: Option<PathBuf>,
    /// Keep the log of each run in DIR, for pgstat history (else in $PG_HISTORY, if it is set)
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub history: Option<PathBuf>,
    /// Of the runs that --history keeps, forget those that began longer ago
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub keep_logs: Option<Seconds>,
    /// With --log and --out: write each record and output through to the disk
    #[arg(long, hide_short_help = true)]
    pub sync: bool,
    /// With --log --resume: what a killed run has left running is ended, or waited for
    #[arg(
        long,
        value_name = "kill|wait",
        value_enum,
        default_value = "kill",
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub orphans: Orphans,
    /// With --log: take out what is damaged, keep a copy of the file
    #[arg(long, requires = "log", hide_short_help = true)]
    pub repair: bool,
    /// Write a job log as GNU parallel's to FILE (+FILE: go on in it)
    #[arg(long, value_name = "FILE", alias = "jl")]
    pub joblog: Option<PathBuf>,
    /// Leave out the jobs that the log, the job log or the results have
    #[arg(long)]
    pub resume: bool,
    /// As --resume, but those that failed are run again
    #[arg(long, alias = "resumefailed", hide_short_help = true)]
    pub resume_failed: bool,
    /// Run the failed commands of the job log again
    #[arg(long, alias = "retryfailed")]
    pub retry_failed: bool,
    /// Show *** for what PATTERN matches in commands, or for its groups (repeatable)
    #[arg(long, value_name = "PATTERN", hide_short_help = true)]
    pub redact: Vec<String>,
    /// Start nothing more once a log or an output cannot be written
    #[arg(long, hide_short_help = true)]
    pub strict_log: bool,
    /// Run in this folder, made with artifacts/{outputs,logs,scripts}; output is kept in logs
    #[arg(long, value_name = "DIR", hide_short_help = true)]
    pub run_dir: Option<PathBuf>,
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
