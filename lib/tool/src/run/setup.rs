//! From the command line to a run that can begin.

use super::ci::Ci;
use super::ci::report::Reports;
use super::dress::Dress;
use super::drive::{FIRST_LOCK, Runner, TOKEN_SINKS};
use super::feed::reader::Reader;
use super::feed::{Arguments, Feed, List, Lists, Next, Operations};
use super::guard::Guard;
use super::job::Job;
use super::journal::Journal;
use super::lanes::Lanes;
use super::locks::LockDesk;
use super::machine::MachineDesk;
use super::output::Printer;
use super::settings::{self, Header, Jobs, Linked, Settings, cpus};
use super::shell::Programs;
use super::signals;
use super::sinks::{Sinks, To};
use super::slots::JobsFile;
use super::template::Template;
use crate::fail::Fail;
use engine::{Backoff, Config, Engine, Feeding, Input, Spec};
use record::{Bytes, Event, RunStart, SCHEMA_VERSION, Seconds, status};
use std::collections::HashMap;
use std::ffi::CString;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::Path;
use sys::clock::Clock;
use sys::poller::{Poller, Want};

/// What was read before the run begins.
pub struct Opened {
    pub feed: Feed,
    pub operations: bool,
    pub feeding: Feeding,
    /// Operations of a plan that was read whole.
    pub ops: Vec<(Spec, Job)>,
    pub capacity: record::Capacity,
    /// Lines that could not be read and were left out.
    pub bad: Vec<String>,
}

fn lost(message: impl Into<String>) -> Fail {
    Fail::new(status::LOST, message)
}

/// Opens the input, and reads a plan whole where that is asked for.
///
/// # Errors
/// The input cannot be read, or a plan is not whole.
pub fn read_input(settings: &mut Settings, programs: &mut Programs) -> Result<Opened, Fail> {
    let feed = std::mem::replace(&mut settings.feed, settings::Feed::Guess);
    let (rules, max_line) = (&settings.input, settings.input.max_line);
    match feed {
        settings::Feed::Lines(sources) => {
            let lists: Vec<_> = sources
                .into_iter()
                .map(|source| Ok((List::open(source.from, rules)?, source.linked)))
                .collect::<Result<_, Fail>>()?;
            lines_input(settings, Lists::new(lists), programs)
        }
        settings::Feed::Once => lines_input(settings, Lists::none(), programs),
        settings::Feed::Ops(path) => {
            let reader = Reader::open(path.as_deref(), b'\n', max_line)?;
            operations_input(settings, reader)
        }
        settings::Feed::Guess => {
            if io::stdin().is_terminal() {
                return Err(lost(
                    "nothing to run; give a command with ::: arguments, or a plan on standard \
                     input (pgplan FILE | pgrun)",
                ));
            }
            let mut reader = Reader::open(None, b'\n', max_line)?;
            if reader.begins_like_operations()? {
                return operations_input(settings, reader);
            }
            if reader.ended && reader.lines.pending().is_empty() && !settings.ops.allow_empty {
                return Err(lost(
                    "standard input is empty: no operation and no command line \
                     (--allow-empty if that is well)",
                ));
            }
            let list = List::of_reader(reader, rules);
            lines_input(settings, Lists::new(vec![(list, Linked::No)]), programs)
        }
    }
}

fn lines_input(
    settings: &Settings,
    mut lists: Lists,
    programs: &mut Programs,
) -> Result<Opened, Fail> {
    let slots = slots(settings).unwrap_or_else(cpus);
    let mut style = settings.style.clone();
    style.strings.slots = Some(slots);
    if settings.input.header == Header::Names {
        lists.read_names(&settings.input)?;
        style.strings.names = lists.names();
    }
    if settings.live.bar || settings.live.eta {
        lists.keep(&settings.input);
    }
    let template = Template::new(&settings.template, &style, programs)?;
    let arguments = Arguments::new(lists, template, slots);
    Ok(Opened {
        feed: Feed::Lines(Box::new(arguments)),
        operations: false,
        feeding: Feeding::Lines,
        ops: Vec::new(),
        capacity: record::Capacity::default(),
        bad: Vec::new(),
    })
}

