//! Starting an attempt: its command, files, descriptors and environment.

use super::attempt::{Attempt, Leaked, PrivateDir, Wait};
use super::batch::PerItem;
use super::capture::Tail;
use super::drive::{Runner, attempt_token};
use super::job::{Paths, command, with_paths};
use super::lanes::Late;
use super::launch::{Launch, NotBegun, Streams};
use super::matcher::Matcher;
use super::outputs::Outputs;
use super::pipe::Way;
use super::settings::Grouping;
use super::sinks::To;
use super::template::Values;
use super::warm::Begun;
use super::xargs::{self, Before, Stdin};
use engine::{Input, Key, Part, SpawnFailure};
use record::{Bytes, Command, Seconds};
use regex::bytes::Regex;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString};
use std::fs::File;
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;
use sys::fd;
use sys::growth::Growing;
use sys::spawn::{Argv, SpawnError};
use sys::wait::Child;

/// What the engine said about a start.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    pub key: Key,
    pub number: u32,
    pub slot: u32,
    pub part: Part,
    pub last: bool,
}

/// A command and what it is given, before it has a place among those that run.
pub(super) struct Made {
    pub dir: Option<PrivateDir>,
    pub cwd: Option<CString>,
    pub outputs: Option<Outputs>,
    pub cmd: Arc<Command>,
    pub argv: Argv,
    pub stdin: Option<File>,
    /// Descriptors: ours, the command's.
    pub fds: Vec<(RawFd, RawFd)>,
    pub own_env: Vec<CString>,
    /// What its standard output is instead of a pipe.
    pub direct: Option<(Growing, OwnedFd)>,
    pub streams: Streams,
}

/// Why an attempt did not begin.
pub(super) type Refusal = SpawnFailure;

pub(super) fn never(reason: impl Into<String>) -> Refusal {
    SpawnFailure::Never(reason.into(), 126)
}

impl Runner {
    /// Makes everything ready for a start; a failure goes back to the engine.
    pub fn prepare(&mut self, start: Start) -> Option<Launch> {
        if self.engine.running() == 1 {
            self.tokens.repair();
        }
        if self.settings.xargs.is_none() && !self.guard.is_settled() {
            let plan = self.operations && self.jobs.len() > 1;
            let confines = self.guard.confines();
            if self.guard.is_due() || plan || confines || self.feed.has_more_at_hand() {
                self.guard.call();
            }
        }
        let prepared = match self.hand_over(start) {
            Ok(true) => return None,
            Ok(false) => self.try_prepare(start),
            Err(refusal) => Err(refusal),
        };
        match prepared {
            Ok(launch) => {
                self.echo_ahead(start);
                Some(launch)
            }
            Err(refusal) => {
                self.refuse(start.key, refusal);
                None
            }
        }
    }

    fn refuse(&mut self, key: Key, refusal: Refusal) {
        if let SpawnFailure::Never(_, status) = &refusal {
            self.spawn_status.insert(key, i32::from(*status));
        }
        let now = self.clock.now();
        let lack = match &refusal {
            SpawnFailure::Lack(reason) => Some(reason.clone()),
            SpawnFailure::Never(..) => None,
        };
        self.engine.handle(now, Input::SpawnFailed(key, refusal));
        if let Some(reason) = lack {
            self.bear_lack(now, &reason);
        }
    }

    fn try_prepare(&mut self, start: Start) -> Result<Launch, Refusal> {
        let begun = self.clock.now();
        let made = match start.part {
            Part::SetUp => self.set_up_of(start)?,
            Part::Check | Part::Main => self.made_of(start)?,
        };
        let Made { dir, cwd, outputs, cmd, argv, stdin, fds, own_env, direct, streams } = made;
        let overrides = self.overrides(start.key);
        let program = self.programs.candidates(argv.name()).to_vec();
        let place = self.take_place();
        let env = self.lanes.environment(&self.env);
        let groups = self.guard.groups();
        let log = self.own_record(start, (begun, &cmd));
        let begun_as = self.to_begin((&cmd, &fds), &own_env);
        Ok(Launch {
            start,
            begun,
            cmd,
            argv,
            program,
            env,
            own_env,
            overrides,
            cwd,
            streams,
            direct,
            pipes: [None, None],
            fds,
            _stdin: stdin,
            dir,
            outputs,
            place,
            groups,
            cgroup: self.guard.cgroup(),
            unwatched: false,
            nice: self.settings.control.nice,
            cpus: self.pins.take(place),
            open_files: self.descriptors.of_commands,
            tied: self.settings.xargs.is_none(),
            log,
            begun_as,
        })
    }

