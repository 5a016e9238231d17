//! Processes that a run has left behind, found by what it wrote down of them. A process id
//! alone says nothing: it may be another's by now.

use crate::proc::process::{ProcessReading, parse_stat};
use crate::{check, fd};
use std::io;
use std::os::fd::{AsRawFd as _, FromRawFd as _, OwnedFd, RawFd};
use std::time::{Duration, Instant};

/// Which start of the machine this is; empty where the kernel does not say.
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id")
        .map(|id| id.trim_end().to_string())
        .unwrap_or_default()
}

/// What is known of a command that was started and not seen to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Process id of its leader, also that of its group.
    pub pid: u32,
    /// When the leader began, in ticks since the machine came up.
    pub born: u64,
    /// Entries of its environment, of which each process of it has all; a longer value of
    /// the first that goes on with `/` counts, too: it is that of a run inside of the run.
    pub marks: [String; 2],
}

/// A process that is left of one.
#[derive(Debug)]
pub struct Orphan {
    /// Of which trace.
    pub trace: usize,
    /// Its process id.
    pub pid: u32,
    pidfd: OwnedFd,
}

impl Orphan {
    /// Sends it a signal; that it has ended is no error.
    pub fn signal(&self, number: i32) {
        // SAFETY: plain system call on our descriptor; no siginfo is given.
        unsafe {
            libc::syscall(
                libc::SYS_pidfd_send_signal,
                self.pidfd.as_raw_fd(),
                number,
                std::ptr::null::<libc::siginfo_t>(),
                0,
            );
        }
    }

    /// Waits for its end, at most until then; true where it has ended.
    pub fn has_ended_by(&self, until: Option<Instant>) -> bool {
        fd::is_readable_by(&self.pidfd, until)
    }
}

/// Waits until all have ended, at most for that long.
pub fn wait_for(orphans: &[Orphan], most: Option<Duration>) {
    let until = most.map(|most| Instant::now() + most);
    for orphan in orphans {
        if !orphan.has_ended_by(until) {
            return;
        }
    }
}

/// A process as one look at `/proc` has it.
struct Seen {
    process: ProcessReading,
    environment: Vec<u8>,
}

/// Who is left of these commands: their leaders, who is in a leader's group, and who bears
/// their marks.
///
/// # Errors
/// There is no `/proc`.
pub fn find(traces: &[Trace]) -> io::Result<Vec<Orphan>> {
    let own = std::process::id();
    let seen: Vec<Seen> = look()?.into_iter().filter(|seen| seen.process.pid != own).collect();
    // as long as its leader is in the table, even dead, a group is the leader's
    let leads = |seen: &Seen, trace: &Trace| {
        trace.born > 0 && seen.process.pid == trace.pid && seen.process.start == trace.born
    };
    let led: Vec<bool> =
        traces.iter().map(|trace| seen.iter().any(|seen| leads(seen, trace))).collect();
    let of = |seen: &Seen| {
        let in_group = |at: &usize| led[*at] && seen.process.group == traces[*at].pid;
        let bears = |at: &usize| bears_marks(&seen.environment, &traces[*at].marks);
        (0..traces.len()).find(|at| leads(seen, &traces[*at]) || in_group(at) || bears(at))
    };
    let alive = seen.iter().filter(|seen| !seen.process.is_zombie());
    Ok(alive.filter_map(|seen| hold(&seen.process, of(seen)?)).collect())
}

fn look() -> io::Result<Vec<Seen>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir("/proc")?.flatten() {
        let name = entry.file_name();
        if !name.as_encoded_bytes().iter().all(u8::is_ascii_digit) {
            continue;
        }
        let stat = std::fs::read(entry.path().join("stat")).unwrap_or_default();
        if let Some(process) = parse_stat(&stat) {
            // of somebody else's it cannot be read
            let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
            all.push(Seen { process, environment });
        }
    }
    Ok(all)
}

fn bears_marks(environment: &[u8], [run, other]: &[String; 2]) -> bool {
    let mut entries = environment.split(|byte| *byte == 0);
    let Some(rest) = entries.find_map(|entry| entry.strip_prefix(run.as_bytes())) else {
        return false;
    };
    let has_other = || environment.split(|byte| *byte == 0).any(|entry| entry == other.as_bytes());
    rest.starts_with(b"/") || rest.is_empty() && has_other()
}

/// Takes hold of a process, unless its number is another's meanwhile.
fn hold(process: &ProcessReading, trace: usize) -> Option<Orphan> {
    // SAFETY: plain system call; the new descriptor belongs to nobody else.
    let pidfd = unsafe {
        let fd = check(libc::syscall(libc::SYS_pidfd_open, process.pid, 0)).ok()?;
        OwnedFd::from_raw_fd(fd as RawFd)
    };
    let now = std::fs::read(format!("/proc/{}/stat", process.pid)).ok()?;
    let same = parse_stat(&now).is_some_and(|now| now.start == process.start);
    same.then_some(Orphan { trace, pid: process.pid, pidfd })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_whole_entries() {
        let marks = ["PG_RUN=a.1".to_string(), "PG_SEQ=3".to_string()];
        for (environment, bears) in [
            (&b"X=1\0PG_RUN=a.1\0PG_SEQ=3\0"[..], true),
            (b"PG_SEQ=3\0PG_RUN=a.1\0", true),
            (b"PG_RUN=a.1\0PG_SEQ=31\0", false),
            (b"PG_RUN=a.12\0PG_SEQ=3\0", false),
            (b"PG_RUN=a.1/b.2\0PG_SEQ=9\0", true),
            (b"PG_SEQ=3\0", false),
            (b"", false),
        ] {
            assert_eq!(bears_marks(environment, &marks), bears, "{environment:?}");
        }
    }

    #[test]
    fn who_is_left_is_found_and_ended() {
        let _turn = crate::one_test_at_a_time();
        let mut child = std::process::Command::new("sleep")
            .arg("1000")
            .env("PG_TRACE", "x.1")
            .env("PG_TRACE_SEQ", "2")
            .spawn()
            .unwrap();
        let marks = |seq: u32| ["PG_TRACE=x.1".to_string(), format!("PG_TRACE_SEQ={seq}")];
        let pid = child.id();
        let trace = |born, seq| Trace { pid, born, marks: marks(seq) };
        let stat = std::fs::read(format!("/proc/{}/stat", child.id())).unwrap();
        let born = parse_stat(&stat).unwrap().start;
        // the number alone is nobody
        assert!(find(&[trace(born + 1, 9)]).unwrap().is_empty());
        let by_mark = find(&[trace(born + 1, 9), trace(0, 2)]).unwrap();
        assert_eq!((by_mark.len(), by_mark[0].trace, by_mark[0].pid), (1, 1, child.id()));
        // its group is ours, which is not led by it
        assert!(!by_mark[0].has_ended_by(Some(Instant::now())));
        by_mark[0].signal(9);
        wait_for(&by_mark, None);
        child.wait().unwrap();
        assert!(find(&[trace(born, 2)]).unwrap().is_empty());
    }
}
