//! The rules of the house: who may see whom, where effects live, one home for
//! every flag, sizes, words. Each rule says what to do instead.

mod crates;
mod flags;
mod house;
mod script;
mod source;

use crate::{files_below, none_of, root, shown};
use source::{Source, body, closing, line_of, sources};

/// Longest file of Rust, in lines.
const FILE_LINES: usize = 600;
/// Longest function, in lines; a flat table bears the mark in the line above it.
const FUNCTION_LINES: usize = 70;
const TABLE_MARK: &str = "// tidy: a table";
/// Files that may be longer, each with its reason.
const LONG_FILES: &[(&str, &str)] = &[];

/// Names that say nothing.
const EMPTY_NAMES: &[&str] =
    &["common", "core", "helpers", "imp", "manager", "managers", "misc", "types", "util", "utils"];

/// Words that have no place in what is shipped: the word, the folders where it
/// is at home, what to do instead.
const BANNED: &[(&str, &[&str], &str)] = &[
    ("process::exit", &[], "return a status; only main ends the program"),
    ("process::Command", &[], "children are started by lib/sys"),
    ("thread::sleep", &[], "nothing waits but the one blocking call of the loop"),
    ("unsafe", &["lib/sys/"], "lib/sys is the edge to the kernel"),
    ("static mut", &["lib/sys/"], "state is passed on, not shared"),
    ("Mutex", &["lib/sys/"], "state is passed on, not shared"),
    ("RwLock", &["lib/sys/"], "state is passed on, not shared"),
    ("OnceLock", &["lib/sys/"], "state is passed on, not shared"),
    ("LazyLock", &["lib/sys/"], "state is passed on, not shared"),
    ("serde(flatten", &[], "it buffers and loses the place of an error"),
    ("serde(untagged", &[], "it buffers and loses the place of an error"),
];

/// Words that have no place in any source, tests included.
const UNFINISHED: &[&str] = &["todo!", "unimplemented!", "dbg!"];

#[test]
fn files_are_short() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        let excepted = LONG_FILES.iter().any(|(path, _)| *path == source.path);
        (lines > FILE_LINES && !excepted).then(|| format!("{}: {lines} lines", source.path))
    };
    let wrong: Vec<String> = sources().iter().filter_map(long).collect();
    none_of(&format!("a file has at most {FILE_LINES} lines; divide it by subject"), &wrong);
}

#[test]
fn functions_are_short() {
    let rule = format!("a function has at most {FUNCTION_LINES} lines (a table: {TABLE_MARK})");
    let wrong: Vec<String> = sources().iter().flat_map(long_functions).collect();
    none_of(&rule, &wrong);
}

fn long_functions(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let lines: Vec<&str> = source.text.lines().collect();
    for at in source::found(&source.code, "fn") {
        let Some(begin) = body(&source.code, at) else { continue };
        let Some(end) = closing(&source.code, begin) else { continue };
        let (first, last) = (line_of(&source.code, at), line_of(&source.code, end));
        let marked = lines[first.saturating_sub(4)..first].iter().any(|l| l.contains(TABLE_MARK));
        if last - first >= FUNCTION_LINES && !marked {
            wrong.push(format!("{}:{first}: {} lines", source.path, last - first + 1));
        }
    }
    wrong
}

#[test]
fn modules_have_names_that_say_something() {
    let empty = |source: &Source| {
        let path = source.path.trim_end_matches(".rs");
        path.split('/').any(|name| EMPTY_NAMES.contains(&name)).then(|| source.path.clone())
    };
    let wrong: Vec<String> = sources().iter().filter_map(empty).collect();
    none_of("name a module by its subject", &wrong);
}

#[test]
fn what_is_shipped_does_not_say() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (word, homes, instead) in BANNED {
            if homes.iter().any(|home| source.path.starts_with(home)) {
                continue;
            }
            let places = source.places(&source.shipped, word);
            wrong.extend(places.iter().map(|place| format!("{place}: {word}: {instead}")));
        }
        for at in source.shipped.match_indices("process::{").map(|(at, _)| at) {
            let end = closing(&source.shipped, at + 9).unwrap_or(at);
            if source::found(&source.shipped[at..end], "Command").next().is_some() {
                let line = line_of(&source.shipped, at);
                wrong.push(format!("{}:{line}: children are started by lib/sys", source.path));
            }
        }
    }
    none_of("words with no place in what is shipped", &wrong);
}

