//! What goes wrong with a history, in words.

use crate::fail::reason;
use history::Trouble;

/// One line: which file or folder, and why.
pub fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::File { path, reason: error } => format!("{}: {}", path.display(), reason(error)),
        Trouble::Index { .. } if trouble.is_busy() => {
            format!("{trouble}: another process holds it")
        }
        Trouble::Index { .. } | Trouble::Content { .. } => trouble.to_string(),
    }
}
