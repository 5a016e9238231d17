//! Lock files that were removed while somebody has them.
//!
//! Whoever finds no lock file and made a new one at once would let a second one in
//! beside the holder of the old. So it first looks for living processes of this user
//! that have the old file open, and waits until none of them holds it. What is taken
//! on a removed file counts for nothing afterwards: who gets a lock looks whether its
//! file is still the one of that name.

use super::door::{self, DOOR};
use super::{LockDir, LockError};
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;

/// What the kernel adds to the path of a file that was removed.
const REMOVED: &[u8] = b" (deleted)";

/// The removed namesakes of a lock file that are held. They are waited for in this order.
/// Who has waited looks again: there may be others by then. What is left is a file that is
/// made, taken and removed between our look and our making of a new one.
pub(super) fn of(dir: &LockDir, file: &str) -> Result<Vec<File>, LockError> {
    let wrong = || LockError::io(dir.path_of(file).display().to_string());
    if !some_are_held(dir).map_err(wrong())? {
        return Ok(Vec::new());
    }
    // the path as the kernel shows it, whatever the directory was called when it was opened
    let mut shown = dir.true_path().map_err(wrong())?.join(file).into_os_string().into_vec();
    shown.extend_from_slice(REMOVED);
    let mut found: Vec<(u64, File)> = Vec::new();
    for process in fs::read_dir("/proc").map_err(wrong())?.flatten() {
        if !process.file_name().as_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        // those of others cannot be looked into
        let Ok(fds) = fs::read_dir(process.path().join("fd")) else { continue };
        for fd in fds.flatten() {
            let is_it =
                fs::read_link(fd.path()).is_ok_and(|path| path.as_os_str().as_bytes() == shown);
            if !is_it {
                continue;
            }
            // it may have been closed just now
            let Ok(file) = File::options().read(true).write(true).open(fd.path()) else { continue };
            let inode = file.metadata().map_err(wrong())?.ino();
            let held = door::look_span(&file, DOOR).map_err(wrong())?.is_some();
            if held && found.iter().all(|(other, _)| *other != inode) {
                found.push((inode, file));
            }
        }
    }
    found.sort_by_key(|(inode, _)| *inode);
    Ok(found.into_iter().map(|(_, file)| file).collect())
}

/// Spares a look at every process: false if each lock like ours on this machine is
/// that of a file that still stands in the directory.
fn some_are_held(dir: &LockDir) -> io::Result<bool> {
    let Ok(table) = fs::read_to_string("/proc/locks") else { return Ok(true) };
    let mut held: Vec<u64> = table.lines().filter_map(door_of).collect();
    if !held.is_empty() {
        let there = dir.inodes()?;
        held.retain(|inode| !there.contains(inode));
    }
    Ok(!held.is_empty())
}

/// The inode of a line of /proc/locks, if it is about a door:
/// `1: OFDLCK ADVISORY  WRITE -1 fe:00:1234 0 0`.
fn door_of(line: &str) -> Option<u64> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [_, "OFDLCK", _, _, _, file, "0", "0"] = words.as_slice() else { return None };
    file.rsplit(':').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doors_are_found_in_the_kernels_table() {
        assert_eq!(door_of("1: OFDLCK ADVISORY  WRITE -1 fe:00:1234 0 0"), Some(1234));
        for other in [
            "1: -> OFDLCK ADVISORY  WRITE -1 fe:00:1234 0 0",
            "2: OFDLCK ADVISORY  READ -1 fe:00:1234 1 1",
            "3: FLOCK  ADVISORY  WRITE 77 fe:00:1234 0 EOF",
            "4: POSIX  ADVISORY  WRITE 77 fe:00:1234 0 0",
            "",
        ] {
            assert_eq!(door_of(other), None, "{other}");
        }
    }
}
