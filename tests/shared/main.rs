//! Tests that read conformance data beside the project; skipped by name where
//! it is absent.

mod plan;
mod stat;

use std::path::PathBuf;

/// A folder beside the project, or `None` after saying that the test is skipped.
pub fn shared(test: &str, folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {test}: {} is not there", path.display());
    None
}
