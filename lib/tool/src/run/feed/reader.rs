//! Reading an input without ever waiting for it outside of the loop.

use crate::fail::Fail;
use crate::input::{BYTE_ORDER_MARK, refuse_compressed};
use record::{Lines, status};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::path::Path;
use sys::fd::{self, Descriptor, Kind};

const READ_BYTES: usize = 64 << 10;

/// What an input has.
#[derive(Debug)]
pub enum Line {
    /// A line with its number.
    Is(u64, Vec<u8>),
    /// Nothing yet.
    Later,
    /// No more.
    End,
}

/// An input that is cut into lines.
#[derive(Debug)]
pub struct Reader {
    source: Descriptor,
    /// How it is called in messages.
    pub name: String,
    kind: Kind,
    /// What was read and not used.
    pub lines: Lines,
    /// Nothing more will come.
    pub ended: bool,
    /// The loop has said that there is something.
    pub readable: bool,
}

impl Reader {
    /// Standard input, or a file.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn open(path: Option<&Path>, separator: u8, max_line: usize) -> Result<Self, Fail> {
        let (source, name) = match path {
            None => {
                let own =
                    fd::keep(0).map_err(|e| Fail::io(status::LOST, crate::input::STDIN, &e))?;
                (own, crate::input::STDIN.to_string())
            }
            Some(path) => {
                let name = path.display().to_string();
                let file = File::open(path).map_err(|e| Fail::io(status::LOST, &name, &e))?;
                if file.metadata().is_ok_and(|meta| meta.is_dir()) {
                    return Err(Fail::new(
                        status::LOST,
                        format!("{name}: is a folder; name a file"),
                    ));
                }
                (Descriptor::Own(OwnedFd::from(file)), name)
            }
        };
        let kind = fd::kind(source.as_raw_fd());
        let lines = Lines::new(separator, max_line);
        Ok(Reader { source, name, kind, lines, ended: false, readable: false })
    }

    /// It can be watched; a file is always ready.
    pub fn is_watched(&self) -> bool {
        self.kind != Kind::File
    }

    /// One read: waits where nothing is there, so only when the loop has said so.
    ///
    /// # Errors
    /// The read failed, or a line is too long.
    pub fn fill(&mut self) -> Result<(), Fail> {
        let mut buffer = [0u8; READ_BYTES];
        self.readable = false;
        match fd::read_some(&self.source, &mut buffer) {
            Ok(Some(0)) => self.ended = true,
            Ok(Some(count)) => self.lines.push(&buffer[..count]),
            Ok(None) => {}
            Err(error) => return Err(self.broken(&error)),
        }
        if self.lines.too_long() {
            let (name, line) = (&self.name, self.lines.next_number());
            let what = format!("{name}:{line}: longer than --max-line; is it one line?");
            return Err(Fail::new(status::LOST, what));
        }
        Ok(())
    }

    /// One read of bytes that are no lines, under the same condition: how many came.
    ///
    /// # Errors
    /// The read failed.
    pub fn read_bytes(&mut self, space: &mut [u8]) -> Result<usize, Fail> {
        self.readable = false;
        match fd::read_some(&self.source, space) {
            Ok(Some(0)) => {
                self.ended = true;
                Ok(0)
            }
            Ok(count) => Ok(count.unwrap_or(0)),
            Err(error) => {
                let (name, reason) = (&self.name, crate::fail::reason(&error));
                Err(Fail::new(
                    status::LOST,
                    format!("{name}: {reason}; the rest of it was not read"),
                ))
            }
        }
    }

    fn broken(&self, error: &io::Error) -> Fail {
        let count = self.lines.next_number() - 1;
        let reason = crate::fail::reason(error);
        let name = &self.name;
        Fail::new(
            status::LOST,
            format!("{name}: {reason}; the list is incomplete after {count} lines"),
        )
    }

    /// The next line if it is there.
    pub fn next_line(&mut self) -> Option<(u64, Vec<u8>)> {
        if let Some(line) = self.lines.next_line() {
            return Some((line.number, line.bytes.to_vec()));
        }
        if self.ended {
            return self.lines.rest().map(|line| (line.number, line.bytes.to_vec()));
        }
        None
    }

    /// A line if it is there; reads once if the loop has said that it may.
    ///
    /// # Errors
    /// The read failed, or a line is too long.
    pub fn next_or_fill(&mut self) -> Result<Line, Fail> {
        loop {
            if let Some((number, bytes)) = self.next_line() {
                return Ok(Line::Is(number, bytes));
            }
            if self.ended {
                return Ok(Line::End);
            }
            if self.is_watched() && !self.readable {
                return Ok(Line::Later);
            }
            self.fill()?;
        }
    }

    /// The first non-blank bytes look like those of an operation. Waits for them.
    ///
    /// # Errors
    /// The read failed, or the input is compressed.
    pub fn begins_like_operations(&mut self) -> Result<bool, Fail> {
        loop {
            let pending = self.lines.pending();
            refuse_compressed(pending, (&self.name, status::LOST))?;
            let pending = pending.strip_prefix(BYTE_ORDER_MARK).unwrap_or(pending);
            let mut bytes = pending.iter().filter(|b| !b.is_ascii_whitespace());
            match (bytes.next(), bytes.next()) {
                (Some(b'{'), Some(next)) => return Ok(*next == b'"'),
                (Some(b'{'), None) | (None, _) if !self.ended => self.fill()?,
                _ => return Ok(false),
            }
        }
    }
}

impl AsRawFd for Reader {
    fn as_raw_fd(&self) -> RawFd {
        self.source.as_raw_fd()
    }
}
