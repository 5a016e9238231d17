//! Cutting the kernel's texts into words and numbers, without allocation.

use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// Walks over words that are separated by blanks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    rest: &'a [u8],
}

impl<'a> Words<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Words { rest: text }
    }

    /// Leaves out `count` words.
    pub(super) fn skip_words(&mut self, count: usize) {
        for _ in 0..count {
            self.next();
        }
    }

    /// The next word as a number.
    pub(super) fn number(&mut self) -> Option<u64> {
        number(self.next()?)
    }

    /// The next word as a number; a negative one is 0.
    pub(super) fn number_or_negative(&mut self) -> Option<u64> {
        let word = self.next()?;
        if let Some(digits) = word.strip_prefix(b"-") {
            return number(digits).map(|_| 0);
        }
        number(word)
    }
}

impl<'a> Iterator for Words<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n');
        let begin = self.rest.iter().position(|byte| !blank(byte))?;
        let rest = &self.rest[begin..];
        let end = rest.iter().position(blank).unwrap_or(rest.len());
        self.rest = &rest[end..];
        Some(&rest[..end])
    }
}

/// The lines of a text, numbered from 1.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    text.split(|byte| *byte == b'\n').enumerate().map(|(at, line)| (at + 1, line))
}

/// A decimal number that fills the word.
pub(super) fn number(word: &[u8]) -> Option<u64> {
    if word.is_empty() || word.len() > 20 {
        return None;
    }
    word.iter().try_fold(0u64, |sum, byte| {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        sum.checked_mul(10)?.checked_add(u64::from(digit))
    })
}

/// A decimal fraction such as `0.52`.
pub(super) fn fraction(word: &[u8]) -> Option<f64> {
    std::str::from_utf8(word).ok()?.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// The value after `name` in lines of the form `name value`.
pub(super) fn value_of(text: &[u8], name: &[u8]) -> Option<u64> {
    lines(text).find_map(|(_, line)| {
        let mut words = Words::new(line);
        if words.next()? == name { words.number() } else { None }
    })
}

/// A path of mountinfo: blanks and the like are written as `\040`.
pub(super) fn unescaped(word: &[u8]) -> PathBuf {
    let mut path = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, tail)) = rest.split_first() {
        let octal = (*first == b'\\').then(|| tail.get(..3)).flatten();
        let code = octal.and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                path.push(byte);
                rest = &tail[3..];
            }
            None => {
                path.push(*first);
                rest = tail;
            }
        }
    }
    PathBuf::from(std::ffi::OsString::from_vec(path))
}
