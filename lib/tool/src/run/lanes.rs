//! The threads that turn the loop.
//!
//! A start stops its thread until the command's exec. With short commands most of the
//! time would go there, so a second thread turns the same loop: while one starts a
//! command, the other hears of ends. They have the state in turns; only the start and
//! the wait are outside of a turn. Each thread waits for the commands that it has
//! started itself: an end then wakes the processor that it happened on.

use super::drive::{Runner, TOKEN_WAKE, Turn};
use super::launch::Launch;
use super::warm::Workers;
use crate::fail::Fail;
use engine::Key;
use record::{Seconds, status};
use std::collections::VecDeque;
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use sys::guardian::Groups;
use sys::poller::{Grain, Poller, Ready, Waker};
use sys::signal::Mask;
use sys::spawn::Spawner;
use sys::turns::Turns;

/// A run of fewer commands is over before a second thread would be there.
const STARTS_BEFORE_SECOND: u64 = 8;

/// After so many starts a thread hears what has happened, though there may be more to
/// start: with slots without end neither ends nor signals would be heard otherwise.
const STARTS_IN_A_ROW: u32 = 16;

/// The pipes of a command that follows a short one are watched when it has run this
/// long: most have ended before.
const SHORT: Seconds = Seconds::from_micros(2_000);

/// One thread, as the others see it.
#[derive(Debug)]
struct Lane {
    poller: Poller,
    /// Where there is another thread.
    waker: Option<Waker>,
    /// Attempts it has started and that are not over.
    attempts: u32,
    waits: bool,
}

/// A command that is being started.
#[derive(Debug)]
struct Starting {
    key: Key,
    lane: usize,
    groups: Arc<Groups>,
    /// Where its number will stand.
    place: usize,
    /// What is to be done with it as soon as it is there.
    kept: Vec<Late>,
}

/// What the engine says of a command that is still being started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Late {
    Signal(i32),
    Abandon,
}

/// A child may be a command that is being started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    Yes,
    No,
    /// One is being started whose number is not known yet.
    Perhaps,
}

impl Lane {
    fn wake(&self) {
        if let Some(waker) = &self.waker {
            waker.wake();
        }
    }
}

/// What the threads share beside the run itself.
#[derive(Debug, Default)]
pub struct Lanes {
    lanes: Vec<Lane>,
    /// Signals that were blocked before the run.
    mask: Option<Mask>,
    starts: u64,
    /// Commands that are being started outside of a turn.
    starting: Vec<Starting>,
    /// The run is to stop when they are there.
    stop_wanted: bool,
    /// Attempts whose pipes are not watched yet, by the time when they are to be: their
    /// places in the table, and which start it was.
    unwatched: VecDeque<(Seconds, usize, u64)>,
    /// The last command ended before its pipes were watched.
    short: bool,
    env: Option<Arc<[CString]>>,
    over: bool,
    failure: Option<Fail>,
    /// Workers, and what starts took.
    pub workers: Workers,
}

impl Lanes {
    /// The poller of a thread.
    pub fn poller(&self, lane: usize) -> Option<&Poller> {
        self.lanes.get(lane).map(|lane| &lane.poller)
    }

    /// The environment of every command, shared with those that are being started.
    pub fn environment(&mut self, env: &[CString]) -> Arc<[CString]> {
        Arc::clone(self.env.get_or_insert_with(|| env.into()))
    }

    /// A command is about to be started outside of a turn: who has nothing to do may
    /// look for another meanwhile.
    fn begin_start(&mut self, lane: usize, launch: &Launch) {
        let (key, groups, place) = (launch.start.key, Arc::clone(&launch.groups), launch.place);
        self.starting.push(Starting { key, lane, groups, place, kept: Vec::new() });
        for (at, other) in self.lanes.iter_mut().enumerate() {
            if at != lane && other.waits && other.attempts == 0 {
                other.waits = false;
                other.wake();
            }
        }
    }

    /// Keeps something for a command that is being started; false where none is.
    pub fn keep_for_start(&mut self, key: Key, late: Late) -> bool {
        let one = self.starting.iter_mut().find(|one| one.key == key);
        one.map(|one| one.kept.push(late)).is_some()
    }

    /// The start is over; what was kept for the command.
    pub fn end_start(&mut self, key: Key) -> Vec<Late> {
        let at = self.starting.iter().position(|one| one.key == key);
        at.map(|at| self.starting.swap_remove(at).kept).unwrap_or_default()
    }

