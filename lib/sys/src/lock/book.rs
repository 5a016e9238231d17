//! The book of a lock: its counter, holders and waiters, one record a line.
//!
//! Lines are padded with blanks to whole cells, so that each owner can change
//! its own in place; a line of blanks is free.

use super::door::{self, Grip, Range};
use super::stray::process_of;
use super::{LockError, Name};
use crate::proc::ticks_per_second;
use record::{Fields, LockBook, LockHolder, LockWaiter, Record, Seconds, parse_record};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lines are multiples of this long.
const CELL_BYTES: usize = 256;
/// A book of this length is not cut when its last line becomes free: on disks,
/// cutting costs more than writing blanks.
const KEPT_BYTES: usize = 16 * CELL_BYTES;
/// Of so many lines it is asked whether their processes live, to use the room of
/// the dead: a thousand waiters must not each ask for all others.
const MAX_QUESTIONS: usize = 8;
/// What is longer is nobody's book.
const MAX_BOOK_BYTES: usize = 16 << 20;

/// Who writes has it; see the module's head.
const PEN: Range = Range::Byte(0);
/// Whoever waits has it.
const MARK: Range = Range::Byte(1);

/// An opened book: each taker has its own open file description.
#[derive(Debug)]
pub(super) struct Book {
    pub(super) file: File,
    shown: String,
}

/// The book's text while the pen is ours.
pub(super) struct Page<'a> {
    book: &'a Book,
    text: Vec<u8>,
}

/// A line of ours in the book.
#[derive(Debug)]
pub(super) struct Entry {
    offset: usize,
    line: Vec<u8>,
}

/// What a line says.
#[derive(Debug)]
pub(super) enum Row {
    Holder(LockHolder),
    Waiter(LockWaiter),
}

impl Book {
    pub(super) fn new(file: File, shown: String) -> Self {
        Book { file, shown }
    }

    fn wrong(&self) -> impl FnOnce(io::Error) -> LockError + use<> {
        LockError::io(self.shown.clone())
    }

    /// Leaves the turnstile.
    pub(super) fn leave_turnstile(&self) -> Result<(), LockError> {
        door::unflock(&self.file).map_err(self.wrong())
    }

    /// Says that we wait.
    pub(super) fn set_mark(&self) -> Result<(), LockError> {
        door::try_range(&self.file, Grip::Shared, MARK).map(|_| ()).map_err(self.wrong())
    }

    /// We wait no longer.
    pub(super) fn clear_mark(&self) -> Result<(), LockError> {
        door::unlock_range(&self.file, MARK).map_err(self.wrong())
    }

    /// Somebody else waits.
    pub(super) fn has_mark(&self) -> Result<bool, LockError> {
        Ok(door::look_range(&self.file, MARK).map_err(self.wrong())?.is_some())
    }

    /// Takes the pen and reads.
    pub(super) fn open(&self) -> Result<Page<'_>, LockError> {
        door::wait_range(&self.file, Grip::Alone, PEN).map_err(self.wrong())?;
        let mut page = Page { book: self, text: Vec::new() };
        page.text = read_all(&self.file).map_err(self.wrong())?;
        Ok(page)
    }

    fn write(&self, bytes: &[u8], offset: usize) -> Result<(), LockError> {
        self.file.write_all_at(bytes, offset as u64).map_err(self.wrong())
    }
}

impl Drop for Page<'_> {
    fn drop(&mut self) {
        // fails only for a closed descriptor, which ours is not
        let _ = door::unlock_range(&self.book.file, PEN);
    }
}

