//! Makespan against cost: the schedules to which no other is in both no worse (Pareto
//! front), by the epsilon-constraint method (Haimes, Lasdon and Wismer, 1971).
//!
//! The first search has no budget but what there is; each next one may spend less than the
//! best that was found with the budget before, until no choice of modes is so cheap. Then all over again,
//! with twice as many schedules for each budget.

use super::super::{Found, Search, search};
use super::settle::narrow;
use crate::bound::Bounds;
use crate::project::{Objective, Project};
use crate::schedule::Schedule;
use alloc::boxed::Box;
use alloc::vec::Vec;
use record::{Amount, Seconds};

/// Schedules for each budget in the first sweep.
const QUOTA: u64 = 1000;

/// A choice that none beats.
#[derive(Clone, Debug)]
pub struct Row {
    /// When all is done.
    pub makespan: Seconds,
    /// What it costs.
    pub cost: Amount,
    /// When and in which mode each node is done.
    pub schedule: Schedule,
}

/// A search for the front.
pub struct Front {
    whole: Project,
    seed: u64,
    rows: Vec<Row>,
    quota: u64,
    /// Schedules made before the search at work.
    before: u64,
    at_work: Option<Work>,
    /// Every schedule of this sweep is as short as its bound.
    proved: bool,
    done: bool,
}

/// The search for the shortest within a budget.
struct Work {
    project: Project,
    search: Box<dyn Search>,
    /// No schedule is shorter.
    floor: i64,
}

impl Front {
    /// A search from a seed, for a settled project.
    pub fn new(project: &Project, seed: u64) -> Front {
        let mut whole = project.clone();
        whole.objective = Objective::MakespanCost;
        Front {
            whole,
            seed,
            rows: Vec::new(),
            quota: QUOTA / 2,
            before: 0,
            at_work: None,
            proved: true,
            done: false,
        }
    }

    /// A little more work.
    pub fn step(&mut self) {
        let Some(work) = &mut self.at_work else {
            self.quota = self.quota.saturating_mul(2);
            self.proved = true;
            self.at_work = self.within(None);
            self.done = self.at_work.is_none();
            return;
        };
        let is_shortest = work.search.best().makespan <= work.floor;
        if !is_shortest && work.search.made() < self.quota {
            return work.search.step();
        }
        self.proved &= is_shortest;
        let budget = self.finish();
        self.at_work = budget.and_then(|budget| self.within(Some(budget)));
        self.done = self.proved && self.at_work.is_none();
    }

    /// True where nothing can be added to the rows.
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// True where every budget was tried once: the cheapest row is there.
    pub fn is_through(&self) -> bool {
        self.done || self.quota > QUOTA || (self.quota == QUOTA && self.at_work.is_none())
    }

    /// How many schedules it has made.
    pub fn made(&self) -> u64 {
        self.before + self.at_work.as_ref().map_or(0, |work| work.search.made())
    }

    /// The rows found so far, the shortest first.
    pub fn rows(&mut self) -> &[Row] {
        self.finish();
        &self.rows
    }

    /// A search that may not spend more than `budget`. None where nothing can be chosen.
    fn within(&mut self, budget: Option<u64>) -> Option<Work> {
        let mut project = self.whole.clone();
        if let Some(budget) = budget {
            project.set_budget(budget);
        }
        narrow(&mut project).ok()?;
        let floor = Bounds::quick(&project).best();
        let (first, made) = match project.has_modes() {
            true => (Found::default(), 0),
            false => super::super::first(&project, floor, u64::MAX)?,
        };
        self.before += made;
        let search = search(&project, self.seed.wrapping_add(self.quota), first)?;
        Some(Work { project, search, floor })
    }

    /// Takes in what the search at work has found; the next budget.
    fn finish(&mut self) -> Option<u64> {
        let work = self.at_work.take()?;
        self.before += work.search.made();
        let Found { finish, way, makespan, .. } = work.search.best();
        let row = Row {
            makespan: work.project.seconds(*makespan),
            cost: Amount::from_millis(work.project.cost(way)),
            schedule: work.project.schedule(finish, way),
        };
        let cost = row.cost.as_millis();
        self.take_in(row);
        // with this budget a cheaper one may be known that is no longer
        let known = self.rows.iter().filter(|row| row.cost.as_millis() <= cost);
        let next = known.map(|row| row.cost.as_millis()).max().unwrap_or(cost);
        next.checked_sub(1)
    }

    fn take_in(&mut self, new: Row) {
        let beats = |a: &Row, b: &Row| a.makespan <= b.makespan && a.cost <= b.cost;
        if self.rows.iter().any(|row| beats(row, &new)) {
            return;
        }
        self.rows.retain(|row| !beats(&new, row));
        self.rows.push(new);
        self.rows.sort_by_key(|row| row.makespan);
    }
}
