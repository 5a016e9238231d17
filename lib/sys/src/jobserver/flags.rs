//! `MAKEFLAGS`, as far as it speaks of a jobserver.
//!
//! Words divided by blanks; a backslash keeps a blank in its word. The first one
//! is letters without a dash, or empty. What follows `--` are variables, not
//! options.

use std::ffi::OsStr;
use std::os::fd::RawFd;
use std::os::unix::ffi::OsStrExt as _;
use std::path::PathBuf;

/// Where the tokens are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Auth {
    /// Inherited descriptors: to read from, to write to.
    Pair(RawFd, RawFd),
    /// A named pipe.
    Fifo(PathBuf),
}

/// Options that name a jobserver; the second is how make before 4.2 said it.
const NAMES: [&[u8]; 2] = [b"--jobserver-auth=", b"--jobserver-fds="];

/// The words before `--`, and what begins with it.
fn split(flags: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut words = Vec::new();
    let mut at = 0;
    while at < flags.len() {
        let end = end_of_word(flags, at);
        if &flags[at..end] == b"--" {
            return (words, &flags[at..]);
        }
        words.push(&flags[at..end]);
        at = end + 1;
    }
    (words, &[])
}

fn end_of_word(flags: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < flags.len() && !flags[at].is_ascii_whitespace() {
        at += if flags[at] == b'\\' { 2 } else { 1 };
    }
    at.min(flags.len())
}

fn auth_in(word: &[u8]) -> Option<&[u8]> {
    NAMES.iter().find_map(|name| word.strip_prefix(*name))
}

fn is_jobs(word: &[u8]) -> bool {
    word.strip_prefix(b"-j").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit))
}

/// The jobserver that is named last. What cannot be understood, and descriptors
/// below zero, with which make says that the pool is not for this process, are a
/// pair that is not open.
pub fn auth_of(flags: &[u8]) -> Option<Auth> {
    let value = split(flags).0.into_iter().filter_map(auth_in).next_back()?;
    if let Some(path) = value.strip_prefix(b"fifo:") {
        return Some(Auth::Fifo(PathBuf::from(OsStr::from_bytes(&unescaped(path)))));
    }
    let text = std::str::from_utf8(value).unwrap_or_default();
    let pair = text.split_once(',').and_then(|(r, w)| Some((r.parse().ok()?, w.parse().ok()?)));
    let (read, write) = pair.unwrap_or((-1, -1));
    Some(Auth::Pair(read, write))
}

fn unescaped(word: &[u8]) -> Vec<u8> {
    let mut bytes = word.iter();
    let mut plain = Vec::with_capacity(word.len());
    while let Some(byte) = bytes.next() {
        let kept = if *byte == b'\\' { bytes.next().unwrap_or(byte) } else { byte };
        plain.push(*kept);
    }
    plain
}

/// The number of its `-jN`.
pub fn slots_of(flags: &[u8]) -> Option<u32> {
    let jobs = split(flags).0.into_iter().rfind(|word| is_jobs(word))?;
    std::str::from_utf8(&jobs[2..]).ok()?.parse().ok().filter(|slots| *slots > 0)
}

/// The same flags without a jobserver and without `-j`.
pub fn without_auth(flags: &[u8]) -> Vec<u8> {
    let (words, variables) = split(flags);
    let is_kept = |word: &&[u8]| auth_in(word).is_none() && !is_jobs(word);
    let mut kept: Vec<&[u8]> = words.into_iter().filter(is_kept).collect();
    if !variables.is_empty() {
        kept.push(variables);
    }
    let mut text = kept.join(&b' ');
    if keeps_what_follows(&text) {
        // a backslash at the end would take in the blank of what is added
        text.push(b'\\');
    }
    text
}

/// The last byte is a backslash that none before it keeps.
fn keeps_what_follows(text: &[u8]) -> bool {
    text.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The same flags with a jobserver of `slots` slots: `auth` before the variables,
/// and `aside` after them, where given.
pub fn with_auth(flags: &[u8], slots: u32, (auth, aside): (&str, Option<&str>)) -> Vec<u8> {
    let plain = without_auth(flags);
    let (words, variables) = split(&plain);
    let mut text = words.join(&b' ');
    text.extend_from_slice(format!(" -j{slots} --jobserver-auth={auth}").as_bytes());
    match (variables, aside) {
        ([], None) => {}
        ([], Some(_)) => text.extend_from_slice(b" --"),
        (variables, _) => {
            text.push(b' ');
            text.extend_from_slice(variables);
        }
    }
    if let Some(aside) = aside {
        text.extend_from_slice(format!(" --jobserver-auth={aside}").as_bytes());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_wins() {
        let fifo = |path: &str| Some(Auth::Fifo(PathBuf::from(path)));
        for (flags, auth) in [
            ("", None),
            ("w", None),
            (" -j4", None),
            (" -j4 --jobserver-auth=3,4", Some(Auth::Pair(3, 4))),
            ("kw -j --jobserver-fds=5,6", Some(Auth::Pair(5, 6))),
            ("-j --jobserver-fds=5,6 --jobserver-auth=7,8", Some(Auth::Pair(7, 8))),
            ("-j4 --jobserver-auth=3,4 --jobserver-auth=fifo:/tmp/x", fifo("/tmp/x")),
            (" --jobserver-auth=fifo:/tmp/a\\ b -k", fifo("/tmp/a b")),
            (" --jobserver-auth=-2,-2", Some(Auth::Pair(-2, -2))),
            (" --jobserver-auth=what", Some(Auth::Pair(-1, -1))),
            (" --jobserver-auth=3", Some(Auth::Pair(-1, -1))),
            (" -j4 --jobserver-auth=3,4 -- A=1 --jobserver-auth=9,9", Some(Auth::Pair(3, 4))),
            (" -- X=a\\ --jobserver-auth=3,4", None),
            (" X=a\\ --jobserver-auth=3,4", None),
        ] {
            assert_eq!(auth_of(flags.as_bytes()), auth, "{flags}");
        }
    }

    #[test]
    fn its_slots() {
        for (flags, slots) in [
            (" -j4 --jobserver-auth=3,4", Some(4)),
            ("k -j12", Some(12)),
            ("-j --jobserver-auth=3,4", None),
            (" --jobserver-auth=3,4 -- -j9", None),
            ("", None),
        ] {
            assert_eq!(slots_of(flags.as_bytes()), slots, "{flags}");
        }
    }

    #[test]
    fn everything_else_stays() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let before = b"kw -j4 -I/a\\ b --jobserver-auth=3,4 -- A=x\\ y B=-j2";
        assert_eq!(text(without_auth(before)), "kw -I/a\\ b -- A=x\\ y B=-j2");
        let pair = text(with_auth(before, 8, ("10,11", None)));
        assert_eq!(pair, "kw -I/a\\ b -j8 --jobserver-auth=10,11 -- A=x\\ y B=-j2");
        let both = text(with_auth(b"", 2, ("10,11", Some("fifo:/p"))));
        assert_eq!(both, " -j2 --jobserver-auth=10,11 -- --jobserver-auth=fifo:/p");
        let again = text(with_auth(before, 2, ("10,11", Some("fifo:/p"))));
        assert!(again.ends_with(" -- A=x\\ y B=-j2 --jobserver-auth=fifo:/p"), "{again}");
        assert_eq!(auth_of(both.as_bytes()), Some(Auth::Pair(10, 11)));
        assert_eq!(text(with_auth(b"a\\", 2, ("3,4", None))), "a\\\\ -j2 --jobserver-auth=3,4");
    }
}
