//! Reading past runs.

use crate::fail::Fail;
use crate::plan::read::unreadable;
use crate::plan::reads::Reads;
use crate::{input, logs};
use plan::history::History;
use record::{Bad, Finding, status};
use stat::{Past, PastIntake};
use std::path::Path;

/// Bad lines of a file that are told; more are counted.
const SHOWN: usize = 10;
/// The code of a fault: the file is no log.
const NO_LOG: &str = "no-log";

/// The runs of the files and folders that are named; what is wrong with them joins the
/// faults. In a folder what is no log is passed over, and what is hidden, but for `.ninja_log`.
///
/// # Errors
/// A folder that cannot be read.
pub fn all(named: &[String], reads: &Reads, faults: &mut Vec<Finding>) -> Result<History, Fail> {
    let mut all = Vec::new();
    for name in named {
        if !reads.is_folder(Path::new(name)) {
            reads.will_read(name);
            all.extend(runs(name, faults));
            continue;
        }
        let before = (all.len(), faults.len());
        for file in within(name, reads)? {
            reads.will_read(&file);
            let mut its = Vec::new();
            all.extend(runs(&file, &mut its));
            faults.extend(its.into_iter().filter(|fault| fault.code != NO_LOG));
        }
        if before == (all.len(), faults.len()) {
            let what = "no log of a run in this folder";
            faults.push(unreadable(name, 0, &Bad::new(0, what)));
        }
    }
    stat::in_order(&mut all);
    Ok(History::new(all.into_iter().map(|past| past.run).collect()))
}

/// The files of a folder, by name.
fn within(name: &str, reads: &Reads) -> Result<Vec<String>, Fail> {
    let fail = |e: std::io::Error| Fail::io(status::BAD_INPUT, name, &e);
    let mut files: Vec<String> = Vec::new();
    for path in reads.folder(Path::new(name)).map_err(fail)? {
        let base = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let hidden = base.starts_with('.') && base != ".ninja_log";
        if !hidden && reads.is_file(&path) {
            files.push(path.to_string_lossy().into_owned());
        }
    }
    Ok(files)
}

/// The runs of a file; what is wrong with it joins the faults.
fn runs(name: &str, faults: &mut Vec<Finding>) -> Vec<Past> {
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
        let code = NO_LOG.to_string();
        faults.push(Finding { code, ..unreadable(shown, 0, &Bad::new(0, what)) });
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
