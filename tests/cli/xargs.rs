//! `xargs`, through a link of that name.
//!
//! `xargs/cases.ndjson` is what the real one (findutils 4.9.0) has done: command line,
//! input, output, status, and standard error where ours is to be the same.
//! `xargs/splits.ndjson` has inputs made by chance, for the unit tests of the cutter, too.

use serde_json::Value;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const CASES: &str = include_str!("xargs/cases.ndjson");
const SPLITS: &str = include_str!("xargs/splits.ndjson");

/// Prints a command's arguments so that each can be told from the others.
const SHOW: [&str; 4] = ["sh", "-c", r#"for a; do printf "[%s]" "$a"; done; echo ."#, "_"];

/// A folder with the link, and with a file of arguments.
fn place() -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    let link = dir.path().join("xargs");
    symlink(env!("CARGO_BIN_EXE_pgrun"), &link).unwrap();
    fs::write(dir.path().join("FILE"), "one two\n'three 4'\n").unwrap();
    (dir, link)
}

fn begin(program: &Path, args: &[&str], dir: &Path) -> Child {
    let mut command = Command::new(program);
    let streams = [Stdio::piped(), Stdio::piped(), Stdio::piped()];
    let [input, output, error] = streams;
    command.args(args).current_dir(dir).stdin(input).stdout(output).stderr(error);
    // as the table was recorded
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C");
    command.spawn().unwrap()
}

fn run(program: &Path, args: &[&str], input: &[u8], dir: &Path) -> Output {
    let mut child = begin(program, args, dir);
    let mut stdin = child.stdin.take().unwrap();
    std::thread::scope(|scope| {
        // one that ends early does not read it all
        scope.spawn(move || drop(stdin.write_all(input)));
        child.wait_with_output().unwrap()
    })
}

/// Makes a fifo and opens it both ways: nobody waits for it to be opened.
fn fifo(dir: &Path, name: &str) -> fs::File {
    let path = dir.join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    fs::OpenOptions::new().read(true).write(true).open(path).unwrap()
}

/// What our xargs does.
fn xargs(args: &[&str], input: impl AsRef<[u8]>) -> Output {
    let (dir, link) = place();
    run(&link, args, input.as_ref(), dir.path())
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

struct Case {
    line: &'static str,
    args: Vec<String>,
    input: String,
    stdout: String,
    status: i32,
    stderr: Option<String>,
}

fn cases(table: &'static str) -> Vec<Case> {
    let text = |value: &Value| value.as_str().map(str::to_string);
    let read = |line: &'static str| {
        let case: Value = serde_json::from_str(line).unwrap();
        Case {
            line,
            args: case["args"].as_array().unwrap().iter().filter_map(text).collect(),
            input: text(&case["stdin"]).unwrap(),
            stdout: text(&case["stdout"]).unwrap(),
            status: case["status"].as_i64().unwrap() as i32,
            stderr: text(&case["stderr"]),
        }
    };
    table.lines().map(read).collect()
}

/// What differs from the table when this program is run.
fn differences(program: &Path, dir: &Path, cases: &[Case]) -> Vec<String> {
    let mut wrong = Vec::new();
    for case in cases {
        let args: Vec<&str> = case.args.iter().map(String::as_str).collect();
        let output = run(program, &args, case.input.as_bytes(), dir);
        let same = out(&output) == case.stdout
            && output.status.code() == Some(case.status)
            && case.stderr.as_ref().is_none_or(|stderr| *stderr == err(&output));
        if !same {
            let (stdout, stderr) = (out(&output), err(&output));
            wrong.push(format!("{}\n  {stdout:?} {} {stderr:?}", case.line, output.status));
        }
    }
    wrong
}

/// The random inputs with the command that they were recorded with.
fn splits() -> Vec<Case> {
    let mut all = cases(SPLITS);
    for case in &mut all {
        let replaces = case.args.iter().any(|arg| arg == "-I{}");
        case.args.extend(SHOW.map(String::from));
        case.args.extend(replaces.then(|| "<{}>".to_string()));
    }
    all
}

