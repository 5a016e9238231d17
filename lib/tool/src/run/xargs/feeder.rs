//! Commands from an input, one after the other.

use super::args::{Before, Cut, Given, Until};
use super::limits::Limits;
use super::pack::{Packer, Step};
use super::split::{Found, Rest, Splitter};
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
    splitter: Splitter,
    packer: Packer,
    /// NUL bytes have been warned of.
    warned: bool,
    /// NUL bytes stand in arguments by mistake.
    warns: bool,
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
        let (splitter, end) = match (&given.cut, &given.until) {
            (Cut::At(byte), _) => (Splitter::at(*byte), None),
            (Cut::Quoted(end), Until::Replaced(_)) => (Splitter::at_newlines(), end.clone()),
            (Cut::Quoted(end), _) => (Splitter::at_blanks(), end.clone()),
        };
        Ok(Feeder {
            reader: Reader::open(given.from.as_deref(), b'\n', NO_BOUND)?,
            splitter,
            packer: Packer::new(given, limits, end)?,
            warned: false,
            warns: matches!(given.cut, Cut::Quoted(_)),
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
            let argv = match self.command()? {
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
        if let Some(fail) = self.packer.take_failure() {
            return Err(fail);
        }
        while !self.ended {
            let pending = self.reader.lines.pending();
            let (taken, found) = self.splitter.take(pending, &mut self.packer.bytes);
            self.reader.lines.take(taken);
            let step = match found {
                Found::Word(line_end) => {
                    self.cut_at_nul();
                    self.packer.word(line_end)?
                }
                Found::Unmatched(kind) => {
                    self.warn_of_nul();
                    self.packer.unmatched(kind)?
                }
                Found::Nothing if self.reader.ended => {
                    self.ended = true;
                    let rest = self.splitter.end();
                    match rest {
                        Rest::Unmatched(_) => self.warn_of_nul(),
                        Rest::Word { .. } => self.cut_at_nul(),
                    }
                    self.packer.last(rest)?
                }
                Found::Nothing => {
                    if self.reader.is_watched() && !self.reader.readable {
                        return Ok(None);
                    }
                    self.reader.fill()?;
                    self.packer.grown()?
                }
            };
            match step {
                Step::More => {}
                Step::Ended => self.ended = true,
                command @ Step::Command(_) => return Ok(Some(command)),
            }
        }
        Ok(Some(self.packer.rest().map_or(Step::Ended, Step::Command)))
    }

    fn cut_at_nul(&mut self) {
        if self.splitter.nul {
            self.packer.cut_at_nul();
            self.warn_of_nul();
        }
    }

    fn warn_of_nul(&mut self) {
        let nul = std::mem::take(&mut self.splitter.nul);
        if nul && self.warns && !std::mem::replace(&mut self.warned, true) {
            super::say(
                "WARNING: a NUL character occurred in the input.  It cannot be passed through in \
                 the argument list.  Did you mean to use the --null option?",
            );
        }
    }
}
