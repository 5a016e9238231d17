//! A process tree or a cgroup: who belongs to it, and what they have now.

use super::account::{Account, Member, Used};
use super::rates::{self, Span};
use record::{Seconds, Tree as Shown};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use sys::proc::cgroup::{self, Cgroup, CgroupReading, Mounts};
use sys::proc::pids::Pids;
use sys::proc::process::{ProcessReading, Processes};
use sys::proc::{ReadError, Root};

/// What is watched.
#[derive(Debug)]
enum Target {
    /// A process that was there before us; its start tells it from a later one.
    Process { pid: u32, start: u64 },
    /// Our own children: a command of ours and the orphans that came to us.
    Children { leader: u32, of: u32 },
    /// A cgroup, as it was named.
    Cgroup { path: PathBuf, cgroup: Box<Cgroup> },
}

/// How children are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Follow {
    /// The kernel lists them.
    Lists,
    /// By looking for the parent of every process.
    Parents,
    /// Not at all: the cgroup lists everybody.
    Nobody,
}

/// Whether to read proportional memory, which is expensive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pss {
    /// Read it.
    Read,
    /// Leave it out.
    Leave,
}

/// One tree that is watched.
#[derive(Debug)]
pub struct Tree {
    target: Target,
    follow: Follow,
    pss: Pss,
    account: Account,
    shown: Used,
    cgroup: Option<CgroupReading>,
    processes: Processes,
    pids: Pids,
    /// Ticks since the machine came up.
    read_at: Option<u64>,
    gone: bool,
    end_noted: bool,
}

impl Tree {
    fn new(target: Target, account: Account) -> Self {
        Tree {
            target,
            follow: Follow::Nobody,
            pss: Pss::Leave,
            account,
            shown: Used::default(),
            cgroup: None,
            processes: Processes::default(),
            pids: Pids::default(),
            read_at: None,
            gone: false,
            end_noted: false,
        }
    }

    fn following(mut self, proc: &Root, pid: u32) -> Self {
        let lists = self.processes.lists_children(proc, pid);
        self.follow = if lists { Follow::Lists } else { Follow::Parents };
        self
    }

