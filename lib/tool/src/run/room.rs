//! What happens while nobody takes the commands' output: their reader stands still, or
//! there is no more room in memory and on disk for what must wait for its turn.
//!
//! Then it is not read. The command waits in its next write, as it would with a reader of
//! its own, nothing is lost, and `blocked_s.output` counts the time.
//!
//! So that a run goes on although there is no room, one operation always has the output
//! and is read. In order (`-k`) it is the one whose turn it is. Else nobody has it, since
//! what has ended is printed at once; the first that finds no room gets it, prints what it
//! has kept, and then what it writes as it comes, until it ends, or where each line is
//! printed as it comes until its line ends. What ends meanwhile waits as it is. Two
//! things have no such choice. An attempt that may be repeated is to be printed when it has
//! succeeded, and the one whose turn it is may not run before another has ended. There the
//! oldest that waits gets the output when nothing else goes on, and what comes out then
//! and should not have, or not yet, is said, with status 255.
//!
//! Room that others make on a disk has no event: it is looked for again after a while.

use super::attempt::Attempt;
use super::capture::Given;
use super::drive::{Runner, attempt_token};
use super::output::Live;
use super::sinks::To;
use engine::{Key, Part, Why};
use record::Seconds;
use std::collections::HashSet;
use sys::poller::Ready;
use sys::signal::{SIGCONT, SIGSTOP};

/// Of the tokens of an attempt: it writes to a file in memory, and is stopped.
pub const STOPPED: usize = 3;

/// When room on a disk is looked for again.
const LOOK_AGAIN: Seconds = Seconds::from_secs(1);

/// What is not read, written or started for now.
#[derive(Debug, Default)]
pub struct Room {
    /// Since when no command can be started for a lack, and whether that was told.
    pub lack: Option<(Seconds, bool)>,
    /// The engine has nothing more to do, and there may be output to print; signals heard
    /// until then.
    pub done: Option<u32>,
    /// Streams not read because their reader stands still.
    pub deferred: Vec<usize>,
    /// Streams that may have more, and were read often enough before others.
    pub again: Vec<usize>,
    /// Streams not read because there is no room for what they have.
    pub roomless: Vec<usize>,
    /// When room is looked for again.
    pub look_for_room: Option<Seconds>,
    /// Since when a log waits for room on a disk.
    pub full_since: Option<Seconds>,
    /// What the kernel would not watch, and when that is looked at.
    pub unheard: Vec<usize>,
    pub hear_due: Option<Seconds>,
    /// What was lost beyond what is told one by one.
    pub more_lost: u64,
    /// Since when a reader stands still, and how long one did before that.
    pub still: (Option<Seconds>, Seconds),
    /// Whose output was printed although the attempt may be repeated.
    pub streamed_early: HashSet<Key>,
}

impl Room {
    /// How long nothing was started since a reader stood still.
    pub fn held(&self, now: Seconds) -> Seconds {
        self.still.1 + self.still.0.map_or(Seconds::ZERO, |since| now - since)
    }
}

impl Runner {
    /// Counts the time in which a reader stands still.
    pub fn look_at_readers(&mut self) {
        let now = self.clock.now();
        match (self.is_congested(), self.room.still.0) {
            (true, None) => self.room.still.0 = Some(now),
            (false, Some(since)) => self.room.still = (None, self.room.still.1 + (now - since)),
            _ => {}
        }
    }

    /// Whether its output is printed as it comes.
    pub fn is_live(&self, attempt: &Attempt) -> bool {
        let owns = self.printer.owner() == Some(attempt.seq);
        let streams = attempt.part == Part::Main && (attempt.last || owns);
        streams && self.printer.is_live(attempt.seq)
    }

    /// Whether its output may be printed now.
    pub fn live_now(&self, attempt: &Attempt) -> Live {
        if self.is_live(attempt) && self.printer.may_print(attempt.seq) {
            Live::Yes
        } else {
            Live::No
        }
    }

    /// Whether an attempt's output can be read now: where it goes then. If not, it is read
    /// when that has changed.
    pub fn may_read(&mut self, attempt: &mut Attempt, (at, which): (usize, usize)) -> Option<Live> {
        let live = self.live_now(attempt);
        let runs = attempt.exited.is_none();
        let congested = self.sinks.is_congested_at(attempt.to[which]);
        // what it has kept is printed before what comes now
        let streams = live == Live::Yes && self.printer.streams() == Some(attempt.seq);
        let notes_wait = attempt.part == Part::SetUp && congested;
        if runs && (notes_wait || self.is_live(attempt) && (live == Live::No || congested)) {
            // what has ended is read in any case: it holds no more than a pipe full
            self.room.deferred.push(attempt_token(at, which + 1));
        } else if !streams && !attempt.written.captures[which].finds_room(&mut self.printer.budget)
        {
            self.wait_for_room(attempt_token(at, which + 1));
        } else {
            attempt.wait.end(which, || self.clock.now());
            return Some(live);
        }
        attempt.wait.begin(which, self.clock.now());
        None
    }

    fn wait_for_room(&mut self, token: usize) {
        self.room.roomless.push(token);
        self.room.look_for_room.get_or_insert(self.clock.now() + LOOK_AGAIN);
    }

    /// Prints what may be printed, as far as the readers take it, and reads what could not
    /// be read before.
    pub fn print_on(&mut self) {
        self.printer.print_ended((&mut self.sinks, &self.poller));
        if self.printer.take_fresh() {
            self.print_streaming();
        }
    }