    /// What is started of an operation.
    fn made_of(&mut self, start: Start) -> Result<Made, Refusal> {
        let dir = self.private_dir(start)?;
        let cwd = self.folder_of(start, dir.as_ref())?;
        let outputs = match start.part {
            Part::Main => self.outputs_of(start, cwd.as_ref()).map_err(never)?,
            Part::SetUp | Part::Check => None,
        };
        let cmd = self.command_of(start, dir.as_ref(), outputs.as_ref())?;
        let argv = match self.words_of(start.key) {
            Some(words) => words,
            None => self.argv(&cmd)?,
        };
        let stdin = self.stdin_of(start.key)?;
        let default = if self.settings.place.own_stdin { 0 } else { self.null.as_raw_fd() };
        let mut fds = vec![(stdin.as_ref().map_or(default, File::as_raw_fd), 0)];
        fds.extend(
            self.traffic.nowhere().iter().flat_map(|file| [1, 2].map(|fd| (file.as_raw_fd(), fd))),
        );
        let (lock_fds, token) = self.locks.inherited(start.key);
        let named = named_descriptors(&argv, &self.inherited);
        let given = self.settings.place.keep_fds.iter().chain(self.tokens.inherited());
        let kept = lock_fds.iter().chain(given).chain(&named);
        fds.extend(kept.map(|fd| (*fd, *fd)));
        let mut own_env = self.environment(start, token);
        own_env.extend(outputs.iter().flat_map(Outputs::environment));
        let direct = self.direct_output(start, &argv);
        let streams = self.streams();
        Ok(Made { dir, cwd, outputs, cmd, argv, stdin, fds, own_env, direct, streams })
    }

    /// A place in the table of attempts, and in that of groups.
    pub fn take_place(&mut self) -> usize {
        self.free_places.pop().unwrap_or_else(|| {
            self.attempts.push(None);
            self.attempts.len() - 1
        })
    }

    /// Nobody is in a place any more.
    pub fn give_place(&mut self, place: usize) {
        self.guard.clear(place);
        self.free_places.push(place);
    }

    /// A command was started, or could not be.
    pub fn launched(&mut self, launch: Launch, child: Result<Child, NotBegun>, lane: usize) {
        let key = launch.start.key;
        let kept = self.lanes.end_start(key);
        let child = match child {
            Ok(child) => child,
            Err(error) => {
                self.pins.give(launch.place);
                self.give_place(launch.place);
                let refusal = match error {
                    NotBegun::NoPipe(e) => SpawnFailure::Lack(crate::fail::reason(&e)),
                    NotBegun::Spawn(SpawnError::Note(e)) => {
                        if let Some((log, _)) = &launch.log {
                            self.lose(log.failure(&e));
                        }
                        SpawnFailure::Lack(format!("--log: {}", crate::fail::reason(&e)))
                    }
                    NotBegun::Spawn(e) => refusal_of(&launch.argv, launch.cwd.as_deref(), &e),
                };
                self.keep_words(key, launch.argv);
                return self.refuse(key, refusal);
            }
        };
        self.room.lack = None;
        let quota = self.confine(child.pid);
        let started = self.clock.now();
        let begun = launch.begun;
        let place = launch.place;
        let mut attempt = self.attempt(launch.start, (child, launch.cmd), (begun, started - begun));
        attempt.written.growing = launch.direct.map(|(file, _)| file);
        attempt.pipes = launch.pipes;
        attempt._dir = launch.dir;
        attempt.outputs = launch.outputs;
        attempt.quota = quota;
        attempt.lane = lane;
        attempt.unwatched = launch.unwatched;
        attempt.begun_as = launch.begun_as;
        self.count_start(&attempt);
        if launch.unwatched {
            self.hear_later(attempt_token(place, 0));
        }
        self.watch(attempt, place);
        for late in kept {
            match late {
                Late::Signal(number) => self.signal(key, number),
                Late::Abandon => self.abandon(key),
            }
        }
        if self.progress.is_on() {
            let tag = self.job(key).map(|job| job.tag()).unwrap_or_default();
            self.progress.current = self.settings.log.redact.text(&tag).into_owned();
        }
    }

