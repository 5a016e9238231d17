//! The files of one attempt.

use crate::fail::reason;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// Whether the name of the file with its output is printed when a job has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    Shown,
    Silent,
}

/// A file that output is added to.
#[derive(Debug)]
pub struct Kept {
    /// Nothing more is added after a failure.
    file: Option<File>,
    path: PathBuf,
}

impl Kept {
    fn create(path: PathBuf) -> Result<Self, String> {
        match File::create(&path) {
            Ok(file) => Ok(Kept { file: Some(file), path }),
            Err(error) => Err(format!("{}: {}", path.display(), reason(&error))),
        }
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// It is incomplete from now on.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(bytes).map_err(|error| {
            self.file = None;
            format!("{}: {}; it is incomplete", self.path.display(), reason(&error))
        })
    }
}

/// Where an attempt's output is kept.
#[derive(Debug)]
pub struct Files {
    streams: [Option<Kept>; 2],
    pub names: Names,
}

impl Files {
    /// Standard output and error of a job, and its number.
    ///
    /// # Errors
    /// One of them cannot be made.
    pub fn of_job(
        seq: u64,
        [out, err, number]: [PathBuf; 3],
        names: Names,
    ) -> Result<Self, String> {
        let wrong = |e: io::Error| format!("{}: {}", number.display(), reason(&e));
        std::fs::write(&number, seq.to_string()).map_err(wrong)?;
        Ok(Files { streams: [Some(Kept::create(out)?), Some(Kept::create(err)?)], names })
    }

    /// A file with a name of its own for standard output alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn temporary(folder: &Path, number: u64) -> Result<Self, String> {
        let name = format!("par{}-{number}", std::process::id());
        let mut path = folder.join(format!("{name}.par"));
        // one that is there is somebody else's
        for other in 1u32.. {
            let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
            match opened {
                Ok(file) => {
                    let kept = Kept { file: Some(file), path };
                    return Ok(Files { streams: [Some(kept), None], names: Names::Shown });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && other < 1000 => {
                    path = folder.join(format!("{name}-{other}.par"));
                }
                Err(error) => return Err(format!("{}: {}", path.display(), reason(&error))),
            }
        }
        Err(format!("{}: too many files of this name", path.display()))
    }

    /// What has a stream of the attempt, if it is kept.
    pub fn stream(&mut self, stream: usize) -> Option<&mut Kept> {
        self.streams[stream].as_mut()
    }

    /// The name of the file with its standard output.
    pub fn name(&self) -> &[u8] {
        self.streams[0].as_ref().map_or(&[], |kept| kept.path.as_os_str().as_bytes())
    }

    /// The attempt is repeated: nobody is told of a temporary file.
    pub fn forget(self) {
        if let [Some(kept), None] = &self.streams {
            let _ = std::fs::remove_file(&kept.path);
        }
    }
}