/// Slots that the command line asks for.
fn slots(settings: &Settings) -> Option<u32> {
    settings.control.jobs.as_ref().map(Jobs::count)
}

fn operations_input(settings: &Settings, reader: Reader) -> Result<Opened, Fail> {
    let mut operations = Operations::new(reader, &settings.ops);
    let mut input = Opened {
        feed: Feed::Read,
        operations: true,
        feeding: Feeding::Whole,
        ops: Vec::new(),
        capacity: record::Capacity::default(),
        bad: Vec::new(),
    };
    if settings.ops.stream {
        input.feeding = Feeding::Stream;
        input.feed = Feed::Stream(Box::new(operations));
        return Ok(input);
    }
    loop {
        match operations.next()? {
            Next::Job(spec, job) => input.ops.push((*spec, *job)),
            Next::Bad(place) => input.bad.push(place),
            Next::LeftOut(_) => {}
            Next::End => break,
            // nothing runs yet: it may be waited for
            Next::Later => operations.reader.fill()?,
        }
    }
    let name = operations.reader.name.clone();
    input.capacity = operations.capacity;
    if !input.bad.is_empty() && !settings.ops.skip_bad {
        let more = match input.bad.len() - 1 {
            0 => String::new(),
            more => format!(" (and {more} more bad lines)"),
        };
        let first = &input.bad[0];
        return Err(lost(format!(
            "{first}{more}; nothing was run (--skip-bad leaves bad lines out)"
        )));
    }
    if input.ops.is_empty() && !settings.ops.allow_empty {
        return Err(lost(format!("{name}: no operations (--allow-empty if that is well)")));
    }
    Ok(input)
}

/// The rules for the engine: the command line before the capacity record before
/// the machine.
pub fn config(settings: &Settings, input: &Opened, seed: u64) -> Config {
    let mut resources = input.capacity.resources.clone();
    resources.extend(settings.control.resources.clone());
    let mut backoff = Backoff { seed, ..Backoff::default() };
    match settings.control.retry_delay {
        Some(base) => backoff.base = base,
        // GNU parallel repeats at once
        None if settings.called.is_gnu() => {
            (backoff.base, backoff.max) = (Seconds::ZERO, Seconds::ZERO);
        }
        None => {}
    }
    Config {
        jobs: slots(settings).or(input.capacity.jobs).unwrap_or_else(cpus),
        resources,
        feeding: input.feeding,
        halt: settings.control.halt,
        retries: settings.control.retries,
        backoff,
        timeout: settings.control.timeout,
        total_timeout: settings.control.total_timeout,
        termseq: settings.control.termseq.clone(),
        gate: settings.control.gate,
    }
}

