//! `pgrun`: runs operations or lines in parallel, within limits.
//!
//! The way of a job: `feed` reads it, `drive` hands it to the engine, which
//! says spawn; `start` starts it, `end` hears of its output and its end;
//! `output` prints, `journal` writes the events, `finish` sums up.

mod args;
mod attempt;
mod capture;
mod drive;
mod dry;
mod end;
mod faults;
mod feed;
mod finish;
mod guard;
mod job;
mod journal;
mod lanes;
mod launch;
mod live;
mod locks;
mod matcher;
mod output;
mod page;
mod reader;
mod rollback;
mod settings;
mod setup;
mod shell;
mod sink;
mod sinks;
mod start;
mod template;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use args::Args;
use clap::CommandFactory as _;
use settings::Settings;
use shell::Programs;
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgrun",
    command: Args::command,
    usage_status: record::status::LOST,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    entry::main(&TOOL, run)
}

fn run(args: Args) -> Result<u8, Fail> {
    let mut settings = Settings::from_args(args)?;
    let mut programs = Programs::new();
    let input = setup::read_input(&mut settings, &mut programs)?;
    if settings.dry_run {
        return dry::print(&settings, input, &mut programs);
    }
    let mut runner = setup::runner(settings, input, programs)?;
    runner.run()?;
    if let Some(undo) = rollback::plan(&mut runner) {
        runner.undo(undo)?;
    }
    Ok(runner.finish())
}
