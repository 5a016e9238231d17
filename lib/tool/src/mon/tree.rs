//! A process tree or a cgroup: who belongs to it, and what they have now.

use super::account::{Account, Member, Used};
use super::alert::Strangers;
use super::kin::{Kin, Target};
use super::rates::{self, Span};
use record::{Seconds, Tree as Shown};
use std::collections::HashMap;
use std::path::Path;
use sys::proc::cgroup::{Cgroup, CgroupReading, Mounts};
use sys::proc::process::{ProcessReading, Processes};
use sys::proc::{ReadError, Root};

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
    kin: Kin,
    pss: Pss,
    account: Account,
    shown: Used,
    cgroup: Option<CgroupReading>,
    processes: Processes,
    /// Ticks since the machine came up.
    read_at: Option<u64>,
    end_noted: bool,
}

impl Tree {
    fn new(proc: &Root, target: Target, account: Account) -> Self {
        Tree {
            kin: Kin::new(proc, target),
            pss: Pss::Leave,
            account,
            shown: Used::default(),
            cgroup: None,
            processes: Processes::default(),
            read_at: None,
            end_noted: false,
        }
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
        Ok(Some(Tree::new(proc, target, Account::from_now())))
    }

    /// A process and everything that descends from it, all that it has used so far included;
    /// `None` if it has gone.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_op(proc: &Root, pid: u32) -> Result<Option<Self>, ReadError> {
        let stat = Processes::default().stat(proc, pid)?;
        let target = |stat: ProcessReading| Target::Process { pid, start: stat.start };
        Ok(stat.map(|stat| Tree::new(proc, target(stat), Account::from_zero())))
    }

    /// A command that process `of` (we) has just started, beside its other children.
    pub fn of_command(proc: &Root, (leader, of): (u32, u32), strangers: Strangers) -> Self {
        let target = Target::Children { leader, of, strangers };
        Tree::new(proc, target, Account::from_zero())
    }

    /// A cgroup; `None` if no hierarchy has it.
    pub fn of_cgroup(proc: &Root, mounts: &Mounts, path: &Path) -> Option<Self> {
        let cgroup = Box::new(Cgroup::find(mounts, path)?);
        let target = Target::Cgroup { path: path.to_path_buf(), cgroup };
        Some(Tree::new(proc, target, Account::from_now()))
    }

    /// The same, with or without proportional memory.
    pub fn with_pss(mut self, pss: Pss) -> Self {
        self.pss = pss;
        self
    }

    /// True when the process at the root has ended or the cgroup was removed.
    pub fn is_gone(&self) -> bool {
        self.kin.gone
    }

    /// For messages: `process 4711`, `cgroup /jobs`.
    pub fn name(&self) -> String {
        match &self.kin.target {
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
        let (leader, us) = match self.kin.target {
            Target::Children { leader, of, .. } => (leader, Some(of)),
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
        for stat in self.kin.find(proc, self.account.members())? {
            let past = known.get(&stat.pid).filter(|m| m.stat.start == stat.start);
            members.push(self.measure(proc, (stat, past), &mut rest)?);
        }
        self.account.update(members, since);
        rest.put(&mut shown, self.pss);
        self.put_totals(&mut shown, span);
        match &mut self.kin.target {
            Target::Process { pid, .. } | Target::Children { leader: pid, .. } => {
                shown.pid = Some(*pid);
            }
            Target::Cgroup { path, cgroup } => {
                shown.path = path.to_string_lossy().into_owned();
                let now = cgroup.read()?;
                self.kin.gone = now.is_none();
                shown.cgroup =
                    now.as_ref().map(|now| rates::cgroup(now, self.cgroup.as_ref(), span));
                self.cgroup = now;
            }
        }
        Ok(shown)
    }

    /// When the reading before was made: a process that is older and was no member
    /// then was moved into the cgroup, and brings use that does not count here.
    fn next_since(&mut self, proc: &Root) -> Result<Option<u64>, ReadError> {
        if !matches!(self.kin.target, Target::Cgroup { .. }) {
            return Ok(None);
        }
        let now = self.processes.uptime(proc)?;
        Ok(std::mem::replace(&mut self.read_at, now))
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
            rest.running += u64::from(stat.state == b'R');
            rest.blocked += u64::from(stat.state == b'D');
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
        shown.minor_faults = Some(now.minor_faults);
        shown.vanished = self.account.vanished();
        if now.read_calls + now.write_calls > 0 {
            shown.read_chars = Some(now.read_chars);
            shown.write_chars = Some(now.write_chars);
            shown.read_calls = Some(now.read_calls);
            shown.write_calls = Some(now.write_calls);
        }
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

/// Levels summed over members.
#[derive(Debug, Default)]
struct Rest {
    page_bytes: u64,
    processes: u64,
    threads: u64,
    running: u64,
    blocked: u64,
    rss_bytes: u64,
    pss_bytes: u64,
    fds: u64,
    unreadable: u64,
}

impl Rest {
    fn put(&self, shown: &mut Shown, pss: Pss) {
        shown.processes = self.processes;
        shown.threads = self.threads;
        shown.running = Some(self.running);
        shown.blocked = Some(self.blocked);
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
