//! A genetic algorithm with two populations, of schedules made forward and of schedules
//! made backward; the children of the one go into the other, so that every child is also a
//! justification of its parents (BPGA; Debels and Vanhoucke, 2005). Lists are crossed at two
//! points (Hartmann, 1998).

use super::{Found, Search};
use crate::generate::{Direction, Generator, Profile, Timing};
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;
use fastrand::Rng;

/// lab
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// population
    pub size: usize,
    /// mutation prob 1/x
    pub mutate: f64,
    /// variant
    pub variant: u32,
    /// noise
    pub noise: f64,
    /// when the walk begins
    pub switch: u64,
    /// moves
    pub moves: usize,
    /// window
    pub window: usize,
}

/// One of a population: a list to be decoded in the population's direction.
#[derive(Clone, Debug, Default)]
struct Member {
    list: Vec<u32>,
    /// Of the schedule that the list was made of.
    makespan: i64,
}

/// The search.
pub struct Genetic<P: Profile> {
    generator: Generator<P>,
    rng: Rng,
    tuning: Tuning,
    /// Members to be decoded forward, and backward.
    population: [Vec<Member>; 2],
    best: Found,
    timing: Timing,
    child: Vec<u32>,
    taken: Vec<u32>,
    walker: Member,
    walks: Direction,
    stamp: u32,
    turn: usize,
    made: u64,
}

impl<P: Profile> Genetic<P> {
    /// A search from a seed.
    pub fn new(project: &Project, packing: &Packing, seed: u64, tuning: Tuning) -> Self {
        let generator = Generator::new(project, packing);
        let count = generator.len();
        let mut search = Genetic {
            timing: generator.timing(),
            generator,
            rng: Rng::with_seed(seed),
            tuning,
            population: [Vec::new(), Vec::new()],
            best: Found { finish: vec![0; count], way: vec![0; count], makespan: i64::MAX },
            child: Vec::new(),
            taken: vec![0; count],
            walker: Member::default(),
            walks: Direction::Forward,
            stamp: 0,
            turn: 0,
            made: 0,
        };
        search.begin();
        search
    }

    fn begin(&mut self) {
        self.population = [Vec::new(), Vec::new()];
        for n in 0..self.tuning.size {
            let list = self.noisy(if n == 0 { 0.0 } else { self.tuning.noise });
            let member = self.decode(Direction::Forward, list);
            let back = self.decode(Direction::Backward, member.list.clone());
            self.population[1].push(member);
            self.population[0].push(back);
        }
    }

    /// A list by longest tails, with durations that are somewhat off.
    fn noisy(&mut self, noise: f64) -> Vec<u32> {
        let Genetic { generator, rng, .. } = self;
        let exact = generator.ticks.clone();
        for ticks in &mut generator.ticks {
            *ticks = ((*ticks as f64 * 16.0) * (1.0 + noise * (2.0 * rng.f64() - 1.0))) as i64;
        }
        let tails = generator.tails(Direction::Forward);
        generator.ticks = exact;
        let mut list: Vec<u32> = (0..tails.len() as u32).collect();
        list.sort_by_key(|&a| (-tails[a as usize], a));
        list
    }

    /// The member of the other population.
    fn decode(&mut self, direction: Direction, list: Vec<u32>) -> Member {
        self.generator.serial(direction, &list, &mut self.timing);
        self.made += 1;
        self.keep_best();
        let mut list = list;
        self.generator.turn(&self.timing, &mut list);
        let sum: i64 =
            if self.tuning.variant & 4 > 0 { self.timing.finish.iter().sum() } else { 0 };
        Member { list, makespan: self.timing.makespan * 1_000_000 + sum }
    }

    fn keep_best(&mut self) {
        let Timing { finish, makespan, direction } = &self.timing;
        if *makespan >= self.best.makespan {
            return;
        }
        self.best.makespan = *makespan;
        match direction {
            Direction::Forward => self.best.finish.clone_from(finish),
            Direction::Backward => {
                for ((into, &end), &ticks) in
                    self.best.finish.iter_mut().zip(finish).zip(&self.generator.ticks)
                {
                    *into = *makespan - (end - ticks);
                }
            }
        }
    }

    /// Two-point crossover: the father's list, in whose middle the order is the mother's.
    fn cross(&mut self, father: &[u32], mother: &[u32]) {
        let count = father.len();
        let (a, b) = (self.rng.usize(0..=count), self.rng.usize(0..=count));
        let (first, last) = (a.min(b), a.max(b));
        if self.tuning.variant & 8 > 0 && self.rng.bool() {
            // the window of the father stays; before and behind it the order is the mother's
            self.stamp += 2;
            for &a in &father[..first] {
                self.taken[a as usize] = self.stamp - 1;
            }
            for &a in &father[first..last] {
                self.taken[a as usize] = self.stamp;
            }
            let (taken, stamp) = (&self.taken, self.stamp);
            self.child.clear();
            self.child.extend(mother.iter().filter(|&&a| taken[a as usize] == stamp - 1));
            self.child.extend_from_slice(&father[first..last]);
            self.child.extend(mother.iter().filter(|&&a| taken[a as usize] < stamp - 1));
            return;
        }
        self.stamp += 1;
        let stamp = self.stamp;
        self.child.clear();
        self.child.extend_from_slice(&father[..first]);
        father[..first].iter().for_each(|&a| self.taken[a as usize] = stamp);
        let mut left = last - first;
        for &a in mother {
            if left == 0 {
                break;
            }
            if self.taken[a as usize] != stamp {
                self.taken[a as usize] = stamp;
                self.child.push(a);
                left -= 1;
            }
        }
        let taken = &self.taken;
        self.child.extend(father[first..].iter().filter(|&&a| taken[a as usize] != stamp));
    }

