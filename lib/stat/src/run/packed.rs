//! Operations that have ended, packed: a graph of millions of operations fits into memory.
//!
//! Each field is a variable-length number (LEB128, negative ones zigzag); times count from the
//! operation before in the same record, ids stand once. A few dozen bytes hold what would take
//! hundreds as a value. A packed operation is found by its number: blocks have a fixed count, and
//! each operation in a block is behind its length.

use crate::run::cause::{Cause, Causes, Ledger};
use crate::run::history::Node;
use crate::run::slots::Before;
use alloc::collections::VecDeque;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::Seconds;

/// Operations of a block. More save memory, and take longer to step over.
const BLOCK: usize = 16;

/// Who had what an operation waited for longest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Behind<'a> {
    /// An operation that is kept, by its number.
    Kept(usize),
    /// Somebody else, by name; nobody where it is empty.
    Named(&'a str),
}

/// What is asked of an operation most often.
#[derive(Clone, Copy, Debug)]
pub struct Brief<'a> {
    /// The operation.
    pub id: &'a str,
    /// Its end.
    pub end: Seconds,
    /// Longest chain of needs up to its end, by durations.
    pub longest: Seconds,
}

/// Packed operations under consecutive numbers; the first ones can be forgotten.
#[derive(Clone, Debug, Default)]
pub struct Packed {
    blocks: VecDeque<Vec<u8>>,
    /// Number of the first operation of the first block, of the first one kept, and of the next.
    begin: usize,
    first: usize,
    next: usize,
    /// Times count from the end of the very first one.
    epoch: Option<Seconds>,
    scratch: Vec<u8>,
}

impl Packed {
    /// The number of the first one that is kept.
    pub fn first(&self) -> usize {
        self.first
    }

    /// The number that the next one will have.
    pub fn next(&self) -> usize {
        self.next
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.next - self.first
    }

    /// Adds an operation under the next number.
    pub fn push(&mut self, node: &Node, behind: Behind<'_>) {
        let epoch = *self.epoch.get_or_insert(node.end);
        let number = self.next;
        let mut out = core::mem::take(&mut self.scratch);
        out.clear();
        pack(&mut out, node, (epoch, number, behind));
        if (self.next - self.begin).is_multiple_of(BLOCK) {
            if let Some(full) = self.blocks.back_mut() {
                full.shrink_to_fit();
            }
            self.blocks.push_back(Vec::new());
        }
        if let Some(block) = self.blocks.back_mut() {
            put(block, out.len() as u64);
            block.extend_from_slice(&out);
        }
        self.scratch = out;
        self.next += 1;
    }

    /// Forgets the first one that is kept.
    pub fn forget(&mut self) {
        if self.first < self.next {
            self.first += 1;
        }
        if self.first - self.begin >= BLOCK {
            self.blocks.pop_front();
            self.begin += BLOCK;
        }
    }

    fn bytes(&self, number: usize) -> Option<Reader<'_>> {
        if !(self.first..self.next).contains(&number) {
            return None;
        }
        let place = number - self.begin;
        let mut reader = Reader { bytes: self.blocks.get(place / BLOCK)? };
        for _ in 0..place % BLOCK {
            let length = reader.take() as usize;
            reader.bytes = reader.bytes.get(length..)?;
        }
        let length = reader.take() as usize;
        Some(Reader { bytes: reader.bytes.get(..length)? })
    }

    /// What is asked most often of one that is kept.
    pub fn brief(&self, number: usize) -> Option<Brief<'_>> {
        let mut reader = self.bytes(number)?;
        let id = reader.text();
        let end = self.epoch? + reader.time();
        Some(Brief { id, end, longest: reader.time() })
    }

    /// All of one that is kept.
    pub fn node(&self, number: usize) -> Option<Node> {
        let mut reader = self.bytes(number)?;
        let id = reader.text().to_string();
        let end = self.epoch? + reader.time();
        let longest = reader.time();
        let start = end - reader.time();
        let ready = start - reader.time();
        let spawn = reader.time();
        let flags = reader.take();
        let parent =
            if flags & HAS_PARENT == 0 { None } else { Some(number - reader.take() as usize) };
        let waits = (0..reader.take()).map(|_| (reader.cause(), reader.time())).collect();
        let held = (0..reader.take()).map(|_| reader.cause()).collect();
        let behind = match reader.take() as usize {
            0 => reader.text().to_string(),
            back => {
                self.brief(number - back).map_or_else(String::new, |brief| brief.id.to_string())
            }
        };
        let slot = if parent.is_some() {
            Before::default()
        } else {
            Before { busy: reader.time(), idle: reader.time() }
        };
        let orphan = flags & IS_ORPHAN != 0;
        let late = flags & IS_LATE != 0;
        let stalled = if flags & WAS_STALLED == 0 { Seconds::ZERO } else { reader.time() };
        let waits = Ledger(waits);
        Some(Node {
            id,
            ready,
            start,
            end,
            waits,
            behind,
            parent,
            orphan,
            longest,
            held,
            slot,
            spawn,
            stalled,
            late,
        })
    }
}

const HAS_PARENT: u64 = 1;
const IS_ORPHAN: u64 = 2;
const IS_LATE: u64 = 4;
const WAS_STALLED: u64 = 8;

