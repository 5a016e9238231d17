//! Operations that are given to workers.
//!
//! While a worker has an operation it is a part of that operation's attempt (`Task`), whose
//! process it is: what ends the attempt, a timeout or the end of the run, ends the worker.
//! When it has replied it is kept for the next one. A worker that dies without a reply has
//! begun, perhaps, what it was given: that is told as an attempt that failed, and once the
//! operation is given to another one, as another attempt.

use super::worker::{Heard, LONGEST_REQUEST, Worker, cut};
use super::{Begun, times};
use crate::run::attempt::Attempt;
use crate::run::drive::{Runner, attempt_token};
use crate::run::start::{Refusal, Start, never, refusal_of};
use engine::{Ending as Ended, Input, Key, Part, SpawnFailure};
use record::{Bytes, Event, OpEnd, OpRetry, Outcome, Seconds, WorkReply, WorkRequest};
use std::collections::{HashMap, VecDeque};
use std::ffi::{CStr, CString};
use std::sync::Arc;
use sys::poller::Want;
use sys::spawn::{Argv, Spawn, SpawnError, Spawner};
use sys::wait::{Child, Ending, Usage};

/// So many workers in a row that do not take a request are no accident.
const MOST_REFUSALS: u32 = 3;

/// The descriptor of an attempt that its worker's replies come from: its standard output.
const REPLIES: usize = 1;

/// At most between the last descriptor of a process that dies and its end.
const CLOSES_BEFORE: Seconds = Seconds::from_secs(1);

/// An operation that a worker has.
#[derive(Debug)]
pub struct Task {
    worker: Worker,
    request: WorkRequest,
    /// What is wrong with it has been told.
    failed: bool,
    /// It has closed its output: if it does not end by then, that is what is wrong with it.
    closed: Option<Seconds>,
}

/// A worker that waits, and where the guardian finds its group meanwhile.
#[derive(Debug)]
struct Idle {
    worker: Worker,
    place: usize,
}

/// Workers that wait, and what is known of those that have died.
#[derive(Debug, Default)]
pub struct Workers {
    idle: Vec<Idle>,
    /// What starts took.
    pub times: times::Times,
    spawner: Option<Spawner>,
    /// Operations whose worker has died: they have had an attempt more than the engine knows.
    lost: HashMap<Key, u32>,
    /// Places of attempts whose workers have closed their output, the first that is due first.
    closed: VecDeque<(usize, Seconds)>,
}

impl Workers {
    /// How many attempts of an operation the engine does not know of.
    pub fn more_of(&self, key: Key) -> u32 {
        self.lost.get(&key).copied().unwrap_or(0)
    }

    /// The number of an attempt that has ended, as it is told.
    pub fn number_of(&mut self, ended: &engine::Ended) -> u32 {
        let more = self.more_of(ended.key);
        if ended.last {
            self.lost.remove(&ended.key);
        }
        ended.attempt + more
    }
}

impl Runner {
    /// Gives an operation to a worker, where there are workers; false where there are none.
    ///
    /// # Errors
    /// Why it is not begun.
    pub fn hand_over(&mut self, start: Start) -> Result<bool, Refusal> {
        if self.settings.warm.worker.is_none() || start.part != Part::Main {
            return Ok(false);
        }
        let begun = self.clock.now();
        let dir = self.private_dir(start)?;
        let cwd = self.folder_of(start, dir.as_ref())?;
        let cmd = self.command_of(start, dir.as_ref(), None)?;
        let env = self.environment(start, self.locks.inherited(start.key).1);
        let entry = |entry: &CString| {
            let at = entry.to_bytes().iter().position(|byte| *byte == b'=')?;
            let (name, value) = entry.to_bytes().split_at(at);
            Some((String::from_utf8_lossy(name).into_owned(), Bytes(value[1..].to_vec())))
        };
        let Some(job) = self.job(start.key) else { return Err(never("it is not known")) };
        let request = WorkRequest {
            id: job.id.clone(),
            attempt: start.number,
            slot: start.slot,
            cmd: Some((*cmd).clone()),
            args: job.args.iter().cloned().map(Bytes).collect(),
            cwd: cwd.map(|cwd| Bytes(cwd.into_bytes())),
            env: env.iter().filter_map(entry).collect(),
            stdin: job.op.as_ref().and_then(|op| op.stdin.clone()),
            ..WorkRequest::default()
        };
        let place = self.take_place();
        let task = match self.given((start, place), (request, &cmd, begun)) {
            Ok(task) => task,
            Err(refusal) => {
                self.give_place(place);
                return Err(refusal);
            }
        };
        let child = child_of(&task.worker).map_err(|e| SpawnFailure::Lack(crate::fail::reason(&e)));
        let took = self.clock.now() - begun;
        let mut attempt = self.attempt(start, (child?, cmd), (begun, took));
        attempt._dir = dir;
        attempt.begun_as = Begun::Worker;
        attempt.watched = true;
        attempt.task = Some(Box::new(task));
        self.count_start(&attempt);
        self.watch_worker(&mut attempt, place);
        self.watch(attempt, place);
        Ok(true)
    }

