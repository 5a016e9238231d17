//! Schedule generation: from an order of the activities to times.
//!
//! The serial scheme (Kelley, 1963) gives each activity of a list the earliest time at
//! which all that it takes is free; the parallel scheme (Bedworth and Bailey, 1982)
//! goes from one end of an activity to the next and starts what fits. Both work in either
//! direction: backward, what comes last is placed first and times count from the end. The one after the other is
//! justification (Valls, Ballestin and Quintanilla, 2005; Li and Willis, 1992).

mod grid;
mod parallel;
mod pool;
mod profile;
mod rules;
mod steps;

pub(crate) use grid::Grid;
pub(crate) use parallel::{Net, Parallel};
pub(crate) use pool::{Packed, Sparse};
pub(crate) use profile::Profile;
pub(crate) use rules::{RULES, Rule};
pub(crate) use steps::Steps;

use crate::csr::Lists;
use crate::project::{Packing, Project};
use alloc::vec;
use alloc::vec::Vec;

/// Which end of the project time is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From its beginning.
    Forward,
    /// From its end: what comes last is placed first.
    Backward,
}

impl Direction {
    /// The other one.
    pub fn turned(self) -> Direction {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// Times of all activities, counted in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Timing {
    /// When each ends.
    pub finish: Vec<i64>,
    /// When the last ends.
    pub makespan: i64,
    /// From which end.
    pub direction: Direction,
}

/// Makes schedules of one project.
pub(crate) struct Generator<P: Profile> {
    pub before: Lists,
    pub after: Lists,
    /// Duration of each activity in the way that is chosen.
    pub ticks: Vec<i64>,
    /// What each takes in the way that is chosen.
    pub demand: Vec<P::Lanes>,
    profile: P,
    keys: Vec<(i64, u32)>,
    parallel: Parallel,
    /// What is there in the beginning, and its guards.
    full: (P::Lanes, P::Lanes),
    /// What every activity that takes time takes at least, of each resource.
    least: P::Lanes,
}

impl<P: Profile> Generator<P> {
    /// A generator in which each activity is done in its first way.
    pub fn new(project: &Project, packing: &Packing) -> Self {
        let first = |activity: u32| &project.ways(activity)[0];
        let all = 0..project.len() as u32;
        let (full, guard) = (packing.full(), packing.guard());
        Generator {
            before: project.before.clone(),
            after: project.after.clone(),
            ticks: all.clone().map(|activity| first(activity).ticks).collect(),
            demand: all.map(|activity| packing.demand(&first(activity).takes)).collect(),
            profile: P::new(full, guard),
            keys: Vec::new(),
            parallel: Parallel::new(project.len()),
            full: (full, guard),
            least: packing.demand(&project.least()),
        }
    }

    /// Number of activities.
    pub fn len(&self) -> usize {
        self.ticks.len()
    }

    /// An empty timing.
    pub fn timing(&self) -> Timing {
        Timing { finish: vec![0; self.len()], makespan: 0, direction: Direction::Forward }
    }

    fn needs(&self, direction: Direction) -> (&Lists, &Lists) {
        match direction {
            Direction::Forward => (&self.before, &self.after),
            Direction::Backward => (&self.after, &self.before),
        }
    }

    /// The serial scheme: the activities in the order of a list, in which everything
    /// stands behind what it needs in this direction.
    pub fn serial(&mut self, direction: Direction, list: &[u32], into: &mut Timing) {
        let before = match direction {
            Direction::Forward => &self.before,
            Direction::Backward => &self.after,
        };
        self.profile.clear();
        let mut makespan = 0;
        for &activity in list {
            let mut from = 0;
            for &need in before.list(activity) {
                from = into.finish[need as usize].max(from);
            }
            let ticks = self.ticks[activity as usize];
            if ticks > 0 {
                from = self.profile.place(from, ticks, self.demand[activity as usize]);
            }
            into.finish[activity as usize] = from + ticks;
            makespan = makespan.max(from + ticks);
        }
        (into.makespan, into.direction) = (makespan, direction);
    }

    /// The parallel scheme: at each moment what fits, the least rank first.
    pub fn parallel(&mut self, direction: Direction, rank: &[u32], into: &mut Timing) {
        let (before, after) = match direction {
            Direction::Forward => (&self.before, &self.after),
            Direction::Backward => (&self.after, &self.before),
        };
        let net = Net { before, after, ticks: &self.ticks };
        let mut pool = Packed::new(self.full, &self.demand, self.least);
        into.makespan = self.parallel.run(&net, &mut pool, rank, &mut into.finish);
        into.direction = direction;
    }

    /// The list for the other direction: what ends last comes first.
    pub fn turn(&mut self, timing: &Timing, list: &mut Vec<u32>) {
        let count = self.len() as u32;
        self.keys.clear();
        let ends = timing.finish.iter().zip(0..count);
        // activities without duration may end together with what they need: the numbers,
        // which are topological, decide
        match timing.direction {
            Direction::Forward => self.keys.extend(ends.map(|(&end, a)| (-end, count - a))),
            Direction::Backward => self.keys.extend(ends.map(|(&end, a)| (-end, a))),
        }
        self.keys.sort_unstable();
        list.clear();
        match timing.direction {
            Direction::Forward => list.extend(self.keys.iter().map(|(_, a)| count - a)),
            Direction::Backward => list.extend(self.keys.iter().map(|(_, a)| *a)),
        }
    }

    /// The list of a timing in its own direction: what starts first comes first.
    pub fn list(&mut self, timing: &Timing, list: &mut Vec<u32>) {
        let count = self.len() as u32;
        self.keys.clear();
        let starts = timing.finish.iter().zip(&self.ticks).zip(0..count);
        match timing.direction {
            Direction::Forward => {
                self.keys.extend(starts.map(|((&end, &ticks), a)| (end - ticks, a)));
            }
            Direction::Backward => {
                self.keys.extend(starts.map(|((&end, &ticks), a)| (end - ticks, count - a)));
            }
        }
        self.keys.sort_unstable();
        list.clear();
        match timing.direction {
            Direction::Forward => list.extend(self.keys.iter().map(|(_, a)| *a)),
            Direction::Backward => list.extend(self.keys.iter().map(|(_, a)| count - a)),
        }
    }

    /// Longest remaining paths in a direction, each with its own duration.
    pub fn tails(&self, direction: Direction) -> Vec<i64> {
        let (_, after) = self.needs(direction);
        let mut tail = vec![0; self.len()];
        let mut one = |activity: usize| {
            let longest = after.list(activity as u32).iter().map(|&next| tail[next as usize]).max();
            tail[activity] = longest.unwrap_or(0) + self.ticks[activity];
        };
        match direction {
            Direction::Forward => (0..self.len()).rev().for_each(&mut one),
            Direction::Backward => (0..self.len()).for_each(&mut one),
        }
        tail
    }
}
