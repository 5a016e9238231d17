//! The book of a lock: its counter, holders and waiters, one record a line.
//!
//! Lines are padded with blanks to whole cells. A line belongs to whoever has its
//! bytes locked, which is only ever tried and never waited for: a process that is
//! stopped in the middle of writing keeps nobody else from it. Cells that hold no
//! record, blank or never written, are free; so are those of the dead.

use super::door::{self, Grip, Span};
use super::stray::process_of;
use super::{LockError, Name};
use crate::proc::ticks_per_second;
use record::{Fields, LockBook, LockHolder, LockWaiter, Record, Seconds, parse_record};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::time::{SystemTime, UNIX_EPOCH};

/// Lines are multiples of this long, and begin at multiples of it.
const CELL_BYTES: usize = 256;
/// A book is not cut below this length when its last lines become free: on disks,
/// cutting costs more than writing blanks.
const KEPT_BYTES: usize = 16 * CELL_BYTES;
/// Of so many lines it is asked whether their processes live, to use the room of
/// the dead: a thousand waiters must not each ask for all others.
const MAX_QUESTIONS: usize = 8;
/// What is longer is nobody's book.
const MAX_BOOK_BYTES: usize = 16 << 20;

/// An opened book: each taker has its own open file description.
#[derive(Debug)]
pub(super) struct Book {
    file: File,
    shown: String,
    /// Length of the first line, which has the counter.
    head_bytes: usize,
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
    pub(super) fn new(file: File, shown: String, name: &Name) -> Self {
        Book { file, shown, head_bytes: head(name, 0).len() }
    }

    fn wrong(&self) -> impl FnOnce(io::Error) -> LockError + use<> {
        LockError::io(self.shown.clone())
    }

    fn write(&self, bytes: &[u8], offset: usize) -> Result<(), LockError> {
        self.file.write_all_at(bytes, offset as u64).map_err(self.wrong())
    }

    /// Gives out the next fencing token: greater than the last and at least the
    /// microseconds since the epoch, so that it grows even where the book was lost.
    /// Only who stands in the turnstile may.
    pub(super) fn next_token(&self, name: &Name) -> Result<u64, LockError> {
        let clock = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let clock = u64::try_from(clock.as_micros()).unwrap_or(u64::MAX);
        let mut text = vec![0; self.head_bytes];
        let length = self.file.read_at(&mut text, 0).map_err(self.wrong())?;
        let line = text[..length].split(|byte| *byte == b'\n').next().unwrap_or_default();
        let last = read_record::<LockBook>(line).map_or(0, |book| book.token);
        self.set_token(name, clock.max(last.saturating_add(1)))
    }

    /// Writes the counter.
    pub(super) fn set_token(&self, name: &Name, token: u64) -> Result<u64, LockError> {
        self.write(&head(name, token), 0)?;
        Ok(token)
    }

    /// Writes a new line, where there is room or at the end.
    pub(super) fn add(&self, record: &impl Record) -> Result<Entry, LockError> {
        let line = padded(record.to_line());
        let length = line.len();
        let text = read_all(&self.file).map_err(self.wrong())?;
        let mut questions = MAX_QUESTIONS;
        let mut offset = self.head_bytes;
        loop {
            let span = Span { start: offset, length };
            match used(&text, span, &mut questions) {
                Some(after) => offset = after,
                None if self.claim(span)? => break,
                // somebody else is about to write there
                None => offset += CELL_BYTES,
            }
        }
        self.write(&line, offset)?;
        Ok(Entry { offset, line })
    }

    /// Makes free bytes ours; false if they are another's, or no longer free.
    fn claim(&self, span: Span) -> Result<bool, LockError> {
        if !door::try_span(&self.file, Grip::Alone, span).map_err(self.wrong())? {
            return Ok(false);
        }
        let mut text = vec![0; span.length];
        let length = self.file.read_at(&mut text, span.start as u64).map_err(self.wrong())?;
        let within = Span { start: 0, length: span.length };
        if used(&text[..length], within, &mut MAX_QUESTIONS.clone()).is_none() {
            return Ok(true);
        }
        self.give_up(span)?;
        Ok(false)
    }

    fn give_up(&self, span: Span) -> Result<(), LockError> {
        door::unlock_span(&self.file, span).map_err(self.wrong())
    }

