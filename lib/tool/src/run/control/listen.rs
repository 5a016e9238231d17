//! Who may say something: a socket with its connections, or a named pipe. A client that is
//! slow or gone harms nobody: it is not waited for, and what it does not read is bounded.

use super::LONGEST;
use crate::fail::Fail;
use crate::run::drive::Runner;
use record::status;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use sys::poller::{Poller, Want};

/// The one that is listened at; connections have tokens from here up.
pub const TOKEN_CONTROL: usize = 1 << 44;

/// So many at a time; another one is sent away.
const MOST: usize = 32;

/// Answers that wait for a client that does not read, in bytes; then it is left.
const MOST_UNREAD: usize = 64 << 10;

/// What one turn takes of a connection, in reads.
const READS: usize = 8;

#[derive(Debug)]
enum Door {
    Socket(UnixListener),
    Pipe(OwnedFd),
}

/// A line as far as it has come.
#[derive(Debug, Default)]
struct Said {
    bytes: Vec<u8>,
    /// It is too long: all of it is passed over.
    passes: bool,
}

#[derive(Debug)]
struct Client {
    stream: UnixStream,
    said: Said,
    unread: Vec<u8>,
}

/// Where orders are taken, if they are.
#[derive(Debug, Default)]
pub struct Control {
    door: Option<Door>,
    /// A socket that we have made, and which file that is.
    made: Option<(PathBuf, u64)>,
    said: Said,
    clients: BTreeMap<usize, Client>,
    next: usize,
}

/// What has been heard of one who speaks.
enum Heard {
    /// Orders; more may come.
    Lines(Vec<Vec<u8>>),
    /// The same, and there may be more now.
    More(Vec<Vec<u8>>),
    /// The last ones.
    Gone(Vec<Vec<u8>>),
}

impl Control {
    /// Listens at a path: makes a socket that only its user may use, or reads a named pipe.
    ///
    /// # Errors
    /// It cannot be made, another run listens there, or something else is there.
    pub fn open(path: Option<&Path>, poller: &Poller) -> Result<Self, Fail> {
        let Some(path) = path else { return Ok(Control::default()) };
        let failed =
            |what: String| Fail::new(status::LOST, format!("--control {}: {what}", path.display()));
        let found = fs::symlink_metadata(path).ok().map(|found| found.file_type());
        let followed = fs::metadata(path).ok().map(|found| found.file_type());
        let reason = |error: io::Error| failed(crate::fail::reason(&error));
        let mut control = Control::default();
        if followed.is_some_and(|kind| kind.is_fifo()) {
            let pipe = sys::fd::open_fifo(path).map_err(reason)?;
            poller.add(&pipe, TOKEN_CONTROL, Want::Read).map_err(reason)?;
            control.door = Some(Door::Pipe(pipe));
            return Ok(control);
        }
        match found {
            Some(kind) if kind.is_socket() => {
                if UnixStream::connect(path).is_ok() {
                    return Err(failed("another run takes orders there".into()));
                }
                // left by a run that was killed
                fs::remove_file(path).map_err(reason)?;
            }
            Some(_) => return Err(failed("is there, and is no socket and no named pipe".into())),
            None => {}
        }
        let listener = sys::fd::listen_alone(path).map_err(reason)?;
        let inode = fs::symlink_metadata(path).map_err(reason)?.ino();
        poller.add(&listener, TOKEN_CONTROL, Want::Read).map_err(reason)?;
        control.door = Some(Door::Socket(listener));
        control.made = Some((path.to_path_buf(), inode));
        Ok(control)
    }

    /// Nobody is listened to any more; what was made is removed.
    pub fn close(&mut self) {
        *self = Control::default();
    }

    fn admit(&mut self, poller: &Poller) {
        let Some(Door::Socket(listener)) = &self.door else { return };
        while let Ok((stream, _)) = listener.accept() {
            // one too many hears that by the end of its connection
            if self.clients.len() >= MOST || stream.set_nonblocking(true).is_err() {
                continue;
            }
            self.next += 1;
            let token = TOKEN_CONTROL + self.next;
            if poller.add(&stream, token, Want::Read).is_ok() {
                let (said, unread) = (Said::default(), Vec::new());
                self.clients.insert(token, Client { stream, said, unread });
            }
        }
    }

