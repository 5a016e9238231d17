//! Every example of the pages and every pipeline of the README is run in bash,
//! in a folder of its own, with the built programs first on PATH and
//! `tests/examples` as `examples`.

use crate::{files_below, none_of, root, text_of};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PROGRAMS: [(&str, &str); 5] = [
    ("pgplan", env!("CARGO_BIN_EXE_pgplan")),
    ("pgrun", env!("CARGO_BIN_EXE_pgrun")),
    ("pglock", env!("CARGO_BIN_EXE_pglock")),
    ("pgmon", env!("CARGO_BIN_EXE_pgmon")),
    ("pgstat", env!("CARGO_BIN_EXE_pgstat")),
];

/// Programs of others that an example may need; without them it is skipped.
const GUESTS: [&str; 5] = ["bats", "dot", "jq", "make", "ninja"];

/// Longest time for an example, as timeout(1) reads it: one that hangs must not hang the tests.
const PATIENCE: &str = "60s";

/// Pipelines that the README shows, with what they print.
const LEAST_PIPELINES: usize = 10;

/// Examples on the page of each program.
const LEAST_EXAMPLES: usize = 5;

struct Script {
    place: String,
    shell: String,
    output: Option<String>,
}

#[test]
fn examples_of_pgplan() {
    examples_of("pgplan");
}

#[test]
fn examples_of_pgrun() {
    examples_of("pgrun");
}

#[test]
fn examples_of_pglock() {
    examples_of("pglock");
}

#[test]
fn examples_of_pgmon() {
    examples_of("pgmon");
}

#[test]
fn examples_of_pgstat() {
    examples_of("pgstat");
}

#[test]
fn every_tool_has_its_test_here() {
    let tested: Vec<&str> = PROGRAMS.iter().map(|(name, _)| *name).collect();
    assert_eq!(tool::tools().map(|tool| tool.name).to_vec(), tested);
}

#[test]
fn pipelines_of_the_readme() {
    let scripts = pipelines(&text_of("README.md"));
    let (count, compared) = (scripts.len(), scripts.iter().filter(|s| s.output.is_some()).count());
    assert!(count >= LEAST_PIPELINES, "README.md shows {count} pipelines");
    assert!(compared >= LEAST_PIPELINES, "README.md shows what {compared} pipelines print");
    let wrong: Vec<String> = scripts.iter().filter_map(run).collect();
    none_of("pipelines of the README that do not work", &wrong);
}

/// The steps of the sample workflow, as a runner of GitHub Actions starts them.
#[test]
fn steps_of_the_workflow() {
    let workflow = text_of("tests/examples/integrations/github.yml");
    let steps: Vec<&str> = workflow
        .lines()
        .filter_map(|line| line.split_once("- run: "))
        .map(|(_, run)| run)
        .collect();
    assert!(steps.len() >= 3, "{steps:?}");
    // the README shows some of them
    let readme = text_of("README.md");
    assert!(steps.iter().filter(|step| readme.contains(*step)).count() >= 2);
    let runner = "export GITHUB_ACTIONS=true CI=true GITHUB_STEP_SUMMARY=$PWD/summary\n";
    let after = "\ngrep -q '^|' summary && grep -q '<testsuite' tests.xml && tail -1 run.ndjson | grep -q run.end";
    let shell = format!("set -e\n{runner}{}{after}\n", steps.join("\n"));
    let wrong = run(&Script { place: "github.yml".into(), shell, output: None });
    none_of("steps of the workflow that do not work", &wrong.into_iter().collect::<Vec<_>>());
}

fn examples_of(name: &str) {
    let tool = tool::tools().into_iter().find(|tool| tool.name == name).unwrap();
    let count = tool.examples.len();
    assert!(count >= LEAST_EXAMPLES, "the page of {name} has {count} examples");
    let scripts = tool.examples.iter().map(|example| Script {
        place: format!("{name}, \"{}\"", example.about),
        shell: example.shell.to_string(),
        output: example.output.map(str::to_string),
    });
    let wrong: Vec<String> = scripts.filter_map(|script| run(&script)).collect();
    none_of("examples that do not work", &wrong);
}

/// Chapters of the README whose scripts are run.
const CHAPTERS: [&str; 2] = ["## Pipelines", "## In place of GNU parallel and xargs"];

