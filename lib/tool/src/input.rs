//! Reading inputs that are named on a command line.

use crate::fail::Fail;
use std::io::Read;

/// The name of standard input in messages.
pub const STDIN: &str = "standard input";

/// Some programs begin UTF-8 text with it; it is no part of it.
pub const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

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

/// How compressed files begin, and what unpacks them.
const COMPRESSED: [(&[u8], &str); 5] = [
    (b"\x1f\x8b", "zcat"),
    (b"\x28\xb5\x2f\xfd", "zstdcat"),
    (b"\xfd7zXZ\0", "xzcat"),
    (b"BZh", "bzcat"),
    (b"\x04\x22\x4d\x18", "lz4cat"),
];

/// Refuses what is compressed: its bytes would be taken for lines.
///
/// # Errors
/// It begins like a compressed file.
pub fn refuse_compressed(begin: &[u8], (shown, status): (&str, u8)) -> Result<(), Fail> {
    match COMPRESSED.iter().find(|(magic, _)| begin.starts_with(magic)) {
        None => Ok(()),
        Some((_, program)) => {
            let file = if shown == STDIN { "" } else { shown };
            let advice = format!("{program} {file}").trim_end().to_string();
            let what = format!("{shown}:1: compressed; unpack it first: {advice} | ...");
            Err(Fail::new(status, what))
        }
    }
}
