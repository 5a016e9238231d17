//! `pgmon` from outside.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod listen;
mod prometheus;
mod top;

use crate::tool;
use record::{Fields, Record, Sample, Summary, parse_record};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Command, Stdio};

/// What a run wrote and how it ended.
struct Ran {
    out: String,
    err: String,
    code: Option<i32>,
}

fn ran(args: &[&str]) -> Ran {
    let output = tool("pgmon").args(args).output().unwrap();
    Ran {
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
        code: output.status.code(),
    }
}

fn records<R: Record>(text: &str) -> Vec<R> {
    let parse = |line: &str| {
        let fields = Fields::parse(line.as_bytes()).unwrap();
        let kind: String = serde_json::from_str(fields.get("type").unwrap().get()).unwrap();
        (kind == R::KIND).then(|| parse_record(line.as_bytes(), &fields).unwrap())
    };
    text.lines().filter_map(parse).collect()
}

fn summary(text: &str) -> Summary {
    let all = records::<Summary>(text);
    assert_eq!(all.len(), 1, "{text}");
    all.into_iter().next().unwrap()
}

/// `pgmon` as a child of ours that a test talks to.
fn child(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgmon"));
    command.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn signal(name: &str, pid: u32) {
    let done = Command::new("kill").args([name, &pid.to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn version_names_the_records() {
    let out = tool("pgmon").arg("--version").output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "pgmon 0.1.0 (records version 1)\n");
}

#[test]
fn counts_samples_the_first_without_rates() {
    let ran = ran(&["-i", "10ms", "-n", "3"]);
    assert_eq!((ran.code, ran.err.as_str()), (Some(0), ""));
    let samples = records::<Sample>(&ran.out);
    assert_eq!(samples.iter().map(|s| s.seq).collect::<Vec<_>>(), [0, 1, 2]);
    assert!(samples[0].cpu.is_none() && samples[0].interval_s.as_micros() == 0);
    assert!(samples.is_sorted_by(|a, b| a.time < b.time));
    let last = &samples[2];
    assert!(last.memory.as_ref().unwrap().total_bytes > 0);
    assert!(last.processes.as_ref().unwrap().count >= 1);
    assert!(last.memory.as_ref().unwrap().major_faults_per_s.is_some());
    assert!(last.own.as_ref().unwrap().max_rss_bytes > 0);
    assert!(last.trees.is_empty() && last.top.is_empty());
    if let Some(cpu) = &last.cpu {
        let all = cpu.user + cpu.nice + cpu.system + cpu.idle + cpu.iowait + cpu.irq + cpu.softirq;
        assert!((all + cpu.steal - 1.0).abs() < 1e-4, "{cpu:?}");
    }
}

#[test]
fn the_command_decides_the_status() {
    for (command, code) in [
        (&["true"][..], 0),
        (&["sh", "-c", "exit 7"], 7),
        (&["sh", "-c", "kill -9 $$"], 137),
        (&["no-such-command-anywhere"], 127),
        (&["./no/such/file"], 127),
        (&["/etc/passwd"], 126),
        (&["/"], 126),
    ] {
        let ran = ran(&[&["-q", "--"], command].concat());
        assert_eq!(ran.code, Some(code), "{command:?} {}", ran.err);
        if code > 125 && code < 128 {
            assert!(ran.err.starts_with(&format!("pgmon: {}: ", command[0])), "{}", ran.err);
            assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""));
        } else {
            let summary = summary(&ran.out);
            assert_eq!(summary.signal, (code == 137).then_some(9));
            assert_eq!(summary.exit, (code != 137).then_some(code));
        }
    }
}

#[test]
fn own_failures_are_125_and_say_what_to_do() {
    for (args, words) in [
        (&["-i", "0"][..], "least is 1ms"),
        (&["-i", "soon"], "is no duration"),
        (&["-n", "0"], "at least 1"),
        (&["--pid", "0"], "at least 1"),
        (&["--pid", "4194304999"], "--pid 4194304999: there is no such process"),
        (&["--pid", "4194303"], "--pid 4194303: there is no such process"),
        (&["--cgroup", "/no/such/group"], "--cgroup /no/such/group: "),
        (&["--by", "rss"], "--top"),
        (&["-o", "/no/such/folder/x", "-n", "1"], "/no/such/folder/x: No such file or directory"),
        (&["--pid", "1", "--", "true"], "cannot be used with"),
        (&["--frequently"], "--frequently"),
    ] {
        let ran = ran(args);
        assert_eq!(ran.code, Some(125), "{args:?}");
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
        assert_eq!((ran.err.lines().count(), ran.out.as_str()), (1, ""), "{}", ran.err);
    }
}

#[test]
fn samples_and_output_do_not_mix() {
    let talk = ["--", "sh", "-c", "echo out; echo err >&2"];
    let mixed = ran(&talk);
    assert_eq!(mixed.err, "out\nerr\n");
    assert_eq!(records::<Sample>(&mixed.out).len() as u64, summary(&mixed.out).samples);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples");
    let apart = ran(&[&["-o", file.to_str().unwrap()][..], &talk].concat());
    assert_eq!((apart.out.as_str(), apart.err.as_str()), ("out\n", "err\n"));
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(summary(&text).exit, Some(0));
}

#[test]
fn operands_need_no_dashes_and_bytes_are_bytes() {
    use std::os::unix::ffi::OsStrExt as _;
    let odd = std::ffi::OsStr::from_bytes(b"\xff -n");
    let out = tool("pgmon").args(["-q", "printf", "%s"]).arg(odd).output().unwrap();
    assert_eq!(out.stderr, b"\xff -n");
    let text = String::from_utf8(out.stdout).unwrap();
    assert!(text.contains(r#""cmd":["printf","%s",{"b64":"/yAtbg=="}]"#), "{text}");
}

#[test]
fn csv_has_one_header_and_a_table_its_titles() {
    let csv = ran(&["-i", "5ms", "-n", "3", "--format", "csv"]);
    let rows: Vec<&str> = csv.out.lines().collect();
    assert_eq!(rows.len(), 4);
    assert!(rows[0].starts_with("time,interval_s,seq,missed,cpus,cpu_busy,"));
    assert!(rows[1..].iter().all(|row| row.matches(',').count() == rows[0].matches(',').count()));
    let said = ran(&["--format", "csv", "--", "true"]);
    assert!(said.err.contains("exit 0, wall "), "{}", said.err);
    assert_eq!(ran(&["--format", "csv", "-q", "--", "true"]).err, "");
    let table = ran(&["-i", "5ms", "-n", "2", "--format", "table"]);
    assert!(table.out.trim_start().starts_with("SECONDS"), "{}", table.out);
    assert_eq!(table.out.lines().count(), 3);
}

#[test]
fn touched_memory_is_read_in_full() {
    const SIZE: usize = 64 << 20;
    let touched = vec![1u8; SIZE];
    let pid = std::process::id().to_string();
    let ran = ran(&["-n", "1", "--pss", "--pid", &pid]);
    assert_eq!(touched.iter().map(|byte| u64::from(*byte)).sum::<u64>(), SIZE as u64);
    let sample = &records::<Sample>(&ran.out)[0];
    let tree = &sample.trees[0];
    assert!(tree.rss_bytes >= SIZE as u64, "{tree:?}");
    assert!(tree.pss_bytes.unwrap() >= SIZE as u64, "{tree:?}");
    // pgmon is a child of this process, so it belongs to the tree
    assert!(tree.processes >= 2 && tree.threads > tree.processes && tree.fds > 3, "{tree:?}");
}

/// A shell loop of some hundredths of a second.
const SPIN: &str = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done";

/// Seconds of the four numbers that the shell's `times` prints: 0m0.01s.
fn times(text: &str) -> Vec<f64> {
    let seconds = |word: &str| {
        let (minutes, rest) = word.split_once('m').unwrap();
        let rest: f64 = rest.trim_end_matches('s').parse().unwrap();
        minutes.parse::<f64>().unwrap() * 60.0 + rest
    };
    text.split_whitespace().map(seconds).collect()
}

#[test]
fn cpu_time_is_what_the_kernel_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("samples");
    let pgmon = env!("CARGO_BIN_EXE_pgmon");
    let script = format!(
        "{pgmon} -i 20ms -o {} -- sh -c '({SPIN}) & ({SPIN}) & ({SPIN}; {SPIN}); wait'; times",
        file.display()
    );
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    let counted = times(&String::from_utf8(output.stdout).unwrap());
    let text = std::fs::read_to_string(file).unwrap();
    let summary = summary(&text);
    let ours = (summary.user_s + summary.system_s + summary.own_cpu_s).as_f64();
    let kernel = counted[2] + counted[3];
    // the shell prints hundredths, and pgmon itself goes on a little after its last sample
    assert!((kernel - ours).abs() < 0.05, "{kernel} {ours}");
    assert!(summary.user_s.as_f64() > 0.0 && summary.vanished >= 3, "{summary:?}");
    let samples = records::<Sample>(&text);
    let used: Vec<_> = samples.iter().map(|s| s.trees[0].user_s).collect();
    assert!(used.is_sorted(), "{used:?}");
}

#[test]
fn orphans_of_a_command_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().display();
    let script = format!(
        "mkfifo {place}/done; (sh -c '{SPIN}; times > {place}/times; echo > {place}/done' &); \
         read line < {place}/done"
    );
    let ran = ran(&["-i", "10ms", "--", "sh", "-c", &script]);
    let orphan = times(&std::fs::read_to_string(folder.path().join("times")).unwrap());
    let summary = summary(&ran.out);
    let ours = (summary.user_s + summary.system_s).as_f64();
    assert!(ours + 0.02 >= orphan[0] + orphan[1], "{ours} {orphan:?}");
    assert!(ours > 0.0);
}

#[test]
fn a_process_that_goes_ends_the_watch() {
    let mut cat = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
    let pid = cat.id().to_string();
    let mut pgmon = child(&["-i", "5ms", "-n", "1000000", "-p", &pid]).spawn().unwrap();
    let mut lines = BufReader::new(pgmon.stdout.take().unwrap());
    let mut first = String::new();
    lines.read_line(&mut first).unwrap();
    drop(cat.stdin.take());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    let ended = pgmon.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    let note = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(note, format!("pgmon: process {pid} has ended\n"));
    // a zombie has ended too: nobody has waited for it until now
    cat.wait().unwrap();
    assert_eq!(records::<Sample>(&first)[0].trees[0].processes, 1);
    assert_eq!(records::<Sample>(&rest).last().unwrap().trees[0].processes, 0);
}

#[test]
fn a_signal_sent_to_pgmon_reaches_the_command() {
    let script = "trap 'exit 5' TERM; echo ready >&2; read line; exit 6";
    let mut pgmon = child(&["-i", "1h", "--", "sh", "-c", script]).spawn().unwrap();
    let mut err = BufReader::new(pgmon.stderr.take().unwrap());
    err.read_line(&mut String::new()).unwrap();
    // held open: at its end the command would exit with 6
    let stdin = pgmon.stdin.take();
    signal("-TERM", pgmon.id());
    let ended = pgmon.wait_with_output().unwrap();
    drop(stdin);
    assert_eq!(ended.status.code(), Some(5));
    assert_eq!(summary(&String::from_utf8(ended.stdout).unwrap()).exit, Some(5));
}

#[test]
fn a_signal_ends_the_watch_after_a_last_sample() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut pgmon = child(&["-i", "1h"]).spawn().unwrap();
    let mut lines = BufReader::new(pgmon.stdout.take().unwrap());
    lines.read_line(&mut String::new()).unwrap();
    signal("-INT", pgmon.id());
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert_eq!(records::<Sample>(&rest).len(), 1);
    assert_eq!(pgmon.wait().unwrap().signal(), Some(2));
}