    pub(super) fn attempt(
        &mut self,
        start: Start,
        (child, cmd): (Child, Arc<Command>),
        (begun, spawn): (Seconds, Seconds),
    ) -> Attempt {
        Attempt {
            key: start.key,
            seq: self.job(start.key).map_or(0, |job| job.seq),
            number: start.number,
            slot: start.slot,
            part: start.part,
            last: start.last,
            child,
            cmd,
            start: begun,
            start_wall: self.clock.wall(begun),
            spawn,
            lane: 0,
            start_number: 0,
            watched: false,
            pipes: [None, None],
            to: self.targets(),
            exited: None,
            unwatched: false,
            drained: false,
            quota: None,
            oom: false,
            alone: false,
            told: None,
            over_told: false,
            leaked: Leaked::default(),
            out_bytes: [0; 2],
            written: self.written_of(start),
            tail: Tail::default(),
            matcher: self.matcher_of(start),
            _dir: None,
            outputs: None,
            log: self.log_of(start),
            closing: false,
            wait: Wait::default(),
            begun_as: Begun::Plainly,
            task: None,
            said: Vec::new(),
        }
    }

    /// Enters an attempt into the table and watches it.
    pub(super) fn watch(&mut self, mut attempt: Attempt, at: usize) {
        let now = self.clock.now();
        if self.settings.xargs.is_none() {
            self.guard.started(now);
            self.strays.enter(attempt.child.pid);
        }
        if attempt.unwatched {
            self.hear_ends();
        }
        if self.locks.has(attempt.key) {
            let cmd = self.settings.log.redact.command(&attempt.cmd);
            self.locks.record(attempt.key, cmd, attempt.child.pid);
        }
        self.adapt_to_start(&attempt);
        attempt.start_number = self.lanes.enter(attempt.lane);
        if self.lanes.may_watch_later() && attempt.pipes.iter().any(Option::is_some) {
            self.lanes.watch_later(now, (at, attempt.start_number));
        } else {
            self.watch_pipes(&mut attempt, at);
        }
        if let Some(check) = self.by_key.insert(attempt.key, at) {
            // its check, which said that there is something to do
            self.forget_attempt(check);
        }
        self.echo(&mut attempt);
        self.tell_start(&attempt);
        self.attempts[at] = Some(attempt);
    }

    pub(super) fn private_dir(&self, start: Start) -> Result<Option<PrivateDir>, Refusal> {
        let Some(job) = self.job(start.key) else { return Ok(None) };
        let none = BTreeMap::new();
        let files = job.op.as_ref().map_or(&none, |op| &op.files);
        if files.is_empty() && !self.texts.has_own_folders() {
            return Ok(None);
        }
        let place = (job.seq, start.number * 2 + u32::from(start.part == Part::Check));
        PrivateDir::new((&self.settings.place.tmpdir(), place), files)
            .map(Some)
            .map_err(|e| never(format!("its files: {}", crate::fail::reason(&e))))
    }

    pub(super) fn command_of(
        &mut self,
        start: Start,
        dir: Option<&PrivateDir>,
        outputs: Option<&Outputs>,
    ) -> Result<Arc<Command>, Refusal> {
        let Some(job) = self.jobs.get(start.key as usize).and_then(Option::as_ref) else {
            return Err(never("it is not known"));
        };
        let arguments = self.feed.arguments();
        if let Some(arguments) = arguments.filter(|arguments| arguments.template.is_late()) {
            let names = outputs.map_or(&[][..], |outputs| &outputs.names);
            let values = Values { outputs: names, ..arguments.values(job, start.slot) };
            let rendered = arguments.template.render(values, &mut self.programs);
            return Ok(Arc::new(command(rendered)));
        }
        let check = job.op.as_ref().and_then(|op| op.check.as_ref());
        let cmd = match (start.part, check) {
            (Part::Check, Some(check)) => Arc::new(check.clone()),
            _ => Arc::clone(&job.cmd),
        };
        let none = BTreeMap::new();
        let files = dir.map_or(&none, |dir| &dir.files);
        // a check looks where they are to be
        let places = if outputs.is_none() { self.places_of(start) } else { Vec::new() };
        let outputs = outputs.map_or(&places, |outputs| &outputs.names);
        if files.is_empty() && (outputs.is_empty() || job.op.is_none()) {
            return Ok(cmd);
        }
        Ok(Arc::new(with_paths(&cmd, Paths { files, outputs })))
    }

