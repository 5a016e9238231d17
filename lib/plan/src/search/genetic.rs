//! A genetic algorithm, and a walk from the best that it has found.
//!
//! Two populations, of schedules made forward and of schedules made backward; the
//! children of the one go into the other, so that every child is also a justification of its
//! parents (BPGA; Debels and Vanhoucke, 2005). Lists are crossed at two points (Hartmann,
//! 1998). When generations bring nothing new, the best is changed a little at a time and what is
//! not worse, or but a little, is kept, decoded in the other direction each time.

use super::desk::{Desk, Member};
use super::{Found, Search};
use crate::generate::{Direction, Profile};
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;

/// How far durations are off in the first lists.
const NOISE: f64 = 0.7;

/// How many schedules a search may expect to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effort {
    /// Some thousand schedules: small populations, which soon bring something.
    Little,
    /// As many as there is time for: larger populations, which take longer to become alike.
    Patient,
}

impl Effort {
    /// Members of a population, for so many activities.
    fn members(self, activities: usize) -> usize {
        let (populated, wanted) = match self {
            Effort::Little => (POPULATED, MEMBERS),
            Effort::Patient => (4 * POPULATED, activities * activities / MEMBERS),
        };
        wanted.max(MEMBERS).min(populated / activities.max(1)).max(10)
    }
}

/// Activities of all members of a population together.
const POPULATED: usize = 7200;
/// Members of a population where activities are no more than these. With more of them it grows
/// as their square does, as far as `POPULATED` allows: as the pairs do that may be in the wrong order.
const MEMBERS: usize = 60;
/// Generations of both populations without anything better, after which a walk begins.
const STALE: u64 = 20;
/// Schedules of a walk for each activity, without anything better, after which populations
/// begin anew.
const TIRED: u64 = 1000;
/// Activities of a list among which a walk moves some.
const WINDOW: usize = 40;
/// So many are moved at most.
const MOVES: usize = 3;
/// Of the makespan: what a walk takes for little. A schedule that is longer by this is gone
/// on with in one case of e (annealing; Kirkpatrick, Gelatt and Vecchi, 1983).
const TEMPERATURE: f64 = 0.001;
/// In ticks, the least temperature: a tick longer is gone on with in one case of 800.
const COLDEST: f64 = 0.15;

/// What the search does at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Populations change.
    Evolve,
    /// The best is changed.
    Walk,
}

/// The search.
pub(super) struct Genetic<P: Profile> {
    desk: Desk<P>,
    /// Members to be decoded forward, and backward.
    population: [Vec<Member>; 2],
    phase: Phase,
    /// Number of the next father: through one population, then through the other.
    turn: usize,
    /// Schedules that had been made when the best was found, or the phase began.
    improved: u64,
    known: i64,
    walker: Member,
    direction: Direction,
    child: Vec<u32>,
    taken: Vec<u32>,
    stamp: u32,
    /// Members of a population.
    size: usize,
    temperature: f64,
}

impl<P: Profile> Genetic<P> {
    /// A search from a seed that begins with `first`.
    pub fn new(
        project: &Project,
        packing: &Packing,
        (seed, effort): (u64, Effort),
        first: Found,
    ) -> Self {
        let makespan = first.makespan;
        Genetic {
            desk: Desk::new(project, packing, seed, first),
            population: [Vec::new(), Vec::new()],
            phase: Phase::Evolve,
            turn: 0,
            improved: 0,
            known: i64::MAX,
            walker: Member::default(),
            direction: Direction::Forward,
            child: Vec::new(),
            taken: vec![0; project.len()],
            stamp: 0,
            size: effort.members(project.len()),
            temperature: (makespan as f64 * TEMPERATURE).max(COLDEST),
        }
    }

    /// Another two of the first population: noisy lists, decoded forward and backward.
    fn found_two(&mut self) {
        let noise = if self.population[1].is_empty() { 0.0 } else { NOISE };
        let list = self.desk.noisy(noise);
        let member = self.desk.decode(Direction::Forward, list, "sampling");
        let back = self.desk.decode(Direction::Backward, member.list.clone(), "sampling");
        self.population[1].push(member);
        self.population[0].push(back);
        if self.population[0].len() == self.size {
            // what was found before is one of them
            let best = self.desk.best_member();
            self.population[1][0] = best;
        }
    }

    fn evolve(&mut self) {
        let size = self.size;
        let (at, from) = (self.turn % size, self.turn / size % 2);
        self.turn += 1;
        let direction = if from == 0 { Direction::Forward } else { Direction::Backward };
        let rng = &mut self.desk.rng;
        let (one, other) = (rng.usize(0..size), rng.usize(0..size));
        let parents = core::mem::take(&mut self.population[from]);
        let better = parents[other].makespan < parents[one].makespan;
        let (father, mother) = (&parents[at], &parents[if better { other } else { one }]);
        let first = self.child(direction, &father.list, &mother.list);
        let second = self.child(direction, &mother.list, &father.list);
        let better = second.makespan < first.makespan;
        self.population[1 - from][at] = if better { second } else { first };
        self.population[from] = parents;
    }

