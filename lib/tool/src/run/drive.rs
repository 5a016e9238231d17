//! The loop: ask the engine, act, wait once, tell the engine.

use super::ask::Ask;
use super::attempt::Attempt;
use super::ci::report::Reports;
use super::control::TOKEN_CONTROL;
use super::descriptors::Descriptors;
use super::explain::Explained;
use super::feed::{Feed, Next};
use super::guard::Guard;
use super::job::Job;
use super::lanes::Lanes;
use super::live::Live as Progress;
use super::locks::{Asked, LockDesk};
use super::log::{Before, Journal};
use super::machine::TOKEN_STALLS;
use super::output::{Printer, Waits};
use super::oversight::Oversight;
use super::pin::PinDesk;
use super::pipe::{TOKEN_WRITERS, Writers};
use super::room::Room;
use super::settings::Settings;
use super::shell::Programs;
use super::sinks::{SINKS, Sinks, To};
use super::slots::SlotDesk;
use super::start::Start;
use super::strays::Strays;
use super::texts::Texts;
use super::tokens::TokenDesk;
use super::traffic::TrafficDesk;
use super::tuning::Tuning;
use crate::fail::Fail;
use engine::{Action, Cancel, Engine, Input, Key};
use record::{ClockChange, Command, Event, Operation, Seconds};
use regex::bytes::Regex;
use std::collections::HashMap;
use std::ffi::CString;
use std::fs::File;
use std::os::fd::RawFd;
use std::time::Duration;
use sys::clock::Clock;
use sys::lock::{LockError, Who};
use sys::poller::{Poller, Ready, Want};
use sys::signal::{self, Signals};

/// Tokens of the poller: a few fixed ones, then four for each attempt, then locks.
pub const TOKEN_INPUT: usize = 0;
pub const TOKEN_SIGNALS: usize = 1;
pub const TOKEN_SINKS: usize = 2;
/// Files that commands write to have grown.
pub const TOKEN_GROWTH: usize = 15;
/// Another thread has something for the one that waits.
pub const TOKEN_WAKE: usize = usize::MAX;
const AFTER_SINKS: usize = TOKEN_SINKS + SINKS;
pub const TOKEN_POOL: usize = AFTER_SINKS;
/// The terminal that answers.
pub const TOKEN_ANSWER: usize = TOKEN_POOL + 1;
const FIRST_ATTEMPT: usize = 16;
/// Waits for locks have tokens from here up.
pub const FIRST_LOCK: usize = 1 << 40;

/// So much of what was lost is told one by one.
const LOST_SHOWN: usize = 20;

/// A log that waits for room is told of after so long.
const TELL_FULL: Seconds = Seconds::from_secs(1);

/// The token of one descriptor of an attempt: 0 its process, 1 and 2 its output.
pub fn attempt_token(at: usize, which: usize) -> usize {
    FIRST_ATTEMPT + at * 4 + which
}

/// Whose token it is, if it is an attempt's: its place, and which descriptor.
pub fn attempt_of(token: usize) -> Option<(usize, usize)> {
    let number = token.checked_sub(FIRST_ATTEMPT).filter(|_| token < FIRST_LOCK)?;
    Some((number / 4, number % 4))
}