    pub(super) fn argv(&self, cmd: &Command) -> Result<Argv, Refusal> {
        let argv = match cmd {
            Command::Argv(argv) => Argv::new(argv.iter().map(|word| word.0.as_slice())),
            Command::Shell(Bytes(text)) => Argv::new([self.shell.to_bytes(), b"-c", text]),
        };
        argv.ok_or_else(|| {
            never("a NUL byte stands in its command; if NUL ends the arguments, say -0")
        })
    }

    /// The words of an xargs command; `None` for any other. They are needed once.
    fn words_of(&mut self, key: Key) -> Option<Argv> {
        let words = self.jobs.get_mut(key as usize)?.as_mut()?.words.take()?;
        if self.settings.xargs.as_ref().is_some_and(|xargs| xargs.before == Before::Print) {
            let mut line = xargs::trace(&words);
            line.push(b'\n');
            self.sinks.write_lines(&self.poller, To::Err, &line);
        }
        Some(words)
    }

    /// It could not be started now: the words are needed once more.
    fn keep_words(&mut self, key: Key, words: Argv) {
        if self.settings.xargs.is_some()
            && let Some(Some(job)) = self.jobs.get_mut(key as usize)
        {
            job.words = Some(words);
        }
    }

    /// Which of a command's descriptors are pipes to us.
    pub fn streams(&self) -> Streams {
        match self.settings.output.grouping {
            _ if self.traffic.nowhere().is_some() => Streams::Nowhere,
            // the events of operations may stand on standard output
            Grouping::None if self.operations => Streams::Error,
            Grouping::None => Streams::Ours,
            // what goes to one place has one pipe, so that its order is kept
            _ if self.operations || self.printer.dress.ci().is_some() => Streams::Joined,
            _ => Streams::Apart,
        }
    }

    fn stdin_of(&mut self, key: Key) -> Result<Option<File>, Refusal> {
        let lack = |e: std::io::Error| SpawnFailure::Lack(crate::fail::reason(&e));
        if let Some(block) = self.job(key).and_then(|job| job.block.clone()) {
            let begun = self.writers.begin(key, &block, &self.poller);
            // a full disk does not become empty while nothing runs
            return begun.map_err(|e| match block.way {
                Way::File(_) => never(format!("its file (--tmpdir): {}", crate::fail::reason(&e))),
                Way::Stdin | Way::Fifo(_) => lack(e),
            });
        }
        if self.settings.xargs.as_ref().is_some_and(|xargs| xargs.stdin == Stdin::Terminal) {
            return xargs::terminal().map(Some).map_err(|fail| never(fail.message));
        }
        let op = self.job(key).and_then(|job| job.op.as_ref());
        let Some(content) = op.and_then(|op| op.stdin.as_ref()) else { return Ok(None) };
        fd::memory_file(content).map(Some).map_err(lack)
    }

    pub(super) fn folder_of(
        &mut self,
        start: Start,
        dir: Option<&PrivateDir>,
    ) -> Result<Option<CString>, Refusal> {
        let place = self.place_of(start).map_err(|e| never(format!("working folder: {e}")))?;
        let private = dir.filter(|_| self.texts.has_own_folders()).map(|dir| dir.path.clone());
        let run = self.settings.log.run_dir.clone().or(private).or(place);
        let own =
            self.job(start.key).and_then(|job| job.op.as_ref()).and_then(|op| op.cwd.as_ref());
        let path = match (own, run) {
            (Some(own), Some(run)) => run.join(std::ffi::OsStr::from_bytes(own)),
            (Some(own), None) => std::ffi::OsStr::from_bytes(own).into(),
            (None, Some(run)) => run,
            (None, None) => return Ok(None),
        };
        CString::new(path.as_os_str().as_bytes())
            .map(Some)
            .map_err(|_| never("a NUL byte stands in its working folder"))
    }

    fn matcher_of(&mut self, start: Start) -> Matcher {
        if start.part != Part::Main {
            // the patterns speak of the operation's own output
            return Matcher::default();
        }
        let (mut fail_if, mut ok_if) =
            (self.settings.control.fail_if.clone(), self.settings.control.ok_if.clone());
        if let Some(op) =
            self.jobs.get(start.key as usize).and_then(Option::as_ref).and_then(|j| j.op.as_ref())
        {
            // they were checked when the operation was read
            fail_if = self.patterns.get(&op.fail_if).cloned().or(fail_if);
            ok_if = self.patterns.get(&op.ok_if).cloned().or(ok_if);
        }
        let retry_after = self.settings.admission.retry_after.clone();
        let mut matcher = Matcher::new(fail_if, ok_if).listening(retry_after);
        if let (Some(how), Some(job)) = (self.settings.batches.results, self.job(start.key)) {
            matcher.per_item = Some(PerItem::new(how, job.args.clone()));
        }
        matcher
    }

