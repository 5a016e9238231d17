//! Experiments: another level for a measurement, kept if it is worth it, else undone.

use super::manner::Manner;
use super::meter::{Measure, Use};
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use record::Seconds;

/// More slots are worth it from this gain.
const GAIN: f64 = 0.03;

/// Fewer slots are taken where they cost no more.
const LOSS: f64 = 0.02;

/// A rate that differs by more, twice in a row, is another machine or other work.
const DRIFT: f64 = 0.15;

/// Part of what could have been done that experiments downwards may cost.
const BUDGET: f64 = 0.03;

/// So much they may cost from the beginning, seconds.
const CREDIT: f64 = 0.1;

/// Operations take so much longer than at their fastest: they stand in each other's way.
const CROWDED: f64 = 1.3;

/// Of work that computes so much of its time fewer slots do less.
const COMPUTES: f64 = 0.8;

/// Measurements between two rounds of experiments, at first and at most.
const REST: (u32, u32) = (3, 10);

/// Between which levels it moves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub least: u32,
    pub most: u32,
}

/// A rate, with its relative standard error.
#[derive(Clone, Copy, Debug)]
struct Known {
    rate: f64,
    error: f64,
    wall: f64,
    count: u32,
}

impl Known {
    fn of(measure: &Measure) -> Self {
        Known { rate: measure.rate, error: measure.error, wall: measure.wall, count: 1 }
    }

