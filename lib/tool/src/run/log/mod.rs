//! What is written down of a run, and what is taken up again.

mod history;
mod journal;
mod kept;
mod resume;
mod row;
mod starts;

pub use history::HistoryLog;
pub use journal::Journal;
pub use kept::{Again, Kept, Orphans, StartText, Sync, undoing};
pub use resume::{Before, Failed, failed_before};
pub use row::JobLog;
pub use starts::replanned;

use super::output::Target;
use super::settings::{LogSettings, Output, Results, Resume};
use super::sinks::Sinks;
use crate::fail::Fail;
use record::status;
use std::fs::OpenOptions;
use sys::poller::Poller;

/// What an earlier run has done, as far as this one takes it up.
///
/// # Errors
/// There is nothing that says so, or it cannot be read.
pub fn before(log: &LogSettings, output: &Output) -> Result<Before, Fail> {
    let Some(which) = log.resume.filter(|_| log.kept.is_none()) else {
        return Ok(Before::default());
    };
    if let Some(path) = &log.joblog {
        // --retry-failed comes here only where there is no log yet
        return Ok(Before::read(path, which)?.unwrap_or_default());
    }
    match &output.results {
        Some(Results::Folder(_)) if which == Resume::All => Ok(Before::of_results()),
        _ => Err(Fail::new(
            status::LOST,
            "--resume, --resume-failed and --retry-failed look into a job log: --joblog FILE; \
             --resume alone also into a log: --log FILE, and into a folder: --results NAME",
        )),
    }
}

/// Opens the job log: where something is taken up or added to, behind what it has.
///
/// # Errors
/// It cannot be written.
pub fn open_joblog(
    log: &LogSettings,
    before: &Before,
    out: (&mut Sinks, &Poller),
) -> Result<Option<JobLog>, Fail> {
    let Some(path) = &log.joblog else { return Ok(None) };
    let name = format!("--joblog {}", path.display());
    let wrong = |what: String| Fail::new(status::LOST, what);
    if before.was_read() {
        let target = Target::of(before.go_on(path), name).map_err(wrong)?;
        return Ok(Some(JobLog::go_on(target)));
    }
    if log.joblog_goes_on {
        let opened = OpenOptions::new().append(true).create(true).open(path);
        let has_some = opened.as_ref().is_ok_and(|f| f.metadata().is_ok_and(|m| m.len() > 0));
        let target = Target::of(opened, name).map_err(wrong)?;
        let joblog = if has_some {
            JobLog::go_on(target)
        } else {
            JobLog::begin(target, out).map_err(wrong)?
        };
        return Ok(Some(joblog));
    }
    let target = Target::create(path, name).map_err(wrong)?;
    JobLog::begin(target, out).map(Some).map_err(wrong)
}
