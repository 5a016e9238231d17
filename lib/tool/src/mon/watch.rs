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
    /// The first failure to write; the command goes on.
    pub lost: Option<Fail>,
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
    /// Our own failures; a command that runs is waited for first.
    pub fn run(mut self) -> Result<u8, Fail> {
        let end = self.until_end()?;
        match end {
            End::Done => match self.lost {
                Some(fail) => Err(fail),
                None => self.outputs.end().map(|()| status::OK),
            },
            End::Signal(number) => {
                // the last sample is at the end, whatever the end is
                if self.left != Some(0) {
                    self.sample(0)?;
                }
                Ok(signal::die_of(number))
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
                if self.running.is_none() && (self.left == Some(0) || self.all_gone()) {
                    return Ok(End::Done);
                }
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
            match self.outputs.turn(&poller, &ready, self.sampler.clock().now()) {
                Err(fail) if self.running.is_none() => return Err(fail),
                Err(fail) => self.lose(fail),
                Ok(()) => {}
            }
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
            Ok(()) => {
                if let Some(left) = &mut self.left {
                    *left -= 1;
                }
                Ok(())
            }
            // a command that runs is not left alone for a reader that has gone
            Err(fail) if self.running.is_some() => {
                let message = format!("{fail}; no more samples, the command goes on");
                self.lose(Fail::new(fail.status, message));
                self.left = Some(0);
                Ok(())
            }
            Err(fail) => Err(fail),
        }
    }

    fn lose(&mut self, fail: Fail) {
        if self.lost.is_none() {
            entry::complain("pgmon", &fail.message);
            self.lost = Some(fail);
        }
    }

    fn sample(&mut self, missed: u64) -> Result<(), Fail> {
        let sample = self.sampler.take(missed)?;
        self.sums.add(&sample);
        for tree in &self.sampler.trees {
            tree.ended_orphans().for_each(sys::wait::reap);
        }
        self.outputs.sample(&sample)
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
            Some(0) => self.sampler.take(0).map(|sample| self.sums.add(&sample)),
            _ => self.sample(0),
        };
        if let Err(fail) = last {
            self.lose(fail);
        }
        let tree = self.sampler.trees.first();
        let (ended, summary) = running.ended(std::mem::take(&mut self.sums), tree, wall)?;
        if self.lost.is_none() {
            match self.outputs.summary(&summary) {
                Ok(Told::No) if self.notes == Notes::Say => {
                    entry::complain("pgmon", &table::summary(&summary));
                }
                Ok(_) => {}
                Err(fail) => self.lose(fail),
            }
        }
        if let Err(fail) = self.outputs.end() {
            self.lose(fail);
        }
        // a command's own failure says more than ours
        match (ended.shell_status(), self.lost) {
            (0, Some(fail)) => Ok(fail.status),
            (code, _) => Ok(code),
        }
    }
}
