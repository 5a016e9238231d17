//! Files that are made beside their place, and put there when they are finished.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// What stands behind the number of the process in the name.
const UNFINISHED: &str = ".tmp";

/// The name of our unfinished file beside `path`: hidden, and of this process alone; `None`
/// if `path` names no file. Unfinished files whose makers have gone are removed.
pub fn beside(path: &Path) -> Option<PathBuf> {
    // a dot before it: what lists the folder does not see it
    let begin = format!(".{}.", path.file_name()?.to_string_lossy());
    remove_stale(path, &begin);
    Some(path.with_file_name(format!("{begin}{}{UNFINISHED}", std::process::id())))
}

/// Removes unfinished files beside `path` whose makers have gone.
fn remove_stale(path: &Path, begin: &str) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    // a folder that is not there is told when the file is made
    let Ok(entries) = std::fs::read_dir(folder.unwrap_or(Path::new("."))) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| {
            name.strip_prefix(begin)?.strip_suffix(UNFINISHED)?.parse::<u32>().ok()
        });
        if number.is_some_and(|pid| !Path::new("/proc").join(pid.to_string()).exists()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}

/// An unfinished file; its name goes with it.
#[derive(Debug)]
pub struct Unfinished {
    path: PathBuf,
}

impl Unfinished {
    /// Makes one of a name that nothing has yet, to be read and written.
    ///
    /// # Errors
    /// It cannot be made, or something has the name.
    pub fn make(path: PathBuf) -> io::Result<(Self, File)> {
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok((Unfinished { path }, file))
    }

    /// Gives it its place as well; the unfinished name goes.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`]: there is something, which stays as it is. Others:
    /// the folder cannot be written.
    pub fn put(self, place: &Path) -> io::Result<()> {
        match std::fs::hard_link(&self.path, place) {
            // file systems without links: FAT
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                sys::fd::rename_to_new(&self.path, place)
            }
            done => done,
        }
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // renamed, it is not there
        let _ = std::fs::remove_file(&self.path);
    }
}
