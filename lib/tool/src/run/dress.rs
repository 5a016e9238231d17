//! How output is dressed for whom it goes to: as it is for programs, harmless for a
//! terminal, folded and guarded for a CI system.

use super::ci::fold::Fold;
use super::ci::{Ci, guard};
use super::settings::{Grouping, Settings};
use super::sinks::{Sinks, To};
use crate::fail::Fail;
use crate::harmless::Harmless;
use crate::junit::Told;
use record::{Seconds, status};
use sys::poller::Poller;

/// What a CI system is told of an operation.
#[derive(Debug, Default)]
pub struct About {
    pub seq: u64,
    pub name: String,
    /// Seconds since the epoch.
    pub start: Seconds,
    pub end: Seconds,
    /// It has failed.
    pub failed: Option<Told>,
}

/// The filters of one operation's streams.
#[derive(Debug, Default)]
pub struct Filters {
    harmless: [Harmless; 2],
    pub about: Option<Box<About>>,
}

/// How all output is dressed.
#[derive(Debug)]
pub struct Dress {
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    /// As it is, but where a stream goes to a terminal.
    Plain { terminal: [bool; 2] },
    /// To one stream.
    Folded { fold: Box<Fold>, ci: Ci, to: To, groups: bool },
}

impl Dress {
    /// What these settings ask for; what is folded goes to one stream.
    ///
    /// # Errors
    /// Output cannot be folded that the commands write themselves; no random bytes.
    pub fn new(settings: &Settings, sinks: &Sinks, to: To) -> Result<Self, Fail> {
        let raw = settings.output.raw;
        let terminal = |to| !raw && sinks.is_terminal(to);
        let Some(ci) = settings.live.ci.and_then(Ci::of) else {
            let terminal = [terminal(To::Out), terminal(To::Err)];
            return Ok(Dress { kind: Kind::Plain { terminal } });
        };
        if settings.output.grouping == Grouping::None {
            let what = "--ci folds each job's output, which -u leaves alone; leave one of them out";
            return Err(Fail::new(status::LOST, what));
        }
        let fold = Fold::new(ci).map_err(|e| Fail::io(status::LOST, "/dev/urandom", &e))?;
        // lines of several cannot be folded
        let groups = settings.output.grouping != Grouping::Lines;
        Ok(Dress { kind: Kind::Folded { fold: Box::new(fold), ci, to, groups } })
    }

    /// The CI system that output is folded for.
    pub fn ci(&self) -> Option<Ci> {
        match &self.kind {
            Kind::Folded { ci, .. } => Some(*ci),
            Kind::Plain { .. } => None,
        }
    }

    /// Bytes of this stream go out as they are.
    pub fn leaves_alone(&self, to: To) -> bool {
        matches!(self.kind, Kind::Plain { terminal } if !terminal[to as usize])
    }

    /// Writes output of an operation.
    pub fn write(
        &mut self,
        filters: &mut Filters,
        (to, bytes): (To, &[u8]),
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        match &mut self.kind {
            Kind::Plain { terminal } if terminal[to as usize] => {
                let mut out = Vec::new();
                filters.harmless[to as usize].pass(bytes, &mut out);
                sinks.write(poller, to, &out);
            }
            Kind::Plain { .. } => sinks.write(poller, to, bytes),
            Kind::Folded { fold, to, groups, .. } => {
                let mut out = Vec::new();
                if let Some(about) = filters.about.as_ref().filter(|_| *groups) {
                    fold.begin((about.seq, &about.name), about.start, &mut out);
                }
                fold.output(bytes, &mut out);
                sinks.write(poller, *to, &out);
            }
        }
    }

    /// All output of an operation has been written.
    pub fn end(&mut self, filters: &mut Filters, (sinks, poller): (&mut Sinks, &Poller)) {
        let mut out = Vec::new();
        match &mut self.kind {
            Kind::Plain { terminal } => {
                for to in [To::Out, To::Err] {
                    if terminal[to as usize] {
                        filters.harmless[to as usize].end(&mut out);
                        sinks.write(poller, to, &std::mem::take(&mut out));
                    }
                }
            }
            Kind::Folded { fold, to, groups, .. } => {
                let about = filters.about.take().unwrap_or_default();
                if *groups {
                    fold.end(about.end, &mut out);
                }
                if let Some(told) = &about.failed {
                    fold.failed(told, &mut out);
                }
                sinks.write(poller, *to, &out);
            }
        }
    }

    /// The run is over: nothing is guarded any more.
    pub fn finish(&mut self, (sinks, poller): (&mut Sinks, &Poller)) {
        if let Kind::Folded { fold, to, .. } = &mut self.kind {
            let mut out = Vec::new();
            fold.end(Seconds::ZERO, &mut out);
            sinks.write(poller, *to, &out);
        }
    }

    /// A note of ours, in which a command or an argument may stand.
    /// Even in a file it holds no controls: somebody will look at it in a terminal.
    pub fn note(&self, note: &str) -> String {
        if let Some(ci) = self.ci() {
            return guard::line(ci, note);
        }
        let (mut filter, mut out) = (Harmless::default(), Vec::new());
        filter.pass(note.as_bytes(), &mut out);
        filter.end(&mut out);
        String::from_utf8_lossy(&out).into_owned()
    }
}
