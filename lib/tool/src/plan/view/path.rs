//! `path`: the critical path, the next longest ones, the slack of the others.

use super::Stop;
use crate::plan::args::Form;
use crate::plan::sink::Sink;
use crate::print::human;
use plan::{Path, Plan, longest_paths};
use record::{PlanNode, PlanPath, Seconds};

/// The `count` longest paths, then what has slack, the least first.
///
/// # Errors
/// A cycle, a failed write.
pub fn path(plan: &Plan, form: Form, count: usize, sink: &mut Sink) -> Result<(), Stop> {
    let (times, levels) = (plan.times()?, plan.levels()?);
    let paths = match count {
        0 | 1 => vec![plan.graph.longest_path(&times.tail)],
        _ => distinct(plan, count)?,
    };
    for (rank, path) in paths.iter().enumerate() {
        match form {
            Form::Json => sink.record(&PlanPath {
                rank: rank as u64 + 1,
                length_s: path.length,
                nodes: real(plan, path).map(|node| super::id(plan, node)).collect(),
                ..PlanPath::default()
            })?,
            Form::Text => show(plan, path, rank, sink)?,
        }
    }
    let mut first = vec![false; plan.graph.nodes() as usize];
    paths.iter().take(1).flat_map(|path| &path.nodes).for_each(|node| first[*node as usize] = true);
    let mut others: Vec<(Seconds, u32)> = (0..plan.real)
        .filter(|node| !first[*node as usize])
        .map(|node| (times.slack(node), node))
        .collect();
    others.sort_unstable();
    if form == Form::Text {
        return slacks(plan, &others, sink);
    }
    for (slack, node) in others {
        sink.record(&PlanNode {
            id: super::id(plan, node),
            level: levels[node as usize],
            slack_s: Some(slack),
            critical: slack == Seconds::ZERO,
            ..PlanNode::default()
        })?;
    }
    Ok(())
}

/// One line each. Many have the same slack: it is put into words once.
fn slacks(plan: &Plan, others: &[(Seconds, u32)], sink: &mut Sink) -> Result<(), Stop> {
    if !others.is_empty() {
        sink.line("\nslack of the others")?;
    }
    for same in others.chunk_by(|one, other| one.0 == other.0) {
        let slack = format!("{:>10}  ", duration(plan, same[0].0));
        for (_, node) in same {
            sink.bytes(slack.as_bytes())?;
            sink.line(plan.id(*node))?;
        }
    }
    Ok(())
}

/// The longest paths that differ in their operations: beside a barrier there may be
/// a direct way.
fn distinct(plan: &Plan, count: usize) -> Result<Vec<Path>, Stop> {
    let barriers = plan.nodes.len() - plan.nodes.len().min(plan.real as usize);
    let ask = if barriers == 0 { count } else { count.saturating_mul(4) };
    let mut seen = std::collections::HashSet::new();
    let mut paths = longest_paths(&plan.graph, &plan.durations, ask)?;
    paths.retain(|path| seen.insert(real(plan, path).collect::<Vec<u32>>()));
    paths.truncate(count);
    Ok(paths)
}

fn real<'a>(plan: &'a Plan, path: &'a Path) -> impl Iterator<Item = u32> + 'a {
    path.nodes.iter().copied().filter(|node| !plan.is_barrier(*node))
}

fn show(plan: &Plan, path: &Path, rank: usize, sink: &mut Sink) -> Result<(), Stop> {
    let count = real(plan, path).count();
    let of = plan.real;
    let title = if rank == 0 { "critical path".into() } else { format!("\npath {}", rank + 1) };
    let length = if plan.timed { format!("{}, ", human(path.length)) } else { String::new() };
    sink.line(format!("{title}: {length}{count} of {of} operations"))?;
    let mut at = Seconds::ZERO;
    for node in real(plan, path) {
        let its = plan.durations[node as usize];
        let (start, its_text) = (duration(plan, at), duration(plan, its));
        sink.bytes(format!("{start:>10} {its_text:>9}  ").as_bytes())?;
        sink.line(plan.id(node))?;
        at += its;
    }
    Ok(())
}

/// A duration, or a number of operations where nobody says how long they take.
fn duration(plan: &Plan, seconds: Seconds) -> String {
    if plan.timed { human(seconds) } else { seconds.to_string() }
}
