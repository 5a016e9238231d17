//! All that is read to make a plan goes through here: files, folders, variables. With `--cache`
//! it is noted what each was, so that a later run can tell whether all is as it was.

use crate::fail::{Fail, reason};
use crate::input;
use record::{Bytes, MAX_LINE_BYTES, status};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

/// What was read, and what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// What kind of thing.
    pub kind: Kind,
    /// Its path or name.
    pub name: Bytes,
    /// A digest of what it was, or why it could not be read.
    pub was: String,
}

/// A kind of thing that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    /// A file's content.
    File,
    /// The names in a folder.
    Folder,
    /// Whether there is a file or a folder.
    Place,
    /// Where a folder is, links followed.
    Whole,
    /// A variable of the environment.
    Variable,
}

/// Reads, and notes what was read.
#[derive(Debug, Default)]
pub struct Reads {
    /// What was read since noting began.
    facts: RefCell<Option<Vec<Fact>>>,
    /// Inputs that were read before they are asked for.
    ahead: RefCell<BTreeMap<String, Vec<u8>>>,
}

/// The digest of a content.
fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

impl Reads {
    /// Reads inputs ahead; their digests, each with its name.
    ///
    /// # Errors
    /// The first that cannot be read.
    pub fn ahead<'a>(
        &self,
        names: impl Iterator<Item = &'a String>,
    ) -> Result<Vec<(&'a str, String)>, Fail> {
        let mut digests = Vec::new();
        for name in names {
            let bytes = read_whole(name)?;
            digests.push((name.as_str(), digest(&bytes)));
            self.ahead.borrow_mut().insert(name.clone(), bytes);
        }
        Ok(digests)
    }

    /// From now on what is read is noted.
    pub fn note(&self) {
        self.facts.replace(Some(Vec::new()));
    }

    /// What was noted.
    pub fn noted(&self) -> Vec<Fact> {
        self.facts.take().unwrap_or_default()
    }

    fn fact(&self, kind: Kind, name: &[u8], was: impl FnOnce() -> String) {
        if let Some(facts) = self.facts.borrow_mut().as_mut() {
            facts.push(Fact { kind, name: Bytes(name.to_vec()), was: was() });
        }
    }

    /// Everything in a file, or on standard input for `-`.
    ///
    /// # Errors
    /// It cannot be opened or read, or a line of it is too long to be one.
    pub fn bytes_of(&self, name: &str) -> Result<Vec<u8>, Fail> {
        // what was read ahead is known already
        if let Some(bytes) = self.ahead.borrow_mut().remove(name) {
            return Ok(bytes);
        }
        let read = read_whole(name);
        self.fact(Kind::File, name.as_bytes(), || match &read {
            Ok(bytes) => digest(bytes),
            Err(fail) => fail.message.clone(),
        });
        read
    }

    /// A file's text, or why it cannot be read.
    ///
    /// # Errors
    /// The system's words.
    pub fn text_of(&self, path: &Path) -> Result<String, String> {
        let read = std::fs::read(path);
        self.fact(Kind::File, path.as_os_str().as_bytes(), || was_file(&read));
        let bytes = read.map_err(|e| reason(&e))?;
        String::from_utf8(bytes)
            .map_err(|e| format!("not UTF-8 at byte {}", e.utf8_error().valid_up_to()))
    }

    /// What is in a folder, by name.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn folder(&self, path: &Path) -> std::io::Result<Vec<PathBuf>> {
        let read = in_folder(path);
        self.fact(Kind::Folder, path.as_os_str().as_bytes(), || was_folder(&read));
        read
    }

    /// Somebody else is about to read a file, line by line.
    pub fn will_read(&self, name: &str) {
        self.fact(Kind::File, name.as_bytes(), || file_now(Path::new(name)));
    }

    /// True where there is a file.
    pub fn is_file(&self, path: &Path) -> bool {
        self.place(path) == "file"
    }

    /// True where there is a folder.
    pub fn is_folder(&self, path: &Path) -> bool {
        self.place(path) == "folder"
    }

    fn place(&self, path: &Path) -> &'static str {
        let is = was_place(path);
        self.fact(Kind::Place, path.as_os_str().as_bytes(), || is.to_string());
        is
    }

    /// The whole path of a folder, without links; as it is where there is none.
    pub fn whole(&self, folder: &Path) -> PathBuf {
        let whole = whole(folder);
        self.fact(Kind::Whole, folder.as_os_str().as_bytes(), || was_path(&whole));
        whole
    }

    /// The value of a variable, if it has one that is text.
    pub fn variable(&self, name: &str) -> Option<String> {
        let value = std::env::var(name).ok();
        self.fact(Kind::Variable, name.as_bytes(), || was_variable(value.as_deref()));
        value
    }
}

