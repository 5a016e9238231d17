//! `pgstat report --text`: the run over time in letters, under the report: sparklines of
//! what ran, waited and was measured, bars of where the wall went and of durations. Block
//! letters where the locale has them, else ASCII.

use super::picture::unit;
use super::table::percent;
use crate::draw::lines::Unit;
use crate::print::{brief, shown};
use record::{Report, Seconds};
use stat::{Chart, Spread, Timeline};
use std::cmp::Reverse;
use std::fmt::Write as _;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Rows of a section.
const ROWS: usize = 8;
/// Columns for what a line is called.
const NAME: usize = 22;
/// Columns for its greatest value.
const PEAK: usize = 12;

/// With which letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letters {
    /// Eighths of a block.
    Blocks,
    /// What every terminal has.
    Ascii,
}

impl Letters {
    /// Those of the locale: `LC_ALL`, else `LC_CTYPE`, else `LANG`.
    pub fn of_locale() -> Self {
        let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
        let locale = locale.unwrap_or_default().to_ascii_lowercase();
        match locale.contains("utf-8") || locale.contains("utf8") {
            true => Letters::Blocks,
            false => Letters::Ascii,
        }
    }

    /// From nothing to all.
    const fn heights(self) -> &'static [char] {
        match self {
            Letters::Blocks => &[' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
            Letters::Ascii => &[' ', '.', ':', '-', '=', '+', '*', '#', '@'],
        }
    }

    /// A share of so many columns as a bar.
    fn bar(self, share: f64, columns: usize) -> String {
        let eighths = (share.clamp(0.0, 1.0) * columns as f64 * 8.0).round() as usize;
        match self {
            Letters::Ascii => {
                let whole = ((eighths + 4) / 8).max(usize::from(share > 0.0));
                "#".repeat(whole)
            }
            Letters::Blocks => {
                let parts = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];
                let eighths = eighths.max(usize::from(share > 0.0));
                let mut bar = "█".repeat(eighths / 8);
                bar.extend((eighths % 8).checked_sub(1).map(|part| parts[part]));
                bar
            }
        }
    }

    /// A value a column, as high as its share of the greatest.
    fn line(self, values: &[Option<f64>], top: f64) -> String {
        let heights = self.heights();
        let letter = |value: &Option<f64>| match value {
            Some(value) if *value > 0.0 && top > 0.0 => {
                let place = (value / top * (heights.len() - 1) as f64).round() as usize;
                heights[place.clamp(1, heights.len() - 1)]
            }
            _ => ' ',
        };
        values.iter().map(letter).collect()
    }
}

/// What stands under the report of a run, at most so many columns wide.
pub fn text(report: &Report, line: &Timeline, (letters, width): (Letters, usize)) -> String {
    let mut page = Page {
        line,
        letters,
        out: String::new(),
        columns: width.saturating_sub(NAME + PEAK + 4).max(10),
    };
    page.wall(report);
    page.over_time();
    page.durations();
    page.out
}

struct Page<'a> {
    line: &'a Timeline,
    letters: Letters,
    out: String,
    columns: usize,
}

