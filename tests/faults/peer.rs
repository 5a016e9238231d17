//! The tools that are tried, and how each is told the same thing.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A tool on which faults are provoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peer {
    /// `pgrun` and `pglock`, as built.
    Pgtools,
    /// GNU parallel.
    Parallel,
    /// xargs of findutils.
    Xargs,
    /// rust-parallel.
    RustParallel,
    /// flock of util-linux.
    Flock,
    /// sem of GNU parallel.
    Sem,
}

/// Other runners of commands.
pub const RUNNERS: &[Peer] = &[Peer::Parallel, Peer::Xargs, Peer::RustParallel];
/// Other tools for locks.
pub const LOCKERS: &[Peer] = &[Peer::Flock, Peer::Sem];
/// What only ours has.
pub const NOBODY: &[Peer] = &[];

impl Peer {
    /// As the table calls it.
    pub fn title(self) -> &'static str {
        match self {
            Peer::Pgtools => "pgtools",
            Peer::Parallel => "GNU parallel",
            Peer::Xargs => "xargs -P",
            Peer::RustParallel => "rust-parallel",
            Peer::Flock => "flock",
            Peer::Sem => "sem",
        }
    }

    /// Its program, where it is there.
    pub fn program(self) -> Option<PathBuf> {
        match self {
            Peer::Pgtools => Some(PathBuf::from(env!("CARGO_BIN_EXE_pgrun"))),
            Peer::Parallel => installed("parallel"),
            Peer::Xargs => installed("xargs"),
            Peer::RustParallel => installed("rust-parallel"),
            Peer::Flock => installed("flock"),
            Peer::Sem => installed("sem"),
        }
    }

    /// The words with which it runs `./op KEY` for each line of its standard input, so many
    /// at a time. The words of the options come after the name of the program.
    pub fn over_lines(self, jobs: usize, options: &[OsString]) -> Vec<OsString> {
        let jobs = format!("-j{jobs}");
        let (before, after): (Vec<String>, &[&str]) = match self {
            Peer::Pgtools | Peer::Parallel => (vec![jobs], &["./op", "{}"]),
            Peer::Xargs => (vec![jobs.replace("-j", "-P"), "-n1".into()], &["./op"]),
            _ => (vec![jobs], &["./op"]),
        };
        let mut words: Vec<OsString> = before.into_iter().map(OsString::from).collect();
        if self == Peer::Xargs {
            words.extend(["-d", "\n"].map(OsString::from));
        }
        words.extend(options.iter().cloned());
        words.extend(after.iter().map(OsString::from));
        words
    }
}

/// Where a program is on the path.
pub fn installed(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .chain([Path::new(env!("CARGO_MANIFEST_DIR")).join("target/peers/bin")])
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
