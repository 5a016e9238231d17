//! `--redact`: what must not be read in logs, taken out of command lines before they are
//! shown. The command itself runs with the true words.

use crate::fail::Fail;
use record::{Bytes, Command, status};
use regex::bytes::Regex;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// What stands for what was taken out.
const MARK: &[u8] = b"***";

/// The patterns; none unless asked for.
#[derive(Clone, Debug, Default)]
pub struct Redact(Arc<[Regex]>);

impl Redact {
    /// Patterns as they were given.
    ///
    /// # Errors
    /// One that is no regular expression, or that takes out nothing at every place.
    pub fn new(patterns: &[String]) -> Result<Redact, Fail> {
        let parse = |pattern: &String| {
            let wrong = |what: String| {
                let message = format!("--redact {pattern}: {what}; give a regular expression");
                Fail::new(status::LOST, message)
            };
            let regex = Regex::new(pattern).map_err(|e| {
                let text = e.to_string();
                wrong(
                    text.lines()
                        .last()
                        .unwrap_or_default()
                        .trim_start_matches("error: ")
                        .to_string(),
                )
            })?;
            match regex.is_match(b"") {
                true => Err(wrong("matches where nothing is".to_string())),
                false => Ok(regex),
            }
        };
        patterns.iter().map(parse).collect::<Result<_, Fail>>().map(Redact)
    }

    /// A text without what the patterns match: of a pattern with groups the groups, of
    /// another all of it.
    pub fn text<'a>(&self, text: &'a [u8]) -> Cow<'a, [u8]> {
        let found = self.found(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        Cow::Owned(without(text, 0, &found))
    }

    /// A text for people without it.
    pub fn line(&self, text: String) -> String {
        match self.text(text.as_bytes()) {
            Cow::Borrowed(_) => text,
            Cow::Owned(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        }
    }

    /// A command without it; a match may go over several words, as in `--token (\S+)`.
    pub fn command(&self, cmd: &Command) -> Command {
        match cmd {
            Command::Shell(text) => Command::Shell(Bytes(self.text(&text.0).into_owned())),
            Command::Argv(words) => Command::Argv(self.words(words)),
        }
    }

    /// Words of a command line without it.
    pub fn words(&self, words: &[Bytes]) -> Vec<Bytes> {
        if self.0.is_empty() {
            return words.to_vec();
        }
        let line = words.iter().map(|word| &word.0[..]).collect::<Vec<_>>().join(&b' ');
        let found = self.found(&line);
        let mut at = 0;
        let clean = words.iter().map(|word| {
            let begin = at;
            at += word.0.len() + 1;
            Bytes(without(&word.0, begin, &found))
        });
        clean.collect()
    }

    /// Places of what must go, in order, none inside another.
    fn found(&self, text: &[u8]) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for regex in self.0.iter() {
            for captures in regex.captures_iter(text) {
                let groups = captures.iter().skip(1).flatten().map(|group| group.range());
                let before = found.len();
                found.extend(groups);
                if found.len() == before && captures.len() == 1 {
                    found.extend(captures.get(0).map(|whole| whole.range()));
                }
            }
        }
        found.retain(|range| !range.is_empty());
        found.sort_by_key(|range| (range.start, range.end));
        let mut whole: Vec<Range<usize>> = Vec::new();
        for range in found {
            match whole.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => whole.push(range),
            }
        }
        whole
    }
}

/// A piece of a text that begins at `begin`, with marks for the places in it.
fn without(piece: &[u8], begin: usize, found: &[Range<usize>]) -> Vec<u8> {
    let mut out = Vec::with_capacity(piece.len());
    let mut at = 0;
    for range in found {
        let from = range.start.saturating_sub(begin).max(at);
        let to = range.end.saturating_sub(begin).min(piece.len());
        if from < to {
            out.extend_from_slice(&piece[at..from]);
            out.extend_from_slice(MARK);
            at = to;
        }
    }
    out.extend_from_slice(&piece[at..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn redact(patterns: &[&str]) -> Redact {
        let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
        Redact::new(&patterns).unwrap()
    }

    #[test]
    fn groups_or_all_of_a_match() {
        for (patterns, text, seen) in [
            (&["s3cret"][..], "curl -H s3cret s3cret", "curl -H *** ***"),
            (&["token=(\\S+)"], "a token=x?y b", "a token=*** b"),
            (&["(?i)pass(?:word)?[= ](\\S+)"], "Password x --pass=y", "Password *** --pass=***"),
            (&["abc", "bcd"], "xabcdx", "x***x"),
            (&["(a)|(b)"], "a-b-c", "***-***-c"),
            (&[], "as it is", "as it is"),
        ] {
            assert_eq!(redact(patterns).line(text.to_string()), seen, "{patterns:?}");
        }
    }

    #[test]
    fn a_match_may_go_over_words() {
        let words = ["curl", "--token", "s3cret", "s3", "x"].map(|word| Bytes(word.into()));
        let clean = redact(&["--token (\\S+)", "s3 x"]).words(&words);
        let clean: Vec<_> = clean.iter().map(|word| word.lossy().into_owned()).collect();
        assert_eq!(clean, ["curl", "--token", "***", "***", "***"]);
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for (pattern, why) in [("(", "unclosed group"), ("x*", "matches where nothing is")] {
            let fail = Redact::new(&[pattern.to_string()]).unwrap_err();
            assert!(fail.message.contains(why), "{}", fail.message);
        }
    }
}
