//! What a person reads of an end.

use crate::run::attempt::Attempt;
use crate::run::drive::{Runner, pasteable};
use engine::Ended;
use record::{OpEnd, Outcome};

/// Failed commands that are repeated at the end.
const FAILURES_SHOWN: usize = 20;

impl Runner {
    /// Who outlived an operation.
    pub(super) fn say_leaked(&mut self, event: &OpEnd, attempt: Option<&Attempt>) {
        let leaked = attempt.map(|attempt| &attempt.leaked).filter(|leaked| leaked.count > 0);
        let Some(leaked) = leaked.filter(|_| !self.settings.output.quiet) else { return };
        let id = self.known_as(event);
        self.notes.push(if self.settings.control.allow_strays {
            format!("{id}: left behind: {leaked}")
        } else {
            format!("{id}: left behind, and ended: {leaked} (--allow-strays lets them live)")
        });
    }

    /// How a person knows an operation.
    pub(super) fn known_as(&self, event: &OpEnd) -> String {
        if self.operations { event.id.clone() } else { format!("job {}", event.id) }
    }

    /// What a person wants to read of an end.
    pub(super) fn say_end(&mut self, ended: &Ended, event: &OpEnd) {
        let failed = ended.result.failed();
        // of a command that could not be started nobody else says anything
        let never_ran = ended.result == Outcome::Error;
        let shown = self.settings.output.verbose || never_ran || (failed && self.operations);
        if failed && ended.last {
            let shown = self.job(ended.key).map(|job| match &job.op {
                // without its files the command alone could not be run again
                Some(op) if !op.files.is_empty() => {
                    let file = op.files.keys().next().map_or("", String::as_str);
                    format!("{}  ({}, from {})", job.id, file, op.source)
                }
                Some(_) => format!("{}  {}", job.id, pasteable(&job.as_read())),
                None => pasteable(&job.as_read()),
            });
            if self.failures.len() < FAILURES_SHOWN {
                self.failures.extend(shown);
            }
        }
        if !shown || (self.settings.output.quiet && !never_ran) {
            return;
        }
        let place = self.job(ended.key).and_then(|job| self.feed.place(job.line));
        let id = place.clone().unwrap_or_else(|| self.known_as(event));
        let (result, wall) = (self.painted(ended.result), event.wall_s.as_f64());
        let reason =
            if ended.reason.is_empty() { String::new() } else { format!(" ({})", ended.reason) };
        let mode = match event.mode.as_str() {
            "" => String::new(),
            mode => format!(" in mode {mode}"),
        };
        let again = if ended.last { "" } else { ", will be tried again" };
        let after = if never_ran { String::new() } else { format!(" after {wall:.1} s") };
        self.notes.push(format!("{id}: {result}{reason}{mode}{after}{again}"));
    }

    /// The word for a result, in its colour where people look at it.
    pub(super) fn painted(&self, result: Outcome) -> String {
        let color = match result {
            _ if !self.settings.output.color.on(&std::io::stderr()) => {
                return result.word().to_string();
            }
            Outcome::Success => 32,
            Outcome::Skip | Outcome::Cancellation => 33,
            Outcome::Failure | Outcome::Error | Outcome::Timeout => 31,
        };
        format!("\x1b[{color}m{}\x1b[0m", result.word())
    }
}
