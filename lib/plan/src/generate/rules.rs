//! Priority rules: which of several activities first.

use super::{Direction, Generator, Profile};
use alloc::vec::Vec;

/// Which activity comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// Longest remaining path, its own duration included (Hu, 1961).
    LongestTail,
    /// Order of the input.
    Input,
    /// Least latest finish time, which is the longest path behind it (Davis and Patterson, 1975).
    LatestFinish,
    /// Greatest rank positional weight: its duration and those of all that need it (GRPW; Alvarez-Valdes
    /// and Tamarit, 1989).
    PositionalWeight,
    /// Longest path in which each duration counts as much as the scarcest share it holds.
    ScarceTail,
    /// Longest processing time (Graham, 1969).
    Longest,
    /// Most that is held over time (after Ozdamar and Ulusoy, 1994).
    MostWork,
    /// Most immediate successors.
    Successors,
}

/// All rules with their names.
pub(crate) const RULES: [(Rule, &str); 8] = [
    (Rule::LongestTail, "longest tail"),
    (Rule::Input, "input order"),
    (Rule::ScarceTail, "scarcest tail"),
    (Rule::LatestFinish, "latest finish"),
    (Rule::PositionalWeight, "positional weight"),
    (Rule::MostWork, "most work"),
    (Rule::Longest, "longest first"),
    (Rule::Successors, "most successors"),
];

impl<P: Profile> Generator<P> {
    /// The rank of each activity by a rule, 0 for the first; among equals the
    /// order of `input`. `share` is the scarcest share that each holds, from 0 to 1.
    pub fn rank(
        &self,
        rule: Rule,
        direction: Direction,
        (input, share): (&[u32], &[f64]),
    ) -> Vec<u32> {
        let tails = || self.tails(direction);
        let whole = |value: &i64| *value as f64;
        let work = |activity: usize| self.ticks[activity] as f64 * share[activity];
        let (_, after) = self.needs(direction);
        let all = 0..self.len();
        let weight: Vec<f64> = match rule {
            Rule::LongestTail => tails().iter().map(whole).collect(),
            Rule::Input => all.map(|_| 0.0).collect(),
            Rule::LatestFinish => {
                tails().iter().zip(&self.ticks).map(|(tail, ticks)| (tail - ticks) as f64).collect()
            }
            Rule::PositionalWeight => {
                let below = |a: usize| after.list(a as u32).iter().map(|&n| self.ticks[n as usize]);
                all.map(|a| (self.ticks[a] + below(a).sum::<i64>()) as f64).collect()
            }
            Rule::ScarceTail => {
                let mut tail = alloc::vec![0.0_f64; self.len()];
                let mut one = |a: usize| {
                    let longest = after.list(a as u32).iter().map(|&n| tail[n as usize]);
                    tail[a] = longest.fold(0.0, f64::max) + work(a);
                };
                match direction {
                    Direction::Forward => (0..self.len()).rev().for_each(&mut one),
                    Direction::Backward => (0..self.len()).for_each(&mut one),
                }
                tail
            }
            Rule::Longest => self.ticks.iter().map(whole).collect(),
            Rule::MostWork => all.map(work).collect(),
            Rule::Successors => all.map(|a| after.list(a as u32).len() as f64).collect(),
        };
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        order.sort_by(|&a, &b| {
            let (a, b) = (a as usize, b as usize);
            weight[b].total_cmp(&weight[a]).then(input[a].cmp(&input[b]))
        });
        let mut rank = alloc::vec![0; self.len()];
        (0..).zip(order).for_each(|(at, activity)| rank[activity as usize] = at);
        rank
    }
}
