//! The slow start: by what commands do, before any of them has ended.

use super::Reading;
use super::climb::Bounds;
use super::meter::Meter;
use alloc::format;
use alloc::string::String;
use record::Seconds;

/// The first look, when the first commands have been loaded.
const FIRST: Seconds = Seconds::from_micros(4_000);

/// The last one is so long after the one before.
const LAST: Seconds = Seconds::from_micros(64_000);

/// More than the model says, since it counts what loading takes, too.
const MARGIN: f64 = 1.25;

/// So many looks in a row without a rise end it.
const PATIENCE: u32 = 5;

/// Before anything has ended there is a rise at the first look, and one in each such time: what
/// stands in its own way does not show it earlier than at its end.
const UNPROVEN: Seconds = Seconds::from_micros(120_000);

/// None that was started at a level has ended after so many times what others took: they stand
/// in each other's way.
const OVERDUE: f64 = 2.5;

/// So many ends of operations that were started at a level say something.
pub(crate) const ENOUGH: u32 = 2;

/// A rise whose gain is below this was none.
const NO_GAIN: f64 = 1.1;

/// A usual rise.
const DOUBLE: f64 = 2.0;

/// Those that take no longer than so many times what they took do not stand in each other's way.
const AS_LONG: f64 = 1.05;

/// Where an operation has run for less than this part of its time says little of that level.
const GOOD_PART: f64 = 0.3;

/// They have grown to half of what they will take.
const GROWING: f64 = 2.0;

/// What the ramp wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Rise(u32, String),
    Wait,
    /// Nothing is to be done before the time, unless something ends.
    Hold(Seconds),
    /// The last rise did harm.
    Back(u32, String),
    /// It is over: as many run as the CPUs can bear, or as may.
    Over,
}

/// What has been seen in all looks.
#[derive(Debug)]
pub(crate) struct Ramp {
    busy: u32,
    seen: u32,
    /// Looks since the last rise.
    idle: u32,
    began: Seconds,
    rises: u32,
    /// Since when the level is what it is, and what it was before.
    since: Seconds,
    before: u32,
    /// Available memory at the beginning, bytes.
    memory: Option<u64>,
    /// What one took at the level before, seconds.
    wall: Option<f64>,
    /// At the level they take as long as at the one before: nobody stands in another's way.
    free: bool,
}

/// What the ends say of a level.
enum Proof {
    /// It is borne: so many times as many may run next.
    Borne(f64),
    /// Not before that time, unless something ends.
    None(Seconds),
    Refuted(String),
}

impl Ramp {
    pub(crate) fn new(now: Seconds) -> Self {
        Ramp {
            busy: 0,
            seen: 0,
            idle: 0,
            began: now,
            rises: 0,
            since: now,
            before: 0,
            memory: None,
            wall: None,
            free: false,
        }
    }

    /// When it was over, more slots had just brought as much more as there were more of them.
    pub(crate) fn is_free(&self) -> bool {
        self.free
    }

    /// Until the next look.
    pub(crate) fn pause(&self) -> Seconds {
        let doubled = FIRST.as_micros() << self.idle.min(4);
        Seconds::from_micros(doubled.min(LAST.as_micros()))
    }

