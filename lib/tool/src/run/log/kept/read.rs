//! What earlier runs tell in their log.

use super::key::Key;
use crate::fail::{Fail, place};
use record::{
    Bad, EndView, Event, Fields, Lines, MAX_LINE_BYTES, OpEnd, OpStart, Outcome, Record as _,
    RunStart, StartView, parse_record, scan_op_end, scan_op_start, status,
};
use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;
use sys::orphan::Trace;

/// Bytes of one read.
const BLOCK: usize = 128 << 10;

/// How a command was left by the runs before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Past {
    /// It has ended well.
    Done,
    /// It ended otherwise; so many attempts.
    Failed(u32),
    /// Its run was killed while it ran, or before its end was written; so many attempts.
    Interrupted(u32),
}

/// A command that may still run although its run is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Name in events.
    pub id: String,
    /// How its processes are found.
    pub trace: Trace,
}

/// All that a log tells.
#[derive(Debug, Default)]
pub struct Told {
    /// For messages.
    pub name: String,
    /// Of the last run that was begun anew, and of those that went on from it.
    pub past: HashMap<Key, Past>,
    /// Of this start of the machine.
    pub left: Vec<Left>,
    /// Whole records end here.
    pub whole: u64,
    /// Lines, the last one included.
    pub lines: u64,
    /// What follows them has no newline: a record that is whole all the same, or a torn one.
    pub rest: Rest,
    run: String,
    boot: String,
    /// Started and not ended, of the run that is being read.
    open: HashMap<String, (Option<Key>, Left)>,
}

/// What stands behind the last newline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rest {
    #[default]
    Nothing,
    /// A whole record.
    Whole,
    /// So many bytes of one.
    Torn(u64),
}

/// Reads a log; one that is not there tells nothing.
///
/// # Errors
/// It is no log, or there is a line in its middle that is no record.
pub fn read(path: &Path, name: &str) -> Result<Told, Fail> {
    let wrong = |e: &io::Error| Fail::io(status::LOST, format!("--log {name}"), e);
    let mut told = Told { name: name.to_string(), ..Told::default() };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(told),
        Err(error) => return Err(wrong(&error)),
    };
    let mut lines = Lines::new(b'\n', MAX_LINE_BYTES);
    let mut block = vec![0; BLOCK];
    loop {
        let count = match file.read(&mut block) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(wrong(&error)),
        };
        lines.push(&block[..count]);
        while let Some(line) = lines.next_line() {
            told.lines = line.number;
            told.take(line.bytes).map_err(|bad| damaged(name, line.number, &bad))?;
            told.whole += line.bytes.len() as u64 + 1;
        }
        if lines.too_long() {
            let bad = Bad::new(0, format!("longer than {MAX_LINE_BYTES} bytes"));
            return Err(damaged(name, lines.next_number(), &bad));
        }
    }
    if let Some(line) = lines.rest() {
        told.lines = line.number;
        let length = line.bytes.len() as u64;
        match told.take(line.bytes) {
            Ok(()) => (told.rest, told.whole) = (Rest::Whole, told.whole + length),
            Err(_) if may_be_torn(line.bytes) => told.rest = Rest::Torn(length),
            Err(bad) => return Err(damaged(name, line.number, &bad)),
        }
    }
    told.close();
    told.left.retain(|left| !left.trace.marks[0].is_empty());
    Ok(told)
}

fn damaged(name: &str, line: u64, bad: &Bad) -> Fail {
    let what = if line == 1 {
        "no log that pgrun --log has begun; nothing was run; name another file"
    } else {
        "nothing was run; --repair keeps what is whole, and a copy of the file"
    };
    Fail::new(status::LOST, format!("{}; {what}", place(name, line, bad)))
}

/// The beginning of a record, or what a file system leaves of a write that the power cut.
fn may_be_torn(rest: &[u8]) -> bool {
    const BEGIN: &[u8] = b"{\"type\":\"";
    let count = rest.len().min(BEGIN.len());
    rest[..count] == BEGIN[..count] || rest.iter().all(|byte| *byte == 0)
}

