//! One entry: what was shown and said, and what it was made of. A line that says what it is,
//! a digest of all that follows, a line of JSON, the view.

use super::Made;
use crate::plan::reads::Fact;
use crate::plan::sink::{Aside, Kept};
use serde::{Deserialize, Serialize};

/// The first line, with the version of the form.
const FIRST: &[u8] = b"pgplan cache 1\n";
/// Letters of a digest.
const DIGEST: usize = 2 * blake3::OUT_LEN;

/// What is in an entry.
pub struct Entry {
    key: String,
    status: u8,
    shown: bool,
    /// What was read beside the inputs that the command line names.
    pub facts: Vec<Fact>,
    /// What was given beside it.
    pub asides: Vec<Aside>,
    /// What was shown.
    pub view: Vec<u8>,
}

/// All of it but the view.
#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    status: u8,
    shown: bool,
    facts: Vec<Fact>,
    asides: Vec<Aside>,
}

impl Entry {
    /// The entry of a run.
    pub fn new(key: &str, (facts, made): (Vec<Fact>, Made), kept: Kept) -> Entry {
        let Kept { view, asides, .. } = kept;
        Entry { key: key.into(), status: made.status, shown: made.shown, facts, asides, view }
    }

    /// What came of the run.
    pub fn made(&self) -> Made {
        Made { status: self.status, shown: self.shown }
    }

    /// Writes it.
    pub fn to_bytes(&self) -> Vec<u8> {
        let head = Head {
            key: self.key.clone(),
            status: self.status,
            shown: self.shown,
            facts: self.facts.clone(),
            asides: self.asides.clone(),
        };
        // text and numbers, which can always be written
        let mut rest = serde_json::to_vec(&head).unwrap_or_default();
        rest.push(b'\n');
        rest.extend_from_slice(&self.view);
        sealed(&rest)
    }

    /// Reads it.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn from_bytes(mut bytes: Vec<u8>, key: &str) -> Result<Entry, String> {
        let cut = "cut off or changed";
        let rest = bytes.strip_prefix(FIRST).ok_or("no entry of this version")?;
        let (digest, rest) = rest.split_at_checked(DIGEST).ok_or(cut)?;
        let rest = rest.strip_prefix(b"\n").ok_or(cut)?;
        if blake3::hash(rest).to_hex().as_bytes() != digest {
            return Err(cut.into());
        }
        let end = memchr::memchr(b'\n', rest).ok_or(cut)?;
        let head: Head = serde_json::from_slice(&rest[..end]).map_err(|e| e.to_string())?;
        if head.key != key {
            return Err("the entry of another plan".into());
        }
        let Head { key, status, shown, facts, asides } = head;
        let view = bytes.len() - (rest.len() - end - 1);
        bytes.drain(..view);
        Ok(Entry { key, status, shown, facts, asides, view: bytes })
    }
}

fn sealed(rest: &[u8]) -> Vec<u8> {
    let digest = blake3::hash(rest).to_hex();
    [FIRST, digest.as_bytes(), b"\n", rest].concat()
}

/// For fuzzing: what follows a right digest, read as an entry and written again. The key is
/// whatever is told.
pub fn rewritten(rest: &[u8]) -> Option<Vec<u8>> {
    let end = memchr::memchr(b'\n', rest)?;
    let head: Head = serde_json::from_slice(&rest[..end]).ok()?;
    Entry::from_bytes(sealed(rest), &head.key).ok().map(|entry| entry.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry() -> Entry {
        let kept = Kept {
            view: b"{\"id\":\"a\"}\n\xff".to_vec(),
            asides: vec![
                Aside::Said("said \u{1b}".into()),
                Aside::Record("{}\n".into()),
                Aside::File("x".into(), vec![0xff].into()),
            ],
            forgotten: false,
        };
        Entry::new("k", (Vec::new(), Made { status: 1, shown: true }), kept)
    }

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let bytes = entry().to_bytes();
        let read = Entry::from_bytes(bytes.clone(), "k").unwrap();
        assert_eq!((read.view, read.asides), (entry().view, entry().asides));
        assert_eq!((read.status, read.shown), (1, true));
        assert!(Entry::from_bytes(bytes, "other").is_err());
    }

    #[test]
    fn no_other_bytes_are_an_entry() {
        let whole = entry().to_bytes();
        for at in 0..whole.len() {
            assert!(Entry::from_bytes(whole[..at].to_vec(), "k").is_err(), "cut off at {at}");
            for bit in 0..8 {
                let mut bytes = whole.clone();
                bytes[at] ^= 1 << bit;
                assert!(Entry::from_bytes(bytes, "k").is_err(), "bit {bit} of {at}");
            }
        }
        assert!(Entry::from_bytes([&whole[..], b"x"].concat(), "k").is_err());
    }
}
