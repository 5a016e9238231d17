//! `--show-limits`: what bounds a run here, and what each rule makes of it.

use super::measured::{Measured, files};
use crate::fail::Fail;
use crate::print::{Out, aligned, bytes, number};
use crate::run::args::ShowArg;
use crate::run::settings::cpus;
use engine::{Formula, WorkClass};
use record::{Limits, Record as _, status};

/// The formula that is shown as an example.
const FORMULA: &str = "min(2*cpu, mem/512M, net/50M)";

/// Prints them.
///
/// # Errors
/// Standard output takes no more.
pub fn print(form: ShowArg) -> Result<u8, Fail> {
    let limits = limits(&Measured::default());
    let mut out = Out::new(status::LOST);
    match form {
        ShowArg::Json => out.bytes(&limits.to_line())?,
        ShowArg::Text => out.bytes(aligned(&rows(&limits)).as_bytes())?,
    }
    out.finish()?;
    Ok(status::OK)
}

fn limits(measured: &Measured) -> Limits {
    let machine = measured.machine();
    let load = measured.load();
    let factor = load.factor();
    let mut jobs: std::collections::BTreeMap<String, u32> = WorkClass::ALL
        .into_iter()
        .map(|class| (class.word().to_string(), class.slots(cpus(), factor)))
        .collect();
    let formula = Formula::parse(FORMULA).ok();
    let worth = formula.and_then(|formula| formula.worth(|name| measured.of(name)).ok());
    jobs.extend(worth.map(|worth| ("formula".to_string(), worth.slots)));
    jobs.insert("default".to_string(), cpus());
    Limits {
        cpu: cpus(),
        cpu_machine: online(),
        memory_free_bytes: measured.memory_free(),
        memory_bytes: machine.total,
        memory_limit_bytes: machine.group.map(|(_, limit)| limit),
        network_mbit: measured.network_mbit(),
        files: files(),
        processes: measured.processes(),
        load: machine.load,
        cpu_busy: load.cpu,
        memory_used: load.memory,
        load_factor: factor,
        jobs,
        ..Limits::default()
    }
}

fn online() -> Option<u32> {
    let machine = sys::proc::Root::open(std::path::Path::new("/proc")).ok()?;
    let file = machine.source("stat").ok().flatten()?;
    let mut buffer = Vec::new();
    let text = file.read(&mut buffer).ok()?;
    Some(sys::proc::cpu::parse_stat(text, file.path()).ok()?.cpus)
}

fn rows(limits: &Limits) -> Vec<String> {
    let unknown = || "not known".to_string();
    let size = |amount: Option<u64>| amount.map_or_else(unknown, bytes);
    let count = |amount: Option<u64>| amount.map_or_else(unknown, |amount| amount.to_string());
    let percent = |share: Option<f64>| {
        share.map_or_else(unknown, |share| format!("{} %", number((share * 1000.0).round() / 10.0)))
    };
    let of_machine = limits.cpu_machine.map_or(String::new(), |all| format!("\tof {all}"));
    let group = limits.memory_limit_bytes;
    let group = group.map_or(String::new(), |limit| format!(", control group {}", bytes(limit)));
    let network = limits.network_mbit.map_or_else(unknown, |mbit| format!("{mbit} Mbit/s"));
    let mut rows = vec![
        format!("CPUs\t{}{of_machine}", limits.cpu),
        format!(
            "memory\t{}\tfree of {}{group}",
            size(limits.memory_free_bytes),
            size(limits.memory_bytes)
        ),
        format!("network\t{network}"),
        format!("open files\t{}\tfor a process", count(limits.files)),
        format!(
            "processes\t{}\tmore",
            limits.processes.map_or("any number".into(), |n| n.to_string())
        ),
        format!(
            "load\t{}\tof the CPUs, {} of the memory in use: factor {}",
            percent(limits.cpu_busy),
            percent(limits.memory_used),
            number(limits.load_factor)
        ),
    ];
    let slots = |word: &str| limits.jobs.get(word).map_or_else(unknown, u32::to_string);
    for class in WorkClass::ALL {
        let word = class.word();
        let per_cpu = number(class.per_cpu());
        rows.push(format!("-j {word}\t{}\t{per_cpu} for a CPU, times the factor", slots(word)));
    }
    rows.push(format!("-j '{FORMULA}'\t{}", slots("formula")));
    rows.push(format!("without -j\t{}\tthe CPUs", slots("default")));
    rows
}
