//! How attempts end: output to its end, strays, the decision, its records.

use super::args::EventOutput;
use super::attempt::Attempt;
use super::drive::{Runner, attempt_token, pasteable};
use super::lanes::Late;
use super::output::{Piece, Written};
use super::room::STOPPED;
use super::settings::Grouping;
use super::sinks::To;
use crate::joblog::Row;
use engine::{Ended, Input, Key, Part};
use record::{Bytes, Event, Nullable, OpEnd, OpRetry, OpSkip, Outcome, Seconds};
use std::io::Write as _;
use std::os::fd::OwnedFd;
use sys::clock::Clock;
use sys::signal::{SIGTTIN, SIGTTOU};
use sys::wait::{self, Ending};

/// Most that one read takes.
pub const READ_BYTES: usize = 64 << 10;

/// So often an attempt's output is read before others have their turn.
const READS_IN_A_ROW: u32 = 16;

/// Our own peak is asked for so often: it grows slowly.
const OWN_RSS_EVERY: u64 = 256;

/// Failed commands that are repeated at the end.
const FAILURES_SHOWN: usize = 20;

/// Whether a pipe may hold more than was read.
#[derive(PartialEq, Eq)]
enum More {
    Perhaps,
    NotNow,
    /// Nobody takes what is read.
    Waits,
}

impl Runner {
    /// A descriptor of an attempt is ready: 0 its process, 1 and 2 its output.
    pub fn hear_attempt(&mut self, at: usize, which: usize) {
        // the attempt may have gone in the same round, or be a check that is over
        let Some(slot) = self.attempts.get_mut(at) else { return };
        let Some(mut attempt) = slot.take_if(|attempt| !attempt.is_over()) else { return };
        match which {
            0 => self.reap(&mut attempt, at),
            STOPPED => self.let_go_on(&mut attempt, at),
            _ if attempt.task.is_some() => self.hear_worker(&mut attempt, at),
            _ => self.read_pipe(&mut attempt, at, which - 1),
        }
        self.settle(attempt, at);
    }

    /// Puts an attempt back into the table, or tells the engine that it is over.
    pub fn settle(&mut self, mut attempt: Attempt, at: usize) {
        let now = self.clock.now();
        let over = attempt.is_over() && !attempt.over_told;
        attempt.over_told |= over;
        if over {
            self.hear_rest(&mut attempt);
            if let Some(growing) = &mut attempt.written.growing {
                attempt.out_bytes[0] += growing.written();
                self.printer.direct.leave(growing);
            }
            self.printer.direct.note(attempt.out_bytes[0]);
        }
        let key = attempt.key;
        let verdict = if over { self.verdict(&mut attempt) } else { None };
        if over {
            self.judge_memory(now, &mut attempt);
            self.tell_work(now, &attempt);
        }
        let later = attempt.matcher.later();
        self.attempts[at] = Some(attempt);
        if let Some(later) = later.filter(|_| over) {
            self.engine.handle(now, Input::RetryAfter(key, later));
        }
        if over {
            self.engine.handle(now, Input::Over(key, verdict));
        }
    }

    /// What makes a success of an attempt that is over a failure; if nothing does, what it
    /// has made is put in its place.
    fn verdict(&self, attempt: &mut Attempt) -> Option<String> {
        let verdict = attempt.matcher.verdict();
        let ended_well = matches!(attempt.exited, Some((Ending::Exit(0), ..)));
        let outputs = attempt
            .outputs
            .as_ref()
            .filter(|_| ended_well && verdict.is_none() && self.engine.may_succeed(attempt.key));
        verdict.or_else(|| outputs?.put(self.settings.log.sync).err())
    }

