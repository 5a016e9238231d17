//! Operations that are given to workers.
//!
//! While a worker has an operation it is a part of that operation's attempt (`Task`), whose
//! process it is: what ends the attempt, a timeout or the end of the run, ends the worker.
//! When it has replied it is kept for the next one. A worker that dies without a reply has
//! begun, perhaps, what it was given: that is told as an attempt that failed, and once the
//! operation is given to another one, as another attempt.

use super::worker::{Heard, LONGEST_REQUEST, Worker};
use super::{Begun, times};
use crate::run::attempt::Attempt;
use crate::run::drive::{Runner, attempt_token};
use crate::run::start::{Refusal, Start, never, refusal_of};
use engine::{Ending as Ended, Input, Key, Part, SpawnFailure};
use record::{Bytes, Event, OpEnd, OpRetry, Outcome, WorkReply, WorkRequest};
use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::Arc;
use sys::poller::Want;
use sys::spawn::{Argv, Dispositions, Group, Spawn, SpawnError, Spawner};
use sys::wait::{Child, Ending, Usage};

/// So many workers in a row that do not take a request are no accident.
const MOST_REFUSALS: u32 = 3;

/// The descriptor of an attempt that its worker's replies come from: its standard output.
const REPLIES: usize = 1;

/// Between the last descriptor of a process that dies and its end.
const CLOSES_BEFORE: std::time::Duration = std::time::Duration::from_millis(200);

/// An operation that a worker has.
#[derive(Debug)]
pub struct Task {
    worker: Worker,
    request: WorkRequest,
}

/// Workers that wait, and what is known of those that have died.
#[derive(Debug, Default)]
pub struct Workers {
    idle: Vec<Worker>,
    /// What starts took.
    pub times: times::Times,
    spawner: Option<Spawner>,
    /// Operations whose worker has died: they have had an attempt more than the engine knows.
    lost: HashMap<Key, u32>,
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
        let place = self.free_places.pop().unwrap_or_else(|| {
            self.attempts.push(None);
            self.attempts.len() - 1
        });
        let task = match self.given(start, (request, &cmd, begun)) {
            Ok(task) => task,
            Err(refusal) => {
                self.free_places.push(place);
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

    /// A worker that has taken the request.
    fn given(
        &mut self,
        start: Start,
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
            let mut worker = match self.idle_worker() {
                Some(worker) => worker,
                None => self.new_worker()?,
            };
            if let Some((log, text)) = self.own_record(start, (begun, cmd)) {
                let pid = worker.child.pid;
                let noted = log.begin(&text, |note| match note.write_for(pid) {
                    Ok(length) => (Ok(()), length),
                    Err(error) => (Err(SpawnError::Note(error)), 0),
                });
                if let Err(error) = noted {
                    self.lanes.workers.idle.push(worker);
                    return Err(SpawnFailure::Lack(format!("--log: {error}")));
                }
            }
            match worker.give(&request) {
                Ok(()) => return Ok(Task { worker, request }),
                Err(error) => reason = crate::fail::reason(&error),
            }
            // it has nothing of it
            self.dismiss(worker);
        }
        Err(never(format!("no worker takes its request: {reason}")))
    }

    /// One that waits, has life left in it, and nothing to say.
    fn idle_worker(&mut self) -> Option<Worker> {
        let now = self.clock.now();
        while let Some(worker) = self.lanes.workers.idle.pop() {
            if !worker.is_worn(self.settings.warm.wear, now) && worker.is_ready() {
                return Some(worker);
            }
            self.dismiss(worker);
        }
        None
    }

    fn dismiss(&mut self, worker: Worker) {
        self.strays.leave(worker.child.pid);
        worker.end();
    }

    fn new_worker(&mut self) -> Result<Worker, Refusal> {
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
        let cgroup = self.guard.cgroup();
        let spawn = Spawn {
            program: &program,
            argv: &argv,
            env: &env,
            cwd: None,
            fds: &[],
            group: Group::Own,
            dispositions: Dispositions::Clean,
            die_with_us: true,
            group_place: None,
            cgroup: cgroup.as_ref().map(|group| group.fd()),
            cpus: None,
            nice: self.settings.control.nice,
            open_files: self.descriptors.of_commands,
            note: None,
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
        let groups = self.guard.groups();
        if let Some(place) = groups.place(at) {
            place.store(attempt.child.pid, std::sync::atomic::Ordering::Relaxed);
        }
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
                // one that dies closes its output a moment before its end can be seen
                let until = std::time::Instant::now() + CLOSES_BEFORE;
                sys::fd::is_readable_by(&attempt.child.pidfd, Some(until));
                "it has closed its output without a reply".to_string()
            }
        };
        if let Some(poller) = self.lanes.poller(attempt.lane) {
            let _ = poller.remove(&task.worker.from);
        }
        if self.worker_goes_on(attempt, at) {
            return;
        }
        let now = self.clock.now();
        self.engine.handle(now, Input::Fail(attempt.key, format!("its worker: {what}")));
    }

    /// The operation has ended; its worker is there for another.
    fn take_reply(&mut self, attempt: &mut Attempt, (at, reply): (usize, WorkReply)) {
        let Some(task) = attempt.task.take() else { return };
        if let Some(poller) = self.lanes.poller(attempt.lane) {
            let _ = poller.remove(&task.worker.from);
            let _ = poller.remove(&attempt.child.pidfd);
        }
        self.lanes.workers.idle.push(task.worker);
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
        let once = !self.lanes.workers.lost.contains_key(&attempt.key);
        if once && attempt.told.is_none() && self.is_given_again(attempt, (at, &reason)) {
            return true;
        }
        let now = self.clock.now();
        self.strays.leader_ended(attempt.child.pid, at);
        attempt.task = None;
        attempt.exited = Some(match ended {
            Ended::Exit(status) => (Ending::Exit(status), Usage::default(), now),
            Ended::Signal(number) => (Ending::Signal(number), Usage::default(), now),
        });
        self.engine.handle(now, Input::Fail(attempt.key, reason));
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
        let again = self.given(start, (request, &cmd, begun));
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
        for worker in std::mem::take(&mut self.lanes.workers.idle) {
            self.dismiss(worker);
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
        return Some(format!("its reply is to \"{}\", not to \"{}\"", reply.id, request.id));
    }
    let other = reply.attempt.filter(|attempt| *attempt != request.attempt)?;
    Some(format!("its reply is to attempt {other}, not to attempt {}", request.attempt))
}
