//! The command line of lines mode, cut once: what is text, what is replaced, and
//! in which place of the shell's syntax each replacement stands.
//!
//! A replacement is quoted for its place, so that an argument reaches the command
//! as it is and is never executed. Where no place in a template needs the shell,
//! the command is executed directly with the same result.
//!
//! `strings.rs` finds the replacement strings, `part.rs`, `plus.rs` and
//! `substitution.rs` say what each makes of an argument, `cut.rs` makes segments of a
//! command, `fill.rs` fills them.

mod cut;
mod fill;
mod part;
mod plus;
mod strings;
mod substitution;
#[cfg(test)]
mod tests;

pub use strings::Strings;

use super::shell::{self, Place, Programs};
use crate::fail::Fail;
use cut::{Piece, Raw, Segment};
use fill::{Words as Filled, fill};
use part::Part;
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;
use strings::{Finder, Value};

/// What several arguments of one job become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Several {
    /// `-m`, `-n`, several lists: all of them in place of `{}`, blanks between.
    #[default]
    Join,
    /// `-X`, `-N`, `-L`: the word with `{}` is repeated for each.
    Repeat,
}

/// What the words of a command are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Words {
    /// Joined by blanks they are a text for the shell.
    #[default]
    Shell,
    /// `-q`: they are the words of the command, and the shell only gets a say where one
    /// is its own (a builtin, a function).
    Quoted,
    /// As xargs: no shell at all.
    Exact,
}

/// What happens to a command in which nothing is replaced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Append {
    /// It gets ` {}` at its end.
    #[default]
    Always,
    /// Nothing: its argument is its input (`--pipe`).
    Never,
}

/// How a command is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// The replacement strings.
    pub strings: Strings,
    /// What several arguments become.
    pub several: Several,
    /// What its words are.
    pub words: Words,
    /// What happens where nothing is replaced.
    pub append: Append,
    /// The outputs that are declared: texts with replacement strings.
    pub outputs: Vec<OsString>,
}

/// A command line with places for arguments.
#[derive(Debug)]
pub struct Template {
    line: Line,
    needs: Needs,
    outputs: Vec<Plain>,
}

#[derive(Debug)]
enum Line {
    /// A text for the shell, and words with the same meaning where it needs none.
    Shell { text: Vec<Segment>, direct: Option<Vec<Vec<Segment>>> },
    /// A text whose arguments are the command line.
    Open(Vec<Segment>),
    /// Words that no shell reads.
    Words(Vec<Vec<Segment>>, Words),
}

/// What must be known before a template can be filled, and which jobs it leaves out.
#[derive(Clone, Copy, Debug, Default)]
struct Needs {
    slot: bool,
    total: bool,
    output: bool,
    ascending: bool,
    distinct: bool,
}

/// What one job runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rendered {
    /// Executed directly.
    Argv(Vec<Vec<u8>>),
    /// Given to the shell.
    Shell(Vec<u8>),
}

/// What a job is made of.
#[derive(Clone, Copy, Debug)]
pub struct Values<'a> {
    /// Arguments, record after record.
    pub args: &'a [Vec<u8>],
    /// Number of the job, from 1.
    pub seq: u64,
    /// Slot it runs in, from 1; 0 where it is not known yet.
    pub slot: u32,
    /// Number of all jobs, where it is known.
    pub total: Option<u64>,
    /// Where its outputs are written to; empty: where they are to be.
    pub outputs: &'a [Vec<u8>],
}

impl Template {
    /// Cuts a command.
    ///
    /// # Errors
    /// A replacement in a place where it cannot be quoted, or one that is not taken.
    pub fn new(words: &[OsString], style: &Style, programs: &mut Programs) -> Result<Self, Fail> {
        let mut template = Template::cut(words, style, programs)?;
        // a place cannot be named by itself
        let strings = Strings { outputs: 0, ..style.strings.clone() };
        let plain = |text: &OsString| Plain::new(text.as_bytes(), &strings);
        template.outputs = style.outputs.iter().map(plain).collect::<Result<_, _>>()?;
        Ok(template)
    }

    fn cut(words: &[OsString], style: &Style, programs: &mut Programs) -> Result<Self, Fail> {
        let words: Vec<&[u8]> = words.iter().map(|word| word.as_bytes()).collect();
        if style.words != Words::Shell {
            return Template::of_words(&words, style);
        }
        let units = cut::shell_text(&words.join(&b' '), style)?;
        if cut::is_command_line(&units) {
            let text = cut::segments(&units, style.several, Raw::Bare);
            let needs = needs(&text);
            return Ok(Template { line: Line::Open(text), needs, outputs: Vec::new() });
        }
        let segments = |units: &Vec<_>| cut::segments(units, style.several, Raw::Never);
        let text = segments(&units);
        let direct = cut::direct_words(&units)
            .map(|words| words.iter().map(segments).collect::<Vec<_>>())
            .filter(|words| name_of(words).is_some_and(|name| !programs.needs_shell(name)));
        let needs = needs(&text);
        Ok(Template { line: Line::Shell { text, direct }, needs, outputs: Vec::new() })
    }

