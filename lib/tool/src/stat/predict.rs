//! `pgstat predict`: what figures will be, and when they reach a threshold.

use super::series::{self, Chosen, Read, figure};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{Out, aligned, shown};
use record::{Nullable, Outlook, parse_seconds, status};
use serde::Serialize;
use stat::Series;
use stat::forecast::{Ahead, Steps, Threshold, backtest, outlook};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct PredictArgs {
    /// What is read.
    #[command(flatten)]
    pub chosen: Chosen,
    /// How far ahead to look: a time, or a number of runs, such as 10runs
    #[arg(long, value_name = "TIME|Nruns", default_value = "5m", value_parser = ahead)]
    pub horizon: Ahead,
    /// When is it reached: such as 'memory used_bytes=90%'
    #[arg(long, value_name = "FIGURE=VALUE", value_parser = threshold)]
    pub threshold: Vec<(String, Threshold)>,
    /// Only the forecasts of the second half, each made from the values before it
    #[arg(long, conflicts_with_all = ["json", "csv", "threshold"])]
    pub backtest: bool,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// A forecast of the back-test.
#[derive(Serialize)]
struct Line<'a> {
    series: &'a str,
    t: usize,
    forecast: f64,
    lo: f64,
    hi: f64,
}

/// How far ahead, for clap.
fn ahead(text: &str) -> Result<Ahead, String> {
    let wrong = || {
        format!(
            "\"{text}\" is no horizon; write a time above 0, such as 5m, or 1 to 65535 runs, such as 10runs"
        )
    };
    let count = ["runs", "run"].iter().find_map(|word| text.strip_suffix(word));
    if let Some(count) = count {
        let count = count.trim().parse::<u16>().ok().filter(|count| *count > 0);
        return count.map(|count| Ahead::Runs(u32::from(count))).ok_or_else(wrong);
    }
    let time = parse_seconds(text).map_err(|_| wrong())?.as_f64();
    if time > 0.0 { Ok(Ahead::Time(time)) } else { Err(wrong()) }
}

/// A threshold, for clap.
fn threshold(text: &str) -> Result<(String, Threshold), String> {
    let wrong = "write FIGURE=VALUE, such as 'memory used_bytes=90%', 'cpu busy=0.9' or 'run makespan_s=10m'";
    let (name, value) = text.rsplit_once('=').filter(|(name, _)| !name.is_empty()).ok_or(wrong)?;
    let finite = |text: &str| text.parse().ok().filter(|value: &f64| value.is_finite());
    let threshold = match value.strip_suffix('%').map(finite) {
        Some(share) => Threshold::Share(share.ok_or(wrong)? / 100.0),
        None => Threshold::Value(match finite(value) {
            Some(value) => value,
            // 10m is ten minutes of a duration
            None if name.ends_with("_s") => parse_seconds(value).map_err(|_| wrong)?.as_f64(),
            None => record::parse_amount(value).map_err(|_| wrong)?.as_f64(),
        }),
    };
    Ok((name.to_string(), threshold))
}

/// The verb.
///
/// # Errors
/// There are no series, or the output cannot be written.
pub fn run(args: &PredictArgs) -> Result<u8, Fail> {
    let PredictArgs { chosen, horizon, threshold, backtest, form } = args;
    let Read { all, status } = match horizon {
        Ahead::Time(_) => series::of(chosen)?,
        Ahead::Runs(_) => series::over_runs(chosen)?,
    };
    if *backtest {
        tested(&all, *horizon)?;
        return Ok(status);
    }
    if let Some((name, _)) = threshold.iter().find(|(name, _)| !all.iter().any(|s| is(s, name))) {
        let some: Vec<&str> = all.iter().take(5).map(|series| series.name.as_str()).collect();
        let what =
            format!("--threshold: no figure is named '{name}'; there is {}", some.join(", "));
        return Err(Fail::new(status::USAGE, what));
    }
    let of = |series: &Series| {
        threshold.iter().find(|(name, _)| is(series, name)).map(|(_, threshold)| *threshold)
    };
    let rows: Vec<Outlook> =
        all.iter().map(|series| outlook(series, *horizon, of(series))).collect();
    series::write(&rows, *form, table)?;
    Ok(status)
}

/// True where that is its name, however its words are joined.
fn is(series: &Series, name: &str) -> bool {
    let words = |name: &str| name.replace(['_', '.', '/'], " ");
    words(&series.name) == words(name)
}

fn tested(all: &[Series], ahead: Ahead) -> Result<(), Fail> {
    let mut out = Out::new(status::CANNOT_WRITE);
    for series in all {
        let Some(Steps { horizon, values, .. }) = ahead.steps(series) else { continue };
        for told in backtest(&values, horizon) {
            let forecast = told.forecast.value;
            let (lo, hi) = told.forecast.range.unwrap_or((forecast, forecast));
            let line = Line { series: &series.name, t: told.at, forecast, lo, hi };
            out.bytes(&serde_json::to_vec(&line).unwrap_or_default())?;
            out.bytes(b"\n")?;
        }
    }
    out.finish()
}

fn table(rows: &[Outlook]) -> String {
    let mut lines = vec![
        "    LAST\tFORECAST\t    FROM\t      TO\tTESTED\t   ERROR\tOF NAIVE\tINSIDE\tSERIES"
            .to_string(),
    ];
    let share =
        |share: Option<f64>| share.map_or("-".to_string(), |s| format!("{:.0} %", s * 100.0));
    let still = |row: &&Outlook| row.error_naive.0 == Some(0.0) && row.threshold.is_none();
    for row in rows.iter().filter(|row| !still(row)) {
        let Nullable(error) = row.error;
        let naive = error.zip(row.error_naive.0).filter(|(_, naive)| *naive > 0.0);
        lines.push(format!(
            "{:>8}\t{:>8}\t{:>8}\t{:>8}\t{:>6}\t{:>8}\t{:>8}\t{:>6}\t{}",
            figure(row.last.0),
            figure(row.forecast.0),
            figure(row.low.0),
            figure(row.high.0),
            row.tested,
            figure(error),
            share(naive.map(|(error, naive)| error / naive)),
            share(row.inside.0),
            shown(&row.series)
        ));
    }
    let mut text = aligned(&lines);
    let count = rows.iter().filter(still).count();
    if count > 0 {
        text.push_str(&format!("{count} series never changed when forecasts were tested\n"));
    }
    for row in rows.iter().filter(|row| !row.verdict.is_empty()) {
        let level = row.threshold.map_or(String::new(), |level| format!(" {}", figure(level)));
        text.push_str(&format!("{}{level}: {}\n", shown(&row.series), row.verdict));
    }
    text
}
