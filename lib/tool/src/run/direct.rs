//! Commands that write to a file in memory instead of a pipe: much output then costs
//! neither us nor them a wait for each other.
//!
//! A command is let do so when one before it has written much, its output is printed
//! later or at the end, and nothing looks at the bytes on their way. What waits in such
//! files is bounded as what waits elsewhere is: beyond the bound it moves to disk.

use super::capture::{Capture, MEMORY_BYTES, Part};
use super::drive::{Runner, TOKEN_GROWTH};
use super::output::{Live, Printer, Written};
use super::settings::{Echo, Grouping, Tag};
use super::sinks::To;
use super::start::Start;
use engine::Part as Phase;
use record::Seconds;
use std::ffi::CStr;
use std::os::fd::OwnedFd;
use sys::growth::{Growing, Growth};
use sys::poller::{Poller, Want};
use sys::spawn::Argv;

/// So much output is much.
const MUCH_BYTES: u64 = 1 << 20;

/// So little is kept elsewhere, and the file is closed.
const LITTLE_BYTES: u64 = 64 << 10;

/// What waits in memory is looked at so long after it has begun to grow.
const PAUSE: Seconds = Seconds::from_micros(2_000);

/// When so much waits, some is moved to disk: between two looks it grows on.
const ROOM_BYTES: u64 = MEMORY_BYTES / 8 * 7;

/// Names under which a command may open its output a second time: in a file that would
/// write over what is there.
const NAMES: [&[u8]; 3] = [b"/dev/std", b"/dev/fd/", b"/proc/self/fd"];

/// What is known of files that commands write to.
#[derive(Debug, Default)]
pub struct Direct {
    /// A command has written much.
    much: bool,
    growth: Option<Growth>,
    /// When they are looked at.
    pub due: Option<Seconds>,
}

impl Direct {
    /// A command has written so much.
    pub fn note(&mut self, bytes: u64) {
        self.much = bytes >= MUCH_BYTES;
    }

    /// A file for a command's standard output; without one there is a pipe.
    fn file(&mut self, poller: &Poller) -> Option<(Growing, OwnedFd)> {
        if self.growth.is_none() {
            let growth = Growth::new().ok()?;
            poller.add(&growth, TOKEN_GROWTH, Want::Read).ok()?;
            self.growth = Some(growth);
        }
        self.growth.as_ref()?.file().ok()
    }

    /// Nobody writes to it any more.
    pub fn leave(&self, growing: &mut Growing) {
        if let Some(growth) = &self.growth {
            growth.leave(growing);
        }
    }
}

impl Runner {
    /// The file that a command's standard output is to be.
    pub fn direct_output(&mut self, start: Start, argv: &Argv) -> Option<(Growing, OwnedFd)> {
        let (output, control) = (&self.settings.output, &self.settings.control);
        let later = match output.grouping {
            Grouping::Whole => true,
            Grouping::Ordered => {
                self.job(start.key).is_some_and(|job| self.printer.turn() != Some(job.seq))
            }
            Grouping::Lines | Grouping::None => false,
        };
        let unseen = self.printer.dress.leaves_alone(To::Out)
            && output.tag == Tag::None
            && output.echo == Echo::Nothing
            && !output.files
            && output.results.is_none()
            && control.fail_if.is_none()
            && control.ok_if.is_none()
            && !self.engine.listens()
            && self.settings.log.run_dir.is_none()
            && self.settings.log.events.is_none();
        let opens = |word: &CStr| {
            let word = word.to_bytes();
            NAMES.iter().any(|name| word.windows(name.len()).any(|part| part == *name))
        };
        let wanted = self.printer.direct.much
            && later
            && unseen
            && !self.operations
            && start.part == Phase::Main
            && !argv.words().any(opens);
        if wanted { self.printer.direct.file(&self.poller) } else { None }
    }

    /// Files have begun to grow.
    pub fn note_growth(&mut self) {
        let due = self.clock.now() + PAUSE;
        self.printer.direct.due.get_or_insert(due);
        if let Some(growth) = &self.printer.direct.growth {
            // every write would be told: the next look is due in any case
            let _ = self.poller.remove(growth);
        }
    }

    /// Prints of them what may be printed, and keeps the rest within its bound.
    pub fn look_at_growth(&mut self) {
        if self.printer.direct.due.is_none_or(|due| due > self.clock.now()) {
            return;
        }
        self.printer.direct.due = None;
        let Some(growth) = &self.printer.direct.growth else { return };
        growth.drain();
        let _ = self.poller.add(growth, TOKEN_GROWTH, Want::Read);
        for at in 0..self.attempts.len() {
            let is_direct = |a: &mut super::attempt::Attempt| a.written.growing.is_some();
            let Some(mut attempt) = self.attempts[at].take_if(is_direct) else { continue };
            if self.is_live(&attempt) == Live::Yes {
                if self.sinks.is_congested_at(To::Out) {
                    self.deferred.push(TOKEN_GROWTH);
                } else {
                    let sinks = (&mut self.sinks, &self.poller);
                    self.printer.print(&mut attempt.written, attempt.to, sinks);
                }
            }
            self.attempts[at] = Some(attempt);
        }
        let running = self.attempts.iter_mut().flatten().map(|attempt| &mut attempt.written);
        self.printer.bound(running);
    }
}

impl Printer {
    /// Moves what waits in commands' files to disk while it is too much, the most first.
    fn bound<'a>(&'a mut self, running: impl Iterator<Item = &'a mut Written>) {
        let len = |written: &Written| written.growing.as_ref().map_or(0, |file| file.waiting().2);
        let mut all: Vec<&mut Written> =
            running.chain(self.waiting.values_mut().map(|(written, _)| written)).collect();
        all.sort_by_key(|written| std::cmp::Reverse(len(written)));
        let mut held: u64 = all.iter().map(|written| len(written)).sum();
        for written in all {
            let size = len(written);
            if held + self.budget.in_memory() <= ROOM_BYTES || size == 0 {
                break;
            }
            let Written { growing: Some(growing), captures, .. } = written else { break };
            // without a disk it stays where it is: nothing is lost
            if move_to(&mut captures[To::Out as usize], growing, |capture, bytes| {
                capture.add_to_disk(&mut self.budget, bytes)
            })
            .is_err()
            {
                break;
            }
            held -= size;
        }
        self.budget.elsewhere = held;
    }

    /// What must wait for its turn and is little does not keep a file for itself.
    pub fn compact(&mut self, written: &mut Written) {
        let Some(growing) = &mut written.growing else { return };
        if growing.waiting().2 > LITTLE_BYTES {
            return;
        }
        let capture = &mut written.captures[To::Out as usize];
        let budget = &mut self.budget;
        if move_to(capture, growing, |capture, bytes| capture.add(budget, bytes)).is_ok() {
            written.growing = None;
        }
    }
}

/// Moves what waits in a file behind what is captured already.
fn move_to(
    capture: &mut Capture,
    growing: &mut Growing,
    mut add: impl FnMut(&mut Capture, &[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let (file, at, len) = growing.waiting();
    let (mut moved, mut result) = (0, Ok(()));
    let read = Part::File(file, at, len).each(|bytes| {
        if result.is_ok() {
            result = add(capture, bytes);
            moved += if result.is_ok() { bytes.len() as u64 } else { 0 };
        }
    });
    growing.take(moved);
    read.and(result)
}
