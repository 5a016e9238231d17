//! Every verb, over everything that a log can suffer.

use super::{err, log};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The words that a verb is called with, over one file.
fn words(verb: &str, file: &Path, dir: &Path) -> Vec<PathBuf> {
    let file = file.to_path_buf();
    let word = PathBuf::from;
    match verb {
        "calibrate" => {
            let told = dir.join("told");
            let line = "{\"type\":\"prediction\",\"id\":\"install-a\",\"duration\":1}\n";
            fs::write(&told, line).unwrap();
            vec![word(verb), told, file]
        }
        "compare" => vec![word(verb), file.clone(), file],
        "check" => {
            let targets = dir.join("targets");
            fs::write(&targets, "makespan <= 1h\ncpu <= 99%\n").unwrap();
            vec![word(verb), word("--target"), targets, file]
        }
        "day" => vec![word(verb), word("--date"), word("2023-11-14"), file],
        "export" => vec![word(verb), word("markdown"), file],
        _ => vec![word(verb), file],
    }
}

/// A log, and whether a line of it is one that must be named.
struct Harm {
    name: &'static str,
    text: Vec<u8>,
    named: Option<usize>,
}

fn harms() -> Vec<Harm> {
    let read = |name: &str| fs::read_to_string(log(name)).unwrap();
    let (events, samples, jobs) = (read("path.ndjson"), read("samples.ndjson"), read("jobs.tsv"));
    let lines = |text: &str| text.lines().count();
    let cut = |text: &str| text.as_bytes()[..text.trim_end().len() - 9].to_vec();
    let killed: Vec<&str> = events.lines().filter(|line| !line.contains("\"run.end\"")).collect();
    let mut backwards: Vec<&str> = samples.lines().collect();
    backwards.reverse();
    let later = events.replacen("\"version\":1", "\"version\":99,\"unheard\":{\"of\":[1]}", 1);
    let strange = format!("{{\"type\":\"op.dream\",\"id\":\"x\"}}\n{later}");
    let harm = |name, text: Vec<u8>, named| Harm { name, text, named };
    vec![
        harm("nothing", Vec::new(), None),
        harm("blank lines", b"\n\n\n".to_vec(), None),
        harm("a torn last line", cut(&events), Some(lines(&events))),
        harm("a torn last sample", cut(&samples), Some(lines(&samples))),
        harm("a killed run", killed.join("\n").into_bytes(), None),
        harm("samples without events", samples.clone().into_bytes(), None),
        harm("events without samples", events.clone().into_bytes(), None),
        harm("a clock that was set back", backwards.join("\n").into_bytes(), None),
        harm("a later version", strange.into_bytes(), None),
        harm("a job log that is cut", cut(&jobs), None),
        harm("bytes", (0..2000u32).map(|n| (n * 97 % 251) as u8).collect(), None),
        harm("talk", b"make: nothing to be done\nfor all\n".to_vec(), None),
        harm("records of others", b"{\"a\":1}\n{\"type\":\"x\"}\n[1]\n".to_vec(), None),
        harm(
            "a BOM and CRLF",
            format!("\u{feff}{}", events.replace('\n', "\r\n")).into_bytes(),
            None,
        ),
    ]
}

/// Nothing ends a verb but its own statuses; nothing is passed over in silence; every message is
/// a line with our name; a torn line is named with its place.
#[test]
fn every_verb_bears_every_harm() {
    let dir = TempDir::new().unwrap();
    let mut wrong = Vec::new();
    for verb in (::tool::stat::TOOL.command)()
        .get_subcommands()
        .map(|verb| verb.get_name().to_string())
        // it reads a folder, and no log but as bytes
        .filter(|verb| verb != "history")
    {
        for harm in harms() {
            let file = dir.path().join("log");
            fs::write(&file, &harm.text).unwrap();
            let args = words(&verb, &file, dir.path());
            let output = crate::tool("pgstat").args(&args).current_dir(&dir).output().unwrap();
            let said = err(&output);
            let mut complain = |what: &str| {
                let code = output.status.code();
                wrong.push(format!("{verb} of {}: {what} ({code:?}): {said}", harm.name));
            };
            match output.status.code() {
                Some(0 | 1 | 65) => {}
                Some(2) => complain("tell `words` how it is called"),
                _ => complain("it ended otherwise than its page says"),
            }
            if said.lines().any(|line| !line.starts_with("pgstat: ")) {
                complain("a line without its name");
            }
            if output.stdout.is_empty() && said.is_empty() {
                complain("silence");
            }
            let place = harm.named.map(|line| format!("{}:{line}:", file.display()));
            if let Some(place) = place
                && (!said.contains(&place) || output.status.code() != Some(65))
            {
                complain("the torn line is not named, or the status is not 65");
            }
        }
    }
    assert!(wrong.is_empty(), "{} faults:\n{}", wrong.len(), wrong.join("\n"));
}
