//! From what a user wishes to a project that a search can begin with, or why there is none.

use super::assign::{Goal, Proof, least};
use super::choices::Choices;
use crate::project::{COST, Objective, Project};
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use fastrand::Rng;
use record::{Amount, Operation};

/// How often a choice is looked for by chance where the orderly search had to leave out much.
const CHANCES: usize = 50;

/// What a user wishes of modes. Budgets are limits.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    /// What is to be as small as possible.
    pub objective: Objective,
    /// Modes of less quality are left out.
    pub quality: Option<f64>,
    /// The mode of this name wins where nothing else decides.
    pub prefer: Option<String>,
    /// The mode of each node that is to be done in a certain one, by its number.
    pub route: Vec<Option<u32>>,
}

/// Why nothing can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoChoice {
    /// Every mode of this node is below the quality that was asked for.
    Quality(u32),
    /// The mode that this node is to be done in is none that it can be done in.
    Route(u32),
    /// No operation has a mode of the preferred name.
    Prefer(String),
    /// More of this amount is needed than there is, though of the others there is enough.
    Amount {
        /// Its name.
        name: String,
        /// How much there is.
        there: Amount,
        /// The least that suffices.
        least: Amount,
        /// Whether that is proved.
        proof: Proof,
    },
    /// These amounts together: more of one of them would not be enough.
    Together(Vec<String>, Proof),
}

/// Leaves to a project what is wished, and what can be.
///
/// # Errors
/// Nothing is left, or nothing was found.
pub fn settle(
    project: &mut Project,
    nodes: &[&Operation],
    wishes: &Wishes,
) -> Result<(), NoChoice> {
    project.objective = wishes.objective;
    if let Some(quality) = wishes.quality {
        project.keep_quality(quality).map_err(NoChoice::Quality)?;
    }
    project.keep_routes(&wishes.route).map_err(NoChoice::Route)?;
    if let Some(name) = &wishes.prefer
        && !project.prefer(nodes, name)
    {
        return Err(NoChoice::Prefer(name.clone()));
    }
    if wishes.objective == Objective::CostMakespan
        && let Ok((way, _)) = least(project, Goal::Cost)
    {
        project.set_budget(project.cost(&way));
    }
    let whole = project.clone();
    // what was left out for want of an amount may be what more of it would let in
    narrow(project).map_err(|proof| explain(&whole, proof))
}

/// Leaves out what changes no optimum, and finds a choice to begin with.
pub(super) fn narrow(project: &mut Project) -> Result<(), Proof> {
    project.reduce();
    if !project.has_modes() && project.scarce().is_empty() {
        return Ok(());
    }
    project.begin = match least(project, Goal::Ticks) {
        Ok((way, _)) => way,
        Err(Proof::Proved) => return Err(Proof::Proved),
        Err(Proof::NotProved) => by_chance(project).ok_or(Proof::NotProved)?,
    };
    Ok(())
}

fn by_chance(project: &Project) -> Option<Vec<u32>> {
    let (choices, mut rng) = (Choices::new(project), Rng::with_seed(0));
    let mut choice = choices.choice(vec![0; project.len()]);
    for _ in 0..CHANCES {
        choices.scatter(&mut choice, &mut rng);
        if choices.repair(&mut choice, 20 * project.len(), &mut rng) {
            return Some(choice.way);
        }
        choice.changed.clear();
    }
    None
}

/// Which amount it is for want of which nothing can be chosen, the cost first.
fn explain(project: &Project, proof: Proof) -> NoChoice {
    let scarce = project.scarce();
    let (costs, others): (Vec<usize>, Vec<usize>) =
        scarce.iter().partition(|&&stock| project.stocks[stock] == COST);
    for stock in costs.into_iter().chain(others) {
        let Ok((way, proof)) = least(project, Goal::Stock(stock)) else { continue };
        let ways = (0..).zip(&way).map(|(a, &at)| &project.ways(a)[at as usize]);
        return NoChoice::Amount {
            name: project.stocks[stock].clone(),
            there: Amount::from_millis(project.stock[stock]),
            least: Amount::from_millis(ways.map(|way| way.uses_of(stock)).sum()),
            proof,
        };
    }
    let names = scarce.iter().map(|&stock| project.stocks[stock].clone());
    NoChoice::Together(names.collect(), proof)
}
