//! `pgstat report`: the figures of each run in three forms.

use super::advice::Runs;
use super::args::{Length, Logs};
use super::pictures::PictureArgs;
use super::read::Part;
use super::{TOOL, read, remark, rows, sheet, table};
use crate::entry::complain;
use crate::fail::Fail;
use crate::flags::{Color, Form, stdout_is_terminal};
use crate::print::Out;
use record::{Record as _, Severity, status};
use stat::Intake;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct ReportArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
    /// Length of the lists.
    #[command(flatten)]
    pub length: Length,
    /// Exit 0 even if operations failed or the run was cut off
    #[arg(long)]
    pub exit_zero: bool,
    /// Colour.
    #[command(flatten)]
    pub color: Color,
    /// Pictures.
    #[command(flatten)]
    pub pictures: PictureArgs,
}

/// The verb.
///
/// # Errors
/// There was nothing to report, or the output cannot be written.
pub fn run(args: &ReportArgs) -> Result<u8, Fail> {
    let ReportArgs { logs, form, length, exit_zero, color, pictures } = args;
    let most = length.rows;
    let intake = Intake::new(most);
    let mut intake = if pictures.are_asked() { intake.with_timelines() } else { intake };
    let mut runs = Runs::default();
    let read = read::each(&logs.files, |part| match part {
        Part::Line(line) => {
            runs.take(line);
            intake.line(line)
        }
        Part::End => {
            runs.end_file();
            intake.end_file()
        }
    });
    let mut account = intake.finish();
    runs.advise(&mut account.told);
    remark(&account);
    if account.told.is_empty() {
        return rows::nothing(read);
    }
    pictures.write_page(&mut account, most)?;
    if pictures.write_chart(&account)? {
        return Ok(read);
    }
    let mut out = Out::new(status::CANNOT_WRITE);
    if form.json {
        for told in &account.told {
            out.bytes(&told.report.to_line())?;
            for finding in &told.findings {
                out.bytes(&finding.to_line())?;
            }
        }
    } else if form.csv {
        out.bytes(&sheet::runs(&account)?)?;
    } else {
        let style = table::Style { color: color.on(&std::io::stdout()), rows: most };
        for (place, told) in account.told.iter().enumerate() {
            if place > 0 {
                out.line("")?;
            }
            out.bytes(table::report(told, style).as_bytes())?;
            if let Some(text) = pictures.letters(&told.report, account.timelines.get(place)) {
                out.bytes(text.as_bytes())?;
            }
        }
    }
    out.finish()?;
    let findings = || account.told.iter().flat_map(|told| &told.findings);
    let failed = findings().any(|finding| finding.severity == Severity::Error);
    // in a pipe the table may go where nobody looks
    if (form.json || form.csv) && !stdout_is_terminal() {
        let errors = findings().filter(|finding| finding.severity == Severity::Error);
        errors.for_each(|finding| complain(TOOL.name, &finding.message));
    }
    Ok(match read {
        status::OK if failed && !exit_zero => status::FINDING,
        status => status,
    })
}
