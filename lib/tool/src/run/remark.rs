//! What is said at once of a line's end that changes the run: `--halt` counts it, or
//! its time ran out.

use super::drive::Runner;
use super::name::Called;
use engine::{Ended, Halt, HaltOn, Key};
use record::{OpEnd, Outcome, Seconds};

impl Runner {
    /// `--heartbeat`: an attempt still runs, though it writes nothing.
    pub fn tell_silent(&mut self, key: Key, silent: Seconds) {
        let Some(job) = self.job(key) else { return };
        let name = if self.operations { job.id.clone() } else { format!("job {}", job.id) };
        self.notes.push(format!("{name}: has written nothing for {:.1} s", silent.as_f64()));
    }

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
            _ if ended.result == Outcome::Timeout && ended.reason == "stall" => {
                Some(format!("This job has stalled after {:.1} s", event.wall_s.as_f64()))
            }
            _ if ended.result == Outcome::Timeout => {
                Some(format!("This job ran out of time after {:.1} s", event.wall_s.as_f64()))
            }
            // its own status is 0, so nobody else says why
            _ if ended.last && ended.result.failed() && event.exit == Some(0) => {
                Some(format!("This job failed ({})", ended.reason))
            }
            // the one command of sem is its caller's
            (Called::Sem, _) => None,
            (_, Some(halt)) if ended.last => counted(&halt, ended),
            _ => None,
        };
        if let Some(said) = said {
            let text = self.command_text(ended.key, ended.slot);
            let command = String::from_utf8_lossy(&text);
            self.notes.push(format!("{said}: {command}"));
        }
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
