//! Cuts a command line into what is text and what is replaced, each with its place
//! in the shell's syntax.

use super::strings::{Finder, Value};
use super::{Append, Several, Style};
use crate::fail::Fail;
use crate::run::shell::{self, Place, Scanner};
use record::status;

/// A byte of the command line, or a replacement in it.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) what: What,
    /// Where it stands; `None` in places where nothing can be quoted.
    pub(super) place: Option<Place>,
    /// Quotes and brackets that are open before it and after it.
    before: usize,
    after: usize,
}

#[derive(Clone, Debug)]
pub(super) enum What {
    Byte(u8),
    Value(Value),
    /// A quote of which only the meaning is left: here is a word.
    Quote,
}

impl Unit {
    pub(super) fn opens_or_closes(&self) -> bool {
        self.before != self.after
    }

    fn is_byte(&self, of: &[u8]) -> bool {
        matches!(self.what, What::Byte(byte) if of.contains(&byte))
    }

    fn is_argument(&self) -> bool {
        matches!(self.what, What::Value(Value::All(_) | Value::Nth(..)))
    }

    fn takes_each(&self) -> bool {
        matches!(self.what, What::Value(Value::All(_)))
    }
}

/// What stands in a template, ready to be filled.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    Text(Vec<u8>),
    /// Quoted for its place; `None`: as it is.
    Value(Value, Option<Place>),
}

/// A stretch of a template.
#[derive(Clone, Debug)]
pub(super) enum Segment {
    Once(Piece),
    /// Repeated for each argument, a blank between.
    Each {
        pieces: Vec<Piece>,
        place: Place,
    },
}

/// A text for the shell.
pub(super) fn shell_text(text: &[u8], style: &Style) -> Result<Vec<Unit>, Fail> {
    let finder = Finder::new(&style.strings);
    let mut scanner = Scanner::default();
    let mut units = Vec::with_capacity(text.len() + 2);
    let mut at = 0;
    while at < text.len() {
        if let Some((length, value)) = finder.find(&text[at..])? {
            units.push(replaced(&mut scanner, value, &text[at..at + length])?);
            at += length;
            continue;
        }
        units.push(literal(&mut scanner, text, at));
        at += 1;
    }
    let any = units.iter().any(|unit| matches!(unit.what, What::Value(_)));
    if !any && style.append == Append::Always {
        if !text.is_empty() {
            let text = [text, b" "].concat();
            units.push(literal(&mut scanner, &text, text.len() - 1));
        }
        let whole = Value::All(super::part::Part::Whole);
        units.push(replaced(&mut scanner, whole, &style.strings.whole)?);
    }
    glue(&mut units);
    Ok(units)
}

fn literal(scanner: &mut Scanner, text: &[u8], at: usize) -> Unit {
    let (place, before) = (scanner.place().ok(), scanner.depth());
    scanner.step(text, at);
    Unit { what: What::Byte(text[at]), place, before, after: scanner.depth() }
}

fn replaced(scanner: &mut Scanner, value: Value, name: &[u8]) -> Result<Unit, Fail> {
    let place = match scanner.place() {
        Ok(place) => Some(place),
        // digits need no quotes anywhere
        Err(_) if !matches!(value, Value::All(_) | Value::Nth(..) | Value::Output(_)) => None,
        Err(place) => return Err(unquotable(name, place)),
    };
    let depth = scanner.depth();
    scanner.word();
    Ok(Unit { what: What::Value(value), place, before: depth, after: depth })
}

fn unquotable(name: &[u8], place: &str) -> Fail {
    let name = String::from_utf8_lossy(name);
    let what = format!(
        "{name} stands in {place}, where an argument cannot be quoted; \
         set a variable first: x={name}; ... \"$x\""
    );
    Fail::new(status::LOST, what)
}

/// `{}>file` with the argument 2 must not become `2>file`.
fn glue(units: &mut [Unit]) {
    let ends_word = b" \t\n;|&()";
    let redirections: Vec<usize> =
        (1..units.len()).filter(|at| units[*at].is_byte(b"<>")).collect();
    for at in redirections {
        let number = |unit: &&Unit| {
            matches!(unit.what, What::Value(_))
                || unit.place == Some(Place::Bare) && unit.is_byte(b"0123456789")
        };
        let length = units[..at].iter().rev().take_while(number).count();
        let begin = at - length;
        if begin > 0 && !units[begin - 1].is_byte(ends_word) {
            continue;
        }
        for unit in &mut units[begin..at] {
            if matches!(unit.what, What::Value(_)) && unit.place == Some(Place::Bare) {
                unit.place = Some(Place::Glued);
            }
        }
    }
}

/// A word that no shell reads, or a text that is no command.
pub(super) fn plain_text(text: &[u8], finder: &Finder<'_>) -> Result<Vec<Unit>, Fail> {
    let unit = |what| Unit { what, place: Some(Place::Bare), before: 0, after: 0 };
    let mut units = Vec::with_capacity(text.len());
    let mut at = 0;
    while at < text.len() {
        match finder.find(&text[at..])? {
            Some((length, value)) => {
                units.push(unit(What::Value(value)));
                at += length;
            }
            None => {
                units.push(unit(What::Byte(text[at])));
                at += 1;
            }
        }
    }
    Ok(units)
}

