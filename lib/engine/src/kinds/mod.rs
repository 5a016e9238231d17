//! Two kinds at once: operations that compute are limited to the CPUs, and operations that
//! wait go on beside them. Nobody has to say which is which: it is measured.
//!
//! What runs is looked at from time to time, and what several looks agree on decides of which
//! kind its place is from then on. What has ended says what its family mostly does, by the
//! share of its time that it wanted a CPU; the next of the family begin with a place of that
//! kind. Of whom nothing is known is taken to compute, since the other mistake crowds the
//! CPUs; where all places of those that compute are taken, one of them at a time is tried in
//! a place of those that wait, since it may be long until another is free.

#[cfg(test)]
mod tests;

use crate::adapt::{Does, Work};
use crate::engine::Engine;
use crate::message::Action;
use crate::op::{Key, Op, State};
use crate::slots::WHOLE;
use crate::timers::{Due, Timer};
use alloc::vec::Vec;
use record::Seconds;

/// Looks at what runs: two soon after its start, then when it has run half as long again.
const FIRST_LOOK: Seconds = Seconds::from_micros(10_000);
const LATER: i64 = 2;

/// Longest pause between two looks, and where a place is not of the kind of the family: on
/// crowded CPUs one that waits looks as if it computed, and its place is wanted back soon.
const LONGEST: Seconds = Seconds::from_secs(1);
const LONGEST_AT_ODDS: Seconds = Seconds::from_micros(50_000);

/// Above this share of its time a family computes, where nothing was known of it.
const COMPUTES: f64 = 0.7;

/// Who is known must be so much clearer of the other kind.
const CLEARER: f64 = 0.1;

/// The share is that of about so many that ended last.
const REMEMBERED: u32 = 8;

/// So many looks in a row have to agree before a place becomes one of another kind: where
/// nothing is known of the family, and where one has ended that was otherwise. An interpreter
/// computes for some time before it waits.
const AGREED: u32 = 2;
const AGREED_AGAINST: u32 = 8;

/// From so many looks on they tell how long an operation waited for a CPU.
const ENOUGH_LOOKS: u32 = 3;

/// So much time on a CPU, and more of it taken away than given up: it wanted more.
const PREEMPTED_FROM: Seconds = Seconds::from_micros(5_000);

/// So many families are told apart; the rest count as one.
const FAMILIES: usize = 4096;

/// What an operation mostly does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It computes, or nobody knows yet.
    #[default]
    Cpu,
    /// It waits: for a clock, a disk, a server.
    Wait,
}

impl Kind {
    /// The word on the command line.
    pub const fn word(self) -> &'static str {
        match self {
            Kind::Cpu => "cpu",
            Kind::Wait => "wait",
        }
    }
}

/// How many of each kind run at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindLimits {
    /// Of those that compute.
    pub cpu: u32,
    /// Of those that wait.
    pub wait: u32,
}

impl KindLimits {
    /// Of both together.
    pub fn all(self) -> u32 {
        self.cpu.saturating_add(self.wait)
    }

    /// Of one kind, in thousandths.
    fn of(self, kind: Kind) -> u64 {
        let places = match kind {
            Kind::Cpu => self.cpu,
            Kind::Wait => self.wait,
        };
        u64::from(places.max(1)) * u64::from(WHOLE)
    }
}

/// It was found what the operations of a family do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KindFound {
    /// Which family.
    pub family: u32,
    /// What they do, from now on.
    pub kind: Kind,
    /// The share of their time for which they want a CPU, once one has ended.
    pub share: Option<f64>,
}

/// The place that an operation has, and what was seen of it there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Place {
    kind: Option<Kind>,
    looks: u32,
    /// For so long it wanted a CPU: each look speaks for the time since the one before.
    wanted: Seconds,
    /// When the last look was, since the start, and what it saw.
    last: Option<(Seconds, Kind)>,
    /// So many in a row have seen that.
    agreed: u32,
    /// It is tried there.
    tried: bool,
}

impl Place {
    /// Another command begins in its place: the looks of the one before say nothing of it.
    fn begin(&mut self) {
        *self = Place { kind: self.kind, tried: self.tried, ..Place::default() };
    }

