//! `pgstat locks`: how each lock was held, waited for and handed on.

use super::args::{Length, Logs};
use super::rows::Rows;
use super::table::{cell, percent, secs};
use super::{read, remark};
use crate::fail::Fail;
use crate::flags::Form;
use crate::print::aligned;
use record::{LockStory, status};
use stat::Intake;

/// Its flags.
#[derive(Clone, Debug, clap::Args)]
pub struct LocksArgs {
    /// What is read.
    #[command(flatten)]
    pub logs: Logs,
    /// Length of the list.
    #[command(flatten)]
    pub length: Length,
    /// Output form.
    #[command(flatten)]
    pub form: Form,
}

/// The verb.
///
/// # Errors
/// Nothing was read that could have locks, or the output cannot be written.
pub fn run(args: &LocksArgs) -> Result<u8, Fail> {
    let LocksArgs { logs, length, form } = args;
    let taken = read::all(&logs.files, Intake::new(length.rows));
    remark(&taken.account);
    if taken.account.told.is_empty() && taken.status == status::OK {
        let what =
            "no run and no lock in the input; give what pgrun --events or pglock --events wrote";
        return Err(Fail::new(status::BAD_INPUT, what));
    }
    let of_run = |told: &stat::Told| {
        let run = told.report.run.clone();
        let named = move |story: &LockStory| LockStory { run: run.clone(), ..story.clone() };
        told.facts.stories.iter().map(named).collect::<Vec<LockStory>>()
    };
    let all: Vec<LockStory> = taken.account.told.iter().flat_map(of_run).collect();
    Rows { form: *form, rows: &all, text: &table(&all) }.print()?;
    Ok(taken.status)
}

fn table(all: &[LockStory]) -> String {
    if all.is_empty() {
        return "no locks\n".to_string();
    }
    let mut lines = vec![
        "  waited\twaits\tlongest wait\tqueue\ttakes\t    held\t  median\t     p95\t longest\tof wall\tlock"
            .to_string(),
    ];
    lines.extend(all.iter().map(|lock| {
        let share = lock.busy_share.map_or_else(|| "    -".to_string(), percent);
        format!(
            "{}\t{:>5}\t{}\t{:>5}\t{:>5}\t{}\t{}\t{}\t{}\t{share}\t{}",
            secs(lock.waited_s),
            lock.waits,
            secs(lock.longest_wait_s),
            lock.queue_max,
            lock.takes,
            secs(lock.held_s),
            secs(lock.held_p50_s),
            secs(lock.held_p95_s),
            secs(lock.held_max_s),
            cell(&lock.name)
        )
    }));
    let mut text = aligned(&lines);
    all.iter().flat_map(remarks).for_each(|line| {
        text.push_str(&line);
        text.push('\n');
    });
    text
}

/// What is worth a sentence.
fn remarks(lock: &LockStory) -> Vec<String> {
    let name = cell(&lock.name);
    let mut lines = Vec::new();
    if lock.waits > 0 {
        let behind = match lock.longest_behind.as_str() {
            "" => String::new(),
            who => format!(" for {}", cell(who)),
        };
        let who = cell(&lock.longest_waiter);
        lines.push(format!(
            "{name}: {who} waited longest, {}{behind}; {} held it longest, {}",
            secs(lock.longest_wait_s).trim(),
            cell(&lock.longest_holder),
            secs(lock.held_max_s).trim()
        ));
    }
    if lock.convoy {
        lines.push(format!(
            "{name}: a convoy: it went from hand to hand while others waited; hold it for less"
        ));
    }
    if !lock.circle.is_empty() {
        let circle: Vec<String> = lock.circle.iter().map(|who| cell(who)).collect();
        lines.push(format!(
            "{name}: looks like a deadlock: {} wait for each other",
            circle.join(", ")
        ));
    } else if lock.unfinished > 0 {
        lines.push(format!(
            "{name}: {} waited to the end of the log and did not get it",
            lock.unfinished
        ));
    }
    lines
}
