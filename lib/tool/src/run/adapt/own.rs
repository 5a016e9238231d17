//! What the commands that run do at this moment.

use crate::run::attempt::Attempt;
use engine::adapt::{Does, Own};
use std::path::Path;
use sys::proc::Root;
use sys::proc::process::{ProcessReading, Processes};

/// So many processes of one command are looked at.
const PROCESSES: usize = 16;

/// So many commands are looked at.
const COMMANDS: usize = 256;

/// Reads the states of processes.
#[derive(Debug, Default)]
pub struct OwnDesk {
    root: Option<Root>,
    processes: Processes,
    found: Vec<u32>,
}

fn does(process: &ProcessReading) -> Does {
    match process.state {
        b'R' => Does::Run,
        b'D' => Does::Disk,
        _ => Does::Sleep,
    }
}

impl OwnDesk {
    /// Looks at each command and those that it has started.
    pub fn look<'a>(&mut self, attempts: impl Iterator<Item = &'a Attempt>) -> Own {
        let mut own = Own::default();
        let running = attempts.filter(|attempt| attempt.exited.is_none());
        for attempt in running.take(COMMANDS) {
            match self.of_command(attempt.child.pid) {
                Some(Does::Run) => own.busy += 1,
                Some(Does::Disk) => own.disk += 1,
                Some(Does::Sleep) => own.asleep += 1,
                None => {}
            }
        }
        own
    }

    /// What a command does, with all that it has started; `None` where nobody is left.
    pub fn of_command(&mut self, leader: u32) -> Option<Does> {
        if self.root.is_none() {
            self.root = Root::open(Path::new("/proc")).ok();
        }
        let OwnDesk { root, processes, found } = self;
        let root = root.as_ref()?;
        found.clear();
        found.push(leader);
        let mut most = None;
        let mut at = 0;
        while let Some(pid) = found.get(at).copied().filter(|_| at < PROCESSES) {
            at += 1;
            let Ok(Some(process)) = processes.stat(root, pid) else { continue };
            if process.is_zombie() {
                continue;
            }
            most = most.max(Some(does(&process)));
            if most == Some(Does::Run) {
                break;
            }
            // without the list the leader stands for all
            let _ = processes.children(root, &process, found);
        }
        most
    }
}
