//! `pgrun`: runs operations or lines in parallel, within limits.
//!
//! The way of a job: `feed` reads it, `drive` hands it to the engine, which
//! says spawn; `start` starts it, `end` hears of its output and its end;
//! `output` prints, `results` keeps, `log` writes events and job log, `finish` sums up.

mod acted;
mod adapt;
mod admit;
mod args;
mod ask;
mod attempt;
mod batch;
mod capture;
mod ci;
mod config;
mod confine;
mod control;
mod descriptors;
mod direct;
mod dress;
mod drive;
mod dry;
mod duty;
mod end;
mod explain;
mod faults;
mod feed;
mod figure;
mod finish;
mod guard;
mod job;
mod lack;
mod lanes;
mod launch;
mod limits;
mod live;
mod locks;
mod log;
mod machine;
mod matcher;
mod name;
mod output;
mod outputs;
mod oversight;
mod page;
mod pin;
mod pipe;
pub mod readers;
mod redact;
mod remark;
mod results;
mod rollback;
mod room;
mod rules;
mod scratch;
mod sem;
mod settings;
mod setup;
pub(crate) mod shell;
mod signals;
mod sink;
mod sinks;
mod slot_init;
mod slots;
mod start;
mod strays;
mod surroundings;
mod template;
mod texts;
mod tokens;
mod traffic;
mod tuning;
mod warm;
mod xargs;

pub use args::refused::REFUSED;
pub use args::words::GNU_NAMES;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use args::Args;
use clap::CommandFactory as _;
use config::Layered;
use name::Called;
use settings::{Figure, Settings};
use shell::Programs;
use std::cell::OnceCell;
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgrun",
    command: Args::command,
    usage_status: record::status::LOST,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program, under the name it was called by.
pub fn main() -> ExitCode {
    let called = Called::of(std::env::args_os().next().as_deref());
    if called == Called::Xargs {
        return xargs::main();
    }
    let given = OnceCell::new();
    let words = |words, command: &clap::Command| {
        let all = config::layered(words, called, command)?;
        Ok(given.get_or_init(|| all).words())
    };
    // the parser has the words of all texts at once and cannot tell where one stands
    let placed = |message: String| match given.get() {
        Some(given) => Layered::with_source(given, message, &(TOOL.command)()),
        None => message,
    };
    entry::main_as(&TOOL, (called.name(), &placed), words, |args| {
        run(args, (called, given.get().unwrap_or(&Layered::default())))
    })
}

fn run(args: Args, (called, given): (Called, &Layered)) -> Result<u8, Fail> {
    if let Some(path) = &args.remote.ctl {
        return control::ask(path, &args.command);
    }
    let mut settings = Settings::from_args(args, called).map_err(|fail| {
        Fail::new(fail.status, given.with_source(fail.message, &(TOOL.command)()))
    })?;
    if let Some(sem) = &settings.sem {
        return sem::run(&settings, sem, &given.words());
    }
    for line in given.notes.iter().chain(&settings.explained) {
        entry::complain(called.name(), line);
    }
    if settings.figure == Some(Figure::Config) {
        return config::show(given, &(TOOL.command)());
    }
    if let Some(figure) = settings.figure {
        return figure::print(figure);
    }
    let mut programs = Programs::new();
    let input = setup::read_input(&mut settings, &mut programs)?;
    if settings.output.clean {
        return outputs::clean(&settings, input, &mut programs);
    }
    if settings.output.dry_run {
        return dry::print(&settings, input, &mut programs);
    }
    let mut runner = setup::runner(settings, input, programs)?;
    runner.run()?;
    if let Some(undo) = rollback::plan(&mut runner) {
        runner.undo(undo)?;
    }
    Ok(runner.finish())
}
