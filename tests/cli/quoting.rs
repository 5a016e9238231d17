//! Direct execution gives the result that the shell gives: each command line of
//! `tests/examples/quoting.txt` is run by pgrun and by the shell itself.

use crate::tool;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Between the outputs of two commands.
const MARK: &[u8] = b"==the next command==\n";

/// Arguments of lines with `{}` that stands outside of quotes.
const ARGS: [&str; 8] =
    ["x", "", "a  b", "it's", "$V;`f`\"", "*.txt", "-e\\n#~{a,b}", "two\nlines é"];

/// Result of a command: exit status or signal, and standard output.
type Ended = (String, Vec<u8>);

fn corpus() -> Vec<Vec<u8>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples/quoting.txt");
    let text = fs::read(path).unwrap();
    let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.filter(|line| !line.starts_with(b"## ")).map(decoded).collect()
}

fn decoded(line: &[u8]) -> Vec<u8> {
    let Some(rest) = line.strip_prefix(b"@") else { return line.to_vec() };
    let mut out = Vec::new();
    let mut bytes = rest.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'\\' {
            out.push(*byte);
            continue;
        }
        let mut digit = || char::from(*bytes.next().unwrap());
        out.push(match digit() {
            'n' => b'\n',
            't' => b'\t',
            'r' => b'\r',
            'x' => {
                let hex = [digit(), digit()].iter().collect::<String>();
                u8::from_str_radix(&hex, 16).unwrap()
            }
            other => u8::try_from(other).unwrap(),
        });
    }
    out
}

