//! The log of this run among those that are kept. Nothing that goes wrong with it is a
//! failure of the run: it is said once, and the run ends as it would have without.

use crate::history_words::words;
use history::{Bounds, Folder, Recording, Trouble};
use record::{Event, RunEnd, Seconds};
use std::path::PathBuf;

/// The log of this run, as long as all goes well.
#[derive(Debug, Default)]
pub struct HistoryLog {
    folder: Option<PathBuf>,
    /// Older runs are forgotten.
    keep: Option<Seconds>,
    recording: Option<Recording>,
    end: Option<RunEnd>,
    remark: Option<String>,
}

impl HistoryLog {
    /// In this folder, where one was named; runs that are older are forgotten at the end.
    pub fn new(folder: Option<PathBuf>, keep: Option<Seconds>) -> Self {
        HistoryLog { folder, keep, ..HistoryLog::default() }
    }

    /// True where events are wanted.
    pub fn is_on(&self) -> bool {
        self.folder.is_some()
    }

    /// The log begins and ends with the run.
    pub fn hear(&mut self, event: &Event) {
        match (event, &self.folder) {
            (Event::RunStart(start), Some(folder)) => {
                match Recording::begin(folder, start.clone()) {
                    Ok(recording) => self.recording = Some(recording),
                    Err(trouble) => self.give_up(&trouble),
                }
            }
            (Event::RunEnd(end), Some(_)) => self.end = Some(end.clone()),
            _ => {}
        }
    }

    /// Adds whole records.
    pub fn write(&mut self, lines: &[u8]) {
        let Some(recording) = &mut self.recording else { return };
        if let Err(trouble) = recording.write(lines) {
            self.give_up(&trouble);
        }
    }

    /// A log that lacks something is not kept.
    fn give_up(&mut self, trouble: &Trouble) {
        self.remark = Some(format!("history: {}; this run is not kept", words(trouble)));
        self.folder = None;
        if let Some(recording) = self.recording.take() {
            recording.give_up();
        }
    }

    /// All is written: the log gets its place. It is left as that of a run that was killed
    /// where the run has no end.
    pub fn end(&mut self, now: Seconds) {
        let (Some(recording), Some(end)) = (self.recording.take(), self.end.take()) else { return };
        if let Err(trouble) = recording.end(end, now) {
            let what = words(&trouble);
            self.remark = Some(format!(
                "history: {what}; the log of this run is kept, pgstat history finds it"
            ));
        } else if let Err(trouble) = self.forget_old(now) {
            self.remark = Some(format!("history: {}; old runs are kept", words(&trouble)));
        }
    }

    fn forget_old(&self, now: Seconds) -> Result<(), Trouble> {
        let (Some(folder), Some(age)) = (&self.folder, self.keep) else { return Ok(()) };
        let bounds = Bounds { age: Some(age), ..Bounds::default() };
        Folder::open(folder)?.index()?.collect(&bounds, now).map(|_| ())
    }

    /// What is to be said, once.
    pub fn take_remark(&mut self) -> Option<String> {
        self.remark.take()
    }
}
