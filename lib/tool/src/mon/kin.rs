//! Who belongs to a tree: its members now, found by the kernel's lists of
//! children, by looking for parents, or by a cgroup's list.

use super::account::Member;
use super::alert::Strangers;
use std::collections::HashSet;
use std::path::PathBuf;
use sys::proc::cgroup::Cgroup;
use sys::proc::pids::Pids;
use sys::proc::process::{ProcessReading, Processes};
use sys::proc::{ReadError, Root};

/// What is watched.
#[derive(Debug)]
pub enum Target {
    /// A process that was there before us; its start tells it from a later one.
    Process {
        /// Its number.
        pid: u32,
        /// Ticks after the machine came up.
        start: u64,
    },
    /// Our own children: a command of ours and the orphans that came to us.
    Children {
        /// The command.
        leader: u32,
        /// We.
        of: u32,
        /// Our other children.
        strangers: Strangers,
    },
    /// A cgroup, as it was named.
    Cgroup {
        /// Its path as it was named.
        path: PathBuf,
        /// Its reader.
        cgroup: Box<Cgroup>,
    },
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

/// Finds the members of a tree.
#[derive(Debug)]
pub struct Kin {
    /// What is watched.
    pub target: Target,
    /// The root process has ended, or the cgroup was removed.
    pub gone: bool,
    follow: Follow,
    processes: Processes,
    pids: Pids,
}

impl Kin {
    /// Finds how the members of a target can be found.
    pub fn new(proc: &Root, target: Target) -> Self {
        let mut processes = Processes::default();
        let follow = match &target {
            Target::Cgroup { .. } => Follow::Nobody,
            Target::Process { pid, .. } | Target::Children { of: pid, .. } => {
                let lists = processes.lists_children(proc, *pid);
                if lists { Follow::Lists } else { Follow::Parents }
            }
        };
        Kin { target, gone: false, follow, processes, pids: Pids::default() }
    }

    /// The stats of all members, parents before children: what a child leaves to
    /// its parent must not be read twice.
    ///
    /// # Errors
    /// The kernel's text was not understood.
    pub fn find(
        &mut self,
        proc: &Root,
        known: &[Member],
    ) -> Result<Vec<ProcessReading>, ReadError> {
        let mut found = Found::default();
        if self.follow != Follow::Nobody {
            // once a member, always a member, whoever the parent is now
            for Member { stat, .. } in known {
                self.add(proc, (stat.pid, Some(stat.start)), &mut found)?;
            }
        }
        let mut pids = Vec::new();
        match &mut self.target {
            Target::Process { pid, start } => {
                let (pid, start) = (*pid, *start);
                self.add(proc, (pid, Some(start)), &mut found)?;
                let root = found.stats.iter().find(|stat| stat.pid == pid);
                self.gone = root.is_none_or(ProcessReading::is_zombie);
            }
            Target::Children { leader, of, strangers } => {
                pids.push(*leader);
                if let Some(us) = self.processes.stat(proc, *of)? {
                    self.processes.children(proc, &us, &mut pids)?;
                }
                pids.retain(|pid| !strangers.borrow().contains(pid));
            }
            Target::Cgroup { cgroup, .. } => {
                cgroup.processes(&mut pids)?;
                // a parent mostly has a smaller number than its children
                pids.sort_unstable();
            }
        }
        for pid in pids {
            self.add(proc, (pid, None), &mut found)?;
        }
        match self.follow {
            Follow::Nobody => {}
            Follow::Lists => self.follow_lists(proc, &mut found)?,
            Follow::Parents => self.follow_parents(proc, &mut found)?,
        }
        Ok(found.stats)
    }

    /// Adds a process that is there and, where its start is known, is still the same.
    fn add(
        &mut self,
        proc: &Root,
        (pid, start): (u32, Option<u64>),
        found: &mut Found,
    ) -> Result<(), ReadError> {
        if !found.pids.contains(&pid)
            && let Some(stat) = self.processes.stat(proc, pid)?
            && start.is_none_or(|start| start == stat.start)
        {
            found.add(stat);
        }
        Ok(())
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
                self.add(proc, (*child, None), found)?;
            }
        }
        Ok(())
    }

    fn follow_parents(&mut self, proc: &Root, found: &mut Found) -> Result<(), ReadError> {
        let mut all = Vec::new();
        self.pids.each(proc, |pid| all.push(pid))?;
        if let Target::Children { of, strangers, .. } = &self.target {
            found.pids.insert(*of);
            all.retain(|pid| !strangers.borrow().contains(pid));
        }
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
