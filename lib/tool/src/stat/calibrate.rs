//! `pgstat calibrate`: predictions beside what happened.

use super::TOOL;
use super::table::{percent, secs};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::Json;
use crate::input::shown;
use crate::logs::each_line;
use crate::print::{Out, aligned};
use record::{
    Calibration, Fields, MakespanPrediction, Nullable, Prediction, Record as _, parse_record,
    status,
};
use stat::{PastIntake, Predicted};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct CalibrateArgs {
    /// What pgplan predict --json wrote
    #[arg(value_name = "PREDICTIONS")]
    pub predictions: String,
    /// Logs of what happened then; - or none is standard input
    #[arg(value_name = "FILE")]
    pub files: Vec<String>,
    /// Output form.
    #[command(flatten)]
    pub form: Json,
}

/// The verb.
///
/// # Errors
/// No predictions, nothing of what was predicted has happened, or the output cannot be written.
pub fn run(args: &CalibrateArgs) -> Result<u8, Fail> {
    let CalibrateArgs { predictions, files, form } = args;
    let stdin = ["-".to_string()];
    let files = if files.is_empty() { &stdin[..] } else { files };
    if predictions == "-" && files.iter().any(|file| file == "-") {
        let what = "standard input can be read once; name a file for the predictions or the log";
        return Err(Fail::new(status::USAGE, what));
    }
    let (predicted, mut bad) = read_predictions(predictions)?;
    let mut pasts = Vec::new();
    for file in files {
        let mut intake = PastIntake::default();
        match each_line((TOOL.name, file), |line| intake.line(line)) {
            Ok(wrong) => bad += wrong,
            Err(fail) => {
                complain(TOOL.name, &fail.message);
                bad += 1;
            }
        }
        pasts.extend(intake.finish().runs);
    }
    let runs: Vec<_> = pasts.iter().map(|past| &past.run).collect();
    let rows = stat::calibrate(&predicted, &runs);
    if rows.is_empty() {
        let what = format!(
            "nothing of what {} predicts has ended well in these runs; are they runs of that plan?",
            shown(predictions)
        );
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if form.json {
        rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
    } else {
        out.bytes(table(&rows).as_bytes())?;
    }
    out.finish()?;
    Ok(if bad > 0 { status::BAD_INPUT } else { status::OK })
}

/// The predictions of a file, and how many of its lines were bad.
fn read_predictions(name: &str) -> Result<(Predicted, u64), Fail> {
    let mut predicted = Predicted::default();
    let bad = each_line((TOOL.name, name), |line| {
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        let fields = Fields::parse(line)?;
        match fields.get("type").map_or("", |raw| raw.get().trim_matches('"')) {
            Prediction::KIND => predicted.durations.push(parse_record(line, &fields)?),
            MakespanPrediction::KIND => predicted.makespans.push(parse_record(line, &fields)?),
            _ => {}
        }
        Ok(())
    })?;
    if predicted.durations.is_empty() && predicted.makespans.is_empty() {
        let what = format!(
            "{}: no predictions; give the file that pgplan predict --json wrote",
            shown(name)
        );
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    Ok((predicted, bad))
}

fn table(rows: &[Calibration]) -> String {
    let share = |share: &Nullable<f64>| share.0.map_or("    -".to_string(), percent);
    let mut lines =
        vec!["   ERROR\tSHARE\t    BIAS\tINSIDE\tBELOW P90\t  N\tFROM\tINTERVALS".to_string()];
    lines.extend(rows.iter().map(|row| {
        format!(
            "{}\t{}\t{}\t{}\t{}\t{:>3}\t{}\t{}",
            secs(row.error_s),
            share(&row.error_share),
            secs(row.bias_s),
            share(&row.inside),
            share(&row.below_p90),
            row.n,
            crate::print::shown(&row.of),
            row.verdict
        )
    }));
    aligned(&lines)
}
