//! What the events of a run say, where they go into a file: read as far as it is written.

use record::{Fields, Lines, MAX_LINE_BYTES, OpEnd, Outcome, Seconds, parse_record};
use std::fs::File;
use std::io::Read as _;
use sys::proc::Root;

/// How a log of events begins.
const BEGIN: &[u8] = b"{\"type\":\"run.start\"";

/// How the end of an attempt begins.
const END: &[u8] = b"{\"type\":\"op.end\"";

/// Bytes that are read in one sample at most; the rest comes in the next.
const MOST: u64 = 8 << 20;

/// The log of a run, and what it came to.
pub struct Log {
    file: File,
    lines: Lines,
    /// Operations that have ended.
    pub ended: u64,
    /// Those of them that failed.
    pub failed: u64,
}

impl Log {
    /// Finds the file among the descriptors of a runner.
    pub fn find(proc: &Root, pid: u32) -> Option<Self> {
        let folder = proc.path().join(format!("{pid}/fd"));
        let entries = std::fs::read_dir(folder).ok()?;
        entries.flatten().find_map(|entry| {
            let path = entry.path();
            // opening anything but a plain file may do something to it
            if !std::fs::metadata(&path).ok()?.is_file() {
                return None;
            }
            let file = File::open(&path).ok()?;
            let mut begin = [0; BEGIN.len()];
            std::os::unix::fs::FileExt::read_exact_at(&file, &mut begin, 0).ok()?;
            let lines = Lines::new(b'\n', MAX_LINE_BYTES);
            (begin == BEGIN).then_some(Log { file, lines, ended: 0, failed: 0 })
        })
    }

    /// Reads what was added; the longest start that it tells of.
    pub fn read(&mut self) -> Option<Seconds> {
        let mut added = Vec::new();
        let mut longest = None;
        let read = (&mut self.file).take(MOST).read_to_end(&mut added);
        // a log that cannot be read any more tells nothing more
        if read.is_err() {
            return None;
        }
        self.lines.push(&added);
        while let Some(line) = self.lines.next_line() {
            let Some(end) = ended(line.bytes).filter(|end| end.r#final) else { continue };
            self.ended += 1;
            let failed = [Outcome::Failure, Outcome::Error, Outcome::Timeout];
            self.failed += u64::from(failed.contains(&end.result));
            longest = longest.max(end.spawn_s);
        }
        longest
    }
}

/// The end of an attempt, if this line tells of one.
fn ended(line: &[u8]) -> Option<OpEnd> {
    let fields = line.starts_with(END).then(|| Fields::parse(line).ok())??;
    parse_record(line, &fields).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use record::Record as _;
    use std::io::Write as _;

    #[test]
    fn a_log_is_read_as_far_as_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let fds = folder.path().join("7/fd");
        std::fs::create_dir_all(&fds).unwrap();
        let path = folder.path().join("events");
        std::os::unix::fs::symlink(&path, fds.join("5")).unwrap();
        std::fs::write(fds.join("3"), "{\"type\":\"sample\"}\n").unwrap();
        let proc = Root::open(folder.path()).unwrap();
        assert!(Log::find(&proc, 7).is_none() && Log::find(&proc, 8).is_none());
        let mut file = File::create(&path).unwrap();
        writeln!(file, "{{\"type\":\"run.start\",\"version\":1}}").unwrap();
        let mut log = Log::find(&proc, 7).unwrap();
        assert_eq!((log.read(), log.ended), (None, 0));
        let end = |result, last| OpEnd {
            result,
            r#final: last,
            spawn_s: Some(Seconds::from_secs(11)),
            ..OpEnd::default()
        };
        file.write_all(&end(Outcome::Failure, false).to_line()).unwrap();
        file.write_all(&end(Outcome::Timeout, true).to_line()).unwrap();
        let torn = end(Outcome::Success, true).to_line();
        file.write_all(&torn[..30]).unwrap();
        assert_eq!((log.read(), log.ended, log.failed), (Some(Seconds::from_secs(11)), 1, 1));
        file.write_all(&torn[30..]).unwrap();
        log.read();
        assert_eq!((log.ended, log.failed), (2, 1));
    }
}
