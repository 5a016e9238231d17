//! Reading logs into an account of their runs, or into series.

use crate::entry::complain;
use crate::logs;
use record::{Bad, status};
use stat::{Account, Intake};

/// What was read, and whether all of it was as it should be.
pub struct Taken {
    /// Runs, samples, ranking.
    pub account: Account,
    /// The status that the reading alone calls for.
    pub status: u8,
}

/// Reads all files; what is wrong with one does not stop the others.
pub fn all(files: &[String], mut intake: Intake) -> Taken {
    let status = each(files, |part| match part {
        Part::Line(line) => intake.line(line),
        Part::End => intake.end_file(),
    });
    Taken { account: intake.finish(), status }
}

/// The names, a folder standing for the logs in it by name, but for what is hidden.
fn expanded(files: &[String], status: &mut u8) -> Vec<String> {
    let mut all = Vec::new();
    for name in files {
        if name == "-" || !std::path::Path::new(name).is_dir() {
            all.push(name.clone());
            continue;
        }
        let listed = std::fs::read_dir(name).and_then(|entries| {
            entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()
        });
        match listed {
            Ok(mut paths) => {
                paths.sort();
                let before = all.len();
                let logs = paths.iter().filter(|path| path.is_file() && is_log(path));
                all.extend(logs.map(|path| path.to_string_lossy().into_owned()));
                if all.len() == before {
                    // it is told as what it is, in its turn
                    all.push(name.clone());
                }
            }
            Err(error) => {
                complain("pgstat", &format!("{name}: {}", crate::fail::reason(&error)));
                *status = status::BAD_INPUT;
            }
        }
    }
    all
}

/// By its name, and not hidden.
fn is_log(path: &std::path::Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let packed = name.strip_suffix(".zst").or_else(|| name.strip_suffix(".gz"));
    packed.unwrap_or(&name).ends_with(".ndjson") && !name.starts_with('.')
}

/// A piece of what is read.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// A line of a file, without its end.
    Line(&'a [u8]),
    /// The end of a file.
    End,
}

/// Gives each line and the end of each file to `take`, standard input where none is named; what
/// is wrong with one does not stop the others. Returns the status that the reading calls for.
pub fn each(files: &[String], mut take: impl FnMut(Part<'_>) -> Result<(), Bad>) -> u8 {
    let stdin = ["-".to_string()];
    let files = if files.is_empty() { &stdin[..] } else { files };
    let mut status = status::OK;
    for name in &expanded(files, &mut status) {
        match logs::each_line(("pgstat", name), |line| take(Part::Line(line))) {
            Ok(0) => {}
            Ok(_) => status = status::BAD_INPUT,
            Err(fail) => {
                complain("pgstat", &fail.message);
                status = status::BAD_INPUT;
            }
        }
        if let Err(bad) = take(Part::End) {
            complain("pgstat", &format!("{}: {}", crate::input::shown(name), bad.what));
            status = status::BAD_INPUT;
        }
    }
    status
}
