//! Reading inputs that are named on a command line.

use crate::fail::Fail;
use std::io::Read;

/// The name of standard input in messages.
pub const STDIN: &str = "standard input";

/// Opens a file, or standard input for `-`.
///
/// # Errors
/// The file cannot be opened or is a folder.
pub fn open(name: &str, status: u8) -> Result<Box<dyn Read>, Fail> {
    if name == "-" {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = std::fs::File::open(name).map_err(|e| Fail::io(status, name, &e))?;
    if file.metadata().is_ok_and(|meta| meta.is_dir()) {
        return Err(Fail::new(status, format!("{name}: is a folder; name a file")));
    }
    Ok(Box::new(file))
}

/// How an input is called in messages.
pub fn shown(name: &str) -> &str {
    if name == "-" { STDIN } else { name }
}
