//! What a child writes down of itself before its exec: who starts it cannot, since it
//! stands still until then, and afterwards would be too late.

use crate::proc::process::parse_stat;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::{AsRawFd as _, RawFd};
use std::ptr;

/// Room for the two numbers.
const DIGITS: usize = 40;

/// Room for `/proc/self/stat` as far as it matters.
const STAT_BYTES: usize = 1024;

/// A text with two gaps: for the process id of the child, and for when it began, in ticks
/// since the machine came up (0 where there is no `/proc`).
#[derive(Clone, Copy, Debug)]
pub struct Note<'a> {
    /// Where it is written to: opened for appending.
    pub file: &'a File,
    /// Before the process id, between the two numbers, behind them.
    pub text: [&'a [u8]; 3],
    /// It must have reached the disk before the exec.
    pub durable: bool,
}

impl Note<'_> {
    /// Writes it for a child that waits for that, and is not to begin without it; returns
    /// how long it is.
    ///
    /// # Errors
    /// The file's; a part may stand in it.
    pub fn write_for(&self, pid: u32) -> io::Result<usize> {
        let stat = std::fs::read(format!("/proc/{pid}/stat")).ok();
        let born = stat.and_then(|stat| parse_stat(&stat)).map_or(0, |process| process.start);
        let mut written = Written::default();
        written.fill(Some(self));
        let length = written.put_together(u64::from(pid), born);
        let mut file = self.file;
        file.write_all(written.whole.get(..length).unwrap_or_default())?;
        if self.durable {
            file.sync_data()?;
        }
        Ok(length)
    }
}

/// A note, laid out for the child, which fills in and writes it.
#[derive(Debug)]
pub(super) struct Written {
    fd: RawFd,
    durable: bool,
    parts: Vec<u8>,
    /// Where the gaps are in the parts.
    gaps: [usize; 2],
    /// The whole text, as long as it can become.
    whole: Vec<u8>,
    done: usize,
}

impl Default for Written {
    fn default() -> Self {
        let (parts, whole) = (Vec::new(), Vec::new());
        Written { fd: -1, durable: false, parts, gaps: [0; 2], whole, done: 0 }
    }
}

impl Written {
    pub(super) fn fill(&mut self, note: Option<&Note<'_>>) {
        self.done = 0;
        self.fd = note.map_or(-1, |note| note.file.as_raw_fd());
        let Some(note) = note else { return };
        self.durable = note.durable;
        self.parts.clear();
        note.text.iter().for_each(|part| self.parts.extend_from_slice(part));
        self.gaps = [note.text[0].len(), note.text[0].len() + note.text[1].len()];
        self.whole.resize(self.parts.len() + DIGITS, 0);
    }

    /// How much of it the child wrote.
    pub(super) fn bytes(&self) -> usize {
        // SAFETY: the child wrote this through the shared memory; it has executed or ended.
        unsafe { ptr::read_volatile(&self.done) }
    }

    /// Writes it, if there is one; false with errno where that fails. Runs in the child: no
    /// allocation, no lock, no panic.
    pub(super) fn write(&mut self) -> bool {
        if self.fd < 0 {
            return true;
        }
        // SAFETY: plain system call.
        let pid = unsafe { libc::getpid() };
        let length = self.put_together(u64::from(pid.unsigned_abs()), born());
        let mut done = 0;
        while done < length {
            // SAFETY: the text is as long as said.
            let count = unsafe {
                libc::write(self.fd, self.whole.as_ptr().add(done).cast(), length - done)
            };
            // a signal cannot come between: all are blocked
            if count <= 0 {
                break;
            }
            done += count.unsigned_abs();
        }
        // SAFETY: the parent reads this after the exec.
        unsafe {
            ptr::write_volatile(&mut self.done, done);
        }
        // SAFETY: plain system call.
        done == length && (!self.durable || unsafe { libc::fdatasync(self.fd) } == 0)
    }

    /// The parts with the numbers between; returns the length.
    fn put_together(&mut self, pid: u64, born: u64) -> usize {
        let (mut from, mut to) = (0, 0);
        for (gap, number) in self.gaps.into_iter().zip([pid, born]) {
            to += copy(&mut self.whole, to, self.parts.get(from..gap));
            let mut digits = [0; 20];
            let first = decimal(number, &mut digits);
            to += copy(&mut self.whole, to, digits.get(first..));
            from = gap;
        }
        to + copy(&mut self.whole, to, self.parts.get(from..))
    }
}

fn copy(whole: &mut [u8], at: usize, part: Option<&[u8]>) -> usize {
    let part = part.unwrap_or_default();
    for (to, from) in whole.iter_mut().skip(at).zip(part) {
        *to = *from;
    }
    part.len()
}

/// A number at the end of the room for it; returns where it begins.
fn decimal(mut number: u64, digits: &mut [u8; 20]) -> usize {
    let mut first = digits.len();
    for place in digits.iter_mut().rev() {
        *place = b'0' + (number % 10) as u8;
        number /= 10;
        first -= 1;
        if number == 0 {
            break;
        }
    }
    first
}

/// When this process began; 0 where that cannot be read.
fn born() -> u64 {
    let mut text = [0u8; STAT_BYTES];
    // SAFETY: a null-terminated path, a buffer as long as said, a descriptor of our own.
    let count = unsafe {
        let fd = libc::open(c"/proc/self/stat".as_ptr(), libc::O_RDONLY | libc::O_CLOEXEC);
        if fd < 0 {
            return 0;
        }
        let count = libc::read(fd, text.as_mut_ptr().cast(), text.len());
        libc::close(fd);
        count
    };
    let read = usize::try_from(count).ok().and_then(|count| text.get(..count));
    read.and_then(parse_stat).map_or(0, |process| process.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gaps_are_filled() {
        let file = tempfile::tempfile().unwrap();
        let text = [&b"a:"[..], b",b:", b";"];
        let mut written = Written::default();
        for (pid, born, want) in
            [(7, 0, "a:7,b:0;"), (4711, u64::MAX, "a:4711,b:18446744073709551615;")]
        {
            written.fill(Some(&Note { file: &file, text, durable: false }));
            let length = written.put_together(pid, born);
            assert_eq!(std::str::from_utf8(&written.whole[..length]).unwrap(), want);
        }
    }

    #[test]
    fn a_process_knows_when_it_began() {
        let own = std::fs::read("/proc/self/stat").unwrap();
        assert_eq!(born(), parse_stat(&own).unwrap().start);
    }
}
