//! `pgplan`: puts operations in order.
//!
//! Files are read (`source`, `read`), put together and judged (`gather`, the
//! crate `plan`), and shown (`view`) where they are wanted (`sink`).

mod alloc;
mod args;
mod cache;
mod diff;
mod export;
mod gantt;
mod gather;
mod groups;
mod history;
mod limits;
mod page;
mod read;
pub mod readers;
mod reads;
mod schedule;
mod sim;
mod sink;
mod source;
mod view;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use args::{Args, Config, Form, OnErrors, Target, Verb};
use cache::Made;
use clap::CommandFactory as _;
use gather::Gathered;
use record::{Finding, Severity, status};
use sink::Sink;
use std::process::ExitCode;
use view::Stop;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgplan",
    command: Args::command,
    usage_status: status::USAGE,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    // whoever reads a view may stop reading
    sys::signal::set_default(sys::signal::SIGPIPE);
    entry::main(&TOOL, run)
}

fn run(args: Args) -> Result<u8, Fail> {
    let config = Config::from(args)?;
    let mut sink = Sink::open(&config.target);
    if config.verb == Verb::Sim {
        let found = sim::sim(&config, &config.files, &mut sink)?;
        return Ok(sink.finish()?.max(found));
    }
    if config.history.runs.is_some() {
        let read = history::next_run(&config, &mut sink)?;
        return Ok(sink.finish()?.max(read));
    }
    let made = match &config.cache {
        Some(folder) => cache::through(&config, folder, &mut sink, make)?,
        None => make(&config, &mut sink)?,
    };
    // a view that was refused replaces no file, and is not compared with one
    if !made.shown && config.target != Target::Stdout {
        return Ok(made.status);
    }
    Ok(sink.finish()?.max(made.status))
}

/// Reads the files and shows the view.
fn make(config: &Config, sink: &mut Sink) -> Result<Made, Fail> {
    if config.verb == Verb::Diff {
        return two(config, sink);
    }
    let mut made = Made { status: status::OK, shown: false };
    // a summary is one record a file, each planned alone
    let alone = if config.verb == Verb::Summary { 1 } else { config.files.len() };
    for files in config.files.chunks(alone.max(1)) {
        let (status, view) = one(config, files, sink)?;
        made.status = made.status.max(status);
        made.shown |= view == View::Shown;
    }
    Ok(made)
}

/// Reads two plans and says what changed; the status is that of diff(1).
fn two(config: &Config, sink: &mut Sink) -> Result<Made, Fail> {
    let refused = |status| Ok(Made { status, shown: false });
    let mut plans = Vec::new();
    for file in &config.files {
        let gathered = gather::gather(config, std::slice::from_ref(file))?;
        say(config, &gathered, sink);
        plans.push(gathered);
    }
    let [before, after] = &plans[..] else { return refused(status::USAGE) };
    let found = before.order_status().max(after.order_status());
    if found != status::OK {
        return refused(found);
    }
    match diff::diff(before, after, config.form, sink) {
        Ok(diff::Found::Same) => Ok(Made { status: status::OK, shown: true }),
        Ok(diff::Found::Different) => Ok(Made { status: status::FINDING, shown: true }),
        Err(Stop::Fail(fail)) => Err(fail),
        // a cycle has been told with the plan
        Err(Stop::Cycle(_)) => refused(status::FINDING),
    }
}

/// Whether there is something to be written.
#[derive(PartialEq, Eq)]
enum View {
    Shown,
    Refused,
}

