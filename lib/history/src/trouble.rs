//! What goes wrong with a history.

use std::io;
use std::path::{Path, PathBuf};

/// Why something was not done. None of it is a failure of a run.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// A file or folder.
    #[error("{}: {reason}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// The system's reason.
        reason: io::Error,
    },
    /// The index.
    #[error("{}: {reason}", path.display())]
    Index {
        /// Its file.
        path: PathBuf,
        /// SQLite's reason.
        reason: rusqlite::Error,
    },
    /// A file that says something else than it should.
    #[error("{}: {what}", path.display())]
    Content {
        /// Which one.
        path: PathBuf,
        /// What is wrong, and what to do.
        what: String,
    },
}

impl Trouble {
    /// Of a file, for `map_err`.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Trouble + '_ {
        move |reason| Trouble::File { path: path.to_path_buf(), reason }
    }

    /// Of the index, for `map_err`.
    pub(crate) fn index(path: &Path) -> impl FnOnce(rusqlite::Error) -> Trouble + '_ {
        move |reason| Trouble::Index { path: path.to_path_buf(), reason }
    }

    /// The index is held by somebody else.
    pub fn is_busy(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        self.code().is_some_and(|code| matches!(code, DatabaseBusy | DatabaseLocked))
    }

    /// The index is no database, or a broken one: it has to be made anew.
    pub fn is_broken(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase, SchemaChanged, Unknown};
        let broken =
            |code| matches!(code, DatabaseCorrupt | NotADatabase | SchemaChanged | Unknown);
        self.code().is_some_and(broken)
    }

    fn code(&self) -> Option<rusqlite::ErrorCode> {
        match self {
            Trouble::Index { reason, .. } => reason.sqlite_error_code(),
            Trouble::File { .. } | Trouble::Content { .. } => None,
        }
    }
}
