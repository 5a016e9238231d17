//! Control groups: version 2, version 1, and both side by side. A counter is
//! looked for in the version 1 hierarchy of its controller first, then in
//! version 2, since a controller lives in one of them only.

mod mounts;
mod own;
mod read;
mod reading;

pub use mounts::Mounts;
pub use own::{Left, Limited, MEMORY, Membership, TASKS};
pub use reading::{CgroupReading, PRESSURES};

use super::read::ReadError;
use super::text::{Words, number};
use read::text_of;
use std::path::{Path, PathBuf};

/// Version 1 writes this, rounded to pages, where there is no memory limit.
const V1_NO_LIMIT: u64 = 1 << 62;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// One cgroup.
#[derive(Debug)]
pub struct Cgroup {
    cpu: Option<(PathBuf, Version)>,
    accounting: Option<(PathBuf, Version)>,
    memory: Option<(PathBuf, Version)>,
    io: Option<(PathBuf, Version)>,
    pids: Option<(PathBuf, Version)>,
    cpuset: Option<(PathBuf, Version)>,
    pressure: Option<PathBuf>,
    /// Where its processes are listed.
    members: PathBuf,
    buffer: Vec<u8>,
    ticks_per_second: u64,
}

impl Cgroup {
    /// Finds a cgroup by its path, as `/proc/PID/cgroup` has it or as it lies
    /// in the file system; `None` where no hierarchy has it.
    pub fn find(mounts: &Mounts, path: &Path) -> Option<Self> {
        let inner = mounts.inner(path);
        Some(Cgroup {
            members: members(mounts, path, inner)?,
            cpu: mounts.folder("cpu", inner),
            accounting: mounts.folder("cpuacct", inner),
            memory: mounts.folder("memory", inner),
            io: mounts.folder("blkio", inner),
            pids: mounts.folder("pids", inner),
            cpuset: mounts.folder("cpuset", inner),
            pressure: mounts.unified.as_ref().map(|point| point.join(inner)),
            buffer: Vec::new(),
            ticks_per_second: super::ticks_per_second(),
        })
    }

    /// True while it is there.
    pub fn is_there(&self) -> bool {
        self.members.join("cgroup.procs").exists()
    }

    /// Adds the processes of it and of all cgroups below it to a list.
    ///
    /// # Errors
    /// A list cannot be read.
    pub fn processes(&mut self, pids: &mut Vec<u32>) -> Result<(), ReadError> {
        let mut folders = vec![self.members.clone()];
        while let Some(folder) = folders.pop() {
            if let Some(text) = text_of(&folder.join("cgroup.procs"), &mut self.buffer)? {
                let numbers = Words::new(text).filter_map(number);
                pids.extend(numbers.filter_map(|pid| u32::try_from(pid).ok()));
            }
            // a cgroup that was removed meanwhile has nothing below it
            let Ok(entries) = std::fs::read_dir(&folder) else { continue };
            let below = entries.flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir()));
            folders.extend(below.map(|entry| entry.path()));
        }
        Ok(())
    }
}

/// The folder that lists the processes of a cgroup: the one that was named,
/// else that of version 2, else the first that has the path.
fn members(mounts: &Mounts, path: &Path, inner: &Path) -> Option<PathBuf> {
    let named = mounts.points().into_iter().any(|point| path.starts_with(point));
    let named = named.then(|| path.to_path_buf());
    let below = mounts.points().into_iter().map(|point| point.join(inner));
    named.into_iter().chain(below).find(|folder| folder.is_dir())
}