    /// With one more measurement; the last few count.
    fn add(&mut self, measure: &Measure) {
        let weight = 1.0 / f64::from(self.count.min(3) + 1);
        self.rate += (measure.rate - self.rate) * weight;
        self.wall += (measure.wall - self.wall) * weight;
        let pooled =
            (1.0 - weight) * self.error * self.error + weight * measure.error * measure.error;
        self.count = (self.count + 1).min(4);
        self.error = libm::sqrt(pooled / f64::from(self.count)).max(0.005);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A level that is tried out.
#[derive(Debug)]
struct Trial {
    from: u32,
    way: Way,
    found: Option<Known>,
}

/// Looks for the best level.
#[derive(Debug)]
pub(crate) struct Climb {
    /// What is known of the level that was last found best.
    base: Option<Known>,
    trial: Option<Trial>,
    /// Next steps.
    up: u32,
    down: u32,
    /// The direction whose turn it is; both have failed at their smallest step when it is over.
    turn: Way,
    failed: u32,
    rest: u32,
    resting: u32,
    strange: u32,
    /// Mean time of an operation by level, seconds.
    walls: BTreeMap<u32, f64>,
    began: Seconds,
    /// Time that experiments have cost, seconds.
    lost: f64,
    /// Fewer slots were as good lately.
    flat: Flat,
}

/// What more slots have brought: about as much as there were more, or less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slope {
    Steep,
    Gentle,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flat {
    Unknown,
    Yes,
    No,
}

impl Climb {
    pub(crate) fn new(now: Seconds, level: u32) -> Self {
        Climb {
            base: None,
            trial: None,
            up: (level / 2).max(1),
            down: smallest(level),
            turn: Way::Up,
            failed: 0,
            rest: REST.0,
            resting: 0,
            strange: 0,
            walls: BTreeMap::new(),
            began: now,
            lost: 0.0,
            flat: Flat::Unknown,
        }
    }

    /// It is known already that fewer do less: no experiments for now.
    pub(crate) fn rest(&mut self) {
        self.flat = Flat::No;
        (self.rest, self.resting) = (REST.1, REST.1);
    }

    /// A measurement of the level is over: what is tried next, and why.
    pub(crate) fn next(
        &mut self,
        now: Seconds,
        (measure, manner): (&Measure, Manner),
        (level, bounds): (u32, Bounds),
    ) -> Option<(u32, String)> {
        if measure.use_of_slots == Use::Short {
            // what is missing is work, or it ends faster than it can be started
            return self.trial.take().map(|trial| {
                (trial.from, format!("back: too little runs to tell {level} from {}", trial.from))
            });
        }
        self.walls.insert(level, measure.wall);
        match self.trial.take() {
            Some(trial) => self.judge((trial, level), (measure, manner), bounds),
            None => {
                self.keep_base(measure, level);
                self.propose(now, (measure, manner), (level, bounds))
            }
        }
    }

    /// What is known of the level, unless everything is different now.
    fn keep_base(&mut self, measure: &Measure, level: u32) {
        let Some(base) = &mut self.base else {
            self.base = Some(Known::of(measure));
            return;
        };
        let differs = measure.rate / base.rate - 1.0;
        let noise = libm::hypot(measure.error, base.error);
        let is_same = differs.abs() <= DRIFT.max(3.0 * noise);
        if is_same || differs.is_nan() {
            self.strange = 0;
            base.add(measure);
            return;
        }
        self.strange += 1;
        if self.strange < 2 {
            return;
        }
        *base = Known::of(measure);
        self.strange = 0;
        self.walls.retain(|at, _| *at == level);
        (self.up, self.down) = ((level / 2).max(1), (level / 2).max(1));
        self.turn = if differs < 0.0 { Way::Down } else { Way::Up };
        self.flat = if differs < 0.0 { Flat::Yes } else { Flat::Unknown };
        (self.failed, self.resting, self.rest) = (0, 0, REST.0);
    }

    /// Another level to try, if it is time.
    fn propose(
        &mut self,
        now: Seconds,
        (measure, manner): (&Measure, Manner),
        (level, bounds): (u32, Bounds),
    ) -> Option<(u32, String)> {
        if self.resting > 0 {
            self.resting -= 1;
            return None;
        }
        for _ in 0..2 {
            let way = self.turn;
            let to = match way {
                Way::Up => self.upwards(manner, (level, bounds)),
                Way::Down => self.downwards(now, measure, (level, bounds)),
            };
            if let Some(to) = to {
                self.trial = Some(Trial { from: level, way, found: None });
                let rate = self.base.map_or(measure.rate, |base| base.rate);
                return Some((
                    to,
                    format!("an experiment: {} operations/s at {level}", shown(rate)),
                ));
            }
            self.give_up(way);
        }
        None
    }

    fn upwards(&self, manner: Manner, (level, bounds): (u32, Bounds)) -> Option<u32> {
        let stride = (f64::from(level) * manner.stride) as u32;
        let step = self.up.max(smallest(level)).min(stride.max(1));
        let to = level.saturating_add(step).min(bounds.most);
        (to > level).then_some(to)
    }

    /// Fewer: where that may be as good, and costs little if it is not.
    fn downwards(
        &self,
        now: Seconds,
        measure: &Measure,
        (level, bounds): (u32, Bounds),
    ) -> Option<u32> {
        let to = level.saturating_sub(self.down.max(smallest(level))).max(bounds.least);
        if to >= level || measure.cpu_share > COMPUTES {
            return None;
        }
        let fastest = self.walls.values().copied().fold(f64::INFINITY, f64::min);
        let crowded = measure.wall > CROWDED * fastest;
        let passed = (now - self.began).as_f64().max(0.0);
        let price = f64::from(level - to) / f64::from(level) * 2.0 * measure.took.max(measure.wall);
        let affordable = self.lost + price <= CREDIT + BUDGET * passed;
        (crowded || self.flat == Flat::Yes || affordable).then_some(to)
    }

    /// A direction leads no further with this step.
    fn give_up(&mut self, way: Way) {
        self.turn = match way {
            Way::Up => Way::Down,
            Way::Down => Way::Up,
        };
        self.failed += 1;
        if self.failed >= 2 {
            (self.failed, self.resting) = (0, self.rest);
            self.rest = (self.rest * 2).min(REST.1);
        }
    }

    /// An experiment is kept, undone, or goes on where it says nothing clear.
    fn judge(
        &mut self,
        (mut trial, level): (Trial, u32),
        (measure, manner): (&Measure, Manner),
        bounds: Bounds,
    ) -> Option<(u32, String)> {
        let mut found = trial.found.unwrap_or(Known::of(measure));
        if trial.found.is_some() {
            found.add(measure);
        }
        let Some(base) = self.base else { return Some((trial.from, String::from("back"))) };
        let gain = found.rate / base.rate - 1.0;
        let (from, to) = (f64::from(trial.from), f64::from(level));
        let linear = (to / from - 1.0).abs();
        let needed = match trial.way {
            Way::Up => GAIN.max((0.3 * linear).min(2.0 * GAIN)),
            Way::Down => -LOSS.max((0.3 * linear).min(1.5 * LOSS)),
        };
        let noise = libm::hypot(found.error, base.error);
        // the best so far is partly luck, and fewer are better where it is not clear
        let needed = if trial.way == Way::Down { needed - 0.5 * noise } else { needed };
        let unclear = (gain - needed).abs() < manner.errors * noise;
        // what has failed several times and is good all at once may be luck
        let surprising = trial.way == Way::Up && self.rest == REST.1 && gain >= needed;
        if (unclear && found.count < manner.repeats) || (surprising && found.count < 2) {
            trial.found = Some(found);
            self.trial = Some(trial);
            return None;
        }
        if gain < 0.0 {
            self.lost += -gain * measure.took * f64::from(found.count);
        }
        let rates = format!(
            "{} operations/s at {level}, {} at {}",
            shown(found.rate),
            shown(base.rate),
            trial.from
        );
        if gain >= needed {
            let steep = if gain - manner.errors * noise >= 0.5 * linear {
                Slope::Steep
            } else {
                Slope::Gentle
            };
            self.accept((&trial, found), level, (manner, steep));
            return self.go_on(&trial, (level, bounds), rates);
        }
        self.refuse(&trial, (gain, linear));
        Some((trial.from, format!("back: {rates}")))
    }

    fn accept(
        &mut self,
        (trial, found): (&Trial, Known),
        level: u32,
        (manner, slope): (Manner, Slope),
    ) {
        self.base = Some(found);
        (self.failed, self.resting, self.rest) = (0, 0, REST.0);
        self.turn = trial.way;
        let most = ((f64::from(level) * manner.stride) as u32).max(1);
        match trial.way {
            Way::Up => {
                if slope == Slope::Steep {
                    self.up *= 2;
                }
                self.up = self.up.min(most);
                self.down = self.down.min((self.up / 2).max(1));
                self.flat = Flat::Unknown;
            }
            Way::Down => {
                self.down = (2 * self.down).min((level / 4).max(1));
                self.up = self.up.min(smallest(level));
                self.flat = Flat::Yes;
            }
        }
    }

    /// It was kept: the next one follows at once.
    fn go_on(
        &mut self,
        trial: &Trial,
        (level, bounds): (u32, Bounds),
        rates: String,
    ) -> Option<(u32, String)> {
        let to = match trial.way {
            Way::Up => level.saturating_add(self.up).min(bounds.most),
            Way::Down => level.saturating_sub(self.down).max(bounds.least),
        };
        if to == level {
            return None;
        }
        self.trial = Some(Trial { from: level, way: trial.way, found: None });
        Some((to, format!("kept: {rates}; on")))
    }

    fn refuse(&mut self, trial: &Trial, (gain, linear): (f64, f64)) {
        let least = smallest(trial.from);
        let step = match trial.way {
            Way::Up => &mut self.up,
            Way::Down => &mut self.down,
        };
        let was_least = *step <= least;
        *step = (*step / 2).max(least);
        if trial.way == Way::Up && gain < 0.3 * linear {
            // more of them do no more: so may fewer
            self.flat = Flat::Yes;
            if gain < -DRIFT && trial.from > 8 {
                // they do even less: it is not worth while to look closer
                self.up = least;
                self.down = (trial.from / 4).max(1);
                self.turn = Way::Down;
                return;
            }
        }
        if trial.way == Way::Down {
            // as much less as there were fewer: they are not in each other's way
            let free = gain < -0.7 * linear;
            self.flat = if free { Flat::No } else { Flat::Unknown };
            if free && was_least {
                self.rest = REST.1;
            }
        }
        if was_least {
            self.give_up(trial.way);
        } else {
            self.turn = trial.way;
        }
    }
}

/// The smallest step at a level: one, or an eighth.
fn smallest(level: u32) -> u32 {
    (level / 8).max(1)
}

/// A rate with three digits.
fn shown(rate: f64) -> String {
    match rate {
        rate if rate >= 100.0 => format!("{rate:.0}"),
        rate if rate >= 10.0 => format!("{rate:.1}"),
        rate => format!("{rate:.2}"),
    }
}
