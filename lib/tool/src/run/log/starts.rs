//! Starts, told when they are over, and written down by the commands themselves.

use super::kept::{Kept, StartText};
use crate::run::attempt::Attempt;
use crate::run::drive::Runner;
use crate::run::job::Job;
use crate::run::start::Start;
use engine::{Key, Part};
use record::{Command, Event, OpBarrier, OpStart, RunReplan, Seconds};
use std::sync::Arc;

impl Runner {
    /// Says of a barrier what it waits for: it has neither start nor end.
    pub fn tell_barrier(&mut self, key: Key) {
        let op = self.job(key).and_then(|job| job.op.as_deref());
        let Some(op) = op.filter(|op| op.barrier && self.journal.is_on()) else { return };
        let (id, needs) = (op.id.clone(), op.needs.clone());
        self.journal.add(&Event::OpBarrier(OpBarrier { id, needs, ..OpBarrier::default() }));
    }

    /// Says that what is left was planned anew.
    pub fn tell_replanned(
        &mut self,
        reason: String,
        left: u64,
        (before, after): (Seconds, Seconds),
    ) {
        if self.settings.output.verbose {
            self.notes.push(replanned(&reason, left, (before, after)));
        }
        if self.journal.is_on() {
            let known = |time: Seconds| Some(time).filter(|time| *time > Seconds::ZERO);
            let time = self.wall(self.clock.now());
            let (before_s, after_s) = (known(before), known(after));
            let event = RunReplan { time, reason, left, before_s, after_s, ..RunReplan::default() };
            self.journal.add(&Event::RunReplan(event));
        }
    }

    /// Says that an attempt has begun.
    pub fn tell_start(&mut self, attempt: &Attempt) {
        if attempt.part != Part::Main {
            return;
        }
        let Some(job) = self.jobs.get(attempt.key as usize).and_then(Option::as_ref) else {
            return;
        };
        if self.settings.output.verbose {
            self.notes.push(format!(
                "start {} (slot {}): {}",
                job.id,
                attempt.slot,
                attempt.cmd.display()
            ));
        }
        if self.journal.wants_starts() {
            let at = (attempt.number, attempt.slot, attempt.start_wall);
            let event = op_start(job, at, self.settings.log.redact.command(&attempt.cmd));
            let (pid, timeout_s) = (attempt.child.pid, self.engine.time_for(attempt.key));
            self.journal.add(&Event::OpStart(OpStart {
                pid,
                timeout_s,
                intended: self.intended(attempt.key),
                ..event
            }));
        }
    }

    /// When it was to start, where load is generated in an open loop.
    fn intended(&self, key: Key) -> Option<Seconds> {
        self.engine.intended(key).map(|time| self.clock.wall(time))
    }

    /// The record that a command is to write of its own start, where a log is kept.
    pub fn own_record(
        &self,
        start: Start,
        (begun, cmd): (Seconds, &Command),
    ) -> Option<(Arc<Kept>, StartText)> {
        let kept = self.journal.kept().filter(|_| start.part == Part::Main)?;
        let job = self.job(start.key)?;
        let at = (start.number, start.slot, self.clock.wall(begun));
        let event = op_start(job, at, self.settings.log.redact.command(cmd));
        let key = job.key.clone().unwrap_or_default();
        let timeout_s = self.engine.time_for(start.key);
        let intended = self.intended(start.key);
        Some((kept, StartText::new(&Event::OpStart(OpStart { key, timeout_s, intended, ..event }))))
    }
}

/// A new plan, for people.
pub fn replanned(reason: &str, left: u64, (before, after): (Seconds, Seconds)) -> String {
    let what = match (before, after) {
        (Seconds::ZERO, _) => String::new(),
        (before, after) if after < before => {
            format!("; {left} left, in another order: {after} s instead of {before} s")
        }
        (_, after) => format!("; {left} left, in their order: {after} s"),
    };
    format!("plan: {reason}{what}")
}

/// The event of a start, but for its process.
fn op_start(job: &Job, (attempt, slot, start): (u32, u32, Seconds), cmd: Command) -> OpStart {
    let op = job.op.as_deref();
    OpStart {
        id: job.id.clone(),
        seq: job.seq,
        attempt,
        slot,
        start,
        cmd: Some(cmd),
        mode: job.mode().to_string(),
        needs: op.map(|op| op.needs.clone()).unwrap_or_default(),
        locks: job.locks().to_vec(),
        resources: op.map(|op| op.resources.clone()).unwrap_or_default(),
        priority: op.and_then(|op| op.priority),
        expected_s: op.and_then(|op| op.duration),
        planned_s: op.and_then(|op| op.start),
        ..OpStart::default()
    }
}
