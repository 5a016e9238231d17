//! The whole screen: title, machine, processes, keys.

use super::figures::Figures;
use super::machine;
use super::pen::{Colours, Pen};
use super::view::{ORDERS, Order, Row, View};
use crate::print;
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use record::{Load, Sample, Seconds};

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Shown<'a> {
    /// The last sample.
    pub sample: &'a Sample,
    /// All processes.
    pub rows: &'a [Row],
    /// Command lines.
    pub words: &'a dyn Words,
    /// Name of the machine.
    pub host: &'a str,
}

/// Has the command lines of processes.
pub trait Words: std::fmt::Debug {
    /// That of one; empty where it has none.
    fn of(&self, pid: u32) -> String;
}

impl Words for Figures {
    fn of(&self, pid: u32) -> String {
        self.words(pid)
    }
}

/// A column: title, width and the order that it shows.
const COLUMNS: [(&str, usize, Option<Order>); 9] = [
    ("PID", 7, Some(Order::Pid)),
    ("S", 2, None),
    ("CPU%", 7, Some(Order::Cpu)),
    ("MEM%", 6, None),
    ("RSS", 7, Some(Order::Memory)),
    ("READ/s", 8, Some(Order::Io)),
    ("WRIT/s", 8, Some(Order::Io)),
    ("THR", 5, None),
    ("TIME", 9, Some(Order::Time)),
];

/// Draws everything; the view learns how many rows there is room for.
pub fn screen(buffer: &mut Buffer, shown: &Shown<'_>, view: &mut View, colours: Colours) {
    title(&mut Pen::new(buffer, 0), shown, view);
    let top = machine::draw(buffer, shown.sample, colours);
    let bottom = buffer.area.bottom().saturating_sub(1);
    if view.help {
        help(buffer, top + 1, bottom);
    } else {
        table(buffer, (top, bottom), shown, view);
    }
    if bottom > 0 {
        keys(&mut Pen::new(buffer, bottom), view);
    }
}

fn bold() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

fn reversed() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

fn title(pen: &mut Pen<'_>, shown: &Shown<'_>, view: &View) {
    let sample = shown.sample;
    pen.put(&format!("pgmon top - {}", shown.host), bold());
    if view.paused {
        pen.put("  ", Style::new());
        pen.put(" paused ", reversed());
    }
    let mut parts = Vec::new();
    if let Some(uptime) = sample.kernel.as_ref().and_then(|kernel| kernel.uptime_s) {
        parts.push(format!("up {}", clock(uptime)));
    }
    if let Some(Load { avg1, avg5, avg15, .. }) = sample.load {
        parts.push(format!("load {avg1:.2} {avg5:.2} {avg15:.2}"));
    }
    if let Some(counts) = &sample.processes {
        parts.push(format!("{} processes", counts.count));
        parts.extend(counts.threads.map(|threads| format!("{threads} threads")));
    }
    if let Some(cpu) = sample.own.as_ref().and_then(|own| own.cpu) {
        parts.push(format!("pgmon {}", machine::percent(cpu)));
    }
    for part in parts {
        pen.put_whole(&format!("  {part}"), Style::new());
    }
}

fn table(buffer: &mut Buffer, (top, bottom): (u16, u16), shown: &Shown<'_>, view: &mut View) {
    let rows = view.rows(shown.rows, &|pid| shown.words.of(pid));
    view.total = rows.len();
    view.page = usize::from(bottom.saturating_sub(top + 1));
    view.above = view.above.min(view.total.saturating_sub(view.page));
    if top >= bottom {
        return;
    }
    let mut pen = Pen::new(buffer, top);
    for (title, width, order) in COLUMNS {
        let style = if order == Some(view.order) { bold() } else { reversed() };
        pen.put(&format!("{title:>width$}"), style);
    }
    let style = if view.order == Order::Name { bold() } else { reversed() };
    let width = pen.room();
    pen.put(&format!("{:<width$}", "  COMMAND"), style);
    let all = shown.sample.memory.as_ref().map_or(0, |memory| memory.total_bytes);
    for (row, y) in rows.iter().skip(view.above).zip(top + 1..bottom) {
        process(&mut Pen::new(buffer, y), row, (all, shown.words));
    }
}

