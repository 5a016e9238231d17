//! Finding programs on the path, once a name.

use std::collections::HashMap;
use std::ffi::{CString, OsStr};
use std::os::unix::ffi::OsStrExt as _;

/// Where `execvp` looks when PATH is not set.
const DEFAULT_PATH: &[u8] = b"/bin:/usr/bin";

/// Turns a program's name into the paths to try; remembers where each was found,
/// so that starting it again costs no look-up.
#[derive(Debug)]
pub struct Search {
    folders: Vec<Vec<u8>>,
    found: HashMap<Vec<u8>, Vec<CString>>,
}

impl Search {
    /// Searches the folders of PATH.
    pub fn new(path: Option<&OsStr>) -> Self {
        let path = path.map_or(DEFAULT_PATH, OsStr::as_bytes);
        let folders = path
            .split(|byte| *byte == b':')
            .map(|folder| if folder.is_empty() { b".".to_vec() } else { folder.to_vec() })
            .collect();
        Search { folders, found: HashMap::new() }
    }

    /// The paths to try for a program, the likeliest first. Empty for a name
    /// with a NUL byte, which no file has.
    pub fn candidates(&mut self, name: &[u8]) -> &[CString] {
        if !self.found.contains_key(name) {
            let paths = self.look_up(name);
            self.found.insert(name.to_vec(), paths);
        }
        self.found.get(name).map_or(&[], Vec::as_slice)
    }

    /// True where a file of this name can be executed.
    pub fn is_there(&mut self, name: &[u8]) -> bool {
        self.candidates(name).first().is_some_and(executable)
    }

    fn look_up(&self, name: &[u8]) -> Vec<CString> {
        if name.contains(&b'/') || name.is_empty() {
            return CString::new(name).into_iter().collect();
        }
        let mut paths: Vec<CString> = self
            .folders
            .iter()
            .filter_map(|folder| CString::new([folder, b"/".as_slice(), name].concat()).ok())
            .collect();
        if let Some(at) = paths.iter().position(executable) {
            let first = paths.remove(at);
            paths.insert(0, first);
        }
        paths
    }
}

fn executable(path: &CString) -> bool {
    // SAFETY: a null-terminated path.
    unsafe { libc::access(path.as_ptr(), libc::X_OK) == 0 }
}
