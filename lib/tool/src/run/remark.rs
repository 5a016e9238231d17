//! What is said at once of a line's end that changes the run: `--halt` counts it,
//! its time ran out, or `xargs` would stop at it.

use super::drive::Runner;
use super::name::Called;
use engine::{Ended, Halt, HaltOn};
use record::{Command, OpEnd, Outcome};

impl Runner {
    /// One line, where there is anything to say.
    pub fn remark_on(&mut self, ended: &Ended, event: &OpEnd) {
        if self.settings.output.quiet || self.settings.output.verbose {
            // said with every end
            return;
        }
        if ended.result == Outcome::Cancellation && !ended.last {
            self.notes.push(format!("{}: {}", event.id, ended.reason));
        }
        if self.operations {
            return;
        }
        let said = match (self.settings.called, self.settings.control.halt) {
            (Called::Xargs, _) => self.fatal_for_xargs(ended, event),
            _ if ended.result == Outcome::Timeout => {
                Some(format!("This job ran out of time after {:.1} s", event.wall_s.as_f64()))
            }
            // the one command of sem is its caller's
            (Called::Sem, _) => None,
            (_, Some(halt)) if ended.last => counted(&halt, ended),
            _ => None,
        };
        if let Some(said) = said {
            let text = self.command_text(ended.key);
            let command = String::from_utf8_lossy(&text);
            let what = if self.settings.called == Called::Xargs {
                said
            } else {
                format!("{said}: {command}")
            };
            self.notes.push(what);
        }
    }

    fn fatal_for_xargs(&self, ended: &Ended, event: &OpEnd) -> Option<String> {
        let how = match (event.exit, event.signal) {
            _ if !ended.result.failed() => return None,
            (_, Some(signal)) => format!("terminated by signal {signal}"),
            (Some(255), None) => "exited with status 255; aborting".to_string(),
            // one that cannot be run has been told
            _ => return None,
        };
        let name = match self.job(ended.key).map(|job| &job.cmd) {
            Some(Command::Argv(argv)) => argv.first().map(|word| word.lossy().into_owned()),
            Some(Command::Shell(text)) => Some(text.lossy().into_owned()),
            None => None,
        };
        Some(format!("{}: {how}", name.unwrap_or_default()))
    }
}

/// The words for an end that a rule counts.
fn counted(halt: &Halt, ended: &Ended) -> Option<String> {
    let (failed, good) = (ended.result.failed(), ended.result == Outcome::Success);
    match halt.on {
        HaltOn::Fail if failed => Some(format!("This job failed ({})", ended.reason)),
        HaltOn::Success if good => Some("This job succeeded".to_string()),
        HaltOn::Done if good => Some("This job finished".to_string()),
        HaltOn::Done if failed => Some(format!("This job finished ({})", ended.reason)),
        _ => None,
    }
}
