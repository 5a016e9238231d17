//! Taking a run up again: which jobs its job log has, and how they ended.

use super::kept::Again;
use crate::fail::Fail;
use crate::joblog::HEADER;
use crate::run::settings::Resume;
use record::status;
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::Path;

/// Numbers of jobs, in ranges: a log has few gaps, whatever its length.
#[derive(Debug, Default)]
struct Seqs {
    /// From the first to the last, by the first.
    ranges: BTreeMap<u64, u64>,
}

impl Seqs {
    fn add(&mut self, seq: u64) {
        if self.has(seq) {
            return;
        }
        let last = self.ranges.remove(&seq.saturating_add(1)).unwrap_or(seq);
        match self.ranges.range_mut(..seq).next_back() {
            Some((_, before)) if *before + 1 == seq => *before = last,
            _ => {
                self.ranges.insert(seq, last);
            }
        }
    }

    fn has(&self, seq: u64) -> bool {
        self.ranges.range(..=seq).next_back().is_some_and(|(_, last)| seq <= *last)
    }
}

/// What stood in the job log before this run.
#[derive(Debug, Default)]
pub struct Before {
    done: Seqs,
    /// Whole lines end here; what follows was cut off.
    whole: u64,
    /// The last whole line has no newline.
    unended: bool,
    /// There was a job log.
    read: bool,
    /// Jobs whose results are there are done.
    pub by_results: bool,
    /// Jobs that are not run for that, or for their arguments.
    pub left_out: u64,
    /// What is to be said about it.
    pub note: Option<String>,
    /// What a log that is kept has instead.
    pub again: Option<Again>,
}

/// Failed jobs of a job log: commands by number.
pub type Failed = BTreeMap<u64, Vec<u8>>;

/// One line.
struct Entry<'a> {
    seq: u64,
    ended_well: bool,
    command: &'a [u8],
}

fn parse(line: &[u8]) -> Option<Entry<'_>> {
    let columns: Vec<&[u8]> = line.splitn(9, |byte| *byte == b'\t').collect();
    let number = |text: &[u8]| std::str::from_utf8(text).ok()?.trim().parse::<i64>().ok();
    let [seq, _, _, _, _, _, exit, signal, command] = columns.as_slice() else { return None };
    let (exit, signal) = (number(exit)?, number(signal)?);
    let seq = u64::try_from(number(seq)?).ok()?;
    Some(Entry { seq, ended_well: (exit, signal) == (0, 0), command })
}

impl Before {
    /// Jobs whose results are there are done.
    pub fn of_results() -> Self {
        Before { by_results: true, ..Before::default() }
    }

    /// Reads a job log; `None` where there is none yet.
    ///
    /// # Errors
    /// It cannot be read, or is no job log.
    pub fn read(path: &Path, which: Resume) -> Result<Option<Self>, Fail> {
        let mut before = Before::default();
        let found = before.each_line(path, |done, entry| {
            if which == Resume::All || entry.ended_well {
                done.add(entry.seq);
            }
        })?;
        before.read = found;
        Ok(found.then_some(before))
    }

    /// There was a job log, which is gone on with.
    pub fn was_read(&self) -> bool {
        self.read
    }

    /// The job need not be run.
    pub fn has(&self, seq: u64) -> bool {
        self.done.has(seq)
    }

    /// Opens the log to go on in it, behind its last whole line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn go_on(&self, path: &Path) -> io::Result<File> {
        let mut file = OpenOptions::new().append(true).open(path)?;
        // not so for what is no file, such as a FIFO
        if file.metadata()?.is_file() {
            file.set_len(self.whole)?;
        }
        if self.whole == 0 {
            file.write_all(HEADER)?;
        }
        if self.unended {
            file.write_all(b"\n")?;
        }
        Ok(file)
    }

    /// Reads line by line; false where there is no file.
    fn each_line(
        &mut self,
        path: &Path,
        mut take: impl FnMut(&mut Seqs, Entry<'_>),
    ) -> Result<bool, Fail> {
        let name = path.display();
        let wrong = |e: &io::Error| Fail::io(status::LOST, format!("--joblog {name}"), e);
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(wrong(&error)),
        };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        for number in 1u64.. {
            line.clear();
            let count = reader.read_until(b'\n', &mut line).map_err(|e| wrong(&e))?;
            if count == 0 {
                break;
            }
            let ended = line.pop_if(|byte| *byte == b'\n').is_some();
            match parse(&line) {
                Some(entry) => take(&mut self.done, entry),
                None if number == 1 && line.starts_with(b"Seq\t") && ended => {}
                None if !ended => {
                    self.note = Some(format!(
                        "{name}:{number}: the line is cut off; its job counts as not run"
                    ));
                    break;
                }
                None => {
                    let what = format!(
                        "{name}:{number}: no line of a job log (Seq, Host, Starttime, ..., \
                         Command, with tabs between); name another file, or remove it"
                    );
                    return Err(Fail::new(status::LOST, what));
                }
            }
            self.whole += count as u64;
            self.unended = !ended;
        }
        Ok(true)
    }
}

