//! Starting: the best that is ready, when slot, resources and locks are there.

use crate::engine::{Engine, Feeding};
use crate::gate::Passage;
use crate::message::{Action, How, Part, SpawnFailure};
use crate::op::{Cause, Clocks, Key, State};
use crate::priority::rank;
use crate::ready::Short;
use crate::timers::{Due, Timer};
use alloc::string::String;
use record::{Outcome, Seconds};

/// First pause after a start that failed for a lack; it doubles each time, so often. The
/// end of something that runs ends it, too.
const LACK_PAUSE: Seconds = Seconds::from_micros(50_000);
const LACK_DOUBLED: u32 = 5;

impl Engine {
    /// Needs are met, or the pause is over: into the ready queue.
    pub(crate) fn become_ready(&mut self, now: Seconds, key: Key) {
        let clocks = self.clocks(now);
        let Some(op) = self.op(key) else { return };
        if op.spec.barrier {
            self.pass_barrier(now, key);
            return;
        }
        if matches!(op.state, State::Waiting) {
            op.queued = Seconds::ZERO;
        }
        op.state = State::Ready;
        op.ready_at = now;
        op.clocks_at = clocks;
        self.enqueue(key);
    }

    /// Into the ready queue, by what is known of it now.
    fn enqueue(&mut self, key: Key) {
        let score = self.score(key);
        let again = self.config.again;
        let Some(op) = self.op(key) else { return };
        let (class, rank) = (op.class, rank(op, score, again));
        self.ready.push(class, rank, key);
        self.follow_again(key);
    }

    /// Nothing but what each operation asks for stands against a start.
    pub(crate) fn may_start(&self) -> bool {
        let stands_still = self.cancel.is_some() || self.lacking || self.held || !self.begun;
        !stands_still && self.slots.any_free()
    }

    /// Starts one operation, if one may start: true if anything changed.
    pub(crate) fn start_one(&mut self, now: Seconds) -> bool {
        if !self.may_start() {
            return false;
        }
        if self.ready.is_empty() {
            return false;
        }
        // a start must be the only thing that is said with it
        if self.replan(now) {
            return true;
        }
        if !self.has_turn(now) || !self.flows(now) {
            return false;
        }
        match self.passage(now) {
            Passage::Open => {}
            Passage::Shut(_) | Passage::Paused => return false,
            Passage::Look => return true,
        }
        // last, since a token that is taken and not used would go round and round
        if self.purse.is_short(self.slots.in_use()) {
            return self.ask_for_token();
        }
        let Some(key) = self.pick(now) else { return false };
        self.count_wait(now, key);
        if let Err(what) = self.pay(key) {
            self.refuse(now, key, what);
            return true;
        }
        self.gate.pass(now);
        self.take_places(now, key);
        true
    }

    /// What it uses up, once.
    fn pay(&mut self, key: Key) -> Result<(), String> {
        let Engine { ops, store, .. } = self;
        let Some(Some(op)) = ops.get_mut(key as usize) else { return Ok(()) };
        if core::mem::replace(&mut op.paid, true) {
            return Ok(());
        }
        let before = (op.mode as usize).checked_sub(1);
        let asks = match before.and_then(|at| op.spec.alternatives.get(at)) {
            Some(other) => &other.nonrenewable,
            None => &op.spec.nonrenewable,
        };
        if asks.is_empty() { Ok(()) } else { store.take(asks) }
    }

    /// Slot, resources, a place of its key; then it is started, or asks for its locks.
    fn take_places(&mut self, now: Seconds, key: Key) {
        let Some(class) = self.op(key).map(|op| op.class) else { return };
        let Some((slot, width)) = self.slots.take(self.ready.weight(class), now) else { return };
        self.capacity.take(self.ready.demand(class));
        self.flow.take(now);
        if let Some(id) = self.ready.key(class) {
            self.key_begins(now, id);
        }
        self.follow_begin(key);
        let family = self.ready.family(class);
        let place = self.kinds.as_mut().map(|kinds| kinds.take(family, width));
        let Some(op) = self.op(key) else { return };
        (op.width, op.counted) = (width, Some(now));
        op.place = place.unwrap_or_default();
        if !op.spec.locks.is_empty() && op.state != State::Locked {
            op.state = State::Asking { slot };
            self.actions.push_back(Action::TakeLocks(key));
        } else {
            self.spawn(now, key, slot);
        }
    }

    fn clocks(&self, now: Seconds) -> Clocks {
        Clocks {
            slot: self.slots.full_clock(now),
            gate: self.gate.clock(now),
            flow: self.flow_clock.read(now),
            token: self.purse.waiting_clock(now),
        }
    }

