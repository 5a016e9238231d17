//! An input that all jobs get, kept as far as it has been read.

use super::block::{After, Block};
use crate::fail::Fail;
use crate::run::feed::reader::Reader;
use record::status;
use std::fs::File;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use sys::fd;

/// So much is read at a time.
const READ_BYTES: usize = 256 << 10;

/// A file without a name that grows.
#[derive(Debug)]
pub struct Spool {
    pub reader: Reader,
    file: Arc<File>,
    /// What has been read so far.
    pub written: u64,
    buffer: Vec<u8>,
}

impl Spool {
    /// Nothing read yet.
    ///
    /// # Errors
    /// The folder takes no files.
    pub fn new(reader: Reader, folder: &Path) -> Result<Self, Fail> {
        let file = fd::unnamed_file(folder)
            .map_err(|e| Fail::io(status::LOST, folder.display().to_string(), &e))?;
        Ok(Spool { reader, file: Arc::new(file), written: 0, buffer: vec![0; READ_BYTES] })
    }

    /// What every job gets.
    pub fn block(&self) -> Block {
        Block::of_file(Arc::clone(&self.file), (0, 0), After::Spool)
    }

    /// Reads once, if that needs no waiting: false where it would.
    ///
    /// # Errors
    /// The input cannot be read, or the disk is full.
    pub fn read(&mut self) -> Result<bool, Fail> {
        if self.reader.is_watched() && !self.reader.readable {
            return Ok(false);
        }
        let count = self.reader.read_bytes(&mut self.buffer)?;
        self.file
            .write_all_at(&self.buffer[..count], self.written)
            .map_err(|e| Fail::io(status::LOST, "keeping the input for the jobs", &e))?;
        self.written += count as u64;
        Ok(true)
    }
}
