//! What an operation's output says about it: `fail_if`, `ok_if`, when to come again, line by line.

use super::batch::PerItem;
use record::Seconds;
use regex::bytes::Regex;

/// Of a line without end, so much is looked at at a time.
const LINE_BYTES: usize = 64 << 10;

/// The patterns of one operation, and what they have found.
#[derive(Clone, Debug, Default)]
pub struct Matcher {
    fail_if: Option<Regex>,
    ok_if: Option<Regex>,
    /// When to come again, in its first group.
    retry_after: Option<Regex>,
    later: Option<Seconds>,
    /// The lines of a batch.
    pub per_item: Option<PerItem>,
    rest: Vec<u8>,
    failed: Option<String>,
    ok: bool,
}

impl Matcher {
    /// Looks for these.
    pub fn new(fail_if: Option<Regex>, ok_if: Option<Regex>) -> Self {
        Matcher { fail_if, ok_if, ..Matcher::default() }
    }

    /// Looks for that as well.
    #[must_use]
    pub fn listening(self, retry_after: Option<Regex>) -> Self {
        Matcher { retry_after, ..self }
    }

    /// When to come again, as it was said last. To be asked after the verdict.
    pub fn later(&self) -> Option<Seconds> {
        self.later
    }

    /// Takes output as it comes.
    pub fn add(&mut self, bytes: &[u8]) {
        if self.fail_if.is_none() && self.ok_if.is_none() && self.retry_after.is_none() {
            return;
        }
        self.rest.extend_from_slice(bytes);
        let mut rest = std::mem::take(&mut self.rest);
        let mut begin = 0;
        while let Some(length) = rest[begin..].iter().position(|byte| *byte == b'\n') {
            self.line(&rest[begin..begin + length]);
            begin += length + 1;
        }
        rest.drain(..begin);
        if rest.len() >= LINE_BYTES {
            self.line(&rest);
            rest.clear();
        }
        self.rest = rest;
    }

    fn line(&mut self, line: &[u8]) {
        if let Some(found) = self.retry_after.as_ref().and_then(|regex| regex.captures(line)) {
            let time = found.get(1).and_then(|time| std::str::from_utf8(time.as_bytes()).ok());
            let time = time.and_then(|time| record::parse_seconds(time).ok());
            self.later = time.or(self.later);
        }
        self.ok |= self.ok_if.as_ref().is_some_and(|regex| regex.is_match(line));
        if self.failed.is_none() && self.fail_if.as_ref().is_some_and(|regex| regex.is_match(line))
        {
            let shown = &line[..line.len().min(200)];
            self.failed = Some(String::from_utf8_lossy(shown).trim().to_string());
        }
    }

    /// Why a success is none, if it is none.
    pub fn verdict(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.rest);
        if !rest.is_empty() {
            self.line(&rest);
        }
        if let Some(line) = &self.failed {
            return Some(format!("its output matches fail_if: {line}"));
        }
        if let Some(missing) = self.ok_if.as_ref().filter(|_| !self.ok) {
            return Some(format!("no line of its output matches ok_if {missing}"));
        }
        self.per_item.as_mut()?.verdict()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(fail: &str, ok: &str, pieces: &[&str]) -> Option<String> {
        let regex = |text: &str| (!text.is_empty()).then(|| Regex::new(text).unwrap());
        let mut matcher = Matcher::new(regex(fail), regex(ok));
        for piece in pieces {
            matcher.add(piece.as_bytes());
        }
        matcher.verdict()
    }

    #[test]
    fn lines_are_matched_however_they_come() {
        let found = verdict(r"\[ERROR\]", "", &["fine\n[ER", "ROR] disk\nx\n"]);
        assert_eq!(found.unwrap(), "its output matches fail_if: [ERROR] disk");
        assert_eq!(verdict(r"\[ERROR\]", "", &["[ERR\nOR]"]), None);
        assert_eq!(verdict("", "SUCCESS$", &["[SUCCESS", "]", "\nSUCCESS"]), None);
        assert!(verdict("", "SUCCESS", &["no\n"]).unwrap().contains("ok_if SUCCESS"));
        assert_eq!(verdict("", "", &["x"]), None);
    }
}