impl Page<'_> {
    /// Gives out the next fencing token: greater than the last and at least the
    /// microseconds since the epoch, so that it grows even where the book was lost.
    pub(super) fn next_token(&mut self, name: &Name) -> Result<u64, LockError> {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock = u64::try_from(clock.as_micros()).unwrap_or(u64::MAX);
        let last = self.head().map_or(0, |head| head.token);
        self.set_token(name, clock.max(last.saturating_add(1)))
    }

    /// Writes the counter.
    pub(super) fn set_token(&mut self, name: &Name, token: u64) -> Result<u64, LockError> {
        let head = LockBook { name: name.bytes().to_vec().into(), token, extra: Vec::new() };
        let line = padded(head.to_line());
        let same_length = self.first_line().is_some_and(|old| old.len() + 1 == line.len());
        if !same_length || self.head().is_none() {
            // new, or no book of ours: what stood there was only for messages
            self.book.file.set_len(0).map_err(self.book.wrong())?;
            self.text.clear();
            self.text.resize(line.len(), b' ');
        }
        self.book.write(&line, 0)?;
        self.text[..line.len()].copy_from_slice(&line);
        Ok(token)
    }

    fn first_line(&self) -> Option<&[u8]> {
        let end = self.text.iter().position(|byte| *byte == b'\n')?;
        Some(&self.text[..end])
    }

    fn head(&self) -> Option<LockBook> {
        read_record(self.first_line()?)
    }

    /// Writes a new line, where there is room or at the end.
    pub(super) fn add(&mut self, record: &impl Record) -> Result<Entry, LockError> {
        let line = padded(record.to_line());
        let (offset, room) = self.room_for(line.len());
        let entry = Entry { offset, line };
        self.book.write(&entry.line, offset)?;
        let used = offset + entry.line.len();
        if used < room {
            // what is left of a longer free line stays a line of blanks
            self.book.write(&blanks(room - used), used)?;
        }
        Ok(entry)
    }

    /// Changes a line of ours.
    pub(super) fn change(&mut self, entry: Entry, to: &impl Record) -> Result<Entry, LockError> {
        let mut line = padded(to.to_line());
        if line.len() <= entry.line.len() && self.stands(&entry) {
            line.pop();
            line.resize(entry.line.len() - 1, b' ');
            line.push(b'\n');
            self.book.write(&line, entry.offset)?;
            return Ok(Entry { offset: entry.offset, line });
        }
        self.erase(&entry)?;
        self.add(to)
    }

    /// Frees a line of ours.
    pub(super) fn erase(&mut self, entry: &Entry) -> Result<(), LockError> {
        if !self.stands(entry) {
            return Ok(());
        }
        let end = entry.offset + entry.line.len();
        if end == self.text.len() && end > KEPT_BYTES {
            self.text.truncate(entry.offset);
            return self.book.file.set_len(entry.offset as u64).map_err(self.book.wrong());
        }
        let free = blanks(entry.line.len());
        self.book.write(&free, entry.offset)?;
        self.text[entry.offset..end].copy_from_slice(&free);
        Ok(())
    }

    /// A line of ours may have been taken for a dead one's, by somebody who does
    /// not see our process (in another container).
    fn stands(&self, entry: &Entry) -> bool {
        let end = entry.offset + entry.line.len();
        self.text.get(entry.offset..end).is_some_and(|text| text == entry.line)
    }

    /// A free line that is long enough: its beginning and end. Lines of the dead are free.
    fn room_for(&self, length: usize) -> (usize, usize) {
        let mut offset = self.first_line().map_or(0, |line| line.len() + 1);
        let mut questions = MAX_QUESTIONS;
        while let Some(end) = self.text[offset..].iter().position(|byte| *byte == b'\n') {
            let after = offset + end + 1;
            let line = &self.text[offset..after - 1];
            if after - offset >= length {
                let free = line.iter().all(|byte| *byte == b' ');
                let dead = !free && questions > 0 && {
                    questions -= 1;
                    row(line).is_none_or(|row| !row.lives())
                };
                if free || dead {
                    return (offset, after);
                }
            }
            offset = after;
        }
        (offset, offset)
    }
}

/// Reads who is said to hold and to wait; the pen is not needed.
pub(super) fn rows(file: &File) -> io::Result<(Option<LockBook>, Vec<Row>)> {
    let text = read_all(file)?;
    let mut lines = text.split(|byte| *byte == b'\n');
    let head = lines.next().and_then(read_record);
    let blank = |line: &&[u8]| line.iter().all(|byte| *byte == b' ');
    Ok((head, lines.filter(|line| !blank(line)).filter_map(row).collect()))
}

fn kind<'a>(fields: &Fields<'a>) -> Option<&'a str> {
    Some(fields.get("type")?.get().trim_matches('"'))
}

fn row(line: &[u8]) -> Option<Row> {
    let fields = Fields::parse(line).ok()?;
    match kind(&fields)? {
        LockHolder::KIND => read_record(line).map(Row::Holder),
        LockWaiter::KIND => read_record(line).map(Row::Waiter),
        _ => None,
    }
}

fn read_record<R: Record>(line: &[u8]) -> Option<R> {
    let fields = Fields::parse(line).ok()?;
    (kind(&fields)? == R::KIND).then(|| parse_record(line, &fields).ok())?
}

impl Row {
    pub(super) fn lives(&self) -> bool {
        match self {
            Row::Holder(who) => is_same(who.pid, who.boot_s) || is_same(who.by, who.boot_s),
            Row::Waiter(who) => is_same(who.pid, who.boot_s),
        }
    }
}

/// The process of this number is old enough to be the one that was meant.
fn is_same(pid: u32, boot: Seconds) -> bool {
    let Some(process) = process_of(pid).filter(|process| !process.is_zombie()) else {
        return false;
    };
    let ticks = i64::try_from(process.start).unwrap_or(i64::MAX);
    let hertz = i64::try_from(ticks_per_second()).unwrap_or(1);
    Seconds::from_micros(ticks.saturating_mul(1_000_000) / hertz) <= boot
}

fn padded(mut line: Vec<u8>) -> Vec<u8> {
    let length = line.len().next_multiple_of(CELL_BYTES);
    line.pop();
    line.resize(length - 1, b' ');
    line.push(b'\n');
    line
}

fn blanks(length: usize) -> Vec<u8> {
    let mut line = vec![b' '; length];
    if let Some(last) = line.last_mut() {
        *last = b'\n';
    }
    line
}

fn read_all(file: &File) -> io::Result<Vec<u8>> {
    let mut text = vec![0; 8 * CELL_BYTES];
    let mut length = 0;
    loop {
        match file.read_at(&mut text[length..], length as u64) {
            Ok(count) => {
                length += count;
                if length < text.len() || length > MAX_BOOK_BYTES {
                    text.truncate(length);
                    return Ok(text);
                }
                text.resize(length * 4, 0);
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