/// Every ```sh block below these headings; a ```text block right after
/// one is what it must print.
fn pipelines(readme: &str) -> Vec<Script> {
    let mut scripts: Vec<Script> = Vec::new();
    let (mut inside, mut fence, mut after_script) = (false, None, false);
    for (number, line) in readme.lines().enumerate() {
        let place = || format!("README.md:{}", number + 1);
        match (line.trim_end(), fence) {
            ("```", Some(_)) => {
                after_script = fence == Some("sh");
                fence = None;
            }
            (text, Some("sh")) => scripts.last_mut().unwrap().shell.push_str(&format!("{text}\n")),
            (text, Some("text")) => {
                scripts.last_mut().unwrap().output.as_mut().unwrap().push_str(&format!("{text}\n"));
            }
            (_, Some(_)) => {}
            ("```sh", None) if inside => {
                scripts.push(Script { place: place(), shell: "set -e\n".into(), output: None });
                fence = Some("sh");
            }
            ("```text", None) if inside && after_script => {
                scripts.last_mut().unwrap().output = Some(String::new());
                fence = Some("text");
            }
            (text, None) if text.starts_with("```") => fence = Some("other"),
            (text, None) => {
                if text.starts_with("## ") {
                    inside = CHAPTERS.contains(&text);
                }
                after_script &= text.is_empty();
            }
        }
    }
    scripts
}

/// Runs a script; says what is wrong with what it did.
fn run(script: &Script) -> Option<String> {
    let out = execute(&script.shell);
    let stderr = String::from_utf8_lossy(&out.stderr);
    let lacks = |guest: &&&str| stderr.contains(&format!("{guest}: command not found"));
    if let Some(guest) = GUESTS.iter().find(lacks) {
        println!("skipped: {}: {guest} is not installed", script.place);
        return None;
    }
    if !out.status.success() {
        let (place, shell) = (&script.place, &script.shell);
        return Some(format!("{place}: {}\n{shell}\n{stderr}", out.status));
    }
    let printed = String::from_utf8_lossy(&out.stdout);
    let printed = printed.trim_end_matches('\n');
    let want = script.output.as_deref().map(|output| output.trim_end_matches('\n'))?;
    let (place, shell) = (&script.place, &script.shell);
    (printed != want)
        .then(|| format!("{place}:\n{shell}\nprinted\n{printed}\nand not\n{want}\n{stderr}"))
}

fn execute(shell: &str) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for name in ["bin", "locks", "here", "home"] {
        std::fs::create_dir(at(name)).unwrap();
    }
    for (name, path) in PROGRAMS {
        symlink(path, at("bin").join(name)).unwrap();
    }
    copy(&root().join("tests/examples"), &at("here/examples"));
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new("timeout");
    command
        .args([PATIENCE, "bash", "-o", "pipefail", "-c", shell])
        .current_dir(at("here"))
        .env("PATH", format!("{}:{path}", at("bin").display()))
        .env("PG_LOCK_DIR", at("locks"))
        .env("HOME", at("home"))
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null());
    for inherited in ["MAKEFLAGS", "NO_COLOR", "PG_RUN", "PARALLEL", "RUST_BACKTRACE"] {
        command.env_remove(inherited);
    }
    command.output().unwrap()
}

fn copy(from: &Path, to: &Path) {
    for file in files_below(from) {
        let place = to.join(file.strip_prefix(from).unwrap());
        std::fs::create_dir_all(place.parent().unwrap()).unwrap();
        // keeps the mode: stand-in commands stay executable
        std::fs::copy(&file, place).unwrap();
    }
}

fn script(shell: &str, output: Option<&str>) -> Script {
    Script { place: "here".into(), shell: shell.into(), output: output.map(str::to_string) }
}

#[test]
fn an_example_that_is_wrong_is_noticed() {
    assert_eq!(run(&script("pgrun --version >/dev/null && printf 'a\\nb\\n'", Some("a\nb"))), None);
    assert!(run(&script("echo a", Some("b"))).unwrap().contains("printed\na\nand not\nb"));
    assert!(run(&script("false | cat", None)).unwrap().contains("exit status: 1"));
    assert!(run(&script("pgnothing", None)).unwrap().contains("pgnothing: command not found"));
}

#[test]
fn pipelines_are_cut_out_of_their_chapter() {
    let readme = "```sh\nno\n```\n## Pipelines\n```sh\none\ntwo\n```\n\n```text\n1\n```\n\
                  ```sh\nthree\n```\ntalk\n```text\nno\n```\n## Other\n```sh\nno\n```\n";
    let scripts = pipelines(readme);
    assert_eq!(scripts.len(), 2);
    assert_eq!(scripts[0].shell, "set -e\none\ntwo\n");
    assert_eq!(scripts[0].output.as_deref(), Some("1\n"));
    assert_eq!((scripts[1].shell.as_str(), &scripts[1].output), ("set -e\nthree\n", &None));
}
