//! The folder in which entries are kept.

use crate::fail::reason;
use crate::replace::replace;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// An entry is no larger: the view, and as much again for what it was made of.
const MAX_ENTRY_BYTES: u64 = 2 * super::MAX_VIEW_BYTES as u64;
/// What all entries may take; the oldest go.
const MAX_BYTES: u64 = 256 << 20;
/// Ends of the names that are ours.
const ENDS: [&str; 3] = [".plan", ".turn", ".tmp"];

/// A folder of entries.
pub struct Folder(PathBuf);

/// The turn to make an entry; it ends with this value.
pub struct Turn {
    path: PathBuf,
    /// Closed last: the lock goes with it.
    _file: File,
}

impl Drop for Turn {
    fn drop(&mut self) {
        // who waits has the file open, and finds the entry
        let _ = fs::remove_file(&self.path);
    }
}

impl Folder {
    /// Opens a folder, and makes it for us alone if it is missing.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn open(path: &Path) -> io::Result<Folder> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        Ok(Folder(path.to_path_buf()))
    }

    /// Where the entry of a key is.
    pub fn path_of(&self, key: &str) -> PathBuf {
        self.0.join(format!("{key}.plan"))
    }

    /// The bytes of an entry, if it is there.
    ///
    /// # Errors
    /// What is wrong with it: only a file of our own is believed.
    pub fn read(&self, key: &str) -> Result<Option<Vec<u8>>, String> {
        let path = self.path_of(key);
        let meta = match fs::symlink_metadata(&path) {
            Ok(meta) => meta,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reason(&error)),
        };
        // a FIFO would have us wait
        if !meta.is_file() {
            return Err("no file".into());
        }
        let file = File::open(&path).map_err(|e| reason(&e))?;
        let meta = file.metadata().map_err(|e| reason(&e))?;
        if meta.uid() != sys::user::effective() {
            return Err(format!("it belongs to user {}", meta.uid()));
        }
        let most = MAX_ENTRY_BYTES;
        let mut bytes = Vec::with_capacity(meta.len().min(most) as usize + 1);
        (&file).take(most + 1).read_to_end(&mut bytes).map_err(|e| reason(&e))?;
        if bytes.len() as u64 > most {
            return Err("larger than any entry".into());
        }
        // what is used is not the oldest; a helper, no more
        let _ = file.set_modified(SystemTime::now());
        Ok(Some(bytes))
    }

    /// Waits for the turn to make an entry; none where the folder has no locks.
    pub fn turn(&self, key: &str) -> Option<Turn> {
        let path = self.0.join(format!("{key}.turn"));
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(false).mode(0o600).open(&path).ok()?;
        file.lock().ok()?;
        Some(Turn { path, _file: file })
    }

    /// Puts an entry into its place, whole, and lets the oldest go.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, key: &str, bytes: &[u8]) -> io::Result<()> {
        let path = self.path_of(key);
        // whatever was there was of no use
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        replace(&path, |new| {
            new.set_permissions(Permissions::from_mode(0o600))?;
            new.write_all(bytes)
        })?;
        self.sweep();
        Ok(())
    }

    /// Lets the oldest go until the rest is within the bound.
    fn sweep(&self) {
        let Ok(entries) = fs::read_dir(&self.0) else { return };
        let ours = |name: &str| ENDS.iter().any(|end| name.ends_with(end));
        let entries = entries.flatten().filter(|e| e.file_name().to_str().is_some_and(ours));
        let file = |entry: fs::DirEntry| {
            let meta = entry.metadata().ok()?;
            Some((meta.modified().ok()?, meta.len(), entry.path()))
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries.filter_map(file).collect();
        files.sort();
        let mut bytes: u64 = files.iter().map(|(_, len, _)| len).sum();
        for (_, len, path) in files {
            if bytes <= MAX_BYTES {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= len;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go_and_what_is_used_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::open(&place.path().join("a/b")).unwrap();
        assert_eq!(folder.read("1"), Ok(None));
        for (key, age) in [("1", 30), ("2", 20), ("3", 10)] {
            folder.write(key, b"x").unwrap();
            let file = OpenOptions::new().write(true).open(folder.path_of(key)).unwrap();
            // a hole: nothing is written
            file.set_len(MAX_BYTES / 4).unwrap();
            file.set_modified(SystemTime::now() - std::time::Duration::from_secs(age)).unwrap();
        }
        assert!(folder.read("1").unwrap().is_some(), "it is the youngest now");
        folder.write("4", b"x").unwrap();
        let file = OpenOptions::new().write(true).open(folder.path_of("4")).unwrap();
        file.set_len(MAX_BYTES / 2).unwrap();
        folder.write("5", b"x").unwrap();
        let there = |key: &str| folder.path_of(key).exists();
        assert_eq!(["1", "2", "3", "4", "5"].map(there), [true, false, false, true, true]);
    }
}
