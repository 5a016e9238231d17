//! Where control groups are mounted, and what limits a process's memory.

use super::read::level;
use super::{V1_NO_LIMIT, Version};
use crate::proc::read::ReadError;
use crate::proc::text::{Words, lines, unescaped};
use std::path::{Path, PathBuf};

/// Where the hierarchies are mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mounts {
    /// Version 2.
    pub(super) unified: Option<PathBuf>,
    /// Version 1: mount point and its controllers.
    pub(super) split: Vec<(PathBuf, Vec<String>)>,
}

impl Mounts {
    /// Reads `PID/mountinfo` below a root such as `/proc`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(mountinfo: &Path) -> Result<Self, ReadError> {
        let text = std::fs::read(mountinfo).map_err(|e| ReadError::system(mountinfo, e))?;
        Ok(Mounts::parse(&text))
    }

    /// Finds the hierarchies in the text of a `mountinfo`.
    pub fn parse(text: &[u8]) -> Self {
        let mut mounts = Mounts::default();
        for (_, line) in lines(text) {
            // id parent device root MOUNT options [optional...] - TYPE source SUPER-OPTIONS
            let words: Vec<&[u8]> = Words::new(line).collect();
            let Some(dash) = words.iter().position(|word| *word == b"-") else { continue };
            let (Some(point), Some(kind)) = (words.get(4), words.get(dash + 1)) else { continue };
            let options = words.get(dash + 3).copied().unwrap_or_default();
            match *kind {
                b"cgroup2" if mounts.unified.is_none() => mounts.unified = Some(unescaped(point)),
                b"cgroup" => mounts.split.push((unescaped(point), controllers(options))),
                _ => {}
            }
        }
        mounts
    }

    /// True where no hierarchy is mounted.
    pub fn is_empty(&self) -> bool {
        self.unified.is_none() && self.split.is_empty()
    }

    /// The mount points, for messages.
    pub fn points(&self) -> Vec<&Path> {
        let split = self.split.iter().map(|(point, _)| point.as_path());
        self.unified.as_deref().into_iter().chain(split).collect()
    }

    /// The part of a path below the hierarchy it lies in; a path that lies in
    /// none is taken as such a part already.
    pub(super) fn inner<'p>(&self, path: &'p Path) -> &'p Path {
        let longest = self
            .points()
            .into_iter()
            .filter_map(|point| path.strip_prefix(point).ok())
            .min_by_key(|rest| rest.as_os_str().len());
        longest.unwrap_or_else(|| path.strip_prefix("/").unwrap_or(path))
    }

    pub(super) fn folder(&self, controller: &str, inner: &Path) -> Option<(PathBuf, Version)> {
        let split = self.split.iter().find(|(_, names)| names.iter().any(|n| n == controller));
        let v1 = split.map(|(point, _)| (point.join(inner), Version::One));
        let v2 = self.unified.as_ref().map(|point| (point.join(inner), Version::Two));
        v1.into_iter().chain(v2).find(|(folder, _)| folder.is_dir())
    }
}

/// The least limit on this process's memory: that of its cgroup and of those above it,
/// bytes. `None` where there is none, or where nobody can tell.
pub fn own_memory_limit() -> Option<u64> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    memory_limit(&mounts, &std::fs::read("/proc/self/cgroup").ok()?)
}

/// The memory limit that leaves this process the least, and the folder of the cgroup that
/// has it: its own or one above.
pub fn own_limited_memory() -> Option<(u64, PathBuf)> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    let all = levels(&mounts, &std::fs::read("/proc/self/cgroup").ok()?, MEMORY);
    let least = all.into_iter().min_by_key(|(left, _)| left.room());
    least.map(|(left, folder)| (left.limit, folder))
}

