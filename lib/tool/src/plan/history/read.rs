//! Reading past runs.

use crate::fail::Fail;
use crate::plan::read::unreadable;
use crate::{input, logs};
use plan::history::History;
use record::{Bad, Finding, status};
use stat::{Past, PastIntake};
use std::path::Path;

/// Bad lines of a file that are told; more are counted.
const SHOWN: usize = 10;

/// The files that are named, and those in folders that are, by name. In a folder what is
/// hidden is passed over, but for `.ninja_log`.
///
/// # Errors
/// A folder that cannot be read, or has no file.
pub fn files(named: &[String]) -> Result<Vec<String>, Fail> {
    let mut files = Vec::new();
    for name in named {
        if !Path::new(name).is_dir() {
            files.push(name.clone());
            continue;
        }
        let fail = |e: std::io::Error| Fail::io(status::BAD_INPUT, name, &e);
        let mut within: Vec<String> = Vec::new();
        for entry in std::fs::read_dir(name).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let hidden = base.starts_with('.') && base != ".ninja_log";
            if path.is_file() && !hidden {
                within.push(path.to_string_lossy().into_owned());
            }
        }
        if within.is_empty() {
            let what = format!("{name}: no file in this folder; name one with logs of past runs");
            return Err(Fail::new(status::BAD_INPUT, what));
        }
        within.sort();
        files.append(&mut within);
    }
    Ok(files)
}

/// The runs of a file; what is wrong with it joins the faults.
pub fn runs(name: &str, faults: &mut Vec<Finding>) -> Vec<Past> {
    let mut intake = PastIntake::default();
    let mut bad = 0;
    let shown = input::shown(name);
    let read = logs::each_line(("pgplan", name), |line| {
        if let Err(fault) = intake.line(line) {
            bad += 1;
            if bad <= SHOWN {
                faults.push(unreadable(shown, intake.lines(), &fault));
            }
        }
        Ok(())
    });
    if bad > SHOWN {
        let what = format!("{} more bad lines", bad - SHOWN);
        faults.push(unreadable(shown, 0, &Bad::new(0, what)));
    }
    if let Err(fail) = read {
        faults.push(unreadable("", 0, &Bad::new(0, fail.message)));
        return Vec::new();
    }
    let pasts = intake.finish();
    if pasts.runs.is_empty() && bad == 0 {
        let what = match pasts.strays {
            0 => "no operation in it has ended well; it says nothing of durations".to_string(),
            _ => "no log of a run: neither events, nor a job log, a ninja log or a run log".into(),
        };
        faults.push(unreadable(shown, 0, &Bad::new(0, what)));
    }
    pasts.runs.into_iter().filter(|past| is_ordered(past, shown, faults)).collect()
}

/// A run whose operations need each other in a circle cannot have been.
fn is_ordered(past: &Past, shown: &str, faults: &mut Vec<Finding>) -> bool {
    let Some(cycle) = past.run.cycle() else { return true };
    let nodes: Vec<u32> = (0..cycle.len() as u32).collect();
    let words = plan::cycle_words(&nodes, |node| cycle[node as usize].clone());
    let run = if past.run.name.is_empty() { "the run".into() } else { past.run.name.clone() };
    let what = format!("the needs of {run} go round in a circle: {words}; it is left out");
    faults.push(unreadable(shown, past.line, &Bad::new(0, what)));
    false
}

/// The oldest first, where all say when they were; else as they were read.
pub fn in_order(mut runs: Vec<Past>) -> History {
    if runs.iter().all(|past| past.began.is_some()) {
        runs.sort_by_key(|past| past.began);
    }
    History::new(runs.into_iter().map(|past| past.run).collect())
}
