//! G: hostile records, plans and /proc.

use crate::provoke::injected;
use crate::*;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;

const PGRUN: &str = env!("CARGO_BIN_EXE_pgrun");
const PGPLAN: &str = env!("CARGO_BIN_EXE_pgplan");
const PGSTAT: &str = env!("CARGO_BIN_EXE_pgstat");
const PGMON: &str = env!("CARGO_BIN_EXE_pgmon");

/// Address space that a reader has, in KiB: some times the longest line.
const SPACE_KIB: u32 = 400 << 10;

/// Stack that a reader has, in KiB: a million levels of recursion would need more.
const STACK_KIB: u32 = 2048;

/// What a program of ours says of an input: its status, all that it prints.
fn says(scene: &Scene, words: &[&str], input: &Path) -> Result<(i32, String), Verdict> {
    let limits = format!("ulimit -v {SPACE_KIB}; ulimit -s {STACK_KIB}; exec \"$0\" \"$@\"");
    let mut command = scene.command("sh");
    command.args(["-c", &limits]).args(words).stdin(File::open(input).unwrap());
    command.stdout(File::create(scene.path("out")).unwrap());
    command.stderr(File::create(scene.path("err")).unwrap());
    let status = scene::Running::of(command, scene)?.wait()?;
    Ok((status.code(), scene.text("out") + &scene.text("err")))
}

