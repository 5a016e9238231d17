//! The replacement strings: how they are spelled, and what each stands for.

use super::part::Part;
use super::{plus, substitution};
use crate::fail::Fail;
use record::status;

/// What is put in place of a replacement string.
#[derive(Clone, Debug)]
pub(super) enum Value {
    /// A part of each argument.
    All(Part),
    /// Of one argument: from 1, or from the end: -1.
    Nth(isize, Part),
    Seq,
    Slot,
    Total,
    /// `{0#}`: as many digits as the last job's number has.
    PaddedSeq,
    /// `{0%}`: this many digits.
    PaddedSlot(usize),
    /// `{out}`, `{out2}`: where one of its outputs is written to, from 0.
    Output(usize),
}

/// How the replacement strings are spelled; the default is GNU parallel's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strings {
    /// `{}`, or what `-I`, `-i` or `--replace` says. Without it there is no `{1}` either,
    /// as in GNU parallel, unless it begins with a brace itself.
    pub whole: Vec<u8>,
    /// `{.}`, or what `--extensionreplace` says.
    pub no_extension: Vec<u8>,
    /// `{/}`, or what `--basenamereplace` says.
    pub base: Vec<u8>,
    /// `{//}`, or what `--dirnamereplace` says.
    pub folder: Vec<u8>,
    /// `{/.}`, or what `--basenameextensionreplace` says.
    pub base_no_extension: Vec<u8>,
    /// `{#}`, or what `--seqreplace` says.
    pub seq: Vec<u8>,
    /// `{%}`, or what `--slotreplace` says.
    pub slot: Vec<u8>,
    /// Those of `--plus` as well.
    pub plus: bool,
    /// What encloses `{= ... =}`: the two halves of `--parens`.
    pub parens: (Vec<u8>, Vec<u8>),
    /// Names of the arguments, in their order, for `{name}`.
    pub names: Vec<Vec<u8>>,
    /// How many slots there are, where `{0%}` is to be known.
    pub slots: Option<u32>,
    /// How many outputs are declared, for `{out}`.
    pub outputs: usize,
}

impl Default for Strings {
    fn default() -> Self {
        Strings {
            whole: b"{}".to_vec(),
            no_extension: b"{.}".to_vec(),
            base: b"{/}".to_vec(),
            folder: b"{//}".to_vec(),
            base_no_extension: b"{/.}".to_vec(),
            seq: b"{#}".to_vec(),
            slot: b"{%}".to_vec(),
            plus: false,
            parens: (b"{=".to_vec(), b"=}".to_vec()),
            names: Vec::new(),
            slots: None,
            outputs: 0,
        }
    }
}

impl Strings {
    /// None at all, as without the -I of xargs.
    pub fn none() -> Self {
        Strings {
            whole: Vec::new(),
            no_extension: Vec::new(),
            base: Vec::new(),
            folder: Vec::new(),
            base_no_extension: Vec::new(),
            seq: Vec::new(),
            slot: Vec::new(),
            plus: false,
            parens: (Vec::new(), Vec::new()),
            names: Vec::new(),
            slots: None,
            outputs: 0,
        }
    }
}

