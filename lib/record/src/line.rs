//! Cutting a stream of bytes into lines of bounded length.

/// The longest record line that is read, in bytes (`--max-line` changes it).
pub const MAX_LINE_BYTES: usize = 64 << 20;

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Number from 1.
    pub number: u64,
    /// The bytes before the separator.
    pub bytes: &'a [u8],
    /// False for what stood after the last separator: a torn line, or a file
    /// that does not end with one.
    pub ended: bool,
}

/// Cuts what is pushed into lines; holds at most one line and one read.
#[derive(Debug)]
pub struct Lines {
    buffer: Vec<u8>,
    start: usize,
    searched: usize,
    number: u64,
    separator: u8,
    max: usize,
}

impl Lines {
    /// Lines ended by `separator`, at most `max` bytes long.
    pub fn new(separator: u8, max: usize) -> Self {
        Lines { buffer: Vec::new(), start: 0, searched: 0, number: 0, separator, max }
    }

    /// Adds bytes that were read.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line, or `None` when more must be pushed.
    pub fn next_line(&mut self) -> Option<Line<'_>> {
        let found = memchr::memchr(self.separator, &self.buffer[self.searched..]);
        let Some(offset) = found else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched + offset;
        let begin = self.start;
        self.start = end + 1;
        self.searched = end + 1;
        self.number += 1;
        Some(Line { number: self.number, bytes: &self.buffer[begin..end], ended: true })
    }

    /// What is left when the input has ended, or `None` if nothing is.
    pub fn rest(&mut self) -> Option<Line<'_>> {
        if self.start == self.buffer.len() {
            return None;
        }
        let begin = self.start;
        self.start = self.buffer.len();
        self.searched = self.start;
        self.number += 1;
        Some(Line { number: self.number, bytes: &self.buffer[begin..], ended: false })
    }

    /// True when the line being collected is longer than allowed: stop reading.
    pub fn too_long(&self) -> bool {
        let unsearched = &self.buffer[self.searched..];
        self.buffer.len() - self.start > self.max
            && memchr::memchr(self.separator, unsearched).is_none()
    }

    /// What was pushed and has not come out.
    pub fn pending(&self) -> &[u8] {
        &self.buffer[self.start..]
    }

    /// Leaves out so many bytes of it: they were used by somebody who does not want lines.
    pub fn take(&mut self, bytes: usize) {
        self.start = (self.start + bytes).min(self.buffer.len());
        self.searched = self.searched.max(self.start);
    }

    /// Number of the line that would come next.
    pub fn next_number(&self) -> u64 {
        self.number + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_out_whole_however_they_went_in() {
        let text = b"one\n\nthree\nrest";
        for size in 1..=text.len() {
            let mut lines = Lines::new(b'\n', 100);
            let mut out: Vec<(u64, Vec<u8>, bool)> = Vec::new();
            for piece in text.chunks(size) {
                lines.push(piece);
                while let Some(line) = lines.next_line() {
                    out.push((line.number, line.bytes.to_vec(), line.ended));
                }
            }
            while let Some(line) = lines.rest() {
                out.push((line.number, line.bytes.to_vec(), line.ended));
            }
            let want: [(u64, &[u8], bool); 4] =
                [(1, b"one", true), (2, b"", true), (3, b"three", true), (4, b"rest", false)];
            assert_eq!(out.len(), 4);
            for (have, want) in out.iter().zip(want) {
                assert_eq!((have.0, have.1.as_slice(), have.2), want);
            }
        }
    }

    #[test]
    fn a_line_has_a_bound() {
        let mut lines = Lines::new(b'\n', 4);
        lines.push(b"12345");
        assert!(lines.next_line().is_none());
        assert!(lines.too_long());
    }

    #[test]
    fn many_short_lines_are_no_long_one() {
        let mut lines = Lines::new(b'\n', 4);
        lines.push(b"1234\n1234\n");
        assert!(!lines.too_long());
        while lines.next_line().is_some() {}
        lines.push(b"12345");
        assert!(lines.too_long());
    }
}
