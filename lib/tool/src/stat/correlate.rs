//! `pgstat correlate`: which figures go together, and which of them comes first.

use super::series::{self, Chosen, Read, chance, figure};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::{aligned, shown};
use record::Relation;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct CorrelateArgs {
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
pub fn run(args: &CorrelateArgs) -> Result<u8, Fail> {
    let Read { all, status } = series::of(&args.chosen)?;
    let rows = stat::relations(&all);
    series::write(&rows, args.form, |rows| table(rows, all.len()))?;
    Ok(status)
}

fn table(rows: &[Relation], series: usize) -> String {
    if rows.is_empty() {
        return format!("no relation among {series} series\n");
    }
    let mut lines =
        vec!["    RHO\tLAG\tN\tINDEPENDENT\tCHANCE\tCORRECTED\tFIRST\tTHEN".to_string()];
    lines.extend(rows.iter().map(|row| {
        format!(
            "{:>7.3}\t{} s\t{}\t{:>11}\t{}\t{}\t{}\t{}",
            row.rho,
            figure(row.lag_s),
            row.n,
            row.independent,
            chance(row.chance),
            chance(row.corrected),
            shown(&row.series),
            shown(&row.with)
        )
    }));
    aligned(&lines)
}
