//! All places where samples go: a stream, a file, whoever asks over the network.

use crate::fail::Fail;
use record::{Alert, Sample, Seconds, Summary};
use std::io;
use std::os::fd::AsRawFd;
use sys::poller::{Poller, Ready, Want};

/// Tokens of the poller that each output has for itself; those below the first are
/// the loop's own.
const BLOCK: usize = 1 << 16;

/// Whether an output has told of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It stands where the samples stand.
    Yes,
    /// This output has no room for it.
    No,
}

/// A place where samples go. Those that wait for something besides have it in the one
/// poller, by numbers of their own.
pub trait Output {
    /// Takes a sample.
    ///
    /// # Errors
    /// It could not be written; pgmon ends for that, but not before a command that it runs.
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail>;

    /// Takes the summary of a command.
    ///
    /// # Errors
    /// It could not be written.
    fn summary(&mut self, _summary: &Summary) -> Result<Told, Fail> {
        Ok(Told::No)
    }

    /// What it has to tell all of them after a sample.
    fn alerts(&mut self) -> Vec<Alert> {
        Vec::new()
    }

    /// Takes what another has told.
    ///
    /// # Errors
    /// It could not be written.
    fn alert(&mut self, _alert: &Alert) -> Result<(), Fail> {
        Ok(())
    }

    /// There are no more samples.
    ///
    /// # Errors
    /// What it has is not what was sampled last.
    fn end(&mut self) -> Result<(), Fail> {
        Ok(())
    }

    /// Begins to wait for what it waits for.
    ///
    /// # Errors
    /// Too many descriptors are watched.
    fn begin(&mut self, _watched: &Watched<'_>) -> io::Result<()> {
        Ok(())
    }

    /// When it wants a turn although nothing is ready; since the clock's start.
    fn deadline(&self) -> Option<Seconds> {
        None
    }

    /// Its turn: what is ready has the numbers that it was given; there may be none.
    ///
    /// # Errors
    /// Its own failure, which ends pgmon.
    fn turn(
        &mut self,
        _watched: &Watched<'_>,
        _ready: &[Ready],
        _now: Seconds,
    ) -> Result<(), Fail> {
        Ok(())
    }
}

/// The part of the poller that belongs to one output.
#[derive(Debug)]
pub struct Watched<'a> {
    poller: &'a Poller,
    base: usize,
}

impl Watched<'_> {
    /// Watches a descriptor by a number below 65536.
    ///
    /// # Errors
    /// Those of [`Poller::add`].
    pub fn add(&self, fd: &impl AsRawFd, number: usize, want: Want) -> io::Result<()> {
        self.poller.add(fd, self.base + number, want)
    }

    /// Asks for other readiness than before, or again for what was not drained.
    ///
    /// # Errors
    /// Those of [`Poller::again`].
    pub fn again(&self, fd: &impl AsRawFd, number: usize, want: Want) -> io::Result<()> {
        self.poller.again(fd, self.base + number, want)
    }

    /// No longer watches a descriptor.
    ///
    /// # Errors
    /// Those of [`Poller::remove`].
    pub fn remove(&self, fd: &impl AsRawFd) -> io::Result<()> {
        self.poller.remove(fd)
    }
}

/// The outputs of a run.
#[derive(Default)]
pub struct Outputs {
    all: Vec<Box<dyn Output>>,
    ready: Vec<Ready>,
}

impl Outputs {
    /// One more.
    pub fn add(&mut self, output: impl Output + 'static) {
        self.all.push(Box::new(output));
    }

    /// Gives a sample to all of them.
    ///
    /// # Errors
    /// The first that failed.
    pub fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        self.all.iter_mut().try_for_each(|output| output.sample(sample))?;
        let told: Vec<Alert> = self.all.iter_mut().flat_map(|output| output.alerts()).collect();
        let mut told = told.iter();
        told.try_for_each(|alert| self.all.iter_mut().try_for_each(|output| output.alert(alert)))
    }

    /// Gives a summary to all of them; whether one has told of it.
    ///
    /// # Errors
    /// The first that failed.
    pub fn summary(&mut self, summary: &Summary) -> Result<Told, Fail> {
        let mut told = Told::No;
        for output in &mut self.all {
            if output.summary(summary)? == Told::Yes {
                told = Told::Yes;
            }
        }
        Ok(told)
    }

    /// Begins to wait for what each waits for.
    ///
    /// # Errors
    /// Too many descriptors are watched.
    pub fn begin(&mut self, poller: &Poller) -> io::Result<()> {
        let mut parts = self.all.iter_mut().zip(watched(poller));
        parts.try_for_each(|(output, part)| output.begin(&part))
    }

    /// Tells all of them that there are no more samples.
    ///
    /// # Errors
    /// The first that failed.
    pub fn end(&mut self) -> Result<(), Fail> {
        self.all.iter_mut().try_for_each(|output| output.end())
    }

    /// The earliest time at which one wants a turn.
    pub fn deadline(&self) -> Option<Seconds> {
        self.all.iter().filter_map(|output| output.deadline()).min()
    }

    /// Gives a turn to each for which something is ready or whose time has come.
    ///
    /// # Errors
    /// The first that failed.
    pub fn turn(&mut self, poller: &Poller, ready: &[Ready], now: Seconds) -> Result<(), Fail> {
        for (output, part) in self.all.iter_mut().zip(watched(poller)) {
            self.ready.clear();
            let own = ready.iter().filter(|one| one.token / BLOCK == part.base / BLOCK);
            self.ready.extend(own.map(|one| Ready { token: one.token - part.base, ..*one }));
            let due = output.deadline().is_some_and(|deadline| deadline <= now);
            if due || !self.ready.is_empty() {
                output.turn(&part, &self.ready, now)?;
            }
        }
        Ok(())
    }
}

fn watched(poller: &Poller) -> impl Iterator<Item = Watched<'_>> {
    (1..).map(move |block| Watched { poller, base: block * BLOCK })
}
