//! List schedules: every priority rule in the parallel scheme, and in the serial one where there
//! are few activities, each then justified until that helps no more.

use super::fitted::Task;
use super::{Found, MANY};
use crate::generate::{Direction, Generator, Profile, RULES, Timing};
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;

/// When so many activities have been placed, and two schedules are made, no more rules are
/// tried: some tenths of a second.
const PLACED: u64 = 350_000;

/// Tries the rules, until a schedule is as short as `floor`.
pub(super) struct Lists {
    /// No schedule is shorter.
    pub floor: i64,
    /// No more schedules than these are wanted.
    pub most: u64,
}

impl Task for Lists {
    type Out = (Found, u64);

    fn run<P: Profile + Send + 'static>(self, project: &Project, packing: &Packing) -> Self::Out {
        let mut tried = Tried {
            generator: Generator::<P>::new(project, packing),
            best: Found { makespan: i64::MAX, way: vec![0; project.len()], ..Found::default() },
            floor: self.floor,
            most: self.most,
            words: packing.words(),
            made: 0,
        };
        let share = project.scarcest_shares();
        // of many activities few lists are made: the two that everybody expects are among them
        let many = project.len() > MANY;
        for (rule, name) in RULES.into_iter().take(if many { 2 } else { 0 }) {
            let ranks = tried.generator.rank(rule, Direction::Forward, (&project.node, &share));
            tried.once(&ranks, name);
        }
        if many {
            tried.justify_best();
        }
        for (rule, name) in RULES.into_iter().skip(if many { 2 } else { 0 }) {
            if many && tried.is_enough() {
                break;
            }
            let ranks = tried.generator.rank(rule, Direction::Forward, (&project.node, &share));
            tried.parallel(&ranks, name);
            if project.len() <= MANY {
                tried.serial(&ranks, name);
            }
            if tried.is_enough() {
                break;
            }
        }
        (tried.best, tried.made)
    }
}

struct Tried<P: Profile> {
    generator: Generator<P>,
    best: Found,
    /// No schedule is shorter.
    floor: i64,
    most: u64,
    /// Words that are moved for each activity.
    words: u64,
    made: u64,
}

impl<P: Profile> Tried<P> {
    fn is_enough(&self) -> bool {
        let placed = self.made * self.generator.len() as u64 * self.words;
        let enough = self.made > 1 && placed > PLACED;
        self.made > 0 && (self.best.makespan <= self.floor || self.made >= self.most || enough)
    }

    fn keep(&mut self, timing: &Timing, name: &'static str) {
        self.made += 1;
        if timing.makespan < self.best.makespan {
            self.generator.ends(timing, &mut self.best.finish);
            (self.best.makespan, self.best.method) = (timing.makespan, name);
        }
    }

    fn parallel(&mut self, ranks: &[u32], name: &'static str) {
        let timing = self.once(ranks, name);
        self.justify(timing, name);
    }

    /// The parallel scheme, not justified.
    fn once(&mut self, ranks: &[u32], name: &'static str) -> Timing {
        let mut timing = self.generator.timing();
        self.generator.parallel(Direction::Forward, ranks, &mut timing);
        self.keep(&timing, name);
        timing
    }

    fn justify_best(&mut self) {
        let mut timing = self.generator.timing();
        timing.finish.clone_from(&self.best.finish);
        timing.makespan = self.best.makespan;
        self.justify(timing, self.best.method);
    }

    /// Nothing where enough has been tried.
    fn serial(&mut self, ranks: &[u32], name: &'static str) {
        if self.is_enough() {
            return;
        }
        let list = self.generator.in_order(ranks);
        let mut timing = self.generator.timing();
        self.generator.serial(Direction::Forward, &list, &mut timing);
        self.keep(&timing, name);
        self.justify(timing, name);
    }

    /// Backward and forward in turns, until it helps no more.
    fn justify(&mut self, mut timing: Timing, name: &'static str) {
        let (mut list, mut rank) = (Vec::new(), vec![0; self.generator.len()]);
        while !self.is_enough() {
            let before = timing.makespan;
            for _ in 0..2 {
                let direction = timing.direction.turned();
                self.generator.turn(&timing, &mut list);
                if list.len() <= MANY {
                    self.generator.serial(direction, &list, &mut timing);
                } else {
                    (0..).zip(&list).for_each(|(at, &a)| rank[a as usize] = at);
                    self.generator.parallel(direction, &rank, &mut timing);
                }
                self.keep(&timing, name);
            }
            if timing.makespan >= before {
                break;
            }
        }
    }
}
