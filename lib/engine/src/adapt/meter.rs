//! Work done per second at a level.
//!
//! By Little's law (Little, 1961) the rate is the mean number that run divided by the mean
//! time that one takes. That needs no more operations than run at once, where counting ends
//! would need many times as many. Only operations that were started at the level count, and
//! only those before which no started one is still running: else the long ones would be
//! missing. Operations of several families are made comparable by what one of each family
//! takes in relation to the others.

use super::manner::Manner;
use super::work::{Sums, Work};
use crate::op::Key;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::Seconds;

/// Most operations of one measurement that are kept in order.
const KEPT: usize = 4096;

/// An operation that takes so many times the mean does not hold a measurement up any longer.
const STRAGGLES: f64 = 3.0;

/// Below this share of the slots in use there is too little work to measure.
const IN_USE: f64 = 0.8;

/// When a measurement has enough.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extent {
    sample: u32,
    /// Not before.
    least: Seconds,
    /// Then fewer operations do.
    most: Seconds,
}

impl Extent {
    pub(crate) fn new(manner: Manner, every: Seconds) -> Self {
        let least = Seconds::from_micros(every.as_micros() / 10);
        Extent { sample: manner.sample, least, most: every }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Measure {
    /// Operations per second.
    pub rate: f64,
    /// Its relative standard error.
    pub error: f64,
    /// Relative standard deviation of single operations.
    pub noise: f64,
    /// Mean time of an operation, seconds.
    pub wall: f64,
    /// How long it took, seconds.
    pub took: f64,
    /// Part of their time that operations are on a CPU.
    pub cpu_share: f64,
    /// All slots were in use.
    pub use_of_slots: Use,
}

/// Whether there was work for the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    Full,
    /// Too little was ready, or it could not be started as fast as it ended.
    Short,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    start: Seconds,
    family: u32,
    /// Its number among those of the measurement.
    number: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Family {
    ended: f64,
    wall: f64,
}

#[derive(Debug, Default)]
pub(crate) struct Meter {
    running: HashMap<Key, Running, FixedState>,
    families: Vec<Family>,
    /// All of them together.
    all: Family,
    pub(crate) work: Sums,
    level: u32,
    /// Since when the level is in force: as many run as there are slots, or fewer.
    since: Option<Seconds>,
    /// Time times how many ran, since then; seconds.
    area: f64,
    area_at: Seconds,
    /// Times that those of the measurement took, in the order of their starts.
    cohort: VecDeque<Option<(f64, u32)>>,
    first: u64,
    /// Of those at the front that have ended.
    count: f64,
    sizes: f64,
    walls: f64,
    squares: f64,
    behind: u32,
    /// Ends of those that were started before the level was: how many, and how long they ran
    /// before and after it began.
    carried: (f64, f64, f64),
    /// Ends of the period of `period_wall`.
    period: (f64, f64),
}

impl Meter {
    pub(crate) fn is_idle(&self) -> bool {
        self.running.is_empty()
    }

    pub(crate) fn running(&self) -> u32 {
        u32::try_from(self.running.len()).unwrap_or(u32::MAX)
    }

    /// A new measurement: of this level.
    pub(crate) fn begin(&mut self, now: Seconds, level: u32) {
        self.level = level;
        self.since = None;
        self.cohort.clear();
        (self.first, self.behind) = (0, 0);
        self.carried = (0.0, 0.0, 0.0);
        (self.count, self.sizes, self.walls, self.squares) = (0.0, 0.0, 0.0, 0.0);
        for one in self.running.values_mut() {
            one.number = None;
        }
        self.settle(now);
    }

    /// The level is in force once no more run than it allows.
    fn settle(&mut self, now: Seconds) {
        if self.since.is_none() && self.running() <= self.level {
            self.since = Some(now);
            (self.area, self.area_at) = (0.0, now);
        }
    }

    fn keep_area(&mut self, now: Seconds) {
        let passed = (now - self.area_at).as_f64().max(0.0);
        self.area += passed * f64::from(self.running());
        self.area_at = now;
    }

    pub(crate) fn started(&mut self, now: Seconds, key: Key, family: u32) {
        self.settle(now);
        self.keep_area(now);
        let counts = self.since.is_some() && self.cohort.len() < KEPT;
        let number = counts.then(|| {
            self.cohort.push_back(None);
            self.first + self.cohort.len() as u64 - 1
        });
        self.running.insert(key, Running { start: now, family, number });
    }

    pub(crate) fn ended(&mut self, now: Seconds, key: Key, work: &Work) {
        self.keep_area(now);
        let Some(one) = self.running.remove(&key) else { return };
        self.work.add(work);
        let wall = (now - one.start).as_f64().max(1e-6);
        self.period = (self.period.0 + 1.0, self.period.1 + wall);
        let family = self.family(one.family);
        family.ended += 1.0;
        family.wall += wall;
        self.all.ended += 1.0;
        self.all.wall += wall;
        if let Some(at) = one.number.and_then(|number| number.checked_sub(self.first))
            && let Some(entry) = self.cohort.get_mut(at as usize)
        {
            *entry = Some((wall, one.family));
            self.behind += 1;
            self.take_front();
        } else if let Some(since) = self.since.filter(|since| one.start < *since) {
            let (count, before, after) = &mut self.carried;
            *count += 1.0;
            *before += (since - one.start).as_f64();
            *after += (now - since).as_f64();
        }
        self.settle(now);
    }

    fn family(&mut self, at: u32) -> &mut Family {
        let at = at as usize % 1024;
        if self.families.len() <= at {
            self.families.resize(at + 1, Family::default());
        }
        &mut self.families[at]
    }

    /// Those at the front that have ended, up to the first that runs.
    fn take_front(&mut self) {
        while let Some(Some((wall, family))) = self.cohort.front().copied() {
            self.cohort.pop_front();
            self.first += 1;
            self.behind = self.behind.saturating_sub(1);
            self.count_one(wall, family);
        }
    }

    fn count_one(&mut self, wall: f64, family: u32) {
        let size = self.size(family);
        self.count += 1.0;
        self.sizes += size;
        self.walls += wall;
        self.squares += (wall / size) * (wall / size);
    }

    /// What an operation of a family takes, as a share of the mean of all.
    fn size(&self, family: u32) -> f64 {
        let of = |family: &Family| (family.ended > 0.0).then(|| family.wall / family.ended);
        let own = self.families.get(family as usize % 1024).and_then(of);
        match own.zip(of(&self.all)) {
            Some((own, mean)) if mean > 0.0 => (own / mean).clamp(1e-3, 1e3),
            _ => 1.0,
        }
    }

    /// The measurement has enough.
    pub(crate) fn is_full(&self, now: Seconds, extent: Extent) -> bool {
        let Some(since) = self.since else { return false };
        let passed = now - since;
        if passed < extent.least || self.count < 3.0 {
            return passed >= extent.least && self.is_held_up(passed);
        }
        let few = f64::from(self.level.max(4).min(extent.sample));
        self.count >= f64::from(extent.sample.max(self.level.min(2 * extent.sample)))
            || passed >= extent.most && self.count >= few
            || self.is_held_up(passed)
    }

    /// Many have ended that were started after one that still runs.
    fn is_held_up(&self, passed: Seconds) -> bool {
        let ended = self.count + f64::from(self.behind);
        let walls: f64 = self.walls + self.waiting_walls();
        ended >= 2.0 * f64::from(self.level.max(4))
            && passed.as_f64() > STRAGGLES * walls / ended.max(1.0)
    }

    /// Of those that were started at the level: how many have ended, and what one of them took,
    /// seconds, as if it were of mean size.
    pub(crate) fn wall_here(&self) -> Option<(u32, f64)> {
        let behind: f64 = self.cohort.iter().flatten().map(|(_, family)| self.size(*family)).sum();
        let sizes = self.sizes + behind;
        let ended = self.ended_here();
        (ended > 0 && sizes > 0.0).then(|| (ended, (self.walls + self.waiting_walls()) / sizes))
    }

    /// How many have ended of those that were started at the level.
    pub(crate) fn ended_here(&self) -> u32 {
        (self.count as u32).saturating_add(self.behind)
    }

    /// Of those that were started before the level was and have ended since: how long one ran
    /// before it and at it, seconds.
    pub(crate) fn carried(&self) -> Option<(f64, f64)> {
        let (count, before, after) = self.carried;
        (count > 0.0).then(|| (before / count, after / count))
    }

    /// Mean time of all that have ended, seconds.
    pub(crate) fn wall_of_all(&self) -> Option<f64> {
        (self.all.ended > 0.0).then(|| self.all.wall / self.all.ended)
    }

    fn waiting_walls(&self) -> f64 {
        self.cohort.iter().flatten().map(|(wall, _)| wall).sum()
    }

    /// Ends the measurement; `None` where nothing can be said.
    pub(crate) fn measure(&mut self, now: Seconds) -> Option<Measure> {
        self.keep_area(now);
        let since = self.since?;
        // those behind one that takes very long
        let rest: Vec<(f64, u32)> = self.cohort.drain(..).flatten().collect();
        for (wall, family) in rest {
            self.count_one(wall, family);
        }
        let took = (now - since).as_f64();
        if took <= 0.0 || self.count < 1.0 || self.walls <= 0.0 || self.sizes <= 0.0 {
            return None;
        }
        let running = self.area / took;
        let mean = self.walls / self.sizes;
        let variance = (self.squares / self.count - mean * mean).max(0.0);
        let noise = libm::sqrt(variance) / mean;
        // not even the steadiest machine repeats itself exactly
        let error = (noise / libm::sqrt(self.count)).max(0.01);
        let full = running >= IN_USE * f64::from(self.level);
        Some(Measure {
            rate: running / mean,
            error,
            noise,
            wall: self.walls / self.count,
            took,
            cpu_share: self.work.cpu_share().unwrap_or(0.0),
            use_of_slots: if full { Use::Full } else { Use::Short },
        })
    }

    /// Mean time of the operations that have ended since this was last asked.
    pub(crate) fn period_wall(&mut self) -> Option<f64> {
        let (ended, wall) = core::mem::take(&mut self.period);
        (ended > 0.0).then(|| wall / ended)
    }
}
