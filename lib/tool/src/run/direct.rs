//! Commands that write to a file in memory instead of a pipe: much output then costs
//! neither us nor them a wait for each other.
//!
//! A command is let do so when one before it has written much, its output is printed
//! later or at the end, and nothing looks at the bytes on their way. What waits in such
//! files is bounded as what waits elsewhere is: a little before the bound it moves to disk,
//! since between two looks it grows on. Where the disk takes no more, those who write to
//! them are stopped until there is room (`room.rs`), and those that are started then have
//! pipes.

use super::capture::{Capture, Given, PIECE_BYTES, Part};
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

/// Names under which a command may open its output a second time: in a file that would
/// write over what is there.
const NAMES: [&[u8]; 3] = [b"/dev/std", b"/dev/fd/", b"/proc/self/fd"];

/// What is known of files that commands write to.
#[derive(Debug, Default)]
pub struct Direct {
    /// A command has written much.
    much: bool,
    growth: Option<Growth>,
    /// The disk has not taken what was too much: no more such files, since what a command
    /// writes to one cannot be refused.
    refused: bool,
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
            && self.settings.admission.retry_after.is_none()
            && self.settings.batches.results.is_none()
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
        let wanted = wanted && !self.printer.direct.refused;
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
            if self.is_live(&attempt) {
                let may = self.live_now(&attempt) == Live::Yes;
                let (sinks, poller) = (&mut self.sinks, &self.poller);
                if !may
                    || self.printer.print(&mut attempt.written, attempt.to, (sinks, poller))
                        == Given::Part
                {
                    self.room.deferred.push(TOKEN_GROWTH);
                }
            }
            self.attempts[at] = Some(attempt);
        }
        self.bound_growing();
        self.stop_growing();
    }

    /// Keeps what waits in commands' files within its bound, as far as the disk takes it.
    pub fn bound_growing(&mut self) {
        let running = self.attempts.iter_mut().flatten().map(|attempt| &mut attempt.written);
        self.printer.bound(running);
    }
}

impl Printer {
    /// Moves what waits in commands' files to disk while it is too much, the most first.
    fn bound<'a>(&'a mut self, running: impl Iterator<Item = &'a mut Written>) {
        let len = |written: &Written| written.growing.as_ref().map_or(0, |file| file.waiting().2);
        let ended = self.waiting.values_mut().chain(&mut self.closing);
        let mut all: Vec<&mut Written> = running.chain(ended.map(|(written, _)| written)).collect();
        all.sort_by_key(|written| std::cmp::Reverse(len(written)));
        let mut held: u64 = all.iter().map(|written| len(written)).sum();
        let room = self.budget.most_memory() / 8 * 7;
        for written in all {
            let size = len(written);
            if held + self.budget.in_memory() <= room || size == 0 {
                break;
            }
            let Written { growing: Some(growing), captures, .. } = written else { break };
            let moved = move_to(&mut captures[To::Out as usize], growing, |capture, bytes| {
                capture.add_to_disk(&mut self.budget, bytes)
            });
            // it may have grown since all were added up
            held = held.saturating_sub(moved.min(size));
            if moved < size {
                // without a disk it stays where it is: nothing is lost
                self.direct.refused = true;
                break;
            }
        }
        self.budget.elsewhere = held;
    }

    /// More waits in memory than may, and the disk takes none of it.
    pub fn has_too_much(&mut self) -> bool {
        let held = self.budget.elsewhere + self.budget.in_memory();
        self.direct.refused && held > self.budget.most_memory() / 8 * 7
    }

    /// What must wait for its turn and is little does not keep a file for itself.
    pub fn compact(&mut self, written: &mut Written) {
        let Some(growing) = &mut written.growing else { return };
        if growing.waiting().2 > LITTLE_BYTES {
            return;
        }
        let capture = &mut written.captures[To::Out as usize];
        let budget = &mut self.budget;
        let all = growing.waiting().2;
        let moved = move_to(capture, growing, |capture, bytes| {
            capture.add(budget, bytes);
            bytes.len()
        });
        if moved == all {
            written.growing = None;
        }
    }
}

/// Moves what waits in a file behind what is captured already, as far as that takes it.
fn move_to(
    capture: &mut Capture,
    growing: &mut Growing,
    mut add: impl FnMut(&mut Capture, &[u8]) -> usize,
) -> u64 {
    let (file, mut at, len) = growing.waiting();
    let (mut moved, mut full) = (0, capture.is_full());
    while moved < len && !full {
        let count = (len - moved).min(PIECE_BYTES);
        let read = Part::File(file, at, count).each(|bytes| {
            let taken = add(capture, bytes) as u64;
            full = taken < count;
            (moved, at) = (moved + taken, at + taken);
        });
        if read.is_err() {
            break;
        }
    }
    growing.take(moved);
    moved
}