    /// Where the streams of commands are printed.
    pub fn targets(&self) -> [To; 2] {
        // records have standard output for themselves
        let records = self.operations || self.settings.traffic.json;
        match (records, self.printer.dress.ci()) {
            (true, _) => [To::Err, To::Err],
            (false, Some(_)) => [To::Out, To::Out],
            (false, None) => [To::Out, To::Err],
        }
    }

    /// The file in the run's folder that keeps an operation's output.
    fn log_of(&mut self, start: Start) -> Option<File> {
        let folder = self.settings.log.run_dir.as_ref().filter(|_| start.part != Part::SetUp)?;
        let folder = folder.join("artifacts/logs");
        let id = self.job(start.key).map(|job| sys::file_name::of_id(&job.id))?;
        let path = folder.join(format!("{id}.log"));
        match File::create(&path) {
            Ok(file) => Some(file),
            Err(error) => {
                let reason = crate::fail::reason(&error);
                self.lose(format!("{}: {reason}; the output of {id} is not kept", path.display()));
                None
            }
        }
    }

    /// Remembers a pattern of an operation.
    ///
    /// # Errors
    /// It is no regular expression.
    pub fn learn_pattern(&mut self, field: &str, pattern: &str) -> Result<(), String> {
        if !pattern.is_empty() && !self.patterns.contains_key(pattern) {
            let regex = Regex::new(pattern).map_err(|e| {
                let text = e.to_string();
                let why = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
                format!("\"{field}\": {pattern}: {why}")
            })?;
            self.patterns.insert(pattern.to_string(), regex);
        }
        Ok(())
    }

    /// Time zero of the run's records.
    pub fn wall(&self, at: Seconds) -> Seconds {
        self.clock.wall(at)
    }
}

/// Descriptors that a command names as `/dev/fd/N` or `/proc/self/fd/N`, of those
/// that we were given: `pgrun cat ::: <(echo x)`.
fn named_descriptors(argv: &Argv, given: &[RawFd]) -> Vec<RawFd> {
    let mut named: Vec<RawFd> = Vec::new();
    if !given.is_empty() {
        for place in [&b"/dev/fd/"[..], b"/proc/self/fd/"] {
            for word in argv.words().map(CStr::to_bytes) {
                let ends = (place.len()..=word.len()).filter(|at| word[..*at].ends_with(place));
                named.extend(ends.filter_map(|at| leading_number(&word[at..])));
            }
        }
    }
    named.retain(|fd| given.contains(fd));
    named
}

fn leading_number(text: &[u8]) -> Option<RawFd> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}

pub(super) fn refusal_of(argv: &Argv, cwd: Option<&CStr>, error: &SpawnError) -> Refusal {
    let name = String::from_utf8_lossy(argv.name());
    match error {
        SpawnError::Clone(e) if sys::spawn::is_lack(e) => {
            SpawnFailure::Lack(crate::fail::reason(e))
        }
        SpawnError::Clone(e) => never(format!("no process: {}", crate::fail::reason(e))),
        SpawnError::Exec(e) if e.kind() == std::io::ErrorKind::NotFound => {
            SpawnFailure::Never(format!("{name}: not found"), error.shell_status())
        }
        SpawnError::Exec(e) if e.kind() == std::io::ErrorKind::ArgumentListTooLong => {
            let longest = argv.words().map(CStr::count_bytes).max().unwrap_or(0);
            let what = if longest >= super::feed::LONGEST {
                format!("{name}: one of its words has {longest} bytes, more than the kernel takes")
            } else {
                format!("{name}: its words and the environment are more than the kernel takes")
            };
            SpawnFailure::Never(what, error.shell_status())
        }
        SpawnError::Exec(e) => {
            SpawnFailure::Never(format!("{name}: {}", crate::fail::reason(e)), error.shell_status())
        }
        SpawnError::Folder(e) => {
            let folder = cwd.unwrap_or_default().to_string_lossy();
            never(format!("working folder {folder}: {}", crate::fail::reason(e)))
        }
        SpawnError::Note(e) | SpawnError::Descriptor(e) => {
            never(format!("descriptor: {}", crate::fail::reason(e)))
        }
    }
}
