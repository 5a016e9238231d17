//! Where control groups are mounted.

use super::Version;
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

/// Controllers among the options of a version 1 mount.
pub(super) fn controllers(options: &[u8]) -> Vec<String> {
    let words = options.split(|byte| *byte == b',');
    words.map(|word| String::from_utf8_lossy(word).into_owned()).collect()
}
