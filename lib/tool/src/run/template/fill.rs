//! Fills a template's segments with the values of a job.

use super::Values;
use super::cut::{Piece, Segment};
use super::part::Part;
use super::strings::Value;
use crate::run::shell::{self, Place};
use std::borrow::Cow;

/// Where a filled template goes.
pub(super) trait Out {
    /// A text of the template.
    fn text(&mut self, text: &[u8]);
    /// A value; `None`: as it is.
    fn value(&mut self, value: &[u8], place: Option<Place>);
    /// A blank between repeated words.
    fn blank(&mut self, place: Place);
}

/// Writes it all.
pub(super) fn fill(segments: &[Segment], values: Values<'_>, out: &mut impl Out) {
    for segment in segments {
        match segment {
            Segment::Once(piece) => write(piece, values, None, out),
            Segment::Each { pieces, place } => {
                // a job without arguments has the words, and nothing in place of {}
                let none = [None];
                let each = values.args.iter().map(|arg| Some(arg.as_slice()));
                let once = none.iter().copied().filter(|_| values.args.is_empty());
                for (at, arg) in each.chain(once).enumerate() {
                    if at > 0 {
                        out.blank(*place);
                    }
                    for piece in pieces {
                        write(piece, values, arg, out);
                    }
                }
            }
        }
    }
}

fn write(piece: &Piece, values: Values<'_>, arg: Option<&[u8]>, out: &mut impl Out) {
    let (value, place) = match piece {
        Piece::Text(text) => return out.text(text),
        Piece::Value(value, place) => (value, *place),
    };
    // where there is no such argument nothing stands, not even quotes
    if let Some(text) = value_of(value, values, arg) {
        out.value(&text, place);
    }
}

fn value_of<'a>(value: &Value, values: Values<'a>, arg: Option<&'a [u8]>) -> Option<Cow<'a, [u8]>> {
    let number = |n: u64, width: usize| Cow::Owned(format!("{n:0width$}").into_bytes());
    Some(match value {
        Value::All(part) => part.of(arg?),
        Value::Nth(n, part) => part.of(nth(values.args, *n)?),
        Value::Seq => number(values.seq, 0),
        Value::Slot => number(u64::from(values.slot), 0),
        Value::PaddedSlot(width) => number(u64::from(values.slot), *width),
        Value::Total => number(values.total.unwrap_or(0), 0),
        Value::Output(at) => Cow::Borrowed(values.outputs.get(*at)?),
        Value::PaddedSeq => {
            let digits = values.total.unwrap_or(0).checked_ilog10().unwrap_or(0) + 1;
            number(values.seq, digits as usize)
        }
    })
}

fn nth(args: &[Vec<u8>], n: isize) -> Option<&[u8]> {
    let at = if n > 0 { n.unsigned_abs() - 1 } else { args.len().checked_sub(n.unsigned_abs())? };
    args.get(at).map(Vec::as_slice)
}

/// A text, each value quoted for its place.
impl Out for Vec<u8> {
    fn text(&mut self, text: &[u8]) {
        self.extend_from_slice(text);
    }

    fn value(&mut self, value: &[u8], place: Option<Place>) {
        match place {
            Some(place) => shell::quote_into(self, value, place),
            None => self.extend_from_slice(value),
        }
    }

    fn blank(&mut self, _: Place) {
        self.push(b' ');
    }
}

/// Words, as a program gets them.
pub(super) struct Words {
    words: Vec<Vec<u8>>,
    /// The word that is being written.
    open: Option<Vec<u8>>,
}

impl Words {
    /// Fills all words. One that has nothing but a missing argument is none.
    pub(super) fn of(words: &[Vec<Segment>], values: Values<'_>) -> Vec<Vec<u8>> {
        let count = words.len() - 1 + values.args.len().max(1);
        let mut out = Words { words: Vec::with_capacity(count), open: None };
        for word in words {
            fill(word, values, &mut out);
            out.words.extend(out.open.take());
        }
        out.words
    }
}

impl Out for Words {
    fn text(&mut self, text: &[u8]) {
        match &mut self.open {
            Some(word) => word.extend_from_slice(text),
            None => self.open = Some(text.to_vec()),
        }
    }

    fn value(&mut self, value: &[u8], _: Option<Place>) {
        self.text(value);
    }

    fn blank(&mut self, place: Place) {
        match place {
            Place::Bare | Place::Glued => self.words.extend(self.open.take()),
            Place::Single | Place::Double | Place::GluedDouble | Place::Comment | Place::Number => {
                self.text(b" ")
            }
        }
    }
}

/// Most digits of a number that is not known yet.
const DIGITS: usize = 20;

/// What the name of an output may well take.
const OUTPUT: usize = 256;

/// Bytes without any argument.
pub(super) fn fixed_bytes(segments: &[Segment]) -> usize {
    let once = |segment: &Segment| match segment {
        Segment::Once(piece) => fixed(piece),
        Segment::Each { .. } => 0,
    };
    segments.iter().map(once).sum()
}

/// Bytes that one argument more adds.
pub(super) fn added_bytes(segments: &[Segment], at: usize, arg: &[u8]) -> usize {
    let added = |segment: &Segment| match segment {
        Segment::Once(piece) => of_argument(piece, at, arg),
        Segment::Each { pieces, .. } => {
            let each = |piece| fixed(piece) + of_argument(piece, at, arg);
            usize::from(at > 0) + pieces.iter().map(each).sum::<usize>()
        }
    };
    segments.iter().map(added).sum()
}

fn fixed(piece: &Piece) -> usize {
    match piece {
        Piece::Text(text) => text.len(),
        Piece::Value(Value::All(_) | Value::Nth(..), _) => 0,
        Piece::Value(Value::Output(_), _) => OUTPUT,
        Piece::Value(..) => DIGITS,
    }
}

fn of_argument(piece: &Piece, at: usize, arg: &[u8]) -> usize {
    let quoted = |part: &Part, place: &Option<Place>| {
        let value = part.of(arg);
        place.map_or(value.len(), |place| shell::quoted_len(&value, place))
    };
    match piece {
        Piece::Value(Value::All(part), place) => quoted(part, place),
        // the last is whichever comes last
        Piece::Value(Value::Nth(n, part), place) if *n < 0 || n.unsigned_abs() == at + 1 => {
            quoted(part, place)
        }
        _ => 0,
    }
}