    /// The leader has ended, perhaps.
    fn reap(&mut self, attempt: &mut Attempt, at: usize) {
        if attempt.exited.is_some() || self.worker_goes_on(attempt, at) {
            return;
        }
        let (ending, usage) = match attempt.child.try_wait() {
            Ok(Some(ended)) => ended,
            Ok(None) => return,
            Err(_) => (Ending::Exit(255), wait::Usage::default()),
        };
        let now = self.clock.now();
        attempt.exited = Some((ending, usage, now));
        self.lanes.note_end(attempt.start, now);
        self.read_pipes(attempt, at);
        // somebody else may have them still
        self.watch_pipes(attempt, at);
        if self.settings.xargs.is_some() {
            // xargs looks after nobody
            attempt.alone = true;
        } else {
            self.strays.leader_ended(attempt.child.pid, at);
        }
        let ended = match ending {
            Ending::Exit(status) => engine::Ending::Exit(status),
            Ending::Signal(number) => engine::Ending::Signal(number),
        };
        self.engine.handle(now, Input::Exited(attempt.key, ended));
    }

    /// A child has been stopped: one that wants the terminal waits for ever, since
    /// its group is in the background.
    pub fn look_for_stopped(&mut self) {
        let now = self.clock.now();
        for attempt in self.attempts.iter().flatten() {
            let stopped = attempt.exited.is_none().then(|| attempt.child.stopped_by()).flatten();
            if !matches!(stopped, Some(SIGTTIN | SIGTTOU)) {
                continue;
            }
            let id = self.jobs[attempt.key as usize].as_ref().map_or("", |job| job.id.as_str());
            self.notes.push(format!(
                "{id}: wants the terminal, which commands run in parallel do not have; \
                 give it its input with \"stdin\", or run it outside of pgrun"
            ));
            let reason = "it wants the terminal".to_string();
            self.engine.handle(now, Input::Fail(attempt.key, reason));
        }
    }

    /// Reads an attempt's output of both streams.
    pub fn read_pipes(&mut self, attempt: &mut Attempt, at: usize) {
        for which in 0..attempt.pipes.len() {
            self.read_pipe(attempt, at, which);
        }
    }

    /// Reads an attempt's output until nothing is there.
    fn read_pipe(&mut self, attempt: &mut Attempt, at: usize, which: usize) {
        // one buffer for all reads: to clear a fresh one costs more than a short command
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let most = if attempt.exited.is_some() { u32::MAX } else { READS_IN_A_ROW };
        let mut more = More::Perhaps;
        for _ in 0..most {
            more = self.read_once(attempt, (at, which), &mut buffer);
            if more != More::Perhaps {
                break;
            }
        }
        self.read_buffer = buffer;
        if more == More::Perhaps {
            // a writer that is faster than we: others have their turn before
            self.room.again.push(attempt_token(at, which + 1));
        } else if attempt.closing
            && more == More::NotNow
            && self.take_pipe(attempt, which).is_some()
        {
            // who has it was given it, where no child of ours is left
            attempt.leaked.count = attempt.leaked.count.max(1);
        }
    }

    /// Takes a pipe away; it is watched no more.
    fn take_pipe(&self, attempt: &mut Attempt, which: usize) -> Option<OwnedFd> {
        let pipe = attempt.pipes[which].take()?;
        if attempt.watched
            && let Some(poller) = self.lanes.poller(attempt.lane)
        {
            let _ = poller.remove(&pipe);
        }
        Some(pipe)
    }

