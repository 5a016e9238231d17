//! `--show-config`: every value that is in force, and who said it.

use super::{Layered, Source, arg_of};
use crate::fail::Fail;
use crate::print::{Out, aligned, shown};
use crate::run::settings::cpus;
use clap::{Arg, ArgAction, Command};
use record::status;
use std::os::unix::ffi::OsStrExt as _;

/// Prints them, in the order of the help.
///
/// # Errors
/// Standard output takes no more.
pub fn print(layered: &Layered, command: &Command) -> Result<u8, Fail> {
    let mut out = Out::new(status::LOST);
    out.bytes(aligned(&rows(layered, command)).as_bytes())?;
    out.finish()?;
    Ok(status::OK)
}

fn rows(layered: &Layered, command: &Command) -> Vec<String> {
    let mut rows = Vec::new();
    for arg in command.get_arguments() {
        let Some(long) = arg.get_long().filter(|_| is_setting(arg)) else { continue };
        let mut said: Vec<&(Source, _)> = layered
            .options
            .iter()
            .filter(|(_, word)| arg_of(word, command).is_some_and(|of| of.get_id() == arg.get_id()))
            .collect();
        // of those that do not add up the last one holds
        if !matches!(arg.get_action(), ArgAction::Append) {
            said = said.split_off(said.len().saturating_sub(1));
        }
        for (source, word) in said {
            let value = word.as_bytes().splitn(2, |byte| *byte == b'=').nth(1);
            let value = String::from_utf8_lossy(value.unwrap_or(b"yes"));
            rows.push(format!("{long}\t{}\t{source}", shown(&value)));
        }
        let is_said = rows.last().is_some_and(|row| row.starts_with(&format!("{long}\t")));
        match default_of(arg) {
            Some(value) if !is_said => rows.push(format!("{long}\t{value}\tdefault")),
            _ => {}
        }
    }
    rows
}

/// It says how something is run, not what is printed instead of running anything.
fn is_setting(arg: &Arg) -> bool {
    let name = arg.get_id().as_str();
    let asks = name.starts_with("show_config") || name == "help" || name == "version";
    !asks && !arg.is_positional()
}

/// What holds where nobody says anything.
fn default_of(arg: &Arg) -> Option<String> {
    if arg.get_id() == "jobs" {
        return Some(format!("{} (the CPUs)", cpus()));
    }
    let values = arg.get_default_values();
    let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
    let first = values.first().filter(|_| takes)?;
    Some(first.to_string_lossy().into_owned())
}
