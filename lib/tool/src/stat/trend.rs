//! `pgstat trend`: which figures rise or fall steadily.

use super::series::{self, Chosen, Read, chance, figure};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{aligned, shown};
use record::Trend;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct TrendArgs {
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
pub fn run(args: &TrendArgs) -> Result<u8, Fail> {
    let Read { all, status } = series::of(&args.chosen)?;
    let rows = stat::trends(&all);
    let few = all.len() - rows.len();
    series::write(&rows, args.form, |rows| table(rows, few))?;
    Ok(status)
}

fn table(rows: &[Trend], few: usize) -> String {
    let mut lines =
        vec!["TREND\t  SLOPE/H\t     FROM\t       TO\t   CHANGE\t   MEDIAN\tCHANCE\tCORRECTED\tN\tSERIES".to_string()];
    let still = |row: &&Trend| row.chance >= 1.0 && row.low_h == 0.0 && row.high_h == 0.0;
    lines.extend(rows.iter().filter(|row| !still(row)).map(|row| {
        format!(
            "{}\t{:>9}\t{:>9}\t{:>9}\t{:>9}\t{:>9}\t{}\t{}\t{}\t{}",
            row.verdict,
            figure(row.slope_h),
            figure(row.low_h),
            figure(row.high_h),
            figure(row.change),
            figure(row.median),
            chance(row.chance),
            chance(row.corrected),
            row.n,
            shown(&row.series)
        )
    }));
    let mut text = if rows.is_empty() { String::new() } else { aligned(&lines) };
    let count = rows.iter().filter(still).count();
    if count > 0 {
        text.push_str(&format!("{count} series stayed as they were\n"));
    }
    if few > 0 {
        text.push_str(&format!("not measured: {few} series with fewer than 10 values\n"));
    }
    text
}