#[test]
fn a_reader_that_goes_ends_the_watch_but_not_a_command() {
    use std::os::unix::process::ExitStatusExt as _;
    let mut pgmon = child(&["-i", "1ms"]).spawn().unwrap();
    drop(pgmon.stdout.take());
    assert_eq!(pgmon.wait().unwrap().signal(), Some(13));
    for (end, code) in [("exit 0", 125), ("exit 3", 3)] {
        let script = format!("read line; {end}");
        let mut pgmon = child(&["-i", "1ms", "--", "sh", "-c", &script]).spawn().unwrap();
        drop(pgmon.stdout.take());
        let mut err = BufReader::new(pgmon.stderr.take().unwrap());
        let mut said = String::new();
        err.read_line(&mut said).unwrap();
        assert!(said.contains("Broken pipe; no more samples, the command goes on"), "{said}");
        pgmon.stdin.take().unwrap().write_all(b"end\n").unwrap();
        assert_eq!(pgmon.wait().unwrap().code(), Some(code));
    }
}

#[test]
fn an_output_that_fails_does_not_end_the_others() {
    let folder = tempfile::tempdir().unwrap();
    for (args, count) in [(&["-i", "1h", "--", "true"][..], 2), (&["-i", "1ms", "-n", "3"], 3)] {
        let ring = folder.path().join(count.to_string());
        let (ring, text) = (ring.to_str().unwrap(), folder.path().join("a.prom"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut pgmon = child(&["--format", "ndjson"]);
        pgmon.args(["-q", "--ring", ring, "--keep", "1m", "--textfile"]).arg(&text);
        let ended = pgmon.args(args).stdout(writer).output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        let words = "standard output: Broken pipe; no more samples there, the other outputs go on";
        assert_eq!(said, format!("pgmon: {words}\n"));
        assert_eq!(ended.status.code(), Some(125));
        // the others have all samples, the one at which it failed too
        let kept = ran(&["--read", ring]).out;
        assert_eq!(records::<Sample>(&kept).len(), count);
        assert_eq!(records::<Summary>(&kept).len(), usize::from(args.contains(&"true")));
        let text = std::fs::read_to_string(text).unwrap();
        assert!(text.contains(&format!("\npgmon_samples_total {count}\n")), "{text}");
    }
    // none is left
    let both = ran(&["-o", "/dev/full", "--textfile", "/no/such/folder/a.prom"]);
    let told = "pgmon: /dev/full: No space left on device\n\
                pgmon: /no/such/folder/a.prom: No such file or directory\n";
    assert_eq!((both.code, both.err.as_str()), (Some(125), told));
}

#[test]
fn a_full_disk_is_noticed() {
    let lone = ran(&["-n", "1", "-o", "/dev/full"]);
    assert_eq!(lone.code, Some(125));
    assert_eq!(lone.err, "pgmon: /dev/full: No space left on device\n");
    let command = ran(&["-o", "/dev/full", "--", "echo", "done"]);
    assert_eq!((command.code, command.out.as_str()), (Some(125), "done\n"));
}

#[test]
fn the_busiest_of_all_processes() {
    let ran = ran(&["-i", "10ms", "-n", "2", "--top=0", "--by", "rss"]);
    let samples = records::<Sample>(&ran.out);
    let top = &samples[1].top;
    assert_eq!(top.len() as u64, samples[1].processes.as_ref().unwrap().count);
    assert!(top.is_sorted_by(|a, b| a.rss_bytes >= b.rss_bytes));
    let us = top.iter().find(|process| process.pid == std::process::id()).unwrap();
    assert!(us.rss_bytes > 0 && us.cpu.is_some());
    let three = tool("pgmon").args(["-n", "1", "--top=3"]).output().unwrap();
    assert!(records::<Sample>(&String::from_utf8(three.stdout).unwrap())[0].top.len() <= 3);
}