    /// Changes a line of ours.
    pub(super) fn change(&self, entry: Entry, to: &impl Record) -> Result<Entry, LockError> {
        let mut line = padded(to.to_line());
        if line.len() > entry.line.len() {
            self.erase(&entry)?;
            return self.add(to);
        }
        if line.len() < entry.line.len() {
            line.pop();
            line.resize(entry.line.len() - 1, b' ');
            line.push(b'\n');
        }
        if line != entry.line {
            self.write(&line, entry.offset)?;
        }
        Ok(Entry { offset: entry.offset, line })
    }

    /// Frees a line of ours.
    pub(super) fn erase(&self, entry: &Entry) -> Result<(), LockError> {
        self.write(&blanks(entry.line.len()), entry.offset)?;
        if entry.offset >= KEPT_BYTES {
            return self.cut();
        }
        self.give_up(Span { start: entry.offset, length: entry.line.len() })
    }

    /// Frees the lines of a process that took a lock for another's descriptor
    /// and has ended.
    pub(super) fn erase_those_of(&self, pid: u32) -> Result<(), LockError> {
        let text = read_all(&self.file).map_err(self.wrong())?;
        let mut offset = 0;
        while offset < text.len() {
            let (length, row) = line_at(&text, offset);
            if let Some(Row::Holder(holder)) = row
                && holder.pid == pid
                && !is_same(holder.by, holder.boot_s)
            {
                let span = Span { start: offset, length };
                if door::try_span(&self.file, Grip::Alone, span).map_err(self.wrong())? {
                    self.write(&blanks(length), offset)?;
                    self.give_up(span)?;
                }
            }
            offset += length;
        }
        Ok(())
    }

    /// Gives back the room of many who waited at once, when the last of them goes.
    fn cut(&self) -> Result<(), LockError> {
        let rest = Span { start: KEPT_BYTES.max(self.head_bytes), length: 0 };
        if door::try_span(&self.file, Grip::Alone, rest).map_err(self.wrong())? {
            let text = read_all(&self.file).map_err(self.wrong())?;
            let all = Span { start: rest.start, length: text.len().saturating_sub(rest.start) };
            // who finds it shorter than it was writes behind its end, which is allowed
            if used(&text, all, &mut usize::MAX.clone()).is_none() {
                self.file.set_len(rest.start as u64).map_err(self.wrong())?;
            }
        }
        self.give_up(rest)
    }
}

/// Reads who is said to hold and to wait.
pub(super) fn rows(file: &File) -> io::Result<(Option<LockBook>, Vec<Row>)> {
    let text = read_all(file)?;
    let head = text.split(|byte| *byte == b'\n').next().and_then(read_record);
    let (mut offset, mut rows) = (0, Vec::new());
    while offset < text.len() {
        let (length, row) = line_at(&text, offset);
        rows.extend(row);
        offset += length;
    }
    Ok((head, rows))
}

/// The end of the last line of a living process among these bytes; `None` if they
/// are free. The answer to no question is that it lives.
fn used(text: &[u8], span: Span, questions: &mut usize) -> Option<usize> {
    let end = (span.start + span.length).min(text.len());
    let (mut offset, mut after) = (span.start, None);
    while offset < end {
        let (length, row) = line_at(text, offset);
        if let Some(row) = row {
            let asked = *questions > 0;
            *questions = questions.saturating_sub(1);
            if !asked || row.lives() {
                after = Some(offset + length);
            }
        }
        offset += length;
    }
    after
}

/// The line that begins at a cell: its length, and what it says if anything.
fn line_at(text: &[u8], offset: usize) -> (usize, Option<Row>) {
    let line = match &text[offset..] {
        text @ [b'{', ..] => text.split(|byte| *byte == b'\n').next().unwrap_or_default(),
        _ => &[],
    };
    match row(line) {
        Some(row) => ((line.len() + 1).next_multiple_of(CELL_BYTES), Some(row)),
        None => (CELL_BYTES, None),
    }
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

/// The first line.
fn head(name: &Name, token: u64) -> Vec<u8> {
    // as long for every token, or the lines after it would have to move
    let token_bytes = u64::MAX.to_string().len();
    let head = LockBook { name: name.bytes().to_vec().into(), token, extra: Vec::new() };
    let missing = token_bytes - token.to_string().len();
    let mut line = head.to_line();
    line.pop();
    line.resize(line.len() + missing, b' ');
    line.push(b'\n');
    padded(line)
}

fn padded(mut line: Vec<u8>) -> Vec<u8> {
    let length = line.len().next_multiple_of(CELL_BYTES);
    line.pop();
    line.resize(length - 1, b' ');
    line.push(b'\n');
    line
}

fn blanks(length: usize) -> Vec<u8> {
    padded(vec![b' '; length])
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
