//! The search for a good schedule.
//!
//! First lists by several priority rules ([`first`]), then, as long as it is asked to,
//! a search that begins with the best of them ([`search`]). A search knows no clock: who
//! asks for another step looks at the time. The same seed and the same number of schedules
//! give the same result.

mod desk;
mod fitted;
mod genetic;
mod lists;
pub mod modes;
mod sampling;

use crate::project::Project;
use crate::schedule::first_list;
use alloc::boxed::Box;
use alloc::vec::Vec;
use fitted::{Task, fitted};
use genetic::{Effort, Genetic};
use modes::Walk;
use sampling::Sampling;

use crate::generate::Profile;
use crate::project::Packing;

/// More activities than these are scheduled by the parallel scheme alone: the serial one
/// looks through the whole past for each.
const MANY: usize = 3000;

/// A schedule, by activity.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// End of each activity in ticks.
    pub finish: Vec<i64>,
    /// Which of its ways each is done in.
    pub way: Vec<u32>,
    /// End of the last.
    pub makespan: i64,
    /// What decides between schedules that are equally long; less is better.
    pub ties: [i64; 2],
    /// How it was found.
    pub method: &'static str,
}

/// A search that goes on as long as it is asked to.
pub trait Search: Send {
    /// A little more work: some schedules.
    fn step(&mut self);
    /// How many schedules it has made.
    fn made(&self) -> u64;
    /// The best so far.
    fn best(&self) -> &Found;
    /// Takes over what another search has found.
    fn learn(&mut self, found: &Found);
}

/// Activities that [`first`] places in improving the best list, where amounts lie in one word: some
/// hundredths of a second.
const PLACED: u64 = 100_000;

/// And no more schedules than these.
const FEW: u64 = 3000;

/// The best of several list schedules, improved a little unless it is as short as `floor`, and how
/// many were made; nothing where modes would have to be chosen and more amounts may run short
/// than any word holds. No more schedules are made than `most`, or one.
pub fn first(project: &Project, floor: i64, most: u64) -> Option<(Found, u64)> {
    let fitting = match project.has_modes() {
        true => fitted(project, Anyhow),
        false => fitted(project, lists::Lists { floor, most }),
    };
    let Some((found, made)) = fitting else {
        return (!project.has_modes()).then(|| (one_list(project), 1));
    };
    let words = Packing::new(project).words();
    let few = FEW.min(PLACED / words / project.len().max(1) as u64).min(most.saturating_sub(made));
    if found.makespan <= floor || project.len() > MANY || few == 0 {
        return Some((found, made));
    }
    let mut search = fitted(project, Begin { seed: 0, effort: Effort::Little, first: found })?;
    while search.made() < few && search.best().makespan > floor {
        search.step();
    }
    Some((search.best().clone(), made + search.made()))
}

/// The one list of a project with more amounts than any word holds; modes are the first ones.
fn one_list(project: &Project) -> Found {
    let (finish, way) = first_list(project);
    let makespan = finish.iter().copied().max().unwrap_or(0);
    Found { finish, way, makespan, method: "longest tail", ..Found::default() }
}

/// Any choice of modes that can be, scheduled by longest tails.
struct Anyhow;

impl Task for Anyhow {
    type Out = (Found, u64);
    fn run<P: Profile + Send + 'static>(self, project: &Project, packing: &Packing) -> Self::Out {
        let walk = Walk::<P>::new(project, packing, 0, Found::default());
        (walk.best().clone(), walk.made())
    }
}

/// A search that begins with `first`; none where more amounts may run short than any word
/// holds, some thousands.
pub fn search(project: &Project, seed: u64, first: Found) -> Option<Box<dyn Search>> {
    fitted(project, Begin { seed, effort: Effort::Patient, first })
}

struct Begin {
    seed: u64,
    effort: Effort,
    first: Found,
}

impl Task for Begin {
    type Out = Box<dyn Search>;
    fn run<P: Profile + Send + 'static>(self, project: &Project, packing: &Packing) -> Self::Out {
        match project.len() > MANY {
            _ if project.has_modes() => {
                Box::new(Walk::<P>::new(project, packing, self.seed, self.first))
            }
            true => Box::new(Sampling::<P>::new(project, packing, self.seed, self.first)),
            false => {
                Box::new(Genetic::<P>::new(project, packing, (self.seed, self.effort), self.first))
            }
        }
    }
}
