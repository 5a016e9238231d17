//! One list of arguments: words, or lines that are cut into columns.

use super::reader::{Line, Reader};
use crate::fail::Fail;
use crate::run::args::TrimArg;
use crate::run::settings::traffic::Maker;
use crate::run::settings::{From, Header, InputRules};
use std::ops::Deref;
use std::os::unix::ffi::OsStringExt as _;

/// What stands in one line of a list: one argument, or one a column.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Record {
    /// Without memory of its own: most are this.
    One(Vec<u8>),
    Several(Vec<Vec<u8>>),
}

impl Record {
    /// Its arguments behind others.
    pub fn append_to(self, args: &mut Vec<Vec<u8>>) {
        match self {
            Record::One(argument) => args.push(argument),
            Record::Several(all) => args.extend(all),
        }
    }

    /// Its arguments.
    pub fn into_args(self) -> Vec<Vec<u8>> {
        match self {
            Record::One(argument) => vec![argument],
            Record::Several(all) => all,
        }
    }
}

impl Deref for Record {
    type Target = [Vec<u8>];

    fn deref(&self) -> &[Vec<u8>] {
        match self {
            Record::One(argument) => std::slice::from_ref(argument),
            Record::Several(all) => all,
        }
    }
}

/// What a list gives next.
#[derive(Debug)]
pub enum Item {
    Record(Record),
    /// Not yet: the loop must wait for the input.
    Later,
    End,
}

#[derive(Debug)]
enum Lines {
    Words(std::vec::IntoIter<std::ffi::OsString>),
    Input(Box<Reader>),
    Made(Maker),
}

/// A list that is being read.
#[derive(Debug)]
pub struct List {
    lines: Lines,
    header: Header,
    /// Lines of the header that have been left out.
    left_out: u64,
    /// Names of the columns, once the first line has been read.
    pub names: Vec<Vec<u8>>,
    /// Number of the line that was read last, from 1.
    pub line: u64,
    /// The beginning of a line that goes on in the next.
    begun: Option<Vec<u8>>,
    ended: bool,
}

