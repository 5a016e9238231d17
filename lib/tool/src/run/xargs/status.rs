//! The exit status of xargs, as findutils documents it.

use record::{OpEnd, Outcome, status};

/// A command ended with a status from 1 to 254.
const SOME_FAILED: u8 = 123;
/// A command ended with 255: nothing more is started.
const ASKED_TO_STOP: u8 = 124;
/// A signal ended a command: nothing more is started.
const KILLED: u8 = 125;

/// What the ends of the commands so far make of the status.
#[derive(Debug, Default)]
pub struct Status {
    some_failed: bool,
    fatal: Option<u8>,
}

impl Status {
    /// A command has ended: what is to be said where nothing more may be started.
    pub fn heard(&mut self, end: &OpEnd, name: &str) -> Option<String> {
        let (status, why) = match (end.result, end.exit, end.signal) {
            (Outcome::Success, ..) => return None,
            (Outcome::Error, Some(127), _) => {
                (status::NOT_FOUND, format!("{name}: No such file or directory"))
            }
            (Outcome::Error, Some(status), _) => (status as u8, end.reason.clone()),
            (_, Some(255), _) => {
                (ASKED_TO_STOP, format!("{name}: exited with status 255; aborting"))
            }
            (_, None, Some(signal)) => (KILLED, format!("{name}: terminated by signal {signal}")),
            _ => {
                self.some_failed = true;
                return None;
            }
        };
        // the first one decides
        self.fatal.get_or_insert(status);
        Some(why)
    }

    /// Of all of them.
    pub fn status(&self) -> u8 {
        match (self.fatal, self.some_failed) {
            (Some(fatal), _) => fatal,
            (None, true) => SOME_FAILED,
            (None, false) => status::OK,
        }
    }
}
