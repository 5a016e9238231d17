//! Names as numbers: every name once, in the order of first appearance.
//!
//! One arena holds the bytes; the table is open-addressed and keeps the first
//! eight bytes of a name beside its number, so that looking up a short name
//! touches one cache line.

use alloc::vec;
use alloc::vec::Vec;

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    head: u64,
    /// Number + 1; 0 is a free slot.
    taken: u32,
    len: u32,
}

/// A set of names, numbered from 0.
#[derive(Clone, Debug)]
pub struct Names {
    arena: Vec<u8>,
    /// Name `i` is `arena[ends[i]..ends[i + 1]]`.
    ends: Vec<usize>,
    table: Vec<Slot>,
}

impl Default for Names {
    fn default() -> Self {
        Names { arena: Vec::new(), ends: vec![0], table: vec![Slot::default(); 1 << 10] }
    }
}

/// The first eight bytes of `text[from..to]` as a number; what a shorter word lacks is zero.
fn head_of(text: &[u8], from: usize, to: usize) -> u64 {
    let len = to - from;
    if let Some(eight) = text.get(from..from + 8).and_then(|b| <[u8; 8]>::try_from(b).ok()) {
        let word = u64::from_le_bytes(eight);
        return if len < 8 { word & ((1 << (8 * len)) - 1) } else { word };
    }
    let mut eight = [0; 8];
    let len = len.min(8);
    eight[..len].copy_from_slice(&text[from..from + len]);
    u64::from_le_bytes(eight)
}

/// Multiply and fold both halves of the product (after Wang Yi's wyhash, 2019): names often
/// differ in their last bytes alone, and those must reach the lowest bits.
fn mix(word: u64) -> u64 {
    let product = u128::from(word) * 0xd6e8_feb8_6659_fd93;
    (product as u64) ^ (product >> 64) as u64
}

fn hash(head: u64, text: &[u8], (from, to): (usize, usize)) -> u64 {
    let mut hash = mix(head ^ (to - from) as u64);
    let mut at = from + 8;
    while at < to {
        hash = mix(hash ^ head_of(text, at, to.min(at + 8)));
        at += 8;
    }
    hash
}

impl Names {
    /// How many names.
    pub fn len(&self) -> u32 {
        (self.ends.len() - 1) as u32
    }

    /// True where there is no name.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The name of a number; empty where there is none.
    pub fn get(&self, number: u32) -> &[u8] {
        let at = number as usize;
        match (self.ends.get(at), self.ends.get(at + 1)) {
            (Some(&from), Some(&to)) => &self.arena[from..to],
            _ => &[],
        }
    }

    /// The number of a name that is there.
    pub fn find(&self, name: &[u8]) -> Option<u32> {
        let place = (0, name.len());
        let head = head_of(name, 0, name.len());
        let slot = self.table[self.slot_of(head, name, place)];
        slot.taken.checked_sub(1)
    }

    /// The number of a name, a new one for a new name.
    pub fn intern(&mut self, name: &[u8]) -> u32 {
        self.intern_part(name, 0, name.len())
    }

    /// The number of the name `text[from..to]`.
    pub fn intern_part(&mut self, text: &[u8], from: usize, to: usize) -> u32 {
        let head = head_of(text, from, to);
        let at = self.slot_of(head, text, (from, to));
        let slot = self.table[at];
        if slot.taken != 0 {
            return slot.taken - 1;
        }
        let number = self.len();
        self.arena.extend_from_slice(&text[from..to]);
        self.ends.push(self.arena.len());
        self.table[at] = Slot { head, taken: number + 1, len: (to - from) as u32 };
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        number
    }

    /// Where the name is, or the free slot where it goes.
    fn slot_of(&self, head: u64, text: &[u8], (from, to): (usize, usize)) -> usize {
        let mask = self.table.len() - 1;
        let mut at = hash(head, text, (from, to)) as usize & mask;
        loop {
            let slot = self.table[at];
            if slot.taken == 0 {
                return at;
            }
            let same = slot.head == head && slot.len as usize == to - from;
            if same && (to - from <= 8 || self.get(slot.taken - 1) == &text[from..to]) {
                return at;
            }
            at = (at + 1) & mask;
        }
    }

    fn grow(&mut self) {
        let size = self.table.len() * 2;
        let old = core::mem::replace(&mut self.table, vec![Slot::default(); size]);
        let mask = size - 1;
        for slot in old.into_iter().filter(|slot| slot.taken != 0) {
            let from = self.ends[slot.taken as usize - 1];
            let to = self.ends[slot.taken as usize];
            let mut at = hash(slot.head, &self.arena, (from, to)) as usize & mask;
            while self.table[at].taken != 0 {
                at = (at + 1) & mask;
            }
            self.table[at] = slot;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::collections::BTreeMap;
    use alloc::format;
    use alloc::string::String;

    #[test]
    fn names_keep_their_numbers() {
        let mut names = Names::default();
        let mut truth: BTreeMap<String, u32> = BTreeMap::new();
        for i in 0..20_000_u32 {
            // short and long names, many of them twice, some differing in the last byte only
            let name = match i % 3 {
                0 => format!("n{}", i / 2),
                1 => format!("a-rather-long-name-{}", i / 5),
                _ => format!("{:08}", i / 4),
            };
            let next = truth.len() as u32;
            let number = *truth.entry(name.clone()).or_insert(next);
            assert_eq!(names.intern(name.as_bytes()), number);
        }
        for (name, number) in &truth {
            assert_eq!(names.get(*number), name.as_bytes());
            assert_eq!(names.find(name.as_bytes()), Some(*number));
        }
        assert_eq!(names.len() as usize, truth.len());
        assert_eq!(names.find(b"absent"), None);
        assert!(names.get(u32::MAX).is_empty());
    }

    #[test]
    fn bytes_are_bytes() {
        let mut names = Names::default();
        let words: [&[u8]; 5] = [b"", b"\0", b"\0\0", b"\xff\xfe", b"12345678\0"];
        for (number, word) in words.iter().enumerate() {
            assert_eq!(names.intern(word), number as u32);
        }
        assert_eq!(names.find(b"12345678"), None);
        // a part of a text is the same as the word alone
        assert_eq!(names.intern_part(b"x\xff\xfey", 1, 3), 3);
    }
}
