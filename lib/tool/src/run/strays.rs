//! Who is left of an operation when its leader has ended.
//!
//! A process whose ancestors have all ended becomes our child, since we are a subreaper:
//! also one that left its process group, its session and its environment. So the list of
//! our children, read once a turn of the loop in which leaders ended, tells all of them:
//! whoever stands in it and was not started by us is an orphan. While its operation runs
//! that is all right. When the leader has ended it has a moment to end as well; then it is
//! told, and ended with its group.

use super::attempt::Attempt;
use super::drive::Runner;
use super::lanes::Begun;
use engine::{Input, Key};
use record::{Seconds, Stray};
use std::collections::{HashMap, HashSet};
use sys::adopted::{self, Children, Face, Found};
use sys::guardian::bears;
use sys::signal::{self, SIGCHLD};
use sys::spawn::closes_at_exec;
use sys::wait;

/// Where nothing ends for so long, ends of children are heard from then on, so that
/// orphans of a long operation do not stay in the process table.
const QUIET: Seconds = Seconds::from_secs(1);

/// More children than this are not looked at in every turn.
const MANY: usize = 32;

/// The pause between two looks at many children, for each of them: a look costs a
/// twentieth of that.
const PAUSE_EACH: Seconds = Seconds::from_micros(4);

/// Commands that were in their exec at the same time are among so many starts before and
/// after.
const STARTS_NEAR: u64 = 256;

/// How it is learnt who is left.
#[derive(Debug, Default)]
enum Sight {
    /// Nobody had to be looked for.
    #[default]
    Unopened,
    List(Children),
    /// There is no list: process groups can be asked, and no more.
    Groups,
}

/// Whose an orphan is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// That start of the run.
    Start(u64),
    /// One of the starts up to that one.
    UpTo(u64),
    /// Not of an operation, or it may live on.
    Nobody,
}

#[derive(Debug)]
struct Orphan {
    owner: Owner,
    face: Face,
    /// It was sent a signal.
    told: bool,
}

/// The orphans, and what must be known to find them.
#[derive(Debug, Default)]
pub struct Strays {
    sight: Sight,
    /// Leaders that were started and not reaped.
    leaders: HashSet<u32>,
    /// Children of who was this process before us.
    inherited: Vec<u32>,
    /// We are the first process of a container.
    first: bool,
    /// Orphans may come to us that are of no operation.
    strangers: bool,
    known: HashMap<u32, Orphan>,
    /// Places of attempts whose leaders have ended since the last look.
    ended: Vec<usize>,
    /// A child has ended.
    again: bool,
    /// Somebody cannot be judged before a start is over.
    uncertain: bool,
    /// We are told when children end.
    hears: bool,
    looked: Seconds,
    /// Children that were seen in the last look.
    children: usize,
    /// Attempts whose output is to be closed when these starts are over: a command in its
    /// exec has copies of all descriptors.
    closings: Vec<(Key, Vec<Key>)>,
}

impl Strays {
    /// Knows who is there already.
    pub fn begin() -> Self {
        let first = adopted::is_first_of_all();
        let mut strays = Strays { first, strangers: first, ..Strays::default() };
        if adopted::have_children() {
            strays.strangers = true;
            strays.open();
            if let Sight::List(list) = &mut strays.sight {
                strays.inherited = list.pids().map(Iterator::collect).unwrap_or_default();
            }
        }
        strays
    }

    fn open(&mut self) {
        if matches!(self.sight, Sight::Unopened) {
            self.sight = Children::open().map_or(Sight::Groups, Sight::List);
        }
    }

    /// A leader was started.
    pub fn enter(&mut self, leader: u32) {
        self.leaders.insert(leader);
    }

    /// A child that was no operation was reaped.
    pub fn leave(&mut self, pid: u32) {
        self.leaders.remove(&pid);
    }

    /// A leader was reaped; its attempt has this place.
    pub fn leader_ended(&mut self, leader: u32, at: usize) {
        self.leaders.remove(&leader);
        self.ended.push(at);
    }

    /// When to look although nothing happens.
    pub fn due(&self, running: u32) -> Option<Seconds> {
        if self.again || !self.ended.is_empty() {
            return (!self.uncertain).then(|| self.looked + self.pause());
        }
        (!self.hears && running > 0).then(|| self.looked + QUIET)
    }

