//! Room on disk for a while.

use crate::fail::reason;
use std::fs::File;
use std::io;
use std::path::Path;
use sys::fd;

/// Where temporary files go when their folder cannot be used.
const INSTEAD: [&str; 2] = ["/tmp", "/var/tmp"];

/// A file without a name, and what is to be said if it is in another folder than this.
///
/// # Errors
/// No folder has room for one; why this one has not.
pub fn unnamed_file(folder: &Path) -> io::Result<(File, Option<String>)> {
    let error = match fd::unnamed_file(folder) {
        Ok(file) => return Ok((file, None)),
        Err(error) => error,
    };
    let others = INSTEAD.iter().map(Path::new).filter(|other| *other != folder);
    let made = others.filter_map(|other| Some((other, fd::unnamed_file(other).ok()?))).next();
    let Some((other, file)) = made else { return Err(error) };
    let (folder, other) = (folder.display(), other.display());
    let note = format!(
        "{folder}: {}; what is too much for memory waits in {other} instead (--tmpdir DIR)",
        reason(&error)
    );
    Ok((file, Some(note)))
}
