//! The command line as it was meant: one file a group of flags.

mod admission;
mod batch;
pub mod control;
mod frequency;
pub mod input;
pub mod jobs;
pub mod output;
pub mod pipe;
mod pressure;
mod strings;
pub mod traffic;
mod tuning;
pub mod warm;

pub use admission::{Admission, parse_weight};
pub use batch::{BatchResults, Batches};
pub use control::Control;
pub use input::{Feed, From, Header, InputRules, Linked, OpsRules, Packing, Source};
pub use jobs::{Jobs, slots_of};
pub use output::{Echo, Grouping, LiveSettings, Output, Results, Tag};
pub use pipe::{PipeSettings, SemSettings};
pub use pressure::Confined;
pub use traffic::Traffic;
pub use tuning::{Rest, Tuning};
pub use warm::{Warm, Wear};

use super::args::{
    Args, EventOutput, HabitArgs, JobsArgs, LogArgs, PlaceArgs, PressureArgs, RemoteArgs, SemArgs,
    ShowArg,
};
use super::limits::Measured;
use super::log::{Orphans, Sync};
use super::name::Called;
use super::template::Style;
use super::xargs::XargsSettings;
use crate::fail::Fail;
use crate::flags::Events;
use crate::run::redact::Redact;
use engine::{GateRules, Halt, HaltWhen};
use record::{Seconds, status};
use regex::bytes::Regex;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use strings::Around;

/// Everything that was asked for.
#[derive(Debug)]
pub struct Settings {
    pub called: Called,
    pub feed: Feed,
    pub template: Vec<OsString>,
    /// How the template is read.
    pub style: Style,
    pub input: InputRules,
    pub ops: OpsRules,
    /// How many at once.
    pub jobs: Option<Jobs>,
    /// What is learnt of the jobs while they run.
    pub tuning: Tuning,
    /// Other runs of that name have a part of them.
    pub share: Option<String>,
    /// How that came about, where it is to be said: a line each.
    pub explained: Vec<String>,
    /// Several items in one command.
    pub batches: Batches,
    pub control: Control,
    /// When each may start, beyond a slot.
    pub admission: Admission,
    /// What the machine must be like for a start.
    pub gate: GateRules,
    /// What jobs may have of it.
    pub confined: Confined,
    /// Where orders are taken while it runs.
    pub remote: Option<PathBuf>,
    /// What load is generated, or what is compared.
    pub traffic: Traffic,
    pub output: Output,
    pub live: LiveSettings,
    pub log: LogSettings,
    pub place: Place,
    pub warm: Warm,
    pub pipe: Option<PipeSettings>,
    pub sem: Option<SemSettings>,
    /// Print a figure instead of running anything.
    pub figure: Option<Figure>,
    /// It is run as xargs.
    pub xargs: Option<XargsSettings>,
}

/// What is written down, and what is taken up again.
#[derive(Debug, Default)]
pub struct LogSettings {
    pub events: Option<PathBuf>,
    pub event_output: EventOutput,
    pub joblog: Option<PathBuf>,
    /// What the job log has stays.
    pub joblog_goes_on: bool,
    pub resume: Option<Resume>,
    /// The log that runs are kept in.
    pub kept: Option<PathBuf>,
    /// The folder in which the log of each run is kept.
    pub history: Option<PathBuf>,
    pub sync: Sync,
    pub orphans: Orphans,
    /// What is damaged in it is taken out.
    pub repair: bool,
    /// What cannot be written down ends the run.
    pub strict: bool,
    pub run_dir: Option<PathBuf>,
    /// Kept runs that are older are forgotten.
    pub keep_logs: Option<Seconds>,
    /// What is not shown of commands.
    pub redact: Redact,
}

/// Which jobs of a job log are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Those that it has.
    All,
    /// Those that it has with a good end.
    Succeeded,
    /// None is read: its failed commands are run again.
    Retry,
}

/// Where and with what the commands run.
#[derive(Debug, Default)]
pub struct Place {
    pub chdir: Option<PathBuf>,
    pub env: Vec<Vec<u8>>,
    pub tmpdir: Option<PathBuf>,
    pub shell: Option<PathBuf>,
    pub process_slot_var: Option<String>,
    pub lock_dir: Option<PathBuf>,
    pub keep_fds: Vec<i32>,
    /// The terminal is given to the command.
    pub tty: bool,
    /// The command's standard input is ours.
    pub own_stdin: bool,
}

