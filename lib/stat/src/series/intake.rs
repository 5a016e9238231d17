//! Lines of any of the inputs, taken into series.

use super::{Series, Table};
use crate::figures::each_figure;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use record::{
    Bad, EndView, Fields, OpEnd, Record as _, Sample, SeriesLine, parse_record, scan_op_end,
};

/// What a file holds, by its first line.
#[derive(Clone, Debug, Default)]
enum Format {
    #[default]
    Unknown,
    /// JSON objects: series, samples and events.
    Records,
    /// Comma-separated values: the place of the time, and a series a further column.
    Table { table: Table, series: Vec<usize> },
}

/// Takes lines of files, one file after the other: `{"series","step_s","values"}` objects, our
/// samples (a series a figure, named as in reports) and events (the duration of each operation,
/// when it ended), and comma-separated values under a header whose first column is a time.
#[derive(Clone, Debug, Default)]
pub struct SeriesIntake {
    format: Format,
    line: u64,
    all: Vec<Series>,
    places: HashMap<String, usize, FixedState>,
    /// Lines that were no records.
    pub strays: u64,
}

impl SeriesIntake {
    /// Takes the next line of the file, without its end.
    ///
    /// # Errors
    /// A line that is none of the file's format; the reading may go on with the next.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.line += 1;
        if line.trim_ascii().is_empty() {
            return Ok(());
        }
        if matches!(self.format, Format::Unknown) {
            self.format = self.begin(line);
            if matches!(self.format, Format::Table { .. }) {
                return Ok(());
            }
        }
        match &self.format {
            Format::Table { .. } => self.row(line),
            _ if line.trim_ascii_start().starts_with(b"{") => self.record(line),
            _ => {
                self.strays += 1;
                Ok(())
            }
        }
    }

    fn begin(&mut self, line: &[u8]) -> Format {
        let Some(table) = Table::header(line) else { return Format::Records };
        let series = table.names().map(|name| self.place(name)).collect();
        Format::Table { table, series }
    }

    fn place(&mut self, name: &str) -> usize {
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        self.all.push(Series { name: name.to_string(), ..Series::default() });
        self.places.insert(name.to_string(), self.all.len() - 1);
        self.all.len() - 1
    }

    fn row(&mut self, line: &[u8]) -> Result<(), Bad> {
        let Format::Table { table, series } = &self.format else { return Ok(()) };
        let (when, values) = table.row(line)?;
        for (place, value) in series.iter().zip(values) {
            self.all[*place].push(when, value);
        }
        Ok(())
    }

    fn record(&mut self, line: &[u8]) -> Result<(), Bad> {
        if let Some(end) = scan_op_end(line) {
            self.op_end(&end);
            return Ok(());
        }
        let fields = Fields::parse(line)?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        if kind == Sample::KIND {
            self.sample(&parse_record::<Sample>(line, &fields)?);
            return Ok(());
        }
        if kind == OpEnd::KIND {
            self.op_end(&EndView::from(&parse_record::<OpEnd>(line, &fields)?));
            return Ok(());
        }
        if fields.get("values").is_some() {
            return self.whole(line, &fields);
        }
        // other records say nothing of a series
        Ok(())
    }

    fn op_end(&mut self, end: &EndView<'_>) {
        let place = self.place(&format!("op {} wall_s", end.id));
        self.all[place].push(end.end.as_f64(), end.wall.as_f64());
    }

    fn sample(&mut self, sample: &Sample) {
        let mut read = Vec::new();
        each_figure(sample, |(of, what), reading| read.push((format!("{of} {what}"), reading)));
        for (name, reading) in read {
            let place = self.place(&name);
            self.all[place].push(sample.time.as_f64(), reading.value);
            self.all[place].whole = reading.whole;
        }
    }

    /// A series that stands in one line.
    fn whole(&mut self, line: &[u8], fields: &Fields<'_>) -> Result<(), Bad> {
        let read = parse_record::<SeriesLine>(line, fields)?;
        let step_s = read.step_s.filter(|step| *step > 0.0 && step.is_finite());
        let values: Vec<f64> =
            read.values.iter().map(|value| value.0.unwrap_or(f64::NAN)).collect();
        let times = if read.times.is_empty() {
            (0..values.len()).map(|n| n as f64 * step_s.unwrap_or(1.0)).collect()
        } else {
            read.times
        };
        if times.len() != values.len() {
            let what = format!("{} times for {} values", times.len(), values.len());
            return Err(Bad::new(0, what));
        }
        let name = match read.series.as_str() {
            "" => format!("series {}", self.line),
            name => name.to_string(),
        };
        self.all.push(Series { name, step_s, times, values, whole: None });
        Ok(())
    }

    /// The file has ended: the next one may have another format.
    pub fn end_file(&mut self) {
        self.format = Format::Unknown;
        self.line = 0;
    }

    /// True where every series so far stood in a line of its own.
    pub fn only_lines(&self) -> bool {
        self.places.is_empty()
    }

    /// All files have been read: the series in the order in which they began, each in order of
    /// time. Where a clock was set back, what came later counts as later.
    pub fn finish(self) -> Vec<Series> {
        self.all.into_iter().filter(|series| !series.values.is_empty()).collect()
    }
}
