//! The command line of `pgstat`: help, page and completions come from here. Each verb has its
//! flags in its own file.

use super::{
    anomalies, bottleneck, calibrate, changes, check, compare, correlate, day, export, health,
    history, locks, mem, patterns, predict, report, scaling, top, trend, workload,
};
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
    override_usage = "pgstat [VERB] [OPTIONS] [FILE]..."
)]
pub struct Args {
    /// The question; without one: report
    #[command(subcommand)]
    pub verb: Option<Verb>,
    /// Arguments of the verb that is left out.
    #[command(flatten)]
    pub report: report::ReportArgs,
}

/// The questions. A file that is named like one is written ./report.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// The figures of a run and what bound it (the default)
    Report(report::ReportArgs),
    /// Operations by id over all runs: slowest, flaky or failed
    Top(top::TopArgs),
    /// What held up a run, by wall seconds lost
    Bottleneck(bottleneck::BottleneckArgs),
    /// What operations alike spend their time with
    Workload(workload::WorkloadArgs),
    /// How each lock was held, waited for and handed on
    Locks(locks::LocksArgs),
    /// Does the memory of operations grow with their number
    Mem(mem::MemArgs),
    /// How well a run went, in one number with its reasons
    Health(health::HealthArgs),
    /// Some runs beside others: what changed, beyond chance; the gate of a CI
    Compare(compare::CompareArgs),
    /// Targets and what was measured: met, missed or not measured
    Check(check::CheckArgs),
    /// What ran on a day, beside the week before it
    Day(day::DayArgs),
    /// The runs that pgrun --history has kept
    History(history::HistoryArgs),
    /// How good the predictions of pgplan predict were
    Calibrate(calibrate::CalibrateArgs),
    /// What figures will be a while ahead, and when they reach a threshold
    Predict(predict::PredictArgs),
    /// Which figures and commands rise or fall steadily
    Trend(trend::TrendArgs),
    /// Which figures go together, and which comes first
    Correlate(correlate::CorrelateArgs),
    /// What comes again, at an hour of the day or with a command
    Patterns(patterns::PatternsArgs),
    /// How throughput grows with concurrency, and what bounds it
    Scaling(scaling::ScalingArgs),
    /// What is unlike the rest: figures, operations, tasks beside other runs
    Anomalies(anomalies::AnomaliesArgs),
    /// Where series change: figures of samples, durations over runs
    Changes(changes::ChangesArgs),
    /// A log in the words of other programs
    Export(export::ExportArgs),
}

/// What is read, the same for most verbs.
#[derive(Clone, Debug, ClapArgs)]
pub struct Logs {
    /// Logs to read; - or none is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
}

/// Length of lists, the same for every verb.
#[derive(Clone, Copy, Debug, ClapArgs)]
pub struct Length {
    /// Rows of each list
    #[arg(long = "top", value_name = "N", default_value_t = 10)]
    pub rows: usize,
}