/// As GNU parallel: where the first word is, or begins with, an argument, the arguments
/// are the command line, and nothing outside of quotes is quoted.
pub(super) fn is_command_line(units: &[Unit]) -> bool {
    let first = units.iter().position(Unit::is_argument);
    first.is_some_and(|at| {
        matches!(units[at].place, Some(Place::Bare | Place::Glued))
            && !units[..at].iter().any(|unit| unit.is_byte(b" \t\n=<>"))
    })
}

/// Puts values where they stand as they are: outside of quotes, or everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    Never,
    Bare,
    Everywhere,
}

/// The words of a text that needs no shell: the first all text, no byte with a meaning
/// outside of quotes, none in "..." that has one there.
pub(super) fn direct_words(units: &[Unit]) -> Option<Vec<Vec<Unit>>> {
    let mut words: Vec<Vec<Unit>> = Vec::new();
    let mut open = false;
    if units.first()?.before != units.last()?.after {
        return None;
    }
    for unit in units {
        let place = unit.place?;
        let mut unit = unit.clone();
        match (&unit.what, place) {
            (What::Byte(b' ' | b'\t'), Place::Bare | Place::Glued) => {
                open = false;
                continue;
            }
            (_, Place::Comment) => return None,
            (What::Byte(b'\'' | b'"'), _) if unit.opens_or_closes() => unit.what = What::Quote,
            (What::Byte(b'$' | b'`' | b'\\' | b'!'), Place::Double | Place::GluedDouble) => {
                return None;
            }
            // zsh looks up what follows a = at the beginning of a word
            (What::Byte(b'='), Place::Bare) if open && words.len() > 1 && after_text(&words) => {}
            (What::Byte(byte), Place::Bare | Place::Glued) if !shell::is_plain(*byte) => {
                return None;
            }
            (What::Value(_), _) if words.len() < 2 && (open || words.is_empty()) => return None,
            _ => {}
        }
        match words.last_mut() {
            Some(word) if open => word.push(unit),
            _ => words.push(vec![unit]),
        }
        open = true;
    }
    (!words.is_empty()).then_some(words)
}

/// A byte of the template stands just before, whatever values will be missing.
fn after_text(words: &[Vec<Unit>]) -> bool {
    let unit = words.last().and_then(|word| word.last());
    unit.is_some_and(|unit| matches!(unit.what, What::Byte(_)))
}

/// Makes segments: what is repeated for each argument, and what is not.
pub(super) fn segments(units: &[Unit], several: Several, raw: Raw) -> Vec<Segment> {
    let mut segments = Vec::new();
    let mut at = 0;
    while at < units.len() {
        let end = match several {
            Several::Join => at + 1,
            Several::Repeat => at + group(&units[at..]),
        };
        let whole = &units[at..end];
        if whole.len() == 1 || is_closed(whole) {
            repeat(&mut segments, whole, raw);
        } else {
            // "a {}": the quotes stay, and what is in them is repeated
            for run in whole.chunk_by(|a, b| a.stays() && b.stays() && a.after == b.before) {
                repeat(&mut segments, run, raw);
            }
        }
        at = end;
    }
    segments
}

impl Unit {
    fn stays(&self) -> bool {
        !self.opens_or_closes()
    }

    /// It divides the words that are repeated.
    fn divides(&self) -> bool {
        let bare = matches!(self.place, Some(Place::Bare | Place::Glued));
        self.place.is_some() && self.is_byte(b" \t") || bare && self.is_byte(b";|&\n")
    }
}

/// What is opened in it ends in it, and nothing else does.
fn is_closed(units: &[Unit]) -> bool {
    let depth = units[0].before;
    units.iter().all(|unit| unit.after >= depth) && units[units.len() - 1].after == depth
}

/// Length of what is repeated together, or of what divides such groups.
fn group(units: &[Unit]) -> usize {
    let divides = units[0].divides();
    units.iter().take_while(|unit| unit.divides() == divides).count()
}

fn repeat(segments: &mut Vec<Segment>, units: &[Unit], raw: Raw) {
    let pieces = pieces(units, raw);
    if units.iter().any(Unit::takes_each) {
        let place = units[0].place.unwrap_or(Place::Bare);
        segments.push(Segment::Each { pieces, place });
        return;
    }
    for piece in pieces {
        match (segments.last_mut(), piece) {
            (Some(Segment::Once(Piece::Text(text))), Piece::Text(more)) => text.extend(more),
            (_, piece) => segments.push(Segment::Once(piece)),
        }
    }
}

fn pieces(units: &[Unit], raw: Raw) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for unit in units {
        let byte = match &unit.what {
            What::Value(value) => {
                let bare = matches!(unit.place, Some(Place::Bare | Place::Glued));
                let as_it_is = raw == Raw::Everywhere || raw == Raw::Bare && bare;
                let place = unit.place.filter(|_| !as_it_is);
                pieces.push(Piece::Value(value.clone(), place));
                continue;
            }
            What::Byte(byte) => Some(*byte),
            What::Quote => None,
        };
        match pieces.last_mut() {
            Some(Piece::Text(text)) => text.extend(byte),
            _ => pieces.push(Piece::Text(byte.into_iter().collect())),
        }
    }
    pieces
}
