//! Substitutions: those of `--plus`, and of Perl `{= s/regex/text/flags =}` alone.

use regex::bytes::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;

/// What is put in place of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum With {
    Text(Vec<u8>),
    /// What a group has matched; 0 is the whole match.
    Group(usize),
    /// The whole match in upper case.
    Upper,
    /// The whole match in lower case.
    Lower,
}

/// How often a substitution is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Times {
    Once,
    Everywhere,
}

/// A regular expression and what takes the place of its matches. Bytes, not
/// characters, are matched, as in Perl without a locale.
#[derive(Clone, Debug)]
pub(super) struct Substitution {
    regex: Regex,
    times: Times,
    with: Vec<With>,
}

impl Substitution {
    /// # Errors
    /// What is wrong with the expression.
    pub(super) fn new(
        pattern: &[u8],
        flags: &[u8],
        times: Times,
        with: Vec<With>,
    ) -> Result<Self, String> {
        let regex = RegexBuilder::new(&spelled(pattern))
            .unicode(false)
            .case_insensitive(flags.contains(&b'i'))
            .multi_line(flags.contains(&b'm'))
            .dot_matches_new_line(flags.contains(&b's'))
            .ignore_whitespace(flags.contains(&b'x'))
            .build()
            .map_err(|error| reason(&error))?;
        Ok(Substitution { regex, times, with })
    }

    pub(super) fn apply<'a>(&self, value: &'a [u8]) -> Cow<'a, [u8]> {
        let limit = match self.times {
            Times::Once => 1,
            Times::Everywhere => 0,
        };
        self.regex.replacen(value, limit, |found: &Captures<'_>| self.text(found))
    }

    fn text(&self, found: &Captures<'_>) -> Vec<u8> {
        let group = |n| found.get(n).map_or(&b""[..], |part| part.as_bytes());
        let mut text = Vec::new();
        for with in &self.with {
            match with {
                With::Text(literal) => text.extend_from_slice(literal),
                With::Group(n) => text.extend_from_slice(group(*n)),
                With::Upper => text.extend(group(0).to_ascii_uppercase()),
                With::Lower => text.extend(group(0).to_ascii_lowercase()),
            }
        }
        text
    }
}

/// The last line of the library's report is the reason.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_string()
}

/// The library's spelling of a Perl expression: bytes beyond ASCII by their number,
/// and `\<` for `<` (it would be the beginning of a word).
fn spelled(pattern: &[u8]) -> String {
    let mut spelled = String::with_capacity(pattern.len());
    let mut bytes = pattern.iter().copied();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(next @ (b'<' | b'>')) => spelled.push(char::from(next)),
                Some(next) if next.is_ascii() => spelled.extend(['\\', char::from(next)]),
                Some(next) => spelled.push_str(&format!("\\x{next:02X}")),
                None => spelled.push('\\'),
            },
            _ if byte.is_ascii() => spelled.push(char::from(byte)),
            _ => spelled.push_str(&format!("\\x{byte:02X}")),
        }
    }
    spelled
}

/// Reads `s/regex/text/flags; s/regex/text/flags`, with any delimiter.
///
/// # Errors
/// What is not taken, in words.
pub(super) fn parse(code: &[u8]) -> Result<Vec<Substitution>, String> {
    let mut all = Vec::new();
    let mut rest = code;
    loop {
        rest = trimmed(rest);
        while let Some(next) = rest.strip_prefix(b";") {
            rest = trimmed(next);
        }
        if rest.is_empty() {
            return Ok(all);
        }
        let (one, after) = statement(rest)?;
        all.push(one);
        rest = trimmed(after);
        if !rest.is_empty() && !rest.starts_with(b";") {
            return Err(not_taken(rest));
        }
    }
}

fn not_taken(code: &[u8]) -> String {
    format!("'{}' is not a substitution", String::from_utf8_lossy(trimmed(code)).trim_end())
}

fn trimmed(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}

