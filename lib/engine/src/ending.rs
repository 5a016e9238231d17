//! Deciding what an end means: release dependents, retry, skip, halt.

use crate::engine::Engine;
use crate::gate::evicted;
use crate::halt::HaltWhen;
use crate::message::{Action, Cancel, Ended, Ending, How, Part};
use crate::op::{Cause, Key, State, Stop};
use crate::satisfy::{Own, satisfies};
use crate::timers::{Due, Timer};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use record::{Outcome, Seconds};

impl Engine {
    /// An attempt is over: its leader has ended, its group is empty, its output read.
    pub(crate) fn over(&mut self, now: Seconds, key: Key, verdict: Option<String>) {
        let Some(op) = self.op(key) else { return };
        let State::Running { slot, part, ending, stop } = op.state.clone() else { return };
        self.lacking = false;
        self.lack = 0;
        let (result, reason) = judge(ending, stop, verdict);
        let how = ending.map_or(How::NotRun(1), How::Ended);
        match (part, result) {
            (Part::SetUp, _) => self.set_up_over(now, (key, slot), (result, reason)),
            (Part::Check, Outcome::Success) => self.done_by_check(now, key, slot),
            (Part::Check, _) if self.cancel.is_some() => self.halt_started(now, key, slot),
            (Part::Check, _) => self.spawn_part(now, key, (slot, Part::Main)),
            (Part::Main, _) => self.end_with(now, key, (result, reason, how)),
        }
    }

    /// An attempt was killed for want of memory.
    pub(crate) fn was_out_of_memory(&mut self, key: Key) {
        if let Some(op) = self.op(key)
            && !matches!(op.state, State::Running { part: Part::SetUp, .. })
        {
            op.oom = (op.oom.0 + 1, true);
        }
    }

    /// Slot, resources and locks.
    fn release_places(&mut self, now: Seconds, key: Key, slot: u32) {
        self.give_back(now, key, slot);
        if self.op(key).is_some_and(|op| !op.spec.locks.is_empty()) {
            self.actions.push_back(Action::DropLocks(key));
        }
    }

    /// An operation that had its places when the run was ended.
    pub(crate) fn halt_started(&mut self, now: Seconds, key: Key, slot: u32) {
        self.release_places(now, key, slot);
        self.never(now, key, (Outcome::Skip, String::from("halt")));
    }

    fn done_by_check(&mut self, now: Seconds, key: Key, slot: u32) {
        self.release_places(now, key, slot);
        self.skip_done(now, key, "check");
    }

    /// There is nothing left to do for an operation: it is skipped, and counts as done.
    pub(crate) fn skip_done(&mut self, now: Seconds, key: Key, reason: &str) {
        let skip = Action::Skip { key, result: Outcome::Skip, reason: String::from(reason) };
        self.actions.push_back(skip);
        self.decide(now, key, (Outcome::Skip, Own { is_done: true, failure_satisfies: false }));
    }

    /// The attempt will count as a success if its command says so: we are not ending it.
    pub fn may_succeed(&self, key: Key) -> bool {
        let op = self.ops.get(key as usize).and_then(Option::as_ref);
        let stop = op.map(|op| &op.state);
        matches!(stop, Some(State::Running { stop: None | Some(Stop::Memory), .. }))
    }

    /// An attempt has a result: another follows, or the operation is decided.
    pub(crate) fn end_with(
        &mut self,
        now: Seconds,
        key: Key,
        (result, reason, how): (Outcome, String, How),
    ) {
        let (retries, fallback) = (self.config.retries, self.config.fallback);
        let (backoff, retry_oom) = (self.config.backoff, self.config.retry_oom.unwrap_or(0));
        let cancelled = self.cancel.is_some();
        let Some(op) = self.op(key) else { return };
        let State::Running { slot, stop, part, .. } = op.state.clone() else { return };
        let attempt = op.attempts.max(1);
        // what cannot be executed will not be better next time
        let may_retry = matches!(result, Outcome::Failure | Outcome::Timeout);
        let recalled = stop == Some(Stop::Memory) && result == Outcome::Cancellation;
        let tried = attempt - op.recalled;
        // tries of its own: more memory is not there because it is tried again
        let repeats = match core::mem::take(&mut op.oom.1) {
            true => may_retry && op.oom.0 <= retry_oom,
            false => {
                recalled || may_retry && tried <= op.spec.retries.unwrap_or(retries) + op.oom.0
            }
        };
        // the check is the same for all
        let ran = part == Part::Main;
        let falls_back = !repeats && ran && result.failed() && op.has_fallback(fallback);
        let again = !cancelled && (repeats || falls_back);
        op.recalled += u32::from(recalled);
        let (queued, blocked) = (op.queued, core::mem::take(&mut op.blocked));
        op.queued = Seconds::ZERO;
        let (seq, own_base, intended) = (op.spec.seq, op.spec.retry_delay, op.intended);
        let failure_satisfies = op.spec.failure_satisfies;
        let blocked = self.named(blocked);
        let reason_again = reason.clone();
        let (last, evicted) = (!again, recalled && again);
        let ended =
            Ended { key, attempt, last, evicted, slot, result, reason, queued, blocked, intended };
        self.actions.push_back(Action::End(ended));
        self.release_places(now, key, slot);
        if again {
            // memory is waited for at the gate; another way may go well at once
            let at_once = recalled || falls_back;
            let delay = if at_once { Seconds::ZERO } else { backoff.pause(own_base, seq, tried) };
            let delay = delay.max(self.asked_pause(now, key));
            if falls_back {
                self.fall_back(key);
            }
            self.pause(now, key, delay);
            self.departs(|engine| format!("{} failed and is run again", engine.id_of(key)));
            let (attempt, reason) = (attempt + 1, reason_again);
            let mode = self.op(key).map_or(0, |op| op.mode);
            self.actions.push_back(Action::Retry { key, attempt, delay, reason, mode });
            return;
        }
        if result.failed() {
            self.asked_pause(now, key);
        }
        let own = Own { is_done: false, failure_satisfies };
        if result == Outcome::Success {
            self.ended_well(now, key);
            self.departs_early(now, key);
        }
        self.tally.heard(how);
        self.decide(now, key, (result, own));
        self.check_halt(now, result, how);
    }

