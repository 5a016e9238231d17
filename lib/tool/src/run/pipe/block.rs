//! What one job gets, and where it is kept until the job has ended.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use sys::fd;

/// Blocks in memory take so much together; what is more is kept in files without a name.
const MEMORY_BYTES: u64 = 64 << 20;

/// How a job gets its block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// As standard input.
    Stdin,
    /// As a file of this name.
    File(PathBuf),
    /// As a FIFO of this name.
    Fifo(PathBuf),
}

/// What stands behind a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Its end.
    End,
    /// Other blocks.
    Blocks,
    /// What will have been read then.
    Spool,
}

/// A part of a file, for one job.
#[derive(Clone, Debug)]
pub struct Block {
    /// Comes before it.
    pub head: Arc<[u8]>,
    pub file: Arc<File>,
    pub from: u64,
    pub to: u64,
    pub after: After,
    pub way: Way,
    _held: Option<Arc<Held>>,
}

impl Block {
    /// A part of a file that is there anyway.
    pub fn of_file(file: Arc<File>, (from, to): (u64, u64), after: After) -> Self {
        Block { head: Arc::from([]), file, from, to, after, way: Way::Stdin, _held: None }
    }

    /// How much its job gets.
    pub fn bytes(&self) -> u64 {
        self.head.len() as u64 + (self.to - self.from)
    }
}

/// Memory that a block takes; given back when nobody has it any more.
#[derive(Debug)]
struct Held {
    bytes: u64,
    all: Arc<AtomicU64>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.all.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Keeps blocks.
#[derive(Debug)]
pub struct Store {
    in_memory: Arc<AtomicU64>,
    folder: PathBuf,
}

impl Store {
    /// Empty; a folder for what memory does not hold.
    pub fn new(folder: &Path) -> Self {
        Store { in_memory: Arc::default(), folder: folder.to_path_buf() }
    }

    /// Keeps a block of these pieces.
    ///
    /// # Errors
    /// Neither memory nor disk takes it.
    pub fn keep(&self, pieces: &[&[u8]]) -> io::Result<Block> {
        let bytes = pieces.iter().map(|piece| piece.len() as u64).sum();
        let fits = self.in_memory.load(Ordering::Relaxed) + bytes <= MEMORY_BYTES;
        let (file, held) = if fits {
            self.in_memory.fetch_add(bytes, Ordering::Relaxed);
            let held = Arc::new(Held { bytes, all: Arc::clone(&self.in_memory) });
            (fd::memory_file_of(pieces)?, Some(held))
        } else {
            (self.on_disk(pieces)?, None)
        };
        let block = Block::of_file(Arc::new(file), (0, bytes), After::End);
        Ok(Block { _held: held, ..block })
    }

    fn on_disk(&self, pieces: &[&[u8]]) -> io::Result<File> {
        use std::io::Write as _;
        let mut file = fd::unnamed_file(&self.folder)?;
        for piece in pieces {
            file.write_all(piece)?;
        }
        Ok(file)
    }
}
