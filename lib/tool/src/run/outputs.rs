//! Declared outputs (`--out`, `"out"`): written beside their places, and put there when
//! their command has succeeded. Whoever finds a file in its place finds it whole.
//!
//! Beside means in a folder `.pgout-RUN` of the same folder, which a run holds as long as it
//! lives: what nobody holds is left of a killed run, and is removed.

use super::attempt::PrivateDir;
use super::drive::Runner;
use super::feed::Next;
use super::job::Job;
use super::log::Sync;
use super::settings::Settings;
use super::setup::Opened;
use super::shell::Programs;
use super::start::Start;
use crate::fail::{Fail, reason};
use crate::print::Out;
use record::status;
use std::collections::{BTreeSet, HashMap};
use std::ffi::{CString, OsStr};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use sys::lock::{FileHeld, LockFile, Mode};

/// What the names of our folders begin with.
const BESIDE: &str = ".pgout-";

/// A run that was killed a moment ago holds its folders until its last child has ended.
const PATIENCE: Duration = Duration::from_secs(1);

/// A folder for what is being written, held; removed with everything in it.
#[derive(Debug)]
struct Beside {
    path: PathBuf,
    _held: FileHeld,
}

impl Drop for Beside {
    fn drop(&mut self) {
        // best effort: the next run removes it
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Where outputs are written, folder by folder.
#[derive(Debug, Default)]
pub struct OutputDesk {
    folders: HashMap<PathBuf, Beside>,
}

/// One output of an attempt.
#[derive(Debug)]
struct Output {
    written: PathBuf,
    place: PathBuf,
}

/// The outputs of an attempt; dropped, what is not in its place is removed.
#[derive(Debug)]
pub struct Outputs {
    outputs: Vec<Output>,
    /// Where the command is to write them, as it sees them from its folder.
    pub names: Vec<Vec<u8>>,
    _folders: Vec<PrivateDir>,
}

impl OutputDesk {
    /// Makes room for the outputs of an attempt. `base`: the folder that it runs in, where
    /// it is not ours.
    ///
    /// # Errors
    /// A name that is none, a folder that is not there or cannot be written.
    fn begin(
        &mut self,
        places: &[Vec<u8>],
        base: Option<&Path>,
        (run, attempt): (&str, (u64, u32)),
    ) -> Result<Outputs, String> {
        let mut all = Outputs { outputs: Vec::new(), names: Vec::new(), _folders: Vec::new() };
        for shown in places {
            let wrong =
                |what: &str| format!("its output {}: {what}", String::from_utf8_lossy(shown));
            let place = Path::new(OsStr::from_bytes(shown));
            let Some(name) = place.file_name().filter(|_| !shown.ends_with(b"/")) else {
                return Err(wrong("is no name of a file"));
            };
            // seen from our folder, and from the command's
            let given = place.parent().unwrap_or(Path::new(""));
            let folder = base.map_or_else(|| given.to_path_buf(), |base| base.join(given));
            let beside = self.beside(&folder, run).map_err(|e| wrong(&reason(&e)))?;
            let own = PrivateDir::empty(&beside, attempt).map_err(|e| wrong(&reason(&e)))?;
            let within: PathBuf =
                [&beside, &own.path].iter().filter_map(|path| path.file_name()).collect();
            let seen = given.join(within).join(name);
            all.names.push(seen.as_os_str().as_bytes().to_vec());
            all.outputs.push(Output { written: own.join(name), place: folder.join(name) });
            all._folders.push(own);
        }
        Ok(all)
    }

    /// Our folder in another one; what killed runs have left there goes when it is made.
    fn beside(&mut self, folder: &Path, run: &str) -> io::Result<PathBuf> {
        if let Some(beside) = self.folders.get(folder) {
            return Ok(beside.path.clone());
        }
        sweep(folder, None)?;
        let beside = make(folder, run)?;
        let path = beside.path.clone();
        self.folders.insert(folder.to_path_buf(), beside);
        Ok(path)
    }

    /// The run is over: nothing is left beside the places.
    pub fn close(&mut self) {
        self.folders.clear();
    }
}

impl Outputs {
    /// Puts them in their places.
    ///
    /// # Errors
    /// One was not written, or cannot be put there; then those before it are there.
    pub fn put(&self, sync: Sync) -> Result<(), String> {
        let wrong =
            |output: &Output, what: &str| format!("its output {}: {what}", output.place.display());
        for output in &self.outputs {
            if let Err(error) = std::fs::symlink_metadata(&output.written) {
                return Err(match error.kind() {
                    io::ErrorKind::NotFound => {
                        wrong(output, "was not written; {out} and $PG_OUT name where to")
                    }
                    _ => wrong(output, &reason(&error)),
                });
            }
        }
        for output in &self.outputs {
            put(output, sync).map_err(|e| wrong(output, &reason(&e)))?;
        }
        Ok(())
    }

    /// What tells a command of them.
    pub fn environment(&self) -> impl Iterator<Item = CString> {
        (1..).zip(&self.names).filter_map(|(number, name)| {
            let variable =
                if number == 1 { "PG_OUT".to_string() } else { format!("PG_OUT{number}") };
            CString::new([variable.as_bytes(), b"=", name].concat()).ok()
        })
    }
}

fn put(output: &Output, sync: Sync) -> io::Result<()> {
    if sync == Sync::All {
        File::open(&output.written)?.sync_all()?;
    }
    std::fs::rename(&output.written, &output.place)?;
    if sync == Sync::All {
        let folder = output.place.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

/// Names for a folder that are tried.
const MOST_NAMES: u32 = 1000;

/// Makes a folder of ours, and holds it. A name that is there already is somebody's trap;
/// one that is gone when it is to be held was taken for a killed run's by a run that looked
/// in just that moment.
fn make(folder: &Path, run: &str) -> io::Result<Beside> {
    let run = run.replace('/', "_");
    for number in 0..MOST_NAMES {
        let path = folder.join(format!("{BESIDE}{run}-{number}"));
        match DirBuilder::new().mode(0o700).create(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
            made => made?,
        }
        let Ok(Ok(Ok(held))) = LockFile::open(&path, Mode::Exclusive).map(LockFile::try_take)
        else {
            continue;
        };
        if path.is_dir() {
            return Ok(Beside { path, _held: held });
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists))
}

/// So often a folder is tried to be removed.
const TRIES: u32 = 3;

/// Removes what killed runs have left in a folder; how much that was. `patience`: how long
/// one that is held is waited for.
fn sweep(folder: &Path, patience: Option<Duration>) -> io::Result<u64> {
    let mut count = 0;
    let shown = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    for entry in std::fs::read_dir(shown)?.flatten() {
        // a link is not followed: its target is not ours
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        if !is_folder || !entry.file_name().as_bytes().starts_with(BESIDE.as_bytes()) {
            continue;
        }
        let path = entry.path();
        let Ok(Ok(taken)) = LockFile::open(&path, Mode::Exclusive).map(LockFile::try_take) else {
            continue;
        };
        let held = match (taken, patience) {
            (Ok(held), _) => Some(held),
            (Err(file), Some(patience)) => file.wait().ok().and_then(|waiting| {
                let free = sys::fd::is_readable_by(&waiting, Some(Instant::now() + patience));
                if free { waiting.advance().ok()?.ok() } else { None }
            }),
            (Err(_), None) => None,
        };
        // a command that lives on may just be making a file there
        let removed = || (0..TRIES).any(|_| std::fs::remove_dir_all(&path).is_ok());
        if held.is_some() && removed() {
            count += 1;
        }
    }
    Ok(count)
}

impl Runner {
    /// Where an attempt's outputs are to be in the end.
    pub fn places_of(&self, start: Start) -> Vec<Vec<u8>> {
        let Some(job) = self.job(start.key) else { return Vec::new() };
        match (&job.op, self.feed.arguments()) {
            (Some(op), _) => op.out.iter().map(|place| place.0.clone()).collect(),
            (None, Some(lines)) => lines.template.places(lines.values(job, start.slot)),
            (None, None) => Vec::new(),
        }
    }

    /// Makes room for the outputs of an attempt, where it has any.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn outputs_of(
        &mut self,
        start: Start,
        cwd: Option<&CString>,
    ) -> Result<Option<Outputs>, String> {
        let places = self.places_of(start);
        if places.is_empty() {
            return Ok(None);
        }
        let seq = self.job(start.key).map_or(0, |job| job.seq);
        let base = cwd.map(|cwd| Path::new(OsStr::from_bytes(cwd.as_bytes())));
        let named = (self.run_id.as_str(), (seq, start.number));
        self.texts.outputs.begin(&places, base, named).map(Some)
    }
}

/// `--clean`: removes what killed runs have left beside the outputs of these jobs.
///
/// # Errors
/// The input cannot be read, or a folder.
pub fn clean(settings: &Settings, mut input: Opened, programs: &mut Programs) -> Result<u8, Fail> {
    let mut folders = BTreeSet::new();
    let mut add = |places: Vec<Vec<u8>>, own: Option<&[u8]>| {
        let base = settings.place.chdir.clone().or_else(|| settings.log.run_dir.clone());
        let base = base.unwrap_or_default().join(OsStr::from_bytes(own.unwrap_or_default()));
        for place in places {
            let place = base.join(OsStr::from_bytes(&place));
            folders.insert(place.parent().unwrap_or(Path::new("")).to_path_buf());
        }
    };
    let mut add_job = |job: &Job, input: &Opened| match (&job.op, input.feed.arguments()) {
        (Some(op), _) => {
            let places = op.out.iter().map(|place| place.0.clone()).collect();
            add(places, op.cwd.as_ref().map(|cwd| &cwd.0[..]));
        }
        (None, Some(lines)) => add(lines.template.places(lines.values(job, 1)), None),
        (None, None) => {}
    };
    input.ops.iter().for_each(|(_, job)| add_job(job, &input));
    loop {
        match input.feed.next(&settings.input, programs)? {
            Next::Job(_, job) => add_job(&job, &input),
            Next::Bad(place) => return Err(Fail::new(status::LOST, place)),
            Next::LeftOut => {}
            Next::Later => match input.feed.reader() {
                Some(reader) => reader.fill()?,
                None => break,
            },
            Next::End => break,
        }
    }
    let mut out = Out::new(status::LOST);
    for folder in folders {
        let shown = folder.join(".");
        match sweep(&folder, Some(PATIENCE)) {
            Ok(0) => {}
            Ok(count) => out.line(format!("{}: {count} removed", shown.display()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Fail::io(status::LOST, shown.display(), &error)),
        }
    }
    out.finish()?;
    Ok(status::OK)
}
