//! The rest of a line, and what can be taken from its beginning.

use crate::Outcome;
use crate::unit::Seconds;

/// Above this a number of seconds is no longer exact to the microsecond in an
/// `f64`, which the full parser goes through.
const EXACT_SECONDS: u64 = 4_000_000_000;

/// What is left of a line.
#[derive(Debug)]
pub struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    /// Takes `word` if it comes next.
    #[inline]
    pub(super) fn eat(&mut self, word: &[u8]) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// Passes over what may stand between the parts of a line.
    #[inline]
    pub(super) fn blanks(&mut self) {
        while let [b' ' | b'\t' | b'\r', rest @ ..] = self.0 {
            self.0 = rest;
        }
    }

    /// The mark between two parts, be there blanks around it.
    #[inline]
    pub(super) fn between(&mut self, mark: &[u8]) -> bool {
        self.blanks();
        let there = self.eat(mark);
        self.blanks();
        there
    }

    /// What `part` passes over, as text.
    #[inline]
    pub(super) fn passed(&mut self, part: impl Fn(&mut Self) -> Option<()>) -> Option<&'a str> {
        let begin = self.0;
        part(self)?;
        std::str::from_utf8(&begin[..begin.len() - self.0.len()]).ok()
    }

    /// `word`, or the line is unusual.
    #[inline]
    pub(super) fn must(&mut self, word: &[u8]) -> Option<()> {
        self.eat(word).then_some(())
    }

    /// A string of ASCII without escapes.
    #[inline]
    pub(super) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The same as bytes.
    #[inline]
    pub(super) fn bytes(&mut self) -> Option<&'a [u8]> {
        let (b'"', rest) = self.0.split_first()? else { return None };
        let end = rest.iter().position(|b| !is_plain(*b))?;
        if rest[end] != b'"' {
            return None;
        }
        self.0 = &rest[end + 1..];
        Some(&rest[..end])
    }

    /// A string of ASCII; simple escapes are passed over. What is returned is
    /// the text up to the first escape or blank.
    pub(super) fn head(&mut self) -> Option<&'a str> {
        let (b'"', rest) = self.0.split_first()? else { return None };
        let end = rest.iter().position(|b| !is_plain(*b) || *b == b' ')?;
        let word = &rest[..end];
        if rest[end] == b'\\' || (rest[end] == b' ' && end == 0) {
            return None;
        }
        let mut at = end;
        loop {
            match *rest.get(at)? {
                b'"' => break,
                b'\\' => match rest.get(at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                    _ => return None,
                },
                byte if is_plain(byte) => at += 1,
                _ => return None,
            }
        }
        self.0 = &rest[at + 1..];
        std::str::from_utf8(word).ok()
    }

    #[inline]
    pub(super) fn uint(&mut self) -> Option<u64> {
        if let [digit @ b'0'..=b'9', b',' | b'}', ..] = self.0 {
            self.0 = &self.0[1..];
            return Some(u64::from(digit - b'0'));
        }
        let (mut value, mut count) = digits(self.0);
        if count == 8 {
            (value, count) = more_digits(self.0, value);
        }
        // nineteen digits always fit
        if count == 0 || count > 19 || (count > 1 && self.0[0] == b'0') {
            return None;
        }
        self.0 = &self.0[count..];
        Some(value)
    }

    #[inline]
    pub(super) fn uint32(&mut self) -> Option<u32> {
        u32::try_from(self.uint()?).ok()
    }

    #[inline]
    pub(super) fn int32(&mut self) -> Option<i32> {
        i32::try_from(self.uint()?).ok()
    }

    #[inline]
    pub(super) fn seconds(&mut self) -> Option<Seconds> {
        let whole = self.uint()?;
        if whole >= EXACT_SECONDS {
            return None;
        }
        let mut micros = whole * 1_000_000;
        if let [b'.', rest @ ..] = self.0 {
            let (part, count) = digits(rest);
            if count == 0 || count > 6 {
                return None;
            }
            micros += part * TENS[6 - count];
            self.0 = &rest[count..];
        }
        Some(Seconds::from_micros(micros as i64))
    }

    /// The same in every way to write a number; the unusual ones as the full parser has them.
    #[inline]
    pub(super) fn any_seconds(&mut self) -> Option<Seconds> {
        let begin = self.0;
        if let Some(seconds) = self.seconds()
            && !matches!(self.0.first(), Some(b'0'..=b'9' | b'.' | b'e' | b'E'))
        {
            return Some(seconds);
        }
        self.0 = begin;
        let part = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
        let end = begin.iter().position(|byte| !part(byte))?;
        let seconds: Seconds = serde_json::from_slice(&begin[..end]).ok()?;
        self.0 = &begin[end..];
        (seconds >= Seconds::ZERO).then_some(seconds)
    }

    /// A value that is not needed: text, a number, a word.
    pub(super) fn skip_value(&mut self) -> Option<()> {
        if self.0.first() == Some(&b'"') {
            return self.bytes().map(|_| ());
        }
        if self.eat(b"true") || self.eat(b"false") || self.eat(b"null") {
            return Some(());
        }
        self.seconds().map(|_| ())
    }

    /// The inside of an object whose keys ascend and whose values `value` takes.
    pub(super) fn object(&mut self, value: impl Fn(&mut Self) -> Option<()>) -> Option<&'a [u8]> {
        self.must(b"{")?;
        let begin = self.0;
        let mut before: Option<&[u8]> = None;
        loop {
            let key = self.bytes()?;
            if before.is_some_and(|before| before >= key) {
                return None;
            }
            before = Some(key);
            self.between(b":").then_some(())?;
            value(self)?;
            self.blanks();
            if self.eat(b"}") {
                return Some(&begin[..begin.len() - self.0.len() - 1]);
            }
            self.between(b",").then_some(())?;
        }
    }

    /// The inside of an array of names.
    pub(super) fn names(&mut self) -> Option<&'a [u8]> {
        self.must(b"[")?;
        let begin = self.0;
        if self.eat(b"]") {
            return Some(b"");
        }
        loop {
            self.bytes()?;
            self.blanks();
            if self.eat(b"]") {
                return Some(&begin[..begin.len() - self.0.len() - 1]);
            }
            self.between(b",").then_some(())?;
        }
    }

    /// The same, where a name is never empty.
    pub(super) fn names_of_something(&mut self) -> Option<&'a [u8]> {
        let names = self.names()?;
        let mut each = Cursor(names);
        while let Some(name) = each.bytes() {
            (!name.is_empty()).then_some(())?;
            each.between(b",");
        }
        Some(names)
    }

    /// First word of a command.
    #[inline]
    pub(super) fn command(&mut self) -> Option<&'a str> {
        if !self.eat(b"[") {
            return self.head();
        }
        let first = self.text()?;
        if first.is_empty() {
            return None;
        }
        while self.between(b",") {
            // a word of the command: an empty one has no head
            if !self.eat(b"\"\"") {
                self.word()?;
            }
        }
        self.must(b"]")?;
        Some(first)
    }

    /// Passes over a string of ASCII with simple escapes.
    pub(super) fn word(&mut self) -> Option<()> {
        if self.bytes().is_some() {
            return Some(());
        }
        self.head().map(|_| ())
    }

    pub(super) fn outcome(&mut self) -> Option<Outcome> {
        if self.eat(br#""success""#) {
            return Some(Outcome::Success);
        }
        let word = self.bytes()?;
        Outcome::ALL.into_iter().find(|outcome| outcome.word().as_bytes() == word)
    }
}