fn statement(code: &[u8]) -> Result<(Substitution, &[u8]), String> {
    let after_s = code.strip_prefix(b"s").map(trimmed);
    let Some((&open, after)) = after_s.and_then(<[u8]>::split_first) else {
        return Err(not_taken(code));
    };
    if open.is_ascii_alphanumeric() || matches!(open, b'_' | b',' | b';' | b'=') {
        return Err(not_taken(code));
    }
    let unfinished = || format!("'{}' does not end", String::from_utf8_lossy(code).trim_end());
    let close = closing(open);
    let (pattern, after) = delimited(after, (open, close)).ok_or_else(unfinished)?;
    // brackets are followed by another pair of delimiters
    let (open, second) = match close {
        _ if close == open => (open, after),
        _ => {
            trimmed(after).split_first().map(|(&open, rest)| (open, rest)).ok_or_else(unfinished)?
        }
    };
    let (text, after) = delimited(second, (open, closing(open))).ok_or_else(unfinished)?;
    let end = after.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(after.len());
    let (flags, after) = after.split_at(end);
    if let Some(flag) = flags.iter().find(|flag| !b"gimsxo".contains(flag)) {
        return Err(format!("flag {} of s///", char::from(*flag)));
    }
    if let Some(at) = pattern.windows(2).position(is_variable) {
        let escaped = pattern[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        if escaped % 2 == 0 {
            return Err(format!("the variable in '{}'", String::from_utf8_lossy(pattern)));
        }
    }
    let times = if flags.contains(&b'g') { Times::Everywhere } else { Times::Once };
    let one = Substitution::new(pattern, flags, times, replacement(text)?)?;
    Ok((one, after))
}

fn is_variable(pair: &[u8]) -> bool {
    pair[0] == b'$' && (pair[1].is_ascii_alphanumeric() || matches!(pair[1], b'_' | b'{' | b'&'))
}

fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    }
}

/// A text up to its delimiter, and what follows. Brackets may stand in brackets.
fn delimited(text: &[u8], (open, close): (u8, u8)) -> Option<(&[u8], &[u8])> {
    let (mut depth, mut at) = (0, 0);
    while let Some(byte) = text.get(at) {
        match *byte {
            b'\\' => at += 1,
            byte if byte == close && depth == 0 => return Some((&text[..at], &text[at + 1..])),
            byte if byte == close => depth -= 1,
            byte if byte == open => depth += 1,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The text of a substitution: literal but for `$1`, `${1}`, `\1`, `$&` and escapes.
fn replacement(text: &[u8]) -> Result<Vec<With>, String> {
    let mut all = Vec::new();
    let mut literal = Vec::new();
    let mut rest = text;
    while let Some((&byte, after)) = rest.split_first() {
        let refused = || format!("'{}'", String::from_utf8_lossy(rest));
        rest = after;
        let group = match (byte, after.first()) {
            (b'$', Some(b'&')) => Some((0, 1)),
            (b'$', Some(b'{')) => {
                let end = after.iter().position(|byte| *byte == b'}').ok_or_else(refused)?;
                Some((number(&after[1..end]).ok_or_else(refused)?, end + 1))
            }
            (b'$', _) | (b'\\', Some(b'1'..=b'9')) => {
                let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
                Some((number(&after[..digits]).ok_or_else(refused)?, digits))
            }
            (b'@', Some(next)) if next.is_ascii_alphabetic() || *next == b'_' => {
                return Err(refused());
            }
            (b'\\', Some(next)) => {
                literal.push(match next {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    next if next.is_ascii_alphanumeric() => return Err(refused()),
                    next => *next,
                });
                rest = &after[1..];
                None
            }
            _ => {
                literal.push(byte);
                None
            }
        };
        if let Some((n, length)) = group {
            all.push(With::Text(std::mem::take(&mut literal)));
            all.push(With::Group(n));
            rest = &after[length..];
        }
    }
    all.push(With::Text(literal));
    all.retain(|with| *with != With::Text(Vec::new()));
    Ok(all)
}

fn number(digits: &[u8]) -> Option<usize> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
