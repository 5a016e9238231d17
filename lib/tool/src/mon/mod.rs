//! `pgmon`: samples of the machine, of process trees and of cgroups.
//!
//! Readers in `sys::proc` give raw counters; `rates` and `account` make
//! differences and totals of them, both pure; `sampler` puts a sample together;
//! `sink` writes it; `watch` is the loop.

mod account;
mod alert;
mod args;
mod baseline;
mod columns;
mod command;
mod everyone;
mod keeper;
mod kin;
mod listen;
mod live;
mod metrics;
mod outputs;
mod own;
mod page;
mod rates;
mod runs;
mod sampler;
mod sink;
mod sums;
mod table;
mod textfile;
mod ticks;
mod tree;
mod unfinished;
mod watch;

#[cfg(test)]
mod tests;

use crate::entry::{self, Tool};
use crate::fail::Fail;
use crate::flags;
use alert::{Alerts, Strangers};
use args::{Args, Format, Pace, Places, Verb};
use clap::CommandFactory as _;
use command::{Running, Stdout};
use everyone::Everyone;
use keeper::Keeper;
use listen::Listen;
use outputs::Outputs;
use rates::Detail;
use record::{Seconds, status};
use runs::Runs;
use sampler::{Sampler, unreadable};
use sink::Sink;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use sums::Sums;
use sys::clock::Clock;
use sys::proc::Root;
use sys::proc::cgroup::Mounts;
use sys::proc::machine::Machine;
use sys::signal::{self, Signals};
use textfile::Textfile;
use ticks::Ticks;
use tree::{Pss, Tree};
use watch::{Notes, Watch};

/// Reads a rule of --alert, for fuzzing.
///
/// # Errors
/// What is wrong with it, and where.
pub fn alert_rule(text: &str) -> Result<(), record::Bad> {
    alert::check(text)
}

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgmon",
    command: Args::command,
    usage_status: status::OWN,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    entry::main(&TOOL, run)
}

const PROC: &str = "/proc";
const SYS: &str = "/sys";

fn run(args: Args) -> Result<u8, Fail> {
    match &args.verb {
        Some(Verb::Top(args)) => return live::run(args),
        Some(Verb::Baseline(args)) => return baseline::run(args),
        None => {}
    }
    if let Some(ring) = &args.places.ring.read {
        return keeper::read(ring, args.places.format.unwrap_or(Format::Ndjson));
    }
    let Args { pace, pid, cgroup, top, by, pss, places, quiet, command, .. } = args;
    let Pace { interval, count } = pace;
    let metrics = places.textfile.is_some()
        || places.listen.is_some()
        || places.format == Some(Format::Openmetrics);
    let detail = Detail { per_cpu: args.per_cpu, counters: args.counters || metrics };
    let notes = if quiet { Notes::Hush } else { Notes::Say };
    let pss = if pss { Pss::Read } else { Pss::Leave };
    let proc = Root::open(Path::new(PROC)).map_err(|e| unreadable(&e))?;
    let machine = Machine::open(&proc, Path::new(SYS)).map_err(|e| unreadable(&e))?;
    let mut trees = named_trees(&proc, &pid, &cgroup)?;
    let runs = args.run.as_ref().map(|named| Runs::find(&proc, named)).transpose()?;
    for runner in runs.iter().flat_map(Runs::runners) {
        trees.extend(Tree::of_process(&proc, runner).map_err(|e| unreadable(&e))?);
    }
    let served = if args.verbose.verbose { Notes::Say } else { Notes::Hush };
    let (mut outputs, stdout) = outputs(places, interval, (notes, served))?;
    let strangers = Strangers::default();
    if let Some(alerts) = Alerts::new(args.alerts, notes, strangers.clone())? {
        outputs.add(alerts);
    }
    let signals = caught(if command.is_empty() { &STOPPING } else { &PASSED_ON })?;
    let clock = Clock::start();
    let running = if command.is_empty() {
        if outputs.count() == 1 {
            // there is nothing to do when the reader has gone
            signal::set_default(signal::SIGPIPE);
        }
        None
    } else {
        // what the command leaves behind while we watch comes to us, and is seen
        sys::wait::become_subreaper();
        let running = Running::start(&command, stdout, clock.now())?;
        trees.push(Tree::of_command(&proc, (running.child.pid, std::process::id()), strangers));
        Some(running)
    };
    let trees = trees.into_iter().map(|tree| tree.with_pss(pss)).collect();
    let everyone = top.map(|most| Everyone::new(most, by));
    let watch = Watch {
        sampler: Sampler::new((clock, proc), machine, trees)
            .with_everyone(everyone)
            .with_runs(runs)
            .with_detail(detail),
        ticks: Ticks::new(interval),
        left: count,
        outputs,
        running,
        signals,
        notes,
        sums: Sums::default(),
        lost: None,
    };
    watch.run()
}

