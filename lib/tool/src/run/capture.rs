//! Output that is kept until its turn comes: a little on the heap, then in a file in
//! memory, beyond the bound in one on disk. Neither file has a name, all captures share
//! them, and what has been printed is punched out.
//!
//! Where neither takes more, nothing is lost: what has just been read waits in the capture
//! itself, which is full then, and nobody reads on for it until there is room.

use super::scratch;
use crate::fail::reason;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use sys::fd;
use sys::proc::cgroup::Membership;

/// On the heap, one stream of an attempt.
const HEAP_BYTES: usize = 64 << 10;

/// On the heap, all of them.
const ALL_HEAP_BYTES: usize = 2 << 20;

/// In memory, all of them, however it is held, where the cgroup does not allow less.
const MEMORY_BYTES: u64 = 64 << 20;

/// Of what the cgroup may have, so much may be output that waits: one part of four.
const SHARE: u64 = 4;

/// How much of an output's end is kept for the events.
pub const TAIL_BYTES: usize = 4 << 10;

/// So much is read back at a time.
pub const PIECE_BYTES: u64 = 128 << 10;

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
    /// Known when some is needed.
    most_memory: Option<u64>,
    folder: PathBuf,
    /// Why there was no room the last time that some was wanted.
    refusal: Option<String>,
    /// Something has been given out since that was last asked.
    freed: bool,
    /// The folder could not be used, and another took its place.
    pub note: Option<String>,
}

impl Budget {
    /// Nothing used; files on disk go to the folder.
    pub fn new(folder: PathBuf) -> Self {
        Budget {
            heap: 0,
            memory: None,
            disk: None,
            elsewhere: 0,
            most_memory: None,
            folder,
            refusal: None,
            freed: false,
            note: None,
        }
    }

    /// How much may wait in memory: bytes.
    pub fn most_memory(&mut self) -> u64 {
        *self.most_memory.get_or_insert_with(|| {
            let own = Membership::own(Path::new("/proc"));
            let limit = own.and_then(|own| own.memory_limit()).unwrap_or(u64::MAX);
            MEMORY_BYTES.min(limit / SHARE)
        })
    }

    /// Why nothing more could be kept, if so it was.
    pub fn refusal(&self) -> Option<&str> {
        self.refusal.as_deref()
    }

    /// Whether room has been given back since the last question.
    pub fn take_freed(&mut self) -> bool {
        std::mem::take(&mut self.freed)
    }

    /// Somebody's bytes in memory, elsewhere, are fewer.
    pub fn note_freed(&mut self) {
        self.freed = true;
    }