    /// How long an attempt that failed was told to wait: all of its key wait with it.
    fn asked_pause(&mut self, now: Seconds, key: Key) -> Seconds {
        let until = self.op(key).map_or(now, |op| op.asked);
        if until > now {
            self.heed(now, key, until);
        }
        (until - now).max(Seconds::ZERO)
    }

    /// Its next alternative takes the place of what failed.
    fn fall_back(&mut self, key: Key) {
        let Some(op) = self.op(key) else { return };
        let Some(next) = op.spec.alternatives.get(op.mode as usize).cloned() else { return };
        let class = self.class_of_other(&next, key);
        let Some(op) = self.op(key) else { return };
        op.class = class.unwrap_or(op.class);
        op.paid = false;
        op.spec.duration = next.duration;
        op.mode += 1;
        // its tries are its own
        op.recalled = op.attempts;
        self.follow_changed(key);
    }

    fn pause(&mut self, now: Seconds, key: Key, delay: Seconds) {
        let epoch = self.new_epoch(key);
        let until = now + delay;
        if let Some(op) = self.op(key) {
            op.state = State::Backoff { until };
            op.queued += delay;
            op.lose(Cause::Retry, delay);
        }
        self.follow_again(key);
        self.timers.set(Timer { at: until, key, epoch, due: Due::Backoff });
    }

    fn named(&self, blocked: Vec<(Cause, Seconds)>) -> Vec<(String, Seconds)> {
        let name = |cause: Cause| match cause {
            Cause::Slot => String::from("slot"),
            Cause::Kind(kind) => format!("slot:{}", kind.word()),
            Cause::Start => String::from("start"),
            Cause::Token => String::from("token"),
            Cause::Resource(id) => format!("resource:{}", self.capacity.name(id)),
            Cause::Key(id, brake) => format!("{}:{}", brake.word(), self.keys.name(id)),
            Cause::Flow(brake) => String::from(brake.word()),
            Cause::Lock(name) => format!("lock:{name}"),
            Cause::Turn => String::from("schedule"),
            Cause::Throttle(throttle) => String::from(throttle.word()),
            Cause::Retry => String::from("retry"),
            Cause::SetUp => String::from("slot-init"),
        };
        blocked.into_iter().map(|(cause, time)| (name(cause), time)).collect()
    }

    /// An operation that never runs, or not again.
    pub(crate) fn never(&mut self, now: Seconds, key: Key, (result, reason): (Outcome, String)) {
        let Some(op) = self.op(key) else { return };
        if matches!(op.state, State::Done(_)) {
            return;
        }
        if !op.spec.barrier {
            self.actions.push_back(Action::Skip { key, result, reason: reason.clone() });
        } else {
            op.doomed = Some(reason);
        }
        self.decide(now, key, (result, Own::default()));
        self.check_halt(now, result, How::NotRun(record::status::CANNOT_EXECUTE));
    }

    /// A barrier's needs have ended well: it has, too.
    pub(crate) fn pass_barrier(&mut self, now: Seconds, key: Key) {
        self.decide(now, key, (Outcome::Success, Own::default()));
    }

    /// The result of an operation that has been decided.
    pub(crate) fn ended_result(&self, key: Key) -> Option<(Outcome, Own)> {
        let op = self.ops.get(key as usize)?.as_ref()?;
        match op.state {
            State::Done(result) => Some((result, op.own)),
            _ => None,
        }
    }

