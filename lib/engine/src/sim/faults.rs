//! What goes wrong on a simulated machine.

use super::{Happening, Sim};
use crate::backoff::splitmix;
use crate::message::{Cancel, Input};
use alloc::string::ToString as _;
use alloc::vec::Vec;
use record::Seconds;

/// Faults that a simulation injects. Those of chance are told in starts, ends and answers of
/// a thousand, and stop at a time, after which a run must come to its end.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// Nothing goes wrong by chance from then on: what was lost is found, what stood goes on.
    pub until: Seconds,
    /// Starts that fail for a lack.
    pub lack: u64,
    /// Starts that can never be.
    pub never: u64,
    /// Ends that are heard of late, and outputs that stay open.
    pub late: u64,
    /// Ends that are told twice.
    pub twice: u64,
    /// Ends that nobody is told of, until a signal finds nobody there.
    pub lost: u64,
    /// Ends of which only that they are over is heard, not how.
    pub unseen: u64,
    /// Set-ups of slots that fail.
    pub set_up: u64,
    /// Ends for want of memory, of those that ended by themselves.
    pub oom: u64,
    /// Looks at what runs, and figures of what has ended, that are wrong.
    pub misread: u64,
    /// Locks that cannot be had although somebody waits for them, or asks.
    pub refused: u64,
    /// Locks that somebody else, each time for that long at most, takes as well.
    pub strangers: Option<Seconds>,
    /// Tokens of a pool that others use, too.
    pub tokens: u32,
    /// The input cannot be read on after so many operations.
    pub input: Option<usize>,
    /// The clock shows only multiples of this: it stands still between.
    pub grain: Seconds,
    /// What happens besides, and when.
    pub troubles: Vec<(When, Trouble)>,
}

/// When something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At a time.
    At(Seconds),
    /// After so many actions of the engine, wherever it is then.
    Step(u64),
}

/// Something that happens to a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// A signal that ends it.
    Cancel(Cancel),
    /// A signal that changes the number of slots.
    Slots(u32),
    /// A reader of ours stands still for so long, as where a disk is full.
    Hold(Seconds),
    /// Somebody says that nothing starts, and takes it back after so long.
    Pause(Seconds),
    /// The machine is looked at although nobody has asked: it is told that tasks stand still.
    Stalls,
    /// Output of one that runs cannot be kept.
    Disk,
    /// One that runs is told to come again after so long.
    Later(Seconds),
    /// The clock leaps forward, and nothing was heard meanwhile.
    Leap(Seconds),
    /// We and our children are stopped for so long, and the machine goes on.
    Stop(Seconds),
    /// Somebody is killed and takes a token with him.
    Theft,
}

/// Numbers by chance, the same from the same seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = splitmix(self.0);
        self.0 % bound.max(1)
    }
}

impl Sim {
    /// Draws for one of the faults of chance.
    pub(super) fn strikes(&mut self, per_mille: u64) -> bool {
        per_mille > 0 && self.now < self.faults.until && self.chance.below(1000) < per_mille
    }

    /// A time up to so long.
    pub(super) fn within(&mut self, longest: Seconds) -> Seconds {
        Seconds::from_micros(self.chance.below(longest.as_micros().unsigned_abs() + 1) as i64)
    }

    /// Puts what is to happen into its place.
    pub(super) fn prepare_faults(&mut self) {
        for (at, (when, trouble)) in self.faults.troubles.clone().into_iter().enumerate() {
            match when {
                When::At(time) => self.at(time, Happening::Trouble(at)),
                When::Step(step) => self.steps_to_trouble.push((step, trouble)),
            }
        }
        self.at(self.faults.until, Happening::Calm);
        if self.faults.tokens > 0 {
            self.at(Seconds::ZERO, Happening::Others);
        }
    }

    /// What is due after this action of the engine.
    pub(super) fn trouble_after_step(&mut self) {
        self.steps += 1;
        let steps = self.steps;
        while let Some(at) = self.steps_to_trouble.iter().position(|(step, _)| *step <= steps) {
            let (_, trouble) = self.steps_to_trouble.swap_remove(at);
            self.meet(trouble);
        }
    }

    pub(super) fn meet(&mut self, trouble: Trouble) {
        match trouble {
            Trouble::Cancel(cancel) => self.tell(Input::Cancel(cancel)),
            Trouble::Slots(slots) => self.tell(Input::Slots(slots)),
            Trouble::Hold(time) => {
                self.hold();
                self.at(self.now + time, Happening::GoOn);
            }
            Trouble::Pause(time) => {
                self.tell(Input::Pause);
                self.at(self.now + time, Happening::Resume);
            }
            Trouble::Stalls => {
                let machine = self.machine_now();
                self.tell(Input::Machine(machine));
            }
            Trouble::Disk => {
                if let Some(key) = self.somebody_who_runs() {
                    self.tell(Input::Fail(key, "no space left on device".to_string()));
                }
            }
            Trouble::Later(after) => {
                if let Some(key) = self.somebody_who_runs() {
                    self.tell(Input::RetryAfter(key, after));
                }
            }
            Trouble::Leap(time) => self.now += time,
            Trouble::Stop(time) => self.stop(time),
            Trouble::Theft => {
                if self.tokens.free > 0 {
                    self.tokens.free -= 1;
                    self.tokens.stolen += 1;
                }
            }
        }
    }

    /// Time passes for the machine, and neither for us nor for our children.
    fn stop(&mut self, time: Seconds) {
        self.now += time;
        self.stopped += time;
        let all = core::mem::take(&mut self.happenings);
        for mut one in all {
            if one.0.2.is_of_a_child() {
                one.0.0 += time;
            }
            self.happenings.push(one);
        }
    }

    /// Faults of chance are over.
    pub(super) fn calm(&mut self) {
        self.go_on();
        for key in self.lost_ends() {
            self.find_end(key);
        }
    }
}
