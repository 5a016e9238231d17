//! The log of a run that goes on.

use crate::bounds::Bounds;
use crate::digest::Digest;
use crate::folder::Folder;
use crate::index::{HASTE, Index};
use crate::name::{self, PACKED, PLAIN, UNDONE};
use crate::trouble::Trouble;
use record::{KeptRun, RunEnd, RunStart, Seconds};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufReader, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// A compromise of time and size; a log of events shrinks to a tenth.
const LEVEL: i32 = 3;
/// Runs of one name that begin in one second.
const NAMESAKES: u32 = 100;

/// A log that is being written. It is locked until it is dropped, however the process ends.
#[derive(Debug)]
pub struct Recording {
    folder: Folder,
    stem: String,
    file: File,
    digest: Digest,
}

impl Recording {
    /// Begins the log of a run; the folder is made where there is none.
    ///
    /// # Errors
    /// The folder or the log cannot be made.
    pub fn begin(folder: &Path, start: RunStart) -> Result<Self, Trouble> {
        let folder = Folder::make(folder)?;
        let base = name::stem(start.time, &start.run);
        let mut stem = base.clone();
        for number in 2..=NAMESAKES {
            let path = folder.path().join(format!("{stem}{PLAIN}"));
            let taken = folder.path().join(format!("{stem}{PACKED}")).exists();
            match OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path) {
                Ok(file) if !taken => {
                    // where locks are not known nobody else takes it for the log of a killed run
                    let held = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
                    // who looked into the folder just now may have taken it for one
                    if held || !path.exists() {
                        stem = format!("{base}-{number}");
                        continue;
                    }
                    return Ok(Recording { folder, stem, file, digest: Digest::begin(start) });
                }
                Ok(_) => drop(std::fs::remove_file(&path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Trouble::file(&path)(error)),
            }
            stem = format!("{base}-{number}");
        }
        let what = format!("{NAMESAKES} logs of this name; is the clock set?");
        Err(Trouble::Content { path: folder.path().join(base), what })
    }

    /// Adds whole records.
    ///
    /// # Errors
    /// They could not be written; what was written of them is the end of the log.
    pub fn write(&mut self, lines: &[u8]) -> Result<(), Trouble> {
        let path = self.folder.path();
        self.file.write_all(lines).map_err(Trouble::file(path))
    }

    /// The run has ended: its log is compressed, and the index learns of it. Then what is
    /// beyond the bounds of the folder is removed, if it has any.
    ///
    /// # Errors
    /// The first that could not be done. The log is there in any case.
    pub fn end(mut self, end: RunEnd, now: Seconds) -> Result<(), Trouble> {
        self.digest.end(end);
        let packed = pack(&self.folder, &self.stem);
        let (file, trouble) = match packed {
            Ok(file) => (file, None),
            Err(trouble) => (format!("{}{PLAIN}", self.stem), Some(trouble)),
        };
        let entry = self.folder.sized(self.digest.entry(), &file)?;
        let mut index = Index::open(&self.folder.index_path(), HASTE)?;
        index.add(&[entry])?;
        if let Some(bounds) = Bounds::of(&self.folder)? {
            bounds.keep(&self.folder, &mut index, now)?;
        }
        trouble.map_or(Ok(()), Err)
    }

    /// Nothing is kept of it: a log that lacks something would tell of a run that was killed.
    pub fn give_up(self) {
        let _ = std::fs::remove_file(self.folder.path().join(format!("{}{PLAIN}", self.stem)));
    }
}

/// Compresses a plain log, which then goes; returns the name of the new one. The caller
/// holds the plain one.
///
/// # Errors
/// The new one cannot be written: then the plain one stays.
pub fn pack(folder: &Folder, stem: &str) -> Result<String, Trouble> {
    let plain = folder.path().join(format!("{stem}{PLAIN}"));
    let undone = folder.path().join(format!("{UNDONE}{stem}{PACKED}"));
    let name = format!("{stem}{PACKED}");
    let packed = compress(&plain, &undone)
        .and_then(|()| std::fs::rename(&undone, folder.path().join(&name)))
        .and_then(|()| std::fs::remove_file(&plain));
    packed.map(|()| name).map_err(|error| {
        let _ = std::fs::remove_file(&undone);
        Trouble::file(folder.path())(error)
    })
}

fn compress(plain: &Path, packed: &Path) -> io::Result<()> {
    let mut from = File::open(plain)?;
    let to = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(packed)?;
    let mut packer = zstd::Encoder::new(to, LEVEL)?;
    // a short log takes little memory then
    packer.set_pledged_src_size(Some(from.metadata()?.len()))?;
    packer.include_checksum(true)?;
    io::copy(&mut from, &mut packer)?;
    packer.finish()?.sync_data()
}

/// What the index is to know of a log that is there. What cannot be read is "damaged".
pub fn entry_of(folder: &Folder, file: &str) -> Result<KeptRun, Trouble> {
    let read = folder.open_log(file).and_then(|log| {
        Digest::read(BufReader::with_capacity(128 << 10, log))
            .map_err(Trouble::file(&folder.path().join(file)))
    });
    let mut digest = match read {
        Ok(digest) => digest,
        // torn or rotten: it is listed as what it is
        Err(Trouble::File { reason, .. })
            if matches!(
                reason.kind(),
                io::ErrorKind::UnexpectedEof | io::ErrorKind::Other | io::ErrorKind::InvalidData
            ) =>
        {
            Digest::default()
        }
        Err(trouble) => return Err(trouble),
    };
    if digest.began().is_none() {
        digest.seen_at(folder.modified(file));
    }
    folder.sized(digest.entry(), file)
}