    fn listen(&mut self, token: usize) -> Heard {
        if let (TOKEN_CONTROL, Some(Door::Pipe(pipe))) = (token, &self.door) {
            return read_lines(pipe, &mut self.said);
        }
        match self.clients.get_mut(&token) {
            // what it has not read comes before what it says next
            Some(client) if client.unread.is_empty() => {
                read_lines(&client.stream, &mut client.said)
            }
            _ => Heard::Lines(Vec::new()),
        }
    }

    /// Answers; a pipe cannot be.
    fn answer(&mut self, poller: &Poller, (token, line): (usize, &[u8])) {
        if let Some(client) = self.clients.get_mut(&token) {
            client.unread.extend_from_slice(line);
        }
        self.send(poller, token);
    }

    fn send(&mut self, poller: &Poller, token: usize) {
        let Some(client) = self.clients.get_mut(&token) else { return };
        while !client.unread.is_empty() {
            match sys::fd::send_some(&client.stream, &client.unread) {
                Ok(Some(count)) => drop(client.unread.drain(..count)),
                Ok(None) => break,
                Err(_) => return self.leave(poller, token),
            }
        }
        if client.unread.len() > MOST_UNREAD {
            return self.leave(poller, token);
        }
        let want = if client.unread.is_empty() { Want::Read } else { Want::Write };
        if poller.again(&client.stream, token, want).is_err() {
            self.leave(poller, token);
        }
    }

    fn leave(&mut self, poller: &Poller, token: usize) {
        if let Some(client) = self.clients.remove(&token) {
            let _ = poller.remove(&client.stream);
        }
    }
}

impl Drop for Control {
    fn drop(&mut self) {
        if let Some((path, inode)) = &self.made {
            // another run may have taken the place meanwhile
            if fs::symlink_metadata(path).is_ok_and(|found| found.ino() == *inode) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

impl AsRawFd for Door {
    fn as_raw_fd(&self) -> RawFd {
        match self {
            Door::Socket(listener) => listener.as_raw_fd(),
            Door::Pipe(pipe) => pipe.as_raw_fd(),
        }
    }
}

/// Reads what is there, and cuts it into lines.
fn read_lines(from: &impl AsRawFd, said: &mut Said) -> Heard {
    let mut lines = Vec::new();
    let mut buffer = [0; LONGEST];
    for _ in 0..READS {
        match sys::fd::read_some(from, &mut buffer) {
            Ok(Some(0)) | Err(_) => {
                let rest = std::mem::take(&mut said.bytes);
                lines.extend((!rest.is_empty()).then_some(rest));
                return Heard::Gone(lines);
            }
            Ok(Some(count)) => said.take(&buffer[..count], &mut lines),
            Ok(None) => return Heard::Lines(lines),
        }
    }
    Heard::More(lines)
}

impl Said {
    fn take(&mut self, bytes: &[u8], lines: &mut Vec<Vec<u8>>) {
        for byte in bytes {
            if *byte == b'\n' {
                lines.push(std::mem::take(&mut self.bytes));
                self.passes = false;
            } else if self.bytes.len() <= LONGEST && !self.passes {
                // one byte too many tells that it is too long
                self.bytes.push(*byte);
            } else {
                self.passes = true;
            }
        }
    }
}

impl Runner {
    /// Somebody wants to say something.
    pub fn hear_control(&mut self, token: usize) {
        if token == TOKEN_CONTROL && matches!(self.oversight.control.door, Some(Door::Socket(_))) {
            return self.oversight.control.admit(&self.poller);
        }
        self.oversight.control.send(&self.poller, token);
        let (lines, gone) = match self.oversight.control.listen(token) {
            Heard::Lines(lines) => (lines, false),
            Heard::More(lines) => {
                if let (TOKEN_CONTROL, Some(door)) = (token, &self.oversight.control.door) {
                    let _ = self.poller.again(door, token, Want::Read);
                }
                (lines, false)
            }
            Heard::Gone(lines) => (lines, true),
        };
        for line in lines {
            let answer = self.carry_out(&line);
            if token == TOKEN_CONTROL {
                // a pipe has no other end to tell
                self.tell_of_order(&answer);
            } else {
                let mut line = Vec::new();
                record::Record::append_line(&answer, &mut line);
                self.oversight.control.answer(&self.poller, (token, &line));
            }
        }
        if gone && token != TOKEN_CONTROL {
            self.oversight.control.leave(&self.poller, token);
        }
    }
}
