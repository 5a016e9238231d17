//! JUnit files that operations have written, taken into the run's own.

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use record::Seconds;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Counts of test cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub tests: u64,
    pub failures: u64,
    pub errors: u64,
    pub skipped: u64,
    pub time: Seconds,
}

impl Sums {
    /// The sum of both.
    pub fn with(&self, other: &Sums) -> Sums {
        Sums {
            tests: self.tests + other.tests,
            failures: self.failures + other.failures,
            errors: self.errors + other.errors,
            skipped: self.skipped + other.skipped,
            time: self.time + other.time,
        }
    }

    /// As attributes of a suite that took `time`.
    pub fn attributes(&self, time: Seconds) -> String {
        let Sums { tests, failures, errors, skipped, .. } = self;
        format!(
            r#"tests="{tests}" failures="{failures}" errors="{errors}" skipped="{skipped}" time="{time}""#
        )
    }
}

/// Suites of other files.
#[derive(Debug, Default)]
pub struct Merged {
    /// What they count, from their cases: what files say of themselves is not always true.
    pub sums: Sums,
    suites: Vec<u8>,
}

impl Merged {
    /// Reads a file, or every `*.xml` in a folder; what could not be read, in words.
    pub fn add(&mut self, path: &Path) -> Vec<String> {
        let mut lost = Vec::new();
        let paths = match files(path) {
            Ok(paths) => paths,
            Err(error) => {
                lost.push(format!("{}: {}", path.display(), crate::fail::reason(&error)));
                return lost;
            }
        };
        for path in paths {
            let read = std::fs::read_to_string(&path)
                .map_err(|e| crate::fail::reason(&e))
                .and_then(|text| self.take(&text));
            if let Err(what) = read {
                lost.push(format!("{}: {what}; its results are not merged", path.display()));
            }
        }
        lost
    }

    /// Takes the suites of one document, all or none of them.
    fn take(&mut self, text: &str) -> Result<(), String> {
        let (suites, sums) = suites_of(text)?;
        self.suites.extend_from_slice(&suites);
        self.sums = self.sums.with(&sums);
        Ok(())
    }

    /// Writes the suites.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn copy(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&self.suites)
    }
}

/// The file, or the files of a folder in the order of their names.
fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !std::fs::metadata(path)?.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "xml") {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// What is being read.
#[derive(Default)]
struct Place {
    /// Names of the elements around.
    open: Vec<String>,
    /// How many of them are suites.
    suites: usize,
    sums: Sums,
    /// The result of the case that is open has been counted.
    judged: bool,
}

/// The suites of a document as they stand, and what their cases add up to.
fn suites_of(text: &str) -> Result<(Vec<u8>, Sums), String> {
    let mut reader = Reader::from_str(text);
    let mut out = Writer::new(Vec::new());
    let mut place = Place::default();
    let mut root = false;
    loop {
        let wrong = |e: &dyn std::fmt::Display, at: u64| {
            let line = text.as_bytes()[..at as usize].iter().filter(|b| **b == b'\n').count() + 1;
            format!("line {line}: {e}")
        };
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|e| wrong(&e, reader.error_position()))?;
        let inside = place.suites > 0;
        match &event {
            Event::Start(start) => place.enter(start).map_err(|e| wrong(&e, at))?,
            Event::Empty(start) => {
                place.enter(start).map_err(|e| wrong(&e, at))?;
                place.leave();
            }
            Event::End(_) => place.leave(),
            Event::GeneralRef(name) => {
                let known = ["lt", "gt", "amp", "quot", "apos"];
                if !name.is_char_ref() && !known.contains(&&name[..]) {
                    return Err(wrong(&"an entity that only its own document knows", at));
                }
            }
            Event::Eof if !place.open.is_empty() => return Err(wrong(&"it is cut off", at)),
            Event::Eof if !root => return Err("it has no test suite".to_string()),
            Event::Eof => break,
            _ => {}
        }
        root |= place.suites > 0 || is_suite(&event);
        if inside || place.suites > 0 || is_suite(&event) {
            out.write_event(event).map_err(|e| e.to_string())?;
            if inside && place.suites == 0 {
                out.get_mut().push(b'\n');
            }
        }
    }
    Ok((out.into_inner(), place.sums))
}

