//! The command line of `pgrun`: help, page and completions come from here, for
//! all of its names. One file a group of flags.

mod adapt;
mod admission;
mod batch;
mod control;
mod input;
mod jobs;
mod log;
mod output;
mod pipe;
mod place;
mod pressure;
pub mod refused;
mod remote;
mod sem;
mod strings;
mod traffic;
mod tuning;
mod warm;
pub mod words;

pub use adapt::{AdaptArg, AdaptArgs};
pub use admission::AdmissionArgs;
pub use batch::{BatchArgs, ResultsArg};
pub use control::{ControlArgs, DispatchArg, JobserverStyle, OnFailureArg, OnHup};
pub use input::{InputArgs, TrimArg};
pub use jobs::{JobsArgs, ShowArg};
pub use log::{EventOutput, LogArgs};
pub use output::{CiArg, LiveArgs, OutputArgs};
pub use pipe::PipeArgs;
pub use place::PlaceArgs;
pub use pressure::{EvictArg, PressureArgs};
pub use remote::RemoteArgs;
pub use sem::SemArgs;
pub use strings::StringArgs;
pub use traffic::{ArrivalDist, ScenarioMix, TrafficArgs};
pub use tuning::TuningArgs;
pub use warm::WarmArgs;

use clap::{ArgAction, Parser};
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
    #[command(flatten)]
    pub jobs: JobsArgs,
    #[command(flatten)]
    pub adapt: AdaptArgs,
    #[command(flatten)]
    pub control: ControlArgs,
    #[command(flatten)]
    pub admission: AdmissionArgs,
    #[command(flatten)]
    pub pressure: PressureArgs,
    #[command(flatten)]
    pub remote: RemoteArgs,
    #[command(flatten)]
    pub tuning: TuningArgs,
    #[command(flatten)]
    pub batch: BatchArgs,
    #[command(flatten)]
    pub warm: WarmArgs,
    #[command(flatten)]
    pub traffic: TrafficArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub strings: StringArgs,
    #[command(flatten)]
    pub log: LogArgs,
    #[command(flatten)]
    pub place: PlaceArgs,
    #[command(flatten)]
    pub live: LiveArgs,
    #[command(flatten)]
    pub pipe: PipeArgs,
    #[command(flatten)]
    pub sem: SemArgs,
    #[command(flatten)]
    pub habits: HabitArgs,
    /// Command, and arguments after :::
    #[arg(value_name = "COMMAND", trailing_var_arg = true, num_args = 0.., help_heading = None)]
    pub command: Vec<OsString>,
}

/// What GNU parallel's users write and what needs nothing done here.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Control")]
pub struct HabitArgs {
    /// Read options from FILE, from a profile of that name, or one of pgrun's own; may be repeated
    #[arg(short = 'J', long, value_name = "FILE", hide_short_help = true, action = ArgAction::Append)]
    pub profile: Vec<PathBuf>,
    /// Print a profile that comes with pgrun, and end: dev, prod, ci, lowmem or cloudvm
    #[arg(long, value_name = "NAME", hide_short_help = true)]
    pub show_profile: Option<String>,
    /// Print every value that is in force, with where it was said, and end
    #[arg(long, hide_short_help = true)]
    pub show_config: bool,
    /// Print the YAML configuration of another system as a file of options, and end
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub import_config: Option<PathBuf>,
    /// Which of the environments or profiles in it [default: the one it names]
    #[arg(long, value_name = "NAME", requires = "import_config", hide_short_help = true)]
    pub import_env: Option<String>,
    /// Read no options from a file, a profile or the environment
    #[arg(long, hide_short_help = true)]
    pub plain: bool,
    /// Accepted, says nothing: there is no notice to silence
    #[arg(
        long,
        hide_short_help = true,
        aliases = ["willcite", "nn", "nonotice", "no-notice"]
    )]
    pub will_cite: bool,
    /// Runs nothing, as there: what is piped into it is its answer, no list
    #[arg(long, hide = true, alias = "bibtex")]
    pub citation: bool,
    /// Accepted: it behaves so
    #[arg(
        long,
        hide_short_help = true,
        aliases = ["tollef", "compress", "ctrlc", "ctrl-c", "noctrlc", "no-ctrlc", "no-ctrl-c"]
    )]
    pub gnu: bool,
    /// Print which version's command line is taken, and end: badly if that is below N
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub minversion: Option<u64>,
    /// What --version is through the links
    #[arg(long, hide = true)]
    pub gnu_version: bool,
    /// Print the number of CPUs that may be used, and end
    #[arg(
        long,
        hide_short_help = true,
        aliases = [
            "numberofcpus", "number-of-cores", "numberofcores", "number-of-threads", "numberofthreads"
        ]
    )]
    pub number_of_cpus: bool,
    /// Print the longest command line, in bytes, and end
    #[arg(long, hide_short_help = true, alias = "maxlinelengthallowed")]
    pub max_line_length_allowed: bool,
}