    /// Commands that are being started.
    pub fn starting_keys(&self) -> Vec<Key> {
        self.starting.iter().map(|one| one.key).collect()
    }

    /// A child of the first thread is one that is being started.
    pub fn is_starting(&self, pid: u32) -> Begun {
        let mut here = self.starting.iter().filter(|one| one.lane == 0).map(|one| {
            let place = one.groups.place(one.place);
            place.map_or(0, |place| place.load(Ordering::Relaxed))
        });
        // a thread starts one at a time
        match here.next() {
            Some(number) if number == pid => Begun::Yes,
            Some(0) => Begun::Perhaps,
            Some(_) | None => Begun::No,
        }
    }

    /// The run is to stop: no command may be about to be started then, since it would run
    /// on. False where that must be waited for.
    pub fn may_stop(&mut self) -> bool {
        self.stop_wanted = !self.starting.is_empty();
        !self.stop_wanted
    }

    /// The run is to stop as soon as nothing is being started.
    pub fn wants_stop(&self) -> bool {
        self.stop_wanted
    }

    /// Starts of the run so far.
    pub fn starts(&self) -> u64 {
        self.starts
    }

    /// A command was started in a lane; which start it was.
    pub fn enter(&mut self, lane: usize) -> u64 {
        self.starts += 1;
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.attempts += 1;
        }
        self.starts
    }

    /// An attempt of a lane is over.
    pub fn leave(&mut self, lane: usize) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.attempts = lane.attempts.saturating_sub(1);
        }
    }

    /// True where the pipes of a command that starts now may be watched later.
    pub fn may_watch_later(&self) -> bool {
        self.short
    }

    /// The pipes of an attempt are to be watched when it is no short one.
    pub fn watch_later(&mut self, now: Seconds, (place, start): (usize, u64)) {
        self.unwatched.push_back((now + SHORT, place, start));
    }

    /// A command has ended; its pipes were watched or not.
    pub fn note_end(&mut self, begun: Seconds, now: Seconds) {
        self.short = now - begun < SHORT;
    }

    /// Ends the run for all threads.
    fn end(&mut self, failure: Option<Fail>) {
        self.over = true;
        self.failure = self.failure.take().or(failure);
        self.lanes.iter().for_each(Lane::wake);
    }

    fn add(&mut self, poller: Poller) {
        self.lanes.push(Lane { poller, waker: None, attempts: 0, waits: false });
    }

    /// Adds the one of a second thread; each can be woken by the other then.
    fn add_second(&mut self) -> std::io::Result<()> {
        let grain = self.lanes.first().map(|lane| lane.poller.grain()).unwrap_or_default();
        let poller = Poller::new()?.with_grain(grain);
        let own = Waker::new(&poller, TOKEN_WAKE)?;
        for lane in &mut self.lanes {
            lane.waker = Some(Waker::new(&lane.poller, TOKEN_WAKE)?);
        }
        self.lanes.push(Lane { poller, waker: Some(own), attempts: 0, waits: false });
        Ok(())
    }
}

fn starting(error: &std::io::Error) -> Fail {
    Fail::io(status::LOST, "starting", error)
}

impl Runner {
    /// Runs to the end.
    ///
    /// # Errors
    /// The input cannot be read on, or the event loop fails.
    pub fn run(&mut self) -> Result<(), Fail> {
        // signals come in while the first thread waits, and nowhere else
        let mask = Mask::block_for_loop();
        // what our parent had blocked, and we act upon, comes in all the same
        self.poller = self.poller.with_mask(mask.letting_in(&self.signals));
        if self.settings.traffic.is_open() {
            self.poller = self.poller.with_grain(Grain::Timer);
        }
        self.lanes.mask = Some(mask);
        self.lanes.over = false;
        self.room.done = None;
        self.lanes.add(self.poller.clone());
        let ended = self.spawner().and_then(|spawner| {
            let shared = Turns::new(self);
            std::thread::scope(|scope| {
                turn_the_loop((&shared, 0), spawner, &|runner| {
                    if let Some(spawner) = runner.second_lane() {
                        // without a second thread the first does it all
                        let second = std::thread::Builder::new();
                        let begun = second.spawn_scoped(scope, || {
                            turn_the_loop((&shared, 1), spawner, &|_| {});
                        });
                        drop(begun);
                    }
                });
            });
            let runner = shared.end();
            runner.lanes.lanes.clear();
            runner.lanes.failure.take().map_or(Ok(()), Err)
        });
        mask.set();
        ended
    }