    /// A worker that has taken the request; its group stands in the place of the attempt.
    fn given(
        &mut self,
        (start, place): (Start, usize),
        (request, cmd, begun): (WorkRequest, &record::Command, record::Seconds),
    ) -> Result<Task, Refusal> {
        let length = record::Record::to_line(&request).len();
        if length > LONGEST_REQUEST {
            return Err(never(format!(
                "its request has {length} bytes, and a worker takes {LONGEST_REQUEST}; \
                 give it the name of a file"
            )));
        }
        let mut reason = String::new();
        for _ in 0..MOST_REFUSALS {
            let mut worker = match self.idle_worker(place) {
                Some(worker) => worker,
                None => self.new_worker(place)?,
            };
            if let Some((log, text)) = self.own_record(start, (begun, cmd)) {
                let pid = worker.child.pid;
                let noted = log.begin(&text, |note| match note.write_for(pid) {
                    Ok(length) => (Ok(()), length),
                    Err(error) => (Err(SpawnError::Note(error)), 0),
                });
                if let Err(error) = noted {
                    self.rest(worker);
                    return Err(SpawnFailure::Lack(format!("--log: {error}")));
                }
            }
            match worker.give(&request) {
                Ok(()) => return Ok(Task { worker, request, failed: false, closed: None }),
                Err(error) => reason = crate::fail::reason(&error),
            }
            // it has nothing of it
            self.dismiss(worker);
        }
        Err(never(format!("no worker takes its request: {reason}")))
    }

    /// One that waits, has life left in it, and nothing to say.
    fn idle_worker(&mut self, place: usize) -> Option<Worker> {
        let now = self.clock.now();
        while let Some(Idle { worker, place: before }) = self.lanes.workers.idle.pop() {
            // at each moment the guardian knows one place or both
            self.guard.hold_at(place, worker.child.pid);
            self.give_place(before);
            if !worker.is_worn(self.settings.warm.wear, now) && worker.is_ready() {
                return Some(worker);
            }
            self.dismiss(worker);
        }
        None
    }

    /// A worker waits until it is wanted again.
    fn rest(&mut self, worker: Worker) {
        let place = self.take_place();
        self.guard.hold_at(place, worker.child.pid);
        self.lanes.workers.idle.push(Idle { worker, place });
    }

    fn dismiss(&mut self, worker: Worker) {
        self.strays.leave(worker.child.pid);
        worker.end();
    }

    fn new_worker(&mut self, place: usize) -> Result<Worker, Refusal> {
        // it outlives its operation
        self.guard.call();
        let begun = self.clock.now();
        let lack = |e: std::io::Error| SpawnFailure::Lack(crate::fail::reason(&e));
        if self.lanes.workers.spawner.is_none() {
            self.lanes.workers.spawner = Some(Spawner::new().map_err(lack)?);
        }
        let text = self.settings.warm.worker.clone().unwrap_or_default();
        let argv = Argv::new([self.shell.to_bytes(), b"-c", text.as_bytes()]);
        let argv = argv.ok_or_else(|| never("a NUL byte stands in --worker"))?;
        let program = self.programs.candidates(argv.name()).to_vec();
        let env: Vec<&CStr> = self.env.iter().map(CString::as_c_str).collect();
        let (cgroup, groups) = (self.guard.cgroup(), self.guard.groups());
        let spawn = Spawn {
            group_place: groups.place(place),
            cgroup: cgroup.as_ref().map(|group| group.fd()),
            nice: self.settings.control.nice,
            open_files: self.descriptors.of_commands,
            ..Spawn::of(&program, &argv, &env)
        };
        let Some(spawner) = &mut self.lanes.workers.spawner else {
            return Err(never("no spawner"));
        };
        let started = Worker::start(spawner, &spawn, (2, begun));
        let worker = started.map_err(|error| refusal_of(&argv, None, &error))?;
        self.strays.enter(worker.child.pid);
        self.lanes.workers.times.add(times::READY, self.clock.now() - begun);
        Ok(worker)
    }