impl Told {
    /// Takes the next line.
    ///
    /// # Errors
    /// It is no record, or the first and no run's beginning.
    pub fn take(&mut self, line: &[u8]) -> Result<(), Bad> {
        if !self.run.is_empty() {
            if let Some(end) = scan_op_end(line) {
                self.ended(&end);
                return Ok(());
            }
            if let Some(start) = scan_op_start(line) {
                self.started(&start);
                return Ok(());
            }
        }
        let fields = Fields::parse(line)?;
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"'));
        match kind {
            RunStart::KIND => self.begun(&parse_record(line, &fields)?),
            _ if self.run.is_empty() => {
                return Err(Bad::new(1, "no run.start before it"));
            }
            OpStart::KIND => {
                self.started(&StartView::from(&parse_record::<OpStart>(line, &fields)?));
            }
            OpEnd::KIND => self.ended(&EndView::from(&parse_record::<OpEnd>(line, &fields)?)),
            kind => {
                Event::parse(kind, line, &fields)?;
            }
        }
        Ok(())
    }

    fn begun(&mut self, start: &RunStart) {
        self.close();
        if start.resumed {
            // it had ended them before
            self.left.clear();
        } else {
            self.past.clear();
        }
        self.run = if start.run.is_empty() { "?".to_string() } else { start.run.clone() };
        self.boot.clone_from(&start.boot);
    }

    /// The run that was read is over: who has not ended was interrupted.
    fn close(&mut self) {
        let same_boot = !self.boot.is_empty() && self.boot == sys::orphan::boot_id();
        let open = std::mem::take(&mut self.open).into_values();
        if same_boot {
            self.left.extend(open.map(|(_, left)| left));
        }
    }

    fn started(&mut self, start: &StartView<'_>) {
        let key = Key::parse(start.key);
        match (key, Key::undone(start.key)) {
            (Some(key), _) => {
                self.past.insert(key, Past::Interrupted(start.attempt));
            }
            (None, Some(undone)) => {
                self.past.remove(&undone);
            }
            (None, None) => return,
        }
        let marks = [format!("PG_RUN={}", self.run), format!("PG_SEQ={}", start.seq)];
        let trace = Trace { pid: start.pid, born: start.born.unwrap_or(0), marks };
        let id = start.id.to_string();
        self.open.insert(id.clone(), (key, Left { id, trace }));
    }

