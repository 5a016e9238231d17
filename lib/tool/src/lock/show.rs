//! `--list` and `--who`: records, or a table for people.

use crate::fail::Fail;
use crate::print::{Out, aligned};
use record::{Command, LockHolder, LockWaiter, Record as _, Seconds, status};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use sys::lock::{LockView, Standing, contains_us, is_stopped};

/// A command is cut after so many characters where it stands in a message.
const MAX_IN_MESSAGE: usize = 80;

/// In which form locks are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Records,
    Table,
}

/// Prints every lock that is held or waited for.
pub fn list(views: &[LockView], form: Form) -> Result<u8, Fail> {
    let mut out = Out::new(status::OWN);
    if form == Form::Records {
        views.iter().try_for_each(|view| records(&mut out, view))?;
    } else if !views.is_empty() {
        let mut rows = vec!["LOCK\tHELD\tPID\tSINCE\tWAITING\tCOMMAND".to_string()];
        for view in views {
            let waiting = view.waiters.len();
            let name = plain(&view.name.to_string());
            if view.holders.is_empty() {
                rows.push(format!("{name}\t{}\t-\t-\t{waiting}\t-", standing(view)));
            }
            rows.extend(view.holders.iter().map(|who| {
                let (how, pid) = (how(&who.mode, who.take, who.slots), who.pid);
                let (since, what) = (when(who.since), command(who.cmd.as_ref(), &who.id));
                let (left, state) = (stray(who), state(pid));
                format!("{name}\t{how}\t{pid}\t{since}\t{waiting}\t{what}{left}{state}")
            }));
        }
        out.bytes(aligned(&rows).as_bytes())?;
    }
    out.finish()?;
    Ok(status::OK)
}

/// Prints who holds one lock and who waits for it.
pub fn who(view: &LockView, form: Form) -> Result<u8, Fail> {
    let mut out = Out::new(status::OWN);
    if form == Form::Records {
        records(&mut out, view)?;
    } else {
        let mut rows = vec!["WHO\tHOW\tPID\tSINCE\tCOMMAND".to_string()];
        rows.extend(view.holders.iter().map(holder_row));
        if view.holders.is_empty() && view.standing != Standing::Free {
            rows.push(format!("holds\t{}\t-\t-\t(a process of another user)", standing(view)));
        }
        rows.extend(view.waiters.iter().map(waiter_row));
        if rows.len() == 1 {
            out.line(format!("{} is free", plain(&view.name.to_string())))?;
        } else {
            out.bytes(aligned(&rows).as_bytes())?;
        }
    }
    out.finish()?;
    Ok(status::OK)
}

fn records(out: &mut Out, view: &LockView) -> Result<(), Fail> {
    view.holders.iter().try_for_each(|who| out.bytes(&who.to_line()))?;
    view.waiters.iter().try_for_each(|who| out.bytes(&who.to_line()))
}

fn holder_row(who: &LockHolder) -> String {
    let (how, pid) = (how(&who.mode, who.take, who.slots), who.pid);
    let (since, what) = (when(who.since), command(who.cmd.as_ref(), &who.id));
    format!("holds\t{how}\t{pid}\t{since}\t{what}{}{}", stray(who), state(pid))
}

fn waiter_row(who: &LockWaiter) -> String {
    let (how, pid) = (how(&who.mode, who.take, who.slots), who.pid);
    let (since, what) = (when(who.since), command(who.cmd.as_ref(), &who.id));
    format!("waits\t{how}\t{pid}\t{since}\t{what}{}", state(pid))
}

/// One line about the holders of a lock, for who waits: `held by pid 7 (make)`.
pub fn holders(view: &LockView) -> String {
    let Some(first) = view.holders.first() else {
        return match view.standing {
            Standing::Free => "others wait before".to_string(),
            _ => "held by a process of another user".to_string(),
        };
    };
    let what = short(command(first.cmd.as_ref(), &first.id));
    let since = if first.since == Seconds::ZERO {
        String::new()
    } else {
        format!(" since {}", when(first.since))
    };
    let more = match view.holders.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let stopped = state(first.pid);
    let left = if first.stray {
        format!(
            ", left behind by a command that has ended; kill {} frees the lock, and \
             --close-on-exit would have",
            first.pid
        )
    } else {
        String::new()
    };
    // pglock NAME pglock NAME CMD
    let own = if contains_us(first.pid) { "; this pglock is a part of it" } else { "" };
    format!("held by pid {} ({what}){since}{stopped}{more}{left}{own}", first.pid)
}

/// For a process that is stopped; it keeps its locks.
fn state(pid: u32) -> &'static str {
    if is_stopped(pid) { ", which is stopped (state T)" } else { "" }
}

/// What a waiter is to run, for messages.
pub fn waiter_command(who: &LockWaiter) -> String {
    short(command(who.cmd.as_ref(), &who.id))
}

/// A process as messages name it: `pid 7 (sleep 99)`.
pub fn process(pid: u32) -> String {
    let what = sys::lock::command_of(pid);
    format!("pid {pid} ({})", short(command(what.as_ref(), "")))
}

fn standing(view: &LockView) -> &'static str {
    match view.standing {
        Standing::Free => "free",
        Standing::Exclusive => "exclusive",
        Standing::Shared => "shared",
    }
}

fn how(mode: &str, take: Option<u32>, slots: Option<u32>) -> String {
    match (take, slots) {
        (Some(take), Some(slots)) => format!("{take} of {slots} slots"),
        _ => mode.to_string(),
    }
}

fn when(since: Seconds) -> String {
    if since == Seconds::ZERO {
        return "-".to_string();
    }
    let micros = u64::try_from(since.as_micros()).unwrap_or(0);
    let time: SystemTime = UNIX_EPOCH + Duration::from_micros(micros);
    humantime::format_rfc3339_seconds(time).to_string()
}

fn command(what: Option<&Command>, id: &str) -> String {
    let text = match what {
        None => "?".to_string(),
        Some(Command::Shell(text)) => text.lossy().into_owned(),
        Some(command) => command.display(),
    };
    let text = plain(&text);
    if id.is_empty() { text } else { format!("{}: {text}", plain(id)) }
}

fn stray(who: &LockHolder) -> &'static str {
    if who.stray { " (left behind)" } else { "" }
}

/// One line, no control characters: what a stranger named must not move the cursor.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A command in the middle of a message.
fn short(text: String) -> String {
    match text.char_indices().nth(MAX_IN_MESSAGE) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