/// Reads files, says what is wrong, shows the view; the status.
fn one(config: &Config, files: &[String], sink: &mut Sink) -> Result<(u8, View), Fail> {
    let mut gathered = gather::gather(config, files)?;
    say(config, &gathered, sink);
    let refuse = match config.verb {
        verb if verb.is_run() => {
            gathered.status() != status::OK && config.on_errors == OnErrors::Refuse
        }
        Verb::Lint => false,
        // nothing can be planned around what never fits
        Verb::Groups | Verb::Gantt if gathered.bodies.iter().any(|f| f.code == "too-large") => true,
        _ => gathered.plan.units.is_empty() && !gathered.faults.is_empty(),
    };
    if refuse {
        return Ok((gathered.status(), View::Refused));
    }
    let found = found_status(config, &gathered);
    if config.verb.is_run() && config.on_errors == OnErrors::Partial {
        gather::keep_runnable(&mut gathered);
    }
    if config.verb.is_run() && gathered.plan.real == 0 {
        sink.tell("nothing to plan: the input has no operations");
        return Ok((found.max(status::BAD_INPUT), View::Refused));
    }
    match show(config, &gathered, sink) {
        Ok(()) => Ok((found, View::Shown)),
        Err(Stop::Fail(fail)) => Err(fail),
        Err(Stop::Cycle(cycle)) => {
            if gathered.graph.iter().all(|finding| finding.code != "cycle") {
                let id = |node| String::from_utf8_lossy(gathered.plan.id(node)).into_owned();
                let file = gathered.plan.units.first().map_or("", |unit| unit.file.as_str());
                sink.tell(&view::line(&plan::cycle_finding(&cycle, id, file)));
            }
            Ok((found.max(status::FINDING), View::Refused))
        }
    }
}

/// The views of order do not mind what cannot run, as [`say`] does not tell it.
fn found_status(config: &Config, gathered: &Gathered) -> u8 {
    match config.verb.minds_what_runs() {
        true => gathered.status(),
        false => gathered.order_status(),
    }
}

fn show(config: &Config, gathered: &Gathered, sink: &mut Sink) -> Result<(), Stop> {
    let (form, limits) = (config.form, gathered.limits());
    let colour = config.target == Target::Stdout && config.color.on(&std::io::stdout());
    let paint = if colour { crate::print::Paint::Colour } else { crate::print::Paint::None };
    match config.verb {
        Verb::Plan => view::plan(gathered, &limits, sink),
        Verb::Schedule if config.schedule.modes.pareto.is_some() => {
            schedule::pareto(gathered, &limits, (form, &config.schedule), sink)
        }
        Verb::Schedule => schedule::schedule(gathered, &limits, &config.schedule, sink),
        // its file is no plan
        Verb::Sim => Ok(()),
        Verb::Table => view::table(gathered, (form, paint), &limits, sink),
        Verb::Predict => {
            let past = config.limits.past();
            history::predict(gathered, (form, &limits), past, sink)
        }
        Verb::Levels => view::levels(&gathered.plan, form, sink),
        Verb::Path => view::path(&gathered.plan, form, config.paths, sink),
        Verb::Dot => view::dot(&gathered.plan, form, sink),
        Verb::Mermaid => view::mermaid(&gathered.plan, form, sink),
        Verb::Summary => view::summary(gathered, &limits, sink),
        Verb::Lint => view::lint(gathered, form, sink),
        Verb::List => view::list(gathered, form, &limits, sink),
        Verb::Groups => groups::groups(gathered, &limits, form, sink),
        Verb::Gantt => {
            let look = gantt::Look { args: &config.gantt, form, paint };
            gantt::gantt(gathered, (&limits, &config.limits), &look, sink)
        }
        // it has two plans
        Verb::Diff => Ok(()),
        Verb::Alloc(shares) => alloc::alloc(gathered, (&limits, shares), form, sink),
        Verb::Export(program) => export::export(gathered, program, (form, &limits), sink),
    }
}

fn tell<'a>(findings: impl Iterator<Item = &'a Finding>, sink: &mut Sink) {
    findings.for_each(|finding| sink.tell(&view::line(finding)));
}

/// What is wrong goes to standard error; `lint` prints its findings itself.
fn say(config: &Config, gathered: &Gathered, sink: &mut Sink) {
    if config.verb != Verb::Lint {
        tell(gathered.faults.iter(), sink);
    }
    for left_out in &gathered.skipped {
        sink.tell(&format!("left out: {}", view::line(left_out)));
    }
    let errors = |finding: &&Finding| finding.severity == Severity::Error;
    match config.verb {
        Verb::Lint => {}
        verb if verb.minds_what_runs() => tell(gathered.findings().filter(errors), sink),
        _ => tell(gathered.graph.iter().filter(errors), sink),
    }
    let told = |finding: &&Finding| {
        finding.severity == Severity::Note
            && match finding.code.as_str() {
                "assumed" | "placeholder" => config.form == Form::Text,
                code => code == history::PREDICTED,
            }
    };
    if config.verb != Verb::Lint {
        tell(gathered.findings().filter(told), sink);
    }
}