fn is_suite(event: &Event) -> bool {
    matches!(event, Event::Empty(start) if start.local_name().as_ref() == "testsuite")
}

impl Place {
    fn enter(&mut self, start: &BytesStart) -> Result<(), quick_xml::Error> {
        let name = start.local_name().as_ref().to_string();
        match name.as_str() {
            "testsuite" => self.suites += 1,
            "testcase" if self.suites > 0 => {
                self.sums.tests += 1;
                self.judged = false;
                if let Some(time) = start.try_get_attribute("time")? {
                    let time = time.value.replace(',', "");
                    self.sums.time += Seconds::from_f64(time.trim().parse().unwrap_or(0.0));
                }
            }
            "failure" | "error" | "skipped" => self.judge(&name),
            _ => {}
        }
        self.open.push(name);
        Ok(())
    }

    fn leave(&mut self) {
        if self.open.pop().is_some_and(|name| name == "testsuite") {
            self.suites -= 1;
        }
    }

    /// A case counts once, whatever else it says.
    fn judge(&mut self, name: &str) {
        let of_case = self.open.last().is_some_and(|name| name == "testcase");
        if !of_case || self.suites == 0 || std::mem::replace(&mut self.judged, true) {
            return;
        }
        match name {
            "failure" => self.sums.failures += 1,
            "error" => self.sums.errors += 1,
            _ => self.sums.skipped += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_cases() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        // a suite in a suite; counts that lie; a case with two failures
        write(
            "1.xml",
            r#"<?xml version="1.0"?><!-- x --><testsuites tests="99"><testsuite name="a" tests="50">
            <testcase name="1" time="1,000.5"><failure/><failure/></testcase><testsuite><testcase>
            <skipped/></testcase></testsuite></testsuite></testsuites>"#,
        );
        write(
            "2.xml",
            r#"<testsuite><testcase time="0.25"><error>&lt;&#10;</error></testcase>
            <failure/><system-out><![CDATA[<testcase>]]></system-out></testsuite>"#,
        );
        write("3.xml", "<testsuites><testsuite/></testsuites>");
        write("notes.txt", "no results");
        let mut merged = Merged::default();
        assert_eq!(merged.add(folder.path()), Vec::<String>::new());
        let time = Seconds::from_f64(1000.75);
        let sums = Sums { tests: 3, failures: 1, errors: 1, skipped: 1, time };
        assert_eq!(merged.sums, sums);
        let text = String::from_utf8(merged.suites.clone()).unwrap();
        let whole = format!("<testsuites>{text}</testsuites>");
        assert_eq!(suites_of(&whole).unwrap().1, sums);
        assert!(text.contains("<![CDATA[<testcase>]]>") && text.contains("<testsuite/>"));
        assert!(!text.contains("<?xml") && !text.contains("<testsuites"));
    }

    #[test]
    fn what_is_no_result_is_refused_whole() {
        for (text, what) in [
            ("<testsuite><testcase/>\n", "line 2: it is cut off"),
            ("<html/>", "it has no test suite"),
            ("", "it has no test suite"),
            ("<testsuite>&own;</testsuite>", "line 1: an entity that only its own document knows"),
        ] {
            assert_eq!(suites_of(text).unwrap_err(), what, "{text}");
        }
        let crossed = suites_of("<testsuite>\n</testcase></testsuite>").unwrap_err();
        assert!(crossed.starts_with("line 2: "), "{crossed}");
        let mut merged = Merged::default();
        assert_eq!(merged.add(Path::new("/nowhere")), ["/nowhere: No such file or directory"]);
    }
}
