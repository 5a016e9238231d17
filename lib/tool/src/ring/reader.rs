//! Reading a ring, oldest record first, one segment in memory at a time.

use super::layout::{
    self, MAGIC, Plan, RECORD_HEAD_BYTES, SEGMENT_HEAD_BYTES, SegmentHead, Storage,
};
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsFd as _;
use zstd::bulk::Decompressor;

/// No record is longer, so that a few bytes cannot become many.
pub const MOST_LINE: usize = 4 << 20;

/// The lines of a ring, as a stream of bytes.
pub struct Reader<S> {
    storage: S,
    plan: Plan,
    /// Segments still to be read, newest first.
    left: Vec<SegmentHead>,
    segment: Segment,
    line: Vec<u8>,
    taken: usize,
}

impl<S: Storage> Reader<S> {
    /// A reader of a whole ring.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(storage: S) -> Result<Self, String> {
        let plan = Plan::read(&storage)?;
        let mut left = heads(&storage, &plan);
        left.reverse();
        let segment = Segment::default();
        Ok(Reader { storage, plan, left, segment, line: Vec::new(), taken: 0 })
    }

    /// The next line, newline included; `None` at the end.
    pub fn next_line(&mut self) -> Option<&[u8]> {
        loop {
            if self.segment.next(&mut self.line) {
                return Some(&self.line);
            }
            let head = self.left.pop()?;
            // one that cannot be read, or was begun anew meanwhile, has no records
            self.segment.load(&self.storage, &self.plan, head);
        }
    }
}

impl<S: Storage> Read for Reader<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.line.len() {
            self.taken = 0;
            if self.next_line().is_none() {
                self.line.clear();
                return Ok(0);
            }
        }
        let rest = &self.line[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// The heads of all sound segments that belong to the last round, oldest first.
pub fn heads(storage: &impl Storage, plan: &Plan) -> Vec<SegmentHead> {
    let mut bytes = [0; SEGMENT_HEAD_BYTES];
    let mut heads = Vec::new();
    for at in 1..=u64::from(plan.segments) {
        let place = plan.place(at);
        if storage.read_at(place, &mut bytes).is_ok()
            && let Some(head) = SegmentHead::read(&bytes)
            && plan.place(head.number) == place
        {
            heads.push(head);
        }
    }
    heads.sort_unstable_by_key(|head| head.number);
    let newest = heads.last().map_or(0, |head| head.number);
    heads.retain(|head| head.number + u64::from(plan.segments) > newest);
    heads
}

/// One segment in memory, and how far it has been read.
#[derive(Default)]
pub struct Segment {
    bytes: Vec<u8>,
    /// Where the next record stands.
    at: usize,
    /// Checksum of the record before.
    sum: u32,
    /// The first record, with which the others were compressed.
    key: Vec<u8>,
    unpack: Option<Decompressor<'static>>,
}

impl Segment {
    /// Reads a segment in; it is empty where its head is no longer this one.
    pub fn load(&mut self, storage: &impl Storage, plan: &Plan, head: SegmentHead) {
        self.bytes.resize(plan.segment as usize, 0);
        (self.at, self.sum) = (SEGMENT_HEAD_BYTES, head.sum);
        self.key.clear();
        let read = storage.read_at(plan.place(head.number), &mut self.bytes);
        if read.is_err() || SegmentHead::read(&self.bytes) != Some(head) {
            self.bytes.clear();
        }
    }

    /// Puts the next record into the line; false at the end, or where one is torn.
    pub fn next(&mut self, line: &mut Vec<u8>) -> bool {
        line.clear();
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let Some((packed, sum)) = layout::record_at(rest, self.sum) else { return false };
        let unpack = match &mut self.unpack {
            Some(unpack) => unpack,
            empty => match Decompressor::new() {
                Ok(unpack) => empty.insert(unpack),
                Err(_) => return false,
            },
        };
        // an empty dictionary takes that of the segment before away
        if self.key.is_empty() && unpack.set_dictionary(&[]).is_err() {
            return false;
        }
        let most = Decompressor::upper_bound(packed).unwrap_or(MOST_LINE).min(MOST_LINE);
        match unpack.decompress(packed, most) {
            Ok(bytes) => line.extend_from_slice(&bytes),
            Err(_) => return false,
        }
        if self.key.is_empty() {
            self.key.extend_from_slice(line);
            if unpack.set_dictionary(&self.key).is_err() {
                return false;
            }
        }
        (self.at, self.sum) = (self.at + RECORD_HEAD_BYTES + packed.len(), sum);
        true
    }

    /// Where the next record would go, the checksum before it, and the first record.
    pub fn end(self) -> (usize, u32, Vec<u8>) {
        (self.at, self.sum, self.key)
    }
}

/// The lines of a file that is a ring; `None` where it is none. `-` is standard input, which
/// must be the file itself.
///
/// # Errors
/// It is a ring that cannot be read; why, in words.
pub fn open(name: &str) -> Result<Option<Reader<File>>, String> {
    let file = match name {
        "-" => std::io::stdin().as_fd().try_clone_to_owned().map(File::from),
        // opening a pipe would take something from it
        path if std::fs::metadata(path).is_ok_and(|meta| meta.is_file()) => File::open(path),
        _ => return Ok(None),
    };
    let mut begin = [0; MAGIC.len()];
    match file {
        Ok(file) if file.read_at(0, &mut begin).is_ok() && begin == *MAGIC => {
            Reader::new(file).map(Some)
        }
        // it is no ring, or whoever opens it next says what is wrong
        _ => Ok(None),
    }
}
