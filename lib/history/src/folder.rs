//! The folder: its logs, and the index brought up to date with them.

use crate::bounds::{Bounds, Gone};
use crate::index::{Index, PATIENCE, Query};
use crate::name::{self, PACKED, PLAIN};
use crate::recording::{entry_of, pack};
use crate::trouble::Trouble;
use record::{KeptRun, Seconds};
use std::collections::BTreeSet;
use std::fs::{DirBuilder, File};
use std::io::{self, Read};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The index; hidden from whoever reads a folder of logs.
const INDEX: &str = ".index.sqlite";

/// A folder of logs.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// What was done to the index before it was asked.
#[derive(Debug)]
pub enum Told {
    /// It was no index of ours, or a broken one: it was made anew.
    MadeAnew(Trouble),
    /// It cannot be written: an index was made in memory, for this time.
    InMemory(Trouble),
    /// Logs that it did not know were taken in.
    TakenIn(usize),
    /// It had logs that are gone.
    LeftOut(usize),
    /// A log that cannot be read.
    PassedOver(Trouble),
}

/// The index of a folder, up to date.
#[derive(Debug)]
pub struct Looked {
    folder: Folder,
    index: Index,
    running: Vec<KeptRun>,
    /// What was done to it.
    pub told: Vec<Told>,
}

/// The logs of a folder.
#[derive(Debug, Default)]
struct Listing {
    /// Names of those that are whole.
    whole: BTreeSet<String>,
    /// Names of those that are written now.
    running: Vec<String>,
}

impl Folder {
    /// A folder that is there.
    ///
    /// # Errors
    /// There is none.
    pub fn open(path: &Path) -> Result<Self, Trouble> {
        let meta = path.metadata().map_err(Trouble::file(path))?;
        if !meta.is_dir() {
            return Err(Trouble::file(path)(io::ErrorKind::NotADirectory.into()));
        }
        Ok(Folder { path: path.to_path_buf() })
    }

    /// A folder that is made where there is none, for its owner alone.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn make(path: &Path) -> Result<Self, Trouble> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.map_err(Trouble::file(path))?;
        Folder::open(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn index_path(&self) -> PathBuf {
        self.path.join(INDEX)
    }

    /// Opens a log, uncompressed.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open_log(&self, file: &str) -> Result<Box<dyn Read>, Trouble> {
        let path = self.path.join(file);
        let log = File::open(&path).map_err(Trouble::file(&path))?;
        if !file.ends_with(PACKED) {
            return Ok(Box::new(log));
        }
        let unpacked = zstd::Decoder::new(log).map_err(Trouble::file(&path))?;
        Ok(Box::new(unpacked))
    }

    /// The entry with name and size of its log.
    pub(crate) fn sized(&self, entry: KeptRun, file: &str) -> Result<KeptRun, Trouble> {
        let path = self.path.join(file);
        let bytes = path.metadata().map_err(Trouble::file(&path))?.len();
        Ok(KeptRun { file: file.to_string(), bytes, ..entry })
    }

    /// When a log was last written.
    pub(crate) fn modified(&self, file: &str) -> Seconds {
        let time = self.path.join(file).metadata().and_then(|meta| meta.modified());
        let since = time.ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
        since.map_or(Seconds::ZERO, Seconds::from)
    }

    /// Looks at all names. What a killed run has left is compressed; where that is not
    /// possible it stays plain.
    fn list(&self) -> Result<Listing, Trouble> {
        let mut listing = Listing::default();
        let mut plain = Vec::new();
        for entry in std::fs::read_dir(&self.path).map_err(Trouble::file(&self.path))? {
            let entry = entry.map_err(Trouble::file(&self.path))?;
            let name = entry.file_name();
            // a folder or a FIFO that is named like a log is none
            if !entry.path().metadata().is_ok_and(|meta| meta.is_file()) {
                continue;
            }
            let Some(name) = name.to_str().filter(|name| name::stem_of(name).is_some()) else {
                continue;
            };
            if name.ends_with(PACKED) {
                listing.whole.insert(name.to_string());
            } else {
                plain.push(name.to_string());
            }
        }
        for name in plain {
            let path = self.path.join(&name);
            // it may have been compressed since
            let Ok(log) = File::open(&path) else { continue };
            if log.try_lock().is_err() {
                listing.running.push(name);
                continue;
            }
            let stem = name.strip_suffix(PLAIN).unwrap_or(&name);
            let twin = format!("{stem}{PACKED}");
            if listing.whole.contains(&twin) || self.path.join(&twin).exists() {
                let _ = std::fs::remove_file(&path);
                listing.whole.insert(twin);
            } else if path.exists() {
                listing.whole.insert(pack(self, stem).unwrap_or(name));
            }
        }
        Ok(listing)
    }

    /// The index, brought up to date with the logs.
    ///
    /// # Errors
    /// The folder cannot be read, or somebody else holds the index.
    pub fn index(&self) -> Result<Looked, Trouble> {
        let listing = self.list()?;
        let mut told = Vec::new();
        let path = self.index_path();
        if listing.whole.is_empty() && !path.exists() {
            // whoever asks about a folder without runs writes nothing into it
            return self.looked((listing, Index::in_memory(&path)?, told));
        }
        let brought = Index::open(&path, PATIENCE)
            .and_then(|mut index| self.bring(&mut index, &listing, &mut told).map(|()| index));
        let index = match brought {
            Ok(index) => index,
            Err(trouble) if trouble.is_busy() => return Err(trouble),
            Err(trouble) => {
                told.clear();
                let anew = if trouble.is_broken() { self.anew(&listing) } else { None };
                match anew {
                    Some(index) => {
                        told.push(Told::MadeAnew(trouble));
                        index
                    }
                    None => {
                        let mut index = Index::in_memory(&path)?;
                        self.bring(&mut index, &listing, &mut Vec::new())?;
                        told.push(Told::InMemory(trouble));
                        index
                    }
                }
            }
        };
        self.looked((listing, index, told))
    }

