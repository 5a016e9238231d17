//! `pgstat compare`: some runs beside others, and the status that a CI waits for.

use super::args::Length;
use super::table::{Style, bold, cell};
use super::{TOOL, check, read, remark};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::{Color, Form};
use crate::print::{Out, aligned};
use record::{Comparison, Record as _, status};
use stat::{Compared, Intake, Limits, Observed, compare};
use std::path::PathBuf;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct CompareArgs {
    /// Logs before and after: a file, or a folder of logs, each
    #[arg(value_name = "BEFORE AFTER", num_args = 0..=2)]
    pub sides: Vec<String>,
    /// Logs before, where there are several
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "sides", requires = "after")]
    pub before: Vec<String>,
    /// Logs after, where there are several
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with = "sides", requires = "before")]
    pub after: Vec<String>,
    /// Exit 1 when makespan or durations are worse by more than SHARE (10%), beyond doubt
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub max_regression: Option<f64>,
    /// File of targets, a line each, such as makespan <= 10m
    #[arg(long, value_name = "FILE")]
    pub target: Option<PathBuf>,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
}

/// A share, as `10%` or `0.1`.
///
/// # Errors
/// What is accepted instead.
fn share(text: &str) -> Result<f64, String> {
    let (number, of) = match text.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (text, 1.0),
    };
    let read = number.trim().parse::<f64>().ok().filter(|share| *share >= 0.0 && share.is_finite());
    read.map(|share| share / of).ok_or_else(|| "write a share, such as 10% or 0.1".to_string())
}

