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
    own_limited_memory().map(|(bytes, _)| bytes)
}

/// The same, with the folder of the cgroup that has it.
pub fn own_limited_memory() -> Option<(u64, PathBuf)> {
    let mounts = Mounts::read(Path::new("/proc/self/mountinfo")).ok()?;
    memory_limit(&mounts, &std::fs::read("/proc/self/cgroup").ok()?)
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

/// The least limit on the memory of a process whose `/proc/PID/cgroup` this is.
pub(crate) fn memory_limit(mounts: &Mounts, cgroups: &[u8]) -> Option<(u64, PathBuf)> {
    let mut least: Option<(u64, PathBuf)> = None;
    let mut buffer = Vec::new();
    for (_, line) in lines(cgroups) {
        // hierarchy:controllers:path
        let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
        let (Some(names), Some(path)) = (parts.next(), parts.next()) else { continue };
        let split = mounts.split.iter().find(|(_, have)| {
            have.iter().any(|n| n == "memory") && controllers(names).iter().any(|n| n == "memory")
        });
        let (point, file) = match (split, &mounts.unified) {
            (Some((point, _)), _) => (point, "memory.limit_in_bytes"),
            (None, Some(point)) if names.is_empty() => (point, "memory.max"),
            _ => continue,
        };
        let path = unescaped(path);
        for above in path.ancestors() {
            let folder = point.join(above.strip_prefix("/").unwrap_or(above));
            let limit = level(&folder.join(file), &mut buffer).ok().flatten();
            let limit = limit.filter(|bytes| *bytes < V1_NO_LIMIT);
            least = least.into_iter().chain(limit.map(|bytes| (bytes, folder))).min();
        }
    }
    least
}

/// Controllers among the options of a version 1 mount.
fn controllers(options: &[u8]) -> Vec<String> {
    let words = options.split(|byte| *byte == b',');
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
