//! `diff`: what changed from one plan or schedule to another.

mod compare;

use super::args::Form;
use super::gantt::Ask;
use super::gather::Gathered;
use super::sink::Sink;
use super::view::{Stop, told};
use crate::draw::Chart;
use crate::print::shown;
use compare::{Change, Kind, changes};
use plan::Cycle;
use record::{Bytes, PlanChange, PlanDiff, Seconds};

/// How many letters of a value are shown.
const SHOWN: usize = 60;

/// Whether two plans say the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    Same,
    Different,
}

/// Planned end and critical path of a plan.
struct Ends {
    makespan: Seconds,
    path: Seconds,
    nodes: Vec<Bytes>,
}

impl Ends {
    fn of(gathered: &Gathered) -> Result<Ends, Cycle> {
        let plan = &gathered.plan;
        let chart = Chart::of(gathered, &gathered.limits(), Ask::AsItStands)?;
        let mut takes = plan.durations.clone();
        chart.bars.iter().for_each(|bar| takes[bar.node as usize] = bar.end - bar.start);
        let path = plan.graph.critical_path(&takes)?;
        let real = path.nodes.iter().filter(|node| !plan.is_barrier(**node));
        let nodes = real.map(|node| super::view::id(plan, *node)).collect();
        Ok(Ends { makespan: chart.length, path: path.length, nodes })
    }
}

/// What changed from `before` to `after`.
///
/// # Errors
/// A cycle, a failed write.
pub fn diff(
    before: &Gathered,
    after: &Gathered,
    form: Form,
    sink: &mut Sink,
) -> Result<Found, Stop> {
    let changes = changes(before, after);
    let (was, is) = (Ends::of(before)?, Ends::of(after)?);
    let ends_differ = was.makespan != is.makespan || was.path != is.path;
    for change in &changes {
        match form {
            Form::Json => sink.record(&record_of(change))?,
            Form::Text => sink.line(line(change))?,
        }
    }
    let found = match changes.is_empty() && !ends_differ {
        true => Found::Same,
        false => Found::Different,
    };
    let count = |kind| changes.iter().filter(|change| change.kind == kind).count() as u64;
    if form == Form::Json {
        let changed = changes.chunk_by(|a, b| a.id == b.id);
        let changed = changed.filter(|same| same[0].kind == Kind::Changed).count() as u64;
        sink.record(&PlanDiff {
            added: count(Kind::Added),
            removed: count(Kind::Removed),
            changed,
            makespan_before_s: was.makespan,
            makespan_s: is.makespan,
            critical_path_before_s: was.path,
            critical_path_s: is.path,
            critical_before: was.nodes,
            critical: is.nodes,
            ..PlanDiff::default()
        })?;
    } else if found == Found::Different {
        tell_ends((&was, before), (&is, after), sink)?;
    }
    Ok(found)
}

fn record_of(change: &Change) -> PlanChange {
    PlanChange {
        change: change.kind.word().to_string(),
        id: Bytes::from(change.id.clone()),
        field: change.field.clone(),
        from: change.from.clone(),
        to: change.to.clone(),
        ..PlanChange::default()
    }
}

/// `+ id`, `- id`, `~ id field: from -> to`.
fn line(change: &Change) -> String {
    let id = shown(&change.id);
    let value = |value: &Option<record::Raw>| -> String {
        let text = value.as_ref().map_or_else(|| "-".to_string(), |raw| shown(raw.text()));
        match text.chars().count() > SHOWN {
            true => text.chars().take(SHOWN).collect::<String>() + "…",
            false => text,
        }
    };
    match change.kind {
        Kind::Added => format!("+ {id}"),
        Kind::Removed => format!("- {id}"),
        Kind::Changed => {
            let (from, to) = (value(&change.from), value(&change.to));
            format!("~ {id} {}: {from} -> {to}", change.field)
        }
        Kind::Capacity => format!("~ capacity: {} -> {}", value(&change.from), value(&change.to)),
    }
}

/// Planned end and critical path, before and after.
fn tell_ends(
    (was, before): (&Ends, &Gathered),
    (is, after): (&Ends, &Gathered),
    sink: &mut Sink,
) -> Result<(), Stop> {
    let pair = |a: Seconds, b: Seconds| match a == b {
        true => told(&after.plan, b),
        false => format!("{} -> {}", told(&before.plan, a), told(&after.plan, b)),
    };
    sink.line(format!("\nplanned end    {}", pair(was.makespan, is.makespan)))?;
    sink.line(format!("critical path  {}", pair(was.path, is.path)))?;
    let words = |ends: &Ends| -> String {
        let words: Vec<String> = ends.nodes.iter().map(|id| shown(&id.lossy())).collect();
        words.join(" ")
    };
    match was.nodes == is.nodes {
        true => sink.line(format!("  {}", words(is)))?,
        false => {
            sink.line(format!("  - {}", words(was)))?;
            sink.line(format!("  + {}", words(is)))?;
        }
    }
    Ok(())
}
