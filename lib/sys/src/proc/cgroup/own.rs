//! The control groups that we are in, and what they leave us.

use super::V1_NO_LIMIT;
use super::mounts::{Mounts, controllers};
use super::read::level;
use crate::proc::text::{lines, unescaped};
use std::path::{Path, PathBuf};

/// The groups that a process is in, one of each hierarchy.
#[derive(Clone, Debug)]
pub struct Membership {
    pub(in crate::proc) mounts: Mounts,
    /// The text of its `/proc/PID/cgroup`.
    pub(in crate::proc) groups: Vec<u8>,
}

impl Membership {
    /// Our own, below a root such as `/proc`; `None` where nobody can tell.
    pub fn own(proc: &Path) -> Option<Self> {
        let mounts = Mounts::read(&proc.join("self/mountinfo")).ok()?;
        Some(Membership { mounts, groups: std::fs::read(proc.join("self/cgroup")).ok()? })
    }

    /// The group in the hierarchy that has a controller: its folder, and whether the
    /// hierarchy is of version 2.
    pub fn folder(&self, controller: &str) -> Option<(PathBuf, bool)> {
        let mut second = None;
        for (names, path) in self.all() {
            let inner = path.strip_prefix("/").unwrap_or(&path);
            if controllers(names).iter().any(|name| name == controller) {
                let has = |have: &Vec<String>| have.iter().any(|name| name == controller);
                let (point, _) = self.mounts.split.iter().find(|(_, have)| has(have))?;
                return Some((point.join(inner), false)).filter(|(folder, _)| folder.is_dir());
            }
            if names.is_empty() {
                second = self.mounts.unified.as_ref().map(|point| point.join(inner));
            }
        }
        let second = second?;
        let offered = std::fs::read_to_string(second.join("cgroup.controllers")).ok()?;
        offered.split_whitespace().any(|name| name == controller).then_some((second, true))
    }

    /// What is left of something: of its group and of those above, where least is left.
    /// `None` where there is no limit.
    pub fn left(&self, of: Limited) -> Option<Left> {
        self.least(of).map(|(left, _)| left)
    }

    /// The memory limit that leaves the least, and the folder of the group that has it: its
    /// own or one above.
    pub fn limited_memory(&self) -> Option<(u64, PathBuf)> {
        self.least(MEMORY).map(|(left, folder)| (left.limit, folder))
    }

    /// The least limit on its memory, bytes; `None` where there is none.
    pub fn memory_limit(&self) -> Option<u64> {
        self.levels(MEMORY).into_iter().map(|(left, _)| left.limit).min()
    }

    fn least(&self, of: Limited) -> Option<(Left, PathBuf)> {
        self.levels(of).into_iter().min_by_key(|(left, _)| left.room())
    }

    /// The controllers of each hierarchy, and the path of the group in it.
    fn all(&self) -> impl Iterator<Item = (&[u8], PathBuf)> {
        lines(&self.groups).filter_map(|(_, line)| {
            // hierarchy:controllers:path
            let mut parts = line.splitn(3, |byte| *byte == b':').skip(1);
            Some((parts.next()?, unescaped(parts.next()?)))
        })
    }

    /// The limits of its groups and of those above.
    fn levels(&self, of: Limited) -> Vec<(Left, PathBuf)> {
        let mut found = Vec::new();
        let mut buffer = Vec::new();
        for (names, path) in self.all() {
            let has = |all: &[String]| all.iter().any(|name| name == of.controller);
            let split =
                self.mounts.split.iter().find(|(_, have)| has(have) && has(&controllers(names)));
            let (point, files) = match (split, &self.mounts.unified) {
                (Some((point, _)), _) => (point, of.v1),
                (None, Some(point)) if names.is_empty() => (point, of.v2),
                _ => continue,
            };
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
