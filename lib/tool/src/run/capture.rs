//! Output that is kept until its turn comes: in memory up to a bound that all
//! share, beyond it in files without names.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::PathBuf;

/// Memory for output that waits, all operations together.
const MEMORY_BYTES: usize = 64 << 20;

/// So much of a file is read back at a time.
const PIECE_BYTES: usize = 256 << 10;

/// How much of an output's end is kept for the events.
pub const TAIL_BYTES: usize = 4 << 10;

/// The bound that all captures share.
#[derive(Debug)]
pub struct Budget {
    used: usize,
    folder: PathBuf,
}

impl Budget {
    /// Nothing used; files go to the folder.
    pub fn new(folder: PathBuf) -> Self {
        Budget { used: 0, folder }
    }
}

/// One stream of one attempt.
#[derive(Debug, Default)]
pub struct Capture {
    memory: Vec<u8>,
    file: Option<File>,
}

impl Capture {
    /// Keeps bytes.
    ///
    /// # Errors
    /// Neither memory nor disk takes more.
    pub fn add(&mut self, budget: &mut Budget, bytes: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            return file.write_all(bytes);
        }
        if budget.used + bytes.len() <= MEMORY_BYTES {
            budget.used += bytes.len();
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let mut file = sys::fd::unnamed_file(&budget.folder)?;
        file.write_all(&self.memory)?;
        file.write_all(bytes)?;
        budget.used -= self.memory.len();
        self.memory = Vec::new();
        self.file = Some(file);
        Ok(())
    }

    /// Takes everything out, to be given out piece by piece.
    pub fn take(&mut self, budget: &mut Budget) -> Pieces {
        let memory = std::mem::take(&mut self.memory);
        budget.used -= memory.len();
        Pieces { memory, file: self.file.take(), begun: Begun::No }
    }

    /// What is kept, where all of it is in memory.
    pub fn in_memory(&self) -> Option<&[u8]> {
        self.file.is_none().then_some(&self.memory)
    }

    /// Nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.memory.is_empty() && self.file.is_none()
    }
}

/// How far pieces have been given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Begun {
    No,
    Memory,
    File,
}

/// What a capture had kept.
#[derive(Debug)]
pub struct Pieces {
    memory: Vec<u8>,
    file: Option<File>,
    begun: Begun,
}

impl Pieces {
    /// The next piece, until there is none.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        if self.begun == Begun::No {
            self.begun = Begun::Memory;
            if !self.memory.is_empty() {
                return Ok(Some(&self.memory));
            }
        }
        let Some(file) = &mut self.file else { return Ok(None) };
        if self.begun == Begun::Memory {
            self.begun = Begun::File;
            self.memory.resize(PIECE_BYTES, 0);
            file.rewind()?;
        }
        let count = file.read(&mut self.memory)?;
        Ok((count > 0).then(|| &self.memory[..count]))
    }
}

/// The end of an output, for the events.
#[derive(Debug, Default)]
pub struct Tail {
    bytes: Vec<u8>,
}

impl Tail {
    /// Keeps the last [`TAIL_BYTES`].
    pub fn add(&mut self, bytes: &[u8]) {
        let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES)..];
        let keep = TAIL_BYTES - bytes.len();
        let drop = self.bytes.len().saturating_sub(keep);
        self.bytes.drain(..drop);
        self.bytes.extend_from_slice(bytes);
    }

    /// What was kept.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_goes_to_a_file_and_comes_back_in_order() {
        let mut budget = Budget::new(std::env::temp_dir());
        budget.used = MEMORY_BYTES - 10;
        let mut capture = Capture::default();
        let mut want = Vec::new();
        for byte in b'a'..=b'z' {
            capture.add(&mut budget, &[byte; 3]).unwrap();
            want.extend([byte; 3]);
        }
        assert!(capture.file.is_some());
        assert_eq!(budget.used, MEMORY_BYTES - 10);
        let mut have = Vec::new();
        let mut pieces = capture.take(&mut budget);
        while let Some(bytes) = pieces.next().unwrap() {
            have.extend_from_slice(bytes);
        }
        assert_eq!(have, want);
        assert!(capture.is_empty());
    }

    #[test]
    fn a_tail_is_the_end() {
        let mut tail = Tail::default();
        let all: Vec<u8> = (0..20_000u32).map(|n| (n % 251) as u8).collect();
        for piece in all.chunks(777) {
            tail.add(piece);
        }
        assert_eq!(*tail.bytes(), all[all.len() - TAIL_BYTES..]);
    }
}
