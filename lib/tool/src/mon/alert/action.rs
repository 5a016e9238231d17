//! Running the command of an alert: started and left alone, so that sampling goes on.

use record::{Alert, Record as _};
use std::cell::RefCell;
use std::collections::HashSet;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStrExt as _;
use std::rc::Rc;
use sys::spawn::{Argv, Spawn, Spawner};
use sys::wait::Child;

/// Children of ours that belong to no command that is watched.
pub type Strangers = Rc<RefCell<HashSet<u32>>>;

/// Starts the command.
pub struct Action {
    command: OsString,
    spawner: Spawner,
    strangers: Strangers,
}

impl Action {
    /// A command line for the shell.
    ///
    /// # Errors
    /// Out of memory.
    pub fn new(command: OsString, strangers: Strangers) -> io::Result<Self> {
        Ok(Action { command, spawner: Spawner::new()?, strangers })
    }

    /// Starts it with the alert in its environment and on its standard input. What it
    /// writes goes to standard error.
    ///
    /// # Errors
    /// It cannot be started; why.
    pub fn start(&mut self, alert: &Alert) -> Result<Child, String> {
        let words: [&[u8]; 3] = [b"sh", b"-c", self.command.as_bytes()];
        let argv = Argv::new(words).ok_or("the command holds a NUL byte")?;
        let entries = environment(alert);
        let env: Vec<_> = entries.iter().map(CString::as_c_str).collect();
        let input = sys::fd::memory_file(&alert.to_line()).map_err(|error| error.to_string())?;
        let fds = [(input.as_raw_fd(), 0), (2, 1), (2, 2)];
        let fds: Vec<_> = fds.into_iter().filter(|(ours, _)| sys::fd::is_open(*ours)).collect();
        let program = [c"/bin/sh".to_owned()];
        let spawn = Spawn {
            fds: &fds,
            // what the terminal sends us is not for it
            die_with_us: false,
            ..Spawn::of(&program, &argv, &env)
        };
        let child = self.spawner.spawn(&spawn).map_err(|error| error.to_string())?;
        self.strangers.borrow_mut().insert(child.pid);
        Ok(child)
    }

    /// How a command that has ended did; `None` for well.
    pub fn ended(&mut self, child: &Child) -> Option<String> {
        self.strangers.borrow_mut().remove(&child.pid);
        match child.wait() {
            Ok((ending, _)) if ending.shell_status() == 0 => None,
            Ok((ending, _)) => Some(format!("ended with status {}", ending.shell_status())),
            Err(error) => Some(format!("its end was not seen: {error}")),
        }
    }
}

/// Ours, and what the alert is.
fn environment(alert: &Alert) -> Vec<CString> {
    let ours = std::env::vars_os().map(|(name, value)| pair(name.as_bytes(), &value));
    let number = |value: f64| OsString::from(value.to_string());
    let own = [
        ("PG_ALERT", OsString::from(&alert.rule)),
        ("PG_ALERT_STATE", OsString::from(&alert.state)),
        ("PG_ALERT_FIGURE", OsString::from(&alert.figure)),
        ("PG_ALERT_VALUE", alert.value.map(number).unwrap_or_default()),
        ("PG_ALERT_THRESHOLD", number(alert.threshold)),
        ("PG_ALERT_SINCE", OsString::from(alert.since.to_string())),
    ];
    let own = own.iter().map(|(name, value)| pair(name.as_bytes(), value));
    // one that holds a NUL byte cannot be passed on, nor was it
    ours.chain(own).flatten().collect()
}

fn pair(name: &[u8], value: &OsStr) -> Option<CString> {
    CString::new([name, b"=", value.as_bytes()].concat()).ok()
}
