//! Pages, completions and golden lines are made from the definitions and
//! committed; here they are made again and compared. `scripts/bless` (BLESS=1)
//! writes them.

mod complete;
mod overview;
mod page;
mod parallel;
mod parallel_rows;
mod records;
mod roff;
mod wire;

use crate::{files_below, installed, none_of, root, shown};
use std::collections::BTreeMap;
use std::process::Command;

/// Every generated file: its path and its content.
fn generated() -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for tool in tool::tools() {
        files.insert(format!("man/{}.1", tool.name), page::tool(tool));
        files.extend(complete::scripts(tool));
    }
    files.insert("man/pg-record.5".into(), records::page());
    files.insert("man/pgtools.7".into(), overview::page());
    files.insert("man/pgrun-parallel.7".into(), parallel::page());
    files
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}

#[test]
fn generated_files_are_in_step() {
    let files = generated();
    let mut wrong = Vec::new();
    for (path, text) in &files {
        let committed = std::fs::read_to_string(root().join(path)).unwrap_or_default();
        if committed == *text {
            continue;
        }
        if blessing() {
            let place = root().join(path);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        } else {
            wrong.push(format!("{path}: {}", first_difference(&committed, text)));
        }
    }
    for folder in ["man", "completions"] {
        for path in files_below(&root().join(folder)) {
            if files.contains_key(&shown(&path)) {
                continue;
            }
            if blessing() {
                std::fs::remove_file(&path).unwrap();
            } else {
                wrong.push(format!("{}: nothing makes this file", shown(&path)));
            }
        }
    }
    none_of("generated files differ from what is committed: run scripts/bless", &wrong);
}

fn first_difference(committed: &str, made: &str) -> String {
    let mut old = committed.lines();
    for (number, new) in made.lines().enumerate() {
        let old = old.next().unwrap_or("(nothing)");
        if old != new {
            return format!("line {}: committed \"{old}\", now \"{new}\"", number + 1);
        }
    }
    "lines are left over at the end".into()
}

/// What a checker says of a text in a file of that name.
fn complaints_of(checker: &[&str], name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, text).unwrap();
    let out = Command::new(checker[0])
        .args(&checker[1..])
        .arg(&file)
        .env("LC_ALL", "C.UTF-8")
        .env("MANROFFSEQ", "")
        .env("MANWIDTH", "80")
        .output()
        .unwrap();
    let mut said = String::from_utf8_lossy(&out.stderr).into_owned();
    if checker[0] == "mandoc" {
        said.push_str(&String::from_utf8_lossy(&out.stdout));
    }
    if said.is_empty() && !out.status.success() {
        said = format!("{name}: {}", out.status);
    }
    said.lines().map(str::to_string).collect()
}

#[test]
fn pages_please_mandoc() {
    if !installed("pages_please_mandoc", "mandoc") {
        return;
    }
    let mut wrong = Vec::new();
    for (path, text) in generated().iter().filter(|(path, _)| path.starts_with("man/")) {
        let name = path.trim_start_matches("man/");
        let said = complaints_of(&["mandoc", "-Tlint"], name, text);
        // pages bear a version and no date, so that they are the same whenever they are made
        wrong.extend(said.into_iter().filter(|line| !line.contains("missing date")));
    }
    none_of("mandoc -Tlint complains of generated pages", &wrong);
}

#[test]
fn pages_please_man() {
    if !installed("pages_please_man", "man") || !installed("pages_please_man", "groff") {
        return;
    }
    let mut wrong = Vec::new();
    for (path, text) in generated().iter().filter(|(path, _)| path.starts_with("man/")) {
        let name = path.trim_start_matches("man/");
        let man = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z"];
        wrong.extend(complaints_of(&man, name, text));
    }
    none_of("man --warnings complains of generated pages", &wrong);
}

#[test]
fn completions_are_read_by_their_shells() {
    let mut wrong = Vec::new();
    for (shell, flag) in [("bash", "-n"), ("zsh", "-n"), ("fish", "--no-execute")] {
        if !installed("completions_are_read_by_their_shells", shell) {
            continue;
        }
        let folder = format!("completions/{shell}/");
        for (path, text) in generated().iter().filter(|(path, _)| path.starts_with(&folder)) {
            wrong.extend(complaints_of(&[shell, flag], path.trim_start_matches(&folder), text));
        }
    }
    none_of("a shell cannot read its completions", &wrong);
}
