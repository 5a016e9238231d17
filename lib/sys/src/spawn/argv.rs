//! The words of a command in one piece of memory.

use std::ffi::CStr;

/// The words of a command, each ended by a NUL byte: a command with a hundred
/// thousand of them costs no hundred thousand allocations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Argv {
    bytes: Vec<u8>,
}

impl Argv {
    /// These words; `None` where a NUL byte stands in one, which no argument can have.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a [u8]>) -> Option<Self> {
        let mut argv = Argv::default();
        for word in words {
            argv.push(word)?;
        }
        Some(argv)
    }

    /// Words that are packed already: each is ended by a NUL byte, the last by the end, too.
    pub fn packed(mut bytes: Vec<u8>) -> Self {
        if bytes.last().is_some_and(|last| *last != 0) {
            bytes.push(0);
        }
        Argv { bytes }
    }

    /// One word more; `None` where a NUL byte stands in it.
    pub fn push(&mut self, word: &[u8]) -> Option<()> {
        if word.contains(&0) {
            return None;
        }
        self.bytes.extend_from_slice(word);
        self.bytes.push(0);
        Some(())
    }

    /// The words in their order.
    pub fn words(&self) -> impl Iterator<Item = &CStr> {
        let mut rest = self.bytes.as_slice();
        std::iter::from_fn(move || {
            let word = CStr::from_bytes_until_nul(rest).ok()?;
            rest = &rest[word.count_bytes() + 1..];
            Some(word)
        })
    }

    /// The first word, which names the program; empty where there is none.
    pub fn name(&self) -> &[u8] {
        self.words().next().map_or(&[], CStr::to_bytes)
    }
}

/// Most bytes of arguments and environment together, pointers included: a quarter of
/// the stack's limit, within the kernel's bounds (execve(2)).
pub fn longest_command_bytes() -> usize {
    const LEAST: u64 = 128 << 10;
    const MOST: u64 = 6 << 20;
    let stack = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_STACK);
    let quarter = stack.map_or(LEAST, |(soft, _)| soft / 4);
    quarter.clamp(LEAST, MOST) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_out_as_they_went_in() {
        let words: [&[u8]; 4] = [b"a", b"", b"b c\xff", b""];
        let argv = Argv::new(words).unwrap();
        assert!(argv.words().map(CStr::to_bytes).eq(words));
        assert_eq!(argv.name(), b"a");
        assert_eq!(Argv::packed(b"a\0\0b c\xff\0\0".to_vec()), argv);
        assert_eq!(Argv::packed(b"a\0b".to_vec()), Argv::new([&b"a"[..], b"b"]).unwrap());
        assert_eq!(Argv::new([&b"a\0b"[..]]), None);
        assert_eq!(Argv::default().name(), b"");
    }
}
