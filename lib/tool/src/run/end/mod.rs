//! How attempts end: `read` has the rest of their output, `recorded` what is written down, `say`
//! what people are told; here are the process, the decision and what follows from it.

mod read;
mod recorded;
mod say;

pub use read::READ_BYTES;

use super::attempt::Attempt;
use super::drive::Runner;
use super::lanes::Late;
use super::output::Written;
use super::room::STOPPED;
use super::sinks::To;
use engine::{Ended, Input, Key, Part};
use record::{Event, OpRetry, OpSkip, Outcome, Seconds};
use sys::clock::Clock;
use sys::signal::{SIGTTIN, SIGTTOU};
use sys::wait::{self, Ending};

/// Our own peak is asked for so often: it grows slowly.
const OWN_RSS_EVERY: u64 = 256;

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
