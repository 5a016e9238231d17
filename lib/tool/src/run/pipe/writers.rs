//! Gives the jobs their blocks: through pipes that are written as far as the jobs
//! read, or as files.

use super::block::{After, Block, Way};
use super::spool::Spool;
use crate::fail::{Fail, reason};
use engine::Key;
use std::collections::{HashMap, VecDeque};
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use sys::fd::{self, Pipe};
use sys::poller::{Poller, Want};

/// Pipes to jobs have tokens from here up, by the key of the job.
pub const TOKEN_WRITERS: usize = 1 << 41;
/// The input that all jobs get.
const TOKEN_SPOOL: usize = 1 << 42;

/// So much is moved into a pipe at a time, and so often before others have their turn.
const PIECE: usize = 1 << 20;
const PIECES: usize = 8;

/// A block on its way to a job.
#[derive(Debug)]
struct Writer {
    block: Block,
    /// How much of its head, and how far in its file.
    head_at: usize,
    at: u64,
    /// Our end of the pipe, until everything is in it.
    to: Option<OwnedFd>,
    /// The other end, where the job opens it by name.
    _from: Option<OwnedFd>,
    name: Option<PathBuf>,
    /// What the job gets, in bytes.
    bytes: u64,
}

/// How a turn of writing ended.
#[derive(PartialEq, Eq)]
enum Wrote {
    /// The pipe is full.
    Full,
    /// There is more, but others wait, too.
    Enough,
    /// Everything that is there.
    All,
    /// The job reads no more.
    Gone,
}

/// All blocks that are on their way.
#[derive(Debug, Default)]
pub struct Writers {
    writers: HashMap<Key, Writer>,
    /// Those that have written everything and may get more, in that order.
    hungry: VecDeque<Key>,
    spool: Option<Spool>,
    /// What could not be given to a job.
    pub lost: Vec<String>,
}

impl Writers {
    /// None yet; an input for all.
    pub fn new(spool: Option<Spool>) -> Self {
        Writers { spool, ..Writers::default() }
    }

    /// Begins to give a job its block: its standard input, where it has one.
    ///
    /// # Errors
    /// A lack of descriptors, or the disk's reasons.
    pub fn begin(&mut self, key: Key, block: &Block, poller: &Poller) -> io::Result<Option<File>> {
        self.end(key, poller);
        let mut writer = Writer {
            head_at: 0,
            at: block.from,
            to: None,
            _from: None,
            name: None,
            bytes: block.bytes(),
            block: block.clone(),
        };
        let (mut stdin, mut to) = (None, None);
        match &block.way {
            Way::Stdin => {
                let Pipe { read, write } = fd::feeding_pipe()?;
                (stdin, to) = (Some(File::from(read)), Some(write));
            }
            Way::File(path) => {
                writer.name = Some(path.clone());
                write_file(path, block).inspect_err(|_| {
                    let _ = std::fs::remove_file(path);
                })?;
            }
            Way::Fifo(path) => {
                let Pipe { read, write } = fd::feeding_pipe()?;
                let pipe = format!("/proc/{}/fd/{}", std::process::id(), read.as_raw_fd());
                std::os::unix::fs::symlink(pipe, path)?;
                writer.name = Some(path.clone());
                // kept: what was written before the job opens it must not get lost
                writer._from = Some(read);
                to = Some(write);
            }
        }
        if let Some(to) = to {
            // mostly all of it has room
            let wrote = write_on(block, &to, (&mut writer.head_at, &mut writer.at))?;
            if wrote != Wrote::All || block.after != After::End {
                poller.add(&to, TOKEN_WRITERS + key as usize, Want::Write)?;
                writer.to = Some(to);
            }
            if wrote == Wrote::All && block.after != After::End {
                self.hungry.push_back(key);
            }
        }
        self.writers.insert(key, writer);
        Ok(stdin)
    }

    /// How much a job gets.
    pub fn bytes(&self, key: Key) -> Option<u64> {
        self.writers.get(&key).map(|writer| writer.bytes)
    }

    /// A job's attempt is over: it gets no more.
    pub fn end(&mut self, key: Key, poller: &Poller) {
        let Some(writer) = self.writers.remove(&key) else { return };
        self.hungry.retain(|other| *other != key);
        if let Some(to) = &writer.to {
            let _ = poller.remove(to);
        }
        if let Some(name) = &writer.name {
            // the job may have moved it
            let _ = std::fs::remove_file(name);
        }
    }

    /// The loop says that a pipe has room, or that the input has bytes.
    pub fn ready(&mut self, token: usize, poller: &Poller) {
        if token == TOKEN_SPOOL {
            if let Some(spool) = &mut self.spool {
                spool.reader.readable = true;
            }
        } else if let Ok(key) = Key::try_from(token - TOKEN_WRITERS)
            && !self.hungry.contains(&key)
        {
            self.write(key, poller);
        }
    }