    pub(crate) fn step(
        &mut self,
        (meter, now): (&Meter, Seconds),
        (reading, cpus): (&Reading, u32),
        (level, bounds): (u32, Bounds),
    ) -> Wish {
        let own = reading.own;
        // who waits for a disk keeps it busy as others keep a CPU
        let busy = own.busy.saturating_add(own.disk);
        self.busy = self.busy.saturating_add(busy);
        self.seen = self.seen.saturating_add(own.seen());
        let available = reading.machine.free_memory();
        self.memory = self.memory.or(available);
        if meter.running() < level - level / 4 {
            // there is nothing that could take another slot
            return self.wait();
        }
        let proof = self.proof((meter, now), level);
        self.free = matches!(proof, Proof::Borne(factor) if factor > DOUBLE);
        if let Proof::Refuted(reason) = proof {
            return Wish::Back(self.before, reason);
        }
        if level >= bounds.most {
            return match proof {
                Proof::None(until) if self.before > 0 => Wish::Hold(until),
                _ => Wish::Over,
            };
        }
        let (ended, share) = (meter.work.ended(), meter.work.cpu_share());
        let share = match share.filter(|_| ended >= 4) {
            Some(share) => share,
            None if self.seen == 0 => return self.wait(),
            // one more than was seen, half busy: few looks prove little
            None => (f64::from(self.busy) + 0.5) / (f64::from(self.seen) + 1.0),
        };
        let bearable = f64::from(cpus) / share.max(0.001) * MARGIN;
        let factor = if let Proof::Borne(factor) = proof { factor } else { DOUBLE };
        let to = bearable.min(f64::from(bounds.most)).min(factor * f64::from(level)) as u32;
        let to = to.min(self.fitting(available, meter.running()));
        if to <= level || busy >= cpus.max(level.div_ceil(2)) {
            return self.wait();
        }
        if let Proof::None(until) = proof {
            return Wish::Hold(until);
        }
        (self.idle, self.before, self.since) = (0, level, now);
        self.rises += 1;
        self.wall = meter.wall_here().map(|(_, wall)| wall).or(self.wall);
        let percent = libm::round(share * 100.0);
        Wish::Rise(
            to,
            format!("the commands wait: {percent} % of their time is on a CPU or a disk"),
        )
    }

    /// Whether more may run by what has ended: by how long those take that were started at
    /// the level.
    fn proof(&self, (meter, now): (&Meter, Seconds), level: u32) -> Proof {
        let Some(all) = meter.wall_of_all() else {
            let until =
                self.began + Seconds::from_micros(UNPROVEN.as_micros() * i64::from(self.rises));
            return if now >= until { Proof::Borne(DOUBLE) } else { Proof::None(until) };
        };
        if self.before == 0 {
            return Proof::Borne(DOUBLE);
        }
        let (ended, here) = meter.wall_here().unwrap_or_default();
        let wall = self.wall.or_else(|| wall_before(meter, here)).unwrap_or(all);
        if ended == 0 {
            let until = self.since + Seconds::from_f64(OVERDUE * wall);
            if now < until {
                return Proof::None(until);
            }
            let passed = (now - self.since).as_f64();
            return Proof::Refuted(format!(
                "back: at {level} none has ended for {passed:.3} s, and one took {wall:.3} s"
            ));
        }
        let gain = f64::from(level) / f64::from(self.before) * wall / here.max(1e-6);
        if gain < NO_GAIN && ended >= ENOUGH {
            return Proof::Refuted(format!(
                "back: an operation takes {here:.3} s at {level}, and took {wall:.3} s at {}",
                self.before
            ));
        }
        if ended >= ENOUGH {
            // both were measured, and so many more did so many times as much
            let free = self.wall.is_some_and(|wall| here < AS_LONG * wall);
            return Proof::Borne(if free { 2.0 * DOUBLE } else { DOUBLE });
        }
        Proof::None(now + Seconds::from_f64(wall))
    }

    /// So many have room in the memory that is left, if each takes what each of those that
    /// run has taken so far, and as much again.
    fn fitting(&self, available: Option<u64>, running: u32) -> u32 {
        let Some((first, now)) = self.memory.zip(available) else { return u32::MAX };
        let each = first.saturating_sub(now) as f64 / f64::from(running.max(1));
        if each < 1.0 {
            return u32::MAX;
        }
        // those that run will grow, too
        let left = now as f64 * 0.875 - each * (GROWING - 1.0) * f64::from(running);
        let more = (left / (each * GROWING)).max(0.0);
        running.saturating_add(more as u32)
    }

    fn wait(&mut self) -> Wish {
        self.idle += 1;
        if self.idle >= PATIENCE { Wish::Over } else { Wish::Wait }
    }
}

/// What one would have taken at the level before, by those that ran a good part of their time
/// there and the rest here, seconds: what was left of them was done at the speed of those that
/// took so long here.
fn wall_before(meter: &Meter, here: f64) -> Option<f64> {
    let (before, after) = meter.carried()?;
    (before >= GOOD_PART * (before + after) && here > after).then(|| here * before / (here - after))
}
