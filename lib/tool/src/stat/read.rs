//! Reading logs into an account of their runs, or into series.

use crate::entry::complain;
use crate::logs;
use record::{Bad, status};
use stat::{Account, Intake};

/// What was read, and whether all of it was as it should be.
pub struct Taken {
    /// Runs, samples, ranking.
    pub account: Account,
    /// The status that the reading alone calls for.
    pub status: u8,
}

/// Reads all files; what is wrong with one does not stop the others.
pub fn all(files: &[String], mut intake: Intake) -> Taken {
    let status = each(files, |part| match part {
        Part::Line(line) => intake.line(line),
        Part::End => {
            intake.end_file();
            Ok(())
        }
    });
    Taken { account: intake.finish(), status }
}

/// A piece of what is read.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A line of a file, without its end.
    Line(&'a [u8]),
    /// The end of a file.
    End,
}

/// Gives each line and the end of each file to `take`, standard input where none is named; what
/// is wrong with one does not stop the others. Returns the status that the reading calls for.
pub fn each(files: &[String], mut take: impl FnMut(Part<'_>) -> Result<(), Bad>) -> u8 {
    let stdin = ["-".to_string()];
    let files = if files.is_empty() { &stdin[..] } else { files };
    let mut status = status::OK;
    for name in files {
        match logs::each_line(("pgstat", name), |line| take(Part::Line(line))) {
            Ok(0) => {}
            Ok(_) => status = status::BAD_INPUT,
            Err(fail) => {
                complain("pgstat", &fail.message);
                status = status::BAD_INPUT;
            }
        }
        if let Err(bad) = take(Part::End) {
            complain("pgstat", &format!("{}: {}", crate::input::shown(name), bad.what));
            status = status::BAD_INPUT;
        }
    }
    status
}
