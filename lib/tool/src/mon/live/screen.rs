//! The terminal: taken and given back, and drawn to. Only what has changed is written, all
//! of a drawing at once.

use ratatui::backend::{Backend, ClearType, WindowSize};
use ratatui::buffer::Cell;
use ratatui::layout::{Position, Size};
use ratatui::style::{Color, Modifier};
use std::fmt::Write as _;
use std::io::{self, Write as _};
use sys::terminal::Before;

/// The other screen, without a cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l\x1b[2J";
/// The screen as it was.
const LEAVE: &str = "\x1b[0m\x1b[?25h\x1b[?1049l";

/// Where there is no telling how large the terminal is.
const USUAL: Size = Size { width: 80, height: 24 };

/// A terminal that is ours for a while.
#[derive(Debug)]
pub struct Screen {
    out: String,
    before: Option<Before>,
    style: (Color, Color, Modifier),
}

impl Screen {
    /// Takes the terminal at standard output.
    ///
    /// # Errors
    /// It is no terminal, or cannot be written.
    pub fn take() -> io::Result<Self> {
        let mut screen = Screen {
            out: String::new(),
            before: None,
            style: (Color::Reset, Color::Reset, Modifier::empty()),
        };
        screen.enter()?;
        Ok(screen)
    }

    /// Takes it again after [`Screen::leave`].
    ///
    /// # Errors
    /// Those of [`Screen::take`].
    pub fn enter(&mut self) -> io::Result<()> {
        let before = sys::terminal::take_keys(&io::stdout())?;
        self.before = Some(before);
        // a fault must not leave the terminal unusable; it is told where it can be read
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |what| {
            give_back(&before);
            usual(what);
        }));
        self.out.push_str(ENTER);
        self.flush()
    }

    /// Gives the terminal back as it was.
    pub fn leave(&mut self) {
        if let Some(before) = self.before.take() {
            give_back(&before);
        }
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.leave();
    }
}

fn give_back(before: &Before) {
    let mut out = io::stdout();
    // a terminal that has gone needs nothing
    let _ = out.write_all(LEAVE.as_bytes()).and_then(|()| out.flush());
    before.restore();
}

/// The number of a colour in the escape sequences: 30 and up.
fn number(color: Color) -> u8 {
    match color {
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::White | Color::Gray => 7,
        // the terminal's own
        _ => 9,
    }
}

impl Backend for Screen {
    type Error = io::Error;

    fn draw<'a, I>(&mut self, content: I) -> io::Result<()>
    where
        I: Iterator<Item = (u16, u16, &'a Cell)>,
    {
        let mut next = None;
        for (x, y, cell) in content {
            // writing to memory cannot fail
            if next != Some((x, y)) {
                let _ = write!(self.out, "\x1b[{};{}H", y + 1, x + 1);
            }
            let style = (cell.fg, cell.bg, cell.modifier);
            if style != self.style {
                self.out.push_str("\x1b[0");
                for (modifier, code) in
                    [(Modifier::BOLD, ";1"), (Modifier::DIM, ";2"), (Modifier::REVERSED, ";7")]
                {
                    if cell.modifier.contains(modifier) {
                        self.out.push_str(code);
                    }
                }
                let _ = write!(self.out, ";{};{}m", 30 + number(cell.fg), 40 + number(cell.bg));
                self.style = style;
            }
            self.out.push_str(cell.symbol());
            let width = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1);
            next = Some((x + u16::try_from(width).unwrap_or(1), y));
        }
        Ok(())
    }

    fn hide_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn show_cursor(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn get_cursor_position(&mut self) -> io::Result<Position> {
        Ok(Position::ORIGIN)
    }

    fn set_cursor_position<P: Into<Position>>(&mut self, _position: P) -> io::Result<()> {
        Ok(())
    }

    fn clear(&mut self) -> io::Result<()> {
        self.clear_region(ClearType::All)
    }

    fn clear_region(&mut self, _what: ClearType) -> io::Result<()> {
        self.style = (Color::Reset, Color::Reset, Modifier::empty());
        self.out.push_str("\x1b[0m\x1b[2J");
        Ok(())
    }

    fn size(&self) -> io::Result<Size> {
        let size = terminal_size::terminal_size_of(io::stdout());
        let size = size.map(|(width, height)| Size::new(width.0, height.0));
        Ok(size.filter(|size| size.width > 0 && size.height > 0).unwrap_or(USUAL))
    }

    fn window_size(&mut self) -> io::Result<WindowSize> {
        Ok(WindowSize { columns_rows: self.size()?, pixels: Size::ZERO })
    }

    fn flush(&mut self) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(self.out.as_bytes())?;
        self.out.clear();
        out.flush()
    }
}