    /// A process and everything that descends from it; `None` if it is not there.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_process(proc: &Root, pid: u32) -> Result<Option<Self>, ReadError> {
        let Some(stat) = Processes::default().stat(proc, pid)? else { return Ok(None) };
        if stat.is_zombie() {
            return Ok(None);
        }
        let target = Target::Process { pid, start: stat.start };
        Ok(Some(Tree::new(target, Account::from_now()).following(proc, pid)))
    }

    /// A command that process `of` (we) has just started.
    pub fn of_command(proc: &Root, leader: u32, of: u32) -> Self {
        let target = Target::Children { leader, of };
        Tree::new(target, Account::from_zero()).following(proc, of)
    }

    /// A cgroup; `None` if no hierarchy has it.
    pub fn of_cgroup(mounts: &Mounts, path: &Path) -> Option<Self> {
        let cgroup = Box::new(Cgroup::find(mounts, path)?);
        Some(Tree::new(Target::Cgroup { path: path.to_path_buf(), cgroup }, Account::from_now()))
    }

    /// The same, with or without proportional memory.
    pub fn with_pss(mut self, pss: Pss) -> Self {
        self.pss = pss;
        self
    }

    /// True when the process at the root has ended or the cgroup was removed.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// For messages: `process 4711`, `cgroup /jobs`.
    pub fn name(&self) -> String {
        match &self.target {
            Target::Process { pid, .. } => format!("process {pid}"),
            Target::Children { leader, .. } => format!("process {leader}"),
            Target::Cgroup { path, .. } => format!("cgroup {}", path.display()),
        }
    }

    /// True at the first call, so that its end is told once.
    pub fn note_end(&mut self) -> bool {
        !std::mem::replace(&mut self.end_noted, true)
    }

    /// User and system time of one member of the last reading, of it and of those it waited for.
    pub fn times_of(&self, pid: u32) -> Option<(Seconds, Seconds)> {
        let member = self.account.members().iter().find(|m| m.stat.pid == pid)?;
        let used = member.used();
        Some((seconds(used.user), seconds(used.system)))
    }

    /// Members of the last reading that have ended, are not the command itself, and are
    /// ours to take out of the process table.
    pub fn ended_orphans(&self) -> impl Iterator<Item = u32> {
        let (leader, us) = match self.target {
            Target::Children { leader, of } => (leader, Some(of)),
            _ => (0, None),
        };
        let members = self.account.members().iter().map(|member| member.stat);
        members
            .filter(move |s| s.is_zombie() && Some(s.ppid) == us && s.pid != leader)
            .map(|stat| stat.pid)
    }

    /// Reads all members.
    ///
    /// # Errors
    /// The kernel's text was not understood. What has gone, or may not be read, is no error.
    pub fn read(&mut self, proc: &Root, span: Option<Span>) -> Result<Shown, ReadError> {
        let mut shown = Shown::default();
        let mut members = Vec::new();
        let mut rest = Rest { page_bytes: sys::proc::page_bytes(), ..Rest::default() };
        let known: HashMap<u32, Member> =
            self.account.members().iter().map(|m| (m.stat.pid, *m)).collect();
        let since = self.next_since(proc)?;
        for stat in self.find(proc)? {
            let past = known.get(&stat.pid).filter(|m| m.stat.start == stat.start);
            members.push(self.measure(proc, (stat, past), &mut rest)?);
        }
        self.account.update(members, since);
        rest.put(&mut shown, self.pss);
        self.put_totals(&mut shown, span);
        match &mut self.target {
            Target::Process { pid, .. } | Target::Children { leader: pid, .. } => {
                shown.pid = Some(*pid);
            }
            Target::Cgroup { path, cgroup } => {
                shown.path = path.to_string_lossy().into_owned();
                let now = cgroup.read()?;
                self.gone = now.is_none();
                shown.cgroup = now.as_ref().map(|now| kernel_counts(now, &self.cgroup, span));
                self.cgroup = now;
            }
        }
        Ok(shown)
    }

    /// When the reading before was made: a process that is older and was no member
    /// then was moved into the cgroup, and brings use that does not count here.
    fn next_since(&mut self, proc: &Root) -> Result<Option<u64>, ReadError> {
        if !matches!(self.target, Target::Cgroup { .. }) {
            return Ok(None);
        }
        let now = self.processes.uptime(proc)?;
        Ok(std::mem::replace(&mut self.read_at, now))
    }

    /// The stats of all members, parents before children: what a child leaves to
    /// its parent must not be read twice.
    fn find(&mut self, proc: &Root) -> Result<Vec<ProcessReading>, ReadError> {
        let mut found = Found::default();
        for member in self.account.members() {
            if let Some(stat) = self.processes.stat(proc, member.stat.pid)?
                && stat.start == member.stat.start
            {
                found.add(stat);
            }
        }
        for pid in self.seeds(proc)? {
            if !found.pids.contains(&pid)
                && let Some(stat) = self.processes.stat(proc, pid)?
            {
                found.add(stat);
            }
        }
        if let Target::Process { pid, start } = self.target {
            let root = found.stats.iter().find(|stat| stat.pid == pid);
            self.gone = !root.is_some_and(|stat| stat.start == start && !stat.is_zombie());
        }
        match self.follow {
            Follow::Nobody => {}
            Follow::Lists => self.follow_lists(proc, &mut found)?,
            Follow::Parents => self.follow_parents(proc, &mut found)?,
        }
        Ok(found.stats)
    }

    /// Where the search begins.
    fn seeds(&mut self, proc: &Root) -> Result<Vec<u32>, ReadError> {
        let mut pids = Vec::new();
        match &mut self.target {
            // the process was a member from the first reading on
            Target::Process { pid, .. } if !self.gone => pids.push(*pid),
            Target::Process { .. } => {}
            Target::Children { leader, of } => {
                pids.push(*leader);
                if let Some(us) = self.processes.stat(proc, *of)? {
                    self.processes.children(proc, &us, &mut pids)?;
                }
            }
            Target::Cgroup { cgroup, .. } => cgroup.processes(&mut pids)?,
        }
        Ok(pids)
    }

    fn follow_lists(&mut self, proc: &Root, found: &mut Found) -> Result<(), ReadError> {
        let mut children = Vec::new();
        let mut at = 0;
        while let Some(parent) = found.stats.get(at).copied() {
            at += 1;
            if parent.is_zombie() {
                continue;
            }
            children.clear();
            self.processes.children(proc, &parent, &mut children)?;
            for child in &children {
                if !found.pids.contains(child)
                    && let Some(stat) = self.processes.stat(proc, *child)?
                {
                    found.add(stat);
                }
            }
        }
        Ok(())
    }

    fn follow_parents(&mut self, proc: &Root, found: &mut Found) -> Result<(), ReadError> {
        if let Target::Children { of, .. } = self.target {
            found.pids.insert(of);
        }
        let mut all = Vec::new();
        self.pids.each(proc, |pid| all.push(pid))?;
        let mut others = Vec::with_capacity(all.len());
        for pid in all {
            if !found.pids.contains(&pid)
                && let Some(stat) = self.processes.stat(proc, pid)?
            {
                others.push(stat);
            }
        }
        // a child mostly has a greater number than its parent, so one round mostly does
        loop {
            let (ours, rest): (Vec<_>, Vec<_>) =
                others.into_iter().partition(|stat| found.pids.contains(&stat.ppid));
            if ours.is_empty() {
                return Ok(());
            }
            ours.into_iter().for_each(|stat| found.add(stat));
            others = rest;
        }
    }

    /// What only a member's own files tell.
    fn measure(
        &mut self,
        proc: &Root,
        (stat, past): (ProcessReading, Option<&Member>),
        rest: &mut Rest,
    ) -> Result<Member, ReadError> {
        let (pid, reader) = (stat.pid, &mut self.processes);
        let mut denied = false;
        let io = readable(reader.io(proc, pid), &mut denied)?;
        if !stat.is_zombie() {
            rest.processes += 1;
            rest.threads += stat.threads;
            rest.rss_bytes += stat.rss_pages * rest.page_bytes;
            rest.fds += readable(reader.descriptors(proc, pid), &mut denied)?.unwrap_or(0);
            if self.pss == Pss::Read {
                rest.pss_bytes += readable(reader.pss(proc, pid), &mut denied)?.unwrap_or(0);
            }
            rest.unreadable += u64::from(denied);
        }
        // what could be read once and now cannot has not been undone
        let io = io.or_else(|| past.map(|member| member.io));
        Ok(Member { stat, io: io.unwrap_or_default() })
    }

    fn put_totals(&mut self, shown: &mut Shown, span: Option<Span>) {
        let (now, before) = (self.account.total(), self.shown);
        shown.user_s = seconds(now.user);
        shown.system_s = seconds(now.system);
        shown.major_faults = now.major_faults;
        shown.read_bytes = now.read_bytes;
        shown.write_bytes = now.write_bytes;
        shown.vanished = self.account.vanished();
        if let Some(span) = span {
            let ticks = (now.user + now.system, before.user + before.system);
            shown.cpu = Some(span.scaled(ticks, 1.0 / sys::proc::ticks_per_second() as f64));
            shown.read_bytes_per_s = Some(span.rate(now.read_bytes, before.read_bytes));
            shown.write_bytes_per_s = Some(span.rate(now.write_bytes, before.write_bytes));
        }
        self.shown = now;
    }
}

