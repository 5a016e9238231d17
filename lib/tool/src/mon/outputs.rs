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
    /// It could not be written. It gets no more, the other outputs do.
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
    /// Its own failure; it gets no more.
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

/// The outputs of a run. One that fails is told by what it was given, and is gone then;
/// the others go on.
#[derive(Default)]
pub struct Outputs {
    all: Vec<Place>,
    added: usize,
    ready: Vec<Ready>,
}

/// An output and what is its own of the poller's numbers, whatever becomes of the others.
struct Place {
    base: usize,
    output: Box<dyn Output>,
}

impl Place {
    fn watched<'a>(&self, poller: &'a Poller) -> Watched<'a> {
        Watched { poller, base: self.base }
    }
}

impl Outputs {
    /// One more.
    pub fn add(&mut self, output: impl Output + 'static) {
        // the first block is the loop's own
        self.added += 1;
        self.all.push(Place { base: self.added * BLOCK, output: Box::new(output) });
    }

    /// How many there are that have not failed.
    pub fn count(&self) -> usize {
        self.all.len()
    }

    /// Gives a sample to all of them, and then what they have to tell each other; the
    /// failures of those that are gone.
    pub fn sample(&mut self, sample: &Sample) -> Vec<Fail> {
        let mut failed = self.each(|place| place.output.sample(sample));
        let told: Vec<Alert> =
            self.all.iter_mut().flat_map(|place| place.output.alerts()).collect();
        for alert in &told {
            failed.extend(self.each(|place| place.output.alert(alert)));
        }
        failed
    }

    /// Gives a summary to all of them; whether one has told of it, and the failures of
    /// those that are gone.
    pub fn summary(&mut self, summary: &Summary) -> (Told, Vec<Fail>) {
        let mut told = Told::No;
        let failed = self.each(|place| {
            if place.output.summary(summary)? == Told::Yes {
                told = Told::Yes;
            }
            Ok(())
        });
        (told, failed)
    }

    /// Begins to wait for what each waits for.
    ///
    /// # Errors
    /// Too many descriptors are watched.
    pub fn begin(&mut self, poller: &Poller) -> io::Result<()> {
        self.all.iter_mut().try_for_each(|place| place.output.begin(&place.watched(poller)))
    }

    /// Tells all of them that there are no more samples; the failures of some.
    pub fn end(&mut self) -> Vec<Fail> {
        self.each(|place| place.output.end())
    }

    /// The earliest time at which one wants a turn.
    pub fn deadline(&self) -> Option<Seconds> {
        self.all.iter().filter_map(|place| place.output.deadline()).min()
    }

    /// Gives a turn to each for which something is ready or whose time has come; the
    /// failures of those that are gone.
    pub fn turn(&mut self, poller: &Poller, ready: &[Ready], now: Seconds) -> Vec<Fail> {
        let mut own = std::mem::take(&mut self.ready);
        let failed = self.each(|place| {
            own.clear();
            let base = place.base;
            let of_it = ready.iter().filter(|one| one.token / BLOCK == base / BLOCK);
            own.extend(of_it.map(|one| Ready { token: one.token - base, ..*one }));
            let due = place.output.deadline().is_some_and(|deadline| deadline <= now);
            if due || !own.is_empty() {
                place.output.turn(&place.watched(poller), &own, now)?;
            }
            Ok(())
        });
        self.ready = own;
        failed
    }

    /// Does something with each; those that fail are gone.
    fn each(&mut self, mut give: impl FnMut(&mut Place) -> Result<(), Fail>) -> Vec<Fail> {
        let mut failed = Vec::new();
        self.all.retain_mut(|place| give(place).map_err(|fail| failed.push(fail)).is_ok());
        failed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::status;
    use std::cell::RefCell;
    use std::rc::Rc;
    use sys::fd::Pipe;

    /// Counts what it is given; fails at a sample of this number.
    struct Counter {
        fails_at: Option<u64>,
        pipe: Pipe,
        seen: Rc<RefCell<Vec<String>>>,
        name: &'static str,
    }

    impl Counter {
        fn note(&self, what: &str) {
            self.seen.borrow_mut().push(format!("{} {what}", self.name));
        }
    }

    impl Output for Counter {
        fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
            if self.fails_at == Some(sample.seq) {
                return Err(Fail::new(status::OWN, self.name));
            }
            self.note(&format!("sample {}", sample.seq));
            Ok(())
        }

        fn begin(&mut self, watched: &Watched<'_>) -> io::Result<()> {
            watched.add(&self.pipe.read, 7, Want::Read)
        }

        fn turn(&mut self, _: &Watched<'_>, ready: &[Ready], _: Seconds) -> Result<(), Fail> {
            ready.iter().for_each(|one| self.note(&format!("turn {}", one.token)));
            Ok(())
        }
    }

    #[test]
    fn one_that_fails_is_gone_and_the_others_go_on() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        let mut outputs = Outputs::default();
        let mut writers = Vec::new();
        for (name, fails_at) in [("a", Some(1)), ("b", None), ("c", Some(2))] {
            let pipe = sys::fd::pipe().unwrap();
            writers.push(pipe.write.try_clone().unwrap());
            outputs.add(Counter { fails_at, pipe, seen: Rc::clone(&seen), name });
        }
        let poller = Poller::new().unwrap();
        outputs.begin(&poller).unwrap();
        let mut failed = Vec::new();
        for seq in 0..3 {
            let gone = outputs.sample(&Sample { seq, ..Sample::default() });
            failed.extend(gone.into_iter().map(|fail| (seq, fail.message)));
        }
        assert_eq!(failed, [(1, "a".to_string()), (2, "c".to_string())]);
        let samples = ["a sample 0", "b sample 0", "c sample 0", "b sample 1", "c sample 1"];
        assert_eq!(seen.borrow()[..5], samples);
        assert_eq!((seen.borrow()[5..].join(","), outputs.count()), ("b sample 2".into(), 1));
        // it still has the numbers that it had
        assert_eq!(sys::fd::write_some(&writers[1], b"x").unwrap(), Some(1));
        let mut ready = Vec::new();
        poller.wait(None, &mut ready).unwrap();
        assert!(outputs.turn(&poller, &ready, Seconds::ZERO).is_empty());
        assert_eq!(seen.borrow()[6..], ["b turn 7"]);
    }
}