/// Builds the run.
///
/// # Errors
/// A file that cannot be made, a plan that is wrong.
pub fn runner(
    mut settings: Settings,
    mut input: Opened,
    programs: Programs,
) -> Result<Runner, Fail> {
    prepare_run_dir(&mut settings)?;
    let inherited = sys::fd::inherited();
    if !settings.called.is_link() {
        // what the tools that it replaces leave open stays open through the links
        sys::fd::close_inherited_on_exec();
    }
    sys::wait::become_subreaper();
    let clock = Clock::start();
    let run_id = run_id(&clock);
    let io = |e: io::Error| Fail::io(status::LOST, "starting", &e);
    let poller = Poller::new().map_err(io)?;
    let signals = signals::catch_all(settings.called, &poller).map_err(io)?;
    let mut sinks = Sinks::new(TOKEN_SINKS).map_err(io)?;
    let dress = Dress::new(&settings, &sinks, if input.operations { To::Err } else { To::Out })?;
    let journal = journal(&settings, &input, (&mut sinks, dress.ci()))?;
    let config = config(&settings, &input, u64::from(std::process::id()));
    let feed = watched_feed(&mut input, &poller);
    let mut runner = Runner {
        operations: input.operations,
        clock,
        poller,
        engine: Engine::new(config),
        feed,
        input_ended: false,
        jobs: Vec::new(),
        free_keys: Vec::new(),
        attempts: Vec::new(),
        free_places: Vec::new(),
        by_key: HashMap::new(),
        guard: Guard::new(&run_id).map_err(io)?,
        lanes: Lanes::default(),
        programs,
        env: base_environment(&settings, &run_id),
        shell: shell(&settings, &input),
        null: File::open("/dev/null").map_err(|e| Fail::io(status::LOST, "/dev/null", &e))?,
        inherited,
        sinks,
        printer: Printer::new(settings.output.grouping, dress),
        reports: Reports::begin(&settings.live)?,
        journal,
        machine: MachineDesk::open(&settings.control.gate, Path::new("/proc"))?,
        jobs_file: JobsFile::of(settings.control.jobs.as_ref()),
        locks: LockDesk::new(settings.place.lock_dir.clone(), FIRST_LOCK),
        patterns: HashMap::new(),
        spawn_status: HashMap::new(),
        signals,
        stopped_by: None,
        signals_heard: 0,
        notes: Vec::new(),
        lost: Vec::new(),
        failures: Vec::new(),
        deferred: Vec::new(),
        read_buffer: vec![0; super::end::READ_BYTES],
        own_rss: sys::wait::own_usage().max_rss_bytes,
        ended_attempts: 0,
        progress: super::live::chosen(&settings),
        succeeded: Vec::new(),
        run_id,
        settings,
    };
    input.bad.into_iter().for_each(|bad| runner.lose(bad));
    enter_plan(&mut runner, input.ops)?;
    announce(&mut runner);
    Ok(runner)
}

/// The feed; its input is watched where it can be.
fn watched_feed(input: &mut Opened, poller: &Poller) -> Feed {
    let mut feed = std::mem::replace(&mut input.feed, Feed::Read);
    if let Some(reader) = feed.reader()
        && reader.is_watched()
    {
        let _ = poller.add(reader, super::drive::TOKEN_INPUT, Want::Read);
    }
    feed
}

/// Gives the engine a plan that was read whole, and has it checked.
fn enter_plan(runner: &mut Runner, ops: Vec<(Spec, Job)>) -> Result<(), Fail> {
    if !runner.operations || runner.settings.ops.stream {
        return Ok(());
    }
    for (spec, job) in ops {
        if let Some(op) = &job.op {
            let (fail_if, ok_if, source) =
                (op.fail_if.clone(), op.ok_if.clone(), op.source.clone());
            for (field, pattern) in [("fail_if", fail_if), ("ok_if", ok_if)] {
                runner
                    .learn_pattern(field, &pattern)
                    .map_err(|e| lost(format!("{source}: {e}")))?;
            }
        }
        let key = runner.enter(job);
        runner.engine.handle(Seconds::ZERO, Input::Op(key, Box::new(spec)));
    }
    runner.engine.handle(Seconds::ZERO, Input::EndOfInput);
    runner.input_ended = true;
    let faults = runner.engine.check();
    if faults.is_empty() {
        let unlimited = runner.engine.unlimited();
        if !unlimited.is_empty() && !runner.settings.output.quiet {
            let names = unlimited.join(", ");
            runner.notes.push(format!(
                "unlimited, since no capacity is given: {names} (--resource NAME=AMOUNT)"
            ));
        }
        return Ok(());
    }
    Err(super::faults::refuse(&faults, |key| runner.job(key)))
}

fn journal(
    settings: &Settings,
    input: &Opened,
    (sinks, ci): (&mut Sinks, Option<Ci>),
) -> Result<Journal, Fail> {
    let io = |e: io::Error| Fail::io(status::LOST, "standard output", &e);
    // operations are answered in events, for the next program of the pipe
    let answered = input.operations && !io::stdout().is_terminal();
    let asked = settings.log.events.as_deref();
    let on_stdout = answered || asked.is_some_and(|path| path.as_os_str() == "-");
    let mut journal = Journal::new(ci);
    if on_stdout {
        sinks.add_events(1, "the events on standard output").map_err(io)?;
    }
    if let Some(path) = asked.filter(|path| path.as_os_str() != "-") {
        Journal::open(path, sinks)?;
    }
    if on_stdout || asked.is_some() {
        journal.begin();
    }
    if let Some(path) = &settings.log.joblog {
        journal.begin_joblog(path)?;
    }
    Ok(journal)
}

