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
pub(crate) use rules::RULES;
pub(crate) use steps::Steps;

use crate::csr::Lists;
use crate::project::{Packing, Project};
use alloc::collections::BinaryHeap;
use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Reverse;
use fastrand::Rng;

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
    counts: Vec<u32>,
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
            counts: Vec::new(),
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
        debug_assert!(is_in_order(before, list), "what is needed stands before");
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
        into.makespan = self.parallel.run(&net, &mut pool, (rank, &mut into.finish));
        into.direction = direction;
    }

    /// The list for the other direction: what ends last comes first.
    pub fn turn(&mut self, timing: &Timing, list: &mut Vec<u32>) {
        let count = self.len() as u32;
        list.clear();
        // activities without duration may end together with what they need: the numbers,
        // which are topological, decide
        let number = |place: u32| match timing.direction {
            Direction::Forward => count - 1 - place,
            Direction::Backward => place,
        };
        if timing.makespan > 8 * i64::from(count) {
            let end = |place: u32| timing.finish[number(place) as usize];
            self.keys.clear();
            self.keys.extend((0..count).map(|place| (-end(place), place)));
            self.keys.sort_unstable();
            list.extend(self.keys.iter().map(|(_, place)| number(*place)));
            return;
        }
        // few ticks: a counting sort
        let bucket = |end: i64| (timing.makespan - end) as usize;
        self.counts.clear();
        self.counts.resize(timing.makespan as usize + 2, 0);
        timing.finish.iter().for_each(|&end| self.counts[bucket(end) + 1] += 1);
        for at in 1..self.counts.len() {
            self.counts[at] += self.counts[at - 1];
        }
        list.resize(count as usize, 0);
        for place in 0..count {
            let activity = number(place);
            let at = &mut self.counts[bucket(timing.finish[activity as usize])];
            list[*at as usize] = activity;
            *at += 1;
        }
    }

    /// Ends counted from the beginning, whatever the direction of the timing.
    pub fn ends(&self, timing: &Timing, into: &mut Vec<i64>) {
        into.clear();
        match timing.direction {
            Direction::Forward => into.extend_from_slice(&timing.finish),
            Direction::Backward => {
                let both = timing.finish.iter().zip(&self.ticks);
                into.extend(both.map(|(end, ticks)| timing.makespan - (end - ticks)));
            }
        }
    }

    /// The activities by rank, each behind what it needs.
    pub fn in_order(&self, ranks: &[u32]) -> Vec<u32> {
        let mut missing: Vec<usize> =
            (0..ranks.len() as u32).map(|activity| self.before.list(activity).len()).collect();
        let free = (0..ranks.len()).filter(|&activity| missing[activity] == 0);
        let mut ready: BinaryHeap<Reverse<(u32, u32)>> =
            free.map(|activity| Reverse((ranks[activity], activity as u32))).collect();
        let mut list = Vec::with_capacity(ranks.len());
        while let Some(Reverse((_, activity))) = ready.pop() {
            list.push(activity);
            for &next in self.after.list(activity) {
                missing[next as usize] -= 1;
                if missing[next as usize] == 0 {
                    ready.push(Reverse((ranks[next as usize], next)));
                }
            }
        }
        list
    }

    /// Moves an activity of a list to another place, as far as what it needs allows.
    pub fn shift(&self, direction: Direction, list: &mut [u32], (at, to): (usize, usize)) {
        let (before, after) = self.needs(direction);
        let (mut at, its) = (at, list[at]);
        while at < to && !after.list(its).contains(&list[at + 1]) {
            list.swap(at, at + 1);
            at += 1;
        }
        while at > to && !before.list(its).contains(&list[at - 1]) {
            list.swap(at, at - 1);
            at -= 1;
        }
    }

    /// Longest remaining paths, forward, with durations that are off by up to `noise` of
    /// themselves: a list by them is in order, whatever the noise.
    pub fn noisy_tails(&mut self, noise: f64, rng: &mut Rng) -> Vec<i64> {
        // fine enough that noise shows in a duration of one tick
        let off = |ticks: &i64| *ticks as f64 * 64.0 * (1.0 + noise * (2.0 * rng.f64() - 1.0));
        let noisy = self.ticks.iter().map(off).map(|ticks| ticks as i64).collect();
        let exact = core::mem::replace(&mut self.ticks, noisy);
        let tails = self.tails(Direction::Forward);
        self.ticks = exact;
        tails
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

/// Whether everything in a list stands behind what it needs.
fn is_in_order(before: &Lists, list: &[u32]) -> bool {
    let mut seen = vec![false; list.len()];
    list.iter().all(|&activity| {
        seen[activity as usize] = true;
        before.list(activity).iter().all(|&need| seen[need as usize])
    })
}

#[cfg(test)]
mod tests;
