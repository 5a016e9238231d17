//! A worker: a process that is given one operation after the other, a line each, and answers
//! with a line each.

use crate::print::shown;
use crate::run::settings::Wear;
use record::{Fields, Seconds, WorkReply, WorkRequest, parse_record};
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::{Duration, Instant};
use sys::fd::{self, Pipe};
use sys::signal::SIGKILL;
use sys::spawn::{Spawn, SpawnError, Spawner};
use sys::wait::Child;

/// Longest request: as much as a pipe holds that nobody has read from yet.
pub const LONGEST_REQUEST: usize = 1 << 20;

/// Longest reply: that of a record.
const LONGEST_REPLY: usize = record::MAX_LINE_BYTES;

/// A worker that has nothing more to do has so long to end, before it is killed.
const PATIENCE: Duration = Duration::from_millis(500);

/// A process that is told what to do.
#[derive(Debug)]
pub struct Worker {
    pub child: Child,
    to: OwnedFd,
    /// Its replies.
    pub from: OwnedFd,
    since: Seconds,
    given: u32,
    /// Of a reply that is not whole yet.
    got: Vec<u8>,
}

/// What was heard of a worker.
#[derive(Debug)]
pub enum Heard {
    /// Its reply is not whole yet.
    Nothing,
    Reply(Box<WorkReply>),
    /// It answers, but not as was agreed: what is wrong.
    Nonsense(String),
    /// It will say nothing more.
    Closed,
}

impl Worker {
    /// Starts one; `spawn` has no descriptors yet but standard error.
    ///
    /// # Errors
    /// No pipes, or no process.
    pub fn start(
        spawner: &mut Spawner,
        spawn: &Spawn<'_>,
        (errors, now): (i32, Seconds),
    ) -> Result<Worker, SpawnError> {
        let Pipe { read: theirs, write: to } = fd::feeding_pipe().map_err(SpawnError::Clone)?;
        let Pipe { read: from, write } = fd::pipe().map_err(SpawnError::Clone)?;
        let fds = [(theirs.as_raw_fd(), 0), (write.as_raw_fd(), 1), (errors, 2)];
        let child = spawner.spawn(&Spawn { fds: &fds, ..*spawn })?;
        Ok(Worker { child, to, from, since: now, given: 0, got: Vec::new() })
    }

    /// It has had its time.
    pub fn is_worn(&self, wear: Wear, now: Seconds) -> bool {
        wear.is_over(now - self.since, self.given)
    }

    /// It lives and has said nothing that nobody asked for.
    pub fn is_ready(&self) -> bool {
        !fd::is_readable_by(&self.child.pidfd, Some(Instant::now()))
            && !fd::is_readable_by(&self.from, Some(Instant::now()))
    }

    /// Gives it an operation.
    ///
    /// # Errors
    /// It does not take it: it has not got it either.
    pub fn give(&mut self, request: &WorkRequest) -> io::Result<()> {
        let line = record::Record::to_line(request);
        match fd::write_some(&self.to, &line)? {
            Some(count) if count == line.len() => {
                self.given += 1;
                Ok(())
            }
            // a part is no line
            _ => Err(io::ErrorKind::WouldBlock.into()),
        }
    }

    /// Reads what it says.
    pub fn hear(&mut self, buffer: &mut [u8]) -> Heard {
        loop {
            if let Some(end) = self.got.iter().position(|byte| *byte == b'\n') {
                return self.reply(end);
            }
            if self.got.len() > LONGEST_REPLY {
                return Heard::Nonsense(format!("its reply is longer than {LONGEST_REPLY} bytes"));
            }
            match fd::read_some(&self.from, buffer) {
                Ok(Some(0)) | Err(_) => return Heard::Closed,
                Ok(Some(count)) => self.got.extend_from_slice(&buffer[..count]),
                Ok(None) => return Heard::Nothing,
            }
        }
    }

    fn reply(&mut self, end: usize) -> Heard {
        let rest = self.got.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.got, rest);
        line.pop();
        if !self.got.is_empty() {
            return Heard::Nonsense("it says more than one line".to_string());
        }
        let fields = match Fields::parse(&line) {
            Ok(fields) => fields,
            Err(bad) => return Heard::Nonsense(no_reply(&line, &bad.what)),
        };
        // one that hands its input on has done nothing
        if fields.get("type").is_some_and(|kind| kind.get() != r#""work.reply""#) {
            return Heard::Nonsense(no_reply(&line, "it is of another type"));
        }
        match parse_record::<WorkReply>(&line, &fields) {
            Ok(reply) => Heard::Reply(Box::new(reply)),
            Err(bad) => Heard::Nonsense(no_reply(&line, &bad.what)),
        }
    }

    /// Ends it: nothing more will be asked. One that stays is killed with its group.
    pub fn end(self) {
        let Worker { child, to, from, .. } = self;
        drop((to, from));
        if !fd::is_readable_by(&child.pidfd, Some(Instant::now() + PATIENCE)) {
            let _ = child.signal(SIGKILL);
        }
        let _ = child.wait();
    }
}

/// A line that is no reply, as far as it is worth showing.
fn no_reply(line: &[u8], why: &str) -> String {
    format!("its reply is none: {why}: {}", cut(&String::from_utf8_lossy(line)))
}

/// What a worker has said, as far as it is worth showing; it moves no cursor.
pub fn cut(text: &str) -> String {
    const SHOWN: usize = 60;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => shown(&text[..end]) + "...",
        None => shown(text),
    }
}
