//! Putting arguments together to command lines, as xargs does. The words of a command
//! line lie one after the other in one piece of memory, each ended by a NUL byte: that
//! is how the splitter leaves them and how the command is started.

use super::args::{FAILED, Given, Until};
use super::limits::{LONGEST_ARGUMENT_BYTES, Limits, POINTER_BYTES};
use super::split::{LineEnd, Rest};
use crate::fail::Fail;
use memchr::memmem::Finder;

/// What an argument, or the end of the input, leads to.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    More,
    /// The words of a command.
    Command(Vec<u8>),
    /// The rest of the input does not count.
    Ended,
}

/// Collects arguments.
#[derive(Debug)]
pub struct Packer {
    until: Until,
    most_bytes: usize,
    kernel_bytes: usize,
    exit_if_too_long: bool,
    run_if_empty: bool,
    /// The argument that ends the input.
    end: Option<Vec<u8>>,
    finder: Finder<'static>,
    /// The command's own words.
    own: Vec<u8>,
    own_words: usize,
    /// Words of the next command, and of the argument that is being read: from `begin`.
    pub bytes: Vec<u8>,
    begin: usize,
    arguments: usize,
    lines: u64,
    commands: u64,
    /// What is wrong, when what was collected before has been run.
    failed: Option<Fail>,
}

fn wrong(what: impl Into<String>) -> Fail {
    Fail::new(FAILED, what)
}

impl Packer {
    /// For a command line; nothing collected yet.
    ///
    /// # Errors
    /// The command alone is too long.
    pub fn new(given: &Given, limits: &Limits, end: Option<Vec<u8>>) -> Result<Self, Fail> {
        let mut own = Vec::new();
        for word in &given.command {
            own.extend_from_slice(word);
            own.push(0);
        }
        if own.len() > given.most_bytes {
            return Err(wrong("cannot fit single argument within argument list size limit"));
        }
        let pattern = match &given.until {
            Until::Replaced(text) => text.as_slice(),
            _ => &[],
        };
        let replaces = matches!(given.until, Until::Replaced(_));
        if replaces && pattern.is_empty() {
            return Err(wrong("-I: write a text that is to be replaced, such as {}"));
        }
        let bytes = if replaces { Vec::new() } else { own.clone() };
        Ok(Packer {
            until: given.until.clone(),
            most_bytes: given.most_bytes,
            kernel_bytes: limits.kernel_bytes(),
            exit_if_too_long: given.exit_if_too_long,
            run_if_empty: given.run_if_empty && !replaces,
            end,
            finder: Finder::new(pattern).into_owned(),
            own_words: given.command.len(),
            own,
            begin: bytes.len(),
            bytes,
            arguments: 0,
            lines: 0,
            commands: 0,
            failed: None,
        })
    }

    fn replaces(&self) -> bool {
        matches!(self.until, Until::Replaced(_))
    }

    /// What went wrong after the last command.
    pub fn take_failure(&mut self) -> Option<Fail> {
        self.failed.take()
    }

    /// Bytes of an argument have been read.
    pub fn is_reading(&self) -> bool {
        self.bytes.len() > self.begin
    }

    /// The argument that is being read has grown.
    ///
    /// # Errors
    /// It is too long for any command line.
    pub fn grown(&mut self) -> Result<Step, Fail> {
        let own = if self.replaces() { 0 } else { self.own.len() };
        let length = self.bytes.len() - self.begin;
        if length > self.most_bytes.saturating_sub(own + 1) {
            return self.fail_after_the_rest(wrong("argument line too long"));
        }
        if length >= LONGEST_ARGUMENT_BYTES {
            let most = LONGEST_ARGUMENT_BYTES - 1;
            let what = format!("an argument of {length} bytes: no command takes more than {most}");
            return self.fail_after_the_rest(wrong(what));
        }
        Ok(Step::More)
    }

    /// A quote without an end.
    ///
    /// # Errors
    /// Where nothing was collected before it.
    pub fn unmatched(&mut self, kind: &str) -> Result<Step, Fail> {
        match self.grown()? {
            Step::More => {}
            other => return Ok(other),
        }
        self.fail_after_the_rest(wrong(format!(
            "unmatched {kind} quote; by default quotes are special to xargs unless you use \
             the -0 option"
        )))
    }

