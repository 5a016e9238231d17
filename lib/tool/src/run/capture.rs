//! Output that is kept until its turn comes: a little on the heap, then in a file in
//! memory, beyond the bound in one on disk. Neither file has a name, all captures share
//! them, and what has been printed is punched out.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;
use sys::fd;

/// On the heap, one stream of an attempt.
const HEAP_BYTES: usize = 64 << 10;

/// On the heap, all of them.
const ALL_HEAP_BYTES: usize = 2 << 20;

/// In memory, all of them, however it is held.
pub const MEMORY_BYTES: u64 = 64 << 20;

/// How much of an output's end is kept for the events.
pub const TAIL_BYTES: usize = 4 << 10;

/// So much is read back at a time.
const PIECE_BYTES: u64 = 128 << 10;

/// Captures have room in the files by so much, a multiple of any page.
const EXTENT_BYTES: u64 = 64 << 10;

/// One of the files that all captures share.
#[derive(Debug)]
struct Store {
    file: File,
    /// Where the next bytes go.
    end: u64,
    /// Bytes that wait in it.
    held: u64,
}

impl Store {
    fn new(file: File) -> Self {
        Store { file, end: 0, held: 0 }
    }

    /// Room for one capture alone, at its end.
    fn extent(&mut self) -> u64 {
        let at = self.end;
        self.end += EXTENT_BYTES;
        at
    }

    /// Whole extents are given back: a part of a page would be zeroed, which the reader
    /// of a pipe would see, since it gets the very pages.
    fn free(&mut self, piece: &Piece) {
        self.held -= piece.len;
        if self.held == 0 {
            // from the beginning again: the file is empty
            let _ = self.file.set_len(0);
            self.end = 0;
        } else {
            let _ = fd::punch_out(&self.file, piece.at, piece.room);
        }
    }
}

/// Which store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Memory,
    Disk,
}

/// Bytes in a store.
#[derive(Debug)]
struct Piece {
    kind: Kind,
    at: u64,
    len: u64,
    /// Bytes that it has room for.
    room: u64,
    /// Bytes that were taken out.
    read: u64,
}

/// The bound that all captures share, and the files.
#[derive(Debug)]
pub struct Budget {
    heap: usize,
    memory: Option<Store>,
    disk: Option<Store>,
    /// Bytes in memory that commands wrote to files of their own.
    pub elsewhere: u64,
    most_memory: u64,
    folder: PathBuf,
}

impl Budget {
    /// Nothing used; files on disk go to the folder.
    pub fn new(folder: PathBuf) -> Self {
        Budget {
            heap: 0,
            memory: None,
            disk: None,
            elsewhere: 0,
            most_memory: MEMORY_BYTES,
            folder,
        }
    }

    /// The store that takes so many bytes more.
    fn store_for(&mut self, bytes: u64) -> io::Result<Kind> {
        if self.elsewhere + self.in_memory() + bytes <= self.most_memory {
            if self.memory.is_none() {
                self.memory = Some(Store::new(fd::memory("output")?));
            }
            return Ok(Kind::Memory);
        }
        self.open_disk()?;
        Ok(Kind::Disk)
    }

    fn open_disk(&mut self) -> io::Result<()> {
        if self.disk.is_none() {
            self.disk = Some(Store::new(fd::unnamed_file(&self.folder)?));
        }
        Ok(())
    }

    /// Bytes in the file in memory.
    pub fn in_memory(&self) -> u64 {
        self.memory.as_ref().map_or(0, |store| store.held)
    }

    fn store(&mut self, kind: Kind) -> Option<&mut Store> {
        match kind {
            Kind::Memory => self.memory.as_mut(),
            Kind::Disk => self.disk.as_mut(),
        }
    }
}

/// What waits of one stream, in the order in which it is given out.
#[derive(Debug)]
pub enum Part<'a> {
    /// Bytes.
    Bytes(&'a [u8]),
    /// Bytes of a file: from where, and how many.
    File(&'a File, u64, u64),
}

impl Part<'_> {
    /// Gives its bytes out, piece by piece.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn each(&self, mut out: impl FnMut(&[u8])) -> io::Result<()> {
        let (file, mut at, mut left) = match self {
            Part::Bytes(bytes) => {
                out(bytes);
                return Ok(());
            }
            Part::File(file, at, len) => (file, *at, *len),
        };
        let mut buffer = vec![0u8; left.min(PIECE_BYTES) as usize];
        while left > 0 {
            let count = left.min(PIECE_BYTES) as usize;
            file.read_exact_at(&mut buffer[..count], at)?;
            out(&buffer[..count]);
            at += count as u64;
            left -= count as u64;
        }
        Ok(())
    }
}

/// One stream of one attempt.
#[derive(Debug, Default)]
pub struct Capture {
    heap: Vec<u8>,
    /// What came after that.
    pieces: Vec<Piece>,
}

impl Capture {
    /// Keeps bytes.
    ///
    /// # Errors
    /// Neither memory nor disk takes more.
    pub fn add(&mut self, budget: &mut Budget, bytes: &[u8]) -> io::Result<()> {
        let fits = self.heap.len() + bytes.len() <= HEAP_BYTES
            && budget.heap + bytes.len() <= ALL_HEAP_BYTES;
        if self.pieces.is_empty() && fits {
            budget.heap += bytes.len();
            self.heap.extend_from_slice(bytes);
            return Ok(());
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let len = (rest.len() as u64).min(EXTENT_BYTES);
            let kind = budget.store_for(len)?;
            let Some(store) = budget.store(kind) else { break };
            let taken = self.add_to(store, (kind, &rest[..len as usize]))?;
            rest = &rest[taken..];
        }
        Ok(())
    }

