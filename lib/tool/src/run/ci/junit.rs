//! The run as a JUnit file, which CI systems show as a table of tests.

use super::Told;
use super::merge::{Merged, Sums};
use crate::fail::{Fail, reason};
use crate::harmless;
use crate::replace::replace;
use quick_xml::Writer;
use quick_xml::events::BytesText;
use record::{Outcome, Seconds, status};
use std::fs::File;
use std::io::{self, BufWriter, Seek as _, Write as _};
use std::path::{Path, PathBuf};

/// A JUnit file in the making: cases wait in a file without a name, since the counts
/// stand before them.
pub struct Junit {
    path: PathBuf,
    cases: Writer<BufWriter<File>>,
    sums: Sums,
    lost: Option<String>,
}

impl Junit {
    /// Begins the file; what stands there now is replaced when the run has ended.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn begin(path: &Path) -> Result<Self, Fail> {
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let wrong = |e: io::Error| Fail::io(status::LOST, shown(path), &e);
        // better now than when everything has run
        std::fs::read_dir(folder).map_err(wrong)?;
        let file = sys::fd::unnamed_file(&std::env::temp_dir()).map_err(wrong)?;
        Ok(Junit {
            path: path.to_path_buf(),
            cases: Writer::new_with_indent(BufWriter::new(file), b' ', 2),
            sums: Sums::default(),
            lost: None,
        })
    }

    /// An operation has been decided.
    pub fn add(&mut self, told: &Told) {
        self.sums.tests += 1;
        self.sums.time += told.wall;
        match told.result {
            Outcome::Success => {}
            Outcome::Failure | Outcome::Timeout => self.sums.failures += 1,
            Outcome::Error => self.sums.errors += 1,
            Outcome::Cancellation | Outcome::Skip => self.sums.skipped += 1,
        }
        if let Err(error) = case(&mut self.cases, told) {
            let what = format!("{}: {}; it is incomplete", shown(&self.path), reason(&error));
            self.lost.get_or_insert(what);
        }
    }

    /// Puts the file into its place. The run began at `start`, seconds since the epoch, and
    /// took `wall`; `merged` are the suites of other files.
    ///
    /// # Errors
    /// What was lost, in words.
    pub fn finish(self, (start, wall): (Seconds, Seconds), merged: Merged) -> Result<(), String> {
        if let Some(lost) = self.lost {
            return Err(lost);
        }
        let path = shown(&self.path);
        let wrong = |e: io::Error| format!("{path}: {}; it was not written", reason(&e));
        let mut cases = self.cases.into_inner().into_inner().map_err(|e| wrong(e.into_error()))?;
        let total = self.sums.with(&merged.sums);
        let sums = self.sums;
        replace(&self.path, |file| {
            let mut out = BufWriter::new(file);
            let when = humantime::format_rfc3339_seconds(
                std::time::SystemTime::UNIX_EPOCH + start.to_duration(),
            );
            // the schema knows no time zone: it is UTC
            let when = when.to_string().trim_end_matches('Z').to_string();
            writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
            writeln!(out, r#"<testsuites name="pgrun" {}>"#, total.attributes(total.time))?;
            let own = sums.attributes(wall);
            writeln!(out, r#"<testsuite name="pgrun" {own} timestamp="{when}">"#)?;
            cases.rewind()?;
            io::copy(&mut cases, &mut out)?;
            writeln!(out, "\n</testsuite>")?;
            merged.copy(&mut out)?;
            writeln!(out, "</testsuites>")?;
            out.flush()
        })
        .map_err(wrong)
    }
}

impl std::fmt::Debug for Junit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Junit").field("path", &self.path).field("sums", &self.sums).finish()
    }
}

fn shown(path: &Path) -> String {
    format!("--junit {}", path.display())
}

/// Text without what XML cannot hold.
fn text(bytes: &[u8]) -> String {
    harmless::document(bytes)
}

fn case(out: &mut Writer<BufWriter<File>>, told: &Told) -> io::Result<()> {
    let (name, time) = (harmless::one_line(told.name.as_bytes()), told.wall.to_string());
    let place = told.place().map(|(file, line)| (text(file.as_bytes()), line.to_string()));
    let mut element = out
        .create_element("testcase")
        .with_attribute(("name", name.as_str()))
        .with_attribute(("classname", "pgrun"))
        .with_attribute(("time", time.as_str()));
    if let Some((file, line)) = &place {
        element =
            element.with_attribute(("file", file.as_str())).with_attribute(("line", line.as_str()));
    }
    let kind = match told.result {
        Outcome::Success => None,
        Outcome::Failure | Outcome::Timeout => Some("failure"),
        Outcome::Error => Some("error"),
        Outcome::Cancellation | Outcome::Skip => Some("skipped"),
    };
    let tail = text(&told.tail);
    if kind.is_none() && tail.is_empty() {
        return element.write_empty().map(drop);
    }
    element
        .write_inner_content(|out| {
            if let Some(kind) = kind {
                verdict(out, kind, told)?;
            }
            if !tail.is_empty() {
                out.create_element("system-out").write_text_content(BytesText::new(&tail))?;
            }
            Ok(())
        })
        .map(drop)
}

