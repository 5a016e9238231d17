//! What hyperfine exports, as JSON or CSV: commands that were run time and again, one after
//! the other. When is not told, so they are put one behind the other from 0 on.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use record::{Bad, Benchmarks, EndView, Outcome, Pairs, Seconds, Timing};

/// How the header of the CSV begins.
pub const HEADER: &[u8] = b"command,mean,stddev,median,user,system,min,max";
/// A document that is longer is none.
const MOST_BYTES: usize = 256 << 20;

/// True for the first line of the JSON, pretty as hyperfine writes it, or on one line.
pub fn begins_json(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let begin: Vec<u8> = line.iter().copied().filter(|byte| *byte != b' ').take(11).collect();
    begin == b"{" || begin.starts_with(br#"{"results":"#)
}

/// True for the second line of the JSON, where the first is a brace alone.
pub fn goes_on(line: &[u8]) -> bool {
    line.trim_ascii_start().starts_with(br#""results""#)
}

/// A document whose lines come.
#[derive(Clone, Debug, Default)]
pub struct Document {
    text: Vec<u8>,
    read: Benchmarks,
}

impl Document {
    /// Only its first line has come: it may be something else.
    pub fn is_young(&self) -> bool {
        self.text.trim_ascii() == b"{"
    }

    /// Takes a line of the JSON.
    ///
    /// # Errors
    /// The document ends here and is none, or is too long.
    pub fn json(&mut self, line: &[u8]) -> Result<(), Bad> {
        self.text.extend_from_slice(line);
        self.text.push(b'\n');
        if self.text.len() > MOST_BYTES {
            self.text = Vec::new();
            return Err(Bad::new(0, "what hyperfine exported has no end"));
        }
        let ends = line == b"}" || begins_json(line) && line.trim_ascii() != b"{";
        if ends {
            let text = core::mem::take(&mut self.text);
            self.read.results.extend(Benchmarks::parse(&text)?.results);
        }
        Ok(())
    }

    /// Takes a line of the CSV, of which the medians are what is known.
    ///
    /// # Errors
    /// A column that is missing or no number.
    pub fn csv(&mut self, line: &[u8]) -> Result<(), Bad> {
        if line.starts_with(HEADER) {
            return Ok(());
        }
        let cells = cells(line);
        let number = |place: usize, name: &str| {
            let cell = cells.get(place).map_or("", |cell| cell.trim());
            let read = cell.parse::<f64>().ok().filter(|number| (0.0..1e11).contains(number));
            read.ok_or_else(|| Bad::new(0, format!("{name} \"{cell}\" is no duration")))
        };
        self.read.results.push(record::Benchmark {
            command: cells.first().cloned().unwrap_or_default(),
            mean: number(3, "median")?,
            user: number(4, "user")?,
            system: number(5, "system")?,
            ..record::Benchmark::default()
        });
        Ok(())
    }

    /// Gives each run of a command to `each`, one after the other. A document that was cut off
    /// has none.
    ///
    /// # Errors
    /// It was cut off.
    pub fn finish(self, mut each: impl FnMut(&EndView<'_>)) -> Result<(), Bad> {
        let mut now = Seconds::ZERO;
        let nothing = alloc::collections::BTreeMap::new();
        self.read.each(|timing| {
            each(&view(&timing, now, &nothing));
            now += timing.wall;
        });
        if self.text.is_empty() {
            return Ok(());
        }
        Err(Bad::new(0, "what hyperfine exported is cut off; its last \"}\" is missing"))
    }

    /// Gives each run of a command to `each`.
    pub fn each(&self, each: impl FnMut(Timing<'_>)) {
        self.read.each(each);
    }
}

fn view<'a>(
    timing: &Timing<'a>,
    start: Seconds,
    nothing: &'a alloc::collections::BTreeMap<String, Seconds>,
) -> EndView<'a> {
    EndView {
        id: timing.command,
        attempt: 1,
        last: true,
        slot: 1,
        start,
        end: start + timing.wall,
        wall: timing.wall,
        user: timing.user,
        system: timing.system,
        max_rss_bytes: timing.max_rss_bytes,
        result: if timing.well { Outcome::Success } else { Outcome::Failure },
        queued: Seconds::ZERO,
        blocked: Pairs::Map(nothing),
        intended: None,
        spawn: None,
        out_bytes: 0,
        switches: None,
        preempted: None,
        blocks: None,
        oom: false,
    }
}

/// The cells of a line of CSV; quotes as in RFC 4180.
fn cells(line: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(line);
    let mut cells = Vec::new();
    let mut cell = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(core::mem::take(&mut cell)),
            other => cell.push(other),
        }
    }
    cells.push(cell.to_string());
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(document: Document) -> Vec<(String, f64, bool)> {
        let mut all = Vec::new();
        let read = document.finish(|end| {
            all.push((end.id.to_string(), end.wall.as_f64(), end.result == Outcome::Success));
        });
        assert!(read.is_ok());
        all
    }

    #[test]
    fn a_document_is_read_when_it_ends() {
        let mut document = Document::default();
        let text = r#"{
  "results": [
    {
      "command": "wait 0.1",
      "mean": 0.2, "stddev": null, "median": 0.2, "user": 0.01, "system": 0.02, "min": 0.1, "max": 0.3,
      "times": [0.1, 0.3],
      "exit_codes": [0, null],
      "parameters": {"n": "1"}
    }
  ]
}"#;
        assert!(begins_json(b"{") && begins_json(br#"{"results":[]}"#));
        assert!(!begins_json(br#"{"type":"run.start"}"#));
        text.lines().for_each(|line| document.json(line.as_bytes()).unwrap());
        let want = [("wait 0.1".to_string(), 0.1, true), ("wait 0.1".to_string(), 0.3, false)];
        assert_eq!(ends(document), want);
    }

    #[test]
    fn what_is_cut_off_or_wrong_is_told() {
        let mut document = Document::default();
        document.json(b"{").unwrap();
        assert!(document.finish(|_| {}).unwrap_err().what.contains("cut off"));
        let mut document = Document::default();
        document.json(b"{").unwrap();
        document.json(br#" "results": [{"command": "a", "mean": "soon"}]"#).unwrap();
        let wrong = document.json(b"}").unwrap_err();
        assert!(wrong.what.contains("line 2 of what hyperfine exported"), "{}", wrong.what);
    }

    #[test]
    fn of_the_table_the_medians_are_known() {
        let mut document = Document::default();
        document.csv(HEADER).unwrap();
        document.csv(br#""echo ""a,b""",0.5,0.1,0.4,0.01,0.02,0.3,0.9,7"#).unwrap();
        assert!(document.csv(b"x,1,2").unwrap_err().what.contains("median \"\""));
        assert_eq!(ends(document), [("echo \"a,b\"".to_string(), 0.4, true)]);
    }
}