    /// Moves activities to other places, as far as what they need allows.
    fn mutate(&mut self, direction: Direction) {
        let count = self.child.len();
        let times = if self.rng.f64() < self.tuning.mutate { 1 + self.rng.usize(0..3) } else { 0 };
        for _ in 0..times {
            let at = self.rng.usize(0..count);
            let to = self.rng.usize(0..count);
            self.shift(direction, at, to);
        }
    }

    fn shift(&mut self, direction: Direction, at: usize, to: usize) {
        let its = self.child[at];
        let mut at = at;
        let step = |this: &Self, other: u32, up: bool| {
            let before = match (direction, up) {
                (Direction::Forward, true) | (Direction::Backward, false) => &this.generator.after,
                _ => &this.generator.before,
            };
            before.list(its).contains(&other)
        };
        while at < to {
            let other = self.child[at + 1];
            if step(self, other, true) {
                break;
            }
            self.child.swap(at, at + 1);
            at += 1;
        }
        while at > to {
            let other = self.child[at - 1];
            if step(self, other, false) {
                break;
            }
            self.child.swap(at, at - 1);
            at -= 1;
        }
    }
}

impl<P: Profile> Genetic<P> {
    fn walk(&mut self) {
        if self.walker.list.is_empty() {
            let mut at = (0, 0);
            for d in 0..2 {
                for n in 0..self.tuning.size {
                    if self.population[d][n].makespan < self.population[at.0][at.1].makespan {
                        at = (d, n);
                    }
                }
            }
            self.walker = self.population[at.0][at.1].clone();
            self.walks = if at.0 == 0 { Direction::Forward } else { Direction::Backward };
        }
        let direction = self.walks;
        self.child.clone_from(&self.walker.list);
        let count = self.child.len();
        let window = self.tuning.window.min(count);
        let from = self.rng.usize(0..=count - window);
        for _ in 0..1 + self.rng.usize(0..self.tuning.moves) {
            let (at, to) = (from + self.rng.usize(0..window), from + self.rng.usize(0..window));
            self.shift(direction, at, to);
        }
        let list = core::mem::take(&mut self.child);
        let member = self.decode(direction, list);
        if member.makespan <= self.walker.makespan {
            self.child = core::mem::replace(&mut self.walker, member).list;
            self.walks = direction.turned();
        } else {
            self.child = member.list;
        }
    }
}

impl<P: Profile> Search for Genetic<P> {
    fn step(&mut self) -> u64 {
        if self.made > self.tuning.switch {
            self.walk();
            return self.made;
        }
        let size = self.tuning.size;
        let at = self.turn % size;
        let from = (self.turn / size) % 2;
        self.turn += 1;
        let direction = if from == 0 { Direction::Forward } else { Direction::Backward };
        let mut mother = self.rng.usize(0..size);
        let other = self.rng.usize(0..size);
        if self.population[from][other].makespan < self.population[from][mother].makespan {
            mother = other;
        }
        let father = core::mem::take(&mut self.population[from][at]);
        let mut best: Option<Member> = None;
        if mother != at {
            let mother = core::mem::take(&mut self.population[from][mother].list);
            for turn in 0..2 {
                if turn == 0 {
                    self.cross(&father.list, &mother);
                } else {
                    self.cross(&mother, &father.list);
                }
                self.mutate(direction);
                let list = core::mem::take(&mut self.child);
                let child = self.decode(direction, list);
                if best.as_ref().is_none_or(|best| child.makespan < best.makespan) {
                    self.child = best.replace(child).map(|m| m.list).unwrap_or_default();
                } else {
                    self.child = child.list;
                }
            }
            let mother_at = self.population[from].iter().position(|m| m.list.is_empty());
            // father is taken as well: the other empty one is the mother
            for (n, m) in self.population[from].iter_mut().enumerate() {
                if n != at && m.list.is_empty() {
                    m.list = mother;
                    break;
                }
            }
            let _ = mother_at;
        } else {
            self.child.clear();
            self.child.extend_from_slice(&father.list);
            self.mutate(direction);
            let list = core::mem::take(&mut self.child);
            best = Some(self.decode(direction, list));
        }
        self.population[from][at] = father;
        if let Some(best) = best {
            let place = &mut self.population[1 - from][at];
            let keep = match self.tuning.variant & 3 {
                0 => true,
                1 => best.makespan <= place.makespan,
                _ => best.makespan <= place.makespan || self.rng.f64() < 0.1,
            };
            if keep {
                *place = best;
            }
        }
        self.made
    }

    fn best(&self) -> &Found {
        &self.best
    }
}
