//! The run as a JUnit file.

use crate::fail::{Fail, reason};
use crate::junit::{self, Merged, Suite, Told};
use crate::replace::replace;
use record::{Seconds, status};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

/// A JUnit file in the making; what stands there now is replaced when the run has ended.
pub struct Junit {
    path: PathBuf,
    suite: Suite,
    lost: Option<String>,
}

impl Junit {
    /// Begins the file.
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
        let suite = Suite::begin().map_err(wrong)?;
        Ok(Junit { path: path.to_path_buf(), suite, lost: None })
    }

    /// An operation has been decided.
    pub fn add(&mut self, told: &Told) {
        if let Err(error) = self.suite.add(told) {
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
        let total = self.suite.sums.with(&merged.sums);
        replace(&self.path, |file| {
            let mut out = BufWriter::new(file);
            junit::begin(&mut out, &total)?;
            self.suite.write(&mut out, ("pgrun", start, wall))?;
            merged.copy(&mut out)?;
            junit::end(&mut out)?;
            out.flush()
        })
        .map_err(wrong)
    }
}

impl std::fmt::Debug for Junit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Junit").field("path", &self.path).field("sums", &self.suite.sums).finish()
    }
}

fn shown(path: &Path) -> String {
    format!("--junit {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Outcome;

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