/// Everything that a run has.
pub struct Runner {
    pub settings: Settings,
    /// Operations, not lines.
    pub operations: bool,
    pub clock: Clock,
    pub poller: Poller,
    pub engine: Engine,
    pub feed: Feed,
    pub input_ended: bool,
    /// The run was ended before all of it had been taken.
    pub input_left: bool,
    pub jobs: Vec<Option<Job>>,
    pub free_keys: Vec<Key>,
    pub attempts: Vec<Option<Attempt>>,
    pub free_places: Vec<usize>,
    pub by_key: HashMap<Key, usize>,
    pub guard: Guard,
    pub lanes: Lanes,
    pub strays: Strays,
    pub programs: Programs,
    pub env: Vec<CString>,
    pub shell: CString,
    pub null: File,
    /// Descriptors from 3 up that our parent left open for us.
    pub inherited: Vec<RawFd>,
    pub sinks: Sinks,
    pub printer: Printer,
    pub reports: Reports,
    pub journal: Journal,
    /// Who is asked before each start.
    pub ask: Option<Ask>,
    /// What is made of arguments besides commands.
    pub texts: Texts,
    /// Who runs on which CPUs.
    pub pins: PinDesk,
    /// What was said of those that wait.
    pub explained: Explained,
    /// What an earlier run has done.
    pub before: Before,
    pub locks: LockDesk,
    pub tokens: TokenDesk,
    pub oversight: Oversight,
    /// What is learnt of the jobs while they run.
    pub tuning: Tuning,
    pub slots: SlotDesk,
    pub traffic: TrafficDesk,
    pub patterns: HashMap<String, Regex>,
    /// Status of commands that could not be executed.
    pub spawn_status: HashMap<Key, i32>,
    pub signals: Signals,
    pub stopped_by: Option<i32>,
    /// Signals that asked us to end.
    pub signals_heard: u32,
    /// Lines for standard error, written between two waits.
    pub notes: Vec<String>,
    /// What could not be fully read or written.
    pub lost: Vec<String>,
    /// Commands that failed, for the end.
    pub failures: Vec<String>,
    /// What is not read or written for now.
    pub room: Room,
    /// What the limit of open files makes of the run.
    pub descriptors: Descriptors,
    /// Gives the jobs what they get of a divided input.
    pub writers: Writers,
    /// Where output is read to.
    pub read_buffer: Vec<u8>,
    pub own_rss: u64,
    pub ended_attempts: u64,
    pub progress: Progress,
    /// Operations that succeeded, in the order of their ends, for a rollback.
    pub succeeded: Vec<Operation>,
    /// Name of the run, in its records and in PG_RUN.
    pub run_id: String,
}

/// What a turn of the loop came to.
pub enum Turn {
    Nothing,
    Something,
    /// An attempt is to be started; there may be more to do.
    Start(Start),
    Done,
}

impl Runner {
    /// Feeds what is wanted and does what the engine says.
    pub fn turn(&mut self) -> Result<Turn, Fail> {
        // what an end has printed may have told it: no wait comes between
        self.look_at_reader();
        self.tell_interrupted();
        let held = self.is_held();
        self.look_at_readers();
        if held {
            self.engine.hold();
        } else {
            self.engine.go_on();
        }
        let mut turn = if held { Turn::Nothing } else { self.feed_some()? };
        while let Some(action) = self.engine.poll(self.clock.now()) {
            match action {
                Action::Done => self.room.done = Some(self.signals_heard),
                Action::Spawn { key, attempt, slot, part, last } => {
                    let number = attempt + self.lanes.workers.more_of(key);
                    return Ok(Turn::Start(Start { key, number, slot, part, last }));
                }
                other => self.act(other),
            }
            turn = Turn::Something;
        }
        self.explain();
        // a signal while the last output waits for a reader that stands still
        let is_over = |heard| self.printer.is_idle() || heard != self.signals_heard;
        if self.room.done.is_some_and(is_over) { Ok(Turn::Done) } else { Ok(turn) }
    }

    pub fn job(&self, key: Key) -> Option<&Job> {
        self.jobs.get(key as usize)?.as_ref()
    }

    /// Nothing new is started or read now: a reader stands still, or we are to stop.
    fn is_held(&self) -> bool {
        self.is_congested() || self.lanes.wants_stop()
    }

    /// A reader stands still.
    pub fn is_congested(&self) -> bool {
        self.sinks.is_congested()
    }

