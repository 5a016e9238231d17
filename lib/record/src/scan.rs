//! The two frequent events, `op.start` and `op.end`, read without allocation
//! from lines in the order in which the writer puts them. Whatever is unusual
//! (escapes, blanks, another order, a field that is not known) is left to the
//! full parser; where this one answers, both agree (a property test holds it to that).

use crate::unit::{Amount, Seconds};
use crate::{Command, Need, OpEnd, OpStart, Outcome};
use std::collections::BTreeMap;

/// Above this a number of seconds is no longer exact to the microsecond in an
/// `f64`, which the full parser goes through.
const EXACT_SECONDS: u64 = 4_000_000_000;

/// What of an [`OpEnd`] a report needs.
#[derive(Clone, Debug)]
pub struct EndView<'a> {
    /// The operation.
    pub id: &'a str,
    /// Which spawn of it, from 1.
    pub attempt: u32,
    /// The last attempt of the operation.
    pub last: bool,
    /// Place it ran, from 1.
    pub slot: u32,
    /// When it was started.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
    /// Duration.
    pub wall: Seconds,
    /// Processor time in user mode.
    pub user: Seconds,
    /// Processor time in the kernel.
    pub system: Seconds,
    /// Greatest resident set.
    pub max_rss_bytes: Option<u64>,
    /// How it ended.
    pub result: Outcome,
    /// Time from being ready to being started.
    pub queued: Seconds,
    /// The same by cause.
    pub blocked: Pairs<'a, Seconds>,
    /// Time the start itself took.
    pub spawn: Option<Seconds>,
    /// Bytes of output.
    pub out_bytes: u64,
}

/// What of an [`OpStart`] a report needs.
#[derive(Clone, Debug)]
pub struct StartView<'a> {
    /// The operation.
    pub id: &'a str,
    /// Which spawn of it, from 1.
    pub attempt: u32,
    /// When.
    pub start: Seconds,
    /// Process id.
    pub pid: u32,
    /// First word of the command; empty where that is not text.
    pub head: &'a str,
    /// What it needed.
    pub needs: Names<'a>,
    /// Names of the locks it holds.
    pub locks: Names<'a>,
    /// Amounts it holds.
    pub resources: Pairs<'a, Amount>,
}

