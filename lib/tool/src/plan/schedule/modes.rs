//! Which modes are chosen from, by what, and why none can be.

use super::route::{self, Route};
use crate::fail::Fail;
use crate::flags::Budget;
use crate::plan::view::Stop;
use crate::print::shown;
use clap::{Args, ValueEnum};
use plan::project::{Objective, Project};
use plan::search::modes::{NoChoice, Proof, Wishes, settle};
use plan::{Limits, Plan};
use record::{Operation, status};

/// The choice of modes.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Modes")]
pub struct ModeArgs {
    /// What is to be least: makespan, cost, or both with the weightier first
    #[arg(long, hide_short_help = true, value_name = "WHAT[,WHAT]", value_parser = objective, default_value = "makespan")]
    pub objective: Objective,

    #[command(flatten)]
    pub budget: Budget,

    /// Leave out modes of less quality, such as quality=0.85
    #[arg(long, hide_short_help = true, value_name = "quality=Q", value_parser = quality)]
    pub min: Option<f64>,

    /// Choose this mode where it makes neither makespan nor cost worse
    #[arg(long, hide_short_help = true, value_name = "MODE")]
    pub prefer: Option<String>,

    /// Do in MODE the operations that a rule on a label or field holds for; may be repeated
    #[arg(long, hide_short_help = true, value_name = "FIELD<VALUE:MODE", value_parser = route::route)]
    pub route: Vec<Route>,

    /// Print a table of makespan against cost; with =modes, the modes of each row too
    #[arg(long, hide_short_help = true, value_name = "modes", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "table", hide_possible_values = true)]
    pub pareto: Option<Pareto>,
}

/// What the table of makespan against cost says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Pareto {
    /// Makespan and cost.
    Table,
    /// And the modes.
    Modes,
}

fn objective(text: &str) -> Result<Objective, String> {
    Ok(match text {
        "makespan" => Objective::Makespan,
        "makespan,cost" => Objective::MakespanCost,
        // of what is as cheap, nobody wants the longer one
        "cost" | "cost,makespan" => Objective::CostMakespan,
        _ => return Err("write makespan, cost, makespan,cost or cost,makespan".into()),
    })
}

fn quality(text: &str) -> Result<f64, String> {
    let number = text.strip_prefix("quality=").and_then(|number| number.parse().ok());
    number
        .filter(|number: &f64| number.is_finite())
        .ok_or("write quality=Q, such as quality=0.85".into())
}

impl ModeArgs {
    /// The plan in numbers, with the modes that may be chosen.
    ///
    /// # Errors
    /// A cycle; nothing can be chosen, and why.
    pub fn project(&self, plan: &Plan, limits: &Limits) -> Result<Project, Stop> {
        let mut limits = limits.clone();
        limits.nonrenewable.extend(self.budget.budget.iter().cloned());
        let mut project = plan.project(&limits)?;
        if project.is_too_long() {
            let text = "the durations sum to more than a thousand years; no schedule can hold them";
            return Err(Fail::new(status::BAD_INPUT, text).into());
        }
        let nodes: Vec<&Operation> = plan.nodes.iter().map(|node| &*node.draft.op).collect();
        if let Some((name, _)) = self.budget.budget.iter().find(|(name, _)| !uses(&nodes, name)) {
            let text = format!("--budget {}: no operation uses it up", shown(name));
            return Err(Fail::new(status::USAGE, text).into());
        }
        let wishes = Wishes {
            objective: self.objective,
            quality: self.min,
            prefer: self.prefer.clone(),
            route: route::modes(&self.route, &nodes)?,
        };
        settle(&mut project, &nodes, &wishes).map_err(|why| self.fail(plan, &why))?;
        Ok(project)
    }

    fn fail(&self, plan: &Plan, why: &NoChoice) -> Fail {
        let none = |proof: &Proof| match proof {
            Proof::Proved => "there is none",
            Proof::NotProved => "none was found, which proves nothing",
        };
        let text = match why {
            NoChoice::Quality(node) => {
                let id = String::from_utf8_lossy(plan.id(*node)).into_owned();
                let least = self.min.unwrap_or_default();
                format!(
                    "{}: every mode is below a quality of {least}; lower --min, or give it a better mode",
                    shown(&id)
                )
            }
            NoChoice::Route(node) => {
                let id = String::from_utf8_lossy(plan.id(*node)).into_owned();
                format!(
                    "{}: the mode that --route takes is below the quality of --min, or asks for more than there is",
                    shown(&id)
                )
            }
            NoChoice::Prefer(name) => {
                let text =
                    format!("--prefer {}: no operation has a mode of this name", shown(name));
                return Fail::new(status::USAGE, text);
            }
            NoChoice::Amount { name, there, least, proof } => {
                let name = shown(name);
                let is = match proof {
                    Proof::Proved => "needs",
                    Proof::NotProved => "that was found needs",
                };
                match name.as_str() {
                    "cost" => format!(
                        "a budget of cost={there} is too small: the cheapest choice of modes {is} cost={least}; raise it with --budget cost={least}"
                    ),
                    _ => format!(
                        "there is {there} of {name}: the choice of modes with the least {is} {least}; raise it with --budget {name}={least}"
                    ),
                }
            }
            NoChoice::Together(names, proof) => {
                let names: Vec<String> = names.iter().map(|name| shown(name)).collect();
                format!(
                    "a choice of modes that keeps within {} together: {}; raise more than one of them with --budget",
                    names.join(", "),
                    none(proof)
                )
            }
        };
        Fail::new(status::FINDING, text)
    }
}

/// Whether an operation, or one of its modes, uses up an amount of this name.
fn uses(nodes: &[&Operation], name: &str) -> bool {
    nodes.iter().any(|op| {
        let modes = || op.modes.iter();
        let costs = name == "cost" && modes().any(|mode| mode.cost.is_some());
        let own = modes().filter_map(|mode| mode.nonrenewable.as_ref());
        costs
            || op.nonrenewable.contains_key(name)
            || own.into_iter().any(|its| its.contains_key(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objectives_and_qualities_are_read_or_refused() {
        assert_eq!(objective("makespan,cost"), Ok(Objective::MakespanCost));
        assert_eq!(objective("cost"), objective("cost,makespan"));
        assert!(objective("time").unwrap_err().contains("makespan,cost"));
        assert_eq!(quality("quality=0.85"), Ok(0.85));
        for bad in ["0.85", "quality=", "quality=nan", "cost=3"] {
            assert!(quality(bad).unwrap_err().contains("quality=0.85"), "{bad}");
        }
    }
}
