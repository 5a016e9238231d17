//! The kernel tells when tasks stand still for want of memory, where it can: then the machine
//! is looked at, at once, and need not be looked at so often without.

use crate::run::drive::Runner;
use engine::{GateRules, Input};
use std::path::Path;
use sys::poller::{Poller, Want};
use sys::stalls::Stalls;

/// In the poller.
pub const TOKEN_STALLS: usize = 1 << 43;

/// It tells when tasks stood still for this long,
const STOOD_MICROS: u32 = 150_000;

/// in a time as long as this. Who has no privileges may ask for times of two seconds.
const WINDOWS_MICROS: [u32; 2] = [1_000_000, 2_000_000];

/// The kernel's word, while it is held.
#[derive(Debug)]
pub struct Trigger {
    _stalls: Stalls,
}

impl Trigger {
    /// Asks the kernel, where rules look at what runs; `None` where it does not tell.
    pub fn ask(rules: &GateRules, proc: &Path, poller: &Poller) -> Option<Self> {
        let looks = rules.memory.is_some() || rules.most_memory.is_some() || rules.own.is_some();
        if !looks {
            return None;
        }
        let path = proc.join("pressure/memory");
        let asked = |window| Stalls::ask(&path, STOOD_MICROS, window).ok();
        let stalls = WINDOWS_MICROS.into_iter().find_map(asked)?;
        poller.add(&stalls, TOKEN_STALLS, Want::Word).ok()?;
        Some(Trigger { _stalls: stalls })
    }
}

impl Runner {
    /// Tasks stand still for want of memory.
    pub fn memory_is_short(&mut self) {
        let machine = self.oversight.machine.look_beside(self.guard.pid());
        self.engine.handle(self.clock.now(), Input::Machine(machine));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, File};
    use std::io::Read as _;

    /// What is asked of a kernel whose file of stalls is a pipe.
    fn asked(rules: &GateRules) -> (bool, String) {
        let dir = tempfile::TempDir::new().unwrap();
        let poller = Poller::new().unwrap();
        assert!(Trigger::ask(rules, dir.path(), &poller).is_none(), "there is no such file");
        let path = dir.path().join("pressure/memory");
        fs::create_dir(dir.path().join("pressure")).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let mut pipe = File::options().read(true).write(true).open(&path).unwrap();
        let trigger = Trigger::ask(rules, dir.path(), &poller);
        std::io::Write::write_all(&mut pipe, b"end").unwrap();
        let mut text = Vec::new();
        while !text.ends_with(b"end") {
            let mut some = [0; 64];
            let n = pipe.read(&mut some).unwrap();
            text.extend(&some[..n]);
        }
        (trigger.is_some(), String::from_utf8(text).unwrap())
    }

    #[test]
    fn only_who_looks_at_memory_asks_to_be_told() {
        let rules = GateRules { memory: Some(1), ..GateRules::default() };
        assert_eq!(asked(&rules), (true, "some 150000 1000000\0end".to_string()));
        let most = GateRules { most_memory: Some(0.5), ..GateRules::default() };
        assert!(asked(&most).0);
        let load = GateRules { load: Some(1.0), no_swapping: true, ..GateRules::default() };
        assert_eq!(asked(&load), (false, "end".to_string()));
    }
}
