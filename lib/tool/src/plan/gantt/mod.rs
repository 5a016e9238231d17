//! `gantt`: slots over time, with the critical path, locks and resources.

mod args;
mod chart;

pub use args::GanttArgs;
pub use chart::Ask;

use super::args::Form;
use super::gather::Gathered;
use super::limits::LimitArgs;
use super::sink::Sink;
use super::view::{Figures, Stop};
use crate::draw::{self, Chart, Held};
use crate::print::Paint;
use plan::Limits;
use record::{PlanNode, PlanUse};

/// How a chart is shown.
pub struct Look<'a> {
    pub args: &'a GanttArgs,
    pub form: Form,
    pub paint: Paint,
}

/// The chart.
///
/// # Errors
/// A cycle, a failed write.
pub fn gantt(
    gathered: &Gathered,
    (limits, asked): (&Limits, &LimitArgs),
    look: &Look<'_>,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let ask = if asked.are_none() { Ask::AsItStands } else { Ask::Anew };
    let chart = Chart::of(gathered, limits, ask)?;
    let plan = &gathered.plan;
    if look.form == Form::Json {
        return records(gathered, limits, &chart, sink);
    }
    if look.args.svg {
        let title = plan.units.iter().map(|unit| unit.file.as_str()).collect::<Vec<_>>();
        let picture = draw::svg::gantt(&chart, (&title.join(" "), look.args.width.pixels()));
        sink.bytes(picture.as_bytes())?;
        return Ok(());
    }
    let text = draw::text::gantt(&chart, (look.args.width.columns(), look.paint));
    sink.bytes(text.as_bytes())?;
    Ok(())
}

/// A record an operation, then one for each change of what is held.
fn records(
    gathered: &Gathered,
    limits: &Limits,
    chart: &Chart,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    let figures = Figures::of(plan, limits)?;
    for bar in &chart.bars {
        let record = PlanNode {
            start: Some(bar.start),
            end: Some(bar.end),
            slot: Some(bar.slot),
            critical: bar.critical,
            slack_s: None,
            ..figures.node(plan, bar.node)
        };
        sink.record(&record)?;
    }
    for lane in &chart.lanes {
        for &(at, amount) in &lane.steps {
            sink.record(&PlanUse {
                of: if lane.held == Held::Lock { "lock" } else { "resource" }.to_string(),
                name: lane.name.clone(),
                at,
                held: record::Amount::from_millis(amount),
                capacity: lane.capacity,
                ..PlanUse::default()
            })?;
        }
    }
    Ok(())
}
