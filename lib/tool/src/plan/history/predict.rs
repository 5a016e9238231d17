//! `predict`: how long each operation takes, and the whole.

use super::{ask, read};
use crate::fail::Fail;
use crate::plan::args::{Config, Form};
use crate::plan::gather::Gathered;
use crate::plan::sink::Sink;
use crate::plan::view::{Stop, line};
use crate::print::human;
use crate::print::{aligned, shown};
use plan::history::{Ask, Forecast, Past, Shape, Source, Whole};
use plan::{Limits, Plan};
use record::{MakespanPrediction, Nullable, Operation, Prediction, Seconds, status};

/// The same history, the same figures.
const SEED: u64 = 1;

/// One row an operation in the order of the input, then the makespan.
///
/// # Errors
/// A cycle, a failed write, no history.
pub fn predict(
    gathered: &Gathered,
    (form, limits): (Form, &Limits),
    past_limits: Past,
    sink: &mut Sink,
) -> Result<(), Stop> {
    let plan = &gathered.plan;
    plan.levels()?;
    let Some(past) = &gathered.past else { return Ok(()) };
    let outlook = past.outlook(None);
    let forecasts: Vec<Forecast> = (0..plan.graph.nodes())
        .map(|node| match plan.nodes.get(node as usize).filter(|node| !node.draft.op.barrier) {
            Some(node) => outlook.forecast(&ask::ask(&node.draft)),
            None => Forecast::default(),
        })
        .collect();
    let nodes: Vec<&Operation> = plan.nodes.iter().map(|node| &*node.draft.op).collect();
    let makespan = |times: &[Seconds]| {
        plan::schedule(&plan.graph, times, &nodes, limits)
            .map_or(Seconds::ZERO, |schedule| schedule.makespan)
    };
    let ids: Vec<String> = nodes.iter().map(|op| op.id.clone()).collect();
    let shape = Shape { ids: &ids[..plan.real as usize], makespan: &makespan, limits: past_limits };
    let whole = outlook.whole(&shape, &forecasts, SEED);
    match form {
        Form::Json => {
            let real = ids.iter().zip(&forecasts).take(plan.real as usize);
            for (id, forecast) in real {
                sink.record(&told(id, forecast))?;
            }
            let unknown = Some(unknown(plan, &forecasts).0).filter(|count| *count > 0);
            sink.record(&MakespanPrediction { unknown, ..told_whole(&whole) })?;
        }
        Form::Text => table(plan, &forecasts, (&whole, past_limits), sink)?,
    }
    Ok(())
}

/// The predictions of the next run of a run log, as records.
///
/// # Errors
/// The log cannot be read, a failed write.
pub fn next_run(config: &Config, sink: &mut Sink) -> Result<u8, Fail> {
    let args = &config.history;
    let mut faults = Vec::new();
    let past = read::all(args.runs.as_slice(), &config.reads, &mut faults)?;
    faults.iter().for_each(|fault| sink.tell(&line(fault)));
    let outlook = past.outlook(args.run.as_deref());
    let run = args.run.clone().unwrap_or_default();
    for id in past.ids() {
        let forecast = outlook.forecast(&Ask { id: id.to_string(), ..Ask::default() });
        sink.record(&Prediction { run: run.clone(), ..told(id, &forecast) })?;
    }
    if let Some(whole) = outlook.makespan() {
        sink.record(&MakespanPrediction { run, ..told_whole(&whole) })?;
    }
    Ok(if faults.is_empty() { status::OK } else { status::BAD_INPUT })
}

/// To three decimals: what a share is worth.
fn share(inside: Option<f64>) -> Nullable<f64> {
    Nullable(inside.map(|share| (share * 1e3).round() / 1e3))
}

fn told(id: &str, forecast: &Forecast) -> Prediction {
    Prediction {
        id: id.to_string(),
        duration: Nullable(forecast.median),
        p90_s: forecast.p90,
        low_s: forecast.interval.map(|(low, _)| low),
        high_s: forecast.interval.map(|(_, high)| high),
        from: forecast.basis.word().to_string(),
        by: forecast.by.clone(),
        n: forecast.n,
        confidence: share(forecast.inside),
        ..Prediction::default()
    }
}

