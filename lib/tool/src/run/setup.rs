//! From the command line to a run that can begin.

use super::ask::Ask;
use super::ci::Ci;
use super::ci::report::Reports;
use super::descriptors::Descriptors;
use super::dress::Dress;
use super::drive::{FIRST_LOCK, Runner, TOKEN_SINKS};
use super::explain::Explained;
use super::feed::reader::Reader;
use super::feed::{Arguments, Feed, List, Lists, Next, Operations};
use super::guard::{Guard, Leave};
use super::job::Job;
use super::lanes::Lanes;
use super::locks::LockDesk;
use super::log::{self, Before, Failed, HistoryLog, Journal, Kept};
use super::output::{Printer, Target};
use super::oversight::Oversight;
use super::pin::PinDesk;
use super::pipe::{self, Writers};
use super::results::{Form, Table};
use super::room::Room;
use super::rules::config;
use super::settings::{
    self, Header, InputRules, Jobs, Linked, Packing, Results, Resume, Settings, cpus,
};
use super::shell::Programs;
use super::signals;
use super::sinks::{Sinks, To};
use super::slots::SlotDesk;
use super::strays::Strays;
use super::surroundings::{base_environment, run_id, shell};
use super::template::{Strings, Style, Template};
use super::texts::Texts;
use super::tokens::{Asked, TokenDesk};
use super::traffic::TrafficDesk;
use super::tuning::Tuning;
use crate::fail::Fail;
use engine::{Config, Engine, Feeding, Input, Spec};
use record::{Bytes, Event, RunStart, SCHEMA_VERSION, Seconds, status};
use std::collections::HashMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, IsTerminal as _};
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStringExt as _;
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
    pub texts: Texts,
    /// What an earlier run has done.
    pub before: Before,
    /// Gives the jobs what they get of a divided input.
    pub writers: Writers,
}

impl Opened {
    /// Jobs that are read while they are run.
    pub fn lines(feed: Feed) -> Self {
        Opened {
            feed,
            operations: false,
            feeding: Feeding::Lines,
            ops: Vec::new(),
            capacity: record::Capacity::default(),
            bad: Vec::new(),
            texts: Texts::default(),
            before: Before::default(),
            writers: Writers::default(),
        }
    }
}

fn lost(message: impl Into<String>) -> Fail {
    Fail::new(status::LOST, message)
}

