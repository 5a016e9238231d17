//! A score for each row of a table, from the rows up to it.

use super::super::TOOL;
use crate::entry::complain;
use crate::fail::Fail;
use crate::input::shown;
use crate::print::Out;
use record::{Bad, status};
use stat::{Detector, Table};

/// Scores the rows of a table; each of them gets a row of the output.
pub struct Scorer {
    out: Out,
    /// Its columns, once the header was read.
    table: Option<Table>,
    /// Why the rest is not read.
    refused: Option<Refusal>,
    detector: Detector,
    latest: f64,
    /// Rows that are earlier than one before them.
    earlier: u64,
    /// Rows without a value.
    missing: u64,
}

enum Refusal {
    /// The first line is no header.
    Header(String),
    /// The output cannot be written, or was never to be.
    Whole(Fail),
}

impl Scorer {
    /// A scorer of one table; there are so many `files`.
    pub fn new(files: usize) -> Self {
        let what = "--csv scores one table; give one file, or leave --csv out";
        Scorer {
            out: Out::new(status::CANNOT_WRITE),
            table: None,
            refused: (files > 1).then(|| Refusal::Whole(Fail::new(status::USAGE, what))),
            detector: Detector::default(),
            latest: f64::NEG_INFINITY,
            earlier: 0,
            missing: 0,
        }
    }

    /// The next line of the table.
    ///
    /// # Errors
    /// A row that is none; its score is 0, and the reading may go on.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.refused.is_some() || line.trim_ascii().is_empty() {
            return Ok(());
        }
        let Some(table) = &self.table else {
            self.begin(line);
            return Ok(());
        };
        let read = table.row(line);
        let score = read.as_ref().map_or(0.0, |(time, values)| {
            let value = values.first().copied().unwrap_or(f64::NAN);
            self.missing += u64::from(!value.is_finite());
            self.earlier += u64::from(*time < self.latest);
            self.latest = self.latest.max(*time);
            self.detector.push(*time, value)
        });
        let text = table.text(&String::from_utf8_lossy(line));
        self.print(&format!("{text},{}", (score * 1e6).round() / 1e6));
        read.map(|_| ())
    }

    fn begin(&mut self, line: &[u8]) {
        match columns(line) {
            Ok(table) => {
                self.table = Some(table);
                self.print("timestamp,value,anomaly_score");
            }
            Err(what) => self.refused = Some(Refusal::Header(what)),
        }
    }

    fn print(&mut self, line: &str) {
        if let Err(fail) = self.out.line(line) {
            self.refused = Some(Refusal::Whole(fail));
        }
    }

    /// The table has ended; `read` is the status that reading `name` calls for.
    ///
    /// # Errors
    /// It had no header, or the output could not be written.
    pub fn finish(self, name: &str, read: u8) -> Result<u8, Fail> {
        let shown = shown(name);
        match self.refused {
            Some(Refusal::Whole(fail)) => return Err(fail),
            Some(Refusal::Header(what)) => {
                return Err(Fail::new(status::BAD_INPUT, format!("{shown}:1: {what}")));
            }
            None => {}
        }
        if self.table.is_none() && read != status::OK {
            return Ok(read);
        }
        if self.table.is_none() {
            let what = format!("{shown}: empty; its first line names the columns: timestamp,value");
            return Err(Fail::new(status::BAD_INPUT, what));
        }
        self.out.finish()?;
        let rows = |count: u64| if count == 1 { "row has" } else { "rows have" };
        if self.missing > 0 {
            let (count, word) = (self.missing, rows(self.missing));
            complain(TOOL.name, &format!("{shown}: {count} {word} no value and the score 0"));
        }
        if self.earlier > 0 {
            let (count, word) = (self.earlier, rows(self.earlier));
            let what = "an earlier time than one before; scored in the order of the file";
            complain(TOOL.name, &format!("{shown}: {count} {word} {what}"));
        }
        Ok(read)
    }
}

/// The columns of time and value that a header names.
fn columns(header: &[u8]) -> Result<Table, String> {
    let Some(table) = Table::header(header) else {
        let line = String::from_utf8_lossy(header);
        let begin: String = line.chars().take(40).collect();
        return Err(format!("'{begin}' names no column of times; begin with timestamp,value"));
    };
    let names: Vec<&str> = table.names().collect();
    let value = match names[..] {
        [one] => one,
        _ => {
            names.into_iter().find(|name| name.eq_ignore_ascii_case("value")).ok_or_else(|| {
                let names: Vec<&str> = table.names().collect();
                match names[..] {
                    [] => "there is no column of values; begin with timestamp,value".to_string(),
                    _ => format!("which is the value: {}? call it value", names.join(", ")),
                }
            })?
        }
    };
    Ok(table.only(value))
}