    fn ended(&mut self, end: &EndView<'_>) {
        let Some((Some(key), _)) = self.open.remove(end.id) else { return };
        let past = match end.result {
            Outcome::Success => Past::Done,
            _ => Past::Failed(end.attempt),
        };
        self.past.insert(key, past);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = r#"{"type":"run.start","run":"a.1","boot":"b"}"#;
    const ON: &str = r#"{"type":"run.start","run":"a.2","boot":"b","resumed":true}"#;

    fn start(id: &str, key: u32, attempt: u32) -> String {
        format!(
            r#"{{"type":"op.start","id":"{id}","seq":1,"attempt":{attempt},"slot":1,"start":1,"pid":7,"key":"{key:032x}","born":5}}"#
        )
    }

    fn end(id: &str, attempt: u32, result: &str) -> String {
        format!(
            r#"{{"type":"op.end","id":"{id}","attempt":{attempt},"final":true,"result":"{result}"}}"#
        )
    }

    fn told(lines: &[String]) -> Told {
        let mut told = Told::default();
        lines.iter().for_each(|line| told.take(line.as_bytes()).unwrap());
        told.close();
        told
    }

    fn key(number: u32) -> Key {
        Key::parse(&format!("{number:032x}")).unwrap()
    }

    #[test]
    fn an_end_counts_and_a_start_alone_does_not() {
        let log = [
            RUN.to_string(),
            start("a", 1, 1),
            start("b", 2, 1),
            end("a", 1, "success"),
            start("c", 3, 1),
            end("c", 1, "failure"),
            start("c", 3, 2),
            end("c", 2, "timeout"),
        ];
        let told = told(&log);
        let want = [(1, Past::Done), (2, Past::Interrupted(1)), (3, Past::Failed(2))];
        assert_eq!(told.past, want.map(|(number, past)| (key(number), past)).into());
        // another start of the machine: nobody can be left
        assert!(told.left.is_empty());
    }

    #[test]
    fn what_was_undone_is_not_done() {
        let undo = start("rollback:a", 1, 1).replace("\"key\":\"", "\"key\":\"-");
        let log = [RUN.to_string(), start("a", 1, 1), end("a", 1, "success"), undo];
        assert_eq!(told(&log).past.len(), 0);
        let over = [&log[..], &[end("rollback:a", 1, "success")]].concat();
        assert_eq!(told(&over).past.len(), 0);
    }

    #[test]
    fn a_run_begun_anew_forgets_and_one_that_goes_on_does_not() {
        let first = [RUN.to_string(), start("a", 1, 1), end("a", 1, "success")];
        let on = [&first[..], &[ON.to_string(), start("b", 2, 1)]].concat();
        assert_eq!(told(&on).past.len(), 2);
        let anew = [&on[..], &[RUN.to_string()]].concat();
        assert_eq!(told(&anew).past.len(), 0);
    }

    #[test]
    fn who_was_running_is_looked_for_once() {
        let boot = sys::orphan::boot_id();
        let run = RUN.replace("\"b\"", &format!("\"{boot}\""));
        let lost = told(&[run.clone(), start("a", 1, 1), start("b", 2, 1), end("b", 1, "failure")]);
        let marks = ["PG_RUN=a.1".to_string(), "PG_SEQ=1".to_string()];
        let trace = Trace { pid: 7, born: 5, marks };
        assert_eq!(lost.left, [Left { id: "a".into(), trace }]);
        let on = told(&[run.clone(), start("a", 1, 1), ON.to_string()]);
        assert!(on.left.is_empty(), "the run that went on had ended it");
        let anew = told(&[run.clone(), start("a", 1, 1), run]);
        assert_eq!(anew.left.len(), 1, "one that began anew had not looked");
    }

    #[test]
    fn cut_anywhere_a_log_tells_what_its_whole_records_tell() {
        let lines = [
            RUN.to_string(),
            start("a", 1, 1),
            start("b", 2, 1),
            end("b", 1, "success"),
            ON.to_string(),
            start("a", 1, 2),
            end("a", 2, "success"),
            r#"{"type":"run.end","run":"a.2"}"#.to_string(),
        ];
        let text = lines.join("\n") + "\n";
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        for cut in 0..=text.len() {
            std::fs::write(&path, &text[..cut]).unwrap();
            let told = read(&path, "log").unwrap();
            // a record is whole with its last brace, whether its newline is there or not
            let count =
                text[..cut].matches("}\n").count() + usize::from(text[..cut].ends_with('}'));
            let torn = !text[..cut].is_empty() && !text[..cut].ends_with(['}', '\n']);
            assert_eq!(matches!(told.rest, Rest::Torn(_)), torn, "{cut}");
            let mut want = Told::default();
            lines[..count].iter().for_each(|line| want.take(line.as_bytes()).unwrap());
            assert_eq!(told.past, want.past, "{cut}");
            let length: usize = lines[..count].iter().map(|line| line.len() + 1).sum();
            let unended = usize::from(told.rest == Rest::Whole);
            assert_eq!(told.whole as usize, length - unended, "{cut}");
        }
    }

    #[test]
    fn what_is_torn_and_what_is_no_record() {
        for (rest, torn) in
            [("{\"type\":\"op", true), ("{\"ty", true), ("\0\0", true), ("buy milk", false)]
        {
            assert_eq!(may_be_torn(rest.as_bytes()), torn, "{rest}");
        }
        let mut told = Told::default();
        assert!(told.take(start("a", 1, 1).as_bytes()).is_err(), "no run before it");
        told.take(RUN.as_bytes()).unwrap();
        assert!(told.take(b"{\"type\":\"op.start\",\"id\":\"a\0\"}").is_err());
        // of another version
        told.take(br#"{"type":"op.dream","id":"a"}"#).unwrap();
    }
}
