//! The log that `--resume` goes on from: events of run after run in one file, each record
//! in it before what follows from it.
//!
//! `read.rs` has what earlier runs tell, `mend.rs` what is done where that is damaged,
//! `key.rs` by what a command is known again, `orphans.rs` ends what a killed run has left,
//! `again.rs` says of each job what is to become of it.

mod again;
mod key;
mod mend;
mod orphans;
mod read;

pub use again::Again;
pub use key::undoing;
pub use orphans::Orphans;

use crate::fail::{Fail, reason};
use crate::run::settings::{LogSettings, Resume};
use record::{Event, status};
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};
use sys::lock::{FileHeld, LockError, LockFile, Mode};
use sys::spawn::{Note, SpawnError};
use sys::turns::Turns;

/// What is written through to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sync {
    /// The beginning, failures, the end.
    #[default]
    Some,
    /// Every record.
    All,
}

/// The log while a run writes to it. Threads share it: a start is written outside of
/// their turns.
#[derive(Debug)]
pub struct Kept {
    file: File,
    /// For messages.
    name: String,
    sync: Sync,
    /// Nobody else writes to it.
    _held: FileHeld,
    waiting: Turns<Waiting>,
    /// Bytes of whole records in the file; who has it, writes.
    length: Turns<u64>,
}

/// Records that are not in the file yet.
#[derive(Debug, Default)]
struct Waiting {
    lines: Vec<u8>,
    /// They are to be written through.
    durable: bool,
}

/// The record of a start around the two numbers that its process fills in.
#[derive(Debug)]
pub struct StartText([Vec<u8>; 3]);

impl StartText {
    /// Of an event in which neither number stands yet.
    pub fn new(event: &Event) -> Self {
        const PID: &[u8] = b",\"pid\":";
        let mut line = Vec::with_capacity(256);
        event.append_line(&mut line);
        // in a string of the record the quotes would be escaped
        let at = line.windows(PID.len()).position(|part| part == PID).unwrap_or(0) + PID.len();
        let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let end = line.len().saturating_sub(b"}\n".len()).max(at + digits);
        let between = [&line[at + digits..end], b",\"born\":"].concat();
        line.truncate(at);
        StartText([line, between, b"}\n".to_vec()])
    }
}

impl Kept {
    /// Opens the log for this run alone, and reads what it has.
    ///
    /// # Errors
    /// Another run has it, it is no log, or it is damaged in its middle.
    pub fn open(
        path: &Path,
        log: &LogSettings,
        say: &mut Vec<String>,
    ) -> Result<(Self, Again), Fail> {
        let name = path.display().to_string();
        let wrong = |e: io::Error| Fail::io(status::LOST, format!("--log {name}"), &e);
        // to open a pipe would be to wait for its other end
        let is_new = match path.metadata() {
            Ok(there) if there.is_file() => false,
            Ok(_) => {
                let what = format!("--log {name}: is no regular file");
                return Err(Fail::new(status::LOST, what));
            }
            Err(_) => true,
        };
        let held = hold(path, &name)?;
        if log.repair {
            mend::repair(path, &name, say)?;
        }
        let told = read::read(path, &name)?;
        let file = OpenOptions::new().append(true).open(path).map_err(wrong)?;
        let length = mend::end_well(&file, &told, say).map_err(wrong)?;
        if length == 0 && !is_new && log.resume.is_some() {
            say.push(format!("{name}: has no record of a run; everything is run"));
        }
        if is_new {
            // the name is to be found after a power cut, too
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let opened = File::open(folder.unwrap_or(Path::new(".")));
            let _ = opened.and_then(|folder| folder.sync_all());
        }
        let kept = Kept {
            file,
            name,
            sync: log.sync,
            _held: held,
            waiting: Turns::new(Waiting::default()),
            length: Turns::new(length),
        };
        let again = Again::new(told, log.resume);
        Ok((kept, again))
    }

    /// Reads what it has, and leaves it as it is.
    ///
    /// # Errors
    /// It is no log, or it is damaged in its middle.
    pub fn look(path: &Path) -> Result<Again, Fail> {
        Ok(Again::new(read::read(path, &path.display().to_string())?, Some(Resume::All)))
    }