/// What a slot did before is wanted of operations without a parent alone.
fn pack(out: &mut Vec<u8>, node: &Node, (epoch, number, by): (Seconds, usize, Behind<'_>)) {
    // no field is forgotten: a new one does not compile until it is packed
    let Node {
        id,
        ready,
        start,
        end,
        waits,
        behind: _,
        parent,
        orphan,
        longest,
        held,
        slot,
        spawn,
        stalled,
        late,
    } = node;
    put_text(out, id);
    put_time(out, *end - epoch);
    put_time(out, *longest);
    put_time(out, *end - *start);
    put_time(out, *start - *ready);
    put_time(out, *spawn);
    let parent = parent.filter(|parent| *parent < number);
    let flag = |set: bool, flag: u64| if set { flag } else { 0 };
    let was_stalled = *stalled > Seconds::ZERO;
    let ended = flag(*late, IS_LATE) | flag(was_stalled, WAS_STALLED);
    put(out, flag(parent.is_some(), HAS_PARENT) | flag(*orphan, IS_ORPHAN) | ended);
    if let Some(parent) = parent {
        put(out, (number - parent) as u64);
    }
    put(out, waits.0.len() as u64);
    for (cause, time) in &waits.0 {
        put(out, Causes::place(*cause) as u64);
        put_time(out, *time);
    }
    put(out, held.len() as u64);
    held.iter().for_each(|cause| put(out, Causes::place(*cause) as u64));
    match by {
        Behind::Kept(other) if other < number => put(out, (number - other) as u64),
        Behind::Kept(_) => {
            put(out, 0);
            put_text(out, "");
        }
        Behind::Named(name) => {
            put(out, 0);
            put_text(out, name);
        }
    }
    if parent.is_none() {
        put_time(out, slot.busy);
        put_time(out, slot.idle);
    }
    if was_stalled {
        put_time(out, *stalled);
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn put_time(out: &mut Vec<u8>, time: Seconds) {
    let micros = time.as_micros();
    put(out, (micros.wrapping_shl(1) ^ (micros >> 63)) as u64);
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Takes fields in the order in which they were packed; what is not there is zero or empty.
#[derive(Clone, Copy, Debug)]
struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self) -> u64 {
        let (mut number, mut shift) = (0u64, 0);
        while let Some((byte, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            number |= u64::from(byte & 0x7f).wrapping_shl(shift);
            if byte & 0x80 == 0 {
                break;
            }
            shift += 7;
        }
        number
    }

    fn time(&mut self) -> Seconds {
        let number = self.take();
        Seconds::from_micros((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    fn cause(&mut self) -> Cause {
        Causes::at(self.take() as usize)
    }

    fn text(&mut self) -> &'a str {
        let length = (self.take() as usize).min(self.bytes.len());
        let (text, rest) = self.bytes.split_at(length);
        self.bytes = rest;
        core::str::from_utf8(text).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::vec;

    fn micros(number: i64) -> Seconds {
        Seconds::from_micros(number)
    }

    #[test]
    fn everything_comes_back_as_it_was() {
        let mut packed = Packed::default();
        let mut nodes = Vec::new();
        for number in 0..100i64 {
            let at = 1_700_000_000_000_000 + number * 12_345;
            let node = Node {
                id: format!("op{number}"),
                ready: micros(at - 7),
                start: micros(at + 3),
                end: micros(at + if number % 10 == 0 { i64::from(u32::MAX) } else { 5 - number }),
                waits: Ledger(vec![(Cause::SLOTS, micros(10)), (Causes::at(300), micros(1))]),
                behind: if number == 0 {
                    "stranger".to_string()
                } else {
                    format!("op{}", number / 2)
                },
                parent: (number % 3 == 1).then_some(number as usize / 3),
                orphan: number % 5 == 0,
                longest: micros(number * number),
                held: vec![Causes::at(9)],
                slot: if number % 3 == 1 {
                    Before::default()
                } else {
                    Before { busy: micros(number), idle: micros(-1) }
                },
                spawn: micros(2),
                stalled: Seconds::from_micros(77),
                late: true,
            };
            let behind = match number {
                0 => Behind::Named("stranger"),
                _ => Behind::Kept(number as usize / 2),
            };
            packed.push(&node, behind);
            nodes.push(node);
        }
        for (number, node) in nodes.iter().enumerate() {
            assert_eq!(format!("{:?}", packed.node(number).unwrap()), format!("{node:?}"));
            let brief = packed.brief(number).unwrap();
            assert_eq!((brief.id, brief.end), (node.id.as_str(), node.end));
            assert_eq!(brief.longest, node.longest);
        }
        assert!(packed.node(100).is_none());
        (0..70).for_each(|_| packed.forget());
        assert_eq!((packed.first(), packed.len(), packed.blocks.len()), (70, 30, 3));
        assert!(packed.node(69).is_none());
        // whom it was behind is forgotten
        assert_eq!(packed.node(99).unwrap().behind, "");
        let size: usize = packed.blocks.iter().map(Vec::capacity).sum();
        assert!(size / 36 < 64, "{size} bytes");
    }
}
