//! The search over modes and times: an iterated local search (Lourenco, Martin and
//! Stuetzle, 2003) on pairs of a list and a choice of ways that overdraws no stock.
//!
//! A step moves some activities within a window of the list, or gives one another way; what is overdrawn
//! by that is made good by other ways of others. The list is decoded in the
//! walk's direction. What is not worse becomes the walk's place, and the next step decodes in
//! the other direction, which justifies it. A walk that finds nothing better for long is
//! pushed: many moves at once.

use super::super::{Found, MANY, Search};
use super::choices::{Choice, Choices};
use crate::generate::{Direction, Generator, Profile, Timing};
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;
use fastrand::Rng;

/// Chance that a step gives an activity another way.
const MODE: f64 = 0.5;

/// Chance that such a step gives two activities another way.
const TWO: f64 = 0.1;

/// Chance that such a step moves activities as well.
const BOTH: f64 = 0.3;

/// Most activities that are moved in a step.
const MOVES: usize = 3;

/// Activities of the list among which they are moved.
const WINDOW: usize = 20;

/// Steps for each activity without anything better, until the walk is pushed.
const PATIENCE: u64 = 100;

/// Most moves of a push, and modes that are changed.
const PUSH: usize = 8;

/// How far durations are off in the first list.
const NOISE: f64 = 0.5;

/// What is to be as small as possible: the makespan, then what decides between equals.
type Value = (i64, [i64; 2]);

/// Where the walk is.
#[derive(Clone, Debug)]
struct Place {
    list: Vec<u32>,
    /// In which the list is decoded next.
    direction: Direction,
    choice: Choice,
    value: Value,
}

/// Between equally long schedules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ties {
    /// Any is as good.
    Ignored,
    /// What decides between equals must not grow.
    Count,
}

/// The search.
pub(in super::super) struct Walk<P: Profile> {
    generator: Generator<P>,
    choices: Choices,
    /// Of each way, in the rows of `choices`.
    ticks: Vec<i64>,
    demand: Vec<P::Lanes>,
    rng: Rng,
    here: Place,
    /// Where the best was found.
    top: Place,
    /// The best value since the last push.
    near: Value,
    ties: Ties,
    /// Ties are worth a walk of their own.
    has_ties: bool,
    /// Steps since something better was found.
    idle: u64,
    timing: Timing,
    child: Vec<u32>,
    rank: Vec<u32>,
    best: Found,
    made: u64,
}

impl<P: Profile> Walk<P> {
    /// A search from a seed that begins with `first`; with a list by the longest tails where that is empty.
    pub fn new(project: &Project, packing: &Packing, seed: u64, first: Found) -> Self {
        let (generator, choices) = (Generator::new(project, packing), Choices::new(project));
        let all = || (0..project.len() as u32).flat_map(|activity| project.ways(activity));
        let begin = match project.begin.is_empty() {
            true => vec![0; project.len()],
            false => project.begin.clone(),
        };
        let here = Place {
            list: Vec::new(),
            direction: Direction::Forward,
            choice: choices.choice(begin),
            value: (i64::MAX, [0; 2]),
        };
        let mut walk = Walk {
            timing: generator.timing(),
            rank: vec![0; generator.len()],
            generator,
            choices,
            ticks: all().map(|way| way.ticks).collect(),
            demand: all().map(|way| packing.demand(&way.takes)).collect(),
            rng: Rng::with_seed(seed),
            top: here.clone(),
            near: here.value,
            here,
            ties: Ties::Ignored,
            has_ties: project.has_ties(),
            idle: 0,
            child: Vec::new(),
            best: Found { makespan: i64::MAX, ..Found::default() },
            made: 0,
        };
        walk.take_ways();
        match first.finish.is_empty() {
            true => walk.begin(),
            false => walk.learn(&first),
        }
        walk
    }

    fn begin(&mut self) {
        let tails = self.generator.noisy_tails(NOISE, &mut self.rng);
        self.child = (0..tails.len() as u32).collect();
        self.child.sort_by_key(|&a| (-tails[a as usize], a));
        let value = self.decode();
        self.accept(value);
    }

    /// All activities are done in the ways of the choice.
    fn take_ways(&mut self) {
        for (activity, &way) in self.here.choice.way.iter().enumerate() {
            let row = self.choices.row(activity as u32, way);
            self.generator.ticks[activity] = self.ticks[row];
            self.generator.demand[activity] = self.demand[row];
        }
        self.here.choice.changed.clear();
    }

    /// Those whose way was changed are done in the ways of the choice.
    fn take_changed(&mut self) {
        for &(activity, _) in &self.here.choice.changed {
            let row = self.choices.row(activity, self.here.choice.way[activity as usize]);
            self.generator.ticks[activity as usize] = self.ticks[row];
            self.generator.demand[activity as usize] = self.demand[row];
        }
    }