    fn looked(
        &self,
        (listing, index, told): (Listing, Index, Vec<Told>),
    ) -> Result<Looked, Trouble> {
        let running = listing.running.iter().filter_map(|name| {
            let entry = entry_of(self, name).ok()?;
            Some(KeptRun { status: "running".to_string(), ..entry })
        });
        Ok(Looked { folder: self.clone(), index, running: running.collect(), told })
    }

    /// Makes the index anew from the logs; returns how many it has.
    ///
    /// # Errors
    /// It cannot be made, or a log cannot be read.
    pub fn rebuild(&self) -> Result<u64, Trouble> {
        let listing = self.list()?;
        self.forget()?;
        let mut index = Index::open(&self.index_path(), PATIENCE)?;
        self.bring(&mut index, &listing, &mut Vec::new())?;
        Ok(listing.whole.len() as u64)
    }

    fn anew(&self, listing: &Listing) -> Option<Index> {
        self.forget().ok()?;
        let mut index = Index::open(&self.index_path(), PATIENCE).ok()?;
        self.bring(&mut index, listing, &mut Vec::new()).ok()?;
        Some(index)
    }

    /// Removes the index.
    fn forget(&self) -> Result<(), Trouble> {
        let path = self.index_path();
        for end in ["", "-journal", "-wal", "-shm"] {
            let file = PathBuf::from(format!("{}{end}", path.display()));
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(Trouble::file(&file)(error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Brings the index up to date; where it has the same names already, nothing is read.
    fn bring(
        &self,
        index: &mut Index,
        listing: &Listing,
        told: &mut Vec<Told>,
    ) -> Result<(), Trouble> {
        let names = listing.whole.iter().map(|name| name::digest(name));
        let digest = names.fold(0, |all, name| all ^ name);
        let state = index.state()?;
        if (state.runs, state.digest) == (listing.whole.len() as u64, digest) {
            return Ok(());
        }
        let known = index.files()?;
        // a run that has ended since the names were read is not gone
        let gone: Vec<&String> = known
            .difference(&listing.whole)
            .filter(|file| !self.path.join(file).exists())
            .collect();
        let mut new: Vec<KeptRun> = Vec::new();
        for file in listing.whole.difference(&known) {
            match entry_of(self, file) {
                Ok(entry) => new.push(entry),
                Err(trouble) => told.push(Told::PassedOver(trouble)),
            }
        }
        index.remove(gone.iter().map(|file| file.as_str()))?;
        index.add(&new)?;
        let counts = [(new.len(), Told::TakenIn as fn(usize) -> Told), (gone.len(), Told::LeftOut)];
        told.extend(counts.into_iter().filter(|row| row.0 > 0).map(|(count, tell)| tell(count)));
        Ok(())
    }
}

impl Looked {
    /// The runs that are asked for, the newest first; those that go on before them.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn find(&self, query: &Query) -> Result<Vec<KeptRun>, Trouble> {
        let mut found: Vec<KeptRun> =
            self.running.iter().filter(|run| query.takes(run)).cloned().collect();
        found.sort_by_key(|run| std::cmp::Reverse(run.time));
        found.extend(self.index.find(query)?);
        found.truncate(usize::try_from(query.most).unwrap_or(usize::MAX));
        Ok(found)
    }

    /// Runs by their name or the name of their log, or by how these begin; "latest" is the
    /// one that began last of those that have ended, "latest~2" the second before it.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn named(&self, name: &str) -> Result<Vec<KeptRun>, Trouble> {
        if let Some(rest) = name.strip_prefix("latest") {
            let back = if rest.is_empty() {
                Some(0)
            } else {
                rest.strip_prefix('~').and_then(|n| n.parse().ok())
            };
            if let Some(back) = back {
                return self.index.newest(back).map(|run| run.into_iter().collect());
            }
        }
        let mut found = self.index.named(name)?;
        found.extend(self.running.iter().filter(|run| run.run.starts_with(name)).cloned());
        let exact = |run: &KeptRun| run.run == name || run.file == name;
        if found.iter().any(exact) {
            found.retain(exact);
        }
        Ok(found)
    }

    /// Removes what is beyond the bounds, the oldest first.
    ///
    /// # Errors
    /// A log cannot be removed, or the index not be written.
    pub fn collect(&mut self, bounds: &Bounds, now: Seconds) -> Result<Gone, Trouble> {
        bounds.keep(&self.folder, &mut self.index, now)
    }

    /// What [`Looked::collect`] would remove.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn would_go(&self, bounds: &Bounds, now: Seconds) -> Result<Vec<KeptRun>, Trouble> {
        bounds.beyond(&self.index, now)
    }

    /// The folder.
    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// How many runs the index has, and the bytes of their logs.
    ///
    /// # Errors
    /// The index cannot be read.
    pub fn size(&self) -> Result<(u64, u64), Trouble> {
        self.index.state().map(|state| (state.runs, state.bytes))
    }
}
