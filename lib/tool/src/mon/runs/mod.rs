//! `--run`: running pgruns, and what each of their operations uses.
//!
//! A run is found by its process, an operation by its tree: its command is a child of the
//! runner, and so is an orphan that the command has left. Whose they are stands in their
//! environment (`PG_RUN`, `PG_ID`, `PG_SLOT` ...), which is read once for each child.

mod follow;
mod mark;
mod runner;

#[cfg(test)]
mod tests;

use super::rates::Span;
use crate::fail::Fail;
use record::{OpUse, RunUse, status};
use runner::Runner;
use std::collections::BTreeSet;
use sys::proc::pids::Pids;
use sys::proc::process::Processes;
use sys::proc::{ReadError, Root};

/// Names by which pgrun is started; the links have those of the programs they stand for.
const NAMES: [&[u8]; 4] = [b"pgrun", b"parallel", b"sem", b"xargs"];

/// The runs that are watched.
pub struct Runs {
    runners: Vec<Runner>,
    /// Processes that were looked at already; `None` where only those that were named are watched.
    seen: Option<BTreeSet<u32>>,
    pids: Pids,
    processes: Processes,
}

impl Runs {
    /// The runs that were named by process or by PG_RUN; without a name all there are, and
    /// those that begin later.
    ///
    /// # Errors
    /// There is no such run; which there are.
    pub fn find(proc: &Root, named: &[String]) -> Result<Self, Fail> {
        let mut runs = Runs {
            runners: Vec::new(),
            seen: Some(BTreeSet::new()),
            pids: Pids::default(),
            processes: Processes::default(),
        };
        let broken = |error: ReadError| super::sampler::unreadable(&error);
        runs.look(proc).map_err(broken)?;
        if named.is_empty() {
            return Ok(runs);
        }
        runs.seen = None;
        let mut all = std::mem::take(&mut runs.runners);
        for name in named {
            let Some(at) = all.iter().position(|runner| runner.is_called(name)) else {
                all.append(&mut runs.runners);
                return Err(no_run(name, &all));
            };
            runs.runners.push(all.swap_remove(at));
        }
        Ok(runs)
    }

    /// The runners, for trees of them.
    pub fn runners(&self) -> impl Iterator<Item = u32> {
        self.runners.iter().map(|runner| runner.pid)
    }

    /// Looks for runs among processes that were not there before.
    fn look(&mut self, proc: &Root) -> Result<(), ReadError> {
        let Some(seen) = &mut self.seen else { return Ok(()) };
        let mut now = BTreeSet::new();
        self.pids.each(proc, |pid| now.extend([pid]))?;
        for pid in now.difference(seen) {
            let Some(stat) = self.processes.stat(proc, *pid)? else { continue };
            if NAMES.contains(&stat.comm.bytes()) && !stat.is_zombie() && is_pgrun(proc, *pid) {
                self.runners.extend(Runner::new(proc, &stat));
            }
        }
        *seen = now;
        Ok(())
    }

    /// Reads all runs and their operations.
    ///
    /// # Errors
    /// The kernel's text was not understood.
    pub fn read(
        &mut self,
        proc: &Root,
        span: Option<Span>,
    ) -> Result<(Vec<RunUse>, Vec<OpUse>), ReadError> {
        self.look(proc)?;
        let (mut runs, mut ops) = (Vec::new(), Vec::new());
        for runner in &mut self.runners {
            runs.extend(runner.read(proc, span, &mut ops)?);
        }
        self.runners.retain(|runner| !runner.gone);
        Ok((runs, ops))
    }
}

/// Whether a process has our program, whatever it was called by.
fn is_pgrun(proc: &Root, pid: u32) -> bool {
    let program = std::fs::read_link(proc.path().join(format!("{pid}/exe")));
    program.is_ok_and(|path| {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        // a program that was replaced while it runs
        name.is_some_and(|name| name.trim_end_matches(" (deleted)") == "pgrun")
    })
}

fn no_run(name: &str, all: &[Runner]) -> Fail {
    let names: Vec<String> = all.iter().map(Runner::name).collect();
    let there = match names.as_slice() {
        [] => "no pgrun is running that may be seen".to_string(),
        names => format!("running are {}", names.join(", ")),
    };
    Fail::new(status::OWN, format!("--run {name}: there is no such run; {there}"))
}
