//! `summary`: a plan in figures.

use super::{Figures, Stop};
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use plan::{Body, Limits, Plan, Unmet};
use record::{Nullable, PlanSummary, Seconds};

/// One record.
///
/// # Errors
/// A failed write.
pub fn summary(gathered: &Gathered, limits: &Limits, sink: &mut Sink) -> Result<(), Stop> {
    let record = figures(gathered, limits);
    sink.record(&record)?;
    Ok(())
}

fn some(list: Vec<String>) -> Nullable<Vec<String>> {
    Nullable(Some(list))
}

fn unmet(plan: &Plan, list: &[Unmet]) -> Nullable<Vec<String>> {
    let arrow = |unmet: &Unmet| {
        let id = String::from_utf8_lossy(plan.id(unmet.node));
        format!("{id}->{}", unmet.needed)
    };
    some(list.iter().map(arrow).collect())
}

fn figures(gathered: &Gathered, limits: &Limits) -> PlanSummary {
    let plan = &gathered.plan;
    let needs = plan.needs();
    let figures = Figures::of(plan, limits).ok();
    let levels = figures.as_ref().map(|f| &f.levels[..plan.real as usize]);
    let counted = levels.map(widths);
    let declared = plan.units.iter().filter_map(|unit| Some(unit.total?.expected));
    let declared =
        declared.fold(None, |sum: Option<Seconds>, next| Some(sum.unwrap_or_default() + next));
    let no_body = plan.operations().filter(|(_, n)| matches!(n.draft.body, Body::Missing(_)));
    let arrow = |p: &plan::GroupPair| format!("{}->{}", p.id, p.other);
    let mut pairs: Vec<String> =
        gathered.groups.lock_pairs.iter().map(|p| format!("{}|{}", p.id, p.other)).collect();
    pairs.dedup();
    let unit = plan.units.first();
    let declared_edges = needs.edges();
    let roots = (0..plan.real).filter(|node| needs.predecessors(*node).is_empty()).count();
    PlanSummary {
        file: unit.map(|unit| unit.file.clone()).unwrap_or_default(),
        dialect: unit.map(|unit| unit.dialect.word().to_string()).unwrap_or_default(),
        ops: u64::from(plan.real),
        edges: u64::from(declared_edges),
        roots: roots as u64,
        levels: Nullable(counted.as_ref().map(|widths| widths.len() as u64)),
        width: Nullable(counted.map(|widths| widths.into_iter().max().unwrap_or(0))),
        critical_path_s: Nullable(figures.as_ref().map(|f| f.times.length)),
        makespan_s: Nullable(figures.as_ref().map(|f| f.schedule.makespan)),
        work_s: plan.durations.iter().copied().sum(),
        declared_total_s: Nullable(declared),
        dangling: unmet(plan, &plan.faults.dangling),
        optional_dangling: unmet(plan, &plan.faults.optional),
        duplicate_ids: some(plan.faults.duplicates.iter().map(|op| op.id.clone()).collect()),
        no_body: some(no_body.map(|(_, node)| node.draft.op.id.clone()).collect()),
        unlisted_files: some(plan.units.iter().flat_map(|unit| unit.unlisted.clone()).collect()),
        group_contradictions: some(gathered.groups.contradictions.iter().map(arrow).collect()),
        lock_pairs_in_group: some(pairs),
        ..PlanSummary::default()
    }
}

/// How many operations stand on each level.
fn widths(levels: &[u32]) -> Vec<u64> {
    let top = levels.iter().copied().max().unwrap_or(0) as usize;
    let mut widths = vec![0; top];
    levels.iter().for_each(|level| widths[*level as usize - 1] += 1);
    widths
}