impl List {
    /// Opens it.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(from: From, rules: &InputRules) -> Result<Self, Fail> {
        let input = |path: Option<&std::path::Path>| {
            Reader::open(path, rules.separator, rules.max_line).map(|r| Lines::Input(Box::new(r)))
        };
        let lines = match from {
            From::Words(words) => Lines::Words(words.into_iter()),
            From::File(path) => input(Some(&path))?,
            From::Stdin => input(None)?,
            From::Made(maker) => Lines::Made(maker),
        };
        Ok(List::of(lines, rules))
    }

    /// Lines of an input that is open already.
    pub fn of_reader(reader: Reader, rules: &InputRules) -> Self {
        List::of(Lines::Input(Box::new(reader)), rules)
    }

    fn of(lines: Lines, rules: &InputRules) -> Self {
        let (names, begun) = (Vec::new(), None);
        let header = rules.header;
        List { lines, header, left_out: 0, names, line: 0, begun, ended: false }
    }

    /// The input that the loop must watch.
    pub fn reader(&mut self) -> Option<&mut Reader> {
        match &mut self.lines {
            Lines::Input(reader) if !self.ended => Some(reader),
            _ => None,
        }
    }

    /// More has been read, or given, than was taken.
    pub fn has_more_at_hand(&self) -> bool {
        match &self.lines {
            Lines::Words(words) => words.len() > 0,
            Lines::Input(reader) => !reader.lines.pending().is_empty(),
            Lines::Made(_) => true,
        }
    }

    /// How it is called in messages, where it is an input.
    pub fn name(&self) -> Option<&str> {
        match &self.lines {
            Lines::Input(reader) => Some(&reader.name),
            Lines::Words(_) | Lines::Made(_) => None,
        }
    }

    /// There is no end of it, but for the time.
    pub fn is_endless(&self) -> bool {
        matches!(&self.lines, Lines::Made(maker) if maker.left().is_none())
    }

    /// How many records are left, where that is known.
    pub fn left(&self, rules: &InputRules) -> Option<u64> {
        match &self.lines {
            Lines::Words(words) if !rules.no_run_if_empty && rules.end_of_file.is_none() => {
                let header = match self.header {
                    Header::None => 0,
                    Header::Names => 1,
                    Header::Lines(lines) => lines,
                };
                Some((words.len() as u64).saturating_sub(header - self.left_out))
            }
            Lines::Made(maker) => maker.left(),
            _ => None,
        }
    }

    /// Reads the first line, which names the columns.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn read_names(&mut self, rules: &InputRules) -> Result<(), Fail> {
        let line = match &mut self.lines {
            Lines::Words(words) => words.next().map(|word| word.into_vec()),
            Lines::Made(maker) => maker.make(),
            Lines::Input(reader) => loop {
                match reader.next_or_fill()? {
                    Line::Is(number, bytes) => {
                        self.line = number;
                        break Some(bytes);
                    }
                    Line::Later => reader.fill()?,
                    Line::End => break None,
                }
            },
        };
        match line {
            Some(line) => self.take(line, rules).map(drop),
            None => Ok(()),
        }
    }

    /// The next record.
    ///
    /// # Errors
    /// The input cannot be read on.
    pub fn next(&mut self, rules: &InputRules) -> Result<Item, Fail> {
        while !self.ended {
            let line = match &mut self.lines {
                Lines::Words(words) => match words.next() {
                    Some(word) => word.into_vec(),
                    None => break,
                },
                Lines::Made(maker) => match maker.make() {
                    Some(line) => return Ok(Item::Record(Record::One(line))),
                    None => break,
                },
                Lines::Input(reader) => match reader.next_or_fill()? {
                    Line::Is(number, bytes) => {
                        self.line = number;
                        bytes
                    }
                    Line::Later => return Ok(Item::Later),
                    Line::End => break,
                },
            };
            if let Some(record) = self.take(line, rules)? {
                return Ok(Item::Record(record));
            }
        }
        self.ended = true;
        match self.begun.take() {
            Some(line) => Ok(Item::Record(columns(line, rules)?)),
            None => Ok(Item::End),
        }
    }

    /// A line: a record, a part of the header, or nothing.
    fn take(&mut self, line: Vec<u8>, rules: &InputRules) -> Result<Option<Record>, Fail> {
        if self.is_header() {
            self.left_out += 1;
            self.names = columns(line, rules)?.into_args();
            return Ok(None);
        }
        if rules.end_of_file.as_ref().is_some_and(|end| *end == line) {
            self.ended = true;
            return Ok(None);
        }
        if rules.no_run_if_empty && line.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        let line = match self.begun.take() {
            Some(begun) => [begun, line].concat(),
            None => line,
        };
        if rules.lines_go_on && matches!(line.last(), Some(b' ' | b'\t')) {
            self.begun = Some(line);
            return Ok(None);
        }
        columns(line, rules).map(Some)
    }

    fn is_header(&self) -> bool {
        match self.header {
            Header::None => false,
            // as GNU parallel: more than one line is meant for --pipe alone
            Header::Names | Header::Lines(_) => self.left_out == 0,
        }
    }
}

/// Cuts a line into its columns, and trims them.
fn columns(line: Vec<u8>, rules: &InputRules) -> Result<Record, Fail> {
    let mut columns = if rules.csv {
        Record::Several(cells(&line)?)
    } else if let Some(cut) = &rules.colsep {
        Record::Several(cut.split(&line).map(<[u8]>::to_vec).collect())
    } else {
        Record::One(line)
    };
    if rules.trim != TrimArg::N {
        match &mut columns {
            Record::One(line) => trim(line, rules.trim),
            Record::Several(all) => all.iter_mut().for_each(|column| trim(column, rules.trim)),
        }
    }
    Ok(columns)
}

/// The cells of one line of comma-separated values (RFC 4180).
fn cells(line: &[u8]) -> Result<Vec<Vec<u8>>, Fail> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(line);
    let mut record = csv::ByteRecord::new();
    let read = reader.read_byte_record(&mut record);
    read.map_err(|e| Fail::new(record::status::LOST, format!("--csv: {e}")))?;
    Ok(if record.is_empty() {
        vec![Vec::new()]
    } else {
        record.iter().map(<[u8]>::to_vec).collect()
    })
}

fn trim(text: &mut Vec<u8>, trim: TrimArg) {
    if matches!(trim, TrimArg::R | TrimArg::Lr) {
        let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |at| at + 1);
        text.truncate(end);
    }
    if matches!(trim, TrimArg::L | TrimArg::Lr) {
        let begin = text.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(text.len());
        text.drain(..begin);
    }
}