impl Page<'_> {
    fn title(&mut self, title: &str) {
        let _ = writeln!(self.out, "\n{title}");
    }

    /// A row: a name, what is drawn, a value at the right of its own column.
    fn row(&mut self, name: &str, drawn: &str, value: &str) {
        let name = fitted(&shown(name), NAME);
        let pad = " ".repeat(NAME - name.width());
        let rest = " ".repeat(self.columns.saturating_sub(drawn.width()));
        let _ = writeln!(self.out, "  {name}{pad} {drawn}{rest} {value:>PEAK$}");
    }

    fn wall(&mut self, report: &Report) {
        let wall = report.wall_s.as_f64();
        let mut rows: Vec<(&String, Seconds)> =
            report.lost_s.iter().map(|(name, time)| (name, *time)).collect();
        rows.retain(|row| wall > 0.0 && row.1 > Seconds::ZERO);
        rows.sort_by_key(|row| Reverse(row.1));
        if rows.is_empty() {
            return;
        }
        self.title("where the wall went");
        for (name, time) in rows.into_iter().take(ROWS) {
            let share = time.as_f64() / wall;
            let bar = self.letters.bar(share, self.columns);
            self.row(name, &bar, &format!("{} {}", brief(time), percent(share).trim()));
        }
    }

    fn over_time(&mut self) {
        let line = self.line;
        if line.end <= line.begin {
            return;
        }
        self.title("over time (at the right: the greatest)");
        if line.attempts + line.unfinished > 0 {
            self.means("running", &line.running, Unit::Count);
            let failed: f64 = line.failed.iter().sum();
            self.rates("ended", &line.ended);
            if failed > 0.0 {
                self.rates("failed", &line.failed);
            }
            for course in line.waiting.iter().take(ROWS) {
                self.means(&format!("waiting: {}", course.name), &course.means, Unit::Count);
            }
            for lock in line.locks.iter().filter(|lock| lock.held.total > 0.0).take(ROWS) {
                self.means(&format!("held: {}", lock.name), &lock.held.means, Unit::Count);
            }
        }
        for chart in Chart::ALL {
            for one in line.lines.iter().filter(|one| one.chart == chart).take(ROWS) {
                self.readings(one);
            }
        }
        self.axis();
    }

    /// The mean of bins in each column.
    fn means(&mut self, name: &str, bins: &[f64], unit: Unit) {
        let values = self.by_column(bins, |bins| bins.iter().sum::<f64>() / bins.len() as f64);
        self.sparkline(name, &values, unit);
    }

    fn rates(&mut self, name: &str, bins: &[f64]) {
        let bin = self.line.bin.as_f64();
        let values =
            self.by_column(bins, |bins| bins.iter().sum::<f64>() / bin / bins.len() as f64);
        self.sparkline(name, &values, Unit::PerSecond);
    }

    fn by_column(&self, bins: &[f64], of: impl Fn(&[f64]) -> f64) -> Vec<Option<f64>> {
        let at = |column: usize| column * bins.len() / self.columns;
        let value = |column: usize| {
            let (from, to) = (at(column), at(column + 1).max(at(column) + 1).min(bins.len()));
            bins.get(from..to).filter(|bins| !bins.is_empty()).map(&of)
        };
        (0..self.columns).map(value).collect()
    }

    fn readings(&mut self, one: &stat::Line) {
        let (begin, length) = (self.line.begin, self.line.end - self.line.begin);
        let mut sums = vec![(0.0, 0.0); self.columns];
        for point in &one.points {
            let at = crate::draw::position(point.at - begin, length, self.columns as f64);
            let column = (at as usize).min(self.columns - 1);
            sums[column].0 += point.mean * f64::from(point.count);
            sums[column].1 += f64::from(point.count);
        }
        // between two readings it is as it was: samples may be rarer than columns
        let mut before = None;
        let gap = self.columns / one.points.len().max(1) + 2;
        let mut since = 0;
        let value = |(sum, count): (f64, f64)| {
            if count > 0.0 {
                (before, since) = (Some(sum / count), 0);
            } else {
                since += 1;
            }
            before.filter(|_| since <= gap)
        };
        let values: Vec<Option<f64>> = sums.into_iter().map(value).collect();
        let top = match one.whole {
            Some(whole) if !matches!(one.chart, Chart::Pressure) => whole,
            _ => 0.0,
        };
        let peak = one.points.iter().map(|point| point.greatest).fold(0.0, f64::max);
        let drawn = self.letters.line(&values, top.max(peak));
        let name = format!("{} {}", one.chart.word(), one.name);
        self.row(&name, &drawn, &unit(one.chart).told(peak));
    }

    fn sparkline(&mut self, name: &str, values: &[Option<f64>], unit: Unit) {
        let top = values.iter().flatten().copied().fold(0.0, f64::max);
        let drawn = self.letters.line(values, top);
        self.row(name, &drawn, &unit.told(top));
    }

    /// Begin and end below the columns.
    fn axis(&mut self) {
        let end = brief(self.line.end - self.line.begin);
        let pad = " ".repeat(self.columns.saturating_sub(end.width() + 2));
        let _ = writeln!(self.out, "  {:NAME$} 0s{pad}{end}", "");
    }

    fn durations(&mut self) {
        let mut families: Vec<&Spread> =
            self.line.families.iter().filter(|family| family.count > 0).collect();
        families.sort_by(|a, b| b.work.cmp(&a.work).then_with(|| a.name.cmp(&b.name)));
        families.truncate(ROWS);
        let micros = |time: Seconds| (time.as_micros().max(1) as f64).ln();
        let least = families.iter().map(|family| micros(family.least)).fold(f64::MAX, f64::min);
        let most = families.iter().map(|family| micros(family.greatest)).fold(0.0, f64::max);
        if families.is_empty() {
            return;
        }
        self.title("durations by family (logarithmic; at the right: the median)");
        let wide = (most - least).max(0.1);
        let column = |time: Seconds, columns: usize| {
            (((micros(time) - least) / wide * columns as f64) as usize).min(columns - 1)
        };
        for family in &families {
            let mut counts = vec![0.0; self.columns];
            for (from, count) in &family.buckets {
                let at = (*from).clamp(family.least, family.greatest);
                counts[column(at, self.columns)] += *count as f64;
            }
            let top = counts.iter().copied().fold(0.0, f64::max);
            let values: Vec<Option<f64>> = counts.into_iter().map(Some).collect();
            let drawn = self.letters.line(&values, top);
            let name = format!("{} x {}", family.count, family.name);
            self.row(&name, &drawn, &brief(family.quantiles[1]));
        }
        let (from, to) = families
            .iter()
            .fold((Seconds::from_secs(i64::MAX / 2_000_000), Seconds::ZERO), |span, family| {
                (span.0.min(family.least), span.1.max(family.greatest))
            });
        let (from, to) = (brief(from), brief(to));
        let pad = " ".repeat(self.columns.saturating_sub(from.width() + to.width()));
        let _ = writeln!(self.out, "  {:NAME$} {from}{pad}{to}", "");
    }
}

/// A text that is at most so wide.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut out = String::new();
    for letter in text.chars() {
        if out.width() + letter.width().unwrap_or(0) + 2 > width {
            break;
        }
        out.push(letter);
    }
    out + ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_as_high_as_values() {
        let values = [Some(0.0), Some(0.01), Some(0.5), None, Some(1.0)];
        assert_eq!(Letters::Blocks.line(&values, 1.0), " ▁▄ █");
        assert_eq!(Letters::Ascii.line(&values, 1.0), " .= @");
        assert_eq!(Letters::Blocks.line(&values, 0.0), "     ");
        assert_eq!(Letters::Blocks.bar(0.55, 10), "█████▌");
        assert_eq!(Letters::Blocks.bar(0.0001, 10), "▏");
        assert_eq!(Letters::Ascii.bar(0.55, 10), "######");
        assert_eq!(
            (Letters::Ascii.bar(0.0, 10).as_str(), Letters::Blocks.bar(9.0, 3).as_str()),
            ("", "███")
        );
    }

    #[test]
    fn names_have_an_end() {
        assert_eq!(fitted("short", 8), "short");
        assert_eq!(fitted("rather long", 8), "rather..");
        assert!(fitted("日本語日本語日本語", 8).width() <= 8);
    }
}