    fn of_words(words: &[&[u8]], style: &Style) -> Result<Self, Fail> {
        let finder = Finder::new(&style.strings);
        let mut cut = Vec::with_capacity(words.len() + 1);
        for word in merged(words, &style.strings.parens) {
            let units = cut::plain_text(&word, &finder)?;
            let segments = match cut::segments(&units, style.several, Raw::Everywhere) {
                // an empty word is a word
                segments if segments.is_empty() => vec![Segment::Once(Piece::Text(Vec::new()))],
                segments => segments,
            };
            cut.push(segments);
        }
        let any = cut.iter().flatten().any(|segment| pieces(segment).any(is_value));
        if !any && style.append == Append::Always {
            let whole = Piece::Value(Value::All(Part::Whole), None);
            cut.push(vec![Segment::Each { pieces: vec![whole], place: Place::Bare }]);
        }
        let needs = needs(cut.iter().flatten());
        Ok(Template { line: Line::Words(cut, style.words), needs, outputs: Vec::new() })
    }

    /// Something stands in it that is known only when the job is started: the slot's number,
    /// or where its outputs are written to. So it must be rendered once more then.
    pub fn is_late(&self) -> bool {
        self.needs.slot || self.needs.output
    }

    /// Where the outputs of a job are to be, in their order.
    pub fn places(&self, values: Values<'_>) -> Vec<Vec<u8>> {
        self.outputs.iter().map(|text| text.text(values)).collect()
    }

    /// The number of all jobs stands in it, so all input must have been read.
    pub fn names_total(&self) -> bool {
        self.needs.total || self.outputs.iter().any(Plain::names_total)
    }

    /// A job that `{choose_k}` or `{uniq}` leaves out. It has a number all the same.
    pub fn skips(&self, args: &[Vec<u8>]) -> bool {
        let not_ascending = || args.windows(2).any(|pair| pair[0] >= pair[1]);
        let same = || (1..args.len()).any(|at| args[..at].contains(&args[at]));
        self.needs.ascending && not_ascending() || self.needs.distinct && same()
    }

    /// What a job runs.
    pub fn render(&self, values: Values<'_>, programs: &mut Programs) -> Rendered {
        let mut places = Vec::new();
        let values = self.with_places(values, &mut places);
        match &self.line {
            Line::Shell { direct: Some(words), .. } => {
                let argv = Filled::of(words, values);
                if programs.runs_directly(&argv) {
                    return Rendered::Argv(argv);
                }
            }
            Line::Words(words, kind) => {
                let argv = Filled::of(words, values);
                if *kind == Words::Exact || programs.runs_directly(&argv) {
                    return Rendered::Argv(argv);
                }
                return Rendered::Shell(quoted(&argv));
            }
            Line::Shell { direct: None, .. } => {}
            Line::Open(_) => {
                let line = self.text(values);
                return match programs.plain_words(&line) {
                    Some(argv) => Rendered::Argv(argv),
                    None => Rendered::Shell(line),
                };
            }
        }
        Rendered::Shell(self.text(values))
    }

    /// The command line for people and job logs.
    pub fn text(&self, values: Values<'_>) -> Vec<u8> {
        let mut places = Vec::new();
        let values = self.with_places(values, &mut places);
        match &self.line {
            Line::Shell { text, .. } | Line::Open(text) => filled(text, values),
            Line::Words(words, _) => quoted(&Filled::of(words, values)),
        }
    }

    /// For who reads the command, and is not it, outputs stand where they are to be.
    fn with_places<'a>(&self, values: Values<'a>, places: &'a mut Vec<Vec<u8>>) -> Values<'a> {
        if !self.needs.output || !values.outputs.is_empty() {
            return values;
        }
        *places = self.places(values);
        Values { outputs: places, ..values }
    }

    /// Bytes of the command line without any argument; with [`Template::added_bytes`] of
    /// each argument it is at least the length of [`Template::text`], and exactly that
    /// where no number, no `{-1}` and nothing of `-q` stands in it. (A `{1}` inside of a
    /// word that is repeated is counted once.)
    pub fn fixed_bytes(&self) -> usize {
        match &self.line {
            Line::Shell { text, .. } | Line::Open(text) => fill::fixed_bytes(text),
            Line::Words(words, _) => {
                // a blank between words, and quotes around each
                let bytes = |word: &Vec<Segment>| fill::fixed_bytes(word) + 3;
                words.iter().map(bytes).sum()
            }
        }
    }

