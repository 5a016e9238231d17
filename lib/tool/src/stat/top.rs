//! `pgstat top`: operations by id over all runs that were read.

use super::args::{Length, Logs};
use super::{read, remark, sheet, table};
use crate::fail::Fail;
use crate::flags::{Color, Form};
use crate::print::Out;
use record::{Record as _, status};
use stat::{By, Intake};

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct TopArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// The N slowest by mean duration (the default, with --top rows)
    #[arg(long, value_name = "N")]
    pub slow: Option<usize>,
    /// Those that failed and succeeded, by share of failed attempts
    #[arg(long, conflicts_with = "slow")]
    pub flaky: bool,
    /// Those whose last attempt failed, by work
    #[arg(long, conflicts_with_all = ["slow", "flaky"])]
    pub failed: bool,
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

/// The verb.
///
/// # Errors
/// No operation has ended in what was read, or the output cannot be written.
pub fn run(args: &TopArgs) -> Result<u8, Fail> {
    let TopArgs { logs, slow, flaky, failed, length, form, color } = args;
    let taken = read::all(&logs.files, Intake::new(0).with_ranking());
    remark(&taken.account);
    let ranking = taken.account.ranking;
    if ranking.is_empty() && taken.status == status::OK {
        let what = "no operation has ended in the input; give the file that pgrun --events wrote";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let by = match (flaky, failed) {
        (true, _) => By::Flaky,
        (_, true) => By::Failed,
        _ => By::Slow,
    };
    let most = slow.unwrap_or(length.rows);
    let rows = ranking.into_rows(by, most);
    let mut out = Out::new(status::CANNOT_WRITE);
    if form.json {
        rows.iter().try_for_each(|row| out.bytes(&row.to_line()))?;
    } else if form.csv {
        out.bytes(&sheet::ranked(&rows)?)?;
    } else {
        let style = table::Style { color: color.on(&std::io::stdout()), rows: most };
        out.bytes(table::ranked(&rows, style).as_bytes())?;
    }
    out.finish()?;
    Ok(taken.status)
}
