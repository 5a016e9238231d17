//! Pieces of Markdown, for the summaries that CI systems show.

use crate::harmless;
use record::Seconds;
use std::fmt::Write as _;

/// GitHub shows a step's summary up to here, and nothing at all of a longer one.
pub const LIMIT_BYTES: usize = 1 << 20;

/// Letters of a name or a command.
const TEXT_LETTERS: usize = 200;

/// Text as it stands, between fences that are longer than any in it.
pub fn block(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}{language}\n{text}\n{fence}\n\n")
}

/// Text that means nothing but itself in Markdown and HTML, in one line.
pub fn literal(text: &str) -> String {
    let mut out = String::new();
    for c in shortened(text).chars() {
        match c {
            ' ' | '.' | ',' | '-' | '/' | '+' | '=' => out.push(c),
            c if c.is_ascii_punctuation() => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}

/// At most so many letters of it, in one line.
pub fn shortened(text: &str) -> String {
    let text = harmless::one_line(text.as_bytes());
    match text.char_indices().nth(TEXT_LETTERS) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}

/// A duration for people: seconds below two minutes, then minutes.
pub fn time(time: Seconds) -> String {
    let seconds = time.as_f64();
    if seconds < 120.0 {
        return format!("{seconds:.1} s");
    }
    let whole = seconds.round() as u64;
    format!("{} min {:02} s", whole / 60, whole % 60)
}