    /// The child in the direction of the place.
    fn decode(&mut self) -> Value {
        let direction = self.here.direction;
        if self.child.len() > MANY {
            (0..).zip(&self.child).for_each(|(at, &a)| self.rank[a as usize] = at);
            self.generator.parallel(direction, &self.rank, &mut self.timing);
        } else {
            self.generator.serial(direction, &self.child, &mut self.timing);
        }
        self.made += 1;
        (self.timing.makespan, self.here.choice.ties)
    }

    /// The child becomes the walk's place.
    fn accept(&mut self, value: Value) {
        self.here.value = value;
        self.here.choice.changed.clear();
        let better = value < (self.best.makespan, self.best.ties);
        if better {
            self.generator.ends(&self.timing, &mut self.best.finish);
            self.best.way.clone_from(&self.here.choice.way);
            (self.best.makespan, self.best.ties) = value;
            self.best.method = "walk over modes";
        }
        self.generator.turn(&self.timing, &mut self.here.list);
        self.here.direction = self.here.direction.turned();
        if better {
            self.top = self.here.clone();
        }
        if value < self.near {
            (self.near, self.idle) = (value, 0);
        }
    }

    /// The walk stays where it is.
    fn reject(&mut self) {
        let changed = core::mem::take(&mut self.here.choice.changed);
        for &(activity, way) in changed.iter().rev() {
            let row = self.choices.row(activity, way);
            self.generator.ticks[activity as usize] = self.ticks[row];
            self.generator.demand[activity as usize] = self.demand[row];
        }
        self.here.choice.changed = changed;
        self.choices.undo(&mut self.here.choice);
    }

    fn shift_some(&mut self, times: usize, window: usize) {
        let window = window.min(self.child.len());
        let from = self.rng.usize(0..=self.child.len() - window);
        for _ in 0..times {
            let (at, to) = (self.rng.usize(0..window), self.rng.usize(0..window));
            let place = (from + at, from + to);
            self.generator.shift(self.here.direction, &mut self.child, place);
        }
    }

    fn walk(&mut self) {
        self.child.clone_from(&self.here.list);
        if self.rng.f64() < MODE {
            let times = 1 + usize::from(self.rng.f64() < TWO);
            self.choices.change(&mut self.here.choice, times, &mut self.rng);
            self.take_changed();
        }
        if self.here.choice.changed.is_empty() || self.rng.f64() < BOTH {
            let times = self.rng.usize(1..=MOVES);
            self.shift_some(times, WINDOW);
        }
        let value = self.decode();
        let good = match self.ties {
            Ties::Ignored => value.0 <= self.here.value.0,
            Ties::Count => value <= self.here.value,
        };
        match good {
            true => self.accept(value),
            false => self.reject(),
        }
    }

    /// Away from here: to the best, to settle what decides between equals, or by many moves.
    fn push(&mut self) {
        self.idle = 0;
        if self.has_ties && self.ties == Ties::Ignored {
            self.ties = Ties::Count;
            self.here = self.top.clone();
            self.near = self.here.value;
            return self.take_ways();
        }
        self.ties = Ties::Ignored;
        let times = self.rng.usize(1..=PUSH);
        self.choices.change(&mut self.here.choice, times, &mut self.rng);
        self.take_changed();
        self.child.clone_from(&self.here.list);
        self.shift_some(times, usize::MAX);
        let value = self.decode();
        self.near = (i64::MAX, [0; 2]);
        self.accept(value);
    }
}

impl<P: Profile + Send> Search for Walk<P> {
    fn step(&mut self) {
        if self.here.list.is_empty() {
            self.made += 1;
            return;
        }
        self.idle += 1;
        if self.idle > PATIENCE * self.here.list.len() as u64 {
            return self.push();
        }
        self.walk();
    }

    fn made(&self) -> u64 {
        self.made
    }

    fn best(&self) -> &Found {
        &self.best
    }

    fn learn(&mut self, found: &Found) {
        if (found.makespan, found.ties) >= (self.best.makespan, self.best.ties) {
            return;
        }
        self.best.clone_from(found);
        self.here.choice = self.choices.choice(found.way.clone());
        self.take_ways();
        self.timing.finish.clone_from(&found.finish);
        (self.timing.makespan, self.timing.direction) = (found.makespan, Direction::Forward);
        self.generator.turn(&self.timing, &mut self.here.list);
        self.here.direction = Direction::Backward;
        self.here.value = (found.makespan, found.ties);
        (self.top, self.near, self.idle) = (self.here.clone(), self.here.value, 0);
    }
}