    /// Adds a record; it is written with the next start, or before the next wait.
    pub fn add(&self, event: &Event) {
        let mut waiting = self.waiting.take();
        event.append_line(&mut waiting.lines);
        waiting.durable |= self.sync == Sync::All || matters(event);
    }

    /// Writes what waits. While a command is being started nothing is written: whoever
    /// starts it writes before he waits himself.
    ///
    /// # Errors
    /// What could not be written, which waits on.
    pub fn flush(&self) -> Result<(), String> {
        let Some(mut length) = self.length.take_if_free() else { return Ok(()) };
        let waiting = std::mem::take(&mut *self.waiting.take());
        if waiting.lines.is_empty() {
            return Ok(());
        }
        let written = (&self.file)
            .write_all(&waiting.lines)
            .and_then(|()| if waiting.durable { self.file.sync_data() } else { Ok(()) });
        match written {
            Ok(()) => *length += waiting.lines.len() as u64,
            Err(error) => {
                self.cut(*length);
                self.put_back(waiting);
                return Err(self.failure(&error));
            }
        }
        Ok(())
    }

    /// Starts a command that writes its own record, behind those that wait.
    ///
    /// # Errors
    /// It was not started, perhaps since its record could not be written.
    pub fn begin<T>(
        &self,
        StartText(text): &StartText,
        start: impl FnOnce(Note<'_>) -> (Result<T, SpawnError>, usize),
    ) -> Result<T, SpawnError> {
        let mut length = self.length.take();
        let Waiting { mut lines, durable } = std::mem::take(&mut *self.waiting.take());
        let before = lines.len();
        lines.extend_from_slice(&text[0]);
        let durable_note = durable || self.sync == Sync::All;
        let text = [&lines[..], &text[1], &text[2]];
        let (started, written) = start(Note { file: &self.file, text, durable: durable_note });
        match &started {
            Ok(_)
            | Err(SpawnError::Exec(_) | SpawnError::Folder(_) | SpawnError::Descriptor(_))
                if written > 0 =>
            {
                *length += written as u64;
            }
            // it had no time to say how much it wrote, or wrote a part
            _ => {
                self.cut(*length);
                lines.truncate(before);
                self.put_back(Waiting { lines, durable });
            }
        }
        started
    }

    /// What stands in messages for a record that cannot be written.
    pub fn failure(&self, error: &io::Error) -> String {
        format!("--log {}: {}; it is incomplete", self.name, reason(error))
    }

    /// Takes away what was written of a record that is not whole. Best effort: what stays
    /// is found by who reads it.
    fn cut(&self, length: u64) {
        let _ = self.file.set_len(length);
    }

    /// In front of what has come since.
    fn put_back(&self, mut before: Waiting) {
        let mut waiting = self.waiting.take();
        before.lines.append(&mut waiting.lines);
        before.durable |= waiting.durable;
        *waiting = before;
    }
}

/// What must not be lost with the machine's power.
fn matters(event: &Event) -> bool {
    match event {
        Event::RunStart(_) | Event::RunEnd(_) => true,
        Event::OpEnd(end) => end.result.failed(),
        _ => false,
    }
}

/// A run that was killed a moment ago has it until its last child has ended.
const PATIENCE: Duration = Duration::from_secs(1);

/// Holds the log for this run alone.
fn hold(path: &Path, name: &str) -> Result<FileHeld, Fail> {
    let wrong = |e: LockError| Fail::new(status::LOST, format!("--log {e}"));
    let file = match LockFile::open(path, Mode::Exclusive).map_err(wrong)?.try_take() {
        Ok(Ok(held)) => return Ok(held),
        Ok(Err(file)) => file,
        Err(error) => return Err(wrong(error)),
    };
    let holders: Vec<String> = file.holders().iter().map(u32::to_string).collect();
    let waiting = file.wait().map_err(wrong)?;
    if sys::fd::is_readable_by(&waiting, Some(Instant::now() + PATIENCE))
        && let Ok(held) = waiting.advance().map_err(wrong)?
    {
        return Ok(held);
    }
    let by = match &holders[..] {
        [] => String::new(),
        pids => format!(" (process {})", pids.join(", ")),
    };
    let what = "another run writes to it";
    let advice = "wait for its end, or name another file";
    Err(Fail::new(status::LOST, format!("--log {name}: {what}{by}; {advice}")))
}
