//! Room of file systems that stand on disks.

use super::read::{ReadError, Root, Source};
use super::text::{Words, lines, unescaped};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// One file system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RoomReading {
    /// Where it is mounted; where it is mounted several times, the first place.
    pub point: PathBuf,
    /// Size, bytes.
    pub total: u64,
    /// Not used, bytes.
    pub free: u64,
    /// What ordinary users can still write, bytes.
    pub available: u64,
    /// Files there may be; 0 where there is no limit.
    pub inodes: u64,
    /// Those still to be had.
    pub inodes_free: u64,
}

/// Finds mounted file systems, and asks each for its room. Those whose answer may not
/// come (of a network, of a program) are left alone, as are those without a disk.
#[derive(Debug)]
pub struct Rooms {
    mounts: Option<Source>,
    /// The text of the mounts and what was found in it.
    seen: Vec<u8>,
    points: Vec<PathBuf>,
}

/// Most file systems that are asked.
const MOST: usize = 64;

impl Rooms {
    /// Asks `self/mountinfo` below a root such as `/proc`.
    ///
    /// # Errors
    /// It is there and may not be read.
    pub fn open(proc: &Root) -> Result<Self, ReadError> {
        let mounts = proc.source("self/mountinfo")?;
        Ok(Rooms { mounts, seen: Vec::new(), points: Vec::new() })
    }

    /// One reading.
    ///
    /// # Errors
    /// The mounts cannot be read.
    pub fn read(&mut self, buffer: &mut Vec<u8>) -> Result<Vec<RoomReading>, ReadError> {
        let Some(file) = &self.mounts else { return Ok(Vec::new()) };
        let text = file.read(buffer)?;
        if text != self.seen {
            self.points = points(text);
            self.seen = text.to_vec();
        }
        Ok(self.points.iter().filter_map(|point| room(point)).collect())
    }
}

/// Mount points of file systems on disks, one for each device.
pub fn points(text: &[u8]) -> Vec<PathBuf> {
    let mut found: Vec<(Vec<u8>, PathBuf)> = Vec::new();
    for (_, line) in lines(text) {
        // id parent MAJOR:MINOR root MOUNT options [optional...] - TYPE source options
        let words: Vec<&[u8]> = Words::new(line).collect();
        let Some(dash) = words.iter().position(|word| *word == b"-") else { continue };
        let (Some(device), Some(point)) = (words.get(2), words.get(4)) else { continue };
        let (Some(kind), Some(source)) = (words.get(dash + 1), words.get(dash + 2)) else {
            continue;
        };
        let on_disk = source.starts_with(b"/dev/") && !kind.starts_with(b"fuse");
        let known = found.iter().any(|(other, _)| other == device);
        // the root may be anything: an overlay, a pool, memory
        let wanted = on_disk || *kind == b"zfs" || *kind == b"btrfs" || *point == b"/";
        if wanted && !known && found.len() < MOST {
            found.push((device.to_vec(), unescaped(point)));
        }
    }
    found.into_iter().map(|(_, point)| point).collect()
}

fn room(point: &Path) -> Option<RoomReading> {
    let path = CString::new(point.as_os_str().as_bytes()).ok()?;
    let seen = nix::sys::statvfs::statvfs(path.as_c_str()).ok()?;
    let unit = seen.fragment_size();
    let total = seen.blocks().saturating_mul(unit);
    (total > 0).then(|| RoomReading {
        point: point.to_path_buf(),
        total,
        free: seen.blocks_free().saturating_mul(unit),
        available: seen.blocks_available().saturating_mul(unit),
        inodes: seen.files(),
        inodes_free: seen.files_available(),
    })
}
