//! The loop of `pgmon`: waits for the next tick, for signals and for the
//! command's end; one blocking call.

use super::command::Running;
use super::outputs::{Outputs, Told};
use super::sampler::Sampler;
use super::sums::Sums;
use super::table;
use super::ticks::Ticks;
use crate::entry;
use crate::fail::Fail;
use record::status;
use std::time::Duration;
use sys::poller::{Poller, Ready, Want};
use sys::signal::{self, Caught, Signals};

/// Tokens of the poller.
const SIGNALS: usize = 0;
const CHILD: usize = 1;

/// The kernel counts a wait in milliseconds of 31 bits.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);

/// What is said where only the command is left.
const NO_MORE: &str = "; no more samples, the command goes on";

/// What is said besides the samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notes {
    /// Say it on standard error.
    Say,
    /// Keep quiet.
    Hush,
}

/// One run of `pgmon`.
pub struct Watch {
    /// Takes the samples.
    pub sampler: Sampler,
    /// When.
    pub ticks: Ticks,
    /// Samples still to be written; `None` for no end.
    pub left: Option<u64>,
    /// Where they go.
    pub outputs: Outputs,
    /// The command, if one is run.
    pub running: Option<Running>,
    /// Signals that are caught.
    pub signals: Signals,
    /// What is said besides.
    pub notes: Notes,
    /// What the samples add up to.
    pub sums: Sums,
    /// The status of the first failure to write, which is told already; the rest goes on.
    pub lost: Option<u8>,
}

/// Why the loop has ended.
enum End {
    /// All samples were taken, or what was watched has gone.
    Done,
    /// A signal stops us.
    Signal(i32),
    /// The command has ended: it is a zombie now, with its last counters.
    Command,
}

impl Watch {
    /// Runs to the end; gives the exit status.
    ///
    /// # Errors
    /// Our own failures but those to write; a command that runs is waited for first.
    pub fn run(mut self) -> Result<u8, Fail> {
        let end = self.until_end()?;
        match end {
            End::Done => {
                let failed = self.outputs.end();
                self.lose(failed, "");
                Ok(self.lost.unwrap_or(status::OK))
            }
            End::Signal(number) => {
                // the last sample is at the end, whatever the end is
                if self.left != Some(0) {
                    let failed = self.sample(0)?;
                    self.lose(failed, "");
                }
                Ok(self.lost.unwrap_or_else(|| signal::die_of(number)))
            }
            End::Command => self.finish_command(),
        }
    }

    fn until_end(&mut self) -> Result<End, Fail> {
        let broken = |e: std::io::Error| Fail::io(status::OWN, "event loop", &e);
        let poller = Poller::new().map_err(broken)?;
        poller.add(&self.signals, SIGNALS, Want::Read).map_err(broken)?;
        if let Some(running) = &self.running {
            poller.add(&running.child.pidfd, CHILD, Want::Read).map_err(broken)?;
        }
        self.outputs.begin(&poller).map_err(broken)?;
        let mut ready: Vec<Ready> = Vec::new();
        loop {
            let now = self.sampler.clock().now();
            if self.left != Some(0) && self.ticks.is_due(now) {
                let missed = self.ticks.take(now);
                self.tick(missed)?;
                if self.running.is_none() && self.left != Some(0) && self.all_gone() {
                    return Ok(End::Done);
                }
            }
            // outputs may have failed at their turn too
            if self.running.is_none() && self.left == Some(0) {
                return Ok(End::Done);
            }
            poller.wait(self.longest_wait(), &mut ready).map_err(broken)?;
            if ready.iter().any(|one| one.token == SIGNALS)
                && let Some(number) = self.hear()
            {
                return Ok(End::Signal(number));
            }
            if ready.iter().any(|one| one.token == CHILD) {
                if let Some(running) = &self.running {
                    poller.remove(&running.child.pidfd).map_err(broken)?;
                }
                return Ok(End::Command);
            }
            let failed = self.outputs.turn(&poller, &ready, self.sampler.clock().now());
            self.part(failed);
        }
    }

