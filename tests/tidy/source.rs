//! Rust source as the rules read it: comments and strings blanked, tests apart.

use crate::{files_below, root, shown};
use std::path::Path;

/// One file of Rust.
pub struct Source {
    /// Path below the project's folder.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// With blanks for comments and for what is in strings; of the same length.
    pub code: String,
    /// The code without its tests; blanks throughout in a file of tests.
    pub shipped: String,
}

impl Source {
    fn new(path: String, text: String) -> Self {
        let code = blanked(&text);
        let shipped = without_tests(&code);
        Source { path, text, code, shipped }
    }

    /// The tests alone.
    pub fn tests(&self) -> String {
        let pairs = self.code.bytes().zip(self.shipped.bytes());
        let bytes = pairs.map(|(code, shipped)| if code == shipped { blank(code) } else { code });
        String::from_utf8(bytes.collect()).unwrap()
    }

    /// Places of a word in some text of this file, as `path:line`.
    pub fn places(&self, text: &str, word: &str) -> Vec<String> {
        found(text, word).map(|at| format!("{}:{}", self.path, line_of(text, at))).collect()
    }
}

/// Every file of Rust in the project.
pub fn sources() -> Vec<Source> {
    let read = |path: &Path| {
        (path.extension()? == "rs")
            .then(|| Source::new(shown(path), std::fs::read_to_string(path).unwrap()))
    };
    let folders = ["lib", "bins", "tests"].map(|folder| files_below(&root().join(folder)));
    let mut all: Vec<Source> = folders.concat().iter().filter_map(|path| read(path)).collect();
    let apart: Vec<String> = all.iter().flat_map(modules_of_tests).collect();
    for source in &mut all {
        let stem = source.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let of_tests = apart.iter().any(|module| within(stem, module));
        if of_tests || source.path.split('/').any(|folder| folder == "tests") {
            source.shipped = source.code.bytes().map(|b| char::from(blank(b))).collect();
        }
    }
    all
}

/// Line of a byte, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at].iter().filter(|b| **b == b'\n').count() + 1
}

/// Places of a word: no letter, digit or `_` before or after it.
pub fn found<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let part = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let (bytes, ends) = (text.as_bytes(), word.as_bytes());
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = at.checked_sub(1).is_some_and(|i| part(bytes[i])) && part(ends[0]);
        let after = bytes.get(at + ends.len()).is_some_and(|b| part(*b));
        !(before || after && part(ends[ends.len() - 1]))
    })
}

/// Where the bracket at `open` closes, in code.
pub fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0usize;
    for (at, b) in code.bytes().enumerate().skip(open) {
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// Where the body of an item begins (`{`) or the item ends without one (`;`).
pub fn body(code: &str, from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        match code.as_bytes().get(at)? {
            b'{' | b';' => return Some(at),
            b'(' | b'[' => at = closing(code, at)? + 1,
            _ => at += 1,
        }
    }
}

fn blank(b: u8) -> u8 {
    if b == b'\n' { b } else { b' ' }
}

