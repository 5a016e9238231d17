//! `pgstat scaling`: how throughput grows with concurrency, and what bounds it.

use super::args::Logs;
use super::read::{self, Part};
use super::remark;
use super::series::{figure, write};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{Out, aligned, shown};
use record::{
    Bad, Fields, Nullable, Record as _, Scaling, ScalingPoint, Tuned, parse_record, status,
};
use serde::Serialize;
use stat::Intake;
use stat::scaling::{Evidence, Free, Point, TableIntake, Told, evidence, fit, scaling};
use std::path::Path;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct ScalingArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Only the coefficients of the Universal Scalability Law, a line a table
    #[arg(long, conflicts_with_all = ["json", "csv"])]
    pub fit: bool,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// The coefficients of a table.
#[derive(Serialize)]
struct Line<'a> {
    dataset: &'a str,
    sigma: f64,
    kappa: f64,
    lambda: f64,
}

/// Measurements, and what the logs say that they come from.
#[derive(Debug, Default)]
struct Set {
    name: String,
    points: Vec<Point>,
    evidence: Vec<Evidence>,
}

/// The verb.
///
/// # Errors
/// Nothing was measured in what was read, or the output cannot be written.
pub fn run(args: &ScalingArgs) -> Result<u8, Fail> {
    let ScalingArgs { logs, fit, form } = args;
    let stdin = ["-".to_string()];
    let files = if logs.files.is_empty() { &stdin[..] } else { &logs.files };
    if *fit {
        return coefficients(files);
    }
    let mut runs = Set { name: "runs".to_string(), ..Set::default() };
    let mut sets = Vec::new();
    let mut status = status::OK;
    for file in files {
        let (set, read) = one(file);
        status = status.max(read);
        if set.evidence.is_empty() && !set.points.is_empty() {
            sets.push(set);
        } else {
            runs.points.extend(set.points);
            runs.evidence.extend(set.evidence);
        }
    }
    if !runs.points.is_empty() {
        sets.push(runs);
    }
    if sets.is_empty() {
        return nothing(status);
    }
    let all: Vec<Told> =
        sets.iter().map(|set| scaling(&set.name, &set.points, &set.evidence)).collect();
    show(&all, *form)?;
    Ok(status)
}

fn nothing(read: u8) -> Result<u8, Fail> {
    if read != status::OK {
        return Ok(read);
    }
    let what = "no measurements in the input; give logs of runs with different -j, or a table \
                of concurrency and throughput";
    Err(Fail::new(status::BAD_INPUT, what))
}

/// What a data set is called: the name of its file without folders and ending.
fn stem(file: &str) -> String {
    let stem = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    stem.filter(|stem| stem != "-").unwrap_or_else(|| "stdin".to_string())
}

fn coefficients(files: &[String]) -> Result<u8, Fail> {
    let mut out = Out::new(status::CANNOT_WRITE);
    let mut status = status::OK;
    for file in files {
        let mut table = TableIntake::default();
        let read = read::each(std::slice::from_ref(file), |part| match part {
            Part::Line(line) => table.line(line),
            Part::End => Ok(()),
        });
        status = status.max(read);
        let Some(law) = fit(&table.finish(), Free::Both) else {
            let file = crate::input::shown(file);
            let what = format!("{file}: no fit: it needs throughputs at two concurrencies or more");
            return Err(Fail::new(status::BAD_INPUT, what));
        };
        let dataset = &stem(file);
        let line = Line { dataset, sigma: law.sigma, kappa: law.kappa, lambda: law.lambda };
        out.bytes(&serde_json::to_vec(&line).unwrap_or_default())?;
        out.bytes(b"\n")?;
    }
    out.finish()?;
    Ok(status)
}

/// What a file is, by its first line.
enum Kind {
    Unknown,
    Table,
    Log,
}

/// A file: a table, or logs of runs.
fn one(file: &String) -> (Set, u8) {
    let mut kind = Kind::Unknown;
    let (mut table, mut intake) = (TableIntake::default(), Intake::new(0));
    let mut tried = Vec::new();
    let status = read::each(std::slice::from_ref(file), |part| match part {
        Part::Line(line) => {
            if matches!(kind, Kind::Unknown) && !line.trim_ascii().is_empty() {
                kind = kind_of(line);
            }
            match kind {
                Kind::Unknown => Ok(()),
                Kind::Table => table.line(line),
                Kind::Log => {
                    tried.extend(tried_in(line));
                    intake.line(line)
                }
            }
        }
        Part::End => ended(&kind, &mut intake),
    });
    if matches!(kind, Kind::Table) {
        let points = table.finish();
        return (Set { name: stem(file), points, evidence: Vec::new() }, status);
    }
    let account = intake.finish();
    remark(&account);
    let mut set = Set::default();
    if !tried.is_empty() {
        // of a run under many numbers of slots the whole tells nothing
        return (Set { name: stem(file), points: tried, evidence: Vec::new() }, status);
    }
    for told in &account.told {
        let (Some(rate), Some(evidence)) = (told.report.throughput, evidence(&told.report)) else {
            continue;
        };
        set.points.push(Point { n: evidence.concurrency, rate });
        set.evidence.push(evidence);
    }
    (set, status)
}

