//! The views of a plan.

mod draw;
mod levels;
mod lint;
mod path;
mod records;
mod summary;
mod table;

pub use draw::{dot, mermaid};
pub use levels::levels;
pub use lint::{line, lint};
pub use path::path;
pub use records::{list, plan, write_plan};
pub use summary::summary;
pub use table::table;

use crate::fail::Fail;
use plan::{Cycle, Limits, Plan, Schedule, Times};
use record::{Bytes, Operation, PlanNode, Seconds};

/// Why a view cannot be shown.
#[derive(Debug)]
pub enum Stop {
    /// The plan goes round in a circle.
    Cycle(Cycle),
    /// It could not be written.
    Fail(Fail),
}

impl From<Cycle> for Stop {
    fn from(cycle: Cycle) -> Self {
        Stop::Cycle(cycle)
    }
}

impl From<Fail> for Stop {
    fn from(fail: Fail) -> Self {
        Stop::Fail(fail)
    }
}

/// Levels, times and schedule of a plan.
pub struct Figures {
    /// Level of each node.
    pub levels: Vec<u32>,
    /// Critical path method.
    pub times: Times,
    /// With locks and capacity.
    pub schedule: Schedule,
}

impl Figures {
    /// Works them out.
    ///
    /// # Errors
    /// A cycle.
    pub fn of(plan: &Plan, limits: &Limits) -> Result<Figures, Cycle> {
        let (levels, times) = (plan.levels()?, plan.times()?);
        let schedule = match plan.nodes.is_empty() {
            // without records there are no limits
            true => {
                let takes = |(start, takes): (&Seconds, &Seconds)| *start + *takes;
                let end = times.start.iter().zip(&plan.durations).map(takes).collect();
                let mode = vec![0; times.start.len()];
                Schedule { start: times.start.clone(), end, mode, makespan: times.length }
            }
            false => plan.schedule(limits)?,
        };
        Ok(Figures { levels, times, schedule })
    }

    /// True for what makes the plan longer when it is late.
    pub fn critical(&self, plan: &Plan, node: u32) -> bool {
        self.times.slack(node) == Seconds::ZERO && !plan.is_barrier(node)
    }

    /// Puts what was planned for a node into its operation.
    pub fn put(&self, plan: &Plan, node: u32, op: &mut Operation) {
        let at = node as usize;
        op.level = Some(self.levels[at]);
        (op.start, op.end, op.slack_s, op.critical) = (None, None, None, false);
        if plan.timed && !op.barrier {
            (op.start, op.end) = (Some(self.schedule.start[at]), Some(self.schedule.end[at]));
            op.slack_s = Some(self.times.slack(node));
            op.critical = self.critical(plan, node);
        }
    }

    /// A node as a record.
    pub fn node(&self, plan: &Plan, node: u32) -> PlanNode {
        let at = node as usize;
        let start = self.schedule.start[at];
        let op = plan.op(node);
        let mut record = PlanNode {
            id: id(plan, node),
            level: self.levels[at],
            barrier: plan.is_barrier(node),
            duration: op.and_then(|op| op.duration),
            ..PlanNode::default()
        };
        if let Some(op) = op {
            record.needs.clone_from(&op.needs);
            record.locks = op.locks.iter().map(|lock| lock.name.clone()).collect();
            record.group.clone_from(&op.group);
            record.source.clone_from(&op.source);
        }
        if plan.timed {
            record.start = Some(start);
            record.end = Some(start + plan.durations[at]);
            record.slack_s = Some(self.times.slack(node));
            record.critical = self.critical(plan, node);
        }
        record
    }
}

/// The id of a node as bytes of its own.
pub fn id(plan: &Plan, node: u32) -> Bytes {
    Bytes(plan.id(node).to_vec())
}

/// True where some operation says how long it takes; else each of them is one step.
pub fn says_times(plan: &Plan) -> bool {
    plan.operations().any(|(_, node)| node.draft.op.stated().is_some())
}

/// A time of a plan for people: steps where nobody says how long anything takes.
pub fn told(plan: &Plan, seconds: Seconds) -> String {
    let steps = seconds.as_micros() / 1_000_000;
    match (says_times(plan), steps) {
        (true, _) => crate::print::brief(seconds),
        (false, 1) => "1 step".to_string(),
        (false, steps) => format!("{steps} steps"),
    }
}