    /// Until the next tick, or until an output wants a turn.
    fn longest_wait(&self) -> Option<Duration> {
        let tick = (self.left != Some(0)).then(|| self.ticks.deadline());
        let deadline = tick.into_iter().chain(self.outputs.deadline()).min()?;
        Some(self.sampler.clock().until(deadline).min(LONGEST_WAIT))
    }

    /// One sample at a tick.
    fn tick(&mut self, missed: u64) -> Result<(), Fail> {
        match self.sample(missed) {
            Ok(failed) => {
                if let Some(left) = &mut self.left {
                    *left -= 1;
                }
                self.part(failed);
                Ok(())
            }
            // a command that runs is not left alone
            Err(fail) if self.running.is_some() => {
                self.lose(vec![fail], NO_MORE);
                self.left = Some(0);
                Ok(())
            }
            Err(fail) => Err(fail),
        }
    }

    /// Goes on without the outputs that have failed; samples for nobody are not taken.
    fn part(&mut self, failed: Vec<Fail>) {
        let goes_on = match (self.outputs.count(), &self.running) {
            (0, None) => "",
            (0, Some(_)) => NO_MORE,
            _ => "; no more samples there, the other outputs go on",
        };
        self.lose(failed, goes_on);
        if self.outputs.count() == 0 {
            self.left = Some(0);
        }
    }

    /// Tells of failures, and keeps in mind that there were some.
    fn lose(&mut self, failed: Vec<Fail>, goes_on: &str) {
        for fail in failed {
            entry::complain("pgmon", &format!("{fail}{goes_on}"));
            self.lost.get_or_insert(fail.status);
        }
    }

    /// Takes a sample; the failures of outputs that did not take it.
    fn sample(&mut self, missed: u64) -> Result<Vec<Fail>, Fail> {
        let sample = self.sampler.take(missed)?;
        self.sums.add(&sample);
        for tree in &self.sampler.trees {
            tree.ended_orphans().for_each(sys::wait::reap);
        }
        Ok(self.outputs.sample(&sample))
    }

    /// True when everything that was watched has gone, with a note for each.
    fn all_gone(&mut self) -> bool {
        let (notes, trees) = (self.notes, &mut self.sampler.trees);
        if trees.is_empty() {
            return false;
        }
        let mut left = trees.len();
        for tree in trees.iter_mut().filter(|tree| tree.is_gone()) {
            left -= 1;
            if tree.note_end() && notes == Notes::Say {
                entry::complain("pgmon", &format!("{} has ended", tree.name()));
            }
        }
        left == 0
    }

    /// Takes what signals came; gives the one that stops us.
    fn hear(&mut self) -> Option<i32> {
        let caught = self.signals.drain();
        let Some(running) = &self.running else {
            return caught.first().map(|one| one.signal);
        };
        for Caught { signal, sender } in caught {
            // what the terminal sends, it sends to the command too
            if sender.is_some() && signal != signal::SIGPIPE {
                // it may have ended meanwhile
                let _ = running.child.signal(signal);
            }
        }
        None
    }

    /// The last sample and the summary of a command that has ended.
    fn finish_command(mut self) -> Result<u8, Fail> {
        let Some(running) = self.running.take() else { return Ok(status::OK) };
        let wall = self.sampler.clock().now();
        let last = match self.left {
            // enough were written; the sums still need the end
            Some(0) => self.sampler.take(0).map(|sample| {
                self.sums.add(&sample);
                Vec::new()
            }),
            _ => self.sample(0),
        };
        let complete = last.is_ok();
        self.lose(last.unwrap_or_else(|fail| vec![fail]), "");
        let tree = self.sampler.trees.first();
        let (ended, summary) = running.ended(std::mem::take(&mut self.sums), tree, wall)?;
        if complete && self.outputs.count() > 0 {
            let (told, failed) = self.outputs.summary(&summary);
            if told == Told::No && failed.is_empty() && self.notes == Notes::Say {
                entry::complain("pgmon", &table::summary(&summary));
            }
            self.lose(failed, "");
        }
        let failed = self.outputs.end();
        self.lose(failed, "");
        // a command's own failure says more than ours
        match (ended.shell_status(), self.lost) {
            (0, Some(status)) => Ok(status),
            (code, _) => Ok(code),
        }
    }
}
