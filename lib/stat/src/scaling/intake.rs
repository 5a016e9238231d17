//! Tables of concurrency and throughput.

use super::law::Point;
use alloc::format;
use alloc::vec::Vec;
use record::Bad;

/// Takes the lines of a table: a header, then a concurrency and a throughput a line, cut by
/// commas, semicolons, tabs or blanks. A table without a header is taken as well.
#[derive(Clone, Debug, Default)]
pub struct TableIntake {
    lines: u64,
    points: Vec<Point>,
}

impl TableIntake {
    /// Takes the next line, without its end.
    ///
    /// # Errors
    /// A line that has no two numbers, or a concurrency that is not above 0.
    pub fn line(&mut self, line: &[u8]) -> Result<(), Bad> {
        let text = core::str::from_utf8(line)
            .map_err(|error| Bad::new(error.valid_up_to() + 1, "not UTF-8"))?;
        if text.trim().is_empty() || text.trim_start().starts_with('#') {
            return Ok(());
        }
        self.lines += 1;
        let cells = cells(text);
        let numbers: Vec<Option<f64>> = cells
            .iter()
            .map(|(_, cell)| cell.parse().ok().filter(|value: &f64| value.is_finite()))
            .collect();
        match (numbers.first(), numbers.get(1)) {
            (Some(Some(n)), Some(Some(rate))) if *n > 0.0 => {
                self.points.push(Point { n: *n, rate: *rate });
                Ok(())
            }
            (Some(None), Some(None)) if self.lines == 1 => Ok(()),
            (_, None) => Err(Bad::new(0, "a row is a concurrency and a throughput")),
            (Some(Some(_)), Some(Some(_))) => {
                Err(Bad::new(cells[0].0 + 1, "a concurrency is above 0"))
            }
            (first, _) => {
                let which = usize::from(first.is_some_and(|number| number.is_some()));
                let (at, cell) = cells[which];
                Err(Bad::new(at + 1, format!("'{cell}' is no number")))
            }
        }
    }

    /// What was taken.
    pub fn finish(self) -> Vec<Point> {
        self.points
    }
}

/// The cells of a line, each with where it begins.
fn cells(text: &str) -> Vec<(usize, &str)> {
    let cut = [',', ';', '\t'].into_iter().find(|cut| text.contains(*cut)).unwrap_or(' ');
    let mut at = 0;
    let mut found = Vec::new();
    for cell in text.split(cut) {
        let clean = cell.trim().trim_matches('"');
        // several blanks are one
        if cut != ' ' || !clean.is_empty() {
            found.push((at, clean));
        }
        at += cell.len() + 1;
    }
    found
}
