//! Writing a ring.

use super::layout::{Plan, RECORD_HEAD_BYTES, SEGMENT_HEAD_BYTES, SegmentHead, Storage, sum};
use super::reader::{MOST_LINE, Segment, heads};
use record::Seconds;
use std::collections::VecDeque;
use std::io;
use zstd::bulk::Compressor;

/// Level of compression: more gains little on such short lines.
const LEVEL: i32 = 3;

/// How it went with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// It is in.
    Kept,
    /// It is in, and the ring reaches back less far than it should: this far.
    Short(Seconds),
    /// It is longer than a segment, and was left out.
    TooLong,
}

/// A ring that is being written.
pub struct Ring<S> {
    storage: S,
    plan: Plan,
    pack: Compressor<'static>,
    /// The newest segment; `None` before the first.
    current: Option<SegmentHead>,
    /// Where its next record goes.
    at: usize,
    /// Checksum of its last record.
    sum: u32,
    /// Begin of each segment that is there, oldest first.
    begins: VecDeque<Seconds>,
    buffer: Vec<u8>,
}

/// Length of a line that is compressed alone.
///
/// # Errors
/// There is no memory.
pub fn packed_length(line: &[u8]) -> io::Result<usize> {
    Ok(Compressor::new(LEVEL)?.compress(line)?.len())
}

impl<S: Storage> Ring<S> {
    /// Makes an empty ring of what is empty. The file must have its length already.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn create(mut storage: S, plan: Plan) -> io::Result<Self> {
        storage.write_at(0, &plan.block())?;
        storage.sync()?;
        Ring::begin(storage, plan)
    }

    fn begin(storage: S, plan: Plan) -> io::Result<Self> {
        let pack = Compressor::new(LEVEL)?;
        let begins = VecDeque::new();
        let buffer = Vec::new();
        Ok(Ring { storage, plan, pack, current: None, at: 0, sum: 0, begins, buffer })
    }

    /// Goes on with a ring that was written before; what is torn at its end is written over.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn resume(storage: S) -> Result<Self, String> {
        let plan = Plan::read(&storage)?;
        let words = |error: io::Error| error.to_string();
        let mut ring = Ring::begin(storage, plan).map_err(words)?;
        let heads = heads(&ring.storage, &plan);
        ring.begins = heads.iter().map(|head| head.time).collect();
        let Some(newest) = heads.last().copied() else { return Ok(ring) };
        let mut segment = Segment::default();
        segment.load(&ring.storage, &plan, newest);
        let mut line = Vec::new();
        while segment.next(&mut line) {}
        let (at, sum, key) = segment.end();
        (ring.at, ring.sum, ring.current) = (at, sum, Some(newest));
        // a segment whose first record is torn is begun anew, with a number of its own
        if key.is_empty() {
            ring.at = plan.segment as usize;
        } else {
            ring.pack.set_dictionary(LEVEL, &key).map_err(words)?;
        }
        Ok(ring)
    }

    /// What was decided when it was made.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Adds a line, newline included, that was made at a time.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn push(&mut self, line: &[u8], time: Seconds) -> io::Result<Pushed> {
        if line.len() > MOST_LINE {
            return Ok(Pushed::TooLong);
        }
        if self.current.is_some() {
            let packed = self.pack.compress(line)?;
            if self.at + RECORD_HEAD_BYTES + packed.len() <= self.plan.segment as usize {
                return self.append(&packed);
            }
        }
        self.next_segment(line, time)
    }

    fn append(&mut self, packed: &[u8]) -> io::Result<Pushed> {
        let Some(head) = self.current else { return Ok(Pushed::TooLong) };
        self.buffer.clear();
        let sum = self.put(packed, self.sum);
        self.storage.write_at(self.plan.place(head.number) + self.at as u64, &self.buffer)?;
        self.at += self.buffer.len();
        self.sum = sum;
        Ok(Pushed::Kept)
    }

    /// Puts a record into the buffer; gives its checksum.
    fn put(&mut self, packed: &[u8], before: u32) -> u32 {
        let sum = sum(before, packed);
        self.buffer.extend_from_slice(&(packed.len() as u32).to_le_bytes());
        self.buffer.extend_from_slice(&sum.to_le_bytes());
        self.buffer.extend_from_slice(packed);
        sum
    }

    fn next_segment(&mut self, line: &[u8], time: Seconds) -> io::Result<Pushed> {
        self.pack.set_dictionary(LEVEL, &[])?;
        let packed = self.pack.compress(line)?;
        let length = SEGMENT_HEAD_BYTES + RECORD_HEAD_BYTES + packed.len();
        if length > self.plan.segment as usize {
            if let Some(head) = self.current {
                self.take_up(head)?;
            }
            return Ok(Pushed::TooLong);
        }
        // what is full is on the disk before the oldest is given up
        if self.current.is_some() {
            self.storage.sync()?;
        }
        let number = self.current.map_or(1, |head| head.number + 1);
        let head = SegmentHead::new(number, time);
        self.buffer.clear();
        self.buffer.extend_from_slice(&head.bytes());
        let sum = self.put(&packed, head.sum);
        self.storage.write_at(self.plan.place(number), &self.buffer)?;
        (self.at, self.sum, self.current) = (self.buffer.len(), sum, Some(head));
        self.pack.set_dictionary(LEVEL, line)?;
        self.begins.push_back(time);
        if self.begins.len() <= self.plan.segments as usize {
            return Ok(Pushed::Kept);
        }
        self.begins.pop_front();
        let reach = self.begins.front().map_or(Seconds::ZERO, |oldest| time - *oldest);
        Ok(if reach < self.plan.keep { Pushed::Short(reach) } else { Pushed::Kept })
    }

    /// Takes up the dictionary of a segment again.
    fn take_up(&mut self, head: SegmentHead) -> io::Result<()> {
        let mut segment = Segment::default();
        segment.load(&self.storage, &self.plan, head);
        segment.next(&mut self.buffer);
        self.pack.set_dictionary(LEVEL, &self.buffer)
    }
}
