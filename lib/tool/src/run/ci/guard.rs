//! Output of operations in a CI log: nothing in it is obeyed.
//!
//! GitHub's runner obeys lines that begin with `::`, unless a line
//! `::stop-commands::TOKEN` came before; a line `::TOKEN::` ends that. It also obeys
//! the older `##[command]` anywhere in a line, and the log's viewer folds at
//! `##[group]` even where commands are stopped. GitLab's viewer folds at
//! `section_start:` and `section_end:` anywhere.

use super::Ci;
use std::fs::File;
use std::io::{self, Read as _};

/// A word that nobody can guess, for GitHub's guard: it holds 128 random bits.
///
/// # Errors
/// The system's source of random bytes cannot be read.
pub fn token() -> io::Result<String> {
    let mut bytes = [0u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(format!("pgrun-{digits}"))
}

/// A text that must not stand in output, and where a backslash breaks it.
#[derive(Debug)]
struct Mark {
    /// In small letters.
    text: Vec<u8>,
    break_at: usize,
}

/// Breaks the marks of a CI system in one stream; the pieces may be cut anywhere.
#[derive(Debug)]
pub struct Guard {
    marks: Vec<Mark>,
    /// The end of what came, which may be the beginning of a mark.
    kept: Vec<u8>,
}

impl Guard {
    /// The marks of a system, and the word that ends GitHub's guard.
    pub fn new(ci: Ci, token: &str) -> Self {
        let mark =
            |text: &str, break_at| Mark { text: text.to_ascii_lowercase().into_bytes(), break_at };
        let marks = match ci {
            Ci::Github => vec![mark("##[", 2), mark(token, 1)],
            Ci::Gitlab => vec![mark("section_start:", 7), mark("section_end:", 7)],
        };
        Guard { marks, kept: Vec::new() }
    }

    /// Adds to `out` what may be printed of these bytes. The beginning of a mark at their
    /// end waits for what follows.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut rest = bytes;
        while !rest.is_empty() {
            if self.kept.is_empty() {
                let plain = rest.iter().position(|b| self.may_begin(*b)).unwrap_or(rest.len());
                out.extend_from_slice(&rest[..plain]);
                rest = &rest[plain..];
            }
            let Some((byte, after)) = rest.split_first() else { return };
            self.kept.push(*byte);
            self.look(out);
            rest = after;
        }
    }

    /// The stream has ended, or is interrupted: what was kept is printed.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        out.append(&mut self.kept);
    }

    fn may_begin(&self, byte: u8) -> bool {
        self.marks.iter().any(|mark| mark.text.first() == Some(&byte.to_ascii_lowercase()))
    }

    /// Prints what can be no part of a mark any more.
    fn look(&mut self, out: &mut Vec<u8>) {
        let begins = |kept: &[u8], mark: &Mark| {
            mark.text.get(..kept.len()).is_some_and(|text| text.eq_ignore_ascii_case(kept))
        };
        let mut from = 0;
        while from < self.kept.len() {
            let rest = &self.kept[from..];
            let Some(mark) = self.marks.iter().find(|mark| begins(rest, mark)) else {
                from += 1;
                continue;
            };
            if rest.len() == mark.text.len() {
                out.extend_from_slice(&self.kept[..from + mark.break_at]);
                out.push(b'\\');
                out.extend_from_slice(&rest[mark.break_at..]);
                self.kept.clear();
                return;
            }
            break;
        }
        out.extend(self.kept.drain(..from));
    }
}

/// Text of our own in which a command or an argument stands, such as a note: one line of it.
pub fn line(ci: Ci, text: &str) -> String {
    let (mut guard, mut out) = (Guard::new(ci, "\n"), Vec::new());
    guard.pass(text.replace(['\n', '\r'], " ").as_bytes(), &mut out);
    guard.end(&mut out);
    String::from_utf8_lossy(&out).into_owned()
}

/// Records in a log of GitHub's: the same records, without marks. `##[` can stand in a
/// string only, where JSON has another spelling for its last letter.
pub fn records(lines: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(lines.len());
    let mut rest = lines;
    while let Some(at) = rest.windows(3).position(|window| window == b"##[") {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"##\\u005b");
        rest = &rest[at + 3..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{any, prop, prop_assert_eq, proptest};

    fn guarded(ci: Ci, pieces: &[&[u8]]) -> String {
        let (mut guard, mut out) = (Guard::new(ci, "00ab"), Vec::new());
        for piece in pieces {
            guard.pass(piece, &mut out);
        }
        guard.end(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn marks_are_broken_and_the_rest_is_left_alone() {
        for (ci, written, seen) in [
            (Ci::Github, "a ##[error]b", "a ##\\[error]b"),
            (Ci::Github, "###[group]", "###\\[group]"),
            (Ci::Github, "::00AB::\n::0000ab::", "::0\\0AB::\n::000\\0ab::"),
            (Ci::Github, "::error::x ##", "::error::x ##"),
            (Ci::Gitlab, "\x1b[0Ksection_end:1:a\r\x1b[0K", "\x1b[0Ksection\\_end:1:a\r\x1b[0K"),
            (Ci::Gitlab, "section_section_start:", "section_section\\_start:"),
            (Ci::Gitlab, "##[error] sections", "##[error] sections"),
        ] {
            assert_eq!(guarded(ci, &[written.as_bytes()]), seen);
        }
        assert_eq!(line(Ci::Github, "a\n::error::b ##[c"), "a ::error::b ##\\[c");
    }

    #[test]
    fn records_stay_the_same_records() {
        let line = br####"{"a":"###[x]","b":["##"]}"####;
        let safe = records(line);
        assert!(!safe.windows(3).any(|window| window == b"##["));
        let read = |bytes: &[u8]| serde_json::from_slice::<serde_json::Value>(bytes).unwrap();
        assert_eq!(read(&safe), read(line));
    }

    #[test]
    fn tokens_differ() {
        let (one, other) = (token().unwrap(), token().unwrap());
        assert_eq!(one.len(), 6 + 32);
        assert_ne!(one, other);
    }

    proptest! {
        #[test]
        fn cuts_make_no_difference(
            text in "[#\\[0ab:section_tard]{0,40}",
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            for ci in [Ci::Github, Ci::Gitlab] {
                let whole = guarded(ci, &[text.as_bytes()]);
                let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
                at.extend([0, text.len()]);
                at.sort_unstable();
                let pieces: Vec<&[u8]> = at.windows(2).map(|w| &text.as_bytes()[w[0]..w[1]]).collect();
                prop_assert_eq!(&guarded(ci, &pieces), &whole);
                prop_assert_eq!(guarded(ci, &[whole.as_bytes()]), whole);
            }
        }
    }
}