/// `--run-dir`: absolute, since commands begin in it.
fn prepare_run_dir(settings: &mut Settings) -> Result<(), Fail> {
    let Some(dir) = &settings.log.run_dir else { return Ok(()) };
    let shown = dir.display().to_string();
    let wrong = |e: io::Error| Fail::io(status::LOST, format!("--run-dir {shown}"), &e);
    for sub in ["outputs", "logs", "scripts"] {
        std::fs::create_dir_all(dir.join("artifacts").join(sub)).map_err(wrong)?;
    }
    settings.log.run_dir = Some(std::fs::canonicalize(dir).map_err(wrong)?);
    Ok(())
}

fn base_environment(settings: &Settings, run_id: &str) -> Vec<CString> {
    // what an attempt adds itself must not stand here, too
    const OURS: [&[u8]; 9] = [
        b"PG_RUN",
        b"PG_ID",
        b"PG_SEQ",
        b"PG_SLOT",
        b"PG_ATTEMPT",
        b"PG_LOCK_TOKEN",
        b"PARALLEL_PID",
        b"PARALLEL_SEQ",
        b"PARALLEL_JOBSLOT",
    ];
    let given: Vec<&[u8]> =
        settings.place.env.iter().filter_map(|e| e.split(|byte| *byte == b'=').next()).collect();
    let mut env: Vec<CString> = std::env::vars_os()
        .filter(|(name, _)| !OURS.contains(&name.as_bytes()) && !given.contains(&name.as_bytes()))
        .filter_map(|(name, value)| {
            CString::new([name.into_vec(), b"=".to_vec(), value.into_vec()].concat()).ok()
        })
        .collect();
    env.extend(settings.place.env.iter().filter_map(|entry| CString::new(entry.clone()).ok()));
    env.extend(CString::new(format!("PG_RUN={run_id}")));
    env.extend(CString::new(format!("PARALLEL_PID={}", std::process::id())));
    env
}

/// Name of this run: short, and unlike those of other runs; below that of the
/// run we are part of.
fn run_id(clock: &Clock) -> String {
    let micros = clock.wall(Seconds::ZERO).as_micros() as u64;
    let own = format!("{:x}.{:x}", micros / 1000 % 0x1_0000_0000, std::process::id());
    match std::env::var("PG_RUN") {
        Ok(parent) if !parent.is_empty() => format!("{parent}/{own}"),
        _ => own,
    }
}

/// The shell for commands that need one: that of the caller in lines mode.
fn shell(settings: &Settings, input: &Opened) -> CString {
    const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "busybox"];
    let chosen = settings.place.shell.clone().or_else(|| {
        if input.operations {
            return None;
        }
        if let Some(shell) = std::env::var_os("PARALLEL_SHELL").filter(|s| !s.is_empty()) {
            return Some(shell.into());
        }
        let parent = std::os::unix::process::parent_id();
        let exe = std::fs::read_link(format!("/proc/{parent}/exe")).ok()?;
        let name = exe.file_name()?.to_str()?;
        SHELLS.contains(&name).then_some(exe)
    });
    chosen
        .and_then(|path| CString::new(path.into_os_string().into_vec()).ok())
        .unwrap_or_else(|| CString::from(c"/bin/sh"))
}

fn announce(runner: &mut Runner) {
    if !runner.journal.is_on() {
        return;
    }
    let event = RunStart {
        version: SCHEMA_VERSION,
        run: runner.run_id.clone(),
        time: runner.clock.wall(Seconds::ZERO),
        tool: concat!("pgrun ", env!("CARGO_PKG_VERSION")).to_string(),
        host: sys::fd::host_name(),
        pid: std::process::id(),
        argv: std::env::args_os().map(|word| Bytes(word.into_vec())).collect(),
        jobs: runner.engine.slots(),
        resources: runner.engine.limits().clone(),
        ..RunStart::default()
    };
    runner.journal.add(&Event::RunStart(event));
}
