//! Where samples go: each is one write, so that a reader has it at once.

use super::args::Format;
use super::metrics::Texts;
use super::outputs::{Output, Told};
use super::{columns, table};
use crate::fail::Fail;
use crate::openmetrics::Dialect;
use record::{Alert, Record, Sample, Seconds, Summary, status};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

/// A stream of samples in one form.
pub struct Sink {
    to: Box<dyn Write>,
    name: String,
    format: Format,
    start: Option<Seconds>,
    line: Vec<u8>,
    texts: Texts,
}

impl Sink {
    /// To standard output.
    pub fn stdout(format: Format) -> Self {
        if sys::fd::was_closed(1) {
            // what is written to a closed one is an error; Rust would pass over it
            return Sink::new(Box::new(Closed), "standard output".into(), format);
        }
        Sink::new(Box::new(io::stdout()), "standard output".into(), format)
    }

    /// To a file, which is made anew.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn file(path: &Path, format: Format) -> Result<Self, Fail> {
        let file = File::create(path).map_err(|e| Fail::io(status::OWN, path.display(), &e))?;
        Ok(Sink::new(Box::new(file), path.display().to_string(), format))
    }

    fn new(to: Box<dyn Write>, name: String, format: Format) -> Self {
        Sink { to, name, format, start: None, line: Vec::new(), texts: Texts::default() }
    }

    fn write_line(&mut self) -> Result<(), Fail> {
        let written = self.to.write_all(&self.line).and_then(|()| self.to.flush());
        written.map_err(|error| Fail::io(status::OWN, &self.name, &error))
    }
}

impl Output for Sink {
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        self.line.clear();
        let first = self.start.is_none();
        let start = *self.start.get_or_insert(sample.time);
        match self.format {
            Format::Ndjson => sample.append_line(&mut self.line),
            Format::Csv => {
                if first {
                    append_row(&mut self.line, &columns::header(sample));
                }
                append_row(&mut self.line, &columns::row(sample));
            }
            Format::Openmetrics => {
                self.texts.take(sample);
                self.line.extend_from_slice(self.texts.text(Dialect::OpenMetrics).as_bytes());
            }
            Format::Table => {
                let elapsed = (sample.time - start).as_f64();
                self.line.extend_from_slice(table::lines(sample, elapsed).as_bytes());
            }
        }
        self.write_line()
    }

    fn alert(&mut self, alert: &Alert) -> Result<(), Fail> {
        // other forms have no room for it; it is told on standard error
        if self.format != Format::Ndjson {
            return Ok(());
        }
        self.line.clear();
        alert.append_line(&mut self.line);
        self.write_line()
    }

    fn summary(&mut self, summary: &Summary) -> Result<Told, Fail> {
        self.line.clear();
        match self.format {
            Format::Ndjson => summary.append_line(&mut self.line),
            // every row of a CSV file has the same columns, and metrics are of samples
            Format::Csv | Format::Openmetrics => return Ok(Told::No),
            Format::Table => {
                self.line.extend_from_slice(table::summary(summary).as_bytes());
                self.line.push(b'\n');
            }
        }
        self.write_line()?;
        Ok(Told::Yes)
    }
}

fn append_row(line: &mut Vec<u8>, row: &[String]) {
    let mut writer = csv::Writer::from_writer(line);
    // writing to memory, and one row at a time
    let _ = writer.write_record(row);
    let _ = writer.flush();
}

/// A standard output that was closed when we were started.
struct Closed;

impl io::Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> io::Result<usize> {
        Err(io::Error::other("it is closed"))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Tree;

    fn rows(text: &[u8]) -> Vec<Vec<String>> {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text);
        let words = |row: csv::StringRecord| row.iter().map(str::to_string).collect();
        reader.records().map(|row| words(row.unwrap())).collect()
    }

    #[test]
    fn csv_has_one_header_and_even_rows() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples.csv");
        let mut sink = Sink::file(&path, Format::Csv).unwrap();
        let trees = vec![
            Tree { pid: Some(7), ..Tree::default() },
            Tree { path: "/a,b".into(), ..Tree::default() },
        ];
        for seq in 0..3 {
            sink.sample(&Sample { seq, trees: trees.clone(), ..Sample::default() }).unwrap();
        }
        assert_eq!(sink.summary(&Summary::default()).unwrap(), Told::No);
        let rows = rows(&std::fs::read(path).unwrap());
        assert_eq!(rows.len(), 4);
        assert!(rows[0].contains(&"7.rss_bytes".to_string()));
        assert!(rows[0].contains(&"/a,b.rss_bytes".to_string()));
        assert_eq!(rows[3][2], "2");
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    }

    #[test]
    fn columns_of_a_table_stand_below_their_titles() {
        let tree = Tree { pid: Some(4711), cpu: Some(1.5), rss_bytes: 93 << 20, ..Tree::default() };
        let sample = Sample { trees: vec![tree], ..Sample::default() };
        let text = table::lines(&sample, 12.0);
        let [titles, row] = text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
        let end = |line: &str, word: &str| line.find(word).unwrap() + word.len();
        assert_eq!(end(titles, "SECONDS"), end(row, "12.0"));
        assert_eq!(end(titles, " RSS"), end(row, "93M"));
        assert_eq!(titles.len(), row.len());
    }
}
