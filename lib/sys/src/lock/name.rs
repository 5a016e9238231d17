//! Names of locks are any bytes; names of files are not.

use std::fmt;

/// The longest file name part that is written out; with the endings it stays
/// below the 255 bytes that file systems allow.
const MAX_PLAIN_BYTES: usize = 200;

/// What is kept of a name that is too long, before its digest.
const KEPT_BYTES: usize = 150;

/// Begins the digest in the file name of a long name; no escaped name has it.
const DIGEST_MARK: &str = "%~";

/// The name of a lock: any bytes but none at all. Ordered by file name: the
/// order in which several locks are taken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    file: String,
    bytes: Vec<u8>,
}

impl Name {
    /// A name; `None` for an empty one.
    pub fn new(bytes: &[u8]) -> Option<Self> {
        (!bytes.is_empty()).then(|| Name { file: file_name(bytes), bytes: bytes.to_vec() })
    }

    /// The name as it was given.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What its files are called, without their endings: letters, digits and
    /// `+,-.:=@_` stand for themselves, other bytes are `%XX`; a name that would
    /// be too long is cut and ends in a digest.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The name that belongs to a file name, if that was not cut.
    pub(super) fn from_file(file: &str) -> Option<Self> {
        if file.contains(DIGEST_MARK) {
            return None;
        }
        let mut bytes = Vec::with_capacity(file.len());
        let mut rest = file.as_bytes();
        while let Some((first, tail)) = rest.split_first() {
            if *first == b'%' {
                let code = std::str::from_utf8(tail.get(..2)?).ok()?;
                bytes.push(u8::from_str_radix(code, 16).ok()?);
                rest = &tail[2..];
            } else {
                bytes.push(*first);
                rest = tail;
            }
        }
        Name::new(&bytes).filter(|name| name.file == file)
    }
}

impl fmt::Display for Name {
    /// For messages: the name if it can be shown, else its file name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) if !text.chars().any(char::is_control) => f.pad(text),
            _ => f.pad(&self.file),
        }
    }
}

fn file_name(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    let mut kept = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let plain = byte.is_ascii_alphanumeric() || b"+,-:=@_".contains(byte);
        if plain || (*byte == b'.' && at > 0) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        if out.len() <= KEPT_BYTES {
            kept = out.len();
        }
    }
    if out.len() > MAX_PLAIN_BYTES {
        out.truncate(kept);
        out.push_str(&format!("{DIGEST_MARK}{:032x}", fnv1a(bytes)));
    }
    out
}

/// FNV-1a with 128 bits (Fowler, Noll and Vo, 1991; IETF draft-eastlake-fnv).
fn fnv1a(bytes: &[u8]) -> u128 {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    bytes.iter().fold(OFFSET, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_file_names_belong_together() {
        let names: [&[u8]; 8] =
            [b"msi", b"db:5432", b"a/b c", b"..", b".hidden", b"100%", &[0xff, 0, 10], b"x.lock"];
        for bytes in names {
            let name = Name::new(bytes).unwrap();
            assert_eq!(Name::from_file(name.file()).unwrap(), name, "{}", name.file());
            assert!(!name.file().contains('/') && !name.file().starts_with('.'));
        }
        assert_eq!(Name::new(b"a/b c").unwrap().file(), "a%2Fb%20c");
        assert!(Name::new(b"").is_none());
    }

    #[test]
    fn long_names_differ_and_fit() {
        let (mut one, mut two) = (vec![b'/'; 300], vec![b'/'; 300]);
        one.push(b'1');
        two.push(b'2');
        let (one, two) = (Name::new(&one).unwrap(), Name::new(&two).unwrap());
        assert_ne!(one.file(), two.file());
        assert!(one.file().len() <= MAX_PLAIN_BYTES);
        assert!(Name::from_file(one.file()).is_none());
    }

    #[test]
    fn digest_is_fnv1a() {
        // published test vectors: the empty string and "a"
        assert_eq!(fnv1a(b""), 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d);
        assert_eq!(fnv1a(b"a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
    }
}