    fn spawner(&self) -> Result<Spawner, Fail> {
        let mut spawner = Spawner::new().map_err(|e| starting(&e))?;
        if let Some(mask) = self.lanes.mask {
            spawner.signals_are_blocked(mask);
        }
        Ok(spawner)
    }

    /// What a second thread needs, when it is time for one.
    fn second_lane(&mut self) -> Option<Spawner> {
        let wanted = self.lanes.lanes.len() == 1
            && self.lanes.starts >= STARTS_BEFORE_SECOND
            && self.engine.running() > 1
            // the guardian is a copy of a process with one thread
            && (self.guard.is_settled() || self.settings.xargs.is_some());
        // nor are there descriptors for another
        if !wanted || self.descriptors.most.is_some() || super::settings::cpus() < 2 {
            return None;
        }
        let spawner = self.spawner().ok()?;
        self.lanes.add_second().ok()?;
        Some(spawner)
    }

    /// When somebody must look at the pipes that are not watched yet.
    pub fn watch_due(&mut self) -> Option<Seconds> {
        while let Some((due, place, start)) = self.lanes.unwatched.front().copied() {
            if self.is_unwatched((place, start)) {
                return Some(due);
            }
            self.lanes.unwatched.pop_front();
        }
        None
    }

    fn is_unwatched(&self, (place, start): (usize, u64)) -> bool {
        let attempt = self.attempts.get(place).and_then(Option::as_ref);
        attempt.is_some_and(|attempt| attempt.start_number == start && !attempt.watched)
    }

    /// Watches the pipes of commands that have turned out not to be short.
    pub fn watch_what_is_due(&mut self) {
        let Some(due) = self.watch_due() else { return };
        let now = self.clock.now();
        if due > now {
            return;
        }
        self.lanes.short = false;
        while let Some((due, place, start)) = self.lanes.unwatched.front().copied() {
            if due > now {
                return;
            }
            self.lanes.unwatched.pop_front();
            if self.is_unwatched((place, start))
                && let Some(mut attempt) = self.attempts[place].take()
            {
                self.watch_pipes(&mut attempt, place);
                self.attempts[place] = Some(attempt);
            }
        }
    }
}

/// One thread: ask the engine, act, wait once, tell the engine.
fn turn_the_loop(
    (shared, lane): (&Turns<&mut Runner>, usize),
    mut spawner: Spawner,
    after_start: &dyn Fn(&mut Runner),
) {
    let mut ready: Vec<Ready> = Vec::new();
    let mut runner = shared.take();
    let mut shells = runner.shells();
    let Some(poller) = runner.lanes.poller(lane).cloned() else { return };
    let mut in_a_row = 0;
    loop {
        match runner.turn() {
            Ok(Turn::Something) => continue,
            Ok(Turn::Start(start)) => {
                let Some(mut launch) = runner.prepare(start) else { continue };
                runner.attend_shells((&mut shells, &mut spawner), &launch);
                runner.lanes.begin_start(lane, &launch);
                drop(runner);
                let child = launch.begin((&mut spawner, &mut shells, &poller));
                runner = shared.take();
                let key = launch.start.key;
                runner.launched(launch, child, lane);
                runner.start_is_over(key);
                after_start(&mut runner);
                in_a_row += 1;
                if in_a_row < STARTS_IN_A_ROW {
                    continue;
                }
            }
            Ok(Turn::Nothing) => {}
            Ok(Turn::Done) => runner.lanes.end(None),
            Err(fail) => runner.lanes.end(Some(fail)),
        }
        if runner.lanes.over {
            // before their thread, with which they would be killed
            shells.end();
            runner.end_workers();
            return;
        }
        runner.write_out();
        let more = std::mem::take(&mut in_a_row) >= STARTS_IN_A_ROW;
        let timeout = if more { Some(Some(Duration::ZERO)) } else { runner.timeout() };
        let Some(timeout) = timeout else { continue };
        if let Some(lane) = runner.lanes.lanes.get_mut(lane) {
            lane.waits = true;
        }
        drop(runner);
        let waited = poller.wait(timeout, &mut ready);
        runner = shared.take();
        if let Some(lane) = runner.lanes.lanes.get_mut(lane) {
            lane.waits = false;
        }
        if let Err(error) = waited {
            runner.lanes.end(Some(Fail::io(status::LOST, "waiting for the commands", &error)));
            return;
        }
        for one in &ready {
            runner.hear(*one);
        }
        runner.after_wait();
    }
}
