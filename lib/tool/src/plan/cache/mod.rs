//! What was planned before: the view of the same inputs, with what was said of them.
//!
//! An entry is found by a digest of the program, the command line and the inputs that it
//! names (`key`). It tells what else was read, files beside a module, variables, and is used
//! where all of that is as it was (as ccache's manifests have it; Rosdahl). Whatever is wrong
//! with an entry makes it one that is not there.

mod entry;
mod folder;

pub use entry::rewritten;

use super::TOOL;
use super::args::{Config, Target};
use super::sink::Sink;
use crate::entry::complain;
use crate::fail::Fail;
use clap::Args;
use entry::Entry;
use folder::Folder;
use record::status;
use std::ffi::OsString;
use std::io::IsTerminal as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A view that is larger is not kept.
pub const MAX_VIEW_BYTES: usize = 64 << 20;

/// The flag.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Output")]
pub struct CacheArgs {
    /// Keep views in DIR, by what they were made of, and show one again where nothing has changed
    #[arg(long, value_name = "DIR", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "")]
    pub cache: Option<OsString>,
}

impl CacheArgs {
    /// The folder that was asked for.
    ///
    /// # Errors
    /// None is named, and there is no usual place.
    pub fn folder(self) -> Result<Option<PathBuf>, Fail> {
        match self.cache {
            Some(folder) if folder.is_empty() => usual().map(Some),
            other => Ok(other.map(PathBuf::from)),
        }
    }
}

/// The place that the XDG base directory specification gives; relative ones do not count.
fn usual() -> Result<PathBuf, Fail> {
    let absolute = |name: &str| {
        let folder = std::env::var_os(name).map(PathBuf::from);
        folder.filter(|folder| folder.is_absolute())
    };
    let cache = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    cache.map(|cache| cache.join("pgtools/plan")).ok_or_else(|| {
        let what = "--cache: neither XDG_CACHE_HOME nor HOME names a place; write --cache=DIR";
        Fail::new(status::USAGE, what)
    })
}

/// What came of a run.
#[derive(Clone, Copy, Debug)]
pub struct Made {
    /// Its status so far.
    pub status: u8,
    /// There is a view.
    pub shown: bool,
}

/// Shows what is kept for these inputs, or makes it and keeps it.
///
/// # Errors
/// Those of making.
pub fn through(
    config: &Config,
    place: &Path,
    sink: &mut Sink,
    make: impl FnOnce(&Config, &mut Sink) -> Result<Made, Fail>,
) -> Result<Made, Fail> {
    let named = config.files.iter().chain(&config.vars).chain(&config.lock_rules);
    // what cannot be read is told by who needs it
    let Ok(inputs) = config.reads.ahead(named) else { return make(config, sink) };
    let folder = match Folder::open(place) {
        Ok(folder) => folder,
        Err(error) => {
            unused(&format!("{}: {error}", place.display()));
            return make(config, sink);
        }
    };
    let key = key(&inputs);
    let found = find(&folder, &key).unwrap_or_else(|what| {
        unused(&format!("{}: {what}", folder.path_of(&key).display()));
        None
    });
    if let Some(entry) = found {
        return show(config, (&entry, inputs.len()), sink);
    }
    // of several that miss the same entry one makes it, the others find it then
    let turn = folder.turn(&key);
    if let Ok(Some(entry)) = find(&folder, &key) {
        // whoever reads this slowly holds nobody up
        drop(turn);
        return show(config, (&entry, inputs.len()), sink);
    }
    config.reads.note();
    sink.hold();
    let made = make(config, sink);
    let kept = sink.held();
    let made = match made {
        Ok(made) => made,
        Err(fail) => return sink.bytes(&kept.view).and(Err(fail)),
    };
    let whole = !kept.forgotten;
    let entry = Entry::new(&key, (config.reads.noted(), made), kept);
    if whole && let Err(error) = folder.write(&key, &entry.to_bytes()) {
        let what = format!("{}: {error}; the plan is not kept", place.display());
        complain(TOOL.name, &format!("--cache: {what}"));
    }
    drop(turn);
    sink.bytes(&entry.view).map(|()| made)
}

fn unused(what: &str) {
    complain(TOOL.name, &format!("--cache: {what}; planned without it"));
}

/// The entry of a key, if it is there, whole, and of what is there today.
///
/// # Errors
/// What is wrong with it.
fn find(folder: &Folder, key: &str) -> Result<Option<Entry>, String> {
    let Some(bytes) = folder.read(key)? else { return Ok(None) };
    let entry = Entry::from_bytes(bytes, key)?;
    let fresh = entry.facts.iter().all(super::reads::Fact::still_holds);
    Ok(fresh.then_some(entry))
}

fn show(config: &Config, (entry, named): (&Entry, usize), sink: &mut Sink) -> Result<Made, Fail> {
    entry.asides.iter().try_for_each(|aside| sink.aside(aside.clone()))?;
    sink.bytes(&entry.view)?;
    if !matches!(config.target, Target::Check(_)) {
        let inputs = named + entry.facts.len();
        let are = if inputs == 1 { "input is" } else { "inputs are" };
        complain(TOOL.name, &format!("from the cache: {inputs} {are} unchanged"));
    }
    Ok(entry.made())
}

/// Tells runs apart whose views may differ: another program, command line, place or
/// terminal, another content of what the command line names.
fn key(inputs: &[(&str, String)]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut part = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    part(crate::entry::version().as_bytes());
    // another build of the same version
    if let Ok(meta) = std::env::current_exe().and_then(std::fs::metadata) {
        part(&meta.len().to_le_bytes());
        part(&meta.mtime().to_le_bytes());
        part(&meta.mtime_nsec().to_le_bytes());
    }
    part(std::env::current_dir().unwrap_or_default().as_os_str().as_bytes());
    part(&[std::io::stdout().is_terminal(), std::io::stderr().is_terminal()].map(u8::from));
    part(std::env::var_os("NO_COLOR").unwrap_or_default().as_bytes());
    let words: Vec<_> = std::env::args_os().skip(1).collect();
    part(&(words.len() as u64).to_le_bytes());
    words.iter().for_each(|word| part(word.as_bytes()));
    for (name, digest) in inputs {
        part(name.as_bytes());
        part(digest.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}
