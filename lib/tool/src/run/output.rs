//! In which order the commands' output is printed: whole, in order, tagged.

use super::capture::{Budget, Capture, Part};
use super::direct::Direct;
use super::dress::{About, Dress, Filters};
use super::settings::Grouping;
use super::sinks::{Sinks, To};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;
use sys::growth::Growing;
use sys::poller::Poller;

/// What an attempt has written and is still to be printed.
#[derive(Debug, Default)]
pub struct Written {
    pub captures: [Capture; 2],
    /// What follows on standard output, where the command writes it itself.
    pub growing: Option<Growing>,
    tag: Vec<u8>,
    /// The next byte of each stream begins a line.
    inside_line: [bool; 2],
    filters: Filters,
}

impl Written {
    /// Nothing yet. The tag begins each line where it is not empty.
    pub fn new(tag: Vec<u8>) -> Self {
        Written { tag, ..Written::default() }
    }

    /// What a CI system is told of the operation.
    pub fn about(&mut self) -> &mut About {
        self.filters.about.get_or_insert_default()
    }
}

/// Prints output in the order that was asked for.
#[derive(Debug)]
pub struct Printer {
    grouping: Grouping,
    /// In order: whose turn it is.
    turn: u64,
    /// In order: ended before their turn.
    pub waiting: BTreeMap<u64, Written>,
    pub budget: Budget,
    pub direct: Direct,
    pub dress: Dress,
    /// Output could not be kept.
    pub lost: Option<String>,
}

impl Printer {
    /// Prints nothing yet.
    pub fn new(grouping: Grouping, dress: Dress) -> Self {
        let (waiting, budget) = (BTreeMap::new(), Budget::new());
        let direct = Direct::default();
        Printer { grouping, turn: 1, waiting, budget, direct, dress, lost: None }
    }

    /// The operation whose output is printed as it comes, if that is so.
    pub fn turn(&self) -> Option<u64> {
        (self.grouping == Grouping::Ordered).then_some(self.turn)
    }

    /// Takes output of an attempt. `live`: it is its turn and it will not be repeated.
    pub fn add(
        &mut self,
        written: &mut Written,
        (to, live, bytes): (To, Live, &[u8]),
        (sinks, poller): (&mut Sinks, &Poller),
    ) {
        if live == Live::Yes {
            self.print(written, (sinks, poller));
            put((&mut self.dress, written), (to, bytes), (sinks, poller));
        } else if let Err(error) = written.captures[to as usize].add(&mut self.budget, bytes) {
            self.lose(&error);
        }
    }

    /// Prints what an attempt has written so far.
    pub fn print(&mut self, written: &mut Written, (sinks, poller): (&mut Sinks, &Poller)) {
        for to in [To::Out, To::Err] {
            let mut capture = std::mem::take(&mut written.captures[to as usize]);
            let dress = &mut self.dress;
            let drained = capture.drain(&mut self.budget, |part| {
                if written.tag.is_empty() && dress.leaves_alone(to) {
                    return sinks.send(poller, to, part);
                }
                part.each(|bytes| put((dress, written), (to, bytes), (sinks, poller)))
            });
            if let Err(error) = drained {
                self.lose(&error);
            }
        }
        if let Some(growing) = &mut written.growing {
            let (file, at, len) = growing.waiting();
            let sent = sinks.send(poller, To::Out, Part::File(file, at, len));
            growing.take(len);
            if let Err(error) = sent {
                self.lose(&error);
            }
        }
    }

    /// An operation has been decided; this is what its last attempt wrote.
    pub fn end(&mut self, seq: u64, mut written: Written, (sinks, poller): (&mut Sinks, &Poller)) {
        if self.grouping != Grouping::Ordered {
            self.print(&mut written, (sinks, poller));
            self.dress.end(&mut written.filters, (sinks, poller));
            return;
        }
        if self.turn != seq {
            self.compact(&mut written);
        }
        self.waiting.insert(seq, written);
        self.go_on((sinks, poller));
    }

    /// Nothing will be written in this turn: a barrier's, or that of a job left out.
    pub fn pass(&mut self, seq: u64) {
        if self.grouping == Grouping::Ordered {
            self.waiting.insert(seq, Written::default());
            // none but their like can stand here: what follows is entered later
            while self.waiting.remove(&self.turn).is_some() {
                self.turn += 1;
            }
        }
    }

    /// Another list of operations begins, from 1.
    pub fn begin_again(&mut self) {
        self.turn = 1;
        self.waiting.clear();
    }

    fn go_on(&mut self, (sinks, poller): (&mut Sinks, &Poller)) {
        while let Some(mut next) = self.waiting.remove(&self.turn) {
            self.print(&mut next, (sinks, poller));
            self.dress.end(&mut next.filters, (sinks, poller));
            self.turn += 1;
        }
    }

    /// An attempt that is repeated: what it wrote is forgotten.
    pub fn forget(&mut self, mut written: Written) {
        for capture in &mut written.captures {
            let _ = capture.drain(&mut self.budget, |_| Ok(()));
        }
    }

    fn lose(&mut self, error: &io::Error) {
        let reason = crate::fail::reason(error);
        let what = format!("output that waits for its turn: {reason}; it is incomplete");
        self.lost.get_or_insert(what);
    }
}

/// Whether output may be printed as it comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Live {
    /// Now.
    Yes,
    /// When the operation has ended.
    No,
}

/// Prints bytes of an attempt.
fn put(
    (dress, written): (&mut Dress, &mut Written),
    (to, bytes): (To, &[u8]),
    sinks: (&mut Sinks, &Poller),
) {
    let text = tagged(written, to, bytes);
    dress.write(&mut written.filters, (to, &text), sinks);
}

/// Bytes with the tag and a tab before each line.
fn tagged<'a>(written: &mut Written, to: To, bytes: &'a [u8]) -> Cow<'a, [u8]> {
    if written.tag.is_empty() {
        return Cow::Borrowed(bytes);
    }
    let inside = &mut written.inside_line[to as usize];
    let mut text = Vec::with_capacity(bytes.len() + written.tag.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        if !*inside {
            text.extend_from_slice(&written.tag);
            text.push(b'\t');
        }
        text.extend_from_slice(line);
        *inside = line.last() != Some(&b'\n');
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_begin_lines_however_they_come() {
        let mut written = Written::new(b"t".to_vec());
        let mut text = Vec::new();
        for piece in ["on", "e\ntwo\n", "three"] {
            text.extend_from_slice(&tagged(&mut written, To::Out, piece.as_bytes()));
        }
        assert_eq!(String::from_utf8(text).unwrap(), "t\tone\nt\ttwo\nt\tthree");
    }
}