    /// Bytes that one argument more adds to the command line.
    /// `at`: how many the job has before it.
    pub fn added_bytes(&self, at: usize, arg: &[u8]) -> usize {
        match &self.line {
            Line::Shell { text, .. } | Line::Open(text) => fill::added_bytes(text, at, arg),
            Line::Words(words, _) => {
                // each ' becomes five bytes
                let quotes = arg.iter().filter(|byte| **byte == b'\'').count();
                let bytes = |word: &Vec<Segment>| match fill::added_bytes(word, at, arg) {
                    0 => 0,
                    added => added + 2 + 4 * quotes,
                };
                words.iter().map(bytes).sum()
            }
        }
    }
}

/// A text that is no command: a tag, a folder's name. Nothing is quoted, nothing appended.
#[derive(Debug)]
pub struct Plain {
    segments: Vec<Segment>,
    needs: Needs,
}

impl Plain {
    /// Cuts a text.
    ///
    /// # Errors
    /// A replacement string that is not taken.
    pub fn new(text: &[u8], strings: &Strings) -> Result<Self, Fail> {
        let units = cut::plain_text(text, &Finder::new(strings))?;
        let segments = cut::segments(&units, Several::Join, Raw::Everywhere);
        let needs = needs(&segments);
        Ok(Plain { segments, needs })
    }

    /// The number of all jobs stands in it.
    pub fn names_total(&self) -> bool {
        self.needs.total
    }

    /// It is the same for every job.
    pub fn is_constant(&self) -> bool {
        let fixed = |segment: &Segment| matches!(segment, Segment::Once(Piece::Text(_)));
        self.segments.iter().all(fixed)
    }

    /// The text for a job.
    pub fn text(&self, values: Values<'_>) -> Vec<u8> {
        filled(&self.segments, values)
    }
}

fn filled(segments: &[Segment], values: Values<'_>) -> Vec<u8> {
    let args: usize = values.args.iter().map(|arg| arg.len() + 3).sum();
    let mut text = Vec::with_capacity(fill::fixed_bytes(segments) + args);
    fill(segments, values, &mut text);
    text
}

fn quoted(words: &[Vec<u8>]) -> Vec<u8> {
    let mut text = Vec::new();
    for (at, word) in words.iter().enumerate() {
        if at > 0 {
            text.push(b' ');
        }
        shell::quote_into(&mut text, word, Place::Bare);
    }
    text
}

fn pieces(segment: &Segment) -> impl Iterator<Item = &Piece> {
    match segment {
        Segment::Once(piece) => std::slice::from_ref(piece).iter(),
        Segment::Each { pieces, .. } => pieces.iter(),
    }
}

fn is_value(piece: &Piece) -> bool {
    matches!(piece, Piece::Value(..))
}

/// The first word, where it is a text.
fn name_of(words: &[Vec<Segment>]) -> Option<&[u8]> {
    match words.first()?.as_slice() {
        [Segment::Once(Piece::Text(name))] => Some(name),
        _ => None,
    }
}

fn needs<'a>(segments: impl IntoIterator<Item = &'a Segment>) -> Needs {
    let mut needs = Needs::default();
    for piece in segments.into_iter().flat_map(pieces) {
        match piece {
            Piece::Value(Value::Slot | Value::PaddedSlot(_), _) => needs.slot = true,
            Piece::Value(Value::Total | Value::PaddedSeq, _) => needs.total = true,
            Piece::Value(Value::Output(_), _) => needs.output = true,
            Piece::Value(Value::All(Part::Ascending) | Value::Nth(_, Part::Ascending), _) => {
                needs.ascending = true;
            }
            Piece::Value(Value::All(Part::Distinct) | Value::Nth(_, Part::Distinct), _) => {
                needs.distinct = true;
            }
            Piece::Value(..) | Piece::Text(_) => {}
        }
    }
    needs
}

/// Words in which a `{= ... =}` with blanks is one again.
fn merged(words: &[&[u8]], (left, right): &(Vec<u8>, Vec<u8>)) -> Vec<Vec<u8>> {
    let mut merged: Vec<Vec<u8>> = Vec::with_capacity(words.len());
    let mut open = false;
    for word in words {
        match merged.last_mut() {
            Some(last) if open => {
                last.push(b' ');
                last.extend_from_slice(word);
            }
            _ => merged.push(word.to_vec()),
        }
        let last = merged.last().map_or(&b""[..], Vec::as_slice);
        let find = |part: &[u8]| last.windows(part.len().max(1)).rposition(|at| at == part);
        open = find(left) > find(right);
    }
    merged
}