#[test]
fn everything_goes_as_the_real_one_has_done_it() {
    let (dir, link) = place();
    let all = cases(CASES);
    assert!(all.len() >= 60);
    let wrong = differences(&link, dir.path(), &all);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tables are what they say, where that version is installed.
#[test]
fn the_real_one_still_does_it() {
    let real = Path::new("/usr/bin/xargs");
    let version = Command::new(real).arg("--version").output();
    if !version.is_ok_and(|v| v.stdout.starts_with(b"xargs (GNU findutils) 4.9.")) {
        eprintln!("the_real_one_still_does_it: left out: no xargs of findutils 4.9");
        return;
    }
    let (dir, _) = place();
    let link = dir.path().join("real");
    fs::create_dir(&link).unwrap();
    symlink(real, link.join("xargs")).unwrap();
    let named_xargs = |case: &Case| case.stderr.is_none();
    let all: Vec<Case> = cases(CASES).into_iter().chain(splits()).filter(named_xargs).collect();
    let wrong = differences(&link.join("xargs"), dir.path(), &all);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn arguments_are_bytes() {
    let (dir, link) = place();
    let all: Vec<u8> = (1..=255u8).filter(|byte| *byte != b'\n').collect();
    let input = [all.as_slice(), b"\n"].concat();
    let output = run(&link, &["-d", "\\n", "printf", "%s"], &input, dir.path());
    assert_eq!(output.stdout, all);
    let output = run(&link, &["-I{}", "-0", "printf", "<{}>"], b"\xff\xfe\0", dir.path());
    assert_eq!(output.stdout, b"<\xff\xfe>");
}

#[test]
fn no_shell_sees_an_argument() {
    let nasty = ["$(touch hit)", "`touch hit`", "; touch hit", "'", "\"", "\\", "*", "~", "-n", ""];
    let (dir, link) = place();
    let input = nasty.map(|word| format!("{word}\0")).concat();
    let want: String = nasty.iter().map(|word| format!("[{word}]")).collect();
    let script = "f() { printf '[%s]' \"$@\"; }; f \"$@\"";
    let output = run(&link, &["-0", "bash", "-c", script, "_"], input.as_bytes(), dir.path());
    assert_eq!(out(&output), want);
    let args = ["-0", "-I{}", "bash", "-c", script, "_", "{}"];
    assert_eq!(out(&run(&link, &args, input.as_bytes(), dir.path())), want);
    assert!(!dir.path().join("hit").exists());
}

#[test]
fn many_arguments_are_packed_as_full_as_the_real_one_does() {
    let input: String = (1..=100_000).map(|n| format!("{n}\n")).collect();
    let output = xargs(&["sh", "-c", "echo $#", "sh"], &input);
    let counts: Vec<u64> = out(&output).lines().map(|line| line.parse().unwrap()).collect();
    assert_eq!(counts.iter().sum::<u64>(), 100_000);
    // recorded: 131072 bytes with those of the command
    let own = "sh\0-c\0echo $#\0sh\0".len();
    let mut want = Vec::new();
    let (mut bytes, mut count) = (own, 0);
    for n in 1..=100_000u32 {
        let length = n.to_string().len() + 1;
        if bytes + length > 128 << 10 {
            want.push(count);
            (bytes, count) = (own, 0);
        }
        bytes += length;
        count += 1;
    }
    want.push(count);
    assert_eq!(counts, want);
}

#[test]
fn what_no_command_line_holds_is_said() {
    let long = "x".repeat(200_000);
    let output = xargs(&["echo"], &long);
    assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()));
    assert_eq!(err(&output), "xargs: argument line too long\n");
    let output = xargs(&["-s", "500000", "echo"], &long);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("no command takes more than 131071"), "{}", err(&output));
    let fits = "x".repeat(131_071);
    let output = xargs(&["-s", "500000", "sh", "-c", "echo ${#1}", "sh"], &fits);
    assert_eq!(out(&output), "131071\n");
    // short arguments whose pointers count for more than their bytes
    let many = "x\n".repeat(500_000);
    let output = xargs(&["-s", "2000000", "sh", "-c", "echo $#", "sh"], &many);
    let sum: u64 = out(&output).lines().map(|line| line.parse::<u64>().unwrap()).sum();
    assert_eq!((output.status.code(), sum), (Some(0), 500_000));
}