    /// Between two looks.
    fn pause(&self) -> Seconds {
        if self.children <= MANY {
            return Seconds::ZERO;
        }
        let all = PAUSE_EACH.as_micros() * i64::try_from(self.children).unwrap_or(i64::MAX);
        Seconds::from_micros(all)
    }

    /// Those of a start, alive as far as is known.
    fn of(&self, start: u64) -> impl Iterator<Item = (u32, &Orphan)> {
        let owned = move |orphan: &&Orphan| orphan.owner == Owner::Start(start);
        self.known.iter().filter(move |(_, orphan)| owned(orphan)).map(|(pid, one)| (*pid, one))
    }

    /// Sends a signal to those of an attempt that have left its group.
    pub fn signal(&mut self, attempt: &Attempt, number: i32) {
        let owner = Owner::Start(attempt.start_number);
        for (pid, orphan) in self.known.iter_mut().filter(|(_, orphan)| orphan.owner == owner) {
            orphan.told = true;
            adopted::signal(*pid, number, Some(attempt.child.pid));
        }
    }

    /// The last signal, for those that came to light after it.
    fn signal_again(&mut self, attempt: &Attempt, number: i32) {
        let owner = Owner::Start(attempt.start_number);
        for (pid, orphan) in self.known.iter_mut().filter(|(_, orphan)| orphan.owner == owner) {
            if !std::mem::replace(&mut orphan.told, true) {
                adopted::signal(*pid, number, Some(attempt.child.pid));
                adopted::signal(*pid, signal::SIGCONT, Some(attempt.child.pid));
            }
        }
    }
}

impl Runner {
    /// Looks who is left of the attempts whose leaders have ended.
    pub fn look_for_strays(&mut self) {
        let now = self.clock.now();
        self.hear_children(now);
        let wanted = self.strays.again || !self.strays.ended.is_empty();
        if !wanted || now < self.strays.looked + self.strays.pause() {
            return;
        }
        self.strays.looked = now;
        self.strays.uncertain = !self.see();
        if self.strays.uncertain {
            return;
        }
        self.strays.again = false;
        for at in std::mem::take(&mut self.strays.ended) {
            self.judge(at);
        }
        for at in 0..self.attempts.len() {
            if self.attempts[at].as_ref().is_some_and(|a| a.exited.is_some() && !a.alone) {
                self.judge(at);
            }
        }
    }

    /// A child has ended: a stray, perhaps, or a leader that is not watched.
    pub fn child_ended(&mut self) {
        self.strays.again = true;
        let unwatched = |a: &Attempt| a.exited.is_none() && a.unwatched;
        for at in 0..self.attempts.len() {
            if self.attempts[at].as_ref().is_some_and(unwatched) {
                self.hear_attempt(at, 0);
            }
        }
    }

    /// After a quiet time ends of children are heard. It costs each command that follows
    /// a few system calls.
    fn hear_children(&mut self, now: Seconds) {
        let quiet = self.strays.due(self.engine.running()).is_some_and(|due| due <= now);
        let wanted = quiet && self.strays.ended.is_empty() || self.strays.first;
        if wanted && self.settings.xargs.is_none() {
            self.hear_ends();
        }
    }

    /// When to look at the orphans although nothing happens.
    pub fn strays_due(&self) -> Option<Seconds> {
        let ours = self.settings.xargs.is_none();
        ours.then(|| self.strays.due(self.engine.running())).flatten()
    }

    /// Asks to be told when children end, from now on.
    pub fn hear_ends(&mut self) {
        if std::mem::replace(&mut self.strays.hears, true) {
            return;
        }
        if let Err(error) = self.signals.catch(SIGCHLD) {
            let reason = crate::fail::reason(&error);
            self.notes.push(format!("children that end are not noticed: {reason}"));
        }
        // they may have ended before
        self.strays.again = true;
    }

