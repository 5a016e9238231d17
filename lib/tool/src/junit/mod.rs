//! JUnit files, which CI systems show as tables of tests: of a run that goes on, and of one
//! that is over.

mod merge;
mod told;

pub use merge::{Merged, Sums};
pub use told::Told;

use crate::harmless;
use quick_xml::Writer;
use quick_xml::escape::escape;
use quick_xml::events::BytesText;
use record::{Outcome, Seconds};
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write};

/// A suite in the making: cases wait in a file without a name, since the counts stand before
/// them.
pub struct Suite {
    cases: Writer<BufWriter<File>>,
    /// What it counts.
    pub sums: Sums,
}

impl Suite {
    /// An empty one.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn begin() -> io::Result<Self> {
        let file = sys::fd::unnamed_file(&std::env::temp_dir())?;
        let cases = Writer::new_with_indent(BufWriter::new(file), b' ', 2);
        Ok(Suite { cases, sums: Sums::default() })
    }

    /// Adds an operation that has been decided.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(&mut self, told: &Told) -> io::Result<()> {
        self.sums.tests += 1;
        self.sums.time += told.wall;
        match told.result {
            Outcome::Success => {}
            Outcome::Failure | Outcome::Timeout => self.sums.failures += 1,
            Outcome::Error => self.sums.errors += 1,
            Outcome::Cancellation | Outcome::Skip => self.sums.skipped += 1,
        }
        case(&mut self.cases, told)
    }

    /// Writes it. The run of this name began at `start`, seconds since the epoch, and took `wall`.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(
        self,
        out: &mut dyn Write,
        (name, start, wall): (&str, Seconds, Seconds),
    ) -> io::Result<()> {
        let mut cases = self.cases.into_inner().into_inner().map_err(|e| e.into_error())?;
        let when = humantime::format_rfc3339_seconds(
            std::time::SystemTime::UNIX_EPOCH + start.to_duration(),
        );
        // the schema knows no time zone: it is UTC
        let when = when.to_string().trim_end_matches('Z').to_string();
        let (name, own) = (harmless::one_line(name.as_bytes()), self.sums.attributes(wall));
        writeln!(out, r#"<testsuite name="{}" {own} timestamp="{when}">"#, escape(name.as_str()))?;
        cases.rewind()?;
        io::copy(&mut cases, out)?;
        writeln!(out, "\n</testsuite>")
    }
}

/// Writes how a file begins that counts so much.
///
/// # Errors
/// It cannot be written.
pub fn begin(out: &mut dyn Write, sums: &Sums) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(out, r#"<testsuites name="pgrun" {}>"#, sums.attributes(sums.time))
}

/// Writes how a file ends.
///
/// # Errors
/// It cannot be written.
pub fn end(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "</testsuites>")
}

/// A file of several suites in the making: they wait in a file without a name.
pub struct Document {
    suites: BufWriter<File>,
    sums: Sums,
}

impl Document {
    /// An empty one.
    ///
    /// # Errors
    /// There is no room for temporary files.
    pub fn begin() -> io::Result<Self> {
        let file = sys::fd::unnamed_file(&std::env::temp_dir())?;
        Ok(Document { suites: BufWriter::new(file), sums: Sums::default() })
    }

    /// Adds a suite: when its run began, and how long it took.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn add(
        &mut self,
        suite: Suite,
        (name, start, wall): (&str, Seconds, Seconds),
    ) -> io::Result<()> {
        self.sums = self.sums.with(&suite.sums);
        suite.write(&mut self.suites, (name, start, wall))
    }

    /// Writes the whole.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&mut self, out: &mut dyn Write) -> io::Result<()> {
        begin(out, &self.sums)?;
        self.suites.flush()?;
        self.suites.get_mut().rewind()?;
        io::copy(self.suites.get_mut(), out)?;
        end(out)
    }
}

/// Text without what XML cannot hold.
fn text(bytes: &[u8]) -> String {
    harmless::document(bytes)
}

fn case(out: &mut Writer<BufWriter<File>>, told: &Told) -> io::Result<()> {
    let (name, time) = (harmless::one_line(told.name.as_bytes()), told.wall.to_string());
    let place = told.place().map(|(file, line)| (text(file.as_bytes()), line.to_string()));
    let mut element = out
        .create_element("testcase")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("classname", "pgrun"))
        .with_attribute(("time", time.as_str()));
    if let Some((file, line)) = &place {
        element =
            element.with_attribute(("file", file.as_str())).with_attribute(("line", line.as_str()));
    }
    let kind = match told.result {
        Outcome::Success => None,
        Outcome::Failure | Outcome::Timeout => Some("failure"),
        Outcome::Error => Some("error"),
        Outcome::Cancellation | Outcome::Skip => Some("skipped"),
    };
    let tail = text(&told.tail);
    if kind.is_none() && tail.is_empty() {
        return element.write_empty().map(drop);
    }
    element
        .write_inner_content(|out| {
            if let Some(kind) = kind {
                verdict(out, kind, told)?;
            }
            if !tail.is_empty() {
                out.create_element("system-out").write_text_content(BytesText::new(&tail))?;
            }
            Ok(())
        })
        .map(drop)
}

/// `<failure>`, `<error>` or `<skipped>`: why, and the command.
fn verdict(out: &mut Writer<BufWriter<File>>, kind: &str, told: &Told) -> io::Result<()> {
    let message = harmless::one_line(told.ending().as_bytes());
    let element = out.create_element(kind).with_attribute(("message", message.as_str()));
    if kind == "skipped" {
        return element.write_empty().map(drop);
    }
    let command = text(told.command.as_bytes());
    element
        .with_attribute(("type", told.result.word()))
        .write_text_content(BytesText::new(&command))
        .map(drop)
}
