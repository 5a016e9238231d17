//! How many commands can run at once with the descriptors that we may have.
//!
//! They are counted before the first starts: one that finds none in the middle of a run
//! would have to wait for another to end. Where it helps, our limit is raised to what we may
//! ask for; the commands have the one that we were given.

use super::drive::Runner;
use super::launch::Streams;
use super::settings::{Jobs, Results, Settings};
use crate::fail::Fail;
use engine::Input;
use record::{Seconds, status};
use sys::limit::OpenFiles;

/// Beside those of the commands: what waits in memory and on disk, growth of files.
const SPARE: u64 = 5;

/// A second thread.
const THREAD: u64 = 3;

/// The guardian, and the control group.
const GUARDIAN: u64 = 4;

/// So many are open at the beginning, at most, beside those that were inherited.
const AT_THE_BEGINNING: u64 = 48;

/// What a command needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Need {
    /// While it runs.
    running: u64,
    /// Beside that, while it is started.
    starting: u64,
}

impl Need {
    fn of(settings: &Settings, streams: Streams) -> Self {
        let pipes = streams.pipes().len() as u64;
        let kept = match &settings.output.results {
            Some(Results::Folder(_)) => 2,
            _ => u64::from(settings.output.files),
        };
        let log = u64::from(settings.log.run_dir.is_some());
        let fed = u64::from(settings.pipe.is_some());
        // a process descriptor; the other ends of its pipes, and perhaps its standard input
        Need { running: 1 + pipes + kept + log + fed, starting: pipes.max(1) + fed }
    }
}

/// What the limit makes of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Descriptors {
    /// Most commands at a time, where that is fewer than were asked for.
    pub most: Option<u32>,
    /// The limit that commands are given: ours is another now.
    pub of_commands: Option<OpenFiles>,
    /// There is none for the guardian.
    pub no_guardian: bool,
    limit: u64,
}

impl Descriptors {
    /// Counts, and raises our limit where that helps.
    ///
    /// # Errors
    /// Not even one command can run.
    pub fn count(
        settings: &Settings,
        (streams, jobs): (Streams, u32),
        inherited: usize,
    ) -> Result<Self, Fail> {
        let Ok(given) = OpenFiles::get() else { return Ok(Descriptors::default()) };
        let need = Need::of(settings, streams);
        let wanted = |open| {
            let running = need.running.saturating_mul(u64::from(jobs));
            running.saturating_add(open + GUARDIAN + THREAD + 2 * need.starting + SPARE)
        };
        if wanted(AT_THE_BEGINNING + inherited as u64) <= given.soft {
            return Ok(Descriptors::default());
        }
        let open = sys::fd::open_count(given.soft) as u64;
        let mut found = Descriptors { limit: given.soft, ..Descriptors::default() };
        if wanted(open) > given.soft && given.soft < given.hard {
            let soft = wanted(open).min(given.hard);
            if (OpenFiles { soft, ..given }).set().is_ok() {
                (found.limit, found.of_commands) = (soft, Some(given));
            }
        }
        let Some((most, guardian)) = fit(found.limit, open, need) else {
            let least = open + need.starting + need.running;
            return Err(Fail::new(
                status::LOST,
                format!(
                    "{} open files (ulimit -n) are too few for one command: it takes {least}",
                    found.limit
                ),
            ));
        };
        found.most = (most < jobs).then_some(most);
        found.no_guardian = !guardian;
        Ok(found)
    }

    /// What is to be said of it; who asked for as many as there can be knows.
    pub fn note(&self, jobs: u32) -> Option<String> {
        let most = self.most.filter(|_| jobs != u32::MAX)?;
        let (limit, commands) = (self.limit, if most == 1 { "command" } else { "commands" });
        Some(format!(
            "{limit} open files (ulimit -n) allow {most} {commands} at a time instead of {jobs}"
        ))
    }
}

/// How many commands can run at once, and whether with the guardian; `None` where not even
/// one can.
fn fit(limit: u64, open: u64, need: Need) -> Option<(u32, bool)> {
    let free = limit.checked_sub(open + need.starting).filter(|free| *free >= need.running)?;
    // one runs in any case; more leave room for what else may be needed
    let most = free.saturating_sub(GUARDIAN + SPARE) / need.running;
    let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
    Some((most, free >= need.running + GUARDIAN))
}

impl Runner {
    /// No more commands at a time than there are descriptors for.
    pub fn count_descriptors(&mut self) -> Result<(), Fail> {
        // as many as there may ever be
        let most = self.settings.jobs.as_ref().map_or(0, Jobs::most);
        let jobs = self.engine.slots().max(most);
        let asked = (self.streams(), jobs);
        self.descriptors = Descriptors::count(&self.settings, asked, self.inherited.len())?;
        let workers = self.settings.warm.workers.and_then(|n| u32::try_from(n).ok());
        if let Some(workers) = workers.filter(|workers| *workers < jobs) {
            self.engine.handle(Seconds::ZERO, Input::Slots(workers));
        }
        if self.descriptors.no_guardian {
            self.guard.do_without();
        }
        if let Some(most) = self.descriptors.most {
            let slots = most.min(self.engine.slots());
            self.engine.handle(Seconds::ZERO, Input::Slots(slots));
            let quiet = self.settings.output.quiet;
            self.notes.extend(self.descriptors.note(jobs).filter(|_| !quiet));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_runs_where_it_just_fits_and_more_leave_room() {
        let need = Need { running: 3, starting: 2 };
        assert_eq!(fit(12, 8, need), None);
        assert_eq!(fit(13, 8, need), Some((1, false)));
        assert_eq!(fit(17, 8, need), Some((1, true)));
        assert_eq!(fit(24, 8, need), Some((1, true)));
        assert_eq!(fit(25, 8, need), Some((2, true)));
        assert_eq!(fit(1024, 8, need), Some((335, true)));
        assert_eq!(fit(7, 8, need), None);
    }
}
