//! Who may see whom, and what makes a crate pure.

use super::source::{Source, sources};
use crate::{none_of, root, text_of};

/// Each crate of the house, the crates of the house it may see, and whether it is pure.
const HOUSE: &[(&str, &[&str], Kind)] = &[
    ("record", &[], Kind::Values),
    ("plan", &["record"], Kind::Pure),
    ("engine", &["plan", "record"], Kind::Pure),
    ("stat", &["plan", "record"], Kind::Pure),
    ("history", &["record"], Kind::Store),
    ("sys", &["record"], Kind::Edge),
    ("tool", &["engine", "history", "plan", "record", "stat", "sys"], Kind::Roof),
];

#[derive(PartialEq)]
enum Kind {
    /// Uses std, but nothing of it that has an effect.
    Values,
    /// `no_std`, with libraries that are pure too.
    Pure,
    /// The one place of `unsafe` and of system calls.
    Edge,
    /// Files of its own, in a folder that it is told.
    Store,
    /// Sees all.
    Roof,
}

/// Libraries of others that a pure crate may use: no clock, no randomness, no effect.
const PURE_LIBRARIES: &[&str] = &["fastrand", "foldhash", "hashbrown", "libm", "memchr"];

/// What a crate of values may not touch.
const EFFECTS: &[&str] =
    &["std::fs", "std::env", "std::process", "std::thread", "std::net", "Instant", "SystemTime"];

/// Names in a section of a Cargo.toml.
fn dependencies(toml: &str, section: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut inside = false;
    for line in toml.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == format!("[{section}]");
            let table =
                line.strip_prefix(&format!("[{section}.")).and_then(|r| r.strip_suffix(']'));
            names.extend(table.map(str::to_string));
        } else if inside && !line.is_empty() && !line.starts_with('#') {
            let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
            names.push(name.trim_matches('"').to_string());
        }
    }
    names
}

#[test]
fn every_crate_has_its_floor() {
    let mut crates: Vec<String> = std::fs::read_dir(root().join("lib"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    crates.sort();
    let mut known: Vec<&str> = HOUSE.iter().map(|(name, _, _)| *name).collect();
    known.sort_unstable();
    assert_eq!(crates, known, "a new crate gets its place here and in lib/README.md");
}

#[test]
fn a_crate_sees_only_what_lies_below() {
    let ours: Vec<&str> = HOUSE.iter().map(|(name, _, _)| *name).collect();
    let mut wrong = Vec::new();
    for (name, below, kind) in HOUSE {
        let path = format!("lib/{name}/Cargo.toml");
        let toml = text_of(&path);
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for seen in dependencies(&toml, section) {
                if ours.contains(&seen.as_str()) && !below.contains(&seen.as_str()) {
                    wrong.push(format!("{path}: {name} must not see {seen}"));
                }
            }
        }
        for library in dependencies(&toml, "dependencies") {
            let of_others = !ours.contains(&library.as_str());
            if *kind == Kind::Pure && of_others && !PURE_LIBRARIES.contains(&library.as_str()) {
                wrong.push(format!("{path}: {name} is pure; is {library}?"));
            }
        }
    }
    for seen in dependencies(&text_of("Cargo.toml"), "dependencies") {
        if seen != "tool" {
            wrong.push(format!("Cargo.toml: the programs see tool alone, not {seen}"));
        }
    }
    none_of("a crate sees only what lies below it (lib/README.md)", &wrong);
}

/// A map whose order differs from run to run would make a simulation differ too.
#[test]
fn maps_of_pure_crates_have_a_fixed_seed() {
    let cargo = text_of("Cargo.toml");
    let hashbrown = cargo.lines().find(|line| line.starts_with("hashbrown = ")).unwrap();
    assert!(
        hashbrown.contains("default-features = false") && !hashbrown.contains("default-hasher"),
        "the default hasher of hashbrown is seeded by chance; use foldhash::fast::FixedState"
    );
    let chance = ["RandomState", "DefaultHashBuilder", "SeedableRandomState"];
    let pure = |source: &Source| {
        HOUSE.iter().any(|(name, _, kind)| {
            *kind == Kind::Pure && source.path.starts_with(&format!("lib/{name}/src/"))
        })
    };
    let wrong: Vec<String> =
        sources().iter().filter(|s| pure(s)).flat_map(|source| said(source, &chance)).collect();
    none_of("unseeded randomness in a pure crate", &wrong);
}

#[test]
fn pure_crates_are_pure() {
    let all = sources();
    let mut wrong = Vec::new();
    for (name, _, kind) in HOUSE {
        let folder = format!("lib/{name}/src/");
        let own = all.iter().filter(|source| source.path.starts_with(&folder));
        match kind {
            Kind::Pure => {
                let root = all.iter().find(|source| source.path == format!("{folder}lib.rs"));
                let code = root.map(|source| source.shipped.as_str()).unwrap_or_default();
                for line in ["#![no_std]", "#![forbid(unsafe_code)]"] {
                    if !code.contains(line) {
                        wrong.push(format!("{folder}lib.rs: lacks {line}"));
                    }
                }
                wrong.extend(
                    own.flat_map(|source| said(source, &["std", "include", "include_str"])),
                );
            }
            Kind::Values => wrong.extend(own.flat_map(|source| said(source, EFFECTS))),
            Kind::Edge | Kind::Store | Kind::Roof => {}
        }
    }
    none_of("a pure crate gets time, readiness and input as arguments", &wrong);
}

/// What a plan is made of is noted for its cache, and so is what is said of it: a file read
/// elsewhere could change and the old view be shown.
#[test]
fn a_plan_reads_and_speaks_in_one_place() {
    let elsewhere = |source: &&Source| {
        // a simulation is of a log, and is never kept
        let doors =
            ["cache/", "reads.rs", "sim/", "sink.rs"].map(|at| format!("lib/tool/src/plan/{at}"));
        source.path.starts_with("lib/tool/src/plan/")
            && doors.iter().all(|door| !source.path.starts_with(door))
    };
    let words = ["std::fs", "std::env", "fs::read", "env::var", "File::open", "complain", "stderr"];
    let wrong: Vec<String> =
        sources().iter().filter(elsewhere).flat_map(|source| said(source, &words)).collect();
    none_of("pgplan reads through plan/reads.rs and speaks through plan/sink.rs", &wrong);
}

fn said(source: &Source, words: &[&str]) -> Vec<String> {
    let places = |word: &&str| {
        let places = source.places(&source.shipped, word);
        places.iter().map(|place| format!("{place}: {word}")).collect::<Vec<_>>()
    };
    words.iter().flat_map(places).collect()
}

#[test]
fn programs_are_one_call() {
    for tool in tool::tools() {
        let path = format!("bins/{}.rs", tool.name);
        let code = text_of(&path).lines().filter(|line| !line.starts_with("//!")).count();
        assert!(code <= 5, "{path}: a program is one call into lib/tool");
    }
}

#[test]
fn dependencies_are_read_in_every_spelling() {
    let toml = "[dependencies]\na.workspace = true\nb = \"1\"\n# c\n[dependencies.d]\nx = 1\n[lints]\ne = 1\n";
    assert_eq!(dependencies(toml, "dependencies"), ["a", "b", "d"]);
}
