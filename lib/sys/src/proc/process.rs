//! `/proc/PID`: one process.

use super::pids::Pids;
use super::read::{Name, ReadError, Root};
use super::text::{Words, fraction, lines, number};

/// Room for `/proc/PID/stat`: its numbers end long before, its rest is of no use here.
const STAT_BYTES: usize = 1024;
/// Room for `/proc/PID/io`.
const IO_BYTES: usize = 512;
/// Room for `/proc/PID/smaps_rollup`.
const SMAPS_BYTES: usize = 2048;

/// The name of a process as the kernel keeps it, at most 15 bytes; kernel
/// threads with longer ones are cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comm {
    bytes: [u8; 15],
    len: u8,
}

impl Comm {
    fn new(name: &[u8]) -> Self {
        let mut comm = Comm::default();
        let len = name.len().min(comm.bytes.len());
        comm.bytes[..len].copy_from_slice(&name[..len]);
        comm.len = len as u8;
        comm
    }

    /// Its bytes, which may be any.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }
}

/// What `/proc/PID/stat` says. Times are in ticks since the process began;
/// those of `reaped_*` are of children it has waited for, and of theirs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProcessReading {
    /// Process id.
    pub pid: u32,
    /// Its parent's.
    pub ppid: u32,
    /// Its process group.
    pub group: u32,
    /// Its name.
    pub comm: Comm,
    /// State letter.
    pub state: u8,
    /// Page faults that needed no disk.
    pub minor_faults: u64,
    /// The same of reaped children.
    pub reaped_minor_faults: u64,
    /// Page faults that had to read a disk.
    pub major_faults: u64,
    /// The same of reaped children.
    pub reaped_major_faults: u64,
    /// CPU time in user mode.
    pub user: u64,
    /// CPU time in the kernel.
    pub system: u64,
    /// CPU time of reaped children in user mode.
    pub reaped_user: u64,
    /// CPU time of reaped children in the kernel.
    pub reaped_system: u64,
    /// Threads.
    pub threads: u64,
    /// When it began, ticks after the machine came up: tells it from a later
    /// process with the same number.
    pub start: u64,
    /// Resident memory, pages.
    pub rss_pages: u64,
}

/// State of a process that its parent has asked for.
const DEAD: u8 = b'X';

impl ProcessReading {
    /// It has ended and waits for its parent to ask.
    pub fn is_zombie(&self) -> bool {
        matches!(self.state, b'Z' | DEAD)
    }
}

/// Reads the text of `/proc/PID/stat`. The name may hold blanks, parentheses
/// and newlines: it ends at the last parenthesis.
pub fn parse_stat(text: &[u8]) -> Option<ProcessReading> {
    let open = text.iter().position(|byte| *byte == b'(')?;
    let close = text.iter().rposition(|byte| *byte == b')')?;
    let mut words = Words::new(text.get(close + 1..)?);
    let mut process = ProcessReading {
        pid: u32::try_from(number(text[..open].trim_ascii())?).ok()?,
        comm: Comm::new(text.get(open + 1..close)?),
        state: *words.next()?.first()?,
        ppid: u32::try_from(words.number()?).ok()?,
        ..ProcessReading::default()
    };
    // a process that is being taken out of the table has group -1
    process.group = u32::try_from(words.number_or_negative()?).ok()?;
    // session, terminal, its group, flags
    words.skip_words(4);
    process.minor_faults = words.number()?;
    process.reaped_minor_faults = words.number()?;
    process.major_faults = words.number()?;
    process.reaped_major_faults = words.number()?;
    process.user = words.number()?;
    process.system = words.number()?;
    process.reaped_user = words.number_or_negative()?;
    process.reaped_system = words.number_or_negative()?;
    // priority, nice
    words.skip_words(2);
    process.threads = words.number()?;
    words.skip_words(1);
    process.start = words.number()?;
    words.skip_words(1);
    process.rss_pages = words.number_or_negative()?;
    Some(process)
}

/// What `/proc/PID/io` says; the kernel adds what reaped children did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoReading {
    /// Bytes read from disks.
    pub read_bytes: u64,
    /// Bytes written to disks, less what was deleted before it was written.
    pub write_bytes: u64,
    /// Bytes that read calls gave.
    pub read_chars: u64,
    /// Bytes given to write calls.
    pub write_chars: u64,
    /// Read calls.
    pub read_calls: u64,
    /// Write calls.
    pub write_calls: u64,
}

/// Reads the text of `/proc/PID/io`; `None` where the bytes of disks are not in it.
pub fn parse_io(text: &[u8]) -> Option<IoReading> {
    let mut io = IoReading::default();
    let (mut read, mut written, mut cancelled) = (None, None, 0);
    for (_, line) in lines(text) {
        let mut words = Words::new(line);
        let (Some(name), Some(value)) = (words.next(), words.number()) else { continue };
        match name {
            b"rchar:" => io.read_chars = value,
            b"wchar:" => io.write_chars = value,
            b"syscr:" => io.read_calls = value,
            b"syscw:" => io.write_calls = value,
            b"read_bytes:" => read = Some(value),
            b"write_bytes:" => written = Some(value),
            b"cancelled_write_bytes:" => cancelled = value,
            _ => {}
        }
    }
    (io.read_bytes, io.write_bytes) = (read?, written?.saturating_sub(cancelled));
    Some(io)
}