    /// Splits the time in the ready queue: all slots taken, starts held back, no token,
    /// or short of a resource.
    fn count_wait(&mut self, now: Seconds, key: Key) {
        let clocks = self.clocks(now);
        let throttle = self.gate.shut_by();
        let Some(class) = self.op(key).map(|op| op.class) else { return };
        let short = self.ready.take_short(class);
        let flow_shut = self.flow_shut;
        let Some(op) = self.op(key) else { return };
        let waited = now - op.ready_at;
        let by_slot = (clocks.slot - op.clocks_at.slot).min(waited);
        op.queued += waited;
        op.lose(Cause::Slot, by_slot);
        let by_gate = (clocks.gate - op.clocks_at.gate).min(waited - by_slot);
        let rest = waited - by_slot - by_gate;
        let by_flow = (clocks.flow - op.clocks_at.flow).min(rest);
        let by_token = (clocks.token - op.clocks_at.token).min(rest - by_flow);
        if let Some(throttle) = throttle {
            op.lose(Cause::Throttle(throttle), by_gate);
        }
        op.lose(Cause::Flow(flow_shut), by_flow);
        op.lose(Cause::Token, by_token);
        // a slot was free and nothing was short: the runner itself was busy starting others
        let rest = rest - by_flow - by_token;
        let turn = if core::mem::take(&mut op.held_back) { Cause::Turn } else { Cause::Start };
        let other = op.lock_in_use.take().map_or(turn, Cause::Lock);
        let cause = match short {
            None => other,
            Some(Short::Slots) => Cause::Slot,
            Some(Short::Kind(kind)) => Cause::Kind(kind),
            Some(Short::Resource(id)) => Cause::Resource(id),
            Some(Short::Key(id, brake)) => Cause::Key(id, brake),
        };
        op.lose(cause, rest);
    }

    fn spawn(&mut self, now: Seconds, key: Key, slot: u32) {
        let part = self.next_part(key, slot);
        self.spawn_part(now, key, (slot, part));
    }

    /// Says spawn, and sets the deadline of the attempt.
    pub(crate) fn spawn_part(&mut self, now: Seconds, key: Key, (slot, part): (u32, Part)) {
        let epoch = self.new_epoch(key);
        let (retries, fallback) = (self.config.retries, self.config.fallback);
        // what may be ended and started again must not have been heard yet
        let may_go = self.gate.may_end_attempts() || self.config.retry_oom.is_some();
        let Some(op) = self.op(key) else { return };
        op.started = now;
        op.heard_at = now;
        op.step = 0;
        op.asked = Seconds::ZERO;
        if part == Part::Main {
            op.attempts += 1;
        }
        op.state = State::Running { slot, part, ending: None, stop: None };
        let attempt = op.attempts.max(1);
        let tries = op.spec.retries.unwrap_or(retries);
        let last = attempt - op.recalled > tries.saturating_add(op.oom.0)
            && !may_go
            && !op.has_fallback(fallback);
        if let Some(timeout) = self.time_for(key).filter(|_| part != Part::SetUp) {
            self.timers.set(Timer { at: now + timeout, key, epoch, due: Due::Timeout });
        }
        if part == Part::Main {
            self.listen(now, key, epoch);
            self.observe(now, key);
        }
        self.watch_memory(now);
        self.expect_end(now, key);
        self.actions.push_back(Action::Spawn { key, attempt, slot, part, last });
    }

    pub(crate) fn locks_taken(&mut self, now: Seconds, key: Key) {
        let clocks = self.clocks(now);
        let Some(op) = self.op(key) else { return };
        match op.state.clone() {
            State::Asking { slot } => self.spawn(now, key, slot),
            State::LockWait { name, since } => {
                let waited = now - since;
                op.queued += waited;
                op.lose(Cause::Lock(name), waited);
                op.state = State::Locked;
                op.ready_at = now;
                op.clocks_at = clocks;
                let class = op.class;
                self.ready.push_locked(class, key);
                self.follow_unstuck();
            }
            _ => {}
        }
    }

    /// While an operation waits for a lock it holds nothing else.
    pub(crate) fn locks_wait(&mut self, now: Seconds, key: Key, name: String) {
        let Some(op) = self.op(key) else { return };
        match op.state.clone() {
            State::Asking { slot } => {
                op.state = State::LockWait { name, since: now };
                self.give_back(now, key, slot);
                self.uncount_start(now, key);
            }
            // the next of several locks
            State::LockWait { name: before, since } => {
                let waited = now - since;
                op.queued += waited;
                op.lose(Cause::Lock(before), waited);
                op.state = State::LockWait { name, since: now };
            }
            _ => {}
        }
    }