    /// Gives the engine jobs while it wants some.
    fn feed_some(&mut self) -> Result<Turn, Fail> {
        let mut turn = Turn::Nothing;
        self.give_blocks();
        self.feed.set_clock(self.clock.now());
        while !self.input_ended
            && !self.is_asking()
            && !self.traffic.waits_for_end()
            && !self.load_is_over()
            && self.engine.wants_input(self.clock.now())
        {
            let next = match self.feed.next(&self.settings.input, &mut self.programs) {
                Ok(next) => next,
                Err(fail) => {
                    // what runs is let end; what was not read is lost
                    self.lose(fail.message);
                    self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Drain));
                    Next::End
                }
            };
            match next {
                Next::Job(_, job) if self.is_done(&job) => self.before.left_out += 1,
                Next::Job(mut spec, mut job) => {
                    self.take_up(&mut spec, &mut job);
                    if let Err(what) = self.admit(&mut spec, &job) {
                        self.lose(what);
                        continue;
                    }
                    let Some((spec, mut job)) = self.ask(spec, job) else { break };
                    self.traffic.enter(&mut job);
                    let key = self.enter(*job);
                    self.tell_barrier(key);
                    self.engine.handle(self.clock.now(), Input::Op(key, spec));
                    turn = Turn::Something;
                    // one at a time: the next is wanted only if this one has started
                    break;
                }
                Next::LeftOut => self.before.left_out += 1,
                Next::Bad(place) => self.lose(place),
                Next::Later => break,
                Next::End => {
                    self.input_ended = true;
                    self.engine.handle(self.clock.now(), Input::EndOfInput);
                    turn = Turn::Something;
                }
            }
        }
        // a run that is ended reads no more, nor does a load whose time is over
        let cancelled = self.engine.is_cancelled();
        if !self.input_ended && (cancelled || self.load_is_over()) {
            self.input_left = cancelled && (self.stopped_by.is_some() || self.has_more_input());
            self.input_ended = true;
            self.engine.handle(self.clock.now(), Input::EndOfInput);
            turn = Turn::Something;
        }
        Ok(turn)
    }

    /// There is a job that will not be run, or somebody may still write one.
    fn has_more_input(&mut self) -> bool {
        loop {
            match self.feed.next(&self.settings.input, &mut self.programs) {
                Ok(Next::Job(_, job)) if self.is_done(&job) => {}
                Ok(Next::LeftOut) => {}
                Ok(Next::End) => return false,
                _ => return true,
            }
        }
    }

    /// An earlier run has done it.
    fn is_done(&self, job: &Job) -> bool {
        self.texts.is_done(job, (&self.before, &self.feed))
    }

    /// A key for a job; those of lines that have ended are used again.
    pub fn enter(&mut self, job: Job) -> Key {
        if !job.op.as_ref().is_some_and(|op| op.barrier) {
            self.printer.enter(job.seq);
            self.progress.entered += 1;
        }
        match self.free_keys.pop() {
            Some(key) => {
                self.jobs[key as usize] = Some(job);
                key
            }
            None => {
                self.jobs.push(Some(job));
                (self.jobs.len() - 1) as Key
            }
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Signal(key, number) => self.signal(key, number),
            Action::Look => {
                let machine = self.oversight.machine.look_beside(self.guard.pid());
                self.engine.handle(self.clock.now(), Input::Machine(machine));
            }
            Action::Unfit { slot, reason } => self.tell_unfit(slot, &reason),
            Action::Observe(key) => self.observe(key),
            Action::Found(found) => self.tell_found(found),
            Action::Silent { key, silent } => self.tell_silent(key, silent),
            Action::CloseOutput(key) => self.close_output(key),
            Action::Abandon(key) => self.abandon(key),
            Action::TakeLocks(key) => self.take_locks(key),
            Action::CancelLocks(key) | Action::DropLocks(key) => {
                let now = self.clock.now();
                let told = self.locks.give_back(key, (now, &self.poller));
                self.tell_locks(told);
            }
            Action::TakeToken => self.take_token(),
            Action::GiveToken => self.give_token(),
            Action::End(ended) => {
                self.end(ended);
                self.look_at_jobs_file();
            }
            Action::Retry { key, attempt, delay, reason, mode } => {
                self.retry(key, (attempt, delay, reason), mode)
            }
            Action::Throttled { from, to, reason, .. } => self.tell_throttled((from, to), reason),
            Action::Replanned { reason, left, before, after } => {
                self.tell_replanned(reason, left, (before, after));
            }
            Action::Skip { key, result, reason } => self.skip(key, (result, reason)),
            // the loop itself does these
            Action::Spawn { .. } | Action::Done => {}
        }
    }

    fn take_locks(&mut self, key: Key) {
        let Some(job) = self.jobs.get(key as usize).and_then(Option::as_ref) else { return };
        let cmd = self.settings.log.redact.command(&job.as_read());
        let who = Who { id: job.id.clone(), cmd: Some(cmd) };
        let now = self.clock.now();
        let asked = self.locks.ask(key, (who, job.locks()), (now, &self.poller));
        self.tell_locks(vec![(key, asked)]);
    }

    fn tell_locks(&mut self, told: Vec<(Key, Result<Asked, LockError>)>) {
        for (key, asked) in told {
            let now = self.clock.now();
            self.engine.handle(
                now,
                match asked {
                    Ok(Asked::Taken) => Input::LocksTaken(key),
                    Ok(Asked::Waiting(name)) => Input::LocksWait(key, name),
                    Err(error) => Input::LocksFailed(key, error.to_string()),
                },
            );
        }
        let clock = self.clock;
        for mut event in std::mem::take(&mut self.locks.events) {
            super::end::set_wall(&mut event, &clock);
            self.journal.add(&event);
        }
    }

    /// How long to wait at most: `Some(None)` is for ever, `None` not at all, since an
    /// input that cannot be watched is wanted.
    pub fn timeout(&mut self) -> Option<Option<Duration>> {
        if !self.room.again.is_empty() {
            return Some(Some(Duration::ZERO));
        }
        // before it is asked for input: what becomes due meanwhile is no reason to wait
        let deadline = self.engine.deadline();
        let held = self.is_held();
        let live = if held { None } else { self.progress.due() };
        // an input that waits to be read is watched only while it is wanted
        let now = self.clock.now();
        let may_read = !self.input_ended && !held && !self.is_asking();
        let wanted = may_read && self.engine.wants_input(now);
        let ahead = !held && self.reads_ahead();
        if (wanted || ahead)
            && let Some(reader) = self.feed.reader().filter(|reader| !reader.ended)
        {
            if !reader.is_watched() {
                return None;
            }
            // one input after the other may be read
            let watched = self.poller.again(reader, TOKEN_INPUT, Want::Read);
            let watched = watched.or_else(|_| self.poller.add(reader, TOKEN_INPUT, Want::Read));
            if watched.is_err() {
                self.hear_later(TOKEN_INPUT);
            }
        }
        if let Some(token) = self.sinks.unwatched() {
            self.hear_later(token);
        }
        self.tokens.attend(&self.engine, &self.poller);
        let batch = if wanted { self.feed.due() } else { None };
        let deadlines = [
            batch,
            deadline,
            self.guard.due(),
            self.oversight.duty.due(),
            self.strays_due(),
            self.watch_due(),
            self.printer.direct.due,
            self.room.look_for_room,
            self.room.hear_due,
            self.adapt_due(),
            self.share_due(),
            self.workers_due(),
            live,
        ];
        let next = deadlines.into_iter().flatten().min();
        Some(next.map(|at| self.clock.until(at)))
    }

    /// One descriptor is ready.
    pub fn hear(&mut self, ready: Ready) {
        match ready.token {
            TOKEN_INPUT => {
                if let Some(reader) = self.feed.reader() {
                    reader.readable = true;
                }
            }
            TOKEN_ANSWER => self.hear_answer(),
            TOKEN_SIGNALS => {
                for caught in self.signals.drain() {
                    self.caught(caught);
                }
            }
            token @ TOKEN_SINKS..AFTER_SINKS => self.sinks.continue_writing(&self.poller, token),
            TOKEN_WAKE => {}
            TOKEN_GROWTH => self.note_growth(),
            TOKEN_POOL => self.engine.handle(self.clock.now(), Input::TokenReady),
            token if token >= TOKEN_CONTROL => self.hear_control(token),
            TOKEN_STALLS => self.memory_is_short(),
            token if token >= TOKEN_WRITERS => self.writers.ready(token, &self.poller),
            token if token >= FIRST_LOCK => {
                let now = self.clock.now();
                let told = self.locks.ready(token, (now, &self.poller));
                self.tell_locks(told);
            }
            token => {
                let (at, which) = ((token - FIRST_ATTEMPT) / 4, (token - FIRST_ATTEMPT) % 4);
                self.hear_attempt(at, which);
            }
        }
    }

    /// Nobody reads any more: ends what runs, to die of SIGPIPE as others do.
    pub fn look_at_reader(&mut self) {
        if self.sinks.reader_has_gone() && self.stopped_by.is_none() {
            self.stopped_by = Some(signal::SIGPIPE);
            self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Stop));
        }
    }

    /// What is done after each wait, whatever was heard.
    pub fn after_wait(&mut self) {
        self.note_sleep();
        self.guard.look(self.clock.now());
        self.keep_duty();
        self.look_at_share();
        self.adapt_to_machine();
        self.look_for_strays();
        self.look_at_workers();
        self.watch_what_is_due();
        self.hear_unwatched();
        self.look_at_growth();
        self.read_on();
    }

    /// The machine has slept meanwhile: nothing of it counts, and it is told.
    fn note_sleep(&mut self) {
        let Some(slept) = self.clock.slept() else { return };
        let whole = Duration::from_secs_f64(slept.as_f64().round());
        self.notes.push(format!(
            "the machine slept for {}: no timeout counts it",
            humantime::format_duration(whole)
        ));
        let time = self.clock.wall(self.clock.now());
        let event = ClockChange { time, asleep_s: slept, ..ClockChange::default() };
        self.journal.add(&Event::ClockChange(event));
    }

    /// Something could not be fully read or written: said at once, and once, and the
    /// status is 255.
    pub fn lose(&mut self, what: String) {
        if self.lost.contains(&what) {
            return;
        }
        if self.settings.log.strict && !self.engine.is_cancelled() {
            self.engine.handle(self.clock.now(), Input::Cancel(Cancel::Drain));
        }
        if self.lost.len() >= LOST_SHOWN {
            self.room.more_lost += 1;
            return;
        }
        self.notes.push(what.clone());
        self.lost.push(what);
    }

    /// How much else was lost, said at the end.
    pub fn lose_the_rest(&mut self) {
        let more = std::mem::take(&mut self.room.more_lost);
        if more > 0 {
            let what = format!("{more} more could not be read or written in full");
            self.notes.push(what.clone());
            self.lost.push(what);
        }
    }

    /// What outputs and logs could not take.
    pub fn hear_losses(&mut self) {
        self.tell_full();
        self.notes.extend(self.printer.budget.note.take());
        let mut failures = self.sinks.take_failures();
        failures.extend(self.journal.flush_kept().err());
        failures.append(&mut self.printer.lost);
        for failure in failures {
            self.lose(failure);
        }
    }

    /// Files on full disks: told when they have waited for a moment. What is still not
    /// written at the end is lost, and told then.
    fn tell_full(&mut self) {
        let mut full = self.sinks.waiting().chain(self.printer.waiting_logs()).peekable();
        if full.peek().is_none() {
            self.room.full_since = None;
            return;
        }
        let now = self.clock.now();
        if self.settings.log.strict && !self.engine.is_cancelled() {
            self.notes.extend(full.map(Waits::tell));
            self.engine.handle(now, Input::Cancel(Cancel::Drain));
        } else if now - *self.room.full_since.get_or_insert(now) >= TELL_FULL {
            self.notes.extend(full.map(Waits::tell));
        }
    }

    /// Writes records and notes before the loop waits.
    pub fn write_out(&mut self) {
        self.journal.flush(&mut self.sinks, &self.poller);
        self.notes.extend(self.journal.take_remark());
        self.hear_losses();
        let notes = std::mem::take(&mut self.notes);
        if !notes.is_empty() {
            let name = self.settings.called.name();
            let (dress, redact) = (&self.printer.dress, &self.settings.log.redact);
            let lines = notes.into_iter().map(|note| {
                format!(
                    "{name}: {}
",
                    dress.note(&redact.line(note))
                )
            });
            let text: String = lines.collect();
            self.sinks.write_lines(&self.poller, To::Err, text.as_bytes());
        }
        self.show_live();
    }
}

/// A command as it can be pasted into a shell.
pub fn pasteable(cmd: &Command) -> String {
    match cmd {
        Command::Shell(text) => text.lossy().into_owned(),
        Command::Argv(argv) => {
            let words: Vec<String> = argv.iter().map(|word| word.lossy().into_owned()).collect();
            shlex::try_join(words.iter().map(String::as_str)).unwrap_or_else(|_| cmd.display())
        }
    }
}
