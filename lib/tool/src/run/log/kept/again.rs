//! What is to become of each job of a run that goes on from others.

use super::key::Keys;
use super::read::{Left, Past, Told};
use crate::run::drive::Runner;
use crate::run::job::Job;
use crate::run::settings::{Resume, Settings};
use engine::Spec;
use record::{Event, OpRetry, Seconds};
use std::collections::HashMap;

/// What earlier runs of a log have done, and the keys by which it is known again.
#[derive(Debug)]
pub struct Again {
    past: HashMap<super::key::Key, Past>,
    /// What may still run.
    pub left: Vec<Left>,
    /// This run goes on from them.
    pub resumed: bool,
    keys: Option<Keys>,
    /// Attempts that were interrupted with an earlier run, to be told.
    interrupted: Vec<Event>,
}

/// Why an attempt that was going on when its run was killed is made again.
const INTERRUPTED: &str = "interrupted";

impl Again {
    pub(super) fn new(told: Told, resume: Option<Resume>) -> Self {
        let (past, left) = match resume {
            Some(_) => (told.past, told.left),
            None => (HashMap::new(), Vec::new()),
        };
        Again { past, left, resumed: resume.is_some(), keys: None, interrupted: Vec::new() }
    }

    /// Gives a job its key, and says how earlier runs have left it.
    fn recognise(&mut self, job: &mut Job, settings: &Settings) -> Option<Past> {
        let keys = self.keys.get_or_insert_with(|| Keys::new(settings));
        let key = keys.next(job);
        job.key = Some(key.to_string());
        self.past.remove(&key)
    }

    /// The same for who only looks: true where it is done.
    pub fn is_done(&mut self, job: &mut Job, settings: &Settings) -> bool {
        self.recognise(job, settings) == Some(Past::Done)
    }
}

impl Runner {
    /// Adds to the events what was found when jobs were entered, perhaps before the run's
    /// own beginning was told.
    pub fn tell_interrupted(&mut self) {
        let Some(again) = &mut self.before.again else { return };
        for event in std::mem::take(&mut again.interrupted) {
            self.journal.add(&event);
        }
    }

    /// Says of a job that is about to be entered what earlier runs have done of it.
    pub fn take_up(&mut self, spec: &mut Spec, job: &mut Job) {
        let time = self.wall(self.clock.now());
        let Some(again) = self.before.again.as_mut().filter(|_| !spec.barrier) else { return };
        match again.recognise(job, &self.settings) {
            None => {}
            Some(Past::Done) => spec.done = true,
            Some(Past::Failed(attempts)) => spec.attempts = attempts,
            Some(Past::Interrupted(attempts)) => {
                spec.attempts = attempts;
                let id = job.id.clone();
                if !self.settings.output.quiet {
                    let of = if self.operations { "" } else { "job " };
                    self.notes.push(format!("{of}{id}: interrupted with its run; it is run again"));
                }
                again.interrupted.push(Event::OpRetry(OpRetry {
                    id,
                    attempt: attempts + 1,
                    time,
                    delay_s: Seconds::ZERO,
                    reason: INTERRUPTED.to_string(),
                    ..OpRetry::default()
                }));
            }
        }
    }
}
