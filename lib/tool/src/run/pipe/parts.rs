//! Parts of files that are not read here: only where they are cut.

use super::records::{More, Records};
use std::collections::VecDeque;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::sync::Arc;

/// The end of a record is looked for in so much at first.
const WINDOW: usize = 64 << 10;

/// Files that are divided, one after the other.
#[derive(Debug)]
pub struct Parts {
    records: Records,
    files: VecDeque<Whole>,
}

/// A file, of which what lies before `at` has been given away.
#[derive(Debug)]
pub struct Whole {
    pub file: Arc<File>,
    pub name: String,
    /// What every part of it begins with.
    pub head: Arc<[u8]>,
    pub at: u64,
    pub end: u64,
    /// A part has at least so many bytes; at least one.
    pub block: u64,
}

/// A part: its file, and where it begins and ends.
pub type Part = (Arc<File>, Arc<[u8]>, (u64, u64));

impl Parts {
    /// Nothing given away yet.
    pub fn new(records: Records, files: Vec<Whole>) -> Self {
        Parts { records, files: files.into() }
    }

    /// The next part.
    ///
    /// # Errors
    /// The name of a file that cannot be read, and why.
    pub fn next(&mut self) -> Result<Option<Part>, (String, io::Error)> {
        while let Some(whole) = self.files.front_mut() {
            if whole.at >= whole.end {
                self.files.pop_front();
                continue;
            }
            let end = whole.cut(&self.records).map_err(|e| (whole.name.clone(), e))?;
            let part = (Arc::clone(&whole.file), Arc::clone(&whole.head), (whole.at, end));
            whole.at = end;
            return Ok(Some(part));
        }
        Ok(None)
    }
}

impl Whole {
    /// The first end of a record behind a full block.
    fn cut(&self, records: &Records) -> io::Result<u64> {
        let full = self.at.saturating_add(self.block);
        // as GNU parallel: what begins right there is cut off there
        let full = full - u64::from(records.begin_by_text());
        if full >= self.end {
            return Ok(self.end);
        }
        let mut window = WINDOW;
        loop {
            let mut bytes = vec![0; window];
            let count = read_at(&self.file, &mut bytes, full)?;
            let (bytes, last) = (&bytes[..count], full + count as u64 >= self.end);
            let more = if last || count == 0 { More::No } else { More::Perhaps };
            match records.next(bytes, 0, more) {
                Some(end) if matches!(records, Records::Bytes) => return Ok(full + end as u64 - 1),
                Some(end) => return Ok(full + end as u64),
                None if more == More::No => return Ok(self.end),
                None => window = window.saturating_mul(2),
            }
        }
    }
}

/// Reads until the buffer is full or the file ends.
///
/// # Errors
/// It cannot be read.
pub fn read_at(file: &File, buffer: &mut [u8], from: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], from + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
