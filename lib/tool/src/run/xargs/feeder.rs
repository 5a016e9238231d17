//! Commands from an input, one after the other.

use super::args::{Before, Given};
use super::cutter::Cutter;
use super::limits::Limits;
use super::pack::Step;
use crate::fail::Fail;
use crate::run::feed::Next;
use crate::run::feed::reader::Reader;
use crate::run::job::Job;
use engine::Spec;
use sys::spawn::Argv;

/// Lines have no bound of their own: an argument has.
const NO_BOUND: usize = usize::MAX;

/// Makes commands of what is read.
#[derive(Debug)]
pub struct Feeder {
    pub reader: Reader,
    cutter: Cutter,
    asks: bool,
    ended: bool,
    count: u64,
}

impl Feeder {
    /// Opens the input.
    ///
    /// # Errors
    /// It cannot be opened; the command alone is too long.
    pub fn new(given: &Given, limits: &Limits) -> Result<Self, Fail> {
        Ok(Feeder {
            reader: Reader::open(given.from.as_deref(), b'\n', NO_BOUND)?,
            cutter: Cutter::new(given, limits)?,
            asks: given.before == Before::Ask,
            ended: false,
            count: 0,
        })
    }

    /// The next command.
    ///
    /// # Errors
    /// The input cannot be read on, or it cannot be made a command.
    pub fn next(&mut self) -> Result<Next, Fail> {
        loop {
            let command = self.command();
            if self.cutter.take_nul() {
                super::say(
                    "WARNING: a NUL character occurred in the input.  It cannot be passed through \
                     in the argument list.  Did you mean to use the --null option?",
                );
            }
            let argv = match command? {
                Some(Step::Command(words)) => Argv::packed(words),
                Some(_) => return Ok(Next::End),
                None => return Ok(Next::Later),
            };
            if self.asks && !super::ask::ask(&argv)? {
                continue;
            }
            self.count += 1;
            let spec = Spec { seq: self.count, ..Spec::default() };
            return Ok(Next::Job(Box::new(spec), Box::new(Job::of_words(self.count, argv))));
        }
    }

    /// A command, the end, or nothing yet.
    fn command(&mut self) -> Result<Option<Step>, Fail> {
        if let Some(fail) = self.cutter.take_failure() {
            return Err(fail);
        }
        while !self.ended {
            let pending = self.reader.lines.pending();
            let step = if !pending.is_empty() {
                let (taken, step) = self.cutter.take(pending)?;
                self.reader.lines.take(taken);
                step
            } else if self.reader.ended {
                self.ended = true;
                self.cutter.last()?
            } else if self.reader.is_watched() && !self.reader.readable {
                return Ok(None);
            } else {
                self.reader.fill()?;
                Step::More
            };
            match step {
                Step::More => {}
                Step::Ended => self.ended = true,
                command @ Step::Command(_) => return Ok(Some(command)),
            }
        }
        Ok(Some(self.cutter.rest().map_or(Step::Ended, Step::Command)))
    }
}