    pub(crate) fn locks_failed(&mut self, now: Seconds, key: Key, reason: String) {
        if let Some(State::Asking { slot }) = self.op(key).map(|op| op.state.clone()) {
            self.give_back(now, key, slot);
            self.uncount_start(now, key);
        }
        self.follow_unstuck();
        self.refuse(now, key, reason);
    }

    /// Slot and resources, and its place among those of its key.
    pub(crate) fn give_back(&mut self, now: Seconds, key: Key, slot: u32) {
        self.follow_give_back(key);
        let Some((class, width, place)) =
            self.op(key).map(|op| (op.class, op.width, core::mem::take(&mut op.place)))
        else {
            return;
        };
        self.slots.give((slot, width), now);
        if let Some(kinds) = &mut self.kinds {
            kinds.give(place, width);
        }
        self.capacity.give(self.ready.demand(class));
        if let Some(id) = self.ready.key(class) {
            self.key_ends(now, id);
        }
    }

    pub(crate) fn spawn_failed(&mut self, now: Seconds, key: Key, failure: SpawnFailure) {
        let Some(State::Running { slot, part, .. }) = self.op(key).map(|op| op.state.clone())
        else {
            return;
        };
        match failure {
            SpawnFailure::Lack(_) if self.cancel.is_some() => self.halt_started(now, key, slot),
            SpawnFailure::Lack(_) => {
                self.lack += 1;
                self.lacking = true;
                let pause = LACK_PAUSE.as_micros() << (self.lack - 1).min(LACK_DOUBLED);
                let at = now + Seconds::from_micros(pause);
                self.timers.set(Timer { at, key, epoch: 0, due: Due::Lack });
                self.try_again(now, key, (slot, part));
            }
            SpawnFailure::Never(reason, _) if part == Part::SetUp => {
                self.set_up_over(now, (key, slot), (Outcome::Error, reason));
            }
            SpawnFailure::Never(reason, status) => {
                self.end_with(now, key, (Outcome::Error, reason, How::NotRun(status)));
            }
        }
    }

    /// Puts an operation back that could not be started for a lack.
    fn try_again(&mut self, now: Seconds, key: Key, (slot, part): (u32, Part)) {
        self.give_back(now, key, slot);
        self.uncount_start(now, key);
        self.new_epoch(key);
        let clocks = self.clocks(now);
        let Some(op) = self.op(key) else { return };
        op.attempts -= u32::from(part == Part::Main);
        op.ready_at = now;
        op.clocks_at = clocks;
        op.state = State::Ready;
        if !op.spec.locks.is_empty() {
            // what it holds may be just what there is too little of
            self.actions.push_back(Action::DropLocks(key));
        }
        self.enqueue(key);
    }

    /// Lines are forgotten when they have ended, so that memory does not grow.
    pub(crate) fn forget(&mut self, now: Seconds, key: Key) {
        if self.config.feeding == Feeding::Lines
            && let Some(op) = self.ops[key as usize].take()
            && let Some(id) = self.ready.leave(op.class)
        {
            self.keys.drop_class(id, op.class, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Config;
    use crate::message::{Ending, Input};
    use alloc::boxed::Box;

    #[test]
    fn a_lack_is_waited_out_however_long_and_is_no_error() {
        let mut engine = Engine::new(Config { feeding: Feeding::Lines, ..Config::default() });
        let mut now = Seconds::ZERO;
        engine.handle(now, Input::Op(0, Box::default()));
        engine.handle(now, Input::EndOfInput);
        for _ in 0..100 {
            assert!(matches!(engine.poll(now), Some(Action::Spawn { key: 0, attempt: 1, .. })));
            let lack = SpawnFailure::Lack("no processes".into());
            engine.handle(now, Input::SpawnFailed(0, lack));
            // nothing before the pause is over, which does not grow without end
            assert_eq!(engine.poll(now), None);
            let next = engine.deadline().unwrap();
            assert!(next > now && next <= now + Seconds::from_secs(2));
            now = next;
        }
        assert!(matches!(engine.poll(now), Some(Action::Spawn { .. })));
        engine.handle(now, Input::Exited(0, Ending::Exit(0)));
        engine.handle(now, Input::Over(0, None));
        assert!(
            matches!(engine.poll(now), Some(Action::End(ended)) if ended.result == Outcome::Success)
        );
    }
}
