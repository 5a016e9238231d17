//! Files that are replaced as a whole: nobody ever reads half of one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Has a file written beside another and puts it into its place.
///
/// # Errors
/// It cannot be written; then the old one is left as it was.
pub fn replace(file: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    // a device, a FIFO or an open descriptor cannot be replaced; a link is followed
    let special = file.starts_with("/dev") || file.starts_with("/proc");
    if special || fs::metadata(file).is_ok_and(|meta| !meta.is_file()) {
        return write(&mut OpenOptions::new().write(true).open(file)?);
    }
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside: PathBuf = file.with_file_name(name);
    let written = File::create_new(&beside).and_then(|mut new| {
        write(&mut new)?;
        new.sync_all()?;
        if let Ok(meta) = fs::metadata(&file) {
            new.set_permissions(meta.permissions())?;
        }
        fs::rename(&beside, &file)
    });
    if written.is_err() {
        // the error that matters is the first one
        let _ = fs::remove_file(&beside);
    }
    written
}
