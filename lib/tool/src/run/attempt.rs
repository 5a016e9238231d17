//! One spawn of an operation, from its start until nobody is left of it and its
//! output read.

use super::capture::Tail;
use super::matcher::Matcher;
use super::output::Written;
use super::outputs::Outputs;
use super::sinks::To;
use super::warm::{Begun, Task};
use engine::{Key, Part};
use record::{Command, Seconds, Stray};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use sys::wait::{Child, Ending, Usage};

/// An attempt that has been started.
#[derive(Debug)]
pub struct Attempt {
    pub key: Key,
    pub seq: u64,
    pub number: u32,
    pub slot: u32,
    pub part: Part,
    /// No other attempt can follow.
    pub last: bool,
    pub child: Child,
    pub cmd: Arc<Command>,
    pub start: Seconds,
    /// The same in seconds since the epoch.
    pub start_wall: Seconds,
    /// How long the start itself took.
    pub spawn: Seconds,
    /// The thread that started it and hears of it.
    pub lane: usize,
    /// Which start of the run it was.
    pub start_number: u64,
    /// Its pipes are watched.
    pub watched: bool,
    /// Our ends of its output: standard output, standard error.
    pub pipes: [Option<OwnedFd>; 2],
    /// Where each of them is printed.
    pub to: [To; 2],
    pub exited: Option<(Ending, Usage, Seconds)>,
    /// Its process descriptor is not watched: there was no memory for that.
    pub unwatched: bool,
    /// Its leader has ended, and the time that others and its output had after that is over.
    pub drained: bool,
    /// The group that holds it to its memory.
    pub quota: Option<sys::quota::Quota>,
    /// It was killed for want of memory.
    pub oom: bool,
    /// Nobody is left of it but, perhaps, its leader.
    pub alone: bool,
    /// The last signal of ours, for those that are found later.
    pub told: Option<i32>,
    /// The engine knows that it is over: later events of the same round say nothing.
    pub over_told: bool,
    /// Who outlived its leader by more than the drain's time.
    pub leaked: Leaked,
    /// Of each stream.
    pub out_bytes: [u64; 2],
    pub written: Written,
    pub tail: Tail,
    pub matcher: Matcher,
    /// Kept alive: its files are removed when the attempt is.
    pub _dir: Option<PrivateDir>,
    /// Files that it makes, put in their places if it succeeds.
    pub outputs: Option<Outputs>,
    /// Its output is kept here, too.
    pub log: Option<File>,
    /// Strays keep its output open: it is closed as soon as it is read.
    pub closing: bool,
    pub wait: Wait,
    /// How it was started.
    pub begun_as: Begun,
    /// The worker that it was given to, until that has replied.
    pub task: Option<Box<Task>>,
    /// Of a set-up: what it has said of a line that is not whole yet.
    pub said: Vec<u8>,
}

/// How an attempt waits until somebody takes its output.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wait {
    /// Of which of its descriptors: a bit for each.
    which: u8,
    since: Seconds,
    /// How long it has waited, before that.
    pub waited: Seconds,
}

impl Wait {
    /// It waits now.
    pub fn is_on(&self) -> bool {
        self.which != 0
    }

    /// One of its descriptors is not read, or it is stopped.
    pub fn begin(&mut self, which: usize, now: Seconds) {
        if !self.is_on() {
            self.since = now;
        }
        self.which |= 1 << which;
    }

    /// That is over.
    pub fn end(&mut self, which: usize, now: impl FnOnce() -> Seconds) {
        let before = self.which;
        self.which &= !(1 << which);
        if before != 0 && self.which == 0 {
            self.waited += now() - self.since;
        }
    }
}

/// Processes that outlived their leader.
#[derive(Debug, Default)]
pub struct Leaked {
    pub count: u32,
    /// The first of them.
    pub named: Vec<Stray>,
}

/// So many are named.
const MOST_NAMED: usize = 16;

impl Leaked {
    pub fn add(&mut self, stray: Stray) {
        self.count += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(stray);
        }
    }
}

impl std::fmt::Display for Leaked {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, stray) in self.named.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            write!(f, "{comma}{} ({})", stray.comm, stray.pid)?;
        }
        match self.count as usize - self.named.len() {
            0 => Ok(()),
            more if self.named.is_empty() => write!(f, "{more} processes"),
            more => write!(f, " and {more} more"),
        }
    }
}

impl Attempt {
    /// Nothing more will be heard of it.
    pub fn is_over(&self) -> bool {
        self.exited.is_some() && self.alone && self.pipes.iter().all(Option::is_none)
    }
}

/// A folder for the files of one attempt; removed with everything in it.
#[derive(Debug)]
pub struct PrivateDir {
    /// Where it is.
    pub path: PathBuf,
    /// Where each file is, by its name in the operation.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl PrivateDir {
    /// Makes the folder alone, 0700, in another.
    ///
    /// # Errors
    /// The disk's reasons.
    pub fn empty(parent: &Path, place: (u64, u32)) -> io::Result<PrivateDir> {
        Ok(PrivateDir { path: make_folder(parent, place)?, files: BTreeMap::new() })
    }

    /// A name in it.
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.path.join(name)
    }

    /// Makes the folder, 0700, and the files, 0600.
    ///
    /// # Errors
    /// A name that is a path, or the disk's reasons.
    pub fn new(
        (base, place): (&Path, (u64, u32)),
        contents: &BTreeMap<String, record::Bytes>,
    ) -> io::Result<PrivateDir> {
        let mut dir = PrivateDir::empty(base, place)?;
        for (name, content) in contents {
            if Path::new(name).file_name().is_none_or(|base| base.as_bytes() != name.as_bytes()) {
                let what = format!("files: \"{name}\" is no plain file name");
                return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
            }
            let path = dir.path.join(name);
            let mut file =
                std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(content)?;
            dir.files.insert(name.clone(), path.as_os_str().as_bytes().to_vec());
        }
        Ok(dir)
    }
}

/// A folder of our own. One that is there already was left by a runner that was
/// killed and had our number, or is somebody's trap: another name is taken.
fn make_folder(parent: &Path, place: (u64, u32)) -> io::Result<PathBuf> {
    let name = format!("pgrun-{}-{}-{}", std::process::id(), place.0, place.1);
    let mut path = parent.join(&name);
    for other in 1..MOST_NAMES {
        match std::fs::DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                path = parent.join(format!("{name}-{other}"));
            }
            made => return made.map(|()| path),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// Names for a folder that are tried.
const MOST_NAMES: u32 = 1000;

impl Drop for PrivateDir {
    fn drop(&mut self) {
        // best effort: the command may have changed what we made
        let _ = std::fs::remove_dir_all(&self.path);
    }
}
