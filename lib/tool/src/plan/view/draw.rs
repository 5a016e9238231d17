//! `dot` and `mermaid`: pictures.

use super::Stop;
use crate::plan::args::Form;
use crate::plan::sink::Sink;
use plan::Plan;
use record::{PlanEdge, Seconds};

/// What a picture shows beyond nodes and edges.
struct Marks {
    critical: Vec<bool>,
}

impl Marks {
    fn of(plan: &Plan) -> Result<Marks, Stop> {
        let times = plan.times()?;
        // without durations every chain of the longest length would be red
        let marked = |node| plan.timed && times.slack(node) == Seconds::ZERO;
        Ok(Marks { critical: (0..plan.graph.nodes()).map(marked).collect() })
    }

    fn both(&self, from: u32, to: u32) -> bool {
        self.critical[from as usize] && self.critical[to as usize]
    }
}

fn edges(plan: &Plan) -> impl Iterator<Item = (u32, u32)> + '_ {
    let from = 0..plan.graph.nodes();
    from.flat_map(|from| plan.graph.successors(from).iter().map(move |to| (from, *to)))
}

fn is_weak(plan: &Plan, from: u32, to: u32) -> bool {
    plan.op(to).is_some_and(|op| {
        op.needs.iter().any(|need| need.weak && need.id.as_bytes() == plan.id(from))
    })
}

fn records(plan: &Plan, sink: &mut Sink) -> Result<(), Stop> {
    for (from, to) in edges(plan) {
        let (from, to) = (super::id(plan, from), super::id(plan, to));
        sink.record(&PlanEdge { from, to, ..PlanEdge::default() })?;
    }
    Ok(())
}

/// A label: the id and, where it is known, the duration.
fn label(plan: &Plan, node: u32) -> (String, Option<String>) {
    let id = String::from_utf8_lossy(plan.id(node)).into_owned();
    let duration = plan.op(node).and_then(|op| op.duration).map(crate::print::human);
    (id, duration)
}

/// For Graphviz.
///
/// # Errors
/// A cycle, a failed write.
pub fn dot(plan: &Plan, form: Form, sink: &mut Sink) -> Result<(), Stop> {
    if form == Form::Json {
        return records(plan, sink);
    }
    let marks = Marks::of(plan)?;
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', " ");
    sink.line("digraph plan {\n  rankdir=LR;\n  node [shape=box, style=rounded];")?;
    for node in 0..plan.graph.nodes() {
        let colour = if marks.critical[node as usize] { ", color=red" } else { "" };
        if plan.is_barrier(node) {
            sink.line(format!("  n{node} [shape=point, xlabel=\"barrier\"{colour}];"))?;
            continue;
        }
        let (id, duration) = label(plan, node);
        let second = duration.map(|d| format!("\\n{d}")).unwrap_or_default();
        sink.line(format!("  n{node} [label=\"{}{second}\"{colour}];", quoted(&id)))?;
    }
    for (from, to) in edges(plan) {
        let style = match (is_weak(plan, from, to), marks.both(from, to)) {
            (true, _) => " [style=dashed]",
            (false, true) => " [color=red]",
            (false, false) => "",
        };
        sink.line(format!("  n{from} -> n{to}{style};"))?;
    }
    sink.line("}")?;
    Ok(())
}

/// For Mermaid.
///
/// # Errors
/// A cycle, a failed write.
pub fn mermaid(plan: &Plan, form: Form, sink: &mut Sink) -> Result<(), Stop> {
    if form == Form::Json {
        return records(plan, sink);
    }
    let marks = Marks::of(plan)?;
    let quoted = |text: &str| {
        text.replace('&', "&amp;")
            .replace('"', "&quot;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\n', " ")
    };
    sink.line("flowchart LR")?;
    for node in 0..plan.graph.nodes() {
        let class = if marks.critical[node as usize] { ":::critical" } else { "" };
        if plan.is_barrier(node) {
            sink.line(format!("  n{node}(( )){class}"))?;
            continue;
        }
        let (id, duration) = label(plan, node);
        let second = duration.map(|d| format!("<br/>{d}")).unwrap_or_default();
        sink.line(format!("  n{node}[\"{}{second}\"]{class}", quoted(&id)))?;
    }
    for (from, to) in edges(plan) {
        let arrow = if is_weak(plan, from, to) { "-.->" } else { "-->" };
        sink.line(format!("  n{from} {arrow} n{to}"))?;
    }
    sink.line("  classDef critical stroke:#c00")?;
    Ok(())
}