/// A figure of the machine or of the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Figure {
    Cpus,
    LineLength,
    /// What bounds a run here.
    Limits(ShowArg),
    /// A profile that comes with the program.
    Profile(String),
    /// All values, and who said them.
    Config,
    /// The configuration of another system, and which of its environments.
    Import(PathBuf, Option<String>),
    /// How to cite.
    Citation,
    /// Of GNU parallel's whose place is taken.
    Version,
    /// The same; the least that is good enough.
    LeastVersion(u64),
}

impl Settings {
    /// Reads meaning into the words.
    ///
    /// # Errors
    /// A value that means nothing, with what would.
    // tidy: a table
    // destructured without `..`, here and in the groups: a flag that is not wired
    // does not compile
    pub fn from_args(args: Args, called: Called) -> Result<Self, Fail> {
        let Args {
            mut jobs,
            adapt,
            control,
            admission,
            mut pressure,
            remote: RemoteArgs { control: remote, ctl: _ },
            tuning,
            batch,
            warm,
            traffic,
            output,
            mut input,
            strings,
            log,
            place,
            live,
            pipe,
            sem,
            habits,
            mut command,
        } = args;
        let traffic = traffic::traffic(traffic, &mut command, called)?;
        let pipe = pipe::pipe(pipe, &mut input)?;
        let mut given = input::given(input, command)?;
        if called == Called::Parallel {
            given.cut_words();
        }
        let mut control = control::control(control, called)?;
        tell_load_apart(&mut pressure, &mut jobs);
        let mut asked = jobs::jobs((&jobs, &adapt), called, &Measured::default())?;
        asked.jobs = jobs_of(asked.jobs, &traffic)?;
        let mut admission = admission::admission(admission)?;
        admission.explain = jobs.explain;
        let slots = (&mut asked.jobs, &mut admission.rules);
        let batches = batch::batch(batch, &mut given.rules, slots)?;
        let (gate, confined) = pressure::pressure(pressure, admission.delay)?;
        let mut place = place_of(place)?;
        runs_once(&sem, (&mut control, &mut place));
        let output = with_silence_heard(output::output(output, called)?, &control)?;
        let asked_feed = feed_of(given.feed, (called, sem.once, pipe.as_ref()))?;
        let feed = made_feed(asked_feed, &traffic, (given.implied, given.template.as_slice()))?;
        let tuning = tuning::tuning(tuning, &feed)?;
        admission::keys_are_told(&admission, &feed)?;
        let log = log_of(log, &traffic)?;
        batch::known_by_number((&given.rules, batches), &log)?;
        let around = Around { called, feed: &feed, input: &given.rules, pipe: pipe.as_ref() };
        let style = strings::style(strings, &output.outputs, &around)?;
        Ok(Settings {
            called,
            feed,
            template: given.template,
            style,
            input: given.rules,
            ops: given.ops,
            tuning,
            explained: if jobs.explain { asked.explained } else { Vec::new() },
            share: shared_name(adapt.share, asked.jobs.as_ref())?,
            jobs: asked.jobs,
            batches,
            control,
            admission,
            gate,
            confined,
            remote,
            warm: warm::beside(warm, (&output, pipe.as_ref()))?,
            output,
            live: output::live(live),
            log,
            traffic,
            place,
            pipe,
            sem: pipe::sem(sem, called)?,
            figure: jobs.show_limits.map(Figure::Limits).or_else(|| figure_of(habits)),
            xargs: None,
        })
    }
}

/// `--load` is a bound for starts, or a part of the slots: the one word tells them apart.
fn tell_load_apart(pressure: &mut PressureArgs, jobs: &mut JobsArgs) {
    if pressure.load.take_if(|load| load == "auto").is_some() {
        jobs.load_factor.get_or_insert("auto".to_string());
    }
}

fn shared_name(name: Option<String>, jobs: Option<&Jobs>) -> Result<Option<String>, Fail> {
    if name.is_some() && jobs.is_some_and(|jobs| jobs.most() == u32::MAX) {
        return Err(wrong("--share divides the slots of -j, and -j 0 has no limit"));
    }
    Ok(name)
}

