//! Reading logs into an account of their runs.

use crate::entry::complain;
use crate::logs;
use record::status;
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
    let stdin = ["-".to_string()];
    let files = if files.is_empty() { &stdin[..] } else { files };
    let mut status = status::OK;
    for name in files {
        match logs::each_line(("pgstat", name), |line| intake.line(line)) {
            Ok(0) => {}
            Ok(_) => status = status::BAD_INPUT,
            Err(fail) => {
                complain("pgstat", &fail.message);
                status = status::BAD_INPUT;
            }
        }
        intake.end_file();
    }
    Taken { account: intake.finish(), status }
}
