//! The best division for every number of changes.
//!
//! Segment neighbourhood (Auger and Lawrence 1989): exact, by dynamic programming, in the
//! square of the number of places. A long series is divided at the places of a grid first,
//! each segment with all its values, and each change then moves to its best place near it.

use super::cost::Cost;
use super::criterion::Criterion;
use alloc::vec;
use alloc::vec::Vec;

/// A segment has at least so many values: fewer are an outlier or a moment, not a state.
pub const LEAST: usize = 5;
/// Places at which a series may be divided at first; a shorter one everywhere.
const PLACES: usize = 1_000;
/// No series is divided more often.
const MOST: usize = 50;
/// More changes are tried until so many in a row were not worth it.
const PATIENCE: usize = 8;

/// The division that is worth most, and its worth.
pub fn best(cost: &Cost, criterion: &Criterion) -> (f64, Vec<usize>) {
    let step = cost.len().div_ceil(PLACES);
    let mut search = Search::new(cost, step);
    let worth = |total, changes| criterion.worth(cost.model, total, changes);
    let mut best = (worth(search.total(), 0), 0);
    for changes in 1..=MOST {
        if changes > best.1 + PATIENCE || !search.divide() {
            break;
        }
        let worth = worth(search.total(), changes);
        if worth < best.0 {
            best = (worth, changes);
        }
    }
    let mut points = search.points(best.1);
    if step > 1 {
        settle(cost, &mut points, step);
        best.0 = worth(cost.total(&points), points.len());
        while let Some((worth, fewer)) = without_one(cost, criterion, &points) {
            if worth >= best.0 {
                break;
            }
            (best.0, points) = (worth, fewer);
            settle(cost, &mut points, step);
        }
    }
    (best.0, points)
}

/// The best division with one change less: on a grid a change between two places takes two.
fn without_one(cost: &Cost, criterion: &Criterion, points: &[usize]) -> Option<(f64, Vec<usize>)> {
    let without = |place: usize| {
        let mut fewer = points.to_vec();
        fewer.remove(place);
        (criterion.worth(cost.model, cost.total(&fewer), fewer.len()), fewer)
    };
    (0..points.len()).map(without).min_by(|one, other| one.0.total_cmp(&other.0))
}

/// The best divisions so far.
struct Search {
    grid: Vec<usize>,
    least: usize,
    /// Of the segment between each two places: `costs[end * places + begin]`.
    costs: Vec<f64>,
    /// Of the best division up to each place, with the number of changes so far.
    totals: Vec<f64>,
    /// For each number of changes, before each place the last one.
    last: Vec<Vec<u32>>,
}

impl Search {
    fn new(cost: &Cost, step: usize) -> Self {
        let mut grid: Vec<usize> = (0..cost.len()).step_by(step).collect();
        grid.push(cost.len());
        let (places, least) = (grid.len(), cost.model.least());
        let mut costs = vec![f64::INFINITY; places * places];
        for end in 1..places {
            for begin in 0..end {
                if grid[end] - grid[begin] >= least {
                    costs[end * places + begin] = cost.of(grid[begin], grid[end]);
                }
            }
        }
        let totals = (0..places).map(|end| costs[end * places]).collect();
        Search { grid, least, costs, totals, last: Vec::new() }
    }

    /// What the best division of the whole series costs.
    fn total(&self) -> f64 {
        self.totals.last().copied().unwrap_or(f64::INFINITY)
    }

    /// One change more; false where there is no room for it.
    fn divide(&mut self) -> bool {
        let places = self.grid.len();
        if (self.last.len() + 2) * self.least > self.grid[places - 1] {
            return false;
        }
        let mut totals = vec![f64::INFINITY; places];
        let mut last = vec![0; places];
        for end in 1..places {
            let costs = &self.costs[end * places..end * places + end];
            let mut least = f64::INFINITY;
            for (begin, (cost, before)) in costs.iter().zip(&self.totals).enumerate() {
                let total = cost + before;
                if total < least {
                    least = total;
                    last[end] = begin as u32;
                }
            }
            totals[end] = least;
        }
        self.totals = totals;
        self.last.push(last);
        self.total().is_finite()
    }

    /// The division with so many changes.
    fn points(&self, changes: usize) -> Vec<usize> {
        let mut place = self.grid.len() - 1;
        let mut points: Vec<usize> = (0..changes)
            .rev()
            .map(|change| {
                place = self.last[change][place] as usize;
                self.grid[place]
            })
            .collect();
        points.reverse();
        points
    }
}

/// Moves each change to the best place less than `step` away, the others staying; twice,
/// since they move one after the other.
fn settle(cost: &Cost, points: &mut [usize], step: usize) {
    let least = cost.model.least();
    for place in (0..points.len()).chain(0..points.len()) {
        let before = if place == 0 { 0 } else { points[place - 1] };
        let after = points.get(place + 1).copied().unwrap_or(cost.len());
        let begin = (points[place] - step + 1).max(before + least);
        let end = (points[place] + step - 1).min(after - least);
        let total = |at: &usize| cost.of(before, *at) + cost.of(*at, after);
        let best = (begin..=end).min_by(|one, other| total(one).total_cmp(&total(other)));
        points[place] = best.unwrap_or(points[place]);
    }
}
