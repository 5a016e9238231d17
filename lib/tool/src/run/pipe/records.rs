//! Where records end.

use memchr::memmem;
use regex::bytes::{Regex, RegexBuilder};
use std::borrow::Cow;

/// What records begin and end with.
#[derive(Clone, Debug)]
pub enum Records {
    /// Nothing: every byte may be the last of one.
    Bytes,
    /// So many lines are one.
    Lines(usize),
    /// A text.
    Text { end: Vec<u8>, start: Vec<u8> },
    /// A regular expression.
    Pattern(Box<Pattern>),
}

/// Regular expressions for the end of a record and the start of the next.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// Both; an empty group stands where the next record begins.
    between: Regex,
    /// At the beginning of a block.
    start: Regex,
    /// At its end.
    end: Regex,
}

/// The group that stands between two records.
const CUT: &str = "pgrun_cut";

/// Whether bytes follow which have not been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum More {
    Perhaps,
    No,
}

impl Records {
    /// By texts; without both every byte is a record.
    pub fn of_text(end: &[u8], start: &[u8]) -> Self {
        match (end, start) {
            (b"", b"") => Records::Bytes,
            _ => Records::Text { end: end.to_vec(), start: start.to_vec() },
        }
    }

    /// By regular expressions.
    ///
    /// # Errors
    /// One of them is none.
    pub fn of_pattern(end: &str, start: &str) -> Result<Self, regex::Error> {
        if end.is_empty() && start.is_empty() {
            return Ok(Records::Bytes);
        }
        Ok(Records::Pattern(Box::new(Pattern {
            between: bytes_regex(&format!("(?:{end})(?P<{CUT}>)(?:{start})"))?,
            start: bytes_regex(&format!(r"\A(?:{start})"))?,
            end: bytes_regex(&format!(r"(?:{end})\z"))?,
        })))
    }

    /// The end of the record that begins at `from`, if it is there.
    pub fn next(&self, bytes: &[u8], from: usize, more: More) -> Option<usize> {
        match self {
            Records::Bytes => (from < bytes.len()).then_some(from + 1),
            Records::Lines(lines) => {
                memchr::memchr_iter(b'\n', &bytes[from..]).nth(lines - 1).map(|at| from + at + 1)
            }
            Records::Text { end, start } => {
                // a record has at least one byte
                let search = from + usize::from(end.is_empty());
                let found = find(bytes.get(search..)?, end, start)?;
                Some(search + found + end.len())
            }
            Records::Pattern(pattern) => pattern.next(bytes, from, more),
        }
    }

    /// The end of the last record that is whole in the first `limit` bytes.
    pub fn last(&self, bytes: &[u8], limit: usize, more: More) -> Option<usize> {
        match self {
            Records::Bytes => (limit > 0).then_some(limit),
            Records::Text { end, start } => {
                let search = usize::from(end.is_empty());
                let found = rfind(bytes.get(search..limit)?, end, start)?;
                Some(search + found + end.len())
            }
            Records::Lines(_) | Records::Pattern(_) => {
                let first = self.next(bytes, 0, more);
                std::iter::successors(first, |at| self.next(bytes, *at, more))
                    .take_while(|at| *at <= limit)
                    .last()
            }
        }
    }

    /// So many bytes behind a record's end must be seen to know that it is one.
    pub fn lookahead(&self) -> usize {
        match self {
            Records::Pattern(_) => 4 << 10,
            Records::Bytes | Records::Lines(_) | Records::Text { .. } => 0,
        }
    }

    /// The next record may begin right where it is looked for.
    pub fn begin_by_text(&self) -> bool {
        matches!(self, Records::Text { end, .. } if end.is_empty())
    }

    /// A block without what begins and ends its records.
    pub fn strip<'a>(&self, block: &'a [u8]) -> Cow<'a, [u8]> {
        match self {
            Records::Bytes => Cow::Borrowed(block),
            Records::Lines(_) => Cow::Owned(without(block, b"\n")),
            Records::Text { end, start } => {
                let between = [end.as_slice(), start].concat();
                let bare = without(block, &between);
                let bare = match bare.strip_prefix(start.as_slice()) {
                    Some(rest) => rest.to_vec(),
                    None => bare,
                };
                Cow::Owned(match bare.strip_suffix(end.as_slice()) {
                    Some(rest) => rest.to_vec(),
                    None => bare,
                })
            }
            Records::Pattern(pattern) => {
                let bare = pattern.between.replace_all(block, &b""[..]);
                let bare = pattern.start.replace(&bare, &b""[..]).into_owned();
                Cow::Owned(pattern.end.replace(&bare, &b""[..]).into_owned())
            }
        }
    }
}

impl Pattern {
    fn next(&self, bytes: &[u8], from: usize, more: More) -> Option<usize> {
        let mut search = from;
        while search <= bytes.len() {
            let found = self.between.captures_at(bytes, search)?;
            let whole = found.get(0)?;
            // with the next bytes it might be longer
            if more == More::Perhaps && whole.end() == bytes.len() {
                return None;
            }
            let cut = found.name(CUT)?.start();
            if cut > from {
                return Some(cut);
            }
            search = whole.end().max(search + 1);
        }
        None
    }
}

/// A regular expression that knows bytes alone, as GNU parallel's do.
///
/// # Errors
/// It is none.
pub fn bytes_regex(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).unicode(false).build()
}

fn find(bytes: &[u8], end: &[u8], start: &[u8]) -> Option<usize> {
    match (end, start) {
        ([one], []) | ([], [one]) => memchr::memchr(*one, bytes),
        (text, []) | ([], text) => memmem::find(bytes, text),
        _ => memmem::find(bytes, &[end, start].concat()),
    }
}

fn rfind(bytes: &[u8], end: &[u8], start: &[u8]) -> Option<usize> {
    match (end, start) {
        ([one], []) | ([], [one]) => memchr::memrchr(*one, bytes),
        (text, []) | ([], text) => memmem::rfind(bytes, text),
        _ => memmem::rfind(bytes, &[end, start].concat()),
    }
}

fn without(block: &[u8], text: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(block.len());
    let mut from = 0;
    for at in memmem::find_iter(block, text) {
        bare.extend_from_slice(&block[from..at]);
        from = at + text.len();
    }
    bare.extend_from_slice(&block[from..]);
    bare
}
