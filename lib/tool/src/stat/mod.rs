//! `pgstat`: arguments, reading, and the three forms of a report.

mod args;
mod calibrate;
mod page;
mod read;
mod sheet;
mod table;
mod top;

use crate::entry::{self, Tool, complain};
use crate::fail::Fail;
use crate::flags::stdout_is_terminal;
use crate::print::Out;
use args::{Args, ReportArgs, Verb};
use clap::CommandFactory as _;
use record::{Record as _, Severity, status};
use stat::{Account, Intake};
use std::process::ExitCode;

/// What the pages know of it.
pub const TOOL: Tool = Tool {
    name: "pgstat",
    command: Args::command,
    usage_status: status::USAGE,
    examples: page::EXAMPLES,
    sections: page::SECTIONS,
};

/// The program.
pub fn main() -> ExitCode {
    entry::main(&TOOL, run)
}

fn run(args: Args) -> Result<u8, Fail> {
    // a reader that goes away ends us as it ends others
    sys::signal::set_default(sys::signal::SIGPIPE);
    match args.verb.unwrap_or(Verb::Report(args.report)) {
        Verb::Report(args) => report(&args),
        Verb::Top(args) => top::run(&args),
        Verb::Calibrate(args) => calibrate::run(&args),
    }
}

fn report(args: &ReportArgs) -> Result<u8, Fail> {
    let ReportArgs { files, form, length, exit_zero, color } = args;
    let rows = length.rows;
    let taken = read::all(files, Intake::new(rows));
    let account = taken.account;
    remark(&account);
    if account.told.is_empty() {
        return nothing(taken.status);
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
        let style = table::Style { color: color.on(&std::io::stdout()), rows };
        for (place, told) in account.told.iter().enumerate() {
            if place > 0 {
                out.line("")?;
            }
            out.bytes(table::report(told, style).as_bytes())?;
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
    Ok(match taken.status {
        status::OK if failed && !exit_zero => status::FINDING,
        status => status,
    })
}

/// What was passed over, said once.
fn remark(account: &Account) {
    let lines = |count: u64| if count == 1 { "line" } else { "lines" };
    if account.strays > 0 {
        let (count, word) = (account.strays, lines(account.strays));
        complain(TOOL.name, &format!("passed over {count} {word} that are no records"));
    }
    if account.earlier_builds > 0 {
        let (count, word) = (account.earlier_builds, lines(account.earlier_builds));
        complain(TOOL.name, &format!("left out {count} {word} of earlier builds"));
    }
}

/// There was nothing to report; where no line was to blame, that is said.
fn nothing(read: u8) -> Result<u8, Fail> {
    if read != status::OK {
        return Ok(read);
    }
    let what = "no events, samples or job log in the input; \
                give the file that pgrun --events or --joblog wrote";
    Err(Fail::new(status::BAD_INPUT, what))
}