/// A folder with a few files, in which the commands run.
fn folder() -> TempDir {
    let dir = TempDir::new().unwrap();
    let at = |name: &str| dir.path().join(name);
    fs::write(at("a.txt"), "a b\nc\n").unwrap();
    fs::write(at("b c.txt"), "d\n").unwrap();
    fs::create_dir(at("sub")).unwrap();
    fs::write(at("sub/c.txt"), "e\n").unwrap();
    // no first line that names an interpreter: the shell reads it
    fs::write(at("script"), "echo \"script $# $1\"\n").unwrap();
    fs::set_permissions(at("script"), fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// What both see: variables, an exported function.
const ENVIRONMENT: [(&str, &str); 4] = [
    ("LC_ALL", "C.UTF-8"),
    ("V", "a b"),
    ("BASH_FUNC_f%%", "() { echo \"f $# $1\"; return 5; }"),
    ("HOME", "/home/of x"),
];

/// Jobs of one pgrun, one after the other, each with its result.
fn by_pgrun(shell: &str, words: &[&OsStr], jobs: &[Vec<u8>]) -> Vec<Ended> {
    let dir = folder();
    let log = TempDir::new().unwrap();
    let log = log.path().join("log");
    let output = tool("pgrun")
        .args(["-j1", "-k", "--lines", "-0", "--joblog"])
        .arg(&log)
        .args(words)
        .env("PARALLEL_SHELL", shell)
        .envs(ENVIRONMENT)
        .current_dir(dir.path())
        .write_stdin(jobs.join(&0))
        .output()
        .unwrap();
    let log = String::from_utf8_lossy(&fs::read(log).unwrap_or_default()).into_owned();
    let status = |line: &str| {
        let columns: Vec<&str> = line.split('\t').collect();
        if columns[7] == "0" { columns[6].to_string() } else { format!("signal {}", columns[7]) }
    };
    // a command may stand in several lines: those that begin with the number count
    let mut ended: Vec<(u64, String)> = log
        .lines()
        .skip(1)
        .filter(|line| line.split('\t').count() >= 9)
        .map(|line| (line.split('\t').next().unwrap().parse().unwrap(), status(line)))
        .collect();
    ended.sort();
    let outputs = split(&output.stdout);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(ended.len(), jobs.len(), "{words:?}: {message}");
    if jobs.len() == 1 {
        return vec![(ended[0].1.clone(), output.stdout)];
    }
    ended.chunks(2).map(|pair| pair[0].1.clone()).zip(outputs).collect()
}

/// The outputs between the marks.
fn split(text: &[u8]) -> Vec<Vec<u8>> {
    let (mut outputs, mut begin, mut at) = (Vec::new(), 0, 0);
    while at + MARK.len() <= text.len() {
        if text[at..].starts_with(MARK) {
            outputs.push(text[begin..at].to_vec());
            at += MARK.len();
            begin = at;
        } else {
            at += 1;
        }
    }
    outputs
}

fn by_shell(shell: &str, dir: &Path, words: &[&OsStr]) -> Ended {
    let output = Command::new(shell)
        .arg("-c")
        .args(words)
        .envs(ENVIRONMENT)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let status = match output.status.signal() {
        Some(signal) => format!("signal {signal}"),
        None => output.status.code().unwrap().to_string(),
    };
    (status, output.stdout)
}

fn shown(text: &[u8]) -> String {
    text.escape_ascii().to_string()
}

fn differences(lines: &[Vec<u8>], ours: &[Ended], theirs: &[Ended]) -> Vec<String> {
    assert_eq!((ours.len(), theirs.len()), (lines.len(), lines.len()));
    let both = ours.iter().zip(theirs).zip(lines);
    both.filter(|((ours, theirs), _)| ours != theirs)
        .map(|((ours, theirs), line)| {
            let show = |ended: &Ended| format!("{} {}", ended.0, shown(&ended.1));
            format!("{}\n  pgrun: {}\n  shell: {}", shown(line), show(ours), show(theirs))
        })
        .collect()
}

#[test]
fn the_corpus_is_large() {
    assert!(corpus().len() >= 320, "{}", corpus().len());
}

/// As the command of a job: what needs no shell is executed without one.
#[test]
fn lines_end_as_in_the_shell() {
    let lines: Vec<Vec<u8>> =
        corpus().into_iter().filter(|line| !line.windows(2).any(|two| two == b"{}")).collect();
    let mark = [b"printf %s '", MARK, b"'"].concat();
    let jobs: Vec<Vec<u8>> = lines.iter().flat_map(|line| [line.clone(), mark.clone()]).collect();
    for shell in ["/bin/bash", "/bin/dash"].into_iter().filter(|shell| Path::new(shell).exists()) {
        let ours = by_pgrun(shell, &[], &jobs);
        let dir = folder();
        let theirs: Vec<Ended> = lines
            .iter()
            .map(|line| by_shell(shell, dir.path(), &[OsStr::from_bytes(line)]))
            .collect();
        let wrong = differences(&lines, &ours, &theirs);
        assert!(wrong.is_empty(), "{shell}: {} differ\n{}", wrong.len(), wrong.join("\n"));
    }
}

/// As a template: an argument is put in its place.
#[test]
fn lines_with_arguments_end_as_in_the_shell() {
    let shell = "/bin/bash";
    let mut wrong = Vec::new();
    for line in corpus().into_iter().filter(|line| line.windows(2).any(|two| two == b"{}")) {
        let text = String::from_utf8(line.clone()).unwrap();
        // a text for text is the same in every place only if it means nothing to the shell
        let mut odd = false;
        let outside: String = text.split('\'').step_by(2).collect::<Vec<_>>().join(" ");
        for part in outside.split('"').skip(1).step_by(2) {
            odd |= part.contains("{}");
        }
        let quoted = text.split('\'').skip(1).step_by(2).any(|part| part.contains("{}"));
        let args = if odd || quoted { &ARGS[..1] } else { &ARGS[..] };
        let (ours_dir, theirs_dir) = (folder(), folder());
        let ours = tool("pgrun")
            .args(["-j1", "-k", &text, ":::"])
            .args(args)
            .env("PARALLEL_SHELL", shell)
            .envs(ENVIRONMENT)
            .current_dir(ours_dir.path())
            .output()
            .unwrap();
        let mut theirs = Vec::new();
        let mut failed = 0;
        for arg in args {
            let command = match args.len() {
                1 => text.replace("{}", arg),
                _ => text.replace("{}", "\"$1\""),
            };
            let words = [OsStr::new(&command), OsStr::new("bash"), OsStr::new(arg)];
            let (status, output) = by_shell(shell, theirs_dir.path(), &words);
            failed += i32::from(status != "0");
            theirs.extend(output);
        }
        let code = ours.status.code();
        if ours.stdout != theirs || code != Some(failed) {
            let output = [shown(&ours.stdout), shown(&theirs)].join("\n  shell: ");
            let message = String::from_utf8_lossy(&ours.stderr);
            wrong.push(format!(
                "{text}\n  pgrun: {output}\n  {code:?}, failed {failed}\n  {message}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}

/// With a word appended, so that every line goes through the template as well.
#[test]
fn lines_with_a_word_appended_end_as_in_the_shell() {
    let shell = "/bin/bash";
    let (mut wrong, mut refused) = (Vec::new(), 0);
    let (ours_dir, theirs_dir) = (folder(), folder());
    for line in corpus().into_iter().filter(|line| !line.windows(2).any(|two| two == b"{}")) {
        let ours = tool("pgrun")
            .args([OsString::from("-j1"), OsString::from_vec(line.clone())])
            // no program, as `w` is one whose output tells the time
            .args([":::", "word"])
            .env("PARALLEL_SHELL", shell)
            .envs(ENVIRONMENT)
            .current_dir(ours_dir.path())
            .output()
            .unwrap();
        if String::from_utf8_lossy(&ours.stderr).contains("cannot be quoted") {
            refused += 1;
            continue;
        }
        let command = [line.as_slice(), b" word"].concat();
        let (status, output) = by_shell(shell, theirs_dir.path(), &[OsStr::from_bytes(&command)]);
        if ours.stdout != output || (ours.status.code() == Some(0)) != (status == "0") {
            let code = ours.status.code();
            wrong.push(format!(
                "{}\n  pgrun: {code:?} {}\n  shell: {status} {}",
                shown(&command),
                shown(&ours.stdout),
                shown(&output)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(refused < 20, "{refused} lines were refused");
}