/// sem runs one command, whose status is its own.
fn runs_once(sem: &SemArgs, (control, place): (&mut Control, &mut Place)) {
    if sem.once {
        control.halt.get_or_insert(Halt::first_failure(HaltWhen::Now));
        place.own_stdin |= sem.fg;
    }
}

/// Jobs that are made instead of read: of scenarios, of commands that are compared, and of
/// the command of a load where nothing else is named.
fn made_feed(
    feed: Feed,
    traffic: &Traffic,
    (implied, command): (bool, &[OsString]),
) -> Result<Feed, Fail> {
    let Some(maker) = traffic.maker() else { return Ok(feed) };
    let needs_command = matches!(maker, traffic::Maker::Numbers(..));
    if !implied && !needs_command {
        return Err(wrong("--scenario and --bench make their jobs; they take no input"));
    }
    // lines or operations that are read, at other times
    if !implied || needs_command && command.is_empty() {
        return Ok(feed);
    }
    traffic.ends()?;
    Ok(Feed::Lines(vec![Source { from: From::Made(maker), linked: Linked::No }]))
}

/// A load or a comparison has slots of its own.
fn jobs_of(said: Option<Jobs>, traffic: &Traffic) -> Result<Option<Jobs>, Fail> {
    match (&said, &traffic.jobs) {
        (Some(_), Some(_)) if traffic.is_bench() => {
            Err(wrong("--bench runs its commands one at a time; leave -j out"))
        }
        (Some(_), Some(_)) if !traffic.is_open() => {
            Err(wrong("--users says how many run at once; leave -j out"))
        }
        (None, Some(own)) => Ok(Some(own.clone())),
        _ => Ok(said),
    }
}

fn figure_of(habits: HabitArgs) -> Option<Figure> {
    let HabitArgs {
        // read before the rest of the command line
        profile: _,
        plain: _,
        show_profile,
        show_config,
        import_config,
        import_env,
        will_cite: _,
        citation,
        gnu: _,
        minversion,
        gnu_version,
        number_of_cpus,
        max_line_length_allowed,
    } = habits;
    match (minversion, gnu_version, number_of_cpus, max_line_length_allowed) {
        _ if show_config => Some(Figure::Config),
        _ if import_config.is_some() => import_config.map(|path| Figure::Import(path, import_env)),
        _ if show_profile.is_some() => show_profile.map(Figure::Profile),
        _ if citation => Some(Figure::Citation),
        (Some(least), ..) => Some(Figure::LeastVersion(least)),
        (None, true, ..) => Some(Figure::Version),
        (None, false, true, _) => Some(Figure::Cpus),
        (None, false, false, true) => Some(Figure::LineLength),
        (None, false, false, false) => None,
    }
}

fn with_silence_heard(output: Output, control: &Control) -> Result<Output, Fail> {
    if output.grouping == Grouping::None && (control.stall.is_some() || control.heartbeat.is_some())
    {
        return Err(wrong(
            "--stall and --heartbeat look at the output, which -u leaves alone; take --line-buffer",
        ));
    }
    Ok(output)
}

impl Place {
    /// Where temporary files go.
    pub fn tmpdir(&self) -> PathBuf {
        self.tmpdir.clone().unwrap_or_else(std::env::temp_dir)
    }
}

fn feed_of(
    feed: Feed,
    (called, once, pipe): (Called, bool, Option<&PipeSettings>),
) -> Result<Feed, Fail> {
    match feed {
        Feed::Ops(_) if pipe.is_some() => {
            Err(wrong("--pipe divides the input of a command; --ops has operations"))
        }
        _ if once && pipe.is_some() => {
            Err(wrong("--pipe divides the input among several jobs; sem runs one"))
        }
        _ if once => Ok(Feed::Once),
        // through a link nothing is guessed
        Feed::Guess if called.is_link() || pipe.is_some() => {
            Ok(Feed::Lines(vec![Source { from: From::Stdin, linked: Linked::No }]))
        }
        feed => Ok(feed),
    }
}