/// What `pgrun --sweep` or `--tune` has measured.
fn tried_in(line: &[u8]) -> Vec<Point> {
    let is_it = line.trim_ascii_start().starts_with(br#"{"type":"tuned""#);
    let parsed =
        is_it.then(|| parse_record::<Tuned>(line, &Fields::parse(line).ok()?).ok()).flatten();
    let levels = parsed.map(|tuned| tuned.levels).unwrap_or_default();
    levels.into_iter().map(|one| Point { n: f64::from(one.jobs), rate: one.rate }).collect()
}

fn ended(kind: &Kind, intake: &mut Intake) -> Result<(), Bad> {
    if matches!(kind, Kind::Log) {
        return intake.end_file();
    }
    Ok(())
}

/// Logs are known by their first line, tables by having none of theirs.
fn kind_of(line: &[u8]) -> Kind {
    let line = line.trim_ascii_start();
    let is_log = [&b"{"[..], b"Seq\t", b"# ninja"].iter().any(|begin| line.starts_with(begin));
    if is_log { Kind::Log } else { Kind::Table }
}

fn show(all: &[Told], form: Form) -> Result<(), Fail> {
    if form.csv {
        let points: Vec<ScalingPoint> = all.iter().flat_map(|told| told.points.clone()).collect();
        return write(&points, form, |_| String::new());
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    for (place, told) in all.iter().enumerate() {
        if form.json {
            told.points.iter().try_for_each(|point| out.bytes(&point.to_line()))?;
            out.bytes(&told.scaling.to_line())?;
        } else {
            if place > 0 {
                out.line("")?;
            }
            out.bytes(table(told).as_bytes())?;
        }
    }
    out.finish()
}

fn table(told: &Told) -> String {
    let mut lines = vec!["CONCURRENCY\t     RATE\t SPEEDUP\tEFFICIENCY\t   FITTED\tN".to_string()];
    lines.extend(told.points.iter().map(|row| {
        format!(
            "{:>11}\t{:>9}\t{:>8}\t{:>10}\t{:>9}\t{}",
            row.concurrency,
            figure(row.rate),
            figure(row.speedup),
            figure(row.efficiency),
            figure(row.fitted),
            row.n
        )
    }));
    let Scaling { dataset, n, bound, verdict, .. } = &told.scaling;
    let head = format!("{}: {n} measurements\n", shown(dataset));
    let mut text = head + &aligned(&lines) + &laws(&told.scaling);
    text.push_str(&match bound.as_str() {
        "none" => format!("verdict     {verdict}\n"),
        bound => format!("verdict     bound by {bound}: {verdict}\n"),
    });
    text
}

/// The coefficients with their intervals, where there are any.
fn laws(told: &Scaling) -> String {
    let within = |value: Nullable<f64>, low: Nullable<f64>, high: Nullable<f64>| {
        let range = low.0.zip(high.0);
        let range = range.map_or("interval not measured".to_string(), |(low, high)| {
            format!("95 %: {} to {}", figure(low), figure(high))
        });
        format!("{}  ({range})", figure(value.0))
    };
    if told.lambda.0.is_none() {
        return String::new();
    }
    let r2 = figure(told.r2.0);
    let serial = within(told.serial, told.serial_low, told.serial_high);
    let mut lines = vec![
        format!("Amdahl\tserial share\t{serial}"),
        format!("USL\tsigma\t{}", within(told.sigma, told.sigma_low, told.sigma_high)),
        format!("\tkappa\t{}", within(told.kappa, told.kappa_low, told.kappa_high)),
        format!("\tlambda\t{}", within(told.lambda, told.lambda_low, told.lambda_high)),
        format!("\tR2\t{r2}"),
    ];
    lines.push(match told.knee.0 {
        Some(knee) => format!("knee\tat\t{}", figure(knee)),
        None => "knee\tat\tnone: the rate grows on".to_string(),
    });
    lines.push(match told.peak.0 {
        Some(peak) => format!("peak\tat\t{}, rate {}", figure(peak), figure(told.peak_rate.0)),
        None => "peak\tat\tnone: the rate grows on".to_string(),
    });
    aligned(&lines)
}
