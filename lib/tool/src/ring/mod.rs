//! A ring of records on disk: of constant size, and what is in it survives a crash at any byte.
//!
//! The file is a block that says what it is (`layout.rs`), then segments of one length that
//! are filled one after the other; when the last is full the oldest is begun anew. The first
//! record of a segment is compressed alone, the others with it as a dictionary, since two
//! samples differ in little: so each segment can be read by itself. Every record carries a
//! checksum that goes on from that of the record before it: what was torn, what is left of
//! an earlier round, and what was written after a torn one are all known. A segment is on
//! the disk for good before the next one is begun (`fdatasync`), so a power loss costs at
//! most what the newest segment holds, and a killed pgmon at most the record being written.

mod layout;
mod reader;
mod writer;

pub use layout::Plan;
pub use reader::open;
pub use writer::{Pushed, Ring, packed_length};

/// The lines of a ring in memory, for tests and for fuzzing.
///
/// # Errors
/// What is wrong with it, in words.
pub fn lines_of(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut reader = reader::Reader::new(bytes)?;
    let mut lines = Vec::new();
    while let Some(line) = reader.next_line() {
        lines.push(line.to_vec());
    }
    Ok(lines)
}

#[cfg(test)]
mod tests;