    fn read_once(
        &mut self,
        attempt: &mut Attempt,
        (at, which): (usize, usize),
        buffer: &mut [u8],
    ) -> More {
        let Some(live) = self.may_read(attempt, (at, which)) else { return More::Waits };
        let Some(pipe) = &attempt.pipes[which] else { return More::NotNow };
        let bytes = match sys::fd::read_some(pipe, buffer) {
            Ok(Some(count)) if count > 0 => &buffer[..count],
            Ok(None) => return More::NotNow,
            Ok(Some(_)) => {
                self.take_pipe(attempt, which);
                return More::NotNow;
            }
            Err(error) => {
                self.take_pipe(attempt, which);
                let (name, reason) = (self.name_of(attempt.key), crate::fail::reason(&error));
                self.lose(format!("{name}: reading its output: {reason}; it is incomplete"));
                return More::NotNow;
            }
        };
        attempt.out_bytes[which] += bytes.len() as u64;
        attempt.matcher.add(bytes);
        if let (0, Some(lines)) = (which, &mut attempt.matcher.per_item) {
            lines.add(bytes);
        }
        if self.engine.listens() {
            self.engine.handle(self.clock.now(), Input::Heard(attempt.key));
        }
        if self.settings.log.event_output != EventOutput::None || self.reports.is_on() {
            attempt.tail.add(bytes);
        }
        self.keep_log(attempt, bytes);
        // after a short read nothing is there for now; the poller says when there is
        let more = if bytes.len() < READ_BYTES { More::NotNow } else { More::Perhaps };
        match attempt.part {
            Part::Main => {}
            // nobody's output
            Part::Check => return more,
            Part::SetUp => {
                self.hear_set_up(attempt, bytes);
                return more;
            }
        }
        let sinks = (&mut self.sinks, &self.poller);
        let piece = Piece { stream: which, to: attempt.to, live, bytes };
        self.printer.add(&mut attempt.written, piece, sinks);
        more
    }

    fn keep_log(&mut self, attempt: &mut Attempt, bytes: &[u8]) {
        if let Some(log) = &mut attempt.log
            && let Err(error) = log.write_all(bytes)
        {
            let reason = crate::fail::reason(&error);
            attempt.log = None;
            let id = self.job(attempt.key).map_or_else(String::new, |job| job.id.clone());
            self.lose(format!("artifacts/logs/{id}.log: {reason}; it is incomplete"));
        }
    }

    /// An attempt's time for output is over: read no more of it than is there.
    pub fn close_output(&mut self, key: Key) {
        if !self.closes_later(key) {
            self.close_at_last(key);
        }
    }

    /// The same, when no command is being started that may have it open.
    pub fn close_at_last(&mut self, key: Key) {
        let Some(at) = self.by_key.get(&key).copied() else { return };
        let Some(mut attempt) = self.attempts[at].take_if(|a| a.exited.is_some()) else { return };
        self.name_strays(&mut attempt);
        attempt.closing = true;
        self.read_pipes(&mut attempt, at);
        self.settle(attempt, at);
    }

    /// Not even KILL has emptied the group.
    pub fn abandon(&mut self, key: Key) {
        if self.lanes.keep_for_start(key, Late::Abandon) {
            return;
        }
        let Some(at) = self.by_key.get(&key).copied() else { return };
        let Some(mut attempt) = self.attempts[at].take() else { return };
        attempt.alone = true;
        if attempt.exited.is_none() {
            let now = self.clock.now();
            attempt.exited = Some((Ending::Signal(9), wait::Usage::default(), now));
        }
        for which in 0..attempt.pipes.len() {
            self.take_pipe(&mut attempt, which);
        }
        self.settle(attempt, at);
    }

