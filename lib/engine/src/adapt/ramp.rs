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

/// What the ramp wants.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wish {
    Rise(u32, String),
    Wait,
    /// It is over: as many run as the CPUs can bear, or as may.
    Over,
}

/// What has been seen in all looks.
#[derive(Debug, Default)]
pub(crate) struct Ramp {
    busy: u32,
    seen: u32,
    /// Looks since the last rise.
    idle: u32,
    looks: u32,
}

impl Ramp {
    /// Until the next look.
    pub(crate) fn pause(&self) -> Seconds {
        let doubled = FIRST.as_micros() << self.idle.min(4);
        Seconds::from_micros(doubled.min(LAST.as_micros()))
    }

    pub(crate) fn step(
        &mut self,
        meter: &Meter,
        (reading, cpus): (&Reading, u32),
        (level, bounds): (u32, Bounds),
    ) -> Wish {
        if level >= bounds.most {
            return Wish::Over;
        }
        self.looks += 1;
        let own = reading.own;
        // who waits for a disk keeps it busy as others keep a CPU
        let busy = own.busy.saturating_add(own.disk);
        self.busy = self.busy.saturating_add(busy);
        self.seen = self.seen.saturating_add(own.seen());
        if meter.running() < level - level / 4 {
            // there is nothing that could take another slot
            return self.wait();
        }
        let (ended, share) = (meter.work.ended(), meter.work.cpu_share());
        let share = match share.filter(|_| ended >= 4) {
            Some(share) => share,
            None if self.seen == 0 => return self.wait(),
            // one more than was seen, half busy: few looks prove little
            None => (f64::from(self.busy) + 0.5) / (f64::from(self.seen) + 1.0),
        };
        let bearable = f64::from(cpus) / share.max(0.001) * MARGIN;
        let to = bearable.min(f64::from(bounds.most)).min(2.0 * f64::from(level)) as u32;
        if to <= level || busy >= cpus.max(level.div_ceil(2)) {
            return self.wait();
        }
        self.idle = 0;
        let percent = libm::round(share * 100.0);
        Wish::Rise(
            to,
            format!("the commands wait: {percent} % of their time is on a CPU or a disk"),
        )
    }

    fn wait(&mut self) -> Wish {
        self.idle += 1;
        if self.idle >= PATIENCE { Wish::Over } else { Wish::Wait }
    }
}
