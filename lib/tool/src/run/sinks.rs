//! Standard output, standard error and the events. What is one file is one sink,
//! so that nothing is written into the middle of something else.

use super::capture::Part;
use super::output::Waits;
use super::sink::Sink;
use std::io;
use std::os::fd::{AsRawFd as _, RawFd};
use sys::poller::Poller;

/// Sinks that there can be: each has a token of its own.
pub const SINKS: usize = 4;

/// Which of our outputs a stream goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum To {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Where everything goes.
#[derive(Debug)]
pub struct Sinks {
    sinks: Vec<Sink>,
    first_token: usize,
    out: usize,
    err: usize,
    events: Vec<usize>,
    /// A live line stands on the terminal that is standard error.
    line: bool,
}

impl Sinks {
    /// Standard output and error; their tokens begin at `first_token`.
    ///
    /// # Errors
    /// One of them is closed.
    pub fn new(first_token: usize) -> io::Result<Self> {
        let mut sinks = Sinks {
            sinks: Vec::new(),
            first_token,
            out: 0,
            err: 0,
            events: Vec::new(),
            line: false,
        };
        sinks.out = sinks.add(1, "standard output")?;
        sinks.err = sinks.add(2, "standard error")?;
        Ok(sinks)
    }

    /// The events go to this descriptor, too.
    ///
    /// # Errors
    /// It is closed.
    pub fn add_events(&mut self, target: RawFd, name: &str) -> io::Result<()> {
        let at = self.add(target, name)?;
        if !self.events.contains(&at) {
            self.events.push(at);
        }
        Ok(())
    }

    fn add(&mut self, target: RawFd, name: &str) -> io::Result<usize> {
        let same = |sink: &Sink| sys::fd::same_file(sink.as_raw_fd(), target);
        if let Some(at) = self.sinks.iter().position(same) {
            return Ok(at);
        }
        self.sinks.push(Sink::new(target, name, self.first_token + self.sinks.len())?);
        Ok(self.sinks.len() - 1)
    }

    fn at(&self, to: To) -> usize {
        match to {
            To::Out => self.out,
            To::Err => self.err,
        }
    }

    /// A person looks at this output.
    pub fn is_terminal(&self, to: To) -> bool {
        self.sinks[self.at(to)].is_terminal()
    }

    /// What was last written to this output ended a line.
    pub fn line_ended(&self, to: To) -> bool {
        self.sinks[self.at(to)].line_ended()
    }

    /// Draws the live line, in place of the last one.
    pub fn show_line(&mut self, poller: &Poller, line: &[u8]) {
        self.sinks[self.err].draw(poller, b"\n", line);
        self.line = true;
    }

    /// The live line stands, and nothing has been written since.
    pub fn has_line(&self) -> bool {
        self.line
    }

    /// What is written next goes below the live line.
    pub fn leave_line(&mut self) {
        self.line = false;
    }

    /// Takes the live line away.
    pub fn clear_line(&mut self, poller: &Poller) {
        if std::mem::take(&mut self.line) {
            self.sinks[self.err].draw(poller, b"", b"\r\x1b[K");
        }
    }

    /// Makes room where the live line stands.
    fn make_room(&mut self, poller: &Poller, at: usize) {
        if self.line && self.sinks[at].is_terminal() {
            self.clear_line(poller);
        }
    }

    /// Adds output.
    pub fn write(&mut self, poller: &Poller, to: To, bytes: &[u8]) {
        let at = self.at(to);
        self.make_room(poller, at);
        self.sinks[at].write(poller, bytes);
    }

    /// Adds output that was kept, as far as the reader takes it: how many bytes.
    ///
    /// # Errors
    /// It cannot be read back.
    pub fn send(&mut self, poller: &Poller, to: To, part: Part<'_>) -> io::Result<u64> {
        let at = self.at(to);
        self.sinks[at].send(poller, part)
    }

    /// Adds whole lines: records, or notes for people.
    pub fn write_lines(&mut self, poller: &Poller, to: To, lines: &[u8]) {
        let at = self.at(to);
        self.make_room(poller, at);
        self.sinks[at].write_lines(poller, lines);
    }

    /// Adds records to the events.
    pub fn record(&mut self, poller: &Poller, lines: &[u8]) {
        for at in self.events.clone() {
            self.make_room(poller, at);
            self.sinks[at].write_lines(poller, lines);
        }
    }

    /// The loop says that there is room.
    pub fn continue_writing(&mut self, poller: &Poller, token: usize) {
        if let Some(sink) = self.sinks.get_mut(token - self.first_token) {
            sink.continue_writing(poller);
        }
    }

    /// A reader stands still.
    pub fn is_congested(&self) -> bool {
        self.sinks.iter().any(Sink::is_congested)
    }

    /// The reader of this output stands still.
    pub fn is_congested_at(&self, to: To) -> bool {
        self.sinks[self.at(to)].is_congested()
    }

    /// Something waits for a reader.
    pub fn is_pending(&self) -> bool {
        self.sinks.iter().any(Sink::is_pending)
    }

    /// Something waits for a reader, and the kernel does not tell when there is room: the
    /// token of its sink.
    pub fn unwatched(&self) -> Option<usize> {
        let at = self.sinks.iter().position(Sink::is_unwatched)?;
        Some(self.first_token + at)
    }

    /// The run is over: what files on full disks do not take now is lost.
    pub fn end(&mut self, poller: &Poller) {
        self.sinks.iter_mut().for_each(|sink| sink.end(poller));
    }

    /// Those that wait for room on a disk and of which that was not told yet.
    pub fn waiting(&mut self) -> impl Iterator<Item = Waits<'_>> {
        self.sinks.iter_mut().filter_map(Sink::waits)
    }

    /// The reader of standard output has gone.
    pub fn reader_has_gone(&self) -> bool {
        self.sinks[self.out].is_broken_pipe()
    }

    /// What was lost, each said once. That nobody reads standard output any more is no loss.
    pub fn take_failures(&mut self) -> Vec<String> {
        let out = self.out;
        let heard = |(at, sink): (usize, &mut Sink)| {
            if at == out && sink.is_broken_pipe() { None } else { sink.take_failure() }
        };
        self.sinks.iter_mut().enumerate().filter_map(heard).collect()
    }
}