/// All places where samples go, and what is left of standard output for a command.
/// Without a place of another kind, or where a file or a form is asked for, there is a
/// stream of samples.
fn outputs(
    places: Places,
    interval: Seconds,
    (notes, served): (Notes, Notes),
) -> Result<(Outputs, Stdout), Fail> {
    let Places { output, format, textfile, listen, ring } = places;
    let others = textfile.is_some() || listen.is_some() || ring.ring.is_some();
    let mut outputs = Outputs::default();
    let mut stdout = Stdout::Ours;
    if output.is_some() || format.is_some() || !others {
        // as everywhere, "-" is the standard stream
        let output = output.filter(|path| path != Path::new("-"));
        let table = output.is_none() && flags::stdout_is_terminal();
        let format = format.unwrap_or(if table { Format::Table } else { Format::Ndjson });
        match &output {
            Some(path) => outputs.add(Sink::file(path, format)?),
            None => {
                stdout = Stdout::Stderr;
                outputs.add(Sink::stdout(format));
            }
        }
    }
    if let Some(path) = textfile {
        outputs.add(Textfile::new(&path)?);
    }
    if let Some(wanted) = listen {
        let (listen, address) = Listen::bind(wanted, served)?;
        // a port that nobody knows is of no use
        if notes == Notes::Say || wanted.port() == 0 {
            entry::complain("pgmon", &format!("metrics are at http://{address}/metrics"));
        }
        outputs.add(listen);
    }
    if let Some(path) = &ring.ring {
        outputs.add(Keeper::new(&ring, path, (interval, notes))?);
    }
    Ok((outputs, stdout))
}

/// Signals that end `pgmon` when it watches alone.
const STOPPING: [i32; 3] = [signal::SIGINT, signal::SIGTERM, signal::SIGHUP];

/// Signals that a command gets from us when somebody sent them to us alone. A broken pipe
/// is ours, and must not end us before the command.
const PASSED_ON: [i32; 7] = [
    signal::SIGINT,
    signal::SIGQUIT,
    signal::SIGTERM,
    signal::SIGHUP,
    signal::SIGUSR1,
    signal::SIGUSR2,
    signal::SIGPIPE,
];

/// Catches signals, but for those that our parent wants ignored (`nohup`).
fn caught(wanted: &[i32]) -> Result<Signals, Fail> {
    let broken = |e: std::io::Error| Fail::io(status::OWN, "signals", &e);
    let ignored = signal::ignored();
    let mut signals = Signals::new().map_err(broken)?;
    for number in wanted {
        if *number == signal::SIGPIPE || !ignored.contains(number) {
            signals.catch(*number).map_err(broken)?;
        }
    }
    Ok(signals)
}

fn named_trees(proc: &Root, pids: &[u32], cgroups: &[PathBuf]) -> Result<Vec<Tree>, Fail> {
    let mut trees = Vec::new();
    for pid in pids {
        let tree = Tree::of_process(proc, *pid).map_err(|e| unreadable(&e))?;
        trees.push(tree.ok_or_else(|| {
            Fail::new(status::OWN, format!("--pid {pid}: there is no such process"))
        })?);
    }
    if cgroups.is_empty() {
        return Ok(trees);
    }
    let mounts = Mounts::read(&proc.path().join("self/mountinfo")).map_err(|e| unreadable(&e))?;
    for path in cgroups {
        trees.push(Tree::of_cgroup(proc, &mounts, path).ok_or_else(|| no_cgroup(&mounts, path))?);
    }
    Ok(trees)
}

fn no_cgroup(mounts: &Mounts, path: &Path) -> Fail {
    let points: Vec<_> = mounts.points().iter().map(|p| p.display().to_string()).collect();
    let place = match points.as_slice() {
        [] => "no cgroup hierarchy is mounted".to_string(),
        points => format!("there is no such cgroup in {}", points.join(", ")),
    };
    Fail::new(status::OWN, format!("--cgroup {}: {place}", path.display()))
}
