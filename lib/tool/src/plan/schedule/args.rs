//! Flags of `schedule`.

use super::modes::ModeArgs;
use clap::Args;
use record::Seconds;

/// How a schedule is looked for.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Schedule")]
pub struct ScheduleArgs {
    /// Search this long for a better schedule, such as 1s; SIGINT ends the search
    #[arg(long, value_name = "TIME", value_parser = crate::flags::seconds)]
    pub optimize: Option<Seconds>,

    /// Search until N schedules were made: the same seed gives the same result
    #[arg(long, value_name = "N")]
    pub schedules: Option<u64>,

    /// Seed of the search's random numbers
    #[arg(long, value_name = "N", default_value_t = 1, hide_short_help = true)]
    pub seed: u64,

    /// Threads that search
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1024))]
    #[arg(hide_short_help = true)]
    pub threads: u16,

    /// Write what the schedule is worth to FILE instead of standard error
    #[arg(long, value_name = "FILE", hide_short_help = true)]
    pub summary: Option<std::path::PathBuf>,

    #[command(flatten)]
    pub modes: ModeArgs,
}

impl ScheduleArgs {
    /// A flag that was given and means nothing to other verbs.
    pub fn given(&self) -> Option<&'static str> {
        let flags = [
            (self.optimize.is_some(), "--optimize"),
            (self.schedules.is_some(), "--schedules"),
            (self.summary.is_some(), "--summary"),
            (self.modes.pareto.is_some(), "--pareto"),
            (!self.modes.budget.budget.is_empty(), "--budget"),
            (!self.modes.route.is_empty(), "--route"),
        ];
        flags.into_iter().find(|(given, _)| *given).map(|(_, flag)| flag)
    }

    /// True where more than list schedules are asked for.
    pub fn searches(&self) -> bool {
        self.optimize.is_some() || self.schedules.is_some()
    }
}