    /// Brings what is known of orphans up to date; false where it must be done again.
    fn see(&mut self) -> bool {
        let gone = |pid: &u32| adopted::look_at(*pid) != Found::Alive;
        self.strays.known.retain(|pid, _| !gone(pid));
        let others = self.engine.running() as usize > self.strays.ended.len();
        if !others && self.strays.known.is_empty() && !adopted::have_children() {
            return true;
        }
        self.strays.open();
        let Sight::List(list) = &mut self.strays.sight else { return true };
        let Ok(pids) = list.pids() else { return true };
        let (leaders, known) = (&self.strays.leaders, &self.strays.known);
        let (inherited, guardian) = (&self.strays.inherited, self.guard.pid());
        let mut count = 0;
        let is_new = |pid: &u32| {
            count += 1;
            !leaders.contains(pid)
                && !known.contains_key(pid)
                && !inherited.contains(pid)
                && guardian != Some(*pid)
        };
        let new: Vec<u32> = pids.filter(is_new).collect();
        self.strays.children = count;
        let mut certain = true;
        for pid in new {
            match self.lanes.is_starting(pid) {
                Begun::Yes => {}
                Begun::Perhaps => certain = false,
                Begun::No => self.meet(pid),
            }
        }
        certain
    }

    /// A child that we did not start.
    fn meet(&mut self, pid: u32) {
        if adopted::look_at(pid) != Found::Alive {
            return;
        }
        // a zombie has a face as well; it is gone with the next look
        let face = adopted::face(pid).unwrap_or_default();
        let owner = self.owner_of(pid, &face);
        self.strays.known.insert(pid, Orphan { owner, face, told: false });
        self.hear_ends();
    }

    fn owner_of(&self, pid: u32, face: &Face) -> Owner {
        let attempts = || self.attempts.iter().flatten().filter(|a| !a.over_told);
        // another may have the number of one that was reaped, and whose group is empty
        let leads = |a: &&Attempt| {
            a.child.pid == face.group && (a.exited.is_none() || !a.child.group_is_empty())
        };
        if let Some(attempt) = attempts().find(leads) {
            return Owner::Start(attempt.start_number);
        }
        let mut known = self.strays.known.values();
        let own_session = adopted::own_session();
        if face.session != own_session
            && let Some(kin) = known.find(|orphan| orphan.face.session == face.session)
        {
            return kin.owner;
        }
        let environment = adopted::environment(pid);
        let value = |name: &[u8]| {
            let entry = environment.iter().find_map(|entry| entry.strip_prefix(name));
            entry.and_then(|text| std::str::from_utf8(text).ok()?.parse::<u64>().ok())
        };
        let marker = self.guard.marker();
        if environment.iter().any(|entry| entry == marker.as_bytes())
            && let (Some(seq), Some(number)) = (value(b"PG_SEQ="), value(b"PG_ATTEMPT="))
            && let Some(attempt) =
                attempts().find(|a| a.seq == seq && u64::from(a.number) == number)
        {
            return Owner::Start(attempt.start_number);
        }
        let ours = environment.iter().any(|entry| bears(entry, marker));
        if self.strays.strangers && !ours && !self.guard.holds(pid) {
            return Owner::Nobody;
        }
        Owner::UpTo(self.lanes.starts())
    }

    /// The leader of an attempt has ended: is anybody left?
    fn judge(&mut self, at: usize) {
        let Some(mut attempt) = self.attempts.get_mut(at).and_then(Option::take) else { return };
        if attempt.alone || attempt.exited.is_none() {
            self.attempts[at] = Some(attempt);
            return;
        }
        self.give_unowned(&attempt, at);
        let left = match &self.strays.sight {
            // the number of an empty group may be another's, whose end is not ours to take
            Sight::Groups if attempt.child.group_is_empty() => false,
            Sight::Groups => {
                wait::reap_group(attempt.child.pid);
                !attempt.child.group_is_empty()
            }
            _ => self.strays.of(attempt.start_number).next().is_some(),
        };
        attempt.alone = !left;
        if left {
            self.tell_strays(&mut attempt);
        }
        if !attempt.is_over() && attempt.child.group_is_empty() {
            // its output is open still, and its number free: the guardian must not end who
            // has that next
            self.guard.clear(at);
        }
        self.settle(attempt, at);
    }

