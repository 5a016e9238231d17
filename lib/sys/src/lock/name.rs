//! Names of locks are any bytes; names of files are not.

use crate::file_name::{DIGEST_MARK, escaped};
use std::fmt;

/// Stands for itself in a file name.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+,-.:=@_".contains(&byte)
}

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
        (!bytes.is_empty()).then(|| Name { file: escaped(bytes, is_plain), bytes: bytes.to_vec() })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_name::MAX_PLAIN_BYTES;

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
}
