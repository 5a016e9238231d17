//! The Markdown summary of a run, for `$GITHUB_STEP_SUMMARY`.

use crate::harmless;
use crate::junit::Told;
use crate::markdown::{LIMIT_BYTES, block, literal, shortened, time};
use record::{Outcome, Seconds};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::fmt::Write as _;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

/// Kept free for what is no failure's own text.
const RESERVE_BYTES: usize = 16 << 10;

/// Operations in the table of the slowest.
const SLOWEST: usize = 10;

/// Bytes of a failed operation's output.
const TAIL_BYTES: usize = 2 << 10;

/// What is gathered while a run goes on; it does not grow beyond the limit.
#[derive(Debug, Default)]
pub struct Summary {
    counts: BTreeMap<Outcome, u64>,
    /// Not all jobs were started.
    early: bool,
    work: Seconds,
    /// A paragraph for each failure that fits.
    failed: Vec<String>,
    failed_bytes: usize,
    /// The quickest of the slowest on top.
    slowest: BinaryHeap<Reverse<(Seconds, Reverse<u64>, String)>>,
}

impl Summary {
    /// An operation has been decided.
    pub fn add(&mut self, told: &Told) {
        *self.counts.entry(told.result).or_default() += 1;
        self.work += told.wall;
        if told.result.failed() && self.failed_bytes < LIMIT_BYTES {
            let text = failure(told);
            self.failed_bytes += text.len();
            self.failed.push(text);
        }
        if told.result == Outcome::Skip {
            return;
        }
        let is_slow = self.slowest.peek().is_none_or(|Reverse((least, _, _))| told.wall > *least);
        if self.slowest.len() < SLOWEST || is_slow {
            let row = format!(
                "| {} | {} | {} |",
                literal(&told.name),
                time(told.wall),
                told.result.word()
            );
            self.slowest.push(Reverse((told.wall, Reverse(told.seq), row)));
        }
        if self.slowest.len() > SLOWEST {
            self.slowest.pop();
        }
    }

    /// Not all jobs were started.
    pub fn end_early(&mut self) {
        self.early = true;
    }

    /// The document, at most so many bytes; empty where not even its head fits. The run
    /// took `wall`.
    pub fn document(&self, wall: Seconds, room: usize) -> String {
        let total: u64 = self.counts.values().sum();
        let failed: u64 =
            self.counts.iter().filter(|(result, _)| result.failed()).map(|(_, n)| n).sum();
        let mut out = match failed {
            0 => format!("### pgrun: {total} operations, none failed\n\n"),
            _ => format!("### pgrun: {failed} of {total} operations failed\n\n"),
        };
        out.push_str("| result | operations |\n|---|---:|\n");
        for (result, count) in &self.counts {
            let _ = writeln!(out, "| {} | {count} |", result.word());
        }
        if self.early {
            out.push_str(
                "\nThe run was ended early: jobs that had not been started were not run.\n",
            );
        }
        let _ = writeln!(out, "\n{} of work in {}.\n", time(self.work), time(wall));
        let slowest = self.slowest();
        let mut shown = 0u64;
        for (at, text) in self.failed.iter().enumerate() {
            if out.len() + text.len() + slowest.len() + RESERVE_BYTES / 4 > room {
                break;
            }
            if at == 0 {
                out.push_str("#### Failed\n\n");
            }
            out.push_str(text);
            shown += 1;
        }
        if shown < failed {
            let _ = writeln!(
                out,
                "{} failed operations are left out here: a summary has at most 1 MiB.\n",
                failed - shown
            );
        }
        out.push_str(&slowest);
        if out.len() > room { String::new() } else { out }
    }

    fn slowest(&self) -> String {
        let mut rows: Vec<_> = self.slowest.iter().map(|Reverse(row)| row).collect();
        rows.sort_by(|a, b| b.cmp(a));
        let mut out = String::new();
        if !rows.is_empty() {
            out.push_str("#### Slowest\n\n| operation | time | result |\n|---|---:|---|\n");
        }
        for (_, _, row) in rows {
            out.push_str(row);
            out.push('\n');
        }
        out
    }

    /// Appends the document to a file, as far as its limit allows.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn append(&self, path: &Path, wall: Seconds) -> io::Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(path)?;
        let there = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
        let text = self.document(wall, LIMIT_BYTES.saturating_sub(there));
        file.write_all(text.as_bytes())
    }
}

/// A failed operation: how it ended, its command, the end of its output.
fn failure(told: &Told) -> String {
    let (name, ending) = (literal(&told.name), literal(&told.ending()));
    let tail = &told.tail[told.tail.len().saturating_sub(TAIL_BYTES)..];
    let tail = harmless::document(tail);
    let mut out = format!("<details><summary><b>{name}</b>: {ending}</summary>\n\n");
    out.push_str(&block("sh", &shortened(&told.command)));
    if !tail.trim().is_empty() {
        out.push_str(&block("text", tail.trim_end()));
    }
    out.push_str("</details>\n\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(seq: u64, result: Outcome) -> Told {
        let reason = if result.failed() { "exit 3" } else { "" };
        Told {
            seq,
            name: format!("op_{seq}|<b>"),
            command: format!("run *{seq}* `x`"),
            result,
            reason: reason.to_string(),
            wall: Seconds::from_f64(seq as f64 / 2.0),
            tail: b"first ```\n\x1b[31mlast\x1b[0m </details>\n".to_vec(),
            ..Told::default()
        }
    }

    #[test]
    fn a_run_in_a_page() {
        let mut summary = Summary::default();
        for seq in 1..=3 {
            summary.add(&told(seq, if seq == 2 { Outcome::Failure } else { Outcome::Success }));
        }
        summary.add(&Told { seq: 4, ..told(4, Outcome::Skip) });
        let expected = "\
### pgrun: 1 of 4 operations failed

| result | operations |
|---|---:|
| success | 2 |
| failure | 1 |
| skip | 1 |

5.0 s of work in 2 min 05 s.

#### Failed

<details><summary><b>op&#95;2&#124;&#60;b&#62;</b>: exit 3 after 1.0 s</summary>

```sh
run *2* `x`
```

````text
first ```
last </details>
````

</details>

#### Slowest

| operation | time | result |
|---|---:|---|
| op&#95;3&#124;&#60;b&#62; | 1.5 s | success |
| op&#95;2&#124;&#60;b&#62; | 1.0 s | failure |
| op&#95;1&#124;&#60;b&#62; | 0.5 s | success |
";
        assert_eq!(summary.document(Seconds::from_secs(125), LIMIT_BYTES), expected);
    }

    #[test]
    fn what_does_not_fit_is_counted() {
        let mut summary = Summary::default();
        let many = 5000;
        for seq in 1..=many {
            let tail = vec![b'x'; 4096];
            summary.add(&Told { tail, ..told(seq, Outcome::Failure) });
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.md");
        std::fs::write(&path, vec![b'#'; 300 << 10]).unwrap();
        summary.append(&path, Seconds::ZERO).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.len() < LIMIT_BYTES, "{}", text.len());
        let shown = text.matches("<details>").count();
        assert!(shown > 300, "{shown}");
        let left = format!("\n{} failed operations are left out here", many - shown as u64);
        assert!(text.contains(&left));
        assert!(text.contains("| op&#95;5000&#124;&#60;b&#62; | 41 min 40 s | failure |"));
        assert_eq!(text.matches("41 min").count(), SLOWEST);
        // a full one is left as it is
        std::fs::write(&path, vec![b'#'; LIMIT_BYTES - 100]).unwrap();
        summary.append(&path, Seconds::ZERO).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, LIMIT_BYTES - 100);
    }
}