#[test]
fn commands_run_at_once_and_write_themselves() {
    for (jobs, together) in [("-P3", "a b c"), ("-P0", "a b c d e")] {
        let (dir, link) = place();
        let names: Vec<&str> = together.split(' ').collect();
        // kept open here, so that what one says waits for the other
        let _open: Vec<fs::File> = names.iter().map(|name| fifo(dir.path(), name)).collect();
        // each waits for its neighbour: nobody ends before all run
        let pairs: String = names
            .iter()
            .zip(names.iter().cycle().skip(1))
            .map(|(one, other)| format!("{one} {other}\n"))
            .collect();
        let script = "printf 1; echo x >$0; read y <$1; printf 2";
        let output = run(&link, &[jobs, "-n2", "sh", "-c", script], pairs.as_bytes(), dir.path());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let text = out(&output);
        assert_eq!(text.matches('1').count(), names.len());
        assert!(text.len() == 2 * names.len(), "{text}");
    }
}

#[test]
fn output_comes_as_it_is_written() {
    let (dir, link) = place();
    let mut go = fifo(dir.path(), "go");
    let mut child =
        begin(&link, &["-P1", "sh", "-c", "echo begun; read x <go; echo $x"], dir.path());
    drop(child.stdin.take());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "begun");
    go.write_all(b"ended\n").unwrap();
    assert_eq!(lines.next().unwrap().unwrap(), "ended");
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_first_command_runs_before_the_input_ends() {
    let (dir, link) = place();
    let mut child = begin(&link, &["-n1", "echo", "got"], dir.path());
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"one two").unwrap();
    let mut first = [0u8; 8];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"got one\n");
    drop(input);
    assert!(child.wait().unwrap().success());
}

#[test]
fn a_status_of_255_starts_nothing_more_and_lets_the_rest_end() {
    let (dir, link) = place();
    let (_there, mut go) = (fifo(dir.path(), "there"), fifo(dir.path(), "go"));
    let script = "case $0 in a) echo x >there; read x <go; echo $0 ended;; \
                  b) read x <there; exit 255;; *) echo $0;; esac";
    let mut child = begin(&link, &["-P2", "-n1", "sh", "-c", script], dir.path());
    child.stdin.take().unwrap().write_all(b"a b c d").unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "xargs: sh: exited with status 255; aborting\n");
    go.write_all(b"x\n").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), out(&output)), (Some(124), "a ended\n".to_string()));
}

#[test]
fn usr1_lets_one_more_run() {
    let (dir, link) = place();
    let _go = fifo(dir.path(), "go");
    // the first one waits for the second
    let script = "case $0 in a) echo begun; read x <go;; b) echo x >go;; esac";
    let mut child = begin(&link, &["-P1", "-n1", "sh", "-c", script], dir.path());
    child.stdin.take().unwrap().write_all(b"a b").unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-USR1", &pid]).status().unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
}

#[test]
fn commands_are_tied_to_us_as_to_xargs() {
    let (dir, link) = place();
    // process group, inherited descriptors, environment, ignored signals
    let script = format!(
        "exec 7<FILE; export A=1; trap '' HUP
         echo | {link} sh -c 'head -n1 <&7'
         env | sort >before; echo | {link} env | sort >after; grep -v ^_= before | diff - <(grep -v ^_= after)
         echo | {link} sh -c 'grep SigIgn /proc/self/status' | cut -f2
         grep SigIgn /proc/$BASHPID/status | cut -f2
         set -m; echo | {link} sh -c 'ps -o pgid= -p $$,$PPID | sort -u | wc -l'",
        link = link.display()
    );
    let output = run(Path::new("bash"), &["-c", &script], b"", dir.path());
    let text = out(&output);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text} {}", err(&output));
    assert_eq!(lines[0], "one two");
    let ignored = |line: &str| u64::from_str_radix(line, 16).unwrap() & 1;
    assert_eq!((ignored(lines[1]), ignored(lines[2])), (1, 1));
    assert_eq!(lines[3].trim(), "1");
}