    fn child(&mut self, direction: Direction, father: &[u32], mother: &[u32]) -> Member {
        self.cross(father, mother);
        if self.desk.rng.bool() {
            for _ in 0..1 + self.desk.rng.usize(0..3) {
                let count = self.child.len();
                let place = (self.desk.rng.usize(0..count), self.desk.rng.usize(0..count));
                self.desk.generator.shift(direction, &mut self.child, place);
            }
        }
        let list = self.child.clone();
        self.desk.decode(direction, list, "genetic algorithm")
    }

    /// Two-point crossover: the father's list, in whose middle the order is the mother's.
    fn cross(&mut self, father: &[u32], mother: &[u32]) {
        let rng = &mut self.desk.rng;
        let (a, b) = (rng.usize(0..=father.len()), rng.usize(0..=father.len()));
        let (first, last) = (a.min(b), a.max(b));
        let (taken, child) = (&mut self.taken, &mut self.child);
        self.stamp = self.stamp.wrapping_add(1);
        let stamp = self.stamp;
        child.clear();
        child.extend_from_slice(&father[..first]);
        father[..first].iter().for_each(|&a| taken[a as usize] = stamp);
        let left = mother.iter().filter(|&&a| taken[a as usize] != stamp).take(last - first);
        child.extend(left);
        child[first..].iter().for_each(|&a| taken[a as usize] = stamp);
        child.extend(father[first..].iter().filter(|&&a| taken[a as usize] != stamp));
    }

    fn walk(&mut self) {
        let direction = self.direction;
        self.child.clone_from(&self.walker.list);
        let count = self.child.len();
        let window = WINDOW.min(count);
        let rng = &mut self.desk.rng;
        let from = rng.usize(0..=count - window);
        for _ in 0..1 + self.desk.rng.usize(0..MOVES) {
            let rng = &mut self.desk.rng;
            let place = (from + rng.usize(0..window), from + rng.usize(0..window));
            self.desk.generator.shift(direction, &mut self.child, place);
        }
        let list = core::mem::take(&mut self.child);
        let member = self.desk.decode(direction, list, "walk");
        let worse = (member.makespan - self.walker.makespan) as f64;
        let ok = worse <= 0.0 || self.desk.rng.f64() < libm::exp(-worse / self.temperature);
        if ok {
            self.child = core::mem::replace(&mut self.walker, member).list;
            self.direction = direction.turned();
        } else {
            self.child = member.list;
        }
    }

    /// Changes the phase when it has brought nothing for long.
    fn look(&mut self) {
        if self.desk.best.makespan < self.known {
            self.known = self.desk.best.makespan;
            self.improved = self.desk.made;
        }
        let idle = self.desk.made - self.improved;
        match self.phase {
            // two children a father, in each of two populations
            Phase::Evolve if idle > STALE * 4 * self.size as u64 => {
                self.phase = Phase::Walk;
                self.walker = self.desk.best_member();
                self.direction = Direction::Backward;
                self.improved = self.desk.made;
            }
            Phase::Walk if idle > TIRED * self.taken.len() as u64 => {
                self.phase = Phase::Evolve;
                self.population = [Vec::new(), Vec::new()];
                self.turn = 0;
                self.improved = self.desk.made;
            }
            _ => {}
        }
    }
}

impl<P: Profile + Send> Search for Genetic<P> {
    fn step(&mut self) {
        if self.desk.generator.len() == 0 {
            self.desk.made += 1;
            return;
        }
        match self.phase {
            Phase::Evolve if self.population[0].len() < self.size => self.found_two(),
            Phase::Evolve => self.evolve(),
            Phase::Walk => self.walk(),
        }
        self.look();
    }

    fn made(&self) -> u64 {
        self.desk.made
    }

    fn best(&self) -> &Found {
        &self.desk.best
    }

    fn learn(&mut self, found: &Found) {
        if found.makespan < self.desk.best.makespan {
            self.desk.best.clone_from(found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn populations_grow_with_the_activities_as_far_as_time_allows() {
        let members = |effort: Effort| [0, 30, 60, 120, 360, 1000, 3000].map(|n| effort.members(n));
        assert_eq!(members(Effort::Little), [60, 60, 60, 60, 20, 10, 10]);
        assert_eq!(members(Effort::Patient), [60, 60, 60, 240, 80, 28, 10]);
    }
}