    /// Records a result and lets go what waited for it. A work list instead of
    /// recursion: a chain of barriers or skips may be as long as the plan.
    fn decide(&mut self, now: Seconds, key: Key, (result, own): (Outcome, Own)) {
        let mut work = vec![(key, result, own)];
        while let Some((key, result, own)) = work.pop() {
            let Some(op) = self.op(key) else { continue };
            if matches!(op.state, State::Done(_)) {
                continue;
            }
            op.state = State::Done(result);
            op.own = own;
            let barrier = op.spec.barrier;
            let dependents = core::mem::take(&mut op.dependents);
            let why = unmet_reason(op, result);
            self.undecided -= 1;
            self.follow_decided(key);
            if !barrier {
                self.tally.add(result);
            }
            for (dependent, edge) in dependents {
                if !satisfies(result, edge, own)
                    && let Some(op) = self.op(dependent)
                {
                    op.doomed.get_or_insert_with(|| why.clone());
                }
                if let Some(next) = self.need_met(now, dependent) {
                    work.push(next);
                }
            }
            self.forget(now, key);
        }
    }

    /// One need less; what follows at once, if anything does.
    fn need_met(&mut self, now: Seconds, key: Key) -> Option<(Key, Outcome, Own)> {
        let op = self.op(key)?;
        op.unmet = op.unmet.saturating_sub(1);
        if op.unmet > 0 || op.state != State::Waiting {
            return None;
        }
        self.unblocked(now, key)
    }

    /// Nothing that it needs is left to end: it becomes ready, or follows at once.
    fn unblocked(&mut self, now: Seconds, key: Key) -> Option<(Key, Outcome, Own)> {
        let op = self.op(key)?;
        if op.spec.done {
            // it is skipped for that, whatever it needs
            return None;
        }
        if let Some(reason) = op.doomed.clone() {
            if !op.spec.barrier {
                self.departs(|_| reason.clone());
                self.actions.push_back(Action::Skip { key, result: Outcome::Skip, reason });
            }
            return Some((key, Outcome::Skip, Own::default()));
        }
        if op.spec.barrier {
            return Some((key, Outcome::Success, Own::default()));
        }
        self.become_ready(now, key);
        None
    }

    /// Everything that it needs had ended before it was read.
    pub(crate) fn needs_are_over(&mut self, now: Seconds, key: Key) {
        if let Some((key, result, own)) = self.unblocked(now, key) {
            self.decide(now, key, (result, own));
        }
    }

    /// A need that will never come turned out not to matter.
    pub(crate) fn one_need_less(&mut self, now: Seconds, key: Key) {
        if let Some((key, result, own)) = self.need_met(now, key) {
            self.decide(now, key, (result, own));
        }
    }

    fn check_halt(&mut self, now: Seconds, result: Outcome, how: How) {
        let Some(halt) = self.config.halt else { return };
        if !halt.counts(result, how) {
            return;
        }
        self.halt_matches += 1;
        if self.cancel.is_some() || !halt.trips(self.halt_matches, self.total) {
            return;
        }
        self.tally.trip(&halt, (result, how), self.total);
        self.cancel(
            now,
            match halt.when {
                HaltWhen::Soon => Cancel::Drain,
                HaltWhen::Now => Cancel::Stop,
            },
        );
    }
}

/// What a dependent says when it is skipped. A barrier passes on why it was.
pub(crate) fn unmet_reason(op: &crate::op::Op, result: Outcome) -> String {
    if op.spec.barrier
        && let Some(reason) = &op.doomed
    {
        return reason.clone();
    }
    let id = &op.spec.id;
    match result {
        Outcome::Skip => format!("needs {id}, which was skipped"),
        Outcome::Timeout => format!("needs {id}, which ran out of time"),
        Outcome::Cancellation => format!("needs {id}, which was ended"),
        _ => format!("needs {id}, which failed"),
    }
}

/// The result of an attempt: our own reason to end it comes before how it ended.
fn judge(ending: Option<Ending>, stop: Option<Stop>, verdict: Option<String>) -> (Outcome, String) {
    match (stop, ending) {
        (Some(Stop::Timeout), _) => (Outcome::Timeout, String::from("timeout")),
        (Some(Stop::Stall), _) => (Outcome::Timeout, String::from("stall")),
        (Some(Stop::Memory), ending) if ending != Some(Ending::Exit(0)) => {
            (Outcome::Cancellation, evicted())
        }
        (Some(Stop::Cancelled), _) => (Outcome::Cancellation, String::from("the run was ended")),
        (Some(Stop::Failed(reason)), _) => (Outcome::Failure, reason),
        // of what was to be ended for its memory, this one had ended by itself
        (_, Some(Ending::Exit(0))) => match verdict {
            None => (Outcome::Success, String::new()),
            Some(reason) => (Outcome::Failure, reason),
        },
        (_, Some(Ending::Exit(status))) => (Outcome::Failure, format!("exit {status}")),
        (_, Some(Ending::Signal(signal))) => (Outcome::Failure, format!("signal {signal}")),
        (_, None) => (Outcome::Error, String::from("its end was not seen")),
    }
}