/// The failed jobs of a log, those that ended well another time left out; `None`
/// where there is no log.
///
/// # Errors
/// It cannot be read, is no job log, or its last command is cut off.
pub fn failed_before(path: &Path) -> Result<Option<(Before, Failed)>, Fail> {
    let mut before = Before::default();
    let mut failed = Failed::new();
    let found = before.each_line(path, |done, entry| {
        if entry.ended_well {
            done.add(entry.seq);
        } else {
            let newline = |byte: &u8| if *byte == 0 { b'\n' } else { *byte };
            failed.insert(entry.seq, entry.command.iter().map(newline).collect());
        }
    })?;
    if !found {
        return Ok(None);
    }
    if before.unended || before.note.is_some() {
        let name = path.display();
        let what = format!(
            "{name}: the last line is cut off, and with it perhaps a command; \
             complete it with a newline, or remove it"
        );
        return Err(Fail::new(status::LOST, what));
    }
    failed.retain(|seq, _| !before.done.has(*seq));
    // its jobs are not looked for again: only the failed ones are there
    before = Before { read: true, whole: before.whole, ..Before::default() };
    Ok(Some((before, failed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, which: Resume) -> Result<Option<Before>, Fail> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        std::fs::write(&path, text).unwrap();
        Before::read(&path, which)
    }

    fn line(seq: u64, exit: i32, signal: i32) -> String {
        format!("{seq}\t:\t1.0\t     0.0\t0\t2\t{exit}\t{signal}\techo {seq}\n")
    }

    #[test]
    fn ranges_grow_and_meet() {
        let mut seqs = Seqs::default();
        for seq in [5, 7, 6, 1, 1, 3, 2, u64::MAX] {
            seqs.add(seq);
        }
        let want = BTreeMap::from([(1, 3), (5, 7), (u64::MAX, u64::MAX)]);
        assert_eq!(seqs.ranges, want);
        assert!(seqs.has(2) && !seqs.has(4) && !seqs.has(8) && !seqs.has(0));
    }

    #[test]
    fn which_jobs_are_left_out() {
        let head = String::from_utf8(HEADER.to_vec()).unwrap();
        let text = head + &line(1, 0, 0) + &line(2, 3, 0) + &line(3, 0, 9) + &line(2, -1, 15);
        let has = |which| {
            let before = read(&text, which).unwrap().unwrap();
            (1..=4).filter(|seq| before.has(*seq)).collect::<Vec<_>>()
        };
        assert_eq!(has(Resume::All), [1, 2, 3]);
        assert_eq!(has(Resume::Succeeded), [1]);
    }

    #[test]
    fn a_line_that_was_cut_off_is_no_job() {
        for cut in ["3", "3\t:\t1.0\t     0.0\t0\t2", "3\t:\t1.0\t     0.0\t0\t2\t0\t0"] {
            let before = read(&(line(1, 0, 0) + cut), Resume::All).unwrap().unwrap();
            assert!(before.has(1) && !before.has(3), "{cut}");
            assert!(before.note.is_some_and(|note| note.contains(":2: the line is cut off")));
            assert_eq!(before.whole, line(1, 0, 0).len() as u64);
        }
        // only its newline is missing
        let before = read(line(1, 0, 0).trim_end(), Resume::All).unwrap().unwrap();
        assert!(before.has(1) && before.unended && before.note.is_none());
    }

    #[test]
    fn what_is_no_job_log_is_refused() {
        for text in ["garbage\n", "1 2\n", "Seq\tHost\nx\ty\n"] {
            assert!(read(text, Resume::All).is_err(), "{text}");
        }
        assert!(read("", Resume::All).unwrap().is_some());
        let none = Before::read(Path::new("/nonexistent/log"), Resume::All).unwrap();
        assert!(none.is_none());
    }
}