/// Opens the input, and reads a plan whole where that is asked for.
///
/// # Errors
/// The input cannot be read, or a plan is not whole.
pub fn read_input(settings: &mut Settings, programs: &mut Programs) -> Result<Opened, Fail> {
    if settings.log.resume == Some(Resume::Retry)
        && let Some(path) = &settings.log.joblog
        && let Some((before, failed)) = log::failed_before(path)?
    {
        return failed_input(settings, (before, failed), programs);
    }
    let feed = std::mem::replace(&mut settings.feed, settings::Feed::Guess);
    let (rules, max_line) = (&settings.input, settings.input.max_line);
    match feed {
        settings::Feed::Lines(sources) if settings.pipe.is_some() => {
            piped_input(settings, sources, programs)
        }
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

/// `--retry-failed`: the commands of a job log take the place of everything else.
fn failed_input(
    settings: &mut Settings,
    (before, failed): (Before, Failed),
    programs: &mut Programs,
) -> Result<Opened, Fail> {
    settings.template.clear();
    settings.style = Style::default();
    settings.input = InputRules::exact(&settings.input);
    let (seqs, commands): (Vec<u64>, Vec<Vec<u8>>) = failed.into_iter().unzip();
    let words = commands.into_iter().map(OsString::from_vec).collect();
    let list = List::open(settings::From::Words(words), &settings.input)?;
    let lists = Lists::new(vec![(list, Linked::No)]);
    let mut input = lines_input(settings, lists, programs)?;
    if let Feed::Lines(arguments) = &mut input.feed {
        arguments.number(seqs);
    }
    input.before = before;
    Ok(input)
}

/// The input itself is divided among the jobs.
fn piped_input(
    settings: &Settings,
    sources: Vec<settings::Source>,
    programs: &mut Programs,
) -> Result<Opened, Fail> {
    let Some(pipe) = &settings.pipe else { return Err(lost("--pipe is not asked for")) };
    let folder = settings.place.tmpdir.clone().unwrap_or_else(std::env::temp_dir);
    let opening = pipe::Opening {
        rules: &settings.input,
        slots: slots(settings).unwrap_or_else(cpus),
        folder: &folder,
        command: &settings.template,
        tries: settings.control.retries.saturating_add(1),
    };
    let (lists, blocks, spool) = pipe::open(pipe, sources, &opening)?;
    let mut opened = lines_input(settings, lists, programs)?;
    if let Feed::Lines(arguments) = &mut opened.feed {
        arguments.blocks = Some(Box::new(blocks));
    }
    opened.writers = Writers::new(spool);
    Ok(opened)
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
    let endless = lists.is_endless();
    if (settings.live.bar || settings.live.eta) && !endless {
        lists.keep(&settings.input);
    }
    let template = Template::new(&settings.template, &style, programs)?;
    let texts = Texts::new(settings, &style.strings)?;
    let sampled = Tuning::sampled(&settings.tuning);
    let reads_all = settings.input.shuffle
        || template.names_total()
        || texts.names_total()
        || sampled.is_some()
        || settings.output.dry_run;
    if endless && reads_all {
        return Err(settings.traffic.has_no_end());
    }
    let mut arguments = Arguments::new(lists, template, slots, settings.batches);
    if let Some(count) = sampled {
        arguments.sample(count);
    }
    if texts.names_total() {
        arguments.read_all_first();
    }
    let feed = Feed::Lines(Box::new(arguments));
    let before = log::before(&settings.log, &settings.output)?;
    Ok(Opened { texts, before, ..Opened::lines(feed) })
}

fn tuning(settings: &Settings) -> Tuning {
    Tuning::new(&settings.tuning, slots(settings).unwrap_or_else(cpus))
}

/// Slots to begin with: what the command line asks for, if nothing is to be tried first.
pub fn first_slots(settings: &Settings) -> Option<u32> {
    tuning(settings).first().or(slots(settings))
}

/// Slots that the command line asks for.
pub fn slots(settings: &Settings) -> Option<u32> {
    settings.jobs.as_ref().map(Jobs::count)
}

fn operations_input(settings: &Settings, reader: Reader) -> Result<Opened, Fail> {
    if settings.control.interactive {
        return Err(lost(
            "-p asks about lines, one after the other; --dry-run shows what a plan would do",
        ));
    }
    settings.traffic.takes_operations(&settings.ops)?;
    settings.tuning.takes_operations()?;
    if !matches!(settings.input.packing, Packing::One | Packing::None | Packing::Count(1)) {
        return Err(lost(
            "several lines are put into one command (--batch, --chunk, -n, -L, -X); an operation has \
             its own: leave that away",
        ));
    }
    if settings.log.resume.is_some() && settings.log.kept.is_none() {
        return Err(lost(
            "--joblog and --results know lines by their numbers; operations are taken up again \
             from a log: --log FILE --resume",
        ));
    }
    let mut operations = Operations::new(reader, &settings.ops);
    let mut input = Opened {
        feed: Feed::Read,
        operations: true,
        feeding: Feeding::Whole,
        ops: Vec::new(),
        capacity: record::Capacity::default(),
        bad: Vec::new(),
        texts: Texts::new(settings, &Strings::default())?,
        before: Before::default(),
        writers: Writers::default(),
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
            Next::LeftOut => {}
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

/// The log that is kept, and what earlier runs have done; what they have left running is
/// ended before anything is started.
fn open_log(settings: &mut Settings, before: &mut Before) -> Result<Option<Kept>, Fail> {
    prepare_run_dir(settings)?;
    let Some(path) = &settings.log.kept else { return Ok(None) };
    if settings.pipe.is_some() {
        return Err(lost(
            "--log knows jobs by their arguments, and the blocks of --pipe have none; \
             leave one of them away",
        ));
    }
    let name = settings.called.name();
    let mut said = Vec::new();
    let opened = Kept::open(path, &settings.log, &mut said);
    said.iter().for_each(|line| crate::entry::complain(name, line));
    let (kept, again) = opened?;
    settings.log.orphans.end(&again.left, name)?;
    before.again = Some(again);
    Ok(Some(kept))
}

/// Makes us the one who looks after the commands and all that they leave, which xargs is
/// not. Returns the descriptors from 3 up that we were given.
fn take_charge(settings: &Settings) -> Vec<RawFd> {
    // a parent that ignores the ends of its children would keep us from hearing of ours
    sys::signal::set_default(sys::signal::SIGCHLD);
    if settings.xargs.is_some() {
        return Vec::new();
    }
    sys::wait::become_subreaper();
    inherited(settings)
}

/// xargs looks after nobody.
fn strays(settings: &Settings) -> Strays {
    if settings.xargs.is_some() { Strays::default() } else { Strays::begin() }
}

fn guard(settings: &Settings, run_id: &str, tokens: &TokenDesk) -> io::Result<Guard> {
    let leave = if settings.control.allow_strays { Leave::Strays } else { Leave::Nobody };
    Guard::new(run_id, tokens.pool(), (leave, settings.confined))
}

/// Builds the run.
///
/// # Errors
/// A file that cannot be made, a plan that is wrong.
// tidy: a table
pub fn runner(
    mut settings: Settings,
    mut input: Opened,
    programs: Programs,
) -> Result<Runner, Fail> {
    let kept = open_log(&mut settings, &mut input.before)?;
    let inherited = take_charge(&settings);
    let clock = Clock::start();
    let run_id = run_id(&clock);
    let io = |e: io::Error| Fail::io(status::LOST, "starting", &e);
    let poller = Poller::new().map_err(io)?;
    let signals = signals::catch_all(settings.called, &poller).map_err(io)?;
    let mut sinks = Sinks::new(TOKEN_SINKS).map_err(io)?;
    let dress = Dress::new(&settings, &sinks, if input.operations { To::Err } else { To::Out })?;
    let journal = journal((&settings, &input), (&mut sinks, dress.ci()), kept)?;
    let printer = printer(&settings, (&input.before, dress), (&mut sinks, &poller))?;
    let oversight = Oversight::open(&mut settings, &poller)?;
    let (config, mut tokens) = shared(&settings, &input, &inherited)?;
    let mut runner = Runner {
        operations: input.operations,
        clock,
        feed: watched_feed(&mut input, &poller),
        poller,
        engine: Engine::new(config),
        input_ended: false,
        input_left: false,
        jobs: Vec::new(),
        free_keys: Vec::new(),
        attempts: Vec::new(),
        free_places: Vec::new(),
        by_key: HashMap::new(),
        guard: guard(&settings, &run_id, &tokens).map_err(io)?,
        lanes: Lanes::default(),
        strays: strays(&settings),
        programs,
        env: base_environment(&settings, &run_id, tokens.flags()),
        shell: shell(&settings, &input),
        null: File::open("/dev/null").map_err(|e| Fail::io(status::LOST, "/dev/null", &e))?,
        inherited,
        sinks,
        printer,
        reports: Reports::begin(&settings.live)?,
        journal,
        oversight,
        traffic: TrafficDesk::new(&settings.traffic)?,
        tuning: tuning(&settings),
        slots: SlotDesk::of(settings.jobs.as_ref(), clock.now()),
        ask: settings.control.interactive.then(Ask::new).transpose()?,
        texts: input.texts,
        pins: PinDesk::new(settings.admission.pin),
        explained: Explained::default(),
        before: input.before,
        locks: LockDesk::new(settings.place.lock_dir.clone(), FIRST_LOCK),
        patterns: HashMap::new(),
        spawn_status: HashMap::new(),
        signals,
        stopped_by: None,
        signals_heard: 0,
        notes: tokens.warning.take().filter(|_| !settings.output.quiet).into_iter().collect(),
        tokens,
        lost: Vec::new(),
        failures: Vec::new(),
        room: Room::default(),
        descriptors: Descriptors::default(),
        writers: std::mem::take(&mut input.writers),
        read_buffer: vec![0; super::end::READ_BYTES],
        own_rss: sys::wait::own_usage().max_rss_bytes,
        ended_attempts: 0,
        progress: super::live::chosen(&settings),
        succeeded: Vec::new(),
        run_id,
        settings,
    };
    begin(&mut runner, (input.bad, input.ops)).map(|()| runner)
}

/// Says what is known from the beginning, and enters a plan.
fn begin(runner: &mut Runner, (bad, ops): (Vec<String>, Vec<(Spec, Job)>)) -> Result<(), Fail> {
    bad.into_iter().for_each(|bad| runner.lose(bad));
    runner.notes.extend(runner.before.note.take());
    runner.count_descriptors()?;
    enter_plan(runner, ops)?;
    announce(runner);
    runner.join_share()?;
    Ok(())
}

/// Descriptors that our parent left open; the commands do not get them. What the
/// tools that it replaces leave open stays open through the links.
fn inherited(settings: &Settings) -> Vec<RawFd> {
    let inherited = sys::fd::inherited();
    if !settings.called.is_link() {
        sys::fd::close_inherited_on_exec();
    }
    inherited
}

/// The rules, with what a jobserver makes of them.
fn shared(
    settings: &Settings,
    input: &Opened,
    inherited: &[RawFd],
) -> Result<(Config, TokenDesk), Fail> {
    let mut config = config(settings, input, u64::from(std::process::id()));
    let asked = Asked { by_flag: first_slots(settings), by_input: input.capacity.jobs };
    let tokens = TokenDesk::open(settings, asked, inherited)?;
    tokens.rule(&mut config);
    Ok((config, tokens))
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
    for (mut spec, mut job) in ops {
        runner.take_up(&mut spec, &mut job);
        if let Some(op) = &job.op {
            let (fail_if, ok_if, source) =
                (op.fail_if.clone(), op.ok_if.clone(), op.source.clone());
            for (field, pattern) in [("fail_if", fail_if), ("ok_if", ok_if)] {
                runner
                    .learn_pattern(field, &pattern)
                    .map_err(|e| lost(format!("{source}: {e}")))?;
            }
        }
        runner.admit(&mut spec, &job).map_err(lost)?;
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
    (settings, input): (&Settings, &Opened),
    (sinks, ci): (&mut Sinks, Option<Ci>),
    kept: Option<Kept>,
) -> Result<Journal, Fail> {
    let io = |e: io::Error| Fail::io(status::LOST, "standard output", &e);
    // operations are answered in events, for the next program of the pipe
    let answered = input.operations && !io::stdout().is_terminal();
    let asked = settings.log.events.as_deref();
    let on_stdout = answered || asked.is_some_and(|path| path.as_os_str() == "-");
    let history = HistoryLog::new(settings.log.history.clone(), settings.log.keep_logs);
    let mut journal = Journal::new(ci, (kept, history));
    if on_stdout {
        sinks.add_events(1, "the events on standard output").map_err(io)?;
    }
    if let Some(path) = asked.filter(|path| path.as_os_str() != "-") {
        Journal::open(path, sinks)?;
    }
    if on_stdout || asked.is_some() {
        journal.begin();
    }
    Ok(journal)
}

/// What prints, with job log and table.
fn printer(
    settings: &Settings,
    (before, dress): (&Before, Dress),
    out: (&mut Sinks, &Poller),
) -> Result<Printer, Fail> {
    let mut printer = Printer::new(settings.output.grouping, settings.place.tmpdir(), dress);
    printer.joblog = log::open_joblog(&settings.log, before, out)?;
    let (path, form) = match &settings.output.results {
        Some(Results::Table(path, separator)) => (path, Form::Cells(*separator)),
        Some(Results::Json(path)) => (path, Form::Json),
        Some(Results::Folder(_)) | None => return Ok(printer),
    };
    let target = Target::create(path, format!("--results {}", path.display())).map_err(lost)?;
    printer.table = Some(Table::new(form, target));
    Ok(printer)
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

fn announce(runner: &mut Runner) {
    if !runner.journal.is_on() {
        return;
    }
    let argv: Vec<Bytes> = std::env::args_os().map(|word| Bytes(word.into_vec())).collect();
    let event = RunStart {
        version: SCHEMA_VERSION,
        run: runner.run_id.clone(),
        time: runner.clock.wall(Seconds::ZERO),
        tool: concat!("pgrun ", env!("CARGO_PKG_VERSION")).to_string(),
        host: sys::fd::host_name(),
        pid: std::process::id(),
        argv: runner.settings.log.redact.words(&argv),
        jobs: runner.engine.slots(),
        resources: runner.engine.limits().clone(),
        dispatch: if runner.engine.follows() { "schedule".into() } else { String::new() },
        boot: runner.before.again.as_ref().map(|_| sys::orphan::boot_id()).unwrap_or_default(),
        resumed: runner.before.again.as_ref().is_some_and(|again| again.resumed),
        ..RunStart::default()
    };
    runner.journal.add(&Event::RunStart(event));
    (0..runner.jobs.len() as u32).for_each(|key| runner.tell_barrier(key));
}