    /// The engine has decided about an attempt.
    pub fn end(&mut self, mut ended: Ended) {
        let key = ended.key;
        ended.attempt = self.lanes.workers.number_of(&ended);
        let attempt = self.by_key.remove(&key).and_then(|at| self.leave(at));
        // after its check the operation itself could not be started
        let (attempt, check) = match attempt {
            Some(check) if check.part == Part::Check => (None, Some(check.written)),
            other => (other, None),
        };
        self.printer.forget(check.unwrap_or_default());
        if attempt.is_some() {
            self.ended_attempts += 1;
            if self.ended_attempts % OWN_RSS_EVERY == 1 {
                self.own_rss = wait::own_usage().max_rss_bytes;
            }
        }
        let mut attempt = attempt;
        let oom = attempt.as_ref().is_some_and(|attempt| attempt.oom);
        if oom && ended.result == Outcome::Failure {
            ended.reason.push_str(", memory had run out");
        }
        let mut event = self.op_end(&ended, attempt.as_mut());
        event.oom = oom;
        event.evicted = ended.evicted;
        self.oversight.note_end(&ended, &event);
        self.writers.end(key, &self.poller);
        if let Some(xargs) = &self.settings.xargs {
            self.notes.extend(xargs.said_of(&event));
        } else {
            self.say_end(&ended, &event);
            self.say_leaked(&event, attempt.as_ref());
            self.remark_on(&ended, &event);
        }
        self.learn(&event, key);
        self.tune(&event);
        self.adapt_to_end(key, &event);
        self.note_load(&event, key);
        // who was ended with the run is run again when it is taken up
        let told = ended.last && ended.result != Outcome::Cancellation;
        let row = (told && self.printer.wants_rows())
            .then(|| Box::new(self.row(key, &event, attempt.as_ref())));
        let to = attempt.as_ref().map_or(self.targets(), |attempt| attempt.to);
        let (mut written, tail) =
            attempt.map(|attempt| (attempt.written, attempt.tail)).unwrap_or_default();
        written.row = row;
        if self.reports.is_on() && ended.last {
            let told = self.told_of_end(key, (&event, tail));
            self.tell(&mut written, told);
        }
        if self.journal.is_on() {
            self.journal.add(&Event::OpEnd(event));
        }
        if !ended.last {
            self.forget_streamed(key);
            self.printer.forget(written);
            return;
        }
        if ended.result == Outcome::Cancellation && self.settings.called.is_gnu() {
            // GNU parallel prints nothing of what it ends with the run
            self.printer.forget(std::mem::take(&mut written));
        }
        if ended.result == Outcome::Success && self.settings.control.rollback {
            self.remember_success(key);
        }
        self.finish_output(key, (written, to));
    }

    /// Takes an attempt out of the table.
    pub fn leave(&mut self, at: usize) -> Option<Attempt> {
        self.pins.give(at);
        self.give_place(at);
        let attempt = self.attempts[at].take()?;
        self.lanes.leave(attempt.lane);
        Some(attempt)
    }

    fn remember_success(&mut self, key: Key) {
        let op = self.job(key).and_then(|job| job.op.as_deref());
        if let Some(op) = op.filter(|op| op.rollback.is_some()) {
            let op = op.clone();
            self.succeeded.push(op);
        }
    }

    /// An operation is decided: print what it wrote, and forget it if it was a line.
    fn finish_output(&mut self, key: Key, (written, to): (Written, [To; 2])) {
        let seq = self.job(key).map_or(0, |job| job.seq);
        self.printer.end(seq, (written, to));
        self.print_on();
        if !self.operations {
            self.jobs[key as usize] = None;
            self.free_keys.push(key);
        }
    }

    fn op_end(&mut self, ended: &Ended, attempt: Option<&mut Attempt>) -> OpEnd {
        let now = self.clock.now();
        let labels = |op: &Option<Box<record::Operation>>| {
            op.as_ref().map(|op| op.labels.clone()).unwrap_or_default()
        };
        let (id, seq, labels) = match self.job(ended.key) {
            Some(job) => (job.id.clone(), job.seq, labels(&job.op)),
            None => Default::default(),
        };
        let mut event = OpEnd {
            id,
            seq,
            attempt: ended.attempt,
            r#final: ended.last,
            slot: ended.slot,
            start: self.clock.wall(now),
            end: self.clock.wall(now),
            result: ended.result,
            reason: ended.reason.clone(),
            queued_s: ended.queued,
            blocked_s: ended.blocked.iter().cloned().collect(),
            labels,
            intended: ended.intended.map(|time| self.clock.wall(time)),
            mode: self.job(ended.key).map_or_else(String::new, |job| job.mode().to_string()),
            ..OpEnd::default()
        };
        let Some(attempt) = attempt else {
            event.exit = self.spawn_status.remove(&ended.key);
            return event;
        };
        let (ending, usage, end) =
            attempt.exited.unwrap_or((Ending::Exit(255), wait::Usage::default(), now));
        match ending {
            Ending::Exit(status) => event.exit = Some(status),
            Ending::Signal(number) => event.signal = Some(number),
        }
        event.start = attempt.start_wall;
        event.end = self.clock.wall(end);
        event.wall_s = end - attempt.start;
        event.user_s = usage.user;
        event.system_s = usage.system;
        let visible = usage.max_rss_bytes > self.own_rss;
        event.max_rss_bytes = Nullable(visible.then_some(usage.max_rss_bytes));
        if attempt.wait.waited > Seconds::ZERO {
            event.blocked_s.insert("output".to_string(), attempt.wait.waited);
        }
        event.spawn_s = Some(attempt.spawn);
        event.begun = attempt.begun_as.word().map(String::from);
        event.cold_reason = attempt.begun_as.reason().map(String::from);
        event.out_bytes = attempt.out_bytes.iter().sum();
        event.in_bytes = self.writers.bytes(ended.key);
        event.leaked = (attempt.leaked.count > 0).then_some(attempt.leaked.count);
        event.strays.clone_from(&attempt.leaked.named);
        event.voluntary_switches = Some(usage.voluntary_switches);
        event.involuntary_switches = Some(usage.involuntary_switches);
        event.blocks = Some(usage.blocks);
        let keep = match self.settings.log.event_output {
            EventOutput::None => false,
            EventOutput::Failed => ended.result.failed(),
            EventOutput::All => true,
        };
        if keep && self.settings.output.grouping != Grouping::None {
            event.output = Some(Bytes(attempt.tail.bytes().to_vec()));
        }
        event
    }

