//! Flags: how many at once, when, how long, and what a failure does.

use crate::flags::FailIf;
use clap::{ArgAction, Args, ValueEnum};
use record::Seconds;

#[derive(Debug, Args)]
#[command(next_help_heading = "Control")]
pub struct ControlArgs {
    #[command(flatten)]
    pub resources: crate::flags::Resources,
    /// Try each operation up to N times in all (0 and 1: once)
    #[arg(long, value_name = "N")]
    pub retries: Option<u32>,
    /// Pause before the first repetition; it doubles each time [default: 0.2]
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub retry_delay: Option<Seconds>,
    /// End an attempt after this long, or after N% of the median so far
    #[arg(long, value_name = "TIME")]
    pub timeout: Option<String>,
    /// End the run after this long (status 124)
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub total_timeout: Option<Seconds>,
    /// End an attempt that has written nothing for this long
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub stall: Option<Seconds>,
    /// Tell of an attempt that has written nothing, each time this long
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds, hide_short_help = true)]
    pub heartbeat: Option<Seconds>,
    /// Time from TERM to KILL [default: 5]
    #[arg(short = 'K', long, value_name = "TIME", value_parser = crate::flags::seconds)]
    pub grace: Option<Seconds>,
    /// Signals that end an attempt, with milliseconds between, such as TERM,200,TERM,100,KILL
    #[arg(
        long,
        value_name = "SEQ",
        alias = "termseq",
        conflicts_with = "grace",
        hide_short_help = true
    )]
    pub term_seq: Option<String>,
    /// Signal that asks an attempt to end [default: TERM]
    #[arg(long, value_name = "SIGNAL", conflicts_with = "term_seq", hide_short_help = true)]
    pub kill_signal: Option<String>,
    /// On a failure: stop, finish, rollback or continue [default: continue]
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        conflicts_with = "halt",
        hide_possible_values = true
    )]
    pub on_failure: Option<OnFailureArg>,
    /// When a mode of an operation has failed, run its next one
    #[arg(long, hide_short_help = true)]
    pub fallback: bool,
    /// Who starts next: as the plan's schedule has it, or the longest tail [default: schedule]
    #[arg(
        long,
        value_name = "schedule|tail",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub dispatch: DispatchArg,
    /// End the run on results: never, or soon|now,fail|success|done=N|N%
    #[arg(long, value_name = "WHEN", alias = "halt-on-error", allow_hyphen_values = true)]
    pub halt: Option<String>,
    /// Niceness of the commands
    #[arg(long, value_name = "N", allow_hyphen_values = true, hide_short_help = true)]
    pub nice: Option<i32>,
    #[command(flatten)]
    pub fail_if: FailIf,
    /// Without a line of output that matches REGEX an operation fails
    #[arg(long, value_name = "REGEX", hide_short_help = true)]
    pub ok_if: Option<String>,
    /// Leave processes alone that outlive their operation, instead of ending them
    #[arg(long, hide_short_help = true)]
    pub allow_strays: bool,
    /// What HUP does: stop (as TERM), or drain: what runs is let end [default: stop]
    #[arg(
        long,
        value_name = "WHAT",
        value_enum,
        default_value_t,
        hide_default_value = true,
        hide_possible_values = true,
        hide_short_help = true
    )]
    pub on_hup: OnHup,
    /// Give the slots to makes, cargos and ninjas below
    #[arg(long)]
    pub jobserver: bool,
    /// How the commands are told of it: a FIFO, or descriptors as for make before 4.4 [default: both]
    #[arg(long, value_name = "STYLE", value_enum, requires = "jobserver", hide_short_help = true)]
    pub jobserver_style: Option<JobserverStyle>,
    /// Take no tokens from the make above
    #[arg(long, conflicts_with = "jobserver", hide_short_help = true)]
    pub no_jobserver: bool,
    /// Ask on the terminal before each job
    #[arg(short = 'p', long, action = ArgAction::SetTrue, hide_short_help = true)]
    pub interactive: bool,
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

/// `--dispatch`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum DispatchArg {
    /// As the schedule has it, where all operations carry one.
    #[default]
    Schedule,
    /// The longest path before it.
    Tail,
}

impl From<DispatchArg> for engine::Dispatch {
    fn from(said: DispatchArg) -> Self {
        match said {
            DispatchArg::Schedule => engine::Dispatch::Schedule,
            DispatchArg::Tail => engine::Dispatch::Tails,
        }
    }
}

/// `--on-hup`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OnHup {
    /// End what runs, as TERM does.
    #[default]
    Stop,
    /// Let what runs end, start nothing more.
    Drain,
}

/// `--jobserver-style`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JobserverStyle {
    /// A FIFO with a name: make from 4.4, cargo, ninja from 1.13.
    Fifo,
    /// Two inherited descriptors: every make.
    Pipe,
}