/// `<failure>`, `<error>` or `<skipped>`: why, and the command.
fn verdict(out: &mut Writer<BufWriter<File>>, kind: &str, told: &Told) -> io::Result<()> {
    let message = harmless::one_line(told.ending().as_bytes());
    let element = out.create_element(kind).with_attribute(("message", message.as_str()));
    if kind == "skipped" {
        return element.write_empty().map(drop);
    }
    let command = text(told.command.as_bytes());
    element
        .with_attribute(("type", told.result.word()))
        .write_text_content(BytesText::new(&command))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_as_a_table_of_tests() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.xml");
        let mut junit = Junit::begin(&path).unwrap();
        let told = |seq: u64, result, reason: &str| Told {
            seq,
            name: format!("op \"{seq}\" <&>"),
            command: "false && x".to_string(),
            source: "plan.yaml:7".to_string(),
            result,
            reason: reason.to_string(),
            wall: Seconds::from_f64(0.25),
            ..Told::default()
        };
        junit.add(&Told { source: String::new(), ..told(1, Outcome::Success, "") });
        let tail = b"\x1b[31m]]> <x>\x1b[0m\0\xff\xef\xbf\xbf\r\nend".to_vec();
        junit.add(&Told { tail, ..told(2, Outcome::Failure, "exit 3") });
        junit.add(&told(3, Outcome::Error, "no such command"));
        junit.add(&told(4, Outcome::Skip, "needs 2, which failed"));
        junit.add(&told(5, Outcome::Timeout, "timeout"));
        assert!(!path.exists(), "nobody reads half of one");
        let mut merged = Merged::default();
        let other = folder.path().join("other.xml");
        std::fs::write(&other, "<testsuite name='o'><testcase time='1.5'/></testsuite>").unwrap();
        assert!(merged.add(&other).is_empty());
        junit.finish((Seconds::from_secs(1_700_000_000), Seconds::from_secs(2)), merged).unwrap();
        let expected = r#"<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="pgrun" tests="6" failures="2" errors="1" skipped="1" time="2.75">
<testsuite name="pgrun" tests="5" failures="2" errors="1" skipped="1" time="2" timestamp="2023-11-14T22:13:20">
<testcase name="op &quot;1&quot; &lt;&amp;&gt;" classname="pgrun" time="0.25"/>
<testcase name="op &quot;2&quot; &lt;&amp;&gt;" classname="pgrun" time="0.25" file="plan.yaml" line="7">
  <failure message="exit 3 after 0.2 s" type="failure">false &amp;&amp; x</failure>
  <system-out>]]&gt; &lt;x&gt;^@??
end</system-out>
</testcase>
<testcase name="op &quot;3&quot; &lt;&amp;&gt;" classname="pgrun" time="0.25" file="plan.yaml" line="7">
  <error message="no such command after 0.2 s" type="error">false &amp;&amp; x</error>
</testcase>
<testcase name="op &quot;4&quot; &lt;&amp;&gt;" classname="pgrun" time="0.25" file="plan.yaml" line="7">
  <skipped message="skip (needs 2, which failed)"/>
</testcase>
<testcase name="op &quot;5&quot; &lt;&amp;&gt;" classname="pgrun" time="0.25" file="plan.yaml" line="7">
  <failure message="timeout after 0.2 s" type="timeout">false &amp;&amp; x</failure>
</testcase>
</testsuite>
<testsuite name='o'><testcase time='1.5'/></testsuite>
</testsuites>
"#;
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.replace('\u{fffd}', "?"), expected);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn any_bytes_make_valid_xml() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.xml");
        let mut junit = Junit::begin(&path).unwrap();
        let all: Vec<u8> = (0..=255u8).chain(*b"\xed\xa0\x80\xf4\x90\x80\x80").collect();
        let name = String::from_utf8_lossy(&all).into_owned();
        junit.add(&Told { name, tail: all, result: Outcome::Failure, ..Told::default() });
        junit.finish((Seconds::ZERO, Seconds::ZERO), Merged::default()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let valid = |c: char| matches!(c, '\t' | '\n' | ' '..='\u{fffd}' | '\u{10000}'..);
        assert!(text.chars().all(valid));
        let mut again = Merged::default();
        assert!(again.add(&path).is_empty());
        assert_eq!((again.sums.tests, again.sums.failures), (1, 1));
    }

    #[test]
    fn a_folder_that_is_not_there_is_said_at_once() {
        let fail = Junit::begin(Path::new("/nowhere/at/all.xml")).unwrap_err();
        assert_eq!(fail.message, "--junit /nowhere/at/all.xml: No such file or directory");
    }
}
