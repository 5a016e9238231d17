//! What surrounds the commands: the run's name, the environment, the shell.

use super::drive::Runner;
use super::launch::Overrides;
use super::settings::Settings;
use super::setup::Opened;
use super::start::Start;
use super::tokens;
use engine::Key;
use record::Seconds;
use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;
use sys::clock::Clock;

/// Tells a command its slot, from 0, unless `--process-slot-var` names another variable.
const SLOT_FROM_0: &str = "PARALLEL_JOBSLOT0";

pub fn base_environment(settings: &Settings, run_id: &str, flags: Option<&[u8]>) -> Vec<CString> {
    if settings.xargs.is_some() {
        return own_environment(settings);
    }
    // what an attempt adds itself must not stand here, too
    const OURS: [&[u8]; 10] = [
        b"PG_RUN",
        b"PG_ID",
        b"PG_SEQ",
        b"PG_SLOT",
        b"PG_MODE",
        b"PG_ATTEMPT",
        b"PG_LOCK_TOKEN",
        b"PARALLEL_PID",
        b"PARALLEL_SEQ",
        b"PARALLEL_JOBSLOT",
    ];
    let given: Vec<&[u8]> =
        settings.place.env.iter().filter_map(|e| e.split(|byte| *byte == b'=').next()).collect();
    let mut env: Vec<CString> = std::env::vars_os()
        .filter(|(name, _)| !OURS.contains(&name.as_bytes()) && !given.contains(&name.as_bytes()))
        .filter(|(name, _)| !names_output(name.as_bytes()))
        .filter(|(name, _)| flags.is_none() || tokens::VARIABLES.iter().all(|other| name != other))
        .filter_map(|(name, value)| {
            CString::new([name.into_vec(), b"=".to_vec(), value.into_vec()].concat()).ok()
        })
        .collect();
    if let Some(flags) = flags.filter(|_| !given.contains(&&b"MAKEFLAGS"[..])) {
        env.extend(CString::new([b"MAKEFLAGS=", flags].concat()));
    }
    env.extend(settings.place.env.iter().filter_map(|entry| CString::new(entry.clone()).ok()));
    env.extend(CString::new(format!("PG_RUN={run_id}")));
    env.extend(CString::new(format!("PARALLEL_PID={}", std::process::id())));
    env
}

impl Runner {
    /// What is added to an attempt's environment may stand in the run's, too: ours do
    /// only where somebody gave them.
    pub fn overrides(&self, key: Key) -> Overrides {
        let op = self.job(key).and_then(|job| job.op.as_ref());
        if self.settings.place.env.is_empty() && op.is_none_or(|op| op.env.is_empty()) {
            Overrides::Nothing
        } else {
            Overrides::Perhaps
        }
    }

    /// What is added to the environment of one attempt.
    pub fn environment(&self, start: Start, token: Option<u64>) -> Vec<CString> {
        if let Some(xargs) = &self.settings.xargs {
            return xargs.slot_entry(start.slot).into_iter().collect();
        }
        let Some(job) = self.job(start.key) else { return Vec::new() };
        let mut env = Vec::with_capacity(8);
        self.add_slot(start.slot, &mut env);
        let mut add = |entry: Vec<u8>| env.extend(CString::new(entry));
        add(format!("PG_ID={}", job.id).into_bytes());
        add(format!("PG_SEQ={}", job.seq).into_bytes());
        add(format!("PG_ATTEMPT={}", start.number).into_bytes());
        add(format!("PARALLEL_SEQ={}", job.seq).into_bytes());
        if !job.mode().is_empty() {
            add(format!("PG_MODE={}", job.mode()).into_bytes());
        }
        if let Some(token) = token {
            add(format!("PG_LOCK_TOKEN={token}").into_bytes());
        }
        for (name, value) in job.op.iter().flat_map(|op| &op.env) {
            add([name.as_bytes(), b"=", value].concat());
        }
        env
    }

    /// Where a command runs, in the words of its environment.
    pub fn add_slot(&self, slot: u32, env: &mut Vec<CString>) {
        let variable = self.settings.place.process_slot_var.as_deref().unwrap_or(SLOT_FROM_0);
        env.extend(CString::new(format!("PG_SLOT={slot}")));
        env.extend(CString::new(format!("PARALLEL_JOBSLOT={slot}")));
        env.extend(CString::new(format!("{variable}={}", slot.saturating_sub(1))));
    }
}

/// `PG_OUT`, `PG_OUT2`: those of the run we are part of are not ours.
fn names_output(name: &[u8]) -> bool {
    name.strip_prefix(b"PG_OUT").is_some_and(|rest| rest.iter().all(u8::is_ascii_digit))
}

/// Ours as it is, but for the variable that names the place.
fn own_environment(settings: &Settings) -> Vec<CString> {
    let slot_var = settings.xargs.as_ref().and_then(|xargs| xargs.slot_var.as_deref());
    std::env::vars_os()
        .filter(|(name, _)| Some(name.as_bytes()) != slot_var)
        .filter_map(|(name, value)| {
            CString::new([name.into_vec(), b"=".to_vec(), value.into_vec()].concat()).ok()
        })
        .collect()
}

/// Name of this run: short, and unlike those of other runs; below that of the
/// run we are part of.
pub fn run_id(clock: &Clock) -> String {
    let micros = clock.wall(Seconds::ZERO).as_micros() as u64;
    let own = format!("{:x}.{:x}", micros / 1000 % 0x1_0000_0000, std::process::id());
    match std::env::var("PG_RUN") {
        Ok(parent) if !parent.is_empty() => format!("{parent}/{own}"),
        _ => own,
    }
}

/// The shell for commands that need one: that of the caller in lines mode.
pub fn shell(settings: &Settings, input: &Opened) -> CString {
    let of_lines = !input.operations && settings.xargs.is_none();
    let chosen = settings.place.shell.clone().or_else(|| of_lines.then(calling_shell).flatten());
    chosen
        .and_then(|path| CString::new(path.into_os_string().into_vec()).ok())
        .unwrap_or_else(|| CString::from(c"/bin/sh"))
}

/// PARALLEL_SHELL, else our parent if it is a shell. A shell that has become us for its
/// last command is no parent any more: then the user's own, or bash if it has left
/// functions, which no other shell exports.
fn calling_shell() -> Option<PathBuf> {
    const SHELLS: [&str; 8] = ["sh", "bash", "dash", "zsh", "ksh", "mksh", "ash", "busybox"];
    let is_shell = |path: &PathBuf| {
        path.file_name().and_then(OsStr::to_str).is_some_and(|name| SHELLS.contains(&name))
    };
    if let Some(shell) = std::env::var_os("PARALLEL_SHELL").filter(|shell| !shell.is_empty()) {
        return Some(shell.into());
    }
    let parent = std::os::unix::process::parent_id();
    let parent = std::fs::read_link(format!("/proc/{parent}/exe")).ok().filter(is_shell);
    let own = || std::env::var_os("SHELL").map(PathBuf::from).filter(is_shell);
    let functions = || {
        let is_function = |name: OsString| name.as_bytes().starts_with(b"BASH_FUNC_");
        std::env::vars_os().any(|(name, _)| is_function(name)).then(|| PathBuf::from("/bin/bash"))
    };
    parent.or_else(functions).or_else(own)
}