/// The verb.
///
/// # Errors
/// There is nothing to compare, or the output cannot be written.
pub fn run(args: &CompareArgs) -> Result<u8, Fail> {
    let one = |place: usize| args.sides.get(place).map(|file| vec![file.clone()]);
    let (before, after) = match (one(0), one(1)) {
        (Some(before), Some(after)) => (before, after),
        (None, None) if !args.before.is_empty() => (args.before.clone(), args.after.clone()),
        _ => {
            let what = "name the logs before and after: pgstat compare BEFORE AFTER, or where there \
                        are several --before FILE... --after FILE...";
            return Err(Fail::new(status::USAGE, what));
        }
    };
    if before.iter().chain(&after).filter(|file| *file == "-").count() > 1 {
        let what = "standard input can be read once; name a file for one of the two";
        return Err(Fail::new(status::USAGE, what));
    }
    let (first, one) = observed(&before)?;
    let (second, other) = observed(&after)?;
    let limits = Limits { regression: args.max_regression, ..Limits::default() };
    let mut compared = compare(&first, &second, limits);
    let runs_tell = |side: &Observed| side.runs.iter().any(|run| run.figures[0].is_some());
    if compared.operations.is_empty() && !(runs_tell(&first) && runs_tell(&second)) {
        let what = "no operation ran in both, and no makespan is known of both: nothing to compare";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    if let Some(path) = &args.target {
        aim(&mut compared, path)?;
    }
    print(args, &compared)?;
    let said = verdict(&compared, args.max_regression);
    let is_regression = rows(&compared).any(|row| row.regression);
    if args.form.json || args.form.csv {
        said.iter().for_each(|line| complain(TOOL.name, line));
    }
    Ok(match one.max(other) {
        status::OK if is_regression => status::FINDING,
        read => read,
    })
}

fn rows(compared: &Compared) -> impl Iterator<Item = &Comparison> {
    compared.figures.iter().chain(&compared.operations)
}

fn observed(files: &[String]) -> Result<(Observed, u8), Fail> {
    let mut intake = Intake::heard_by(Observed::default(), 0);
    let status = read::each(files, |part| match part {
        read::Part::Line(line) => intake.line(line),
        read::Part::End => intake.end_file(),
    });
    let (account, observed) = intake.finish_heard();
    remark(&account);
    if observed.runs.is_empty() && status == status::OK {
        let what = format!("{}: no run in it", files.join(", "));
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    Ok((observed, status))
}

/// What the targets say of the figures that are shown.
fn aim(compared: &mut Compared, path: &std::path::Path) -> Result<(), Fail> {
    let targets = check::read_targets(path)?;
    for row in compared.figures.iter_mut().filter(|row| row.kind == "figure") {
        row.target = targets.iter().find(|target| target.is_of(&row.name)).map(|t| t.limit);
    }
    Ok(())
}

fn print(args: &CompareArgs, compared: &Compared) -> Result<(), Fail> {
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.form.json {
        rows(compared).try_for_each(|row| out.bytes(&row.to_line()))?;
    } else if args.form.csv {
        out.bytes(&super::sheet::compared(rows(compared))?)?;
    } else {
        let style = Style { color: args.color.on(&std::io::stdout()), rows: args.length.rows };
        out.bytes(text(compared, style).as_bytes())?;
        if let Some(line) = verdict(compared, args.max_regression) {
            out.line(&line)?;
        }
    }
    out.finish()
}

fn text(compared: &Compared, style: Style) -> String {
    let has_targets = compared.figures.iter().any(|row| row.target.is_some());
    let mut lines = Vec::new();
    let target = if has_targets { "  target\t" } else { "" };
    lines.push(format!(
        "{target} before\t     now\timprovement\tinterval of now / before\t    n\tchange\t"
    ));
    lines.extend(compared.figures.iter().map(|row| {
        let target = match row.target {
            Some(target) => format!("{}\t", value(Some(target), &row.unit)),
            None if has_targets => "\t".to_string(),
            None => String::new(),
        };
        format!("{target}{}", told(row))
    }));
    let mut text = aligned(&lines);
    if let Some((head, rest)) = text.split_once('\n') {
        text = format!("{}\n{rest}", bold(head, style));
    }
    let changed =
        compared.operations.iter().filter(|row| row.change == "worse" || row.change == "better");
    let changed: Vec<&Comparison> = changed.collect();
    let kind = compared.operations.first().map_or("operation", |row| row.kind.as_str());
    let kind = if kind == "family" { "families of operations" } else { "operations" };
    if !changed.is_empty() {
        text.push_str(&format!("\n{}\n", bold(&format!("{kind} that changed"), style)));
        let rows: Vec<String> =
            changed.iter().take(style.rows).map(|row| format!("  {}", told(row))).collect();
        text.push_str(&aligned(&rows));
        if changed.len() > style.rows {
            text.push_str(&format!("  and {} more\n", changed.len() - style.rows));
        }
    }
    text.push('\n');
    let tested = compared.operations.iter().filter(|row| row.chance.is_some()).count();
    text.push_str(&format!(
        "{} of {} {kind} changed; {tested} have values enough to tell\n",
        changed.len(),
        compared.operations.len()
    ));
    if compared.only != (0, 0) {
        text.push_str(&format!(
            "only before: {}, only now: {}\n",
            compared.only.0, compared.only.1
        ));
    }
    if compared.paired {
        text.push_str(
            "fewer than 4 runs of a side: durations are compared operation by operation, and what \
             differs from run to run counts as a change\n",
        );
    }
    text
}

fn told(row: &Comparison) -> String {
    let unit = row.unit.as_str();
    let gain = row.improvement.map_or("          -".to_string(), |gain| {
        format!("{:>11}", format!("{:+.1} %", gain * 100.0))
    });
    let interval = match (row.low, row.high) {
        (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
        _ => "-".to_string(),
    };
    let n = if row.n_baseline == row.n_current {
        format!("{}", row.n_current)
    } else {
        format!("{}, {}", row.n_baseline, row.n_current)
    };
    let name = match row.kind.as_str() {
        "operations" => format!("durations (n: {})", row.of),
        _ => cell(&row.name).replace('_', " "),
    };
    format!(
        "{}\t{}\t{gain}\t{interval}\t{n:>5}\t{}\t{name}",
        value(row.baseline.0, unit),
        value(row.current.0, unit),
        row.change
    )
}

/// A figure in its unit.
pub fn value(value: Option<f64>, unit: &str) -> String {
    let text = match (value, unit) {
        (None, _) => "-".to_string(),
        (Some(value), "s") if value.abs() < 1.0 => format!("{:.1} ms", value * 1e3),
        (Some(value), "s") => format!("{value:.3} s"),
        (Some(value), "share") => format!("{:.1} %", value * 100.0),
        (Some(value), "bytes") => crate::print::bytes(value.max(0.0) as u64),
        (Some(value), "/s") => format!("{value:.2}/s"),
        (Some(value), _) => format!("{value:.3}"),
    };
    format!("{text:>8}")
}

/// What the gate says, in one line.
fn verdict(compared: &Compared, limit: Option<f64>) -> Option<String> {
    let percent = format!("{} %", crate::print::number(limit? * 100.0));
    let beyond: Vec<&Comparison> = rows(compared).filter(|row| row.regression).collect();
    let Some(first) = beyond.first() else {
        return Some(if rows(compared).any(|row| row.chance.is_some()) {
            format!("no regression beyond {percent}")
        } else {
            format!("too few values to tell of a regression beyond {percent}; give more runs")
        });
    };
    let more = match beyond.len() - 1 {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    Some(format!(
        "regression beyond {percent}: {} {:.3} times as long ({:.3} to {:.3}, n = {} and {}){more}",
        crate::print::shown(&first.name),
        first.ratio.unwrap_or_default(),
        first.low.unwrap_or_default(),
        first.high.unwrap_or_default(),
        first.n_baseline,
        first.n_current,
    ))
}
