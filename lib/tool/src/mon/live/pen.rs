//! Writing into a row of the screen, from left to right.

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Style};
use unicode_width::UnicodeWidthStr as _;

/// Whether colours may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// They may.
    Many,
    /// Only what every terminal has: bold, dim, reversed.
    None,
}

impl Colours {
    /// A style of one colour, where there are colours.
    pub fn of(self, color: Color) -> Style {
        match self {
            Colours::Many => Style::new().fg(color),
            Colours::None => Style::new(),
        }
    }

    /// The colour of a share: well, much, too much.
    pub fn level(self, share: f64) -> Style {
        self.of(match share {
            share if share < MUCH => Color::Green,
            share if share < TOO_MUCH => Color::Yellow,
            _ => Color::Red,
        })
    }
}

/// From here on a share is much.
const MUCH: f64 = 0.6;
/// From here on it is too much.
const TOO_MUCH: f64 = 0.85;

/// A place in a row, up to which it is written.
#[derive(Debug)]
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    x: u16,
    y: u16,
    end: u16,
}

impl<'a> Pen<'a> {
    /// At the beginning of a row.
    pub fn new(buffer: &'a mut Buffer, y: u16) -> Self {
        let (x, end) = (buffer.area.left(), buffer.area.right());
        Pen { buffer, x, y, end }
    }

    /// Goes on at a column.
    pub fn at(mut self, x: u16) -> Self {
        self.x = x.min(self.end);
        self
    }

    /// Columns that are left.
    pub fn room(&self) -> usize {
        usize::from(self.end - self.x)
    }

    /// Writes what there is room for. Nothing in it moves the cursor.
    pub fn put(&mut self, text: &str, style: Style) {
        if self.y < self.buffer.area.bottom() {
            let text = crate::print::shown(text);
            let (x, _) = self.buffer.set_stringn(self.x, self.y, text, self.room(), style);
            self.x = x;
        }
    }

    /// Writes it if there is room for all of it.
    pub fn put_whole(&mut self, text: &str, style: Style) {
        if text.width() <= self.room() {
            self.put(text, style);
        }
    }

    /// A bar in brackets with its text at its right end; `width` columns in all.
    pub fn bar(&mut self, width: usize, (share, text): (f64, &str), colours: Colours) {
        let inner = width.saturating_sub(2);
        let full = (share.clamp(0.0, 1.0) * inner as f64).round() as usize;
        let blank = inner.saturating_sub(text.width());
        let (style, dim) = (colours.level(share), Style::new());
        self.put("[", dim);
        for column in 0..blank {
            let (sign, style) = if column < full { ("|", style) } else { (" ", dim) };
            self.put(sign, style);
        }
        self.put(text, if full > blank { style } else { dim });
        self.put("]", dim);
    }
}
