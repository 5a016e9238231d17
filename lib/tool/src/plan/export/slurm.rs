//! A shell script that submits each operation by sbatch(1), after what it needs.

use super::lacks::{Lacks, lock_asks};
use super::script::Lines;
use super::{Ask, Export, Job, script};
use crate::run::shell::{Place, quote};
use record::Amount;

/// The script.
pub fn text(export: &Export<'_>, lacks: &mut Lacks) -> Vec<u8> {
    if export.limits.slots.is_some() {
        lacks.add_to_plan("the number of slots is the cluster's affair");
    }
    let mut out = b"#!/bin/sh
# Made by pgplan. Run it by sh(1): it submits each operation by sbatch(1), after what it needs,
# and prints the number of its job, a tab, and its id.
set -u

submit() {
    id=$1
    shift
    job=$(sbatch --parsable --kill-on-invalid-dep=yes --comment=\"$id\" \"$@\") || exit
    job=${job%%;*}
    printf '%s\\t%s\\n' \"$job\" \"$id\"
}
"
    .to_vec();
    for &number in &export.order {
        let job = export.job(number);
        out.push(b'\n');
        match job.cmd() {
            None => {
                let behind: Vec<String> =
                    job.needs.iter().map(|n| format!("$j{}", n.job)).collect();
                out.extend(format!("j{number}=\"{}\"\n", behind.join(":")).bytes());
            }
            Some(_) => submit(&mut out, export, job, number),
        }
        if job.cmd().is_some() {
            note(job, lacks);
        }
    }
    out
}

fn submit(out: &mut Vec<u8>, export: &Export<'_>, job: &Job<'_>, number: u32) {
    let asks = lock_asks(&job.op);
    // jobs of one name run one at a time with --dependency=singleton, on whatever node
    let single = asks.iter().find(|ask| is_single(ask));
    let name = single.map_or_else(|| job.name.clone(), |ask| format!("lock-{}", ask.name));
    let mut options = vec![format!("--job-name={name}")];
    let after = dependencies(export, job, single);
    for (resource, amount) in &job.op.resources {
        options.extend(option_of(resource, *amount));
    }
    if let Some(timeout) = job.op.timeout {
        // whole minutes; the command's own timeout is exact
        let minutes = (timeout.as_micros().max(0) as u64).div_ceil(60_000_000) + 1;
        options.push(format!("--time={minutes}"));
    }
    let mut line = [b"submit ", &quote(job.op.id.as_bytes(), Place::Bare)[..]].concat();
    for option in options {
        line.extend([b" ", &quote(option.as_bytes(), Place::Bare)[..]].concat());
    }
    line.extend(after.bytes());
    let script = script(job, Lines::Many, &[]);
    let end = delimiter(&script);
    out.extend([&line[..], format!(" <<'{end}'\n#!/bin/sh\n").as_bytes(), &script].concat());
    out.extend(format!("\n{end}\nj{number}=$job\n").bytes());
}

/// `--dependency`, with the numbers of jobs as variables of the script; barriers without anything
/// before them leave no trace.
fn dependencies(export: &Export<'_>, job: &Job<'_>, single: Option<&Ask>) -> String {
    let mut parts = Vec::new();
    for (word, weak) in [("afterok", false), ("afterany", true)] {
        let these = job.needs.iter().filter(|need| need.weak == weak && leads(export, need.job));
        let jobs: Vec<String> = these.map(|need| format!("$j{}", need.job)).collect();
        if !jobs.is_empty() {
            parts.push(format!("{word}:{}", jobs.join(":")));
        }
    }
    if single.is_some() {
        parts.push("singleton".to_string());
    }
    if parts.is_empty() { String::new() } else { format!(" --dependency=\"{}\"", parts.join(",")) }
}

/// True where there is a job behind a need.
fn leads(export: &Export<'_>, number: u32) -> bool {
    let job = export.job(number);
    job.cmd().is_some() || !export.dissolved(job).is_empty()
}

fn is_single(ask: &Ask) -> bool {
    !ask.shared && ask.slots == ask.take
}

/// What sbatch(1) has an option for.
fn option_of(resource: &str, amount: Amount) -> Option<String> {
    let units = amount.as_millis().div_ceil(1000);
    match resource {
        "cpu" | "cpus" => Some(format!("--cpus-per-task={}", units.max(1))),
        "memory" | "mem" => Some(format!("--mem={}M", units.div_ceil(1 << 20).max(1))),
        "gpu" | "gpus" => Some(format!("--gres=gpu:{units}")),
        _ => None,
    }
}

fn note(job: &Job<'_>, lacks: &mut Lacks) {
    if lock_asks(&job.op).iter().filter(|ask| is_single(ask)).count() > 1 {
        lacks.add("one lock alone holds over the nodes: the first", &job.op);
    }
    if lock_asks(&job.op).iter().any(|ask| !is_single(ask)) {
        lacks.add("no locks that are shared or have slots", &job.op);
    }
    if job.op.resources.iter().any(|(name, amount)| option_of(name, *amount).is_none()) {
        lacks.add("no resources but cpus, memory and gpus", &job.op);
    }
}

/// A line that ends a here-document and is not in it.
fn delimiter(script: &[u8]) -> String {
    let lines: Vec<&[u8]> = script.split(|b| *b == b'\n').collect();
    let mut end = "END".to_string();
    while lines.contains(&end.as_bytes()) {
        end.push('_');
    }
    end
}