fn told_whole(whole: &Whole) -> MakespanPrediction {
    MakespanPrediction {
        makespan: whole.median,
        low_s: whole.interval.map(|(low, _)| low),
        high_s: whole.interval.map(|(_, high)| high),
        from: whole.source.word().to_string(),
        n: whole.n,
        confidence: share(whole.inside),
        ..MakespanPrediction::default()
    }
}

fn table(
    plan: &Plan,
    forecasts: &[Forecast],
    (whole, limits): (&Whole, Past),
    sink: &mut Sink,
) -> Result<(), Stop> {
    let mut rows = vec!["MEDIAN\tP90\t90% WITHIN\tFROM\tN\tCONFIDENCE\tOPERATION".to_string()];
    for (node, forecast) in (0..plan.real).zip(forecasts) {
        rows.push(row(&String::from_utf8_lossy(plan.id(node)), forecast));
    }
    sink.bytes(aligned(&rows).as_bytes())?;
    let known = sure(whole.inside);
    let of = match (whole.n, whole.source) {
        (0, _) if forecasts.iter().all(|one| !one.basis.is_past()) => {
            "from the plan alone".to_string()
        }
        (0, _) if limits == Past::Other => "from the plan, within these limits".into(),
        (0, _) => "from the plan; no past run had all of it".into(),
        (n, Source::Structure) => format!("from the plan and {n} past runs, {known}"),
        (n, Source::Runs) => format!("from the makespans of {n} past runs, {known}"),
    };
    let interval = match whole.interval {
        None => "interval not known".to_string(),
        some => format!("90% within {}", within(some)),
    };
    let (least, rest) = match unknown(plan, forecasts) {
        (0, _) => ("", String::new()),
        some => ("at least ", taken_for_nothing(some)),
    };
    sink.line(format!("\nmakespan {least}{}, {interval} ({of}){rest}", time(whole.median)))?;
    Ok(())
}

/// Of how many operations nothing is known, and how many there are.
fn unknown(plan: &Plan, forecasts: &[Forecast]) -> (u64, u64) {
    let nodes = plan.nodes.iter().zip(forecasts).filter(|(node, _)| !node.draft.op.barrier);
    nodes.fold((0, 0), |(unknown, all), (_, forecast)| {
        (unknown + u64::from(forecast.median.is_none()), all + 1)
    })
}

/// What the makespan assumes of the unknown ones.
fn taken_for_nothing((unknown, all): (u64, u64)) -> String {
    let (are, they) = if unknown == 1 { ("is", "it counts") } else { ("are", "they count") };
    format!(
        "\n{unknown} of {all} operations {are} unknown: {they} as 0 s, give a duration or a timeout"
    )
}

fn row(id: &str, forecast: &Forecast) -> String {
    let by = if forecast.by.is_empty() { String::new() } else { format!(" by {}", forecast.by) };
    let one = |figure: Option<Seconds>| figure.map_or("-".to_string(), time);
    let confidence = forecast.inside.map_or("none".to_string(), |share| format!("{share:.2}"));
    format!(
        "{:>6}\t{:>6}\t{}\t{}{}\t{}\t{}\t{}",
        one(forecast.median),
        one(forecast.p90),
        within(forecast.interval),
        forecast.basis.word(),
        shown(&by),
        forecast.n,
        confidence,
        shown(id),
    )
}

fn sure(inside: Option<f64>) -> String {
    match inside {
        Some(share) => format!("confidence {share:.2}"),
        None => "confidence none".into(),
    }
}

fn within(interval: Option<(Seconds, Seconds)>) -> String {
    interval.map_or("-".into(), |(low, high)| format!("{} .. {}", time(low), time(high)))
}

/// A prediction for people: no finer than it is worth.
fn time(seconds: Seconds) -> String {
    let micros = seconds.as_micros();
    let step = match micros {
        60_000_000.. => 1_000_000,
        1_000_000.. => 100_000,
        _ => 1_000,
    };
    human(Seconds::from_micros((micros + step / 2) / step * step))
}