/// Our own cgroup in the hierarchy that has a controller: its folder, and whether the
/// hierarchy is of version 2.
pub fn own_folder(controller: &str) -> Option<(PathBuf, bool)> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    let text = std::fs::read("/proc/self/cgroup").ok()?;
    let mut second = None;
    for (_, line) in lines(&text) {
        let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
        let (Some(names), Some(path)) = (parts.next(), parts.next()) else { continue };
        let path = unescaped(path);
        let inner = path.strip_prefix("/").unwrap_or(&path);
        if controllers(names).iter().any(|name| name == controller) {
            let has = |have: &Vec<String>| have.iter().any(|name| name == controller);
            let (point, _) = mounts.split.iter().find(|(_, have)| has(have))?;
            return Some((point.join(inner), false)).filter(|(folder, _)| folder.is_dir());
        }
        if names.is_empty() {
            second = mounts.unified.as_ref().map(|point| point.join(inner));
        }
    }
    let second = second?;
    let offered = std::fs::read_to_string(second.join("cgroup.controllers")).ok()?;
    offered.split_whitespace().any(|name| name == controller).then_some((second, true))
}

/// What is left of something that control groups limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Left {
    /// The limit.
    pub limit: u64,
    /// What is used of it.
    pub used: u64,
}

impl Left {
    /// What can still be had.
    pub fn room(self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// Something that control groups limit: its files in version 1 and 2, for the limit and for
/// what is used.
#[derive(Clone, Copy, Debug)]
pub struct Limited {
    controller: &'static str,
    v1: [&'static str; 2],
    v2: [&'static str; 2],
}

/// Memory, bytes.
pub const MEMORY: Limited = Limited {
    controller: "memory",
    v1: ["memory.limit_in_bytes", "memory.usage_in_bytes"],
    v2: ["memory.max", "memory.current"],
};

/// Processes and threads.
pub const TASKS: Limited = Limited {
    controller: "pids",
    v1: ["pids.max", "pids.current"],
    v2: ["pids.max", "pids.current"],
};

/// What is left to this process: of its control group and of those above it, where least
/// is left. `None` where there is no limit, or where nobody can tell.
pub fn own_left(of: Limited) -> Option<Left> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    let all = levels(&mounts, &std::fs::read("/proc/self/cgroup").ok()?, of);
    all.into_iter().map(|(left, _)| left).min_by_key(|left| left.room())
}

/// The least memory limit of a process whose `/proc/PID/cgroup` this is.
pub(crate) fn memory_limit(mounts: &Mounts, cgroups: &[u8]) -> Option<u64> {
    levels(mounts, cgroups, MEMORY).into_iter().map(|(left, _)| left.limit).min()
}

/// The limits of its groups and of those above.
fn levels(mounts: &Mounts, cgroups: &[u8], of: Limited) -> Vec<(Left, PathBuf)> {
    let mut found = Vec::new();
    let mut buffer = Vec::new();
    for (_, line) in lines(cgroups) {
        // hierarchy:controllers:path
        let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
        let (Some(names), Some(path)) = (parts.next(), parts.next()) else { continue };
        let has = |all: &[String]| all.iter().any(|name| name == of.controller);
        let split = mounts.split.iter().find(|(_, have)| has(have) && has(&controllers(names)));
        let (point, files) = match (split, &mounts.unified) {
            (Some((point, _)), _) => (point, of.v1),
            (None, Some(point)) if names.is_empty() => (point, of.v2),
            _ => continue,
        };
        let path = unescaped(path);
        for above in path.ancestors() {
            let folder = point.join(above.strip_prefix("/").unwrap_or(above));
            let mut read = |file| level(&folder.join(file), &mut buffer).ok().flatten();
            if let Some(limit) = read(files[0]).filter(|limit| *limit < V1_NO_LIMIT) {
                let used = read(files[1]).unwrap_or(0);
                found.push((Left { limit, used }, folder));
            }
        }
    }
    found
}

/// Controllers among the options of a version 1 mount.
fn controllers(options: &[u8]) -> Vec<String> {
    let words = options.split(|byte| *byte == b',');
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