    /// Orphans whose operation nobody knows are of the last one that they can be of.
    fn give_unowned(&mut self, attempt: &Attempt, at: usize) {
        for orphan in self.strays.known.values_mut() {
            let Owner::UpTo(last) = orphan.owner else { continue };
            let could = |a: &Attempt| a.start_number <= last && a.exited.is_none();
            let mut others = self.attempts.iter().enumerate();
            let another = others.any(|(other, a)| other != at && a.as_ref().is_some_and(could));
            if !another && attempt.start_number <= last {
                orphan.owner = Owner::Start(attempt.start_number);
            }
        }
    }

    /// Somebody is left.
    fn tell_strays(&mut self, attempt: &mut Attempt) {
        self.hear_ends();
        if !self.settings.control.allow_strays {
            match attempt.told {
                // they came to light after the signal
                Some(number) => self.strays.signal_again(attempt, number),
                None if attempt.drained => {}
                None => self.engine.handle(self.clock.now(), Input::Strays(attempt.key)),
            }
        }
        if attempt.drained {
            self.name_strays(attempt);
        }
    }

    /// Those that are left now have outlived their leader.
    pub fn name_strays(&mut self, attempt: &mut Attempt) {
        attempt.drained = true;
        if attempt.alone {
            return;
        }
        if matches!(self.strays.sight, Sight::Groups) {
            attempt.leaked.count = attempt.leaked.count.max(1);
            return;
        }
        self.strays.known.retain(|pid, _| adopted::look_at(*pid) == Found::Alive);
        let start = attempt.start_number;
        let mut left: Vec<Stray> = self
            .strays
            .of(start)
            .filter(|(pid, _)| !attempt.leaked.named.iter().any(|named| named.pid == *pid))
            // it may have executed another program since it was seen first
            .map(|(pid, _)| Stray { pid, comm: adopted::face(pid).unwrap_or_default().comm })
            .collect();
        left.sort_by_key(|stray| stray.pid);
        left.into_iter().for_each(|stray| attempt.leaked.add(stray));
        attempt.alone = self.strays.of(start).next().is_none();
        if self.settings.control.allow_strays {
            self.let_be(start);
            attempt.alone = true;
        }
    }

    /// Somebody has an output of an attempt open who was given it, where no child of ours is
    /// left. What has an end is only to be read; and a command that has not quite left its
    /// exec has copies, though its start is over for us: both are heard of.
    pub fn is_kept(&self, attempt: &Attempt, which: usize) -> bool {
        let Some(pipe) = &attempt.pipes[which] else { return false };
        let start = attempt.start_number;
        let near =
            |a: &&Attempt| a.exited.is_none() && a.start_number.abs_diff(start) <= STARTS_NEAR;
        let mut others = self.attempts.iter().flatten().filter(near);
        sys::fd::has_writer(pipe) && !others.any(|a| closes_at_exec(a.child.pid, pipe))
    }

    /// Strays of a start are not ours to end any more.
    pub fn let_be(&mut self, start: u64) {
        for orphan in self.strays.known.values_mut() {
            if orphan.owner == Owner::Start(start) {
                orphan.owner = Owner::Nobody;
            }
        }
    }

    /// The output of an attempt cannot be closed while commands are started: they may
    /// have it open until their exec. True where it waits for them.
    pub fn closes_later(&mut self, key: Key) -> bool {
        let starting = self.lanes.starting_keys();
        if starting.is_empty() {
            return false;
        }
        self.strays.closings.push((key, starting));
        true
    }

    /// A start is over: who waited for it?
    pub fn start_is_over(&mut self, key: Key) {
        if self.strays.uncertain {
            self.look_for_strays();
        }
        let mut due = Vec::new();
        self.strays.closings.retain_mut(|(closing, starting)| {
            starting.retain(|one| *one != key);
            if starting.is_empty() {
                due.push(*closing);
            }
            !starting.is_empty()
        });
        due.into_iter().for_each(|key| self.close_at_last(key));
        if self.lanes.wants_stop() && self.lanes.may_stop() {
            self.stop_and_go_on();
        }
    }

    /// At the run's end: whoever is left and was nobody's.
    pub fn end_unowned(&mut self) {
        let left = self.strays.known.iter().filter(|(_, one)| one.owner != Owner::Nobody);
        if !self.settings.control.allow_strays {
            left.for_each(|(pid, _)| adopted::signal(*pid, signal::SIGKILL, None));
        }
    }
}