#[test]
fn a_signal_ends_xargs_alone() {
    let (dir, link) = place();
    let mut child = begin(&link, &["sh", "-c", "echo $$; exec sleep 1000"], dir.path());
    drop(child.stdin.take());
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let signal = |args: &[&str]| Command::new("kill").args(args).status().unwrap().success();
    assert!(signal(&["-TERM", &child.id().to_string()]));
    assert_eq!(child.wait().unwrap().signal(), Some(15));
    assert!(signal(&["-KILL", line.trim()]), "the command goes on");
}

#[test]
fn what_wants_a_terminal_says_that_there_is_none() {
    let (dir, link) = place();
    for (flag, status) in [("-p", 1), ("-o", 126)] {
        let words = [link.to_str().unwrap(), flag, "echo", "x"];
        let output = run(Path::new("setsid"), &[&["-w"], &words[..]].concat(), b"a", dir.path());
        assert_eq!((output.status.code(), out(&output)), (Some(status), String::new()), "{flag}");
        assert!(err(&output).contains("xargs: /dev/tty: "), "{}", err(&output));
    }
}

#[test]
fn a_wrong_command_line_says_what_is_right() {
    for (args, message) in [
        (&["-n", "x", "echo"][..], "-n x: write a whole number, 1 or more"),
        (&["-P", "-1", "echo"], "-P -1: write a whole number, 0 or more"),
        (&["-d", "ab", "echo"], "-d ab: write one byte"),
        (&["--max-chrs=3", "echo"], "--max-chars"),
        (&["-a", "no-such-file", "echo"], "no-such-file: No such file or directory"),
        (&["-a", "/", "echo"], "/: is a folder; name a file"),
        (&["--process-slot-var=A=B"], "the name of a variable has no"),
        (&["-I", "", "echo"], "-I: write a text that is to be replaced"),
    ] {
        let output = xargs(args, "");
        let text = err(&output);
        assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()), "{args:?}");
        assert!(text.starts_with("xargs: ") && text.contains(message), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
}

#[test]
fn help_version_and_limits() {
    let version = out(&xargs(&["--version"], ""));
    assert!(version.starts_with("xargs (pgrun ") && version.contains("GNU findutils"), "{version}");
    let help = out(&xargs(&["--help"], ""));
    for flag in ["--null", "--max-procs", "--process-slot-var", "-I <R>", "-L <N>", "-E <END>"] {
        assert!(help.contains(flag), "{flag}: {help}");
    }
    let limits = err(&xargs(&["--show-limits", "-r", "true"], ""));
    assert_eq!(limits.lines().count(), 6, "{limits}");
    assert!(limits.contains("Size of command buffer we are actually using: 131072"), "{limits}");
}

#[test]
fn links_are_installed_on_request() {
    let dir = TempDir::new().unwrap();
    fs::copy(env!("CARGO_BIN_EXE_pgrun"), dir.path().join("pgrun")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/install-links");
    let install = |args: &[&str]| run(&script, args, b"", dir.path());
    assert_eq!(install(&[]).status.code(), Some(2));
    fs::write(dir.path().join("sem"), "mine").unwrap();
    let refused = install(&["."]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("./sem is there and is no link to pgrun"), "{}", err(&refused));
    assert!(!dir.path().join("parallel").exists(), "nothing was made");
    let forced = install(&["--force", "."]);
    assert_eq!(forced.status.code(), Some(0), "{}", err(&forced));
    assert!(out(&forced).contains("./sem -> pgrun (replaced what was there)"), "{}", out(&forced));
    let again = install(&["."]);
    assert_eq!(out(&again).matches("(was there, renewed)").count(), 3, "{}", out(&again));
    for name in ["parallel", "sem", "xargs"] {
        let link = dir.path().join(name);
        assert_eq!(fs::read_link(&link).unwrap().as_os_str().as_bytes(), b"pgrun");
    }
    let output = run(&dir.path().join("xargs"), &["echo", "x"], b"y", dir.path());
    assert_eq!(out(&output), "x y\n");
}