fn seconds(ticks: u64) -> Seconds {
    let micros = ticks.saturating_mul(1_000_000 / sys::proc::ticks_per_second());
    Seconds::from_micros(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// Members found so far.
#[derive(Debug, Default)]
struct Found {
    stats: Vec<ProcessReading>,
    pids: HashSet<u32>,
}

impl Found {
    fn add(&mut self, stat: ProcessReading) {
        if self.pids.insert(stat.pid) {
            self.stats.push(stat);
        }
    }
}

/// Levels summed over members.
#[derive(Debug, Default)]
struct Rest {
    page_bytes: u64,
    processes: u64,
    threads: u64,
    rss_bytes: u64,
    pss_bytes: u64,
    fds: u64,
    unreadable: u64,
}

impl Rest {
    fn put(&self, shown: &mut Shown, pss: Pss) {
        shown.processes = self.processes;
        shown.threads = self.threads;
        shown.rss_bytes = self.rss_bytes;
        shown.pss_bytes = (pss == Pss::Read).then_some(self.pss_bytes);
        shown.fds = self.fds;
        shown.unreadable = self.unreadable;
    }
}

/// What may not be read is counted, not an error.
fn readable<T>(
    result: Result<Option<T>, ReadError>,
    denied: &mut bool,
) -> Result<Option<T>, ReadError> {
    match result {
        Err(error) if error.is_denied() => {
            *denied = true;
            Ok(None)
        }
        other => other,
    }
}

/// The kernel's own counters of a cgroup.
fn kernel_counts(
    now: &CgroupReading,
    before: &Option<CgroupReading>,
    span: Option<Span>,
) -> record::Cgroup {
    let secs = |micros: Option<u64>| {
        micros.map(|us| Seconds::from_micros(i64::try_from(us).unwrap_or(i64::MAX)))
    };
    let both = before.as_ref().zip(span);
    record::Cgroup {
        cpu: both
            .and_then(|(before, span)| Some(span.scaled((now.usage_us?, before.usage_us?), 1e-6))),
        usage_s: secs(now.usage_us),
        user_s: secs(now.user_us),
        system_s: secs(now.system_us),
        throttled_s: secs(now.throttled_us),
        cpu_limit: now.cpu_limit,
        memory_bytes: now.memory,
        memory_peak_bytes: now.memory_peak,
        memory_limit_bytes: now.memory_limit,
        swap_bytes: now.swap,
        tasks: now.tasks,
        read_bytes: now.read_bytes,
        write_bytes: now.write_bytes,
        pressure: both
            .map(|(before, span)| {
                let readings = (now.pressure.as_slice(), before.pressure.as_slice());
                rates::pressures(&cgroup::PRESSURES, readings, span)
            })
            .unwrap_or_default(),
    }
}