    /// Keeps bytes on disk.
    ///
    /// # Errors
    /// The disk takes no more.
    pub fn add_to_disk(&mut self, budget: &mut Budget, bytes: &[u8]) -> io::Result<()> {
        budget.open_disk()?;
        let Some(store) = budget.store(Kind::Disk) else { return Ok(()) };
        let mut rest = bytes;
        while !rest.is_empty() {
            let taken = self.add_to(store, (Kind::Disk, rest))?;
            rest = &rest[taken..];
        }
        Ok(())
    }

    /// Adds what has room in the last extent, or in a new one.
    fn add_to(&mut self, store: &mut Store, (kind, bytes): (Kind, &[u8])) -> io::Result<usize> {
        if self.pieces.last().is_none_or(|last| last.kind != kind || last.len == last.room) {
            let at = store.extent();
            match self.pieces.last_mut() {
                Some(last) if last.kind == kind && last.at + last.room == at => {
                    last.room += EXTENT_BYTES;
                }
                _ => self.pieces.push(Piece { kind, at, len: 0, room: EXTENT_BYTES, read: 0 }),
            }
        }
        let Some(last) = self.pieces.last_mut() else { return Ok(0) };
        let count = (bytes.len() as u64).min(last.room - last.len) as usize;
        if let Err(error) = store.file.write_all_at(&bytes[..count], last.at + last.len) {
            // its room is not kept: a store that is emptied begins again
            self.pieces.retain(|piece| piece.len > 0);
            return Err(error);
        }
        store.held += count as u64;
        last.len += count as u64;
        Ok(count)
    }

    /// Gives everything out, part by part, and forgets it.
    ///
    /// # Errors
    /// What `out` says.
    pub fn drain(
        &mut self,
        budget: &mut Budget,
        mut out: impl FnMut(Part<'_>) -> io::Result<()>,
    ) -> io::Result<()> {
        let heap = std::mem::take(&mut self.heap);
        budget.heap -= heap.len();
        let mut result = if heap.is_empty() { Ok(()) } else { out(Part::Bytes(&heap)) };
        for piece in std::mem::take(&mut self.pieces) {
            let Some(store) = budget.store(piece.kind) else { continue };
            if result.is_ok() {
                result = out(Part::File(&store.file, piece.at, piece.len));
            }
            store.free(&piece);
        }
        result
    }

    /// Takes the next bytes out, until there are none.
    ///
    /// # Errors
    /// The file cannot be read; what it has is lost.
    pub fn next(&mut self, budget: &mut Budget, bytes: &mut Vec<u8>) -> io::Result<bool> {
        if !self.heap.is_empty() {
            *bytes = std::mem::take(&mut self.heap);
            budget.heap -= bytes.len();
            return Ok(true);
        }
        let Some(first) = self.pieces.first_mut() else { return Ok(false) };
        let count = (first.len - first.read).min(PIECE_BYTES);
        let Some(store) = budget.store(first.kind) else { return Ok(false) };
        bytes.resize(count as usize, 0);
        let read = store.file.read_exact_at(bytes, first.at + first.read);
        first.read += count;
        if read.is_err() || first.read == first.len {
            store.free(first);
            self.pieces.remove(0);
        }
        read.map(|()| true)
    }

    /// Nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty() && self.pieces.is_empty()
    }

    /// What is kept, where it is little.
    pub fn on_heap(&self) -> Option<&[u8]> {
        self.pieces.is_empty().then_some(&self.heap)
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

    fn all_of(capture: &mut Capture, budget: &mut Budget) -> Vec<u8> {
        let mut have = Vec::new();
        let drained = capture.drain(budget, |part| part.each(|b| have.extend_from_slice(b)));
        drained.unwrap();
        assert!(capture.heap.is_empty() && capture.pieces.is_empty());
        have
    }

    #[test]
    fn what_does_not_fit_moves_on_and_comes_back_in_order() {
        let mut budget = Budget { most_memory: 500 << 10, ..Budget::new(std::env::temp_dir()) };
        let (mut one, mut two) = (Capture::default(), Capture::default());
        let (mut want_one, mut want_two) = (Vec::new(), Vec::new());
        for n in 0..300u32 {
            let bytes: Vec<u8> = (0..3000u32).map(|k| ((n * 7 + k) % 251) as u8).collect();
            one.add(&mut budget, &bytes).unwrap();
            two.add(&mut budget, &bytes[..1000]).unwrap();
            want_one.extend_from_slice(&bytes);
            want_two.extend_from_slice(&bytes[..1000]);
        }
        assert!(one.heap.len() <= HEAP_BYTES && two.heap.len() <= HEAP_BYTES);
        let held = |store: &Option<Store>| store.as_ref().map_or(0, |store| store.held);
        assert!(held(&budget.memory) <= 500 << 10);
        assert!(held(&budget.disk) > 0);
        assert_eq!(all_of(&mut one, &mut budget), want_one);
        // the place is free again, while others still wait
        let size = budget.memory.as_ref().unwrap().file.metadata().unwrap();
        assert!(std::os::unix::fs::MetadataExt::blocks(&size) * 512 <= 500 << 10);
        let (mut have, mut bytes) = (Vec::new(), Vec::new());
        while two.next(&mut budget, &mut bytes).unwrap() {
            have.extend_from_slice(&bytes);
        }
        assert_eq!(have, want_two);
        assert_eq!((budget.heap, held(&budget.memory), held(&budget.disk)), (0, 0, 0));
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