/// Names and values of an object: the text itself, once checked, or a parsed map.
#[derive(Clone, Copy, Debug)]
pub enum Pairs<'a, T> {
    /// What stands between the braces; the keys ascend.
    Text(&'a [u8]),
    /// From the full parser.
    Map(&'a BTreeMap<String, T>),
}

/// Names in an array: the text itself, once checked, or parsed.
#[derive(Clone, Copy, Debug)]
pub enum Names<'a> {
    /// What stands between the brackets.
    Text(&'a [u8]),
    /// From the full parser.
    Strings(&'a [String]),
    /// From the full parser.
    Needs(&'a [Need]),
}

/// A value that [`Pairs`] can hold as text.
pub trait Plain: Copy {
    /// Reads one, or `None` for the full parser's cases.
    fn plain(text: &mut Cursor<'_>) -> Option<Self>;
}

impl Plain for Seconds {
    fn plain(text: &mut Cursor<'_>) -> Option<Self> {
        text.seconds()
    }
}

impl Plain for Amount {
    fn plain(text: &mut Cursor<'_>) -> Option<Self> {
        let units = text.uint()?;
        (units < u64::MAX / 1000).then(|| Amount::from_units(units))
    }
}

impl<'a, T: Plain> Pairs<'a, T> {
    /// None.
    pub const EMPTY: Self = Pairs::Text(b"");

    /// Calls `each` for every pair, by ascending name.
    pub fn for_each(&self, mut each: impl FnMut(&'a str, T)) {
        match self {
            Pairs::Map(map) => map.iter().for_each(|(name, value)| each(name, *value)),
            Pairs::Text(text) => {
                let mut rest = Cursor(text);
                while let Some(name) = rest.text() {
                    let value = rest.eat(b":").then(|| T::plain(&mut rest)).flatten();
                    let Some(value) = value else { return };
                    each(name, value);
                    rest.eat(b",");
                }
            }
        }
    }
}

impl<'a> Names<'a> {
    /// True where there are none.
    pub fn is_empty(&self) -> bool {
        match self {
            Names::Text(text) => text.is_empty(),
            Names::Strings(all) => all.is_empty(),
            Names::Needs(all) => all.is_empty(),
        }
    }

    /// Calls `each` for every name in its order.
    pub fn for_each(&self, mut each: impl FnMut(&'a str)) {
        match self {
            Names::Strings(all) => all.iter().for_each(|name| each(name)),
            Names::Needs(all) => all.iter().for_each(|need| each(&need.id)),
            Names::Text(text) => {
                let mut rest = Cursor(text);
                while let Some(name) = rest.text() {
                    each(name);
                    rest.eat(b",");
                }
            }
        }
    }
}

impl<'a> From<&'a OpEnd> for EndView<'a> {
    fn from(end: &'a OpEnd) -> Self {
        EndView {
            id: &end.id,
            attempt: end.attempt,
            last: end.r#final,
            slot: end.slot,
            start: end.start,
            end: end.end,
            wall: end.wall_s,
            user: end.user_s,
            system: end.system_s,
            max_rss_bytes: end.max_rss_bytes.0,
            result: end.result,
            queued: end.queued_s,
            blocked: Pairs::Map(&end.blocked_s),
            spawn: end.spawn_s,
            out_bytes: end.out_bytes,
        }
    }
}

impl<'a> From<&'a OpStart> for StartView<'a> {
    fn from(start: &'a OpStart) -> Self {
        let head = match &start.cmd {
            Some(Command::Argv(words)) => words.first().map(|word| &word.0[..]),
            Some(Command::Shell(line)) => line.split(|b| *b == b' ').find(|word| !word.is_empty()),
            None => None,
        };
        StartView {
            id: &start.id,
            attempt: start.attempt,
            start: start.start,
            pid: start.pid,
            head: head.and_then(|word| std::str::from_utf8(word).ok()).unwrap_or_default(),
            needs: Names::Needs(&start.needs),
            locks: Names::Strings(&start.locks),
            resources: Pairs::Map(&start.resources),
        }
    }
}

/// What is left of a line.
#[derive(Debug)]
pub struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    /// Takes `word` if it comes next.
    #[inline]
    fn eat(&mut self, word: &[u8]) -> bool {
        match self.0.strip_prefix(word) {
            Some(rest) => {
                self.0 = rest;
                true
            }
            None => false,
        }
    }

    /// `word`, or the line is unusual.
    #[inline]
    fn must(&mut self, word: &[u8]) -> Option<()> {
        self.eat(word).then_some(())
    }

    /// A string of ASCII without escapes.
    #[inline]
    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// The same as bytes.
    #[inline]
    fn bytes(&mut self) -> Option<&'a [u8]> {
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
    fn head(&mut self) -> Option<&'a str> {
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
    fn uint(&mut self) -> Option<u64> {
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
    fn uint32(&mut self) -> Option<u32> {
        u32::try_from(self.uint()?).ok()
    }

    #[inline]
    fn int32(&mut self) -> Option<i32> {
        i32::try_from(self.uint()?).ok()
    }

    #[inline]
    fn seconds(&mut self) -> Option<Seconds> {
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

    /// A value that is not needed: text, a number, a word.
    fn skip_value(&mut self) -> Option<()> {
        if self.0.first() == Some(&b'"') {
            return self.bytes().map(|_| ());
        }
        if self.eat(b"true") || self.eat(b"false") || self.eat(b"null") {
            return Some(());
        }
        self.seconds().map(|_| ())
    }

    /// The inside of an object whose keys ascend and whose values `value` takes.
    fn object(&mut self, value: impl Fn(&mut Self) -> Option<()>) -> Option<&'a [u8]> {
        self.must(b"{")?;
        let begin = self.0;
        let mut before: Option<&[u8]> = None;
        loop {
            let key = self.bytes()?;
            if before.is_some_and(|before| before >= key) {
                return None;
            }
            before = Some(key);
            self.must(b":")?;
            value(self)?;
            if self.eat(b"}") {
                return Some(&begin[..begin.len() - self.0.len() - 1]);
            }
            self.must(b",")?;
        }
    }

    /// The inside of an array of names.
    fn names(&mut self) -> Option<&'a [u8]> {
        self.must(b"[")?;
        let begin = self.0;
        loop {
            self.bytes()?;
            if self.eat(b"]") {
                return Some(&begin[..begin.len() - self.0.len() - 1]);
            }
            self.must(b",")?;
        }
    }

    /// First word of a command.
    fn command(&mut self) -> Option<&'a str> {
        if !self.eat(b"[") {
            return self.head();
        }
        let first = self.text()?;
        if first.is_empty() {
            return None;
        }
        while self.eat(b",") {
            // a word of the command: an empty one has no head
            if !self.eat(b"\"\"") {
                self.word()?;
            }
        }
        self.must(b"]")?;
        Some(first)
    }

    /// Passes over a string of ASCII with simple escapes.
    fn word(&mut self) -> Option<()> {
        if self.bytes().is_some() {
            return Some(());
        }
        self.head().map(|_| ())
    }

    fn outcome(&mut self) -> Option<Outcome> {
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
fn digits(text: &[u8]) -> (u64, usize) {
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

/// Reads an `op.end` line; `None` where it is another one or unusual.
pub fn scan_op_end(line: &[u8]) -> Option<EndView<'_>> {
    let mut at = Cursor(line.strip_prefix(br#"{"type":"op.end","id":"#)?);
    let id = at.text()?;
    at.must(br#","seq":"#)?;
    at.uint()?;
    at.must(br#","attempt":"#)?;
    let attempt = at.uint32()?;
    let last = at.eat(br#","final":true"#);
    at.must(br#","slot":"#)?;
    let slot = at.uint32()?;
    at.must(br#","start":"#)?;
    let start = at.seconds()?;
    at.must(br#","end":"#)?;
    let end = at.seconds()?;
    at.must(br#","wall_s":"#)?;
    let wall = at.seconds()?;
    at.must(br#","user_s":"#)?;
    let user = at.seconds()?;
    at.must(br#","system_s":"#)?;
    let system = at.seconds()?;
    at.must(br#","max_rss_bytes":"#)?;
    let max_rss_bytes = if at.eat(b"null") { None } else { Some(at.uint()?) };
    if at.eat(br#","exit":"#) {
        at.int32()?;
    }
    if at.eat(br#","signal":"#) {
        at.int32()?;
    }
    at.must(br#","result":"#)?;
    let result = at.outcome()?;
    if at.eat(br#","reason":"#) {
        at.word()?;
    }
    at.must(br#","queued_s":"#)?;
    let queued = at.seconds()?;
    let mut blocked = Pairs::EMPTY;
    if at.eat(br#","blocked_s":"#) {
        blocked = Pairs::Text(at.object(|at| at.seconds().map(|_| ()))?);
    }
    let spawn = if at.eat(br#","spawn_s":"#) { Some(at.seconds()?) } else { None };
    at.must(br#","out_bytes":"#)?;
    let out_bytes = at.uint()?;
    end_of_op_end(at)?;
    Some(EndView {
        id,
        attempt,
        last,
        slot,
        start,
        end,
        wall,
        user,
        system,
        max_rss_bytes,
        result,
        queued,
        blocked,
        spawn,
        out_bytes,
    })
}

/// The fields that no report needs; the line must end after them.
fn end_of_op_end(mut at: Cursor<'_>) -> Option<()> {
    if at.eat(br#","leaked":"#) {
        at.uint32()?;
    }
    if at.eat(br#","voluntary_switches":"#) {
        at.uint()?;
    }
    if at.eat(br#","blocks":"#) {
        at.uint()?;
    }
    if at.eat(br#","labels":"#) {
        at.object(Cursor::skip_value)?;
    }
    (at.0 == b"}").then_some(())
}

/// Reads an `op.start` line; `None` where it is another one or unusual.
pub fn scan_op_start(line: &[u8]) -> Option<StartView<'_>> {
    let mut at = Cursor(line.strip_prefix(br#"{"type":"op.start","id":"#)?);
    let id = at.text()?;
    at.must(br#","seq":"#)?;
    at.uint()?;
    at.must(br#","attempt":"#)?;
    let attempt = at.uint32()?;
    at.must(br#","slot":"#)?;
    at.uint32()?;
    at.must(br#","start":"#)?;
    let start = at.seconds()?;
    at.must(br#","pid":"#)?;
    let pid = at.uint32()?;
    let head = if at.eat(br#","cmd":"#) { at.command()? } else { "" };
    let mut needs = Names::Text(b"");
    if at.eat(br#","needs":"#) {
        needs = Names::Text(at.names()?);
    }
    let mut locks = Names::Text(b"");
    if at.eat(br#","locks":"#) {
        locks = Names::Text(at.names()?);
    }
    let mut resources = Pairs::EMPTY;
    if at.eat(br#","resources":"#) {
        resources = Pairs::Text(at.object(|at| Amount::plain(at).map(|_| ()))?);
    }
    (at.0 == b"}").then_some(())?;
    Some(StartView { id, attempt, start, pid, head, needs, locks, resources })
}

#[cfg(test)]
mod tests;
