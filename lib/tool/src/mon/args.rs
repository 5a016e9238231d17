//! The command line of `pgmon`: help, page and completions come from here.

use super::alert::AlertFlags;
use super::baseline::BaselineArgs;
use super::keeper::RingFlags;
use super::live::args::TopArgs;
use crate::flags::Verbose;
use clap::{Parser, ValueEnum};
use record::Seconds;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Sample the machine, process trees and cgroups, or a command while it runs
///
/// Without a command or a process the machine is sampled until the count is reached or a signal
/// comes. Samples are records, one JSON object a line, on standard output.
#[derive(Debug, Parser)]
#[command(
    name = "pgmon",
    version = crate::entry::version(),
    args_conflicts_with_subcommands = true,
    disable_help_subcommand = true,
    subcommand_help_heading = "Verbs",
    override_usage = "pgmon [OPTIONS]\n       pgmon [OPTIONS] -- COMMAND [ARGUMENT]...\n       pgmon top [OPTIONS]\n       pgmon baseline save|check|show|list [NAME] [FILE]..."
)]
pub struct Args {
    /// The question; without one: samples
    #[command(subcommand)]
    pub verb: Option<Verb>,
    #[command(flatten)]
    pub pace: Pace,
    /// Watch this process and everything that descends from it; end when it has gone
    #[arg(short, long, value_name = "PID", value_delimiter = ',', conflicts_with = "command",
          value_parser = positive::<u32>)]
    pub pid: Vec<u32>,
    /// Watch a cgroup and its processes; a path as in /proc/PID/cgroup or below /sys/fs/cgroup
    #[arg(long, value_name = "PATH", conflicts_with = "command")]
    pub cgroup: Vec<PathBuf>,
    /// Watch a running pgrun and each of its operations; without a name all of them
    #[arg(long, value_name = "PID|NAME", num_args = 0..=1, require_equals = true,
          value_delimiter = ',', conflicts_with = "command")]
    pub run: Option<Vec<String>>,
    /// Add the N busiest processes of the machine to each sample (without N: 10; 0: all)
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true,
          default_missing_value = "10")]
    pub top: Option<usize>,
    /// What makes a process busy
    #[arg(long, value_enum, value_name = "WHAT", default_value_t, requires = "top")]
    pub by: By,
    /// Read proportional memory (PSS) too, which makes a sample half as dear again or more
    #[arg(long)]
    pub pss: bool,
    /// Add the shares of each CPU
    #[arg(long)]
    pub per_cpu: bool,
    /// Add raw counters of the kernel, beside the rates
    #[arg(long)]
    pub counters: bool,
    #[command(flatten)]
    pub places: Places,
    #[command(flatten)]
    pub alerts: AlertFlags,
    /// Say nothing but errors on standard error
    #[arg(short, long)]
    pub quiet: bool,
    #[command(flatten)]
    pub verbose: Verbose,
    /// Sample while this command runs, sum it up, exit with its status
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

/// Other things than samples. A command that is called like one is run by `pgmon -- top`.
#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    Top(TopArgs),
    Baseline(BaselineArgs),
}

/// When samples are taken.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct Pace {
    /// Time between two samples
    #[arg(short, long, value_name = "DUR", default_value = "1s", value_parser = interval)]
    pub interval: Seconds,
    /// Stop after this many samples, the one at the start included
    #[arg(short = 'n', long, value_name = "N", value_parser = positive::<u64>)]
    pub count: Option<u64>,
}

/// Where samples go.
#[derive(Debug, clap::Args)]
pub struct Places {
    /// Write samples to a file; a command's output is then left alone
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Form of the samples: a table on a terminal, else ndjson
    #[arg(long, value_enum, value_name = "FORM")]
    pub format: Option<Format>,
    /// Keep the last sample in FILE.prom for node_exporter's textfile collector
    #[arg(long, value_name = "FILE.prom")]
    pub textfile: Option<PathBuf>,
    /// Serve the last sample to Prometheus at this address, such as 127.0.0.1:9464 or [::1]:0
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = address)]
    pub listen: Option<SocketAddr>,
    #[command(flatten)]
    pub ring: RingFlags,
}

/// Order of `--top`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// CPU time since the sample before.
    #[default]
    Cpu,
    /// Resident memory.
    Rss,
}

/// Form of the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// One JSON object a line: for programs.
    Ndjson,
    /// Comma-separated values with a header line: totals, no single disks or interfaces.
    Csv,
    /// Aligned columns: for people.
    Table,
    /// Each sample as OpenMetrics text: for Prometheus.
    Openmetrics,
}

/// The kernel's counters are no finer.
const LEAST_INTERVAL: Seconds = Seconds::from_micros(1_000);

fn interval(text: &str) -> Result<Seconds, String> {
    let interval = crate::flags::seconds(text)?;
    if interval < LEAST_INTERVAL {
        return Err(format!("{text} is too short; the least is 1ms"));
    }
    Ok(interval)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let parsed = local.as_deref().unwrap_or(text).parse();
    parsed.map_err(|_| "give an address and a port, such as 127.0.0.1:9464 or [::1]:9464".into())
}

fn positive<T: std::str::FromStr + Default + PartialOrd>(text: &str) -> Result<T, String> {
    let number = text.parse::<T>().ok().filter(|number| *number > T::default());
    number.ok_or_else(|| "give a whole number of at least 1".to_string())
}
