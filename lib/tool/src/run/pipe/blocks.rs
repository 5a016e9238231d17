//! Makes the blocks, one after the other.

use super::block::{After, Block, Store, Way};
use super::parts::Parts;
use super::records::Records;
use super::split::Splitter;
use crate::fail::{Fail, reason};
use crate::run::attempt::PrivateDir;
use crate::run::feed::reader::Reader;
use crate::run::settings::pipe::{BlockHeader, Give, Seen};
use record::status;
use std::os::unix::ffi::OsStrExt as _;
use std::sync::Arc;

/// What comes next.
#[derive(Debug)]
pub enum Taken {
    Block(Block),
    /// Not yet: the loop must wait for the input.
    Later,
    End,
}

/// Where blocks come from.
#[derive(Debug)]
pub enum From {
    /// An input that is read.
    Stream(Box<Stream>),
    /// Files that are not.
    Parts(Parts),
    /// One for all jobs.
    Everything(Block),
}

/// An input that is read, and what stands behind each block of it.
#[derive(Debug)]
pub struct Stream {
    pub reader: Reader,
    pub splitter: Splitter,
    /// Until it has been found.
    pub header: BlockHeader,
    pub head: Vec<u8>,
    /// What is left out of the blocks.
    pub strip: Option<Records>,
    pub after: After,
}

/// Makes blocks.
#[derive(Debug)]
pub struct Blocks {
    pub from: From,
    store: Store,
    give: Give,
    /// Where their files are.
    folder: Option<PrivateDir>,
}

impl Blocks {
    /// Nothing read yet; a folder where blocks are given by name.
    pub fn new(from: From, store: Store, (give, folder): (Give, Option<PrivateDir>)) -> Self {
        Blocks { from, store, give, folder }
    }

    /// Every job gets the same, with its own arguments.
    pub fn is_one_for_all(&self) -> bool {
        matches!(self.from, From::Everything(_))
    }

    /// What stands for `{}`: its name; empty where it has none, and nothing at all
    /// for a part of a file, as with GNU parallel.
    pub fn arguments(&self, block: &Block) -> Vec<Vec<u8>> {
        match (&block.way, &self.from) {
            (Way::File(path) | Way::Fifo(path), _) => vec![path.as_os_str().as_bytes().to_vec()],
            (Way::Stdin, From::Parts(_)) => Vec::new(),
            (Way::Stdin, _) => vec![Vec::new()],
        }
    }

    /// The input that the loop must watch.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        match &mut self.from {
            From::Stream(stream) => Some(&mut stream.reader),
            From::Parts(_) | From::Everything(_) => None,
        }
    }

    /// The block of a job.
    ///
    /// # Errors
    /// The input cannot be read on, or a block cannot be kept.
    pub fn next(&mut self, seq: u64) -> Result<Taken, Fail> {
        let mut block = match &mut self.from {
            From::Everything(block) => block.clone(),
            From::Parts(parts) => {
                let next = parts.next();
                match next.map_err(|(name, e)| Fail::io(status::LOST, name, &e))? {
                    None => return Ok(Taken::End),
                    Some((file, head, place)) => {
                        let mut block = Block::of_file(file, place, After::End);
                        block.head = head;
                        block
                    }
                }
            }
            From::Stream(stream) => match stream.next(&self.store)? {
                Taken::Block(block) => block,
                other => return Ok(other),
            },
        };
        let path = |folder: &PrivateDir| folder.join(seq.to_string());
        block.way = match (self.give, self.folder.as_ref().map(path)) {
            (Give::File, Some(path)) => Way::File(path),
            (Give::Fifo, Some(path)) => Way::Fifo(path),
            _ => Way::Stdin,
        };
        Ok(Taken::Block(block))
    }

    /// The next block is not there, and may be read while the jobs run.
    pub fn wants_ahead(&self) -> bool {
        match &self.from {
            From::Stream(stream) => !stream.splitter.is_full(),
            From::Parts(_) | From::Everything(_) => false,
        }
    }

    /// Reads on, and waits for that: nothing runs.
    ///
    /// # Errors
    /// The input cannot be read on.
    pub fn fill(&mut self) -> Result<(), Fail> {
        match &mut self.from {
            From::Stream(stream) => stream.fill(),
            From::Parts(_) | From::Everything(_) => Ok(()),
        }
    }

    /// Reads of the next block what is there.
    ///
    /// # Errors
    /// The input cannot be read on.
    pub fn read_ahead(&mut self) -> Result<(), Fail> {
        let From::Stream(stream) = &mut self.from else { return Ok(()) };
        while !stream.splitter.is_full() && stream.may_read() {
            stream.fill()?;
        }
        Ok(())
    }
}

impl Stream {
    fn may_read(&self) -> bool {
        !self.reader.ended && (self.reader.readable || !self.reader.is_watched())
    }

    fn fill(&mut self) -> Result<(), Fail> {
        let count = self.reader.read_bytes(self.splitter.space())?;
        self.splitter.filled(count);
        self.splitter.ended = self.reader.ended;
        Ok(())
    }

    fn next(&mut self, store: &Store) -> Result<Taken, Fail> {
        loop {
            if self.find_head()
                && let Some(block) = self.splitter.next()
            {
                let bare = self.strip.as_ref().map(|records| records.strip(block));
                let kept = store.keep(&[&self.head, bare.as_deref().unwrap_or(block)]);
                let mut block = kept.map_err(|e| {
                    let what = format!("a block of the input cannot be kept: {}", reason(&e));
                    Fail::new(status::LOST, what)
                })?;
                block.after = self.after;
                return Ok(Taken::Block(block));
            }
            if self.splitter.ended {
                return Ok(Taken::End);
            }
            if !self.may_read() {
                return Ok(Taken::Later);
            }
            self.fill()?;
        }
    }

    /// Finds what every block begins with. False: more must be read for that.
    fn find_head(&mut self) -> bool {
        if matches!(self.header, BlockHeader::None) {
            return true;
        }
        let seen = match (self.splitter.ended, self.splitter.is_full()) {
            (true, _) => Seen::All,
            (false, true) => Seen::Block,
            (false, false) => Seen::Little,
        };
        let pending = self.splitter.pending();
        let Some(length) = self.header.length(pending, seen) else {
            return false;
        };
        self.head = pending[..length].to_vec();
        self.splitter.skip(length);
        self.header = BlockHeader::None;
        true
    }
}

/// The head that a file's parts have.
pub fn head_of(header: &BlockHeader, bytes: &[u8]) -> Arc<[u8]> {
    Arc::from(&bytes[..header.length(bytes, Seen::All).unwrap_or(0)])
}
