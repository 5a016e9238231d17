//! Reading what attempts write, until nothing is there.

use crate::run::args::EventOutput;
use crate::run::attempt::Attempt;
use crate::run::drive::{Runner, attempt_token};
use crate::run::output::Piece;
use engine::{Input, Part};
use std::io::Write as _;
use std::os::fd::OwnedFd;

/// Most that one read takes.
pub const READ_BYTES: usize = 64 << 10;

/// So often an attempt's output is read before others have their turn.
const READS_IN_A_ROW: u32 = 16;

/// Whether a pipe may hold more than was read.
#[derive(PartialEq, Eq)]
enum More {
    Perhaps,
    NotNow,
    /// Nobody takes what is read.
    Waits,
}

impl Runner {
    /// Reads an attempt's output of both streams.
    pub fn read_pipes(&mut self, attempt: &mut Attempt, at: usize) {
        for which in 0..attempt.pipes.len() {
            self.read_pipe(attempt, at, which);
        }
    }

    /// Reads an attempt's output until nothing is there.
    pub(super) fn read_pipe(&mut self, attempt: &mut Attempt, at: usize, which: usize) {
        // one buffer for all reads: to clear a fresh one costs more than a short command
        let mut buffer = std::mem::take(&mut self.read_buffer);
        let most = if attempt.exited.is_some() { u32::MAX } else { READS_IN_A_ROW };
        let mut more = More::Perhaps;
        for _ in 0..most {
            more = self.read_once(attempt, (at, which), &mut buffer);
            if more != More::Perhaps {
                break;
            }
        }
        self.read_buffer = buffer;
        if more == More::Perhaps {
            // a writer that is faster than we: others have their turn before
            self.room.again.push(attempt_token(at, which + 1));
        } else if attempt.closing
            && more == More::NotNow
            && self.is_kept(attempt, which)
            && self.take_pipe(attempt, which).is_some()
        {
            attempt.leaked.count = attempt.leaked.count.max(1);
        }
    }

    /// Takes a pipe away; it is watched no more.
    pub(super) fn take_pipe(&self, attempt: &mut Attempt, which: usize) -> Option<OwnedFd> {
        let pipe = attempt.pipes[which].take()?;
        if attempt.watched
            && let Some(poller) = self.lanes.poller(attempt.lane)
        {
            let _ = poller.remove(&pipe);
        }
        Some(pipe)
    }

    fn read_once(
        &mut self,
        attempt: &mut Attempt,
        (at, which): (usize, usize),
        buffer: &mut [u8],
    ) -> More {
        let Some(live) = self.may_read(attempt, (at, which)) else { return More::Waits };
        let Some(pipe) = &attempt.pipes[which] else { return More::NotNow };
        let bytes = match sys::fd::read_some(pipe, buffer) {
            Ok(Some(count)) if count > 0 => &buffer[..count],
            Ok(None) => return More::NotNow,
            Ok(Some(_)) => {
                self.take_pipe(attempt, which);
                return More::NotNow;
            }
            Err(error) => {
                self.take_pipe(attempt, which);
                let (name, reason) = (self.name_of(attempt.key), crate::fail::reason(&error));
                self.lose(format!("{name}: reading its output: {reason}; it is incomplete"));
                return More::NotNow;
            }
        };
        attempt.out_bytes[which] += bytes.len() as u64;
        attempt.matcher.add(bytes);
        if let (0, Some(lines)) = (which, &mut attempt.matcher.per_item) {
            lines.add(bytes);
        }
        if self.engine.listens() {
            self.engine.handle(self.clock.now(), Input::Heard(attempt.key));
        }
        if self.settings.log.event_output != EventOutput::None || self.reports.is_on() {
            attempt.tail.add(bytes);
        }
        self.keep_log(attempt, bytes);
        // after a short read nothing is there for now; the poller says when there is
        let more = if bytes.len() < READ_BYTES { More::NotNow } else { More::Perhaps };
        match attempt.part {
            Part::Main => {}
            // nobody's output
            Part::Check => return more,
            Part::SetUp => {
                self.hear_set_up(attempt, bytes);
                return more;
            }
        }
        let sinks = (&mut self.sinks, &self.poller);
        let piece = Piece { stream: which, to: attempt.to, live, bytes };
        self.printer.add(&mut attempt.written, piece, sinks);
        more
    }

    fn keep_log(&mut self, attempt: &mut Attempt, bytes: &[u8]) {
        if let Some(log) = &mut attempt.log
            && let Err(error) = log.write_all(bytes)
        {
            let reason = crate::fail::reason(&error);
            attempt.log = None;
            let id = self.job(attempt.key).map_or_else(String::new, |job| job.id.clone());
            self.lose(format!("artifacts/logs/{id}.log: {reason}; it is incomplete"));
        }
    }
}
