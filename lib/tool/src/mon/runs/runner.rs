//! One running pgrun and its operations.

use super::follow::Log;
use super::mark::Mark;
use crate::mon::rates::{Span, rounded};
use crate::mon::tree::Tree;
use record::{OpUse, RunUse, Seconds};
use std::collections::HashMap;
use sys::proc::process::{ProcessReading, Processes};
use sys::proc::{ReadError, Root};

/// A child of the runner, by number and birth.
type Born = (u32, u64);

/// A child that has no mark yet may be about to become a command: it is looked at so often.
const LOOKS: u32 = 3;

/// An operation: its command, and what that has left behind.
struct Op {
    mark: Mark,
    trees: Vec<Tree>,
    last: OpUse,
}

/// A runner.
pub struct Runner {
    /// Its process.
    pub pid: u32,
    /// It has ended.
    pub gone: bool,
    start: u64,
    run: String,
    ops: Vec<Op>,
    /// Children that are known: those of operations, and how often others were looked at.
    known: HashMap<Born, u32>,
    log: Option<Log>,
    looked: u32,
    processes: Processes,
}

impl Runner {
    /// A runner that is there; `None` if it has gone meanwhile.
    pub fn new(proc: &Root, stat: &ProcessReading) -> Option<Self> {
        let mut runner = Runner {
            pid: stat.pid,
            gone: false,
            start: stat.start,
            run: String::new(),
            ops: Vec::new(),
            known: HashMap::new(),
            log: None,
            looked: 0,
            processes: Processes::default(),
        };
        // its name is known from its operations
        runner.find(proc).ok().filter(|there| *there)?;
        Some(runner)
    }

    /// For messages: `4711 (1f3a.1267)`.
    pub fn name(&self) -> String {
        if self.run.is_empty() {
            self.pid.to_string()
        } else {
            format!("{} ({})", self.pid, self.run)
        }
    }

    /// Whether this is its process, or its name in PG_RUN, which ends in its process in
    /// hexadecimal digits.
    pub fn is_called(&self, name: &str) -> bool {
        let own = name.rsplit('/').next().unwrap_or(name);
        let of_process =
            own.rsplit_once('.').and_then(|(_, pid)| u32::from_str_radix(pid, 16).ok());
        name.parse() == Ok(self.pid)
            || name == self.run
            || (self.run.is_empty() && of_process == Some(self.pid))
    }

    /// Finds new operations; false if the runner has gone.
    fn find(&mut self, proc: &Root) -> Result<bool, ReadError> {
        let stat = self.processes.stat(proc, self.pid)?;
        let Some(stat) = stat.filter(|stat| stat.start == self.start && !stat.is_zombie()) else {
            return Ok(false);
        };
        let mut children = Vec::new();
        self.processes.children(proc, &stat, &mut children)?;
        let mut now = HashMap::with_capacity(children.len());
        for pid in children {
            let Some(child) = self.processes.stat(proc, pid)? else { continue };
            let born = (pid, child.start);
            let looks = self.known.get(&born).copied().unwrap_or(0);
            let looks = if looks < LOOKS { self.look(proc, pid, looks)? } else { looks };
            now.insert(born, looks);
        }
        self.known = now;
        Ok(true)
    }

    /// Looks whose a child is; gives how often it was looked at.
    fn look(&mut self, proc: &Root, pid: u32, looks: u32) -> Result<u32, ReadError> {
        let mark = match self.processes.environment(proc, pid) {
            Ok(text) => text.and_then(Mark::of),
            // of another user: its use is seen all the same
            Err(error) if error.is_denied() => Some(Mark::default()),
            Err(error) => return Err(error),
        };
        // before its exec a child has the runner's own environment
        let Some(mark) = mark else { return Ok(looks + 1) };
        let Some(tree) = Tree::of_op(proc, pid)? else { return Ok(LOOKS) };
        if !mark.run.is_empty() {
            self.run.clone_from(&mark.run);
        }
        let same = |op: &&mut Op| op.mark == mark && mark != Mark::default();
        match self.ops.iter_mut().find(same) {
            Some(op) => op.trees.push(tree),
            None => {
                let last = OpUse {
                    run: mark.run.clone(),
                    id: mark.id.clone(),
                    seq: mark.seq,
                    slot: mark.slot,
                    attempt: mark.attempt,
                    pid,
                    ..OpUse::default()
                };
                self.ops.push(Op { mark, trees: vec![tree], last });
            }
        }
        Ok(LOOKS)
    }

    /// Reads the run and adds its operations; `None` if it has gone.
    ///
    /// # Errors
    /// The kernel's text was not understood.
    pub fn read(
        &mut self,
        proc: &Root,
        span: Option<Span>,
        ops: &mut Vec<OpUse>,
    ) -> Result<Option<RunUse>, ReadError> {
        self.gone = !self.find(proc)?;
        for op in &mut self.ops {
            op.read(proc, span)?;
        }
        let before = ops.len();
        ops.extend(self.ops.iter().map(|op| op.last.clone()));
        ops[before..].sort_by_key(|op| (op.slot, op.seq));
        self.ops.retain(|op| !op.last.ended);
        if self.log.is_none() && self.looked < LOOKS {
            self.log = Log::find(proc, self.pid);
            self.looked += 1;
        }
        let start_s = self.log.as_mut().and_then(Log::read);
        let log = self.log.as_ref();
        let share = |log: &Log| rounded(log.failed as f64 / log.ended as f64);
        Ok((!self.gone).then(|| RunUse {
            run: self.run.clone(),
            pid: self.pid,
            running: self.ops.len() as u64,
            ended: log.map(|log| log.ended),
            failed: log.map(|log| log.failed),
            failed_share: log.filter(|log| log.ended > 0).map(share),
            start_s,
        }))
    }
}

impl Op {
    /// Reads what it uses now. What had ended before this reading keeps its last figures.
    fn read(&mut self, proc: &Root, span: Option<Span>) -> Result<(), ReadError> {
        let mut sum = OpUse { cpu: None, ..self.last.clone() };
        (sum.user_s, sum.system_s) = (Seconds::ZERO, Seconds::ZERO);
        (sum.rss_bytes, sum.read_bytes, sum.write_bytes) = (0, 0, 0);
        (sum.processes, sum.threads) = (0, 0);
        for tree in &mut self.trees {
            let shown = tree.read(proc, span)?;
            sum.user_s += shown.user_s;
            sum.system_s += shown.system_s;
            sum.rss_bytes += shown.rss_bytes;
            sum.read_bytes += shown.read_bytes;
            sum.write_bytes += shown.write_bytes;
            sum.processes += shown.processes;
            sum.threads += shown.threads;
        }
        // an operation that began since the sample before used all that it has since then
        let used = |op: &OpUse| (op.user_s + op.system_s).as_micros().unsigned_abs();
        sum.cpu = span.map(|span| span.scaled((used(&sum), used(&self.last)), 1e-6));
        sum.ended = sum.processes == 0;
        self.last = sum;
        Ok(())
    }
}
