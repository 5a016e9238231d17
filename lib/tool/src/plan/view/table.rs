//! `table`: the plan for people.

use super::{Figures, Stop};
use crate::plan::args::Form;
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use crate::print::shown;
use crate::print::{Paint, human};
use plan::{Limits, Plan};
use record::Seconds;

/// Red, for the critical path.
const RED: &str = "\x1b[31m";
/// The end of a colour.
const PLAIN: &str = "\x1b[0m";

/// One row an operation, by planned start.
///
/// # Errors
/// A cycle, a failed write.
pub fn table(
    gathered: &Gathered,
    (form, paint): (Form, Paint),
    limits: &Limits,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let figures = Figures::of(plan, limits)?;
    let mut nodes: Vec<u32> = (0..plan.real).collect();
    nodes.sort_by_key(|node| (figures.schedule.start[*node as usize], *node));
    if form == Form::Json {
        for node in nodes {
            sink.record(&figures.node(plan, node))?;
        }
        return Ok(());
    }
    let mut rows = vec![heading(plan)];
    rows.extend(nodes.iter().map(|node| row(plan, &figures, *node)));
    for (at, text) in crate::print::aligned(&rows).lines().enumerate() {
        let critical = at > 0 && plan.timed && figures.critical(plan, nodes[at - 1]);
        match (paint, critical) {
            (Paint::Colour, true) => sink.line(format!("{RED}{text}{PLAIN}"))?,
            _ => sink.line(text)?,
        }
    }
    sink.line(foot(plan, &figures))?;
    Ok(())
}

fn heading(plan: &Plan) -> String {
    match plan.timed {
        true => "LEVEL\tSTART\tTAKES\tSLACK\t \tOPERATION\tNEEDS\tLOCKS".to_string(),
        false => "LEVEL\tOPERATION\tNEEDS\tLOCKS".to_string(),
    }
}

fn row(plan: &Plan, figures: &Figures, node: u32) -> String {
    let at = node as usize;
    let level = format!("{:>5}", figures.levels[at]);
    let id = shown(&super::id(plan, node).lossy());
    let mut needs = Vec::new();
    for need in plan.graph.predecessors(node) {
        // a barrier is told by its name, not by all that it waits for
        needs.push(shown(&super::id(plan, *need).lossy()));
    }
    let locks: Vec<String> = plan
        .op(node)
        .map(|op| op.locks.iter().map(|l| shown(&l.name)).collect())
        .unwrap_or_default();
    let tail = format!("{id}\t{}\t{}", needs.join(" "), locks.join(" "));
    if !plan.timed {
        return format!("{level}\t{tail}");
    }
    let mark = if figures.critical(plan, node) { "*" } else { " " };
    let start = human(figures.schedule.start[at]);
    let (takes, slack) = (human(plan.durations[at]), human(figures.times.slack(node)));
    format!("{level}\t{start:>6}\t{takes:>6}\t{slack:>6}\t{mark}\t{tail}")
}

fn foot(plan: &Plan, figures: &Figures) -> String {
    let levels = figures.levels.iter().copied().max().unwrap_or(0);
    let many = |count: u32| if count == 1 { "" } else { "s" };
    let (real, s) = (plan.real, many(plan.real));
    let head = format!("\n{real} operation{s} on {levels} level{}", many(levels));
    if !plan.timed {
        return head;
    }
    let (path, planned) = (figures.times.length, figures.schedule.makespan);
    let work: Seconds = plan.durations.iter().copied().sum();
    format!(
        "{head}; critical path (*) {}, planned end {}, one after the other {}",
        human(path),
        human(planned),
        human(work)
    )
}