    /// A job waits for another block.
    pub fn wants_block(&self) -> Option<Key> {
        self.hungry.front().copied().filter(|_| self.spool.is_none())
    }

    /// Gives it one.
    pub fn give(&mut self, key: Key, block: Block, poller: &Poller) {
        self.hungry.retain(|other| *other != key);
        if let Some(writer) = self.writers.get_mut(&key) {
            writer.bytes += block.bytes();
            (writer.head_at, writer.at) = (block.head.len(), block.from);
            writer.block = block;
            self.write(key, poller);
        }
    }

    /// There is nothing more for those that wait.
    pub fn close_hungry(&mut self, poller: &Poller) {
        for key in std::mem::take(&mut self.hungry) {
            self.close(key, poller);
        }
    }

    /// Reads on the input that all jobs get, while one of them has read everything.
    ///
    /// # Errors
    /// It cannot be read on: the jobs get no more.
    pub fn pump(&mut self, poller: &Poller) -> Result<(), Fail> {
        let Some(mut spool) = self.spool.take() else { return Ok(()) };
        let mut read = Ok(true);
        while !self.hungry.is_empty() && !spool.reader.ended && matches!(read, Ok(true)) {
            read = spool.read();
            for key in std::mem::take(&mut self.hungry) {
                if let Some(writer) = self.writers.get_mut(&key) {
                    writer.bytes += spool.written - writer.block.to;
                    writer.block.to = spool.written;
                    self.write(key, poller);
                }
            }
        }
        spool.reader.ended |= read.is_err();
        if spool.reader.ended {
            self.catch_up(&spool, poller);
        } else if !self.hungry.is_empty()
            && poller.again(&spool.reader, TOKEN_SPOOL, Want::Read).is_err()
        {
            let _ = poller.add(&spool.reader, TOKEN_SPOOL, Want::Read);
        }
        self.spool = Some(spool);
        read.map(|_| ())
    }

    /// The input has ended: those that have all of it are done.
    fn catch_up(&mut self, spool: &Spool, poller: &Poller) {
        for key in std::mem::take(&mut self.hungry) {
            let Some(writer) = self.writers.get_mut(&key) else { continue };
            if writer.block.to == spool.written {
                self.close(key, poller);
            } else {
                writer.bytes += spool.written - writer.block.to;
                writer.block.to = spool.written;
                self.write(key, poller);
            }
        }
        let all: Vec<Key> = std::mem::take(&mut self.hungry).into();
        for key in all {
            self.close(key, poller);
        }
    }

    fn close(&mut self, key: Key, poller: &Poller) {
        if let Some(to) = self.writers.get_mut(&key).and_then(|writer| writer.to.take()) {
            let _ = poller.remove(&to);
        }
    }

    fn write(&mut self, key: Key, poller: &Poller) {
        let Some(writer) = self.writers.get_mut(&key) else { return };
        let Some(to) = &writer.to else { return };
        let more = writer.block.after != After::End;
        match write_on(&writer.block, to, (&mut writer.head_at, &mut writer.at)) {
            Ok(Wrote::Full) => {}
            Ok(Wrote::Enough) => {
                let _ = poller.again(to, TOKEN_WRITERS + key as usize, Want::Write);
            }
            Ok(Wrote::All) if more => self.hungry.push_back(key),
            // a job need not read everything
            Ok(Wrote::All | Wrote::Gone) => self.close(key, poller),
            Err(error) => {
                self.lost.push(format!("the input of a job: {}; it is incomplete", reason(&error)));
                self.close(key, poller);
            }
        }
    }
}

/// Writes what the pipe takes.
fn write_on(
    block: &Block,
    to: &OwnedFd,
    (head_at, at): (&mut usize, &mut u64),
) -> io::Result<Wrote> {
    for _ in 0..PIECES {
        let head = &block.head[*head_at..];
        let left = usize::try_from(block.to - *at).unwrap_or(usize::MAX);
        if head.is_empty() && left == 0 {
            return Ok(Wrote::All);
        }
        let moved = if head.is_empty() {
            fd::splice_some(&block.file, *at, to, left.min(PIECE))
        } else {
            fd::write_some(to, head)
        };
        match moved {
            Ok(None) => return Ok(Wrote::Full),
            Ok(Some(0)) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(Some(count)) if head.is_empty() => *at += count as u64,
            Ok(Some(count)) => *head_at += count,
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(Wrote::Gone),
            Err(error) => return Err(error),
        }
    }
    Ok(Wrote::Enough)
}

/// A file of its own for a block, 0600.
fn write_file(path: &Path, block: &Block) -> io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(&block.head)?;
    let mut buffer = vec![0; PIECE.min((block.to - block.from) as usize)];
    let mut at = block.from;
    while at < block.to {
        let left = usize::try_from(block.to - at).unwrap_or(usize::MAX).min(buffer.len());
        match block.file.read_at(&mut buffer[..left], at)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                file.write_all(&buffer[..count])?;
                at += count as u64;
            }
        }
    }
    Ok(())
}
