//! Destructive improvement: a makespan is refuted when what follows from it is
//! contradictory (Klein and Scholl, 1999). What follows: windows along the needs; pairs
//! that cannot run together; parts of windows in which an activity must run (timetabling; Le
//! Pape, 1988); energetic reasoning (Lopez, Erschler and Esquirol, 1992).

use super::window::Windows;
use crate::project::Project;
use alloc::vec;
use alloc::vec::Vec;

/// Longer makespans, in ticks, are not looked at tick by tick.
const LONGEST: i64 = 20_000;
/// So often windows are narrowed before no more is expected.
const PASSES: u32 = 50;
/// More activities than these are too many for energetic reasoning.
const ENERGETIC: usize = 130;

/// A contradiction.
struct Refuted;

/// The least makespan from `lower` on, below `upper`, that cannot be refuted; `None`
/// where it was not tried.
pub(super) fn least(project: &Project, lower: i64, upper: i64) -> Option<i64> {
    if upper > LONGEST {
        return None;
    }
    let case = Case::new(project);
    let (mut low, mut high) = (lower, upper);
    while low < high {
        let middle = low + (high - low) / 2;
        match case.refute(middle) {
            Err(Refuted) => low = middle + 1,
            Ok(()) => high = middle,
        }
    }
    Some(low)
}

/// What is the same for every makespan.
struct Case<'a> {
    project: &'a Project,
    windows: Windows,
    /// What each activity takes of each resource, resource by resource.
    takes: Vec<Vec<u64>>,
    /// Pairs that cannot run together.
    apart: Vec<(u32, u32)>,
}

impl<'a> Case<'a> {
    fn new(project: &'a Project) -> Self {
        let count = project.len();
        let mut takes = vec![vec![0; count]; project.capacity.len()];
        for activity in 0..count as u32 {
            for &(r, amount) in &project.ways(activity)[0].takes {
                takes[r as usize][activity as usize] = amount;
            }
        }
        let windows = Windows::new(project);
        let mut apart = Vec::new();
        let timed: Vec<usize> = (0..count).filter(|&a| windows.ticks[a] > 0).collect();
        for (at, &a) in timed.iter().enumerate() {
            for &b in &timed[at + 1..] {
                let together = |(its, there): (&Vec<u64>, &u64)| its[a] + its[b] <= *there;
                if !takes.iter().zip(&project.capacity).all(together) {
                    apart.push((a as u32, b as u32));
                }
            }
        }
        Case { project, windows, takes, apart }
    }

    /// Narrows the windows that a makespan leaves until nothing more follows.
    fn refute(&self, makespan: i64) -> Result<(), Refuted> {
        let mut windows = self.windows.clone();
        for _ in 0..PASSES {
            let before = (windows.head.clone(), windows.tail.clone());
            windows.spread(self.project);
            self.look(&windows, makespan)?;
            self.keep_apart(&mut windows, makespan)?;
            self.timetable(&mut windows, makespan)?;
            if before == (windows.head.clone(), windows.tail.clone()) {
                break;
            }
        }
        if windows.ticks.len() <= ENERGETIC {
            self.reason(&windows, makespan)?;
        }
        Ok(())
    }

    fn look(&self, windows: &Windows, makespan: i64) -> Result<(), Refuted> {
        if windows.longest() > makespan { Err(Refuted) } else { Ok(()) }
    }

    /// Of two that cannot run together one comes first.
    fn keep_apart(&self, windows: &mut Windows, makespan: i64) -> Result<(), Refuted> {
        let Windows { ticks, head, tail } = windows;
        for &(a, b) in &self.apart {
            let (a, b) = (a as usize, b as usize);
            let first = |x: usize, y: usize| head[x] + ticks[x] + ticks[y] + tail[y] <= makespan;
            let (first, last) = match (first(a, b), first(b, a)) {
                (false, false) => return Err(Refuted),
                (true, true) => continue,
                (true, false) => (a, b),
                (false, true) => (b, a),
            };
            head[last] = head[last].max(head[first] + ticks[first]);
            tail[first] = tail[first].max(tail[last] + ticks[last]);
        }
        Ok(())
    }

    /// Where an activity must run in any case, others must leave room.
    fn timetable(&self, windows: &mut Windows, makespan: i64) -> Result<(), Refuted> {
        let Windows { ticks, head, tail } = windows;
        for (its, &capacity) in self.takes.iter().zip(&self.project.capacity) {
            let mut held = vec![0_u64; makespan as usize + 1];
            let part = |a: usize, head: &[i64], tail: &[i64]| {
                (makespan - tail[a] - ticks[a], head[a] + ticks[a])
            };
            for a in (0..ticks.len()).filter(|&a| its[a] > 0) {
                let (from, to) = part(a, head, tail);
                for at in from.max(0)..to.min(makespan) {
                    held[at as usize] += its[a];
                    if held[at as usize] > capacity {
                        return Err(Refuted);
                    }
                }
            }
            for a in (0..ticks.len()).filter(|&a| its[a] > 0 && ticks[a] > 0) {
                let (from, to) = part(a, head, tail);
                let own = |at: i64| if (from..to).contains(&at) { its[a] } else { 0 };
                let room = |at: i64| held[at as usize] - own(at) + its[a] <= capacity;
                let latest = makespan - tail[a] - ticks[a];
                let mut start = head[a];
                while start <= latest {
                    match (start..start + ticks[a]).rev().find(|&at| !room(at)) {
                        Some(taken) => start = taken + 1,
                        None => break,
                    }
                }
                if start > latest {
                    return Err(Refuted);
                }
                let mut end = makespan - tail[a];
                while end - ticks[a] >= start {
                    match (end - ticks[a]..end).find(|&at| !room(at)) {
                        Some(taken) => end = taken,
                        None => break,
                    }
                }
                head[a] = start;
                tail[a] = makespan - end;
            }
            for a in 0..ticks.len() {
                if head[a] + ticks[a] + tail[a] > makespan {
                    return Err(Refuted);
                }
            }
        }
        Ok(())
    }

    /// In no interval more must be held than there is.
    fn reason(&self, windows: &Windows, makespan: i64) -> Result<(), Refuted> {
        let Windows { ticks, head, tail } = windows;
        let mut starts: Vec<i64> = head.clone();
        starts.sort_unstable();
        starts.dedup();
        let mut ends: Vec<i64> = tail.iter().map(|tail| makespan - tail).collect();
        ends.sort_unstable();
        ends.dedup();
        for (its, &capacity) in self.takes.iter().zip(&self.project.capacity) {
            let users: Vec<usize> =
                (0..ticks.len()).filter(|&a| its[a] > 0 && ticks[a] > 0).collect();
            for &from in &starts {
                for &to in ends.iter().filter(|&&to| to > from) {
                    let least = |a: usize| {
                        let left = head[a] + ticks[a] - from;
                        let right = to - (makespan - tail[a] - ticks[a]);
                        left.min(right).min(ticks[a]).min(to - from).max(0) as u64 * its[a]
                    };
                    let held: u64 = users.iter().map(|&a| least(a)).sum();
                    if held > capacity.saturating_mul((to - from) as u64) {
                        return Err(Refuted);
                    }
                }
            }
        }
        Ok(())
    }
}