    /// The stores that may take so many bytes more, the better one first.
    fn kinds(&mut self, bytes: u64) -> &'static [Kind] {
        if self.elsewhere + self.in_memory() + bytes <= self.most_memory() {
            &[Kind::Memory, Kind::Disk]
        } else {
            &[Kind::Disk]
        }
    }

    /// Bytes in the file in memory.
    pub fn in_memory(&self) -> u64 {
        self.memory.as_ref().map_or(0, |store| store.held)
    }

    fn open(&mut self, kind: Kind) -> io::Result<&mut Store> {
        match kind {
            Kind::Memory => {
                if self.memory.is_none() {
                    self.memory = Some(Store::new(fd::memory("output")?));
                }
            }
            Kind::Disk => {
                if self.disk.is_none() {
                    let (file, note) = scratch::unnamed_file(&self.folder)?;
                    self.note = self.note.take().or(note);
                    self.disk = Some(Store::new(file));
                }
            }
        }
        self.store(kind).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn store(&mut self, kind: Kind) -> Option<&mut Store> {
        match kind {
            Kind::Memory => self.memory.as_mut(),
            Kind::Disk => self.disk.as_mut(),
        }
    }

    fn free(&mut self, piece: &Piece) {
        self.freed = true;
        if let Some(store) = self.store(piece.kind) {
            store.free(piece);
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
    /// How many bytes it has.
    pub fn len(&self) -> u64 {
        match self {
            Part::Bytes(bytes) => bytes.len() as u64,
            Part::File(_, _, len) => *len,
        }
    }

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
    /// What came last and found no room: as much as was read at once.
    over: Vec<u8>,
}

/// How far something was given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// All of it.
    All,
    /// The rest later.
    Part,
}

impl Capture {
    /// Keeps bytes. What finds no room makes it full.
    pub fn add(&mut self, budget: &mut Budget, bytes: &[u8]) {
        let fits = self.heap.len() + bytes.len() <= HEAP_BYTES
            && budget.heap + bytes.len() <= ALL_HEAP_BYTES;
        if self.pieces.is_empty() && self.over.is_empty() && fits {
            budget.heap += bytes.len();
            self.heap.extend_from_slice(bytes);
            return;
        }
        if !self.over.is_empty() {
            self.over.extend_from_slice(bytes);
            return;
        }
        let kept = self.add_to_stores(budget, bytes);
        self.over.extend_from_slice(&bytes[kept..]);
    }

    /// No room was found for all of it: nothing should be added.
    pub fn is_full(&self) -> bool {
        !self.over.is_empty()
    }

    /// Looks for room once more; false where there is none.
    pub fn finds_room(&mut self, budget: &mut Budget) -> bool {
        if !self.over.is_empty() {
            let over = std::mem::take(&mut self.over);
            let kept = self.add_to_stores(budget, &over);
            self.over.extend_from_slice(&over[kept..]);
        }
        self.over.is_empty()
    }

    /// How many bytes found room.
    fn add_to_stores(&mut self, budget: &mut Budget, bytes: &[u8]) -> usize {
        let mut kept = 0;
        while kept < bytes.len() {
            let len = (bytes.len() - kept).min(EXTENT_BYTES as usize);
            let piece = &bytes[kept..kept + len];
            let kinds = budget.kinds(len as u64);
            let added = kinds.iter().find_map(|kind| self.add_to(budget, *kind, piece).ok());
            match added {
                Some(count) if count > 0 => kept += count,
                _ => return kept,
            }
        }
        kept
    }

    /// Keeps bytes on disk: how many.
    pub fn add_to_disk(&mut self, budget: &mut Budget, bytes: &[u8]) -> usize {
        let mut kept = 0;
        while self.over.is_empty() && kept < bytes.len() {
            match self.add_to(budget, Kind::Disk, &bytes[kept..]) {
                Ok(count) if count > 0 => kept += count,
                _ => break,
            }
        }
        kept
    }

    /// Adds what has room in the last extent, or in a new one.
    fn add_to(&mut self, budget: &mut Budget, kind: Kind, bytes: &[u8]) -> io::Result<usize> {
        let written = budget.open(kind).and_then(|store| self.write_to(store, (kind, bytes)));
        if let Err(error) = &written {
            budget.refusal = Some(reason(error));
        }
        written
    }

    fn write_to(&mut self, store: &mut Store, (kind, bytes): (Kind, &[u8])) -> io::Result<usize> {
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
        match write_at(&store.file, &bytes[..count], last.at + last.len) {
            Ok(written) => {
                store.held += written as u64;
                last.len += written as u64;
                Ok(written)
            }
            Err(error) => {
                // its room is not kept: a store that is emptied begins again
                self.pieces.retain(|piece| piece.len > 0);
                Err(error)
            }
        }
    }

    /// Gives out part by part what `out` takes, from the beginning on; what it has taken
    /// is forgotten, and what it takes only a part of ends it.
    ///
    /// # Errors
    /// What `out` says; the part is forgotten.
    pub fn give(
        &mut self,
        budget: &mut Budget,
        mut out: impl FnMut(Part<'_>) -> io::Result<u64>,
    ) -> io::Result<Given> {
        if !self.heap.is_empty() {
            let heap = std::mem::take(&mut self.heap);
            budget.heap -= heap.len();
            out(Part::Bytes(&heap))?;
        }
        while let Some(first) = self.pieces.first_mut() {
            let left = first.len - first.read;
            let Some(store) = budget.store(first.kind) else { break };
            let taken = out(Part::File(&store.file, first.at + first.read, left));
            first.read += *taken.as_ref().unwrap_or(&left);
            if first.read < first.len {
                return Ok(Given::Part);
            }
            let first = self.pieces.remove(0);
            budget.free(&first);
            taken?;
        }
        if !self.over.is_empty() {
            budget.freed = true;
            out(Part::Bytes(&std::mem::take(&mut self.over)))?;
        }
        Ok(Given::All)
    }

    /// Forgets everything.
    pub fn clear(&mut self, budget: &mut Budget) {
        budget.heap -= self.heap.len();
        self.heap = Vec::new();
        self.over = Vec::new();
        for piece in std::mem::take(&mut self.pieces) {
            budget.free(&piece);
        }
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
        let Some(first) = self.pieces.first_mut() else {
            *bytes = std::mem::take(&mut self.over);
            budget.freed |= !bytes.is_empty();
            return Ok(!bytes.is_empty());
        };
        let count = (first.len - first.read).min(PIECE_BYTES);
        let Some(store) = budget.store(first.kind) else { return Ok(false) };
        bytes.resize(count as usize, 0);
        let read = store.file.read_exact_at(bytes, first.at + first.read);
        first.read += count;
        if read.is_err() || first.read == first.len {
            let first = self.pieces.remove(0);
            budget.free(&first);
        }
        read.map(|()| true)
    }

    /// Nothing is kept.
    pub fn is_empty(&self) -> bool {
        self.heap.is_empty() && self.pieces.is_empty() && self.over.is_empty()
    }

    /// What is kept, where it is little.
    pub fn on_heap(&self) -> Option<&[u8]> {
        (self.pieces.is_empty() && self.over.is_empty()).then_some(&self.heap)
    }
}

/// One write, repeated where a signal has ended it before it began.
fn write_at(file: &File, bytes: &[u8], at: u64) -> io::Result<usize> {
    loop {
        match file.write_at(bytes, at) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            written => return written,
        }
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
        let given = capture.give(budget, |part| {
            part.each(|bytes| have.extend_from_slice(bytes)).map(|()| part.len())
        });
        assert_eq!(given.unwrap(), Given::All);
        assert!(capture.heap.is_empty() && capture.pieces.is_empty());
        have
    }

    #[test]
    fn what_does_not_fit_moves_on_and_comes_back_in_order() {
        let mut budget =
            Budget { most_memory: Some(500 << 10), ..Budget::new(std::env::temp_dir()) };
        let (mut one, mut two) = (Capture::default(), Capture::default());
        let (mut want_one, mut want_two) = (Vec::new(), Vec::new());
        for n in 0..300u32 {
            let bytes: Vec<u8> = (0..3000u32).map(|k| ((n * 7 + k) % 251) as u8).collect();
            one.add(&mut budget, &bytes);
            two.add(&mut budget, &bytes[..1000]);
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
    fn what_finds_no_room_waits_and_nothing_is_lost() {
        // no folder, so no disk
        let folder = std::env::temp_dir().join("no such folder of a test");
        let mut budget = Budget { most_memory: Some(128 << 10), ..Budget::new(folder) };
        budget.disk = Some(Store::new(File::open("/dev/null").unwrap()));
        let (mut one, mut two) = (Capture::default(), Capture::default());
        let bytes: Vec<u8> = (0..200_000u32).map(|n| (n % 249) as u8).collect();
        one.add(&mut budget, &bytes);
        assert!(one.is_full() && budget.refusal().is_some());
        two.add(&mut budget, &bytes);
        assert!(two.is_full());
        assert!(!two.finds_room(&mut budget) && !budget.take_freed());
        // as far as somebody takes it
        let mut have = Vec::new();
        let given = one.give(&mut budget, |part| {
            let before = have.len();
            part.each(|bytes| have.extend_from_slice(&bytes[..bytes.len().min(70_000)]))?;
            Ok((have.len() - before) as u64)
        });
        assert_eq!((given.unwrap(), have.len()), (Given::Part, 70_000));
        have.extend(all_of(&mut one, &mut budget));
        assert_eq!(have, bytes);
        assert!(budget.take_freed());
        assert_eq!(all_of(&mut two, &mut budget), bytes);
        assert_eq!((budget.heap, budget.in_memory()), (0, 0));
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
