//! Where a view goes: standard output, a file replaced as a whole, or a comparison.

use super::args::Target;
use crate::fail::Fail;
use crate::print::Out;
use record::{Record, status};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Takes what a view prints.
pub enum Sink {
    /// Printed as it comes.
    Stdout(Out),
    /// Kept until the end.
    Kept { bytes: Vec<u8>, target: Target },
}

impl Sink {
    /// Opens a target.
    pub fn open(target: &Target) -> Sink {
        match target {
            Target::Stdout => Sink::Stdout(Out::new(status::CANNOT_WRITE)),
            Target::File(_) | Target::Check(_) => {
                Sink::Kept { bytes: Vec::new(), target: target.clone() }
            }
        }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A write that failed.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        match self {
            Sink::Stdout(out) => out.bytes(bytes),
            Sink::Kept { bytes: kept, .. } => {
                kept.extend_from_slice(bytes);
                Ok(())
            }
        }
    }

    /// Writes a line.
    ///
    /// # Errors
    /// A write that failed.
    pub fn line(&mut self, text: impl AsRef<[u8]>) -> Result<(), Fail> {
        self.bytes(text.as_ref())?;
        self.bytes(b"\n")
    }

    /// Writes a record.
    ///
    /// # Errors
    /// A write that failed.
    pub fn record(&mut self, record: &impl Record) -> Result<(), Fail> {
        self.bytes(&record.to_line())
    }

    /// Completes what was written: 0, or 1 where a file is not up to date.
    ///
    /// # Errors
    /// A write that failed.
    pub fn finish(self) -> Result<u8, Fail> {
        let (bytes, target) = match self {
            Sink::Stdout(out) => return out.finish().map(|()| status::OK),
            Sink::Kept { bytes, target } => (bytes, target),
        };
        match target {
            Target::Stdout | Target::Check(None) => Ok(status::OK),
            Target::File(file) => replace(Path::new(&file), &bytes)
                .map(|()| status::OK)
                .map_err(|e| Fail::io(status::CANNOT_WRITE, &file, &e)),
            Target::Check(Some(file)) => {
                if std::fs::read(&file).is_ok_and(|have| have == bytes) {
                    return Ok(status::OK);
                }
                let what = format!("{file}: not up to date; write it with -o, without --check");
                Err(Fail::new(status::FINDING, what))
            }
        }
    }
}

/// Writes beside the file and puts the new one in its place.
fn replace(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    // a device, a FIFO or an open descriptor cannot be replaced; a link is followed
    let special = file.starts_with("/dev") || file.starts_with("/proc");
    if special || std::fs::metadata(file).is_ok_and(|meta| !meta.is_file()) {
        return std::fs::OpenOptions::new().write(true).open(file)?.write_all(bytes);
    }
    let file = std::fs::canonicalize(file).unwrap_or_else(|_| file.to_path_buf());
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.tmp", std::process::id()));
    let beside: PathBuf = file.with_file_name(name);
    let written = std::fs::File::create_new(&beside).and_then(|mut new| {
        new.write_all(bytes)?;
        new.sync_all()?;
        if let Ok(meta) = std::fs::metadata(&file) {
            new.set_permissions(meta.permissions())?;
        }
        std::fs::rename(&beside, &file)
    });
    if written.is_err() {
        // the error that matters is the first one
        let _ = std::fs::remove_file(&beside);
    }
    written
}
