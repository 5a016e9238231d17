//! `pgstat`: a file, or a folder, for each verb with its flags and its `run`; `read` gets logs
//! into an account of their runs.

mod advice;
mod anomalies;
mod args;
mod bottleneck;
mod calibrate;
mod changes;
mod check;
mod compare;
mod correlate;
mod day;
mod explain;
mod export;
mod health;
mod history;
mod html;
mod locks;
mod mem;
mod page;
mod patterns;
mod picture;
mod pictures;
mod predict;
mod read;
mod report;
mod rows;
mod scaling;
mod series;
mod sheet;
mod sparks;
mod table;
mod top;
mod trend;
mod workload;

use crate::entry::{self, Tool, complain};
use crate::fail::Fail;
use args::{Args, Verb};
use clap::CommandFactory as _;
use record::status;
use stat::Account;
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgstat",
    command: Args::command,
    usage_status: status::USAGE,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    entry::main(&TOOL, run)
}

fn run(args: Args) -> Result<u8, Fail> {
    // a reader that goes away ends us as it ends others
    sys::signal::set_default(sys::signal::SIGPIPE);
    match args.verb.unwrap_or(Verb::Report(args.report)) {
        Verb::Report(args) => report::run(&args),
        Verb::Top(args) => top::run(&args),
        Verb::Bottleneck(args) => bottleneck::run(&args),
        Verb::Workload(args) => workload::run(&args),
        Verb::Locks(args) => locks::run(&args),
        Verb::Mem(args) => mem::run(&args),
        Verb::Health(args) => health::run(&args),
        Verb::Compare(args) => compare::run(&args),
        Verb::Check(args) => check::run(&args),
        Verb::Day(args) => day::run(&args),
        Verb::History(args) => history::run(&args),
        Verb::Calibrate(args) => calibrate::run(&args),
        Verb::Export(args) => export::run(&args),
        Verb::Predict(args) => predict::run(&args),
        Verb::Correlate(args) => correlate::run(&args),
        Verb::Patterns(args) => patterns::run(&args),
        Verb::Trend(args) => trend::run(&args),
        Verb::Scaling(args) => scaling::run(&args),
        Verb::Anomalies(args) => anomalies::run(&args),
        Verb::Changes(args) => changes::run(&args),
    }
}

/// What was passed over, said once.
fn remark(account: &Account) {
    let lines = |count: u64| if count == 1 { "line" } else { "lines" };
    if account.strays > 0 {
        let (count, word) = (account.strays, lines(account.strays));
        complain(TOOL.name, &format!("passed over {count} {word} that are no records"));
    }
    if account.earlier_builds > 0 {
        let (count, word) = (account.earlier_builds, lines(account.earlier_builds));
        complain(TOOL.name, &format!("left out {count} {word} of earlier builds"));
    }
}