    /// Who outlived an operation.
    fn say_leaked(&mut self, event: &OpEnd, attempt: Option<&Attempt>) {
        let leaked = attempt.map(|attempt| &attempt.leaked).filter(|leaked| leaked.count > 0);
        let Some(leaked) = leaked.filter(|_| !self.settings.output.quiet) else { return };
        let id = self.known_as(event);
        self.notes.push(if self.settings.control.allow_strays {
            format!("{id}: left behind: {leaked}")
        } else {
            format!("{id}: left behind, and ended: {leaked} (--allow-strays lets them live)")
        });
    }

    /// How a person knows an operation.
    fn known_as(&self, event: &OpEnd) -> String {
        if self.operations { event.id.clone() } else { format!("job {}", event.id) }
    }

    /// What a person wants to read of an end.
    fn say_end(&mut self, ended: &Ended, event: &OpEnd) {
        let failed = ended.result.failed();
        // of a command that could not be started nobody else says anything
        let never_ran = ended.result == Outcome::Error;
        let shown = self.settings.output.verbose || never_ran || (failed && self.operations);
        if failed && ended.last {
            let shown = self.job(ended.key).map(|job| match &job.op {
                // without its files the command alone could not be run again
                Some(op) if !op.files.is_empty() => {
                    let file = op.files.keys().next().map_or("", String::as_str);
                    format!("{}  ({}, from {})", job.id, file, op.source)
                }
                Some(_) => format!("{}  {}", job.id, pasteable(&job.as_read())),
                None => pasteable(&job.as_read()),
            });
            if self.failures.len() < FAILURES_SHOWN {
                self.failures.extend(shown);
            }
        }
        if !shown || (self.settings.output.quiet && !never_ran) {
            return;
        }
        let place = self.job(ended.key).and_then(|job| self.feed.place(job.line));
        let id = place.clone().unwrap_or_else(|| self.known_as(event));
        let (result, wall) = (self.painted(ended.result), event.wall_s.as_f64());
        let reason =
            if ended.reason.is_empty() { String::new() } else { format!(" ({})", ended.reason) };
        let mode = match event.mode.as_str() {
            "" => String::new(),
            mode => format!(" in mode {mode}"),
        };
        let again = if ended.last { "" } else { ", will be tried again" };
        let after = if never_ran { String::new() } else { format!(" after {wall:.1} s") };
        self.notes.push(format!("{id}: {result}{reason}{mode}{after}{again}"));
    }