/// Reads the proportional set size from the text of `/proc/PID/smaps_rollup`, bytes.
pub fn parse_pss(text: &[u8]) -> Option<u64> {
    let (_, line) = lines(text).find(|(_, line)| line.starts_with(b"Pss:"))?;
    let kib = Words::new(&line[4..]).number()?;
    kib.checked_mul(1024)
}

/// Reads the resident pages from the text of `/proc/PID/statm`.
pub fn parse_resident(text: &[u8]) -> Option<u64> {
    let mut words = Words::new(text);
    words.skip_words(1);
    words.number()
}

/// Reads process by process, with one buffer for all of them.
#[derive(Debug)]
pub struct Processes {
    buffer: Box<[u8; SMAPS_BYTES]>,
    text: Vec<u8>,
    threads: Vec<u32>,
    numbers: Pids,
}

impl Default for Processes {
    fn default() -> Self {
        Processes {
            buffer: Box::new([0; SMAPS_BYTES]),
            text: Vec::new(),
            threads: Vec::new(),
            numbers: Pids::default(),
        }
    }
}

impl Processes {
    /// The main counters of a process; `None` if it has gone.
    ///
    /// # Errors
    /// The text is not what a kernel writes.
    pub fn stat(&mut self, root: &Root, pid: u32) -> Result<Option<ProcessReading>, ReadError> {
        let name = Name::of_pid(pid, b"stat");
        let Some(text) = root.read_short(&name, &mut self.buffer[..STAT_BYTES])? else {
            return Ok(None);
        };
        let fail = || {
            ReadError::text(&root.path().join(name.path()), 1, "not the text of a process's stat")
        };
        let process = parse_stat(text).ok_or_else(fail)?;
        // what is being taken out of the table has no counters any more
        Ok((process.state != DEAD).then_some(process))
    }

    /// What it read and wrote; `None` if it has gone.
    ///
    /// # Errors
    /// It belongs to somebody else, or this kernel does not count it.
    pub fn io(&mut self, root: &Root, pid: u32) -> Result<Option<IoReading>, ReadError> {
        let text = root.read_short(&Name::of_pid(pid, b"io"), &mut self.buffer[..IO_BYTES])?;
        Ok(text.and_then(parse_io))
    }

    /// Its proportional set size in bytes; `None` if it has gone or has no memory.
    ///
    /// # Errors
    /// It belongs to somebody else.
    pub fn pss(&mut self, root: &Root, pid: u32) -> Result<Option<u64>, ReadError> {
        let name = Name::of_pid(pid, b"smaps_rollup");
        let text = root.read_short(&name, &mut self.buffer[..])?;
        Ok(text.and_then(parse_pss))
    }

    /// How many descriptors it has open; `None` if it has gone.
    ///
    /// # Errors
    /// It belongs to somebody else.
    pub fn descriptors(&mut self, root: &Root, pid: u32) -> Result<Option<u64>, ReadError> {
        let name = Name::of_pid(pid, b"fd");
        let Some(folder) = root.folder(&name)? else { return Ok(None) };
        let mut count = 0;
        self.numbers.each_number(&folder, &root.path().join(name.path()), |_| count += 1)?;
        Ok(Some(count))
    }

    /// Its environment as it was at its start, each entry ended by a NUL; `None` if it has
    /// gone or has none.
    ///
    /// # Errors
    /// It belongs to somebody else.
    pub fn environment(&mut self, root: &Root, pid: u32) -> Result<Option<&[u8]>, ReadError> {
        root.read_long(&Name::of_pid(pid, b"environ"), &mut self.text)
    }

    /// Ticks since the machine came up; `None` where the root does not tell.
    ///
    /// # Errors
    /// The file may not be read.
    pub fn uptime(&mut self, root: &Root) -> Result<Option<u64>, ReadError> {
        let mut name = Name::empty();
        name.push(b"uptime");
        let text = root.read_short(&name, &mut self.buffer[..])?;
        let seconds = text.and_then(|text| fraction(Words::new(text).next()?));
        Ok(seconds.map(|seconds| (seconds * super::ticks_per_second() as f64) as u64))
    }

    /// True where this kernel lists the children of a thread; else look for
    /// parents in every process's stat.
    pub fn lists_children(&mut self, root: &Root, pid: u32) -> bool {
        let name = children_of((pid, pid));
        root.read_long(&name, &mut self.text).is_ok_and(|text| text.is_some())
    }

    /// Adds its children to a list; nothing if it has gone.
    ///
    /// # Errors
    /// The list cannot be read.
    pub fn children(
        &mut self,
        root: &Root,
        parent: &ProcessReading,
        children: &mut Vec<u32>,
    ) -> Result<(), ReadError> {
        self.threads.clear();
        if parent.threads > 1 {
            let name = Name::of_pid(parent.pid, b"task");
            let Some(folder) = root.folder(&name)? else { return Ok(()) };
            let (path, threads) = (root.path().join(name.path()), &mut self.threads);
            self.numbers.each_number(&folder, &path, |thread| threads.push(thread))?;
        } else {
            self.threads.push(parent.pid);
        }
        for thread in &self.threads {
            let name = children_of((parent.pid, *thread));
            let text = root.read_long(&name, &mut self.text)?.unwrap_or_default();
            let numbers = Words::new(text).filter_map(number);
            children.extend(numbers.filter_map(|number| u32::try_from(number).ok()));
        }
        Ok(())
    }
}

/// `PID/task/THREAD/children`.
fn children_of((pid, thread): (u32, u32)) -> Name {
    let mut name = Name::of_pid(pid, b"task/");
    name.push_number(thread);
    name.push(b"/children");
    name
}