    /// Who prints as it comes has kept something before.
    fn print_streaming(&mut self) {
        let streams = self.printer.streams();
        let (sinks, poller) = (&mut self.sinks, &self.poller);
        for attempt in self.attempts.iter_mut().flatten() {
            let owns = self.printer.owner() == Some(attempt.seq);
            let may = attempt.part == Part::Main && (attempt.last || owns);
            if streams == Some(attempt.seq)
                && may
                && self.printer.print(&mut attempt.written, attempt.to, (sinks, poller))
                    == Given::Part
            {
                self.printer.stay_fresh();
            }
        }
    }

    /// Reads on where that was not possible before.
    pub fn read_on(&mut self) {
        self.print_on();
        for token in std::mem::take(&mut self.room.again) {
            self.hear(Ready { token, readable: true, writable: false });
        }
        if !self.room.deferred.is_empty() && !self.is_congested() && self.printer.is_open() {
            for token in std::mem::take(&mut self.room.deferred) {
                self.hear(Ready { token, readable: true, writable: false });
            }
        }
        if self.room.roomless.is_empty() {
            return;
        }
        let now = self.clock.now();
        let due = self.room.look_for_room.is_none_or(|at| at <= now);
        if self.printer.budget.take_freed() || due {
            self.room.look_for_room = None;
            self.bound_growing();
            self.hear_roomless();
        }
        if self.give_output_away() {
            self.print_on();
            self.hear_roomless();
        }
    }

    fn hear_roomless(&mut self) {
        for token in std::mem::take(&mut self.room.roomless) {
            self.hear(Ready { token, readable: true, writable: false });
        }
    }

    /// Somebody must go on: the output is given to one of those that found no room.
    fn give_output_away(&mut self) -> bool {
        let free = self.printer.owner().is_none() && self.printer.is_idle();
        if !free || self.room.roomless.is_empty() || self.is_congested() {
            return false;
        }
        let turn = self.printer.turn();
        let (mut chosen, mut all_wait) = (None, true);
        let mut turn_runs = false;
        for attempt in self.attempts.iter().flatten().filter(|attempt| !attempt.over_told) {
            all_wait &= attempt.wait.is_on();
            turn_runs |= turn == Some(attempt.seq);
            let waits = attempt.wait.is_on() && attempt.part == Part::Main;
            let rank = (turn != Some(attempt.seq), !attempt.last, attempt.seq);
            if waits && chosen.is_none_or(|(best, _)| rank < best) {
                chosen = Some((rank, attempt.key));
            }
        }
        let Some(((later, may_repeat, seq), key)) = chosen else { return false };
        let ordered = turn.is_some();
        if (may_repeat || (ordered && later)) && !all_wait {
            return false;
        }
        if ordered && later {
            if turn_runs || !self.turn_waits_for_us() {
                return false;
            }
            let (name, why) = (self.name_of(key), self.no_room());
            self.lose(format!(
                "{name}: printed before its turn, since its output found no room: {why}"
            ));
        }
        if may_repeat {
            self.room.streamed_early.insert(key);
        }
        self.printer.give_to(seq);
        true
    }

    /// Whose turn it is cannot start before something that runs has ended.
    fn turn_waits_for_us(&self) -> bool {
        let turn = self.printer.turn();
        let key = self.jobs.iter().position(|job| job.as_ref().map(|job| job.seq) == turn);
        let why = key.and_then(|key| self.engine.why(key as Key, self.clock.now()));
        !matches!(why, None | Some(Why::Backoff(_) | Why::Throttle(_) | Why::Held))
    }

    fn no_room(&self) -> String {
        self.printer.budget.refusal().unwrap_or("too much waits already").to_string()
    }

    /// An operation in messages.
    pub fn name_of(&self, key: Key) -> String {
        let id = self.job(key).map_or("", |job| job.id.as_str());
        if self.operations { id.to_string() } else { format!("job {id}") }
    }

    /// An attempt that is repeated: what it has printed stays where it is.
    pub fn forget_streamed(&mut self, key: Key) {
        if let Some(job) = self.job(key) {
            let seq = job.seq;
            self.printer.take_from(seq);
        }
        if self.room.streamed_early.remove(&key) {
            let (name, why) = (self.name_of(key), self.no_room());
            self.lose(format!(
                "{name}: output of an attempt that is repeated was printed, since it found no room: {why}"
            ));
        }
    }

    /// Stops those who write to files in memory while too much is in them, and there is no
    /// room on disk.
    pub fn stop_growing(&mut self) {
        if !self.printer.has_too_much() {
            return;
        }
        for at in 0..self.attempts.len() {
            let grows = |a: &mut Attempt| {
                a.written.growing.is_some() && a.exited.is_none() && !a.wait.is_on()
            };
            let Some(mut attempt) = self.attempts[at].take_if(grows) else { continue };
            let prints = self.live_now(&attempt) == Live::Yes;
            if (!prints || self.sinks.is_congested_at(To::Out))
                && attempt.child.signal(SIGSTOP).is_ok()
            {
                attempt.wait.begin(STOPPED, self.clock.now());
                self.wait_for_room(attempt_token(at, STOPPED));
            }
            self.attempts[at] = Some(attempt);
        }
    }

    /// Lets one go on that was stopped, if it may.
    pub fn let_go_on(&mut self, attempt: &mut Attempt, at: usize) {
        let prints = self.live_now(attempt) == Live::Yes && !self.sinks.is_congested_at(To::Out);
        if attempt.exited.is_none() && !prints && self.printer.has_too_much() {
            self.wait_for_room(attempt_token(at, STOPPED));
            return;
        }
        let _ = attempt.child.signal(SIGCONT);
        attempt.wait.end(STOPPED, || self.clock.now());
    }
}
