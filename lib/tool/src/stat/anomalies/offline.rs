//! What is out of line in all that was read, as text, records or a sheet.

use super::AnomaliesArgs;
use crate::fail::Fail;
use crate::print::{Out, aligned, shown};
use crate::stat::sheet;
use record::{Anomaly, Record as _, status};
use stat::Outliers;

/// Seconds from which a time is one since the epoch.
const EPOCH: f64 = 1e8;

/// Tells what was found; `read` is the status that the reading calls for.
///
/// # Errors
/// There was nothing to judge, or the output cannot be written.
pub fn tell(args: &AnomaliesArgs, outliers: Outliers, read: u8) -> Result<u8, Fail> {
    if outliers.series + outliers.too_short == 0 {
        if read != status::OK {
            return Ok(read);
        }
        let what = "no series in the input; give samples of pgmon, events of pgrun, \
                    {\"series\",\"step_s\",\"values\"} lines or timestamp,value tables";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if args.form.json {
        outliers.found.iter().try_for_each(|found| out.bytes(&found.to_line()))?;
    } else if args.form.csv {
        out.bytes(&sheet::anomalies(&outliers.found)?)?;
    } else {
        out.bytes(text(args, &outliers).as_bytes())?;
    }
    out.finish()?;
    Ok(read)
}

fn text(args: &AnomaliesArgs, outliers: &Outliers) -> String {
    let Outliers { found, series, values, too_short } = outliers;
    let bold = |text: String| match args.color.on(&std::io::stdout()) {
        true => format!("\x1b[1m{text}\x1b[0m"),
        false => text,
    };
    let plural =
        |n: usize, one: &str, more: &str| format!("{n} {}", if n == 1 { one } else { more });
    let short = match too_short {
        0 => String::new(),
        n => format!("; {} had too few values to judge one", plural(*n, "other", "others")),
    };
    let head = format!(
        "{} in {} of {}{short}",
        plural(found.len(), "anomaly", "anomalies"),
        plural(*values, "value", "values"),
        plural(*series, "series", "series"),
    );
    let mut text = bold(head) + "\n";
    if found.is_empty() {
        return text;
    }
    text.push_str(&format!("at most {} % of them are expected to be chance\n\n", args.fdr * 100.0));
    let mut rows = vec!["TIME\tVALUES\t  SCORE\tVALUE\tEXPECTED\tWHAT".to_string()];
    rows.extend(found.iter().take(args.length.rows).map(row));
    text.push_str(&aligned(&rows));
    if found.len() > args.length.rows {
        let more = found.len() - args.length.rows;
        text.push_str(&format!("{more} more; --top N shows more, --json all\n"));
    }
    text
}

fn row(found: &Anomaly) -> String {
    let what = match found.id.as_str() {
        "" => shown(&found.series),
        id => format!("{} among {}", shown(id), shown(&found.series)),
    };
    format!(
        "{}\t{:>6}\t{:>+7.1}\t{}\t{}\t{what}",
        when(found.time),
        found.values,
        found.score,
        figure(found.value),
        figure(found.expected),
    )
}

/// A date where the time is one.
fn when(time: f64) -> String {
    let date = || {
        let nanos = std::time::Duration::try_from_secs_f64(time).ok()?;
        let time = std::time::UNIX_EPOCH.checked_add(nanos)?;
        Some(humantime::format_rfc3339_millis(time).to_string())
    };
    (time >= EPOCH).then(date).flatten().unwrap_or_else(|| format!("{time} s"))
}

/// Four digits that count; large numbers in full.
fn figure(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        size if size >= 1000.0 => format!("{value:.0}"),
        size => {
            let digits = (3 - size.log10().floor() as i32).clamp(0, 9) as usize;
            let text = format!("{value:.digits$}");
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_string()
            } else {
                text
            }
        }
    }
}