impl Fact {
    /// True where it is what it was.
    pub fn still_holds(&self) -> bool {
        let path = Path::new(std::ffi::OsStr::from_bytes(&self.name));
        self.was
            == match self.kind {
                Kind::File => file_now(path),
                Kind::Folder => was_folder(&in_folder(path)),
                Kind::Place => was_place(path).to_string(),
                Kind::Whole => was_path(&whole(path)),
                Kind::Variable => was_variable(std::env::var(path.as_os_str()).ok().as_deref()),
            }
    }
}

fn was_file(read: &std::io::Result<Vec<u8>>) -> String {
    read.as_ref().map_or_else(reason, |bytes| digest(bytes))
}

/// What a file is now. A pipe is read once: nothing can be compared with it.
fn file_now(path: &Path) -> String {
    match was_place(path) {
        "file" => was_file(&std::fs::read(path)),
        other => other.to_string(),
    }
}

fn was_folder(read: &std::io::Result<Vec<PathBuf>>) -> String {
    let names = |paths: &Vec<PathBuf>| {
        let mut all = Vec::new();
        for path in paths {
            all.extend_from_slice(path.as_os_str().as_bytes());
            all.push(0);
        }
        digest(&all)
    };
    read.as_ref().map_or_else(reason, names)
}

fn whole(folder: &Path) -> PathBuf {
    std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_path_buf())
}

fn was_place(path: &Path) -> &'static str {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_file() => "file",
        Ok(meta) if meta.is_dir() => "folder",
        _ => "neither",
    }
}

fn was_path(path: &Path) -> String {
    digest(path.as_os_str().as_bytes())
}

fn was_variable(value: Option<&str>) -> String {
    value.map_or_else(String::new, |value| digest(value.as_bytes()))
}

fn in_folder(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(path)?.flatten().map(|e| e.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Bytes of one read.
const BLOCK: u64 = 1 << 20;

/// Everything in a file, or on standard input for `-`.
///
/// # Errors
/// It cannot be opened or read, or a line of it is too long to be one.
fn read_whole(name: &str) -> Result<Vec<u8>, Fail> {
    let shown = input::shown(name);
    let mut bytes = Vec::new();
    let size = std::fs::metadata(name).map_or(0, |meta| meta.len());
    // only a help: a file may be larger than what there is room for
    let _ = bytes.try_reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
    let mut file = input::open(name, status::BAD_INPUT)?;
    // where the last line begins
    let mut line = 0;
    loop {
        let before = bytes.len();
        let read = file.by_ref().take(BLOCK).read_to_end(&mut bytes);
        if read.map_err(|e| Fail::io(status::BAD_INPUT, shown, &e))? == 0 {
            return Ok(bytes);
        }
        line = memchr::memrchr(b'\n', &bytes[before..]).map_or(line, |at| before + at + 1);
        if bytes.len() - line > MAX_LINE_BYTES {
            let number = 1 + memchr::memchr_iter(b'\n', &bytes).count();
            let what = format!("{shown}:{number}: longer than 64 MiB; is it one line?");
            return Err(Fail::new(status::BAD_INPUT, what));
        }
    }
}
