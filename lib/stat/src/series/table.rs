//! Comma-separated values under a header, one column of which is a time.

use super::timestamp;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::Bad;

/// Names of a column that holds times.
const TIMES: [&str; 5] = ["timestamp", "time", "date", "datetime", "ds"];

/// The columns of a table.
#[derive(Clone, Debug)]
pub struct Table {
    time: usize,
    /// Places and names of the others.
    values: Vec<(usize, String)>,
}

impl Table {
    /// The table whose header this is; `None` if no column of it is a time.
    pub fn header(line: &[u8]) -> Option<Table> {
        let text = core::str::from_utf8(line).ok()?;
        let names: Vec<&str> = text.split(',').map(unquoted).collect();
        let is_time = |name: &&str| TIMES.iter().any(|time| name.eq_ignore_ascii_case(time));
        let time = names.iter().position(is_time)?;
        let others = names.iter().enumerate().filter(|(place, _)| *place != time);
        let values = others.map(|(place, name)| (place, name.to_string())).collect();
        Some(Table { time, values })
    }

    /// Names of the columns of values, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(_, name)| name.as_str())
    }

    /// The same table with one column of values alone, which is among [`Table::names`].
    pub fn only(&self, name: &str) -> Table {
        let values = self.values.iter().filter(|(_, known)| known == name).take(1).cloned();
        Table { time: self.time, values: values.collect() }
    }

    /// The time of a row in seconds since the epoch, and its values: not a number where one is
    /// missing.
    ///
    /// # Errors
    /// What is no time or no number or not there, with its column.
    pub fn row(&self, line: &[u8]) -> Result<(f64, Vec<f64>), Bad> {
        let text =
            core::str::from_utf8(line).map_err(|e| Bad::new(e.valid_up_to() + 1, "not UTF-8"))?;
        let (at, when) =
            field(text, self.time).ok_or_else(|| Bad::new(0, "no time in this row"))?;
        let when = timestamp(when).ok_or_else(|| {
            let what = format!("'{when}' is no time; write 2014-04-10 07:15:00 or seconds");
            Bad::new(at + 1, what)
        })?;
        let mut values = Vec::with_capacity(self.values.len());
        for (place, name) in &self.values {
            values.push(match field(text, *place) {
                None => {
                    return Err(Bad::new(
                        text.len() + 1,
                        format!("the row ends before its {name}"),
                    ));
                }
                Some((_, "")) => f64::NAN,
                Some((at, text)) => {
                    text.parse().map_err(|_| Bad::new(at + 1, format!("'{text}' is no number")))?
                }
            });
        }
        Ok((when, values))
    }

    /// Time and values of a row as they are written, with commas between.
    pub fn text(&self, line: &str) -> String {
        let mut text = String::new();
        for place in [self.time].into_iter().chain(self.values.iter().map(|(place, _)| *place)) {
            if !text.is_empty() {
                text.push(',');
            }
            text.push_str(line.split(',').nth(place).unwrap_or("").trim());
        }
        text
    }
}

/// A field without its quotes, and where it begins.
fn field(line: &str, place: usize) -> Option<(usize, &str)> {
    let field = line.split(',').nth(place)?;
    let begin: usize = line.split(',').take(place).map(|before| before.len() + 1).sum();
    Some((begin, unquoted(field)))
}

fn unquoted(field: &str) -> &str {
    let field = field.trim();
    field.strip_prefix('"').and_then(|field| field.strip_suffix('"')).unwrap_or(field)
}
