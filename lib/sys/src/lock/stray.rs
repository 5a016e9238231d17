//! Finding processes that keep a lock and that no record names.

use crate::fd::{self, Pipe};
use crate::proc::process::{ProcessReading, parse_stat};
use record::{Bytes, Command};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::MetadataExt as _;

/// A pipe whose writing end the work inherits beside its locks. When the
/// command has ended and the pipe has not, it left somebody behind: learnt by one
/// read, where trying the lock again could not tell a stray from the next holder.
#[derive(Debug)]
pub struct Tether {
    pipe: Pipe,
}

/// The end of a tether that stays with us.
#[derive(Debug)]
pub struct TetherEnd {
    read: std::os::fd::OwnedFd,
}

impl Tether {
    /// A new tether.
    ///
    /// # Errors
    /// Too many open files.
    pub fn new() -> io::Result<Self> {
        Ok(Tether { pipe: fd::pipe()? })
    }

    /// What the work inherits.
    pub fn work_end(&self) -> RawFd {
        self.pipe.write.as_raw_fd()
    }

    /// Once the work is started: only it has the other end.
    pub fn started(self) -> TetherEnd {
        TetherEnd { read: self.pipe.read }
    }
}

impl TetherEnd {
    /// The processes that the command left behind, after it has ended. Usually
    /// none, which costs one system call.
    pub fn strays(&self) -> Vec<u32> {
        if matches!(fd::read_some(&self.read, &mut [0; 64]), Ok(Some(0))) {
            return Vec::new();
        }
        let Some(pipe) = identity_of(&format!("/proc/self/fd/{}", self.read.as_raw_fd())) else {
            return Vec::new();
        };
        having_open(pipe, |_, _| true)
    }
}

/// The processes, ours aside, that have a lock on an open file.
pub(super) fn locking(file: &File) -> Vec<u32> {
    let locked = |pid: u32, fd: &str| {
        fs::read_to_string(format!("/proc/{pid}/fdinfo/{fd}"))
            .is_ok_and(|info| info.lines().any(|line| line.starts_with("lock:")))
    };
    opened(file).map_or_else(Vec::new, |identity| having_open(identity, locked))
}

/// The processes, ours aside, that have a FIFO open.
pub(super) fn keeping(fifo: &File) -> Vec<u32> {
    opened(fifo).map_or_else(Vec::new, |identity| having_open(identity, |_, _| true))
}

fn opened(file: &File) -> Option<(u64, u64)> {
    file.metadata().ok().map(|meta| (meta.dev(), meta.ino()))
}

fn identity_of(path: &str) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|meta| (meta.dev(), meta.ino()))
}

/// Processes of this user (others cannot be looked into) with a file open.
fn having_open(file: (u64, u64), also: impl Fn(u32, &str) -> bool) -> Vec<u32> {
    let ours = std::process::id();
    let Ok(processes) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = processes.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let has = |pid: &u32| {
        let Ok(fds) = fs::read_dir(format!("/proc/{pid}/fd")) else { return false };
        fds.flatten().any(|entry| {
            let fd = entry.file_name();
            let fd = fd.to_string_lossy();
            identity_of(&format!("/proc/{pid}/fd/{fd}")) == Some(file) && also(*pid, &fd)
        })
    };
    let mut pids: Vec<u32> = pids.filter(|pid| *pid != ours).filter(has).collect();
    pids.sort_unstable();
    pids
}

/// The command line of a process that runs; in the middle of an exec, its short name.
pub fn command_of(pid: u32) -> Option<Command> {
    let text = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    let words = match text.strip_suffix(b"\0") {
        Some(text) => text.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect(),
        None => vec![fs::read(format!("/proc/{pid}/comm")).ok()?.trim_ascii().to_vec()],
    };
    Some(Command::Argv(words.into_iter().map(Bytes).collect()))
}

/// What the kernel says of a process, if it is there.
pub(super) fn process_of(pid: u32) -> Option<ProcessReading> {
    parse_stat(&fs::read(format!("/proc/{pid}/stat")).ok()?)
}

/// A process that is stopped: it keeps its locks for as long as it is.
pub fn is_stopped(pid: u32) -> bool {
    process_of(pid).is_some_and(|process| matches!(process.state, b'T' | b't'))
}

/// We are this process or descend from it: waiting for its lock we wait for ever.
pub fn contains_us(pid: u32) -> bool {
    ancestors_of(std::process::id()).contains(&pid)
}

/// A process, its parent, and so on.
pub fn ancestors_of(pid: u32) -> Vec<u32> {
    let parent = |child: &u32| process_of(*child).map(|child| child.ppid).filter(|pid| *pid > 0);
    std::iter::successors(Some(pid), parent).collect()
}

/// A stopped process, ours aside, that has a file open.
pub(super) fn stopped_with(file: &File) -> Option<u32> {
    let identity = opened(file)?;
    having_open(identity, |pid, _| is_stopped(pid)).first().copied()
}
