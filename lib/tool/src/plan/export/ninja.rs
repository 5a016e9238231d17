//! A build.ninja: edges that are never up to date; pools keep waiting commands out of slots.

use super::lacks::{Lacks, asks};
use super::make::{LONGEST_WORD, dollars_doubled, ends};
use super::names::Names;
use super::{Ask, Export, Job, on_one_line, script_that_goes_on};
use std::collections::BTreeMap;

/// What every edge needs so that it runs each time.
pub const ALWAYS: &str = "pgplan-always";

/// The file.
pub fn text(export: &Export<'_>, lacks: &mut Lacks) -> Vec<u8> {
    let flags = match export.limits.slots {
        Some(jobs) => format!("-j{jobs} -k0"),
        None => "-k0".to_string(),
    };
    if export.limits.slots.is_some() {
        lacks.add_to_plan(format!("the number of slots is not in the file: run ninja {flags}"));
    }
    let pools = Pools::of(export);
    let mut out = format!(
        "# Made by pgplan. Run it by: ninja {flags} -f FILE\n\
         ninja_required_version = 1.5\n\n\
         rule run\n  command = $cmd\n  description = $id\n\n\
         build {ALWAYS}: phony\n"
    )
    .into_bytes();
    for (pool, depth) in pools.by_lock.values() {
        out.extend(format!("\npool {pool}\n  depth = {depth}\n").bytes());
    }
    for job in &export.jobs {
        edge(&mut out, export, job, &pools);
        let script = script_that_goes_on(job, &asks(&job.op, export));
        if script.len() > LONGEST_WORD {
            lacks.add("a command of more than 128 KiB: it will not start", &job.op);
        }
    }
    out.extend(format!("\nbuild all: phony {}\ndefault all\n", ends(export).join(" ")).bytes());
    out
}

fn edge(out: &mut Vec<u8>, export: &Export<'_>, job: &Job<'_>, pools: &Pools) {
    let needs: Vec<&str> = job.needs.iter().map(|n| export.job(n.job).name.as_str()).collect();
    let (name, needs) = (&job.name, needs.join(" "));
    if job.cmd().is_none() {
        let head = format!("\nbuild {name}: phony {needs}");
        out.extend(format!("{}\n", head.trim_end()).bytes());
        return;
    }
    let head = format!("\nbuild {name}: run {needs}");
    out.extend(format!("{} | {ALWAYS}\n", head.trim_end()).bytes());
    let id = dollars_doubled(on_one_line(&job.op.id).as_bytes());
    out.extend([b"  id = ", &id[..], b"\n"].concat());
    let asks = asks(&job.op, export);
    if let Some((pool, _)) = asks.iter().find_map(|ask| pools.by_lock.get(&ask.name)) {
        out.extend(format!("  pool = {pool}\n").bytes());
    }
    let script = dollars_doubled(&script_that_goes_on(job, &asks));
    out.extend([b"  cmd = ", &script[..], b"\n"].concat());
}

/// A pool for each lock: as deep as holders fit at the same time. The lock itself is taken by the
/// command; the pool only keeps what would wait for it from starting.
struct Pools {
    by_lock: BTreeMap<String, (String, u32)>,
}

impl Pools {
    fn of(export: &Export<'_>) -> Pools {
        // how many of the smallest askers fit: no deeper would ever help, no less would do
        let mut deepest: BTreeMap<String, (u32, u32)> = BTreeMap::new();
        let all = export.jobs.iter().filter(|job| job.cmd().is_some());
        for ask in all.flat_map(|job| asks(&job.op, export)) {
            let depth = depth(&ask);
            let entry = deepest.entry(ask.name).or_insert((depth, 0));
            *entry = (entry.0.max(depth), entry.1 + 1);
        }
        let mut names = Names::new(|c| ".-".contains(c), &["console"]);
        let useful = deepest.into_iter().filter(|(_, (depth, users))| depth < users);
        let by_lock = useful.map(|(lock, (depth, _))| {
            let pool = names.give(lock.as_bytes());
            (lock, (pool, depth))
        });
        Pools { by_lock: by_lock.collect() }
    }
}

fn depth(ask: &Ask) -> u32 {
    if ask.shared { u32::MAX } else { (ask.slots / ask.take.max(1)).max(1) }
}
