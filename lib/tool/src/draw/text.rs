//! A Gantt chart in letters.
//!
//! `├copy────┤` is an operation, `┣copy━━━━┫` one of the critical path; where several begin in
//! one column it is shaded. Where there are too many for that, rows show how busy slots are, and
//! many slots share rows.

use super::axis;
use super::chart::{Bar, Chart, Held, Lane, position};
use crate::print::{Paint, shown};
use record::{Amount, Seconds};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// Rows of slots; more of them share rows.
const ROWS: u32 = 40;
/// Locks shown, the busiest.
const LOCKS: usize = 12;
/// Columns that a mark of the axis has.
const MARK: usize = 12;
/// Eighths of a column's height.
const LEVELS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const RED: &str = "\x1b[31m";
const PLAIN: &str = "\x1b[0m";

/// One column of a row.
#[derive(Clone, Copy)]
struct Cell {
    letter: char,
    critical: bool,
}

const EMPTY: Cell = Cell { letter: ' ', critical: false };

/// The chart in lines of at most `width` columns.
pub fn gantt(chart: &Chart, (width, paint): (usize, Paint)) -> String {
    let locks: Vec<&Lane> = chart.lanes.iter().filter(|l| l.held == Held::Lock).collect();
    let resources = chart.lanes.iter().filter(|l| l.held == Held::Resource);
    let lanes: Vec<&Lane> = locks.iter().take(LOCKS).copied().chain(resources).collect();
    let per_row = chart.slots.div_ceil(ROWS).max(1);
    let labels = lanes.iter().map(|lane| label(lane).width()).max().unwrap_or(0).max(8);
    let margin = labels.min((width / 4).max(18));
    let columns = width.saturating_sub(margin + 2).max(10);
    let mut out = String::new();
    let mut line = |name: &str, cells: String| {
        let name = fitted(name, margin);
        let pad = " ".repeat(margin - name.width());
        out.push_str(format!("{pad}{name} {cells}").trim_end());
        out.push('\n');
    };
    line("", axis_labels(chart, columns));
    line("", axis_line(chart, columns));
    // where most would have a column or less, how busy a slot is tells more
    let crowded = per_row > 1 || chart.bars.len() * 2 > columns * chart.slots as usize;
    let mut from = 0;
    for first in (1..=chart.slots).step_by(per_row as usize) {
        let last = first.saturating_add(per_row - 1).min(chart.slots);
        let count = chart.bars[from..].iter().take_while(|bar| bar.slot <= last).count();
        let bars = &chart.bars[from..from + count];
        from += count;
        let name = if per_row == 1 { first.to_string() } else { format!("{first}-{last}") };
        let cells = match crowded {
            true => shared_row(chart, bars, (per_row, columns)),
            false => row(chart, bars, columns),
        };
        line(&name, painted(&cells, paint));
    }
    if crowded {
        let critical: Vec<Bar> = chart.bars.iter().filter(|bar| bar.critical).copied().collect();
        let mut cells = shared_row(chart, &critical, (1, columns));
        let held = |cell: &mut Cell| cell.letter = if cell.letter == ' ' { ' ' } else { '━' };
        cells.iter_mut().for_each(held);
        line("critical", painted(&cells, paint));
    }
    if !lanes.is_empty() {
        line("", "─".repeat(columns));
    }
    for lane in lanes {
        line(&label(lane), levels(chart, lane, columns));
    }
    if locks.len() > LOCKS {
        let more = format!("and {} locks that are held less", locks.len() - LOCKS);
        line("", fitted(&more, columns));
    }
    let title = format!("\n{} (━)\n", chart.title());
    match title.width() > width {
        true => out + &title.replace(", ", "\n"),
        false => out + &title,
    }
}

/// A text that is at most so wide.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let mut out = String::new();
    for letter in text.chars() {
        if out.width() + letter.width().unwrap_or(0) + 1 > width {
            break;
        }
        out.push(letter);
    }
    if width > 0 { out + "…" } else { out }
}

fn label(lane: &Lane) -> String {
    let name = shown(&lane.name);
    let unit = lane.capacity == Some(Amount::from_units(1)) && lane.held == Held::Lock;
    match (unit, lane.capacity) {
        (true, _) => name,
        (false, Some(whole)) => format!("{name} {}/{}", short(lane.peak), short(whole)),
        (false, None) => format!("{name} {}", short(lane.peak)),
    }
}

/// An amount in few letters: large ones are taken for bytes.
pub fn short(amount: Amount) -> String {
    let units = amount.as_millis() / 1000;
    if units >= 1 << 20 { crate::print::bytes(units) } else { amount.to_string() }
}

