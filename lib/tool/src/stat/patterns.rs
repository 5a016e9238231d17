//! `pgstat patterns`: what comes again, at an hour of the day or with a command.

use super::series::{self, Chosen, Read, chance, figure};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{aligned, shown};
use record::Pattern;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct PatternsArgs {
    /// What is read.
    #[command(flatten)]
    pub chosen: Chosen,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// The verb.
///
/// # Errors
/// There are no series, or the output cannot be written.
pub fn run(args: &PatternsArgs) -> Result<u8, Fail> {
    let Read { all, status } = series::of(&args.chosen)?;
    let rows = stat::patterns(&all);
    series::write(&rows, args.form, |rows| table(rows, all.len()))?;
    Ok(status)
}

fn table(rows: &[Pattern], series: usize) -> String {
    if rows.is_empty() {
        return format!("no pattern in {series} series\n");
    }
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let mut lines = vec![
        "WHEN\tHITS\tSHARE\tFROM\tTO\tUSUALLY\tLIFT\tCORRECTED\tBACK-TEST\tSERIES".to_string(),
    ];
    lines.extend(rows.iter().map(|row| {
        let tested = match row.precision.0 {
            Some(precision) => format!("{} of {} ({})", row.right, row.tested, percent(precision)),
            None => "not measured".to_string(),
        };
        format!(
            "{} {}\t{} of {}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            row.kind,
            shown(&row.when),
            row.hits,
            row.n,
            percent(row.share),
            percent(row.low),
            percent(row.high),
            percent(row.usual),
            figure(row.lift.0),
            chance(row.corrected),
            tested,
            shown(&row.series)
        )
    }));
    aligned(&lines)
}
