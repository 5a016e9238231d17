//! How many at once, while it runs: a file that says so, and signals.

use super::acted::By;
use super::adapt::{AdaptDesk, KindDesk, ShareDesk};
use super::drive::Runner;
use super::settings::Jobs;
use super::settings::jobs::jobs_of_file;
use engine::Input;
use record::{Event, Seconds, ThrottleChange};
use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// Who decides how many run, besides the flags.
#[derive(Debug, Default)]
pub struct SlotDesk {
    pub file: Option<JobsFile>,
    /// Who finds how many are best, where that is asked for.
    pub auto: Option<Box<AdaptDesk>>,
    /// Who tells those that compute from those that wait, where they have limits of their own.
    pub kinds: Option<Box<KindDesk>>,
    /// Who else has a part of the slots.
    pub share: Option<ShareDesk>,
}

impl SlotDesk {
    /// What `-j` asks for; who shares is known later.
    pub fn of(jobs: Option<&Jobs>, now: Seconds) -> Self {
        SlotDesk {
            file: JobsFile::of(jobs),
            auto: AdaptDesk::of(jobs, now),
            kinds: KindDesk::of(jobs),
            share: None,
        }
    }
}

/// `-j FILE`: looked at when an operation has ended, read when it has changed.
#[derive(Debug)]
pub struct JobsFile {
    path: PathBuf,
    /// Of what was read last: file, size, time of the change.
    read: Option<(u64, u64, i64, i64)>,
}

impl JobsFile {
    /// The file of `-j`, if it is one, which was read just now.
    pub fn of(jobs: Option<&Jobs>) -> Option<Self> {
        let Some(Jobs::File(path, _)) = jobs else { return None };
        let read = std::fs::metadata(path).ok().as_ref().map(identity);
        Some(JobsFile { path: path.clone(), read })
    }

    /// True once for each change.
    fn has_changed(&mut self) -> bool {
        let found = std::fs::metadata(&self.path).ok().as_ref().map(identity);
        let changed = found != self.read;
        self.read = found;
        changed
    }
}

fn identity(of: &Metadata) -> (u64, u64, i64, i64) {
    (of.ino(), of.size(), of.mtime(), of.mtime_nsec())
}

impl Runner {
    /// Looks whether the file of `-j` says something else now. One that says
    /// nothing of use changes nothing.
    pub fn look_at_jobs_file(&mut self) {
        let Some(file) = self.slots.file.as_mut().filter(|_| !self.engine.is_cancelled()) else {
            return;
        };
        if !file.has_changed() {
            return;
        }
        let reason = format!("-j {}", file.path.display());
        match jobs_of_file(&file.path) {
            Ok(slots) => self.change_slots(slots, (By::File, reason)),
            Err(fail) => {
                let slots = self.engine.slots();
                self.notes.push(format!("{}; it stays at {slots}", fail.message));
            }
        }
    }

    /// One slot more.
    pub fn one_slot_more(&mut self, reason: &str) {
        let slots = self.engine.slots().saturating_add(1);
        self.order_slots(slots, (By::Signal, reason.to_string()));
    }

    /// One slot fewer; without a limit, one fewer than run now.
    pub fn one_slot_fewer(&mut self, reason: &str) {
        let now = match self.engine.slots() {
            u32::MAX => self.engine.running(),
            slots => slots,
        };
        self.order_slots(now.saturating_sub(1).max(1), (By::Signal, reason.to_string()));
    }

    /// So many slots from now on, since somebody says so: nobody looks for better ones any more.
    pub fn order_slots(&mut self, to: u32, why: (By, String)) {
        self.slots.auto = None;
        self.stop_trying();
        self.change_slots(to, why);
    }

    /// So many slots from now on. What is found best is told in the records alone.
    pub fn change_slots(&mut self, to: u32, (by, reason): (By, String)) {
        let from = self.engine.slots();
        let to = self.descriptors.most.map_or(to, |most| to.min(most));
        if from == to {
            return;
        }
        if let Err(reason) = self.tokens.resize(to) {
            self.notes.push(format!("{reason}; it stays at {from} slots"));
            return;
        }
        self.engine.handle(self.clock.now(), Input::Slots(to));
        let told = self.slots.auto.is_none() || self.settings.output.verbose;
        if told && !self.settings.called.is_link() && !self.settings.output.quiet {
            let words = |slots| match slots {
                u32::MAX => "no limit".to_string(),
                slots => slots.to_string(),
            };
            self.notes.push(format!("slots: {} instead of {} ({reason})", words(to), words(from)));
        }
        self.log_throttle((from, to), (by, reason));
    }

    /// Into the log of events.
    pub fn log_throttle(&mut self, (from, to): (u32, u32), (by, reason): (By, String)) {
        self.oversight.acted.slots(by);
        if self.journal.is_on() {
            let time = self.clock.wall(self.clock.now());
            let change = ThrottleChange { time, from, to, reason, ..ThrottleChange::default() };
            self.journal.add(&Event::ThrottleChange(change));
        }
    }

    /// A rule for emergencies begins, goes on or ends.
    pub fn tell_throttled(&mut self, (from, to): (u32, u32), reason: String) {
        if !self.settings.called.is_link() && !self.settings.output.quiet {
            let slots = if from == to { String::new() } else { format!(" ({to} slots)") };
            self.notes.push(format!("emergency: {reason}{slots}"));
        }
        self.log_throttle((from, to), (By::Emergency, format!("emergency: {reason}")));
    }
}
