//! Writing to standard output: buffered, every failure noticed.

use crate::fail::Fail;
use crate::harmless::Harmless;
use record::Seconds;
use std::io::{IsTerminal as _, Write as _};

/// Standard output. A terminal gets nothing that would move its cursor: names may hold
/// any bytes. What is written is counted as written only after
/// [`Out::finish`]; a failure has `status`.
pub struct Out {
    inner: std::io::BufWriter<std::io::StdoutLock<'static>>,
    status: u8,
    /// For a terminal.
    filter: Option<Harmless>,
}

impl Out {
    /// Standard output, with the status of a failed write.
    pub fn new(status: u8) -> Self {
        let lock = std::io::stdout().lock();
        let filter = lock.is_terminal().then(Harmless::default);
        Out { inner: std::io::BufWriter::with_capacity(1 << 16, lock), status, filter }
    }

    /// Writes bytes.
    ///
    /// # Errors
    /// A write that failed.
    pub fn bytes(&mut self, bytes: &[u8]) -> Result<(), Fail> {
        let status = self.status;
        if sys::fd::was_closed(1) {
            return Err(Fail::new(status, "standard output is closed; nothing was written"));
        }
        let written = match &mut self.filter {
            None => self.inner.write_all(bytes),
            Some(filter) => {
                let mut harmless = Vec::new();
                filter.pass(bytes, &mut harmless);
                self.inner.write_all(&harmless)
            }
        };
        written.map_err(|e| Fail::io(status, "standard output", &e))
    }

    /// Writes a line.
    ///
    /// # Errors
    /// A write that failed.
    pub fn line(&mut self, text: impl AsRef<str>) -> Result<(), Fail> {
        self.bytes(text.as_ref().as_bytes())?;
        self.bytes(b"\n")
    }

    /// Writes out what is buffered.
    ///
    /// # Errors
    /// A write that failed.
    pub fn finish(mut self) -> Result<(), Fail> {
        let status = self.status;
        self.inner.flush().map_err(|e| Fail::io(status, "standard output", &e))
    }
}

/// Rows with aligned columns; cells are separated by tabs. Columns that begin
/// with a number are not treated specially: pad numbers before.
pub fn aligned(rows: &[String]) -> String {
    let mut writer = tabwriter::TabWriter::new(Vec::new()).padding(2);
    for row in rows {
        // writing to memory
        let _ = writeln!(writer, "{row}");
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).lines().map(|l| format!("{}\n", l.trim_end())).collect()
}

/// A name in a table: what would move the cursor or end the row is shown as it is written
/// in programs, `\n`.
pub fn shown(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for char in text.chars() {
        if char.is_control() {
            clean.extend(char.escape_default());
        } else {
            clean.push(char);
        }
    }
    clean
}

/// A number with at most three decimals, none where they are zeros: `10`, `2.5`.
pub fn number(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_string()
}

/// How the critical path is marked beyond its star.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// Not at all.
    None,
    /// In colour.
    Colour,
}

/// A duration for people: `7m`, `1h 30m`, `1.5s`.
pub fn human(seconds: Seconds) -> String {
    let micros = seconds.as_micros().max(0);
    if micros < 60_000_000 || micros % 1_000_000 != 0 {
        return format!("{seconds}s");
    }
    humantime::format_duration(seconds.to_duration()).to_string()
}

/// A duration that was worked out, for people: nobody needs the parts of a second in minutes.
pub fn brief(seconds: Seconds) -> String {
    let parts = if seconds.as_f64() < 60.0 { 1000.0 } else { 1.0 };
    human(Seconds::from_f64((seconds.as_f64() * parts).round() / parts))
}

/// An amount of bytes in at most five letters, in powers of 1024: `512`, `1.5K`, `93M`.
pub fn bytes(amount: u64) -> String {
    let mut value = amount as f64;
    let mut units = ["", "K", "M", "G", "T", "P", "E"].iter().peekable();
    // from here on it would be shown as 1024
    while value >= 1023.5 && units.len() > 1 {
        value /= 1024.0;
        units.next();
    }
    let unit = units.next().unwrap_or(&"");
    if unit.is_empty() || value >= 9.95 {
        format!("{value:.0}{unit}")
    } else {
        format!("{value:.1}{unit}")
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn bytes_in_few_letters() {
        for (amount, text) in [
            (0, "0"),
            (1023, "1023"),
            (1024, "1.0K"),
            (1536, "1.5K"),
            (10 * 1024, "10K"),
            (1024 * 1024 - 1, "1.0M"),
            (93 << 20, "93M"),
            (u64::MAX, "16E"),
        ] {
            assert_eq!(super::bytes(amount), text, "{amount}");
        }
    }
}
