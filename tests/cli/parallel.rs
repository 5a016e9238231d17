//! GNU parallel's command line, case by case, through links named `parallel` and `sem`.
//! What is expected was printed by GNU parallel 20221122; `deliberate.txt` holds the
//! cases in which it is another on purpose.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Longest time for a case, as timeout(1) reads it.
const PATIENCE: &str = "60s";

/// One snippet of bash, what it prints, and its status.
struct Case {
    id: String,
    snippet: String,
    output: String,
    status: i32,
}

#[test]
fn input() {
    all("input.txt");
}

#[test]
fn strings() {
    all("strings.txt");
}

#[test]
fn output() {
    all("output.txt");
}

#[test]
fn control() {
    all("control.txt");
}

#[test]
fn log() {
    all("log.txt");
}

#[test]
fn pipe() {
    all("pipe.txt");
}

#[test]
fn others() {
    all("others.txt");
}

#[test]
fn different_on_purpose() {
    all("deliberate.txt");
}

fn all(file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/parallel").join(file);
    let cases = cases(&fs::read_to_string(path).unwrap());
    assert!(!cases.is_empty());
    let wrong: Vec<String> = cases.iter().filter_map(run).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

/// `@@ ID`, the snippet, `@> STATUS`, what is printed.
fn cases(text: &str) -> Vec<Case> {
    text.split("@@ ")
        .skip(1)
        .map(|block| {
            let (id, rest) = block.split_once('\n').unwrap();
            let (snippet, rest) = rest.split_once("@> ").unwrap();
            let (status, output) = rest.split_once('\n').unwrap();
            Case {
                id: id.to_string(),
                snippet: snippet.to_string(),
                output: output.to_string(),
                status: status.parse().unwrap(),
            }
        })
        .collect()
}

/// Runs a case in a folder of its own; says what is wrong.
fn run(case: &Case) -> Option<String> {
    let place = Place::new();
    let mut command = Command::new("timeout");
    command
        .args([PATIENCE, "bash", "-c", &case.snippet])
        .current_dir(place.at("here"))
        .env("PATH", format!("{}:{}", place.at("bin").display(), std::env::var("PATH").unwrap()))
        .env("HOME", place.at("home"))
        .env("TMPDIR", place.at("tmp"))
        .env("PG_LOCK_DIR", place.at("locks"))
        .env("LC_ALL", "C.UTF-8")
        .env("SHELL", "/bin/bash")
        .stdin(Stdio::null());
    for inherited in ["MAKEFLAGS", "PARALLEL", "PARALLEL_SHELL", "CI", "PG_RUN", "NO_COLOR"] {
        command.env_remove(inherited);
    }
    let out = command.output().unwrap();
    let (printed, status) = (String::from_utf8_lossy(&out.stdout), out.status.code());
    (printed != case.output || status != Some(case.status)).then(|| {
        let (id, snippet, want) = (&case.id, &case.snippet, &case.output);
        let said = String::from_utf8_lossy(&out.stderr);
        format!(
            "{id}: {snippet}printed {printed:?} ({status:?})\nnot     {want:?} ({})\n{said}",
            case.status
        )
    })
}

/// Folders for a case, and the links.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(TempDir::new().unwrap());
        for name in ["bin", "here", "home", "tmp", "locks"] {
            fs::create_dir(place.at(name)).unwrap();
        }
        for name in ["parallel", "sem"] {
            symlink(env!("CARGO_BIN_EXE_pgrun"), place.at("bin").join(name)).unwrap();
        }
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}