    /// Runs what was collected before the argument that is wrong, where that may be.
    fn fail_after_the_rest(&mut self, fail: Fail) -> Result<Step, Fail> {
        if self.replaces() || self.exit_if_too_long || self.arguments == 0 {
            return Err(fail);
        }
        self.failed = Some(fail);
        self.bytes.truncate(self.begin);
        Ok(self.flush())
    }

    /// The argument is complete.
    ///
    /// # Errors
    /// It is too long, or the command line with it.
    pub fn word(&mut self, line_end: LineEnd) -> Result<Step, Fail> {
        if self.end.as_deref() == Some(&self.bytes[self.begin..]) {
            self.bytes.truncate(self.begin);
            return Ok(Step::Ended);
        }
        self.add(line_end)
    }

    /// The rest of an argument behind a NUL byte, which no argument can have.
    pub fn cut_at_nul(&mut self) {
        if let Some(at) = memchr::memchr(0, &self.bytes[self.begin..]) {
            self.bytes.truncate(self.begin + at);
        }
    }

    fn add(&mut self, line_end: LineEnd) -> Result<Step, Fail> {
        match self.grown()? {
            Step::More => {}
            other => return Ok(other),
        }
        if self.replaces() {
            return self.replaced().map(Step::Command);
        }
        self.bytes.push(0);
        let pointers = (self.own_words + self.arguments + 1) * POINTER_BYTES;
        if self.bytes.len() > self.most_bytes || self.bytes.len() + pointers > self.kernel_bytes {
            if self.arguments == 0 || (self.exit_if_too_long && self.until != Until::Full) {
                return Err(wrong("argument list too long"));
            }
            let argument = self.bytes.split_off(self.begin);
            let full = self.flush();
            self.bytes.extend_from_slice(&argument);
            self.begin = self.bytes.len();
            self.arguments = 1;
            return Ok(full);
        }
        self.begin = self.bytes.len();
        self.arguments += 1;
        self.lines += u64::from(line_end == LineEnd::Yes);
        let full = match self.until {
            Until::Arguments(most) => self.arguments == most,
            Until::Lines(most) => self.lines >= most && line_end != LineEnd::No,
            Until::Full | Until::Replaced(_) => false,
        };
        Ok(if full { self.flush() } else { Step::More })
    }

    /// The command, with the line in the places of the text that it replaces.
    fn replaced(&mut self) -> Result<Vec<u8>, Fail> {
        let line = std::mem::take(&mut self.bytes);
        let mut command = Vec::with_capacity(self.own.len() + line.len());
        for (at, word) in self.own.split_inclusive(|byte| *byte == 0).enumerate() {
            let begin = command.len();
            let mut rest = word;
            // as findutils: the name of the command stays as it is
            while let Some(found) = self.finder.find(rest).filter(|_| at > 0) {
                command.extend_from_slice(&rest[..found]);
                command.extend_from_slice(&line);
                rest = &rest[found + self.finder.needle().len()..];
                if command.len() - begin >= self.most_bytes {
                    return Err(wrong("command too long"));
                }
            }
            command.extend_from_slice(rest);
        }
        let pointers = self.own_words * POINTER_BYTES;
        if command.len() > self.most_bytes || command.len() + pointers > self.kernel_bytes {
            return Err(wrong("argument list too long"));
        }
        self.commands += 1;
        self.bytes = line;
        self.bytes.clear();
        Ok(command)
    }

    fn flush(&mut self) -> Step {
        // the next one will be about as long
        let mut next = Vec::with_capacity(self.bytes.len() + self.bytes.len() / 16);
        next.extend_from_slice(&self.own);
        self.begin = next.len();
        self.arguments = 0;
        self.lines = 0;
        self.commands += 1;
        Step::Command(std::mem::replace(&mut self.bytes, next))
    }

    /// The input has ended in an argument. Then [`Packer::rest`].
    ///
    /// # Errors
    /// As those of [`Packer::word`] and [`Packer::unmatched`].
    pub fn last(&mut self, rest: Rest) -> Result<Step, Fail> {
        match rest {
            Rest::Unmatched(kind) => self.unmatched(kind),
            Rest::Word { alone: true } => self.word(LineEnd::No),
            Rest::Word { alone: false } => self.add(LineEnd::No),
        }
    }

    /// What is left to be run at the end.
    pub fn rest(&mut self) -> Option<Vec<u8>> {
        let wanted = self.arguments > 0 || (self.run_if_empty && self.commands == 0);
        match wanted.then(|| self.flush()) {
            Some(Step::Command(command)) => Some(command),
            _ => None,
        }
    }
}