fn process(pen: &mut Pen<'_>, row: &Row, (memory, words): (u64, &dyn Words)) {
    let one = &row.process;
    let unknown = || "-".to_string();
    let rate = |value: Option<f64>| match value {
        None => unknown(),
        // what does nothing is not looked at
        Some(0.0) => "0".to_string(),
        Some(value) => print::bytes(value as u64),
    };
    let share = |bytes: u64| match memory {
        0 => unknown(),
        memory => format!("{:.1}", bytes as f64 / memory as f64 * 100.0),
    };
    let cells = [
        one.pid.to_string(),
        one.state.clone(),
        one.cpu.map_or_else(unknown, |cpu| format!("{:.1}", cpu * 100.0)),
        share(one.rss_bytes),
        print::bytes(one.rss_bytes),
        rate(row.read),
        rate(row.written),
        one.threads.to_string(),
        clock(one.user_s + one.system_s),
    ];
    let busy = one.cpu.is_some_and(|cpu| cpu >= 0.005);
    let style = if busy || one.state == "R" { Style::new() } else { dim() };
    for ((_, width, _), cell) in COLUMNS.iter().zip(cells) {
        pen.put(&format!("{cell:>width$}"), style);
    }
    let words = words.of(one.pid);
    let words = if words.is_empty() { format!("[{}]", one.name) } else { without_folder(&words) };
    pen.put(&format!("  {}{words}", "  ".repeat(row.depth)), style);
}

/// A command line without the folder of its program, which says least.
fn without_folder(words: &str) -> String {
    let program = words.split(' ').next().unwrap_or_default();
    let folder = program.rfind('/').filter(|slash| slash + 1 < program.len());
    words[folder.map_or(0, |slash| slash + 1)..].to_string()
}

fn dim() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

/// A time in at most eight letters: `0:07.25`, `12:03:59`, `3d 04:05`.
fn clock(time: Seconds) -> String {
    let hundredths = time.as_micros().max(0) / 10_000;
    let seconds = hundredths / 100;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    match (days, hours) {
        (0, 0) => format!("{minutes}:{:02}.{:02}", seconds % 60, hundredths % 100),
        (0, _) => format!("{hours}:{:02}:{:02}", minutes % 60, seconds % 60),
        _ => format!("{days}d {:02}:{:02}", hours % 24, minutes % 60),
    }
}

fn keys(pen: &mut Pen<'_>, view: &View) {
    if view.editing || !view.filter.is_empty() {
        pen.put(" / ", reversed());
        pen.put(&format!(" {}", view.filter), bold());
        let rest = if view.editing { "_   Enter: keep it   Esc: all" } else { "   Esc: all" };
        return pen.put(rest, Style::new());
    }
    let orders = ORDERS.map(|(key, _, word)| (key.to_string(), word));
    let others = [
        ("q", "quit"),
        ("?", "help"),
        ("/", "filter"),
        ("t", "tree"),
        ("r", "reverse"),
        ("space", "pause"),
    ];
    let all = others.map(|(key, word)| (key.to_string(), word)).into_iter().chain(orders);
    for (key, word) in all {
        if pen.room() > key.len() + word.len() + 3 {
            pen.put(&format!(" {key} "), reversed());
            pen.put(&format!("{word} "), Style::new());
        }
    }
}

fn help(buffer: &mut Buffer, top: u16, bottom: u16) {
    let orders = ORDERS.map(|(key, _, word)| (key.to_string(), format!("order by {word}")));
    let others = [
        ("r", "the other way round"),
        ("t", "children below their parents"),
        ("/", "show only what has these letters in its name or command line"),
        ("space", "pause, and go on"),
        ("arrows, page keys", "move through the processes"),
        ("q, Ctrl-C", "quit"),
        ("Ctrl-Z", "stop; fg goes on"),
    ];
    let others = others.map(|(key, words)| (key.to_string(), words.to_string()));
    for ((key, words), y) in orders.into_iter().chain(others).zip(top..bottom) {
        let mut pen = Pen::new(buffer, y);
        pen.put(&format!("{key:>19}  "), bold());
        pen.put(&words, Style::new());
    }
}

#[cfg(test)]
mod tests;