/// Powers of ten.
const TENS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];

/// The digits at the beginning, at most eight, and how many they are; all
/// eight bytes at once (Lemire, "Quickly parsing eight digits", 2018).
#[inline]
pub(super) fn digits(text: &[u8]) -> (u64, usize) {
    let Some(eight) = text.first_chunk::<8>() else {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value = text[..count].iter().fold(0, |value, byte| value * 10 + u64::from(byte - b'0'));
        return (value, count);
    };
    let bytes = u64::from_le_bytes(*eight) ^ 0x3030_3030_3030_3030;
    // a byte that is no digit is above 9 now: its top bit, or that of it plus 0x76, is set
    let others = (bytes.wrapping_add(0x7676_7676_7676_7676) | bytes) & 0x8080_8080_8080_8080;
    let count = (others.trailing_zeros() / 8) as usize;
    if count == 0 {
        return (0, 0);
    }
    // zeros in front, so that there are always eight
    let eight = bytes << (64 - 8 * count);
    let pairs = eight.wrapping_mul(10).wrapping_add(eight >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    (fours.wrapping_mul(10_000).wrapping_add(fours >> 32) & 0xffff_ffff, count)
}

/// A number of eight digits or more: its value, wrapped, and how many there are, at most 24.
#[inline]
fn more_digits(text: &[u8], first: u64) -> (u64, usize) {
    let (second, count) = digits(&text[8..]);
    let value = first.wrapping_mul(TENS[count]).wrapping_add(second);
    if count < 8 {
        return (value, 8 + count);
    }
    let (third, count) = digits(&text[16..]);
    (value.wrapping_mul(TENS[count]).wrapping_add(third), 16 + count)
}

#[inline]
fn is_plain(byte: u8) -> bool {
    (0x20..0x80).contains(&byte) && byte != b'"' && byte != b'\\'
}