fn log_of(args: LogArgs, traffic: &Traffic) -> Result<LogSettings, Fail> {
    let LogArgs {
        events: Events { mut events },
        event_output,
        log: kept,
        history,
        sync,
        orphans,
        repair,
        joblog,
        resume,
        resume_failed,
        retry_failed,
        redact,
        strict_log,
        run_dir,
        keep_logs,
    } = args;
    if traffic.json {
        events.get_or_insert_with(|| PathBuf::from("-"));
    }
    let resume = match (retry_failed, resume_failed, resume) {
        (true, ..) => Some(Resume::Retry),
        (false, true, _) => Some(Resume::Succeeded),
        (false, false, true) => Some(Resume::All),
        (false, false, false) => None,
    };
    let added = |path: &PathBuf| {
        let rest = path.as_os_str().as_bytes().strip_prefix(b"+")?;
        Some(PathBuf::from(std::ffi::OsStr::from_bytes(rest)))
    };
    let goes_on = joblog.as_ref().and_then(added);
    let (joblog_goes_on, joblog) = (goes_on.is_some(), goes_on.or(joblog));
    if kept.is_some() && resume == Some(Resume::Retry) {
        return Err(wrong(
            "--retry-failed reads commands from a job log; with --log, --resume runs again what failed",
        ));
    }
    if kept.is_some() && joblog.is_some() && resume.is_some() {
        return Err(wrong(
            "--resume goes on from --log or from --joblog; name one of them (a job log beside a \
             log: without --resume, or +FILE)",
        ));
    }
    let redact = Redact::new(&redact)?;
    let sync = if sync { Sync::All } else { Sync::Some };
    Ok(LogSettings {
        events,
        strict: strict_log,
        event_output,
        joblog,
        joblog_goes_on,
        resume,
        kept,
        history: crate::flags::history_folder(history),
        sync,
        orphans,
        repair,
        run_dir,
        keep_logs,
        redact,
    })
}

fn place_of(args: PlaceArgs) -> Result<Place, Fail> {
    let PlaceArgs { chdir, env, tmpdir, shell, process_slot_var, lock_dir, keep_fd, tty } = args;
    if let Some(folder) = tmpdir.as_ref().filter(|folder| !folder.is_dir()) {
        return Err(wrong(format!("--tmpdir {}: is no folder; make it first", folder.display())));
    }
    // a name alone is that of a variable which the commands inherit anyway
    let given = env.into_iter().filter(|entry| entry.as_encoded_bytes().contains(&b'='));
    Ok(Place {
        chdir,
        env: given.map(parse_env).collect::<Result<_, _>>()?,
        tmpdir,
        shell,
        process_slot_var,
        lock_dir,
        keep_fds: keep_fd,
        tty,
        own_stdin: tty,
    })
}

pub(super) fn wrong(message: impl Into<String>) -> Fail {
    Fail::new(status::LOST, message)
}

/// CPUs allowed by affinity and by the cgroup's quota.
pub fn cpus() -> u32 {
    std::thread::available_parallelism().map_or(1, |n| u32::try_from(n.get()).unwrap_or(u32::MAX))
}

fn parse_regex(flag: &str, text: &str) -> Result<Regex, Fail> {
    Regex::new(text).map_err(|e| {
        let why = e.to_string();
        let why = why.lines().last().unwrap_or_default().trim_start_matches("error: ").to_string();
        wrong(format!("{flag} {text}: {why}"))
    })
}

fn parse_env(entry: OsString) -> Result<Vec<u8>, Fail> {
    let bytes = entry.into_vec();
    match bytes.iter().position(|byte| *byte == b'=') {
        Some(at) if at > 0 => Ok(bytes),
        _ => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            Err(wrong(format!("--env {text}: write NAME=VALUE")))
        }
    }
}

fn parse_time(flag: &str, text: &str) -> Result<Seconds, Fail> {
    record::parse_seconds(text).map_err(|e| wrong(format!("{flag} {text}: {e}")))
}

fn parse_size(flag: &str, text: &str) -> Result<usize, Fail> {
    let amount = record::parse_amount(text).map_err(|e| wrong(format!("{flag}: {e}")))?;
    usize::try_from(amount.as_millis() / 1000).map_err(|_| wrong(format!("{flag}: too large")))
}
