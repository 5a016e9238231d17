//! Cuts a stream into blocks that end where records end.

use super::records::{More, Records};

/// How large a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// At most so many bytes; a record that is longer makes its block longer.
    Bytes(usize),
    /// So many records.
    Records(usize),
}

/// Room for reading is made in steps of this.
const STEP: usize = 64 << 10;

/// Input that has not been given away, and the rules by which it is cut.
#[derive(Debug)]
pub struct Splitter {
    records: Records,
    size: Size,
    buffer: Vec<u8>,
    /// What waits: from `begin` to `end`.
    begin: usize,
    end: usize,
    /// Nothing more will come.
    pub ended: bool,
    /// Bytes in which the end of a record is looked for: more where a record is long.
    window: usize,
    /// Records of the next block that have been found, and where the last of them ends.
    found: (usize, usize),
}

impl Splitter {
    /// Nothing read yet.
    pub fn new(records: Records, size: Size) -> Self {
        let mut splitter = Splitter {
            records,
            size,
            buffer: Vec::new(),
            begin: 0,
            end: 0,
            ended: false,
            window: 0,
            found: (0, 0),
        };
        splitter.window = splitter.usual_window();
        splitter
    }

    fn usual_window(&self) -> usize {
        match self.size {
            Size::Bytes(bytes) => bytes.max(1),
            Size::Records(_) => STEP,
        }
    }

    /// What has been read and not been given away.
    pub fn pending(&self) -> &[u8] {
        &self.buffer[self.begin..self.end]
    }

    /// Leaves out what comes next.
    pub fn skip(&mut self, bytes: usize) {
        self.begin += bytes.min(self.end - self.begin);
    }

    /// There is as much as a block needs, as far as one knows without a look.
    pub fn is_full(&self) -> bool {
        self.ended || self.pending().len() >= self.needed()
    }

    fn needed(&self) -> usize {
        self.window.saturating_add(self.records.lookahead())
    }

    /// Where the next bytes are read to.
    pub fn space(&mut self) -> &mut [u8] {
        let waiting = self.end - self.begin;
        if self.begin > 0 && self.begin >= waiting {
            self.buffer.copy_within(self.begin..self.end, 0);
            (self.begin, self.end) = (0, waiting);
        }
        let wanted = (self.begin + self.needed()).saturating_add(STEP);
        if self.buffer.len() < wanted && self.buffer.len() - self.end < STEP {
            let step = self.buffer.len().max(STEP);
            self.buffer.resize(self.buffer.len().saturating_add(step).min(wanted), 0);
        }
        if self.end == self.buffer.len() {
            self.buffer.resize(self.buffer.len() + STEP, 0);
        }
        &mut self.buffer[self.end..]
    }

    /// So much of the space has been filled.
    pub fn filled(&mut self, bytes: usize) {
        self.end += bytes;
    }

    /// The next block, if all of it is there.
    pub fn next(&mut self) -> Option<&[u8]> {
        let length = match self.size {
            Size::Bytes(_) => self.by_bytes()?,
            Size::Records(count) => self.by_records(count.max(1))?,
        };
        self.window = self.usual_window();
        self.found = (0, 0);
        let block = &self.buffer[self.begin..self.begin + length];
        self.begin += length;
        Some(block)
    }

    fn by_bytes(&mut self) -> Option<usize> {
        loop {
            let pending = self.pending();
            let limit = self.window.min(pending.len());
            if pending.is_empty() || !self.is_full() {
                return None;
            }
            let rest = self.ended && limit == pending.len();
            // as GNU parallel: lines that are no whole record come alone
            if rest && !matches!(self.records, Records::Lines(_)) {
                return Some(limit);
            }
            let more = if self.ended { More::No } else { More::Perhaps };
            match self.records.last(pending, limit, more) {
                Some(length) => return Some(length),
                None if rest => return Some(limit),
                None => self.window = self.window.saturating_mul(2),
            }
        }
    }

    fn by_records(&mut self, count: usize) -> Option<usize> {
        if let Records::Bytes = self.records {
            self.found = (count, count);
            let waiting = self.pending().len();
            let all = waiting >= count || (self.ended && waiting > 0);
            return if all { Some(count.min(waiting)) } else { self.wait_for(waiting) };
        }
        let more = if self.ended { More::No } else { More::Perhaps };
        let (mut records, mut at) = self.found;
        while records < count {
            match self.records.next(self.pending(), at, more) {
                Some(end) => (records, at) = (records + 1, end),
                None => break,
            }
        }
        self.found = (records, at);
        let waiting = self.pending().len();
        match records == count {
            true => Some(at),
            false if self.ended && waiting > 0 => Some(waiting),
            false => self.wait_for(waiting),
        }
    }

    /// More than what waits is needed.
    fn wait_for(&mut self, waiting: usize) -> Option<usize> {
        self.window = self.window.max(waiting.saturating_add(STEP));
        None
    }
}
