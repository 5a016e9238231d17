//! All processes of the machine, for `--top`: two readings are joined in the
//! order of process numbers, so nothing is looked up or allocated per process.

use super::args::By;
use super::rates::Span;
use record::{Process, Processes as Counts, Seconds};
use sys::proc::pids::Pids;
use sys::proc::process::{ProcessReading, Processes};
use sys::proc::{ReadError, Root};

/// CPU ticks of one process at the reading before.
#[derive(Clone, Copy, Debug)]
struct Past {
    pid: u32,
    start: u64,
    ticks: u64,
}

/// One process now, with the ticks since the reading before; `None` where it is new.
#[derive(Clone, Copy, Debug)]
struct Entry {
    stat: ProcessReading,
    ticks: Option<u64>,
}

/// Reads every process.
#[derive(Debug)]
pub struct Everyone {
    processes: Processes,
    pids: Pids,
    before: Vec<Past>,
    now: Vec<Entry>,
    most: usize,
    by: By,
    ticks_per_second: u64,
    page_bytes: u64,
}

impl Everyone {
    /// The `most` busiest; 0: all of them.
    pub fn new(most: usize, by: By) -> Self {
        Everyone {
            processes: Processes::default(),
            pids: Pids::default(),
            before: Vec::new(),
            now: Vec::new(),
            most: if most == 0 { usize::MAX } else { most },
            by,
            ticks_per_second: sys::proc::ticks_per_second(),
            page_bytes: sys::proc::page_bytes(),
        }
    }

    /// Reads them all; adds the counts.
    ///
    /// # Errors
    /// The kernel's text was not understood.
    pub fn read(&mut self, proc: &Root, counts: &mut Counts) -> Result<(), ReadError> {
        self.now.clear();
        let (processes, now) = (&mut self.processes, &mut self.now);
        let mut failed = None;
        self.pids.each(proc, |pid| match processes.stat(proc, pid) {
            Ok(Some(stat)) => now.push(Entry { stat, ticks: None }),
            Ok(None) => {}
            // a system that hides other users' processes
            Err(error) if error.is_denied() => {}
            Err(error) => failed = Some(error),
        })?;
        if let Some(error) = failed {
            return Err(error);
        }
        if !now.is_sorted_by_key(|entry| entry.stat.pid) {
            now.sort_unstable_by_key(|entry| entry.stat.pid);
        }
        self.join();
        counts.count = self.now.len() as u64;
        counts.zombies = Some(self.now.iter().filter(|e| e.stat.is_zombie()).count() as u64);
        Ok(())
    }

    /// Sets the ticks of those that were there before, and remembers this reading.
    fn join(&mut self) {
        let mut past = self.before.iter().peekable();
        for entry in &mut self.now {
            let stat = &entry.stat;
            while past.next_if(|one| one.pid < stat.pid).is_some() {}
            let same = past.next_if(|one| one.pid == stat.pid && one.start == stat.start);
            entry.ticks = same.map(|one| (stat.user + stat.system).saturating_sub(one.ticks));
        }
        self.before.clear();
        self.before.extend(self.now.iter().map(|Entry { stat, .. }| Past {
            pid: stat.pid,
            start: stat.start,
            ticks: stat.user + stat.system,
        }));
    }

    /// The busiest of the last reading, busiest first.
    pub fn top(&mut self, span: Option<Span>) -> Vec<Process> {
        let by = self.by;
        let rank = |entry: &Entry| {
            let (cpu, rss) = (entry.ticks.unwrap_or(0), entry.stat.rss_pages);
            let (first, second) = if by == By::Cpu { (cpu, rss) } else { (rss, cpu) };
            (std::cmp::Reverse((first, second)), entry.stat.pid)
        };
        let most = self.most.min(self.now.len());
        if most < self.now.len() {
            self.now.select_nth_unstable_by_key(most, rank);
        }
        self.now[..most].sort_unstable_by_key(rank);
        let micros = 1_000_000 / self.ticks_per_second;
        let secs = |ticks: u64| Seconds::from_micros((ticks * micros) as i64);
        let shown = |Entry { stat, ticks }: &Entry| Process {
            pid: stat.pid,
            ppid: stat.ppid,
            name: String::from_utf8_lossy(stat.comm.bytes()).into_owned(),
            state: char::from(stat.state).to_string(),
            cpu: ticks.zip(span).map(|(ticks, span)| span.scaled((ticks, 0), micros as f64 / 1e6)),
            user_s: secs(stat.user),
            system_s: secs(stat.system),
            rss_bytes: stat.rss_pages * self.page_bytes,
            threads: stat.threads,
        };
        self.now[..most].iter().map(shown).collect()
    }
}