    /// Its end and its replies are heard of by the first thread.
    fn watch_worker(&mut self, attempt: &mut Attempt, at: usize) {
        attempt.lane = 0;
        let Some(task) = &attempt.task else { return };
        let Some(poller) = self.lanes.poller(0) else { return };
        let replies = poller.add(&task.worker.from, attempt_token(at, REPLIES), Want::Read);
        let end = poller.add(&attempt.child.pidfd, attempt_token(at, 0), Want::Read);
        for (watched, which) in [(end, 0), (replies, REPLIES)] {
            if watched.is_err() {
                self.hear_later(attempt_token(at, which));
            }
        }
    }

    /// A worker has said something.
    pub fn hear_worker(&mut self, attempt: &mut Attempt, at: usize) {
        if attempt.exited.is_some() {
            return;
        }
        let Some(task) = &mut attempt.task else { return };
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let heard = task.worker.hear(&mut buffer);
        self.read_buffer = buffer;
        let what = match heard {
            Heard::Nothing => return,
            Heard::Reply(reply) => match mismatch(&task.request, &reply) {
                None => return self.take_reply(attempt, (at, *reply)),
                Some(what) => what,
            },
            Heard::Nonsense(what) => what,
            Heard::Closed => {
                if let Some(poller) = self.lanes.poller(attempt.lane) {
                    let _ = poller.remove(&task.worker.from);
                }
                if task.closed.is_none() {
                    // one that dies closes its output a moment before its end can be seen
                    let due = self.clock.now() + CLOSES_BEFORE;
                    task.closed = Some(due);
                    self.lanes.workers.closed.push_back((at, due));
                }
                return;
            }
        };
        if let Some(poller) = self.lanes.poller(attempt.lane) {
            let _ = poller.remove(&task.worker.from);
        }
        task.failed = true;
        self.fail_by_worker(attempt.key, format!("its worker: {what}"));
    }

    /// When a worker that has closed its output must have ended.
    pub fn workers_due(&self) -> Option<Seconds> {
        self.lanes.workers.closed.front().map(|(_, due)| *due)
    }

    /// Looks at workers that have closed their output: those that live on are of no use.
    pub fn look_at_workers(&mut self) {
        let now = self.clock.now();
        while let Some((at, due)) = self.lanes.workers.closed.pop_front_if(|(_, due)| *due <= now) {
            let Some(attempt) = self.attempts.get_mut(at).and_then(Option::as_mut) else {
                continue;
            };
            let Some(task) = &mut attempt.task else { continue };
            // another one may have the place by now
            if task.closed == Some(due) && !std::mem::replace(&mut task.failed, true) {
                let what = "its worker: it has closed its output without a reply";
                let key = attempt.key;
                self.fail_by_worker(key, what.to_string());
            }
        }
    }

    /// An operation has failed by its worker, which says nothing of it.
    fn fail_by_worker(&mut self, key: Key, reason: String) {
        let output = &self.settings.output;
        // of operations, and where all is told, their end says it
        if !output.quiet && !output.verbose && !self.operations {
            self.notes.push(format!("{}: {reason}", self.name_of(key)));
        }
        self.engine.handle(self.clock.now(), Input::Fail(key, reason));
    }

    /// The operation has ended; its worker is there for another.
    fn take_reply(&mut self, attempt: &mut Attempt, (at, reply): (usize, WorkReply)) {
        let Some(task) = attempt.task.take() else { return };
        if let Some(poller) = self.lanes.poller(attempt.lane) {
            let _ = poller.remove(&task.worker.from);
            let _ = poller.remove(&attempt.child.pidfd);
        }
        self.rest(task.worker);
        for (pipe, text) in attempt.pipes.iter_mut().zip([reply.stdout, reply.stderr]) {
            let Some(Bytes(text)) = text.filter(|Bytes(text)| !text.is_empty()) else { continue };
            match sys::fd::memory_file(&text) {
                Ok(file) => *pipe = Some(file.into()),
                Err(error) => {
                    let name = self.name_of(attempt.key);
                    let reason = crate::fail::reason(&error);
                    self.lose(format!("{name}: its output: {reason}; it is lost"));
                }
            }
        }
        let now = self.clock.now();
        let status = reply.exit.unwrap_or(0);
        attempt.exited = Some((Ending::Exit(status), Usage::default(), now));
        attempt.alone = true;
        self.read_pipes(attempt, at);
        self.engine.handle(now, Input::Exited(attempt.key, Ended::Exit(status)));
    }

