//! Choices of ways, and how they are changed so that no stock is overdrawn.

use crate::project::Project;
use crate::project::gcd;
use alloc::vec;
use alloc::vec::Vec;
use fastrand::Rng;

/// Ways that are looked at for one that mends a choice.
const LOOKED_AT: usize = 8;

/// A choice of a way for each activity.
#[derive(Clone, Debug, Default)]
pub(super) struct Choice {
    /// Of each activity which of its ways.
    pub way: Vec<u32>,
    /// What decides between schedules that are equally long.
    pub ties: [i64; 2],
    /// How much it uses of each scarce stock.
    used: Vec<i64>,
    /// By how much it overdraws the stocks, in parts of each.
    pub excess: u64,
    /// Which ways were changed since it was accepted, and what they were.
    pub changed: Vec<(u32, u32)>,
}

/// What there is to choose from.
pub(super) struct Choices {
    /// Where the ways of each activity begin; one more than activities.
    first: Vec<u32>,
    /// Of each way, use of each scarce stock.
    uses: Vec<i64>,
    /// Of each way, what decides between equals.
    ties: Vec<[i64; 2]>,
    stock: Vec<i64>,
    /// Activities with several ways.
    several: Vec<u32>,
}

impl Choices {
    /// The choices of a project.
    pub fn new(project: &Project) -> Self {
        let scarce = project.scarce();
        let all = || (0..project.len() as u32).flat_map(|activity| project.ways(activity));
        // in units that divide all uses, so that bytes count as well as gibibytes
        let unit = |&stock: &usize| all().fold(0, |unit, way| gcd(unit, way.uses_of(stock))).max(1);
        let units: Vec<u64> = scarce.iter().map(unit).collect();
        let scarce = || scarce.iter().zip(&units);
        let stock = scarce().map(|(&stock, unit)| amount(project.stock[stock] / unit)).collect();
        let (mut first, mut several) = (vec![0], Vec::new());
        let (mut uses, mut ties) = (Vec::new(), Vec::new());
        for activity in 0..project.len() as u32 {
            let ways = project.ways(activity);
            for way in ways {
                uses.extend(scarce().map(|(&stock, unit)| amount(way.uses_of(stock) / unit)));
            }
            ties.extend((0..ways.len() as u32).map(|way| project.ties(activity, way)));
            first.push(ties.len() as u32);
            if ways.len() > 1 {
                several.push(activity);
            }
        }
        Choices { first, uses, ties, stock, several }
    }

    /// Number of a way among all.
    pub fn row(&self, activity: u32, way: u32) -> usize {
        (self.first[activity as usize] + way) as usize
    }

    fn ways(&self, activity: u32) -> u32 {
        self.first[activity as usize + 1] - self.first[activity as usize]
    }

    fn uses(&self, activity: u32, way: u32) -> &[i64] {
        let (row, width) = (self.row(activity, way), self.stock.len());
        &self.uses[row * width..(row + 1) * width]
    }

    /// A choice of these ways.
    pub fn choice(&self, way: Vec<u32>) -> Choice {
        let (mut used, mut sum) = (vec![0; self.stock.len()], [0; 2]);
        for (&way, activity) in way.iter().zip(0..) {
            used.iter_mut().zip(self.uses(activity, way)).for_each(|(sum, more)| *sum += more);
            let ties = self.ties[self.row(activity, way)];
            sum.iter_mut().zip(ties).for_each(|(sum, more)| *sum += more);
        }
        let mut choice = Choice { way, used, ties: sum, ..Choice::default() };
        choice.excess = self.excess(choice.used.iter().copied());
        choice
    }

    fn excess(&self, used: impl Iterator<Item = i64>) -> u64 {
        let over = used.zip(&self.stock).filter(|(used, stock)| used > stock);
        let part = |(used, &stock): (i64, &i64)| {
            i128::from(used - stock) * 1000 / i128::from(stock.max(1)) + 1
        };
        u64::try_from(over.map(part).sum::<i128>()).unwrap_or(u64::MAX)
    }

    /// Any way for every activity.
    pub fn scatter(&self, choice: &mut Choice, rng: &mut Rng) {
        for &activity in &self.several {
            self.give(choice, activity, rng.u32(0..self.ways(activity)));
        }
    }

    /// Some activity, and another way for it. None where none has several.
    fn any(&self, choice: &Choice, rng: &mut Rng) -> Option<(u32, u32)> {
        if self.several.is_empty() {
            return None;
        }
        let activity = self.several[rng.usize(0..self.several.len())];
        let way = rng.u32(0..self.ways(activity) - 1);
        Some((activity, way + u32::from(way >= choice.way[activity as usize])))
    }

    /// Gives so many activities another way and makes good what is overdrawn by that; where it cannot
    /// be, takes everything back.
    pub fn change(&self, choice: &mut Choice, times: usize, rng: &mut Rng) {
        for _ in 0..times {
            if let Some((activity, way)) = self.any(choice, rng) {
                self.give(choice, activity, way);
            }
        }
        if choice.excess > 0 && !self.repair(choice, 6 * times, rng) {
            self.undo(choice);
        }
    }

    fn give(&self, choice: &mut Choice, activity: u32, way: u32) {
        let old = core::mem::replace(&mut choice.way[activity as usize], way);
        choice.changed.push((activity, old));
        let change = self.uses(activity, way).iter().zip(self.uses(activity, old));
        choice.used.iter_mut().zip(change).for_each(|(sum, (new, old))| *sum += new - old);
        choice.excess = self.excess(choice.used.iter().copied());
        let change = self.ties[self.row(activity, way)].into_iter();
        let change = change.zip(self.ties[self.row(activity, old)]);
        choice.ties.iter_mut().zip(change).for_each(|(sum, (new, old))| *sum += new - old);
    }

    /// Takes back what was changed.
    pub fn undo(&self, choice: &mut Choice) {
        while let Some((activity, way)) = choice.changed.pop() {
            self.give(choice, activity, way);
            choice.changed.pop();
        }
    }

    /// Changes ways until nothing is overdrawn, as often as `times`; true where that is reached.
    pub fn repair(&self, choice: &mut Choice, times: usize, rng: &mut Rng) -> bool {
        for _ in 0..times {
            if choice.excess == 0 {
                return true;
            }
            let mut best = (choice.excess, None);
            for _ in 0..LOOKED_AT {
                let Some((activity, way)) = self.any(choice, rng) else { return false };
                let excess = self.excess_with(choice, activity, way);
                if excess < best.0 {
                    best = (excess, Some((activity, way)));
                }
            }
            if let (_, Some((activity, way))) = best {
                self.give(choice, activity, way);
            }
        }
        choice.excess == 0
    }

    fn excess_with(&self, choice: &Choice, activity: u32, way: u32) -> u64 {
        let old = self.uses(activity, choice.way[activity as usize]);
        let sums = choice.used.iter().zip(self.uses(activity, way).iter().zip(old));
        self.excess(sums.map(|(sum, (new, old))| sum + new - old))
    }
}

/// What is beyond this is as good as without end.
fn amount(millis: u64) -> i64 {
    millis.min(1 << 40) as i64
}