fn within(path: &str, module: &str) -> bool {
    path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Paths without ending of the files named by `#[cfg(test)] mod name;`.
fn modules_of_tests(source: &Source) -> Vec<String> {
    let stem = source.path.trim_end_matches(".rs");
    let stem = ["/mod", "/lib", "/main"].iter().fold(stem, |stem, end| stem.trim_end_matches(end));
    let declared = source.code.match_indices("#[cfg(test)]").filter_map(|(at, word)| {
        let rest = source.code[at + word.len()..].trim_start();
        let rest = rest.strip_prefix("pub ").unwrap_or(rest).strip_prefix("mod ")?;
        rest.split_once(';').map(|(name, _)| name.trim()).filter(|name| !name.contains(' '))
    });
    declared.map(|name| format!("{stem}/{name}")).collect()
}

fn without_tests(code: &str) -> String {
    let mut bytes = code.as_bytes().to_vec();
    for word in ["#[cfg(test)]", "#[cfg(all(test", "#[test]"] {
        for (at, _) in code.match_indices(word) {
            let Some(begin) = closing(code, at + 1).and_then(|end| body(code, end + 1)) else {
                continue;
            };
            let end =
                if code.as_bytes()[begin] == b';' { Some(begin) } else { closing(code, begin) };
            for b in &mut bytes[at..=end.unwrap_or(begin)] {
                *b = blank(*b);
            }
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// The text with comments and the inside of strings and characters blanked.
fn blanked(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let (from, to, next) = token(text, at);
        for b in &mut out[from..to] {
            *b = blank(*b);
        }
        at = next;
    }
    String::from_utf8(out).unwrap()
}

/// What to blank at a place (`from..to`), and where to go on.
fn token(text: &str, at: usize) -> (usize, usize, usize) {
    let rest = &text[at..];
    let end_of = |length: Option<usize>| length.map_or(text.len(), |n| at + n);
    if rest.starts_with("//") {
        let end = end_of(rest.find('\n'));
        return (at, end, end);
    }
    if rest.starts_with("/*") {
        let end = end_of(rest.find("*/").map(|n| n + 2));
        return (at, end, end);
    }
    if let Some(hashes) = raw_string(text, at) {
        let open = rest.find('"').unwrap() + 1;
        let close = format!("\"{}", "#".repeat(hashes));
        let end = end_of(rest[open..].find(&close).map(|n| n + open));
        return (at + open, end, (end + close.len()).min(text.len()));
    }
    match rest.as_bytes()[0] {
        b'"' => {
            let end = quoted_end(text, at + 1, b'"');
            (at + 1, end, end + 1)
        }
        b'\'' if is_character(rest) => {
            let end = quoted_end(text, at + 1, b'\'');
            (at + 1, end, end + 1)
        }
        _ => {
            let next = at + rest.chars().next().map_or(1, char::len_utf8);
            (at, at, next)
        }
    }
}

/// Number of `#` of a raw string that begins here.
fn raw_string(text: &str, at: usize) -> Option<usize> {
    let before = at.checked_sub(1).map(|i| text.as_bytes()[i]);
    if before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let rest = &text[at..];
    let rest = rest.strip_prefix(['b', 'c']).unwrap_or(rest).strip_prefix('r')?;
    let hashes = rest.bytes().take_while(|b| *b == b'#').count();
    rest[hashes..].starts_with('"').then_some(hashes)
}

/// A character, not a lifetime.
fn is_character(rest: &str) -> bool {
    let mut chars = rest.chars().skip(1);
    match chars.next() {
        Some('\\') => true,
        Some(_) => chars.next() == Some('\''),
        None => false,
    }
}

fn quoted_end(text: &str, from: usize, quote: u8) -> usize {
    let mut at = from;
    while let Some(b) = text.as_bytes().get(at) {
        match b {
            b'\\' => at += 2,
            b if *b == quote => return at,
            _ => at += 1,
        }
    }
    text.len()
}

#[test]
fn source_is_read_as_rust_reads_it() {
    let text = "fn a<'x>() { \"//\\\"{\"; '{'; '\\''; r#\"\"}\"#; } // }\n\
                #[cfg(test)]\nmod tests { fn b() { unsafe {} } }\nfn c() {}\n";
    let source = Source::new("x.rs".into(), text.into());
    assert_eq!(source.code.len(), text.len());
    assert!(!source.code.contains("//") && source.code.contains("unsafe"));
    assert!(!source.shipped.contains("unsafe") && source.shipped.contains("fn c"));
    assert!(source.tests().contains("unsafe") && !source.tests().contains("fn c"));
    let open = body(&source.code, 0).unwrap();
    assert_eq!(closing(&source.code, open), text.find("} //"));
    assert_eq!(found("an_exit exit exit2", "exit").collect::<Vec<_>>(), [8]);
}