    /// The process of an attempt has ended, or says nothing more: where that was a worker's,
    /// its operation may be given to another. True where the attempt goes on.
    pub fn worker_goes_on(&mut self, attempt: &mut Attempt, at: usize) -> bool {
        let Some(task) = &mut attempt.task else { return false };
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let heard = task.worker.hear(&mut buffer);
        self.read_buffer = buffer;
        if let Heard::Reply(reply) = heard
            && !task.failed
            && mismatch(&task.request, &reply).is_none()
        {
            // the last that it said; that it is gone is seen when it is wanted again
            self.take_reply(attempt, (at, *reply));
            return true;
        }
        let ended = match attempt.child.try_wait() {
            Ok(Some((Ending::Exit(status), _))) => Ended::Exit(status),
            Ok(Some((Ending::Signal(number), _))) => Ended::Signal(number),
            // it lives
            Ok(None) => return false,
            Err(_) => Ended::Exit(255),
        };
        let reason = match ended {
            Ended::Exit(status) => format!("its worker ended without a reply: exit {status}"),
            Ended::Signal(number) => format!("its worker died: signal {number}"),
        };
        let told = task.failed;
        let once = !self.lanes.workers.lost.contains_key(&attempt.key);
        if once && !told && attempt.told.is_none() && self.is_given_again(attempt, (at, &reason)) {
            return true;
        }
        let now = self.clock.now();
        self.strays.leader_ended(attempt.child.pid, at);
        attempt.task = None;
        attempt.exited = Some(match ended {
            Ended::Exit(status) => (Ending::Exit(status), Usage::default(), now),
            Ended::Signal(number) => (Ending::Signal(number), Usage::default(), now),
        });
        if !told && attempt.told.is_none() {
            self.fail_by_worker(attempt.key, reason);
        }
        self.engine.handle(now, Input::Exited(attempt.key, ended));
        true
    }

    /// Another worker has got what was lost with the first; false where there is none.
    fn is_given_again(&mut self, attempt: &mut Attempt, (at, reason): (usize, &str)) -> bool {
        let start = Start {
            key: attempt.key,
            number: attempt.number + 1,
            slot: attempt.slot,
            part: attempt.part,
            last: attempt.last,
        };
        let Some(task) = attempt.task.take() else { return false };
        let request = WorkRequest { attempt: start.number, ..task.request.clone() };
        let (begun, cmd) = (self.clock.now(), Arc::clone(&attempt.cmd));
        self.tell_lost(attempt, reason);
        self.strays.leave(attempt.child.pid);
        let again = self.given((start, at), (request, &cmd, begun));
        let again = again.ok().and_then(|task| Some((child_of(&task.worker).ok()?, task)));
        self.lanes.workers.lost.insert(attempt.key, 1);
        let Some((child, again)) = again else { return false };
        attempt.child = child;
        attempt.number = start.number;
        (attempt.start, attempt.start_wall) = (begun, self.clock.wall(begun));
        attempt.task = Some(Box::new(again));
        self.strays.enter(attempt.child.pid);
        self.watch_worker(attempt, at);
        self.tell_start(attempt);
        true
    }

    /// An attempt has failed with its worker, and another follows.
    fn tell_lost(&mut self, attempt: &Attempt, reason: &str) {
        let name = self.name_of(attempt.key);
        if !self.settings.output.quiet {
            self.notes.push(format!("{name}: {reason}; it is given to another"));
        }
        if !self.journal.is_on() {
            return;
        }
        let id = self.job(attempt.key).map_or_else(String::new, |job| job.id.clone());
        let now = self.clock.now();
        let time = self.clock.wall(now);
        self.journal.add(&Event::OpEnd(OpEnd {
            id: id.clone(),
            seq: attempt.seq,
            attempt: attempt.number,
            slot: attempt.slot,
            start: attempt.start_wall,
            end: time,
            wall_s: now - attempt.start,
            result: Outcome::Failure,
            reason: reason.to_string(),
            begun: Begun::Worker.word().map(String::from),
            ..OpEnd::default()
        }));
        let (attempt, reason) = (attempt.number + 1, reason.to_string());
        self.journal.add(&Event::OpRetry(OpRetry {
            id,
            attempt,
            time,
            reason,
            ..OpRetry::default()
        }));
    }

    /// Nothing more is to be done: those that wait are ended.
    pub fn end_workers(&mut self) {
        for Idle { worker, place } in std::mem::take(&mut self.lanes.workers.idle) {
            self.dismiss(worker);
            self.give_place(place);
        }
    }
}

/// What an attempt knows of a worker's process.
fn child_of(worker: &Worker) -> std::io::Result<Child> {
    let pidfd = worker.child.pidfd.try_clone()?;
    Ok(Child { pid: worker.child.pid, pidfd, leads_group: true })
}

/// What is wrong with a reply to a request, if anything is.
fn mismatch(request: &WorkRequest, reply: &WorkReply) -> Option<String> {
    if reply.id != request.id {
        let of = cut(&reply.id);
        return Some(format!("its reply is to \"{of}\", not to \"{}\"", request.id));
    }
    let other = reply.attempt.filter(|attempt| *attempt != request.attempt)?;
    Some(format!("its reply is to attempt {other}, not to attempt {}", request.attempt))
}