/// The strings in the order in which they are looked for.
pub(super) struct Finder<'a> {
    strings: &'a Strings,
    /// The longest first: `{//}` before a `{/` that somebody may have chosen.
    keys: Vec<(Vec<u8>, Value)>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(strings: &'a Strings) -> Self {
        let own: [(&[u8], Value); 7] = [
            (&strings.whole, Value::All(Part::Whole)),
            (&strings.no_extension, Value::All(Part::Without(1))),
            (&strings.base, Value::All(Part::Base)),
            (&strings.folder, Value::All(Part::Folder)),
            (&strings.base_no_extension, Value::All(Part::BaseWithout(1))),
            (&strings.seq, Value::Seq),
            (&strings.slot, Value::Slot),
        ];
        let plus: [(&[u8], Value); 13] = [
            (b"{+/}", Value::All(Part::FolderOrNothing)),
            (b"{+.}", Value::All(Part::Extensions(1))),
            (b"{+..}", Value::All(Part::Extensions(2))),
            (b"{+...}", Value::All(Part::Extensions(3))),
            (b"{..}", Value::All(Part::Without(2))),
            (b"{...}", Value::All(Part::Without(3))),
            (b"{/..}", Value::All(Part::BaseWithout(2))),
            (b"{/...}", Value::All(Part::BaseWithout(3))),
            (b"{choose_k}", Value::All(Part::Ascending)),
            (b"{uniq}", Value::All(Part::Distinct)),
            (b"{##}", Value::Total),
            (b"{0#}", Value::PaddedSeq),
            (b"{slot}", Value::Slot),
        ];
        let plus = plus.into_iter().filter(|_| strings.plus);
        let mut keys: Vec<(Vec<u8>, Value)> = own
            .into_iter()
            .chain(plus)
            .filter(|(key, _)| !key.is_empty())
            .map(|(key, value)| (key.to_vec(), value))
            .collect();
        keys.sort_by_key(|(key, _)| std::cmp::Reverse(key.len()));
        Finder { strings, keys }
    }

    /// A replacement string at the beginning of a text: its length, and what it stands for.
    ///
    /// # Errors
    /// It is one, but cannot be taken.
    pub(super) fn find(&self, text: &[u8]) -> Result<Option<(usize, Value)>, Fail> {
        if let Some(found) = self.perl(text)? {
            return Ok(Some(found));
        }
        if self.strings.plus && text.starts_with(b"{0%}") {
            return self.padded_slot().map(|value| Some((4, value)));
        }
        for (key, value) in &self.keys {
            if text.starts_with(key) {
                return Ok(Some((key.len(), value.clone())));
            }
        }
        if let Some(found) = self.output(text)? {
            return Ok(Some(found));
        }
        let Some(inner) = text.strip_prefix(b"{") else { return Ok(None) };
        for (index, name) in self.strings.names.iter().enumerate() {
            if let Some(found) = self.named(inner, name, index) {
                return Ok(Some(found));
            }
        }
        let digits = position(inner);
        let blanks = inner[digits..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let rest = &inner[digits + if digits > 0 { blanks } else { 0 }..];
        let before = text.len() - rest.len();
        if digits > 0 {
            for (key, value) in &self.keys {
                if let Some(key) = key.strip_prefix(b"{").filter(|key| rest.starts_with(key)) {
                    let value = at(&inner[..digits], value.clone());
                    return Ok(value.map(|value| (before + key.len(), value)));
                }
            }
        }
        if !self.strings.plus {
            return Ok(None);
        }
        let Some(end) = rest.iter().position(|byte| *byte == b'}') else { return Ok(None) };
        let length = before + end + 1;
        self.with_text(&text[..length], &rest[..end], &inner[..digits])
            .map(|value| value.map(|value| (length, value)))
    }

    /// `{out}`, `{out2}`, where outputs are declared.
    fn output(&self, text: &[u8]) -> Result<Option<(usize, Value)>, Fail> {
        let count = self.strings.outputs;
        let Some(rest) = text.strip_prefix(b"{out").filter(|_| count > 0) else { return Ok(None) };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if rest.get(digits) != Some(&b'}') {
            return Ok(None);
        }
        let number = match std::str::from_utf8(&rest[..digits]) {
            Ok("") => 1,
            Ok(digits) => digits.parse().unwrap_or(0),
            Err(_) => 0,
        };
        if number == 0 || number > count {
            let name = String::from_utf8_lossy(&text[..digits + 5]);
            return Err(refused(format!("{name}: --out is given {count} times")));
        }
        Ok(Some((digits + 5, Value::Output(number - 1))))
    }

    /// `{name}`, `{name/}`, `{name//}`, `{name.}`, `{name/.}`
    fn named(&self, inner: &[u8], name: &[u8], index: usize) -> Option<(usize, Value)> {
        let rest = inner.strip_prefix(name).filter(|_| !name.is_empty())?;
        let suffixes: [(&[u8], Part); 5] = [
            (b"}", Part::Whole),
            (b".}", Part::Without(1)),
            (b"/}", Part::Base),
            (b"//}", Part::Folder),
            (b"/.}", Part::BaseWithout(1)),
        ];
        let (suffix, part) = suffixes.into_iter().find(|(suffix, _)| rest.starts_with(suffix))?;
        let nth = isize::try_from(index + 1).ok()?;
        Some((1 + name.len() + suffix.len(), Value::Nth(nth, part)))
    }

    fn padded_slot(&self) -> Result<Value, Fail> {
        let Some(slots) = self.strings.slots else {
            return Err(refused("{0%}: the number of slots is not known; take {%}".to_string()));
        };
        Ok(Value::PaddedSlot(slots.max(1).to_string().len()))
    }

    /// Those of `--plus` with a text in them, and those that mean nothing here.
    fn with_text(&self, all: &[u8], body: &[u8], digits: &[u8]) -> Result<Option<Value>, Fail> {
        let name = String::from_utf8_lossy(all);
        if matches!(body, b"host" | b"sshlogin" | b"hgrp" | b"agrp") {
            return Err(refused(format!(
                "{name} names another machine, and all jobs run on this one; leave it away"
            )));
        }
        let part = plus::part(body).map_err(|why| refused(format!("{name}: {why}")))?;
        let Some(part) = part else { return Ok(None) };
        Ok(at(digits, Value::All(part)))
    }

    /// `{= s/regex/text/ =}`, `{=2 s/regex/text/ =}`, `{2= s/regex/text/ =}`,
    /// `{=name s/regex/text/ =}`
    fn perl(&self, text: &[u8]) -> Result<Option<(usize, Value)>, Fail> {
        let (left, right) = &self.strings.parens;
        if left.is_empty() || right.is_empty() {
            return Ok(None);
        }
        let outer = text.strip_prefix(b"{").map_or(&b""[..], |inner| &inner[..position(inner)]);
        let position_before = left.as_slice() == b"{=" && !outer.is_empty();
        let begin = if position_before { 1 + outer.len() + 1 } else { left.len() };
        let opens = match position_before {
            true => text.get(begin - 1) == Some(&b'='),
            false => text.starts_with(left),
        };
        let Some(rest) = text.get(begin..).filter(|_| opens) else { return Ok(None) };
        let ends = |at: &usize| rest[*at..].starts_with(right) || rest[*at..].starts_with(left);
        let Some(end) = (0..rest.len()).find(ends) else { return Ok(None) };
        if !rest[end..].starts_with(right) {
            return Ok(None);
        }
        let (mut code, mut digits) = (&rest[..end], outer);
        if digits.is_empty() {
            (digits, code) = code.split_at(position(code));
        }
        let named = self.strings.names.iter().position(|name| {
            let after = code.strip_prefix(name.as_slice()).filter(|_| !name.is_empty());
            after.is_some_and(|after| after.starts_with(b" "))
        });
        let number = named.map(|index| (index + 1).to_string());
        if let Some((index, number)) = named.zip(number.as_deref()) {
            code = &code[self.strings.names[index].len()..];
            digits = number.as_bytes();
        }
        let length = begin + end + right.len();
        let all = substitution::parse(code).map_err(|why| {
            refused(format!(
                "{}: {why}: of Perl only s/regex/text/ (flags g i m s x) is taken; \
                 use that, a string of --plus such as {{^^re}}, or change the argument in the command",
                String::from_utf8_lossy(&text[..length])
            ))
        })?;
        Ok(at(digits, Value::All(Part::Substituted(all))).map(|value| (length, value)))
    }
}

fn refused(what: String) -> Fail {
    Fail::new(status::LOST, what)
}

/// Length of a position: `2`, `-1`.
fn position(text: &[u8]) -> usize {
    let sign = usize::from(text.first() == Some(&b'-'));
    match text[sign..].iter().take_while(|byte| byte.is_ascii_digit()).count() {
        0 => 0,
        digits => sign + digits,
    }
}

/// With a position: of one argument; 0 is no position, as in GNU parallel.
fn at(digits: &[u8], value: Value) -> Option<Value> {
    if digits.is_empty() {
        return Some(value);
    }
    let n: isize = std::str::from_utf8(digits).ok()?.parse().ok()?;
    Some(match value {
        Value::All(part) if n != 0 => Value::Nth(n, part),
        other => other,
    })
}
