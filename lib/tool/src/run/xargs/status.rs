//! What is said of a command's end. The statuses of xargs are in the table of all
//! (`record::Manners`), and what stops it is the rule `Halt::xargs`.

use super::settings::XargsSettings;
use record::{OpEnd, Outcome, status};

impl XargsSettings {
    /// Why nothing more is started, where that is so.
    pub fn said_of(&self, end: &OpEnd) -> Option<String> {
        let name = &self.name;
        match (end.result, end.exit, end.signal) {
            (Outcome::Error, Some(exit), _) if exit == i32::from(status::NOT_FOUND) => {
                Some(format!("{name}: No such file or directory"))
            }
            (Outcome::Error, ..) => Some(end.reason.clone()),
            (Outcome::Failure, Some(255), _) => {
                Some(format!("{name}: exited with status 255; aborting"))
            }
            (Outcome::Failure, None, Some(signal)) => {
                Some(format!("{name}: terminated by signal {signal}"))
            }
            _ => None,
        }
    }
}