fn axis_labels(chart: &Chart, columns: usize) -> String {
    let mut text = String::new();
    for mark in axis::marks(chart.length, (columns / MARK).max(1)) {
        let at = column(chart, mark, columns);
        let word = chart.time(mark);
        if at < text.width() || at + word.width() > columns {
            continue;
        }
        text.push_str(&" ".repeat(at - text.width()));
        text.push_str(&word);
        text.push(' ');
    }
    text
}

fn axis_line(chart: &Chart, columns: usize) -> String {
    let mut cells = vec!['─'; columns];
    for mark in axis::marks(chart.length, (columns / MARK).max(1)) {
        cells[column(chart, mark, columns).min(columns - 1)] = '┬';
    }
    cells.into_iter().collect()
}

/// The column in which a time lies, or just behind which it does.
fn column(chart: &Chart, at: Seconds, columns: usize) -> usize {
    position(at, chart.length, columns as f64).round() as usize
}

/// The operations of one slot.
fn row(chart: &Chart, bars: &[Bar], columns: usize) -> Vec<Cell> {
    let mut cells = vec![EMPTY; columns];
    let mut begun = vec![0u32; columns];
    for bar in bars {
        let (from, to) = (column(chart, bar.start, columns), column(chart, bar.end, columns));
        let from = from.min(columns - 1);
        begun[from] += 1;
        draw(&mut cells[from..to.clamp(from + 1, columns)], &chart.name(bar), bar);
    }
    for ((at, cell), begun) in cells.iter_mut().enumerate().zip(&begun) {
        // the first column of a bar may be the last of many
        if *begun > 1 || (*begun == 1 && at > 0 && cell.letter == ' ') {
            cell.letter = if cell.critical { '▓' } else { '▒' };
        }
    }
    cells
}

/// One operation on its columns, with as much of its id as there is room for.
fn draw(cells: &mut [Cell], name: &str, bar: &Bar) {
    let width = cells.len();
    let (begin, fill, end, alone) =
        if bar.critical { ('┣', '━', '┫', '┃') } else { ('├', '─', '┤', '│') };
    let critical = bar.critical || cells[0].critical;
    if width == 1 {
        cells[0] = Cell { letter: alone, critical };
        return;
    }
    cells.fill(Cell { letter: fill, critical: bar.critical });
    cells[0] = Cell { letter: begin, critical };
    cells[width - 1].letter = end;
    let name = fitted(name, width - 2);
    // a letter or two tell nothing
    if name.width() < 3 && name.ends_with('…') {
        return;
    }
    let mut at = 1;
    for letter in name.chars() {
        let wide = letter.width().unwrap_or(0);
        if wide == 0 {
            continue;
        }
        cells[at].letter = letter;
        // the second column of a wide letter is not printed
        cells[at + 1..at + wide].iter_mut().for_each(|cell| cell.letter = '\0');
        at += wide;
    }
}

/// How busy several slots are.
fn shared_row(chart: &Chart, bars: &[Bar], (slots, columns): (u32, usize)) -> Vec<Cell> {
    let mut busy = vec![0.0f64; columns];
    let mut cells = vec![EMPTY; columns];
    for bar in bars {
        let at = |time| position(time, chart.length, columns as f64);
        let (from, to) = (at(bar.start), at(bar.end));
        let first = (from.floor() as usize).min(columns - 1);
        let last = (to.ceil() as usize).clamp(first + 1, columns);
        for column in first..last {
            let part = to.min(column as f64 + 1.0) - from.max(column as f64);
            busy[column] += part.max(0.0) / f64::from(slots);
            cells[column].critical |= bar.critical;
        }
    }
    for (cell, busy) in cells.iter_mut().zip(busy) {
        cell.letter = level(busy);
    }
    cells
}

/// A share as the height of a column; the least is seen.
fn level(share: f64) -> char {
    let eighths = (share * 8.0).round().clamp(0.0, 8.0) as usize;
    LEVELS[if share > 0.0 { eighths.max(1) } else { 0 }]
}

fn levels(chart: &Chart, lane: &Lane, columns: usize) -> String {
    let top = lane.top().as_millis().max(1) as f64;
    let held = lane.sampled(columns, chart.length);
    held.into_iter().map(|amount| level(amount as f64 / top)).collect()
}

fn painted(cells: &[Cell], paint: Paint) -> String {
    let mut out = String::new();
    let mut red = false;
    for cell in cells.iter().filter(|cell| cell.letter != '\0') {
        let now = paint == Paint::Colour && cell.critical && cell.letter != ' ';
        if now != red {
            out.push_str(if now { RED } else { PLAIN });
            red = now;
        }
        out.push(cell.letter);
    }
    if red {
        out.push_str(PLAIN);
    }
    out
}