#[test]
fn nothing_is_left_unfinished_or_allowed() {
    let mut wrong = Vec::new();
    for source in sources() {
        for word in UNFINISHED {
            wrong.extend(source.places(&source.code, word));
        }
        for word in ["#[allow(", "#![allow("] {
            let places = source.places(&source.code, word);
            wrong.extend(places.iter().map(|at| format!("{at}: use #[expect(.., reason = ..)]")));
        }
    }
    for (path, text) in texts() {
        for word in [concat!("TO", "DO"), concat!("FIX", "ME")] {
            let places = source::found(&text, word);
            wrong.extend(places.map(|at| format!("{path}:{}: {word}", line_of(&text, at))));
        }
    }
    none_of("finish it, or leave it out", &wrong);
}

/// The project speaks of itself alone; only tests that read data beside it name that place.
#[test]
fn texts_name_no_place_outside() {
    let mut wrong = Vec::new();
    for (path, text) in texts() {
        for word in [concat!("/wo", "rk"), concat!("../sha", "red")] {
            if path.starts_with("tests/shared/") && word.starts_with("..") {
                continue;
            }
            for at in source::found(&text, word) {
                let before = text[..at].chars().next_back().unwrap_or(' ');
                if !before.is_alphanumeric() && !"._-}".contains(before) {
                    wrong.push(format!("{path}:{}: {word}", line_of(&text, at)));
                }
            }
        }
    }
    none_of("places outside the project", &wrong);
}

/// Tests wait for pipes, for ends of files, for ends of processes: never for time. A child
/// that exists to be killed may sleep a minute or more, since nobody waits for it.
#[test]
fn tests_do_not_sleep_and_are_not_skipped() {
    let mut wrong = Vec::new();
    for source in sources() {
        let tests = source.tests();
        for word in ["thread::sleep", "elapsed"] {
            let places = source.places(&tests, word);
            wrong.extend(places.iter().map(|place| format!("{place}: {word}")));
        }
        // what takes minutes is run by a script, which its reason names
        for at in source::found(&tests, "#[ignore") {
            let line = line_of(&tests, at);
            if !source.text.lines().nth(line - 1).is_some_and(|line| line.contains("scripts/")) {
                wrong.push(format!("{}:{line}: ignored, and no script runs it", source.path));
            }
        }
        for (at, word) in source.text.match_indices("sleep ") {
            let number = source.text[at + word.len()..].split(|c: char| !".0123456789".contains(c));
            let seconds = number.into_iter().next().and_then(|n| n.parse::<f64>().ok());
            if is_test(&source, at) && seconds.is_some_and(|s| s < 60.0) {
                wrong.push(format!("{}:{}: sleep", source.path, line_of(&source.text, at)));
            }
        }
    }
    none_of("a test waits for an event, not for time", &wrong);
}

/// True where a byte of a source belongs to a test, be it inside a string.
fn is_test(source: &Source, at: usize) -> bool {
    let line = line_of(&source.text, at);
    let code = source.code.lines().nth(line - 1).unwrap_or_default();
    let shipped = source.shipped.lines().nth(line - 1).unwrap_or_default();
    code != shipped
}

/// Every text of the project that people write: path and content.
fn texts() -> Vec<(String, String)> {
    let folders = ["lib", "bins", "tests", "scripts", ".ci"];
    let mut paths: Vec<_> = folders.iter().flat_map(|f| files_below(&root().join(f))).collect();
    let top = std::fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: &std::path::PathBuf| {
        path.extension().is_some_and(|end| ["md", "toml", "rs"].iter().any(|e| end == *e))
    };
    paths.extend(top.filter(|path| path.is_file() && named(path)));
    let read = |path: std::path::PathBuf| Some((shown(&path), std::fs::read_to_string(path).ok()?));
    paths.into_iter().filter_map(read).collect()
}