/// A reader, its status for bad input, and how its records begin.
const READERS: [(&[&str], i32, &str); 3] = [
    (&[PGRUN, "--ops", "-"], 255, r#"{"cmd":"echo >ran""#),
    (&[PGPLAN, "lint", "-"], 65, r#"{"cmd":"echo >ran""#),
    (&[PGSTAT, "report", "-"], 65, r#"{"type":"op.start""#),
];

/// An input whose second line is hostile: each reader names the line, with its status.
fn all_refuse(scene: &Scene, what: &str, hostile: impl Fn(&str) -> Vec<u8>) -> Outcome {
    for (words, status, begin) in READERS {
        let input = scene.path("input");
        let mut bytes = format!("{begin},\"id\":\"ok\"}}\n").into_bytes();
        bytes.extend(hostile(begin));
        fs::write(&input, bytes).unwrap();
        let (code, said) = says(scene, words, &input)?;
        kept!(code == status, "{what}: {words:?} has the status {code}: {said:.300}");
        kept!(said.contains("standard input:2:"), "{what}: {words:?} says {said:.300}");
        kept!(said.len() < 1000, "{what}: {words:?} says {} bytes", said.len());
        kept!(!scene.path("ran").exists(), "{what}: something was run");
    }
    Ok(())
}

/// A plan of so many operations, each needing the next, the last the first.
fn circle(nodes: u32) -> String {
    let mut plan = String::new();
    for node in 0..nodes {
        let next = (node + 1) % nodes;
        writeln!(plan, r#"{{"id":"n{node}","cmd":"echo >ran","needs":["n{next}"]}}"#).unwrap();
    }
    plan
}

/// The samples that pgmon writes with these words.
fn samples(scene: &Scene, before: &[String], words: &[&str]) -> Result<Vec<Value>, Verdict> {
    let mut all: Vec<&str> = before.iter().map(String::as_str).collect();
    all.push(PGMON);
    all.extend(words);
    let mut command = scene.command(all[0]);
    command.args(&all[1..]).stdout(File::create(scene.path("out")).unwrap());
    let status = scene::Running::of(command, scene)?.wait()?;
    kept!(status.code() == 0, "pgmon ends with {}", status.code());
    scene.events("out")
}

rows! {
    /// Records that are no records: the line is named, nothing runs, memory has a bound.
    "P10", &[] => fn g6_hostile_records_are_refused_with_their_line(scene) {
        let field = |text: String| move |begin: &str| format!("{begin},{text}}}\n").into_bytes();
        all_refuse(scene, "a key twice", field(r#""id":"a","id":"b""#.into()))?;
        all_refuse(scene, "a key twice inside", field(r#""x":{"A":1,"A":2}"#.into()))?;
        all_refuse(scene, "not a number", field(r#""x":NaN"#.into()))?;
        all_refuse(scene, "half a character", field(r#""id":"\ud800""#.into()))?;
        all_refuse(scene, "not UTF-8", |begin| [begin.as_bytes(), b",\"id\":\"\xff\"}\n"].concat())?;
        all_refuse(scene, "cut off", |begin| begin.as_bytes().to_vec())?;
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let deep = format!("\"x\":{}1{}", open.repeat(1_000_000), close.repeat(1_000_000));
            all_refuse(scene, "a million levels", field(deep))?;
        }
        let many: Vec<String> = (0..100_000).map(|n| format!("\"k{n}\":1")).collect();
        all_refuse(scene, "many keys, one twice", field(format!("{},\"k1\":1", many.join(","))))
    }

    /// A gigabyte without a newline: refused at its bound, which is far below.
    "P10", &[] => fn g6_a_line_of_a_gigabyte_has_a_bound(scene) {
        for (words, status, begin) in READERS {
            let path = scene.path("input");
            let mut file = File::create(&path).unwrap();
            write!(file, "{begin},\"id\":\"ok\"}}\n{begin},\"id\":\"").unwrap();
            // the rest is a hole, which reads as zeros
            file.set_len(1 << 30).unwrap();
            let (code, said) = says(scene, words, &path)?;
            kept!(code == status, "{words:?} has the status {code}: {said:.300}");
            kept!(said.contains(":2: longer than "), "{words:?} says {said:.300}");
            kept!(!scene.path("ran").exists(), "something was run");
            // pgplan knows the size of a file that it opens itself
            let named: Vec<&str> =
                words.iter().map(|word| if *word == "-" { "input" } else { word }).collect();
            let (code, said) = says(scene, &named, Path::new("/dev/null"))?;
            kept!(code == status && said.contains("input:2: longer than "), "{code}: {said:.300}");
        }
        Ok(())
    }

    /// A mark before the first line is no part of it; what is compressed is no list of
    /// commands, and a log that is packed and torn is told as such.
    "P9", &[] => fn g6_marks_are_passed_over_and_what_is_compressed_is_refused(scene) {
        let input = scene.path("input");
        fs::write(&input, "\u{feff}{\"id\":\"a\",\"cmd\":\"echo a >ran\"}\n").unwrap();
        let (code, said) = says(scene, &[PGRUN, "--ops", "-"], &input)?;
        kept!(code == 0 && scene.text("ran") == "a\n", "with a mark: {code}: {said}");
        fs::remove_file(scene.path("ran")).unwrap();
        let (code, said) = says(scene, &[PGPLAN, "-"], &input)?;
        kept!(code == 0 && said.contains("\"id\":\"a\""), "with a mark: {code}: {said}");
        let gzip = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\necho >ran\n";
        fs::write(&input, gzip).unwrap();
        for (words, status, _) in READERS.into_iter().chain([(&[PGRUN][..], 255, "")]) {
            let (code, said) = says(scene, words, &input)?;
            let told = if words[0] == PGSTAT { "packed bytes end too early" } else { "zcat" };
            kept!(code == status && said.contains(told), "{words:?}: {code}: {said}");
            kept!(!scene.path("ran").exists(), "compressed bytes were run");
        }
        Ok(())
    }

    /// A circle of a million, printed in a few lines; needs that cannot be met.
    "P9 P10", &[] => fn g7_a_plan_that_cannot_be_is_told_shortly(scene) {
        let input = scene.path("input");
        let mut edges = String::new();
        for node in 0..1_000_000 {
            writeln!(edges, "n{node} n{}", (node + 1) % 1_000_000).unwrap();
        }
        fs::write(&input, edges).unwrap();
        let (code, said) = says(scene, &[PGPLAN, "levels", "-"], &input)?;
        let shown = said.contains("cycle: n0 -> ") && said.contains(" more ");
        kept!(code == 1 && shown && said.len() < 2000, "{code}: {said:.300}");
        fs::write(&input, circle(50_000)).unwrap();
        for (words, status) in [
            (&[PGPLAN, "-"][..], 1),
            (&[PGRUN, "--ops", "-"], 255),
        ] {
            let (code, said) = says(scene, words, &input)?;
            let shown = said.contains("cycle: n0 -> ") && said.contains(" more ");
            kept!(code == status && shown && said.len() < 2000, "{words:?}: {code}: {said:.300}");
        }
        for (plan, said_of_it) in [
            (r#"{"id":"a","cmd":"echo >ran","needs":["a"]}"#, "cycle: a -> a"),
            (r#"{"id":"a","cmd":"echo >ran","needs":["b"]}"#, "b, which is not in th"),
            ("{\"id\":\"a\",\"cmd\":\"echo >ran\"}\n{\"id\":\"a\",\"cmd\":\"echo >ran\"}", "a is used twice"),
        ] {
            fs::write(&input, plan).unwrap();
            for (words, status) in [(&[PGPLAN, "-"][..], 1), (&[PGRUN, "--ops", "-"], 255)] {
                let (code, said) = says(scene, words, &input)?;
                kept!(code == status && said.contains(said_of_it), "{words:?}: {code}: {said}");
            }
        }
        kept!(!scene.path("ran").exists(), "something was run");
        Ok(())
    }

    /// A process that calls itself `a) R 1 (`: its name, its state and its parent are right.
    "P9", &[] => fn g10_a_name_with_parentheses_is_only_a_name(scene) {
        let name = "a) R 1 (";
        std::os::unix::fs::symlink("/bin/sleep", scene.path(name)).unwrap();
        let mut sleeper = scene.command(scene.path(name));
        let mut child = sleeper.arg("1000").stdout(Stdio::null()).spawn().unwrap();
        let taken = samples(scene, &[], &["-n", "1", "--top=0"]);
        let pid = child.id();
        child.kill().unwrap();
        child.wait().unwrap();
        let taken = taken?;
        let all = taken[0]["top"].as_array().cloned().unwrap_or_default();
        let found = all.iter().find(|process| process["pid"] == pid);
        let Some(process) = found else { return Err(Verdict::Broken(format!("no {pid}: {all:?}"))) };
        kept!(process["name"] == name, "its name is {}", process["name"]);
        kept!(process["ppid"] == std::process::id(), "its parent is {}", process["ppid"]);
        kept!(["S", "R", "D"].contains(&process["state"].as_str().unwrap_or("")), "{process}");
        kept!(process["threads"] == 1, "{process}");
        Ok(())
    }

    /// A process that has gone between the look at its folder and the read: the sample
    /// goes on without it, and counts it.
    "P12", &[] => fn g10_a_process_that_vanishes_is_counted(scene) {
        let mut said = scene.ear("said");
        let mut parent = scene.command("sh");
        parent.args(["-c", "sleep 1000 & echo $! >said; wait"]).stdout(Stdio::null());
        let mut parent = parent.spawn().unwrap();
        let path = format!("/proc/{}/stat", said.lines(1).join(""));
        let root = parent.id().to_string();
        let taken = injected("read", "error=ESRCH:when=2+", Some(&path))
            .and_then(|words| samples(scene, &words, &["-p", &root, "-n", "3", "-i", "0.05"]));
        parent.kill().unwrap();
        parent.wait().unwrap();
        let taken = taken?;
        kept!(taken.len() == 3, "{} samples", taken.len());
        let (first, last) = (&taken[0]["trees"][0], &taken[2]["trees"][0]);
        kept!(first["processes"] == 2 && first["vanished"] == 0, "{first}");
        kept!(last["processes"] == 1 && last["vanished"] == 1, "{last}");
        Ok(())
    }
}
