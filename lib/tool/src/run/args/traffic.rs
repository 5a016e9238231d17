//! Flags: load that is generated, and comparisons of commands.

use crate::flags;
use clap::{ArgAction, Args, ValueEnum};
use record::Seconds;

/// Distances between jobs of an open loop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ArrivalDist {
    /// The same between any two
    #[default]
    Even,
    /// By chance, each job independent of the others
    Poisson,
}

/// How scenarios keep their shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ScenarioMix {
    /// After any number of jobs, but for less than one
    #[default]
    Even,
    /// By lot
    Random,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Load")]
pub struct TrafficArgs {
    /// Closed loop: N users, each of whom runs the command again and again
    #[arg(long, value_name = "N", hide_short_help = true, value_parser = clap::value_parser!(u32).range(1..))]
    pub users: Option<u32>,
    /// Open loop: start the command so often, such as 50/s, however long it takes
    #[arg(long, value_name = "RATE", hide_short_help = true, conflicts_with = "users")]
    pub arrival: Option<String>,
    /// Distances between the starts of --arrival: even or poisson
    #[arg(long, value_name = "KIND", value_enum, default_value_t, hide_short_help = true)]
    #[arg(hide_possible_values = true)]
    pub arrival_dist: ArrivalDist,
    /// Let slots, users or the rate rise over TIME, along a line; exp:TIME by the same factor in the same time
    #[arg(long, value_name = "TIME", hide_short_help = true)]
    pub ramp: Option<String>,
    /// Start nothing more after TIME
    #[arg(long = "for", value_name = "TIME", hide_short_help = true, value_parser = flags::seconds)]
    pub time: Option<Seconds>,
    /// Run the command N times
    #[arg(long, value_name = "N", hide_short_help = true)]
    pub times: Option<u64>,
    /// Run CMD as often as its WEIGHT among all scenarios says; may be repeated
    #[arg(long, value_name = "WEIGHT:CMD", hide_short_help = true, action = ArgAction::Append)]
    pub scenario: Vec<String>,
    /// Which scenario is next: even (as the weights have it, at any time) or random
    #[arg(long, value_name = "KIND", value_enum, default_value_t, hide_short_help = true)]
    #[arg(hide_possible_values = true)]
    pub scenario_mix: ScenarioMix,
    /// Seed of what is drawn by chance, which is the same for the same seed
    #[arg(long, value_name = "N", default_value_t = 1, hide_short_help = true)]
    pub seed: u64,
    /// Compare how long the commands take that are the operands, each a command line
    #[arg(long, hide_short_help = true)]
    pub bench: bool,
    /// Runs of each command before those that count
    #[arg(long, value_name = "N", default_value_t = 0, hide_short_help = true)]
    pub warmup: u64,
    /// Least runs of each command; more are made until each has taken 3 s in all, or --for
    #[arg(long, value_name = "N", default_value_t = 10, hide_short_help = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    pub min_runs: u64,
    /// Records, one JSON object a line
    #[arg(long, hide_short_help = true)]
    pub json: bool,
}