    /// The word for a result, in its colour where people look at it.
    fn painted(&self, result: Outcome) -> String {
        let color = match result {
            _ if !self.settings.output.color.on(&std::io::stderr()) => {
                return result.word().to_string();
            }
            Outcome::Success => 32,
            Outcome::Skip | Outcome::Cancellation => 33,
            Outcome::Failure | Outcome::Error | Outcome::Timeout => 31,
        };
        format!("\x1b[{color}m{}\x1b[0m", result.word())
    }

    /// The command line for people and job logs.
    pub fn command_text(&self, key: Key, slot: u32) -> Vec<u8> {
        let text = self.job(key).map_or_else(Vec::new, |job| self.feed.command_text(job, slot));
        self.settings.log.redact.text(&text).into_owned()
    }

    /// What job logs and tables say of a job.
    fn row(&mut self, key: Key, end: &OpEnd, attempt: Option<&Attempt>) -> Row {
        let redact = &self.settings.log.redact;
        let shown = |arg: &Vec<u8>| redact.text(arg).into_owned();
        let args = self.job(key).map_or_else(Vec::new, |job| job.args.iter().map(shown).collect());
        let received = match (attempt, self.settings.output.grouping) {
            // as GNU parallel counts: of groups standard output alone
            (Some(attempt), Grouping::Lines) => attempt.out_bytes.iter().sum(),
            (Some(attempt), _) => attempt.out_bytes[0],
            (None, _) => 0,
        };
        let names = self.feed.names();
        if let Some(table) = &mut self.printer.table {
            table.names = names;
        }
        Row::new(end, received, (self.command_text(key, end.slot), args))
    }

    /// A check that has ended: what it wrote is nobody's output.
    pub fn forget_attempt(&mut self, at: usize) {
        if let Some(attempt) = self.leave(at) {
            self.printer.forget(attempt.written);
        }
    }

    /// Another attempt is due.
    pub fn retry(&mut self, key: Key, (attempt, delay, reason): (u32, Seconds, String), mode: u32) {
        let attempt = attempt + self.lanes.workers.more_of(key);
        if let Some(Some(job)) = self.jobs.get_mut(key as usize) {
            job.take_mode(mode as usize);
        }
        if !self.journal.is_on() {
            return;
        }
        let mode = self.job(key).map_or_else(String::new, |job| job.mode().to_string());
        let id = self.job(key).map_or_else(String::new, |job| job.id.clone());
        let time = self.clock.wall(self.clock.now());
        let event =
            OpRetry { id, attempt, time, delay_s: delay, reason, mode, ..OpRetry::default() };
        self.journal.add(&Event::OpRetry(event));
    }

    /// An operation never ran.
    pub fn skip(&mut self, key: Key, (result, reason): (Outcome, String)) {
        let Some(job) = self.job(key) else { return };
        let (id, seq) = (job.id.clone(), job.seq);
        let labels = job.op.as_ref().map(|op| op.labels.clone()).unwrap_or_default();
        if let Some(at) = self.by_key.remove(&key) {
            // its check had run
            self.forget_attempt(at);
        }
        let loud = self.settings.output.verbose
            || result.failed()
            || (self.operations && !["check", "resumed", "halt"].contains(&reason.as_str()));
        if loud && !self.settings.output.quiet {
            self.notes.push(format!("{id}: {} ({reason})", result.word()));
        }
        let told = self.reports.is_on().then(|| self.told(key, (result, &reason)));
        if self.journal.is_on() {
            let time = self.clock.wall(self.clock.now());
            let event = OpSkip { id, seq, time, result, reason, labels, ..OpSkip::default() };
            self.journal.add(&Event::OpSkip(event));
        }
        let mut written = Written::default();
        if let Some(told) = told {
            self.tell(&mut written, told);
        }
        self.finish_output(key, (written, self.targets()));
    }
}

/// Times of an event that were taken on the run's clock, on the wall's.
pub fn set_wall(event: &mut Event, clock: &Clock) {
    match event {
        Event::LockWait(event) => event.time = clock.wall(event.time),
        Event::LockTake(event) => event.time = clock.wall(event.time),
        Event::LockDrop(event) => event.time = clock.wall(event.time),
        _ => {}
    }
}