    /// The share of its time for which it wanted a CPU, were there one for it at once:
    /// on a CPU, of what was not spent waiting for one. Looks find it on a CPU or waiting for
    /// one; the kernel counts the first alone.
    fn share(&self, work: &Work) -> f64 {
        let wall = work.wall.as_f64().max(1e-6);
        let on_cpu = (work.cpu.as_f64().max(0.0) / wall).min(1.0);
        if let Some((until, kind)) = self.last.filter(|_| self.looks >= ENOUGH_LOOKS) {
            // the last look speaks for what came after it, too
            let rest = if kind == Kind::Cpu { work.wall - until } else { Seconds::ZERO };
            let wanted = ((self.wanted + rest).as_f64() / wall).clamp(0.0, 1.0);
            let given = (1.0 - wanted + on_cpu).max(on_cpu).max(1e-6);
            return (on_cpu / given).min(1.0);
        }
        if work.cpu >= PREEMPTED_FROM && work.preempted > work.waits.saturating_mul(2) {
            return 1.0;
        }
        on_cpu
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Family {
    kind: Kind,
    /// One has been started: it will be known.
    begun: bool,
    /// At most [`REMEMBERED`].
    ended: u32,
    share: f64,
}

/// Who has which places, and what is known of the families.
#[derive(Debug)]
pub(crate) struct Kinds {
    limits: KindLimits,
    /// In thousandths.
    cpu: u64,
    wait: u64,
    /// One of a family of which nothing is known has a place of those that wait.
    tries: bool,
    families: Vec<Family>,
}

impl Kinds {
    pub(crate) fn new(limits: KindLimits) -> Self {
        Kinds { limits, cpu: 0, wait: 0, tries: false, families: Vec::new() }
    }

    fn used(&mut self, kind: Kind) -> &mut u64 {
        match kind {
            Kind::Cpu => &mut self.cpu,
            Kind::Wait => &mut self.wait,
        }
    }

    /// What is wider than all places of the kind takes all of them.
    fn width(&self, kind: Kind, width: u64) -> u64 {
        width.min(self.limits.of(kind))
    }

    fn known(&self, family: u32) -> Family {
        self.families.get(place_of(family)).copied().unwrap_or_default()
    }

    fn family(&mut self, family: u32) -> &mut Family {
        let at = place_of(family);
        if self.families.len() <= at {
            self.families.resize(at + 1, Family::default());
        }
        &mut self.families[at]
    }

    /// One so wide fits into what is free of a kind.
    fn fits(&self, kind: Kind, width: u64) -> bool {
        let used = match kind {
            Kind::Cpu => self.cpu,
            Kind::Wait => self.wait,
        };
        used.saturating_add(self.width(kind, width)) <= self.limits.of(kind)
    }

    /// The kind of place that the next of a family gets, and whether it is tried there.
    fn next(&self, family: u32, width: u64) -> (Kind, bool) {
        let known = self.known(family);
        let tries = !known.begun
            && !self.tries
            && self.cpu <= self.limits.of(Kind::Cpu)
            && !self.fits(Kind::Cpu, width)
            && self.fits(Kind::Wait, width);
        if tries { (Kind::Wait, true) } else { (known.kind, false) }
    }

    /// The kind that the operations of a family begin as.
    pub(crate) fn of(&self, family: u32) -> Kind {
        self.known(family).kind
    }

    /// The kind of which too few places are free for one of the family.
    pub(crate) fn short_of(&self, family: u32, width: u64) -> Option<Kind> {
        let (kind, _) = self.next(family, width);
        (!self.fits(kind, width)).then_some(kind)
    }

    /// A place for one of the family.
    pub(crate) fn take(&mut self, family: u32, width: u64) -> Place {
        let (kind, tried) = self.next(family, width);
        self.tries |= tried;
        self.family(family).begun = true;
        let width = self.width(kind, width);
        *self.used(kind) += width;
        Place { kind: Some(kind), tried, ..Place::default() }
    }

    pub(crate) fn give(&mut self, place: Place, width: u64) {
        if let Some(kind) = place.kind {
            let width = self.width(kind, width);
            let used = self.used(kind);
            *used = used.saturating_sub(width);
        }
        self.tries &= !place.tried;
    }

    /// One that runs was looked at: what several looks agree on is what it does, and its place
    /// becomes one of that kind, whether one is free or not. Until one of its family has ended
    /// that is what the next of them begin as, too.
    pub(crate) fn saw(
        &mut self,
        (family, width): (u32, u64),
        place: &mut Place,
        (does, ran): (Does, Seconds),
    ) -> Option<KindFound> {
        let before = place.kind?;
        let kind = match does {
            Does::Run => Kind::Cpu,
            Does::Disk | Does::Sleep => Kind::Wait,
        };
        let last = place.last.replace((ran, kind));
        place.looks = place.looks.saturating_add(1);
        if kind == Kind::Cpu {
            place.wanted += ran - last.map_or(Seconds::ZERO, |(at, _)| at);
        }
        let same = last.is_some_and(|(_, before)| before == kind);
        place.agreed = if same { place.agreed.saturating_add(1) } else { 1 };
        let known = self.known(family);
        let against = known.ended > 0 && known.kind != kind;
        if place.agreed < if against { AGREED_AGAINST } else { AGREED } {
            return None;
        }
        if kind != before {
            self.give(*place, width);
            place.kind = Some(kind);
            let width = self.width(kind, width);
            *self.used(kind) += width;
        } else if place.tried {
            self.tries = false;
        }
        place.tried = false;
        if known.ended > 0 {
            return None;
        }
        self.family(family).kind = kind;
        (known.kind != kind).then_some(KindFound { family, kind, share: None })
    }

    /// One has ended, and took this.
    pub(crate) fn ended(&mut self, family: u32, place: Place, work: &Work) -> Option<KindFound> {
        let share = place.share(work);
        let known = self.family(family);
        let bound = match known.kind {
            _ if known.ended == 0 => COMPUTES,
            Kind::Cpu => COMPUTES - CLEARER,
            Kind::Wait => COMPUTES + CLEARER,
        };
        known.ended = (known.ended + 1).min(REMEMBERED);
        known.share += (share - known.share) / f64::from(known.ended);
        let kind = if known.share > bound { Kind::Cpu } else { Kind::Wait };
        let share = Some(known.share);
        let is_new = core::mem::replace(&mut known.kind, kind) != kind;
        is_new.then_some(KindFound { family, kind, share })
    }
}

/// From a look, or the start, to the next one, by how long it has run.
fn pause(ran: Seconds) -> Seconds {
    Seconds::from_micros(ran.as_micros() / LATER).max(FIRST_LOOK)
}

fn place_of(family: u32) -> usize {
    (family as usize).min(FAMILIES - 1)
}

impl Engine {
    /// A command begins: it is to be looked at.
    pub(crate) fn observe(&mut self, now: Seconds, key: Key) {
        if self.kinds.is_none() {
            return;
        }
        if let Some(op) = self.op(key) {
            op.place.begin();
            self.observe_later(now, key);
        }
    }

    fn observe_later(&mut self, now: Seconds, key: Key) {
        let Engine { ops, kinds, ready, timers, .. } = self;
        let (Some(kinds), Some(Some(op))) = (kinds, ops.get(key as usize)) else { return };
        let usual = Some(kinds.of(ready.family(op.class)));
        let longest = if op.place.kind == usual { LONGEST } else { LONGEST_AT_ODDS };
        let at = now + pause(now - op.started).min(longest);
        timers.set(Timer { at, key, epoch: op.epoch, due: Due::Observe });
    }

    /// It has run for another while.
    pub(crate) fn is_to_be_observed(&mut self, now: Seconds, key: Key) {
        let runs = |op: &Op| matches!(op.state, State::Running { ending: None, .. });
        if self.op_at(key).is_some_and(runs) {
            self.actions.push_back(Action::Observe(key));
            self.observe_later(now, key);
        }
    }

    /// What an attempt does at the moment.
    pub(crate) fn saw_what_runs(&mut self, now: Seconds, key: Key, does: Does) {
        let Engine { ops, kinds, ready, .. } = self;
        let (Some(kinds), Some(Some(op))) = (kinds, ops.get_mut(key as usize)) else { return };
        let of = (ready.family(op.class), op.width);
        let ran = now - op.started;
        if let Some(found) = kinds.saw(of, &mut op.place, (does, ran)) {
            self.actions.push_back(Action::Found(found));
        }
    }

    /// What an attempt took that is over.
    pub(crate) fn kind_ended(&mut self, key: Key, work: &Work) {
        let Engine { ops, kinds, ready, .. } = self;
        let (Some(kinds), Some(Some(op))) = (kinds, ops.get(key as usize)) else { return };
        if let Some(found) = kinds.ended(ready.family(op.class), op.place, work) {
            self.actions.push_back(Action::Found(found));
        }
    }
}
