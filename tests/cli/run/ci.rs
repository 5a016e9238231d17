//! Folding, guards, summaries and JUnit.

use super::{err, events, out};
use crate::tool;
use std::fs;
use std::path::Path;
use std::process::Output;

const SYSTEMS: [&str; 4] = ["GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_STEP_SUMMARY", "CI"];

fn run(env: &[(&str, &str)], args: &[&str], input: &str) -> Output {
    let mut tool = tool("pgrun");
    for name in SYSTEMS {
        tool.env_remove(name);
    }
    tool.envs(env.iter().copied()).args(args).write_stdin(input).output().unwrap()
}

/// The log with a fixed word for the one that nobody can guess, and no durations.
fn settled(log: &str) -> String {
    let mut log = log.to_string();
    if let Some((_, rest)) = log.split_once("::stop-commands::") {
        let token = rest.lines().next().unwrap().to_string();
        assert!(token.len() > 32, "{token}");
        log = log.replace(&token, "TOKEN");
    }
    let mut out = String::new();
    let mut parts = log.split(" after ");
    out.push_str(parts.next().unwrap());
    for part in parts {
        let (seconds, rest) = part.split_once(" s").unwrap();
        assert!(seconds.parse::<f64>().is_ok(), "{part}");
        out.push_str(" after N s");
        out.push_str(rest);
    }
    out
}

const NOISE: &str = "printf '::error::x\\n##[group]y\\nsection_end:1:a\\rz'; exit {}";

#[test]
fn github_folds_and_obeys_nothing_of_the_output() {
    let args = ["--ci", "-k", NOISE, ":::", "0", "3"];
    let output = run(&[("GITHUB_ACTIONS", "true")], &args, "");
    assert_eq!(output.status.code(), Some(1));
    let group = |exit: u32| {
        format!(
            "::group::printf '::error::x\\n##\\[group]y\\nsection_end:1:a\\rz'; exit {exit}\n\
             ::stop-commands::TOKEN\n::error::x\n##\\[group]y\nsection_end:1:a\rz\n::TOKEN::\n::endgroup::\n"
        )
    };
    let error = "::error title=printf '%3A%3Aerror%3A%3Ax\\n##\\[group]y\\nsection_end%3A1%3Aa\\rz'; exit 3\
                 ::exit 3 after N s%0A::error::x%0A##\\[group]y%0Asection_end:1:a%0Az\n";
    assert_eq!(settled(&out(&output)), format!("{}{}{error}", group(0), group(3)));
    assert_eq!(err(&output), "");
}

#[test]
fn gitlab_folds_into_sections_of_its_own() {
    let output = run(&[], &["--ci=gitlab", "-k", NOISE, ":::", "0", "3"], "");
    let log = settled(&out(&output));
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(lines.len(), 11, "{log}");
    let times = |line: &str| line.split(':').nth(1).unwrap().parse::<u64>().unwrap();
    assert!(lines[0].starts_with("\x1b[0Ksection_start:"));
    assert!(lines[0].contains(":pgrun_1[collapsed=true]\r\x1b[0Kprintf "));
    assert_eq!(lines[1..4], ["::error::x", "##[group]y", "section\\_end:1:a\rz"]);
    assert!(lines[4].ends_with(":pgrun_1\r\x1b[0K"));
    assert!(times(lines[4]) >= times(lines[0]) && times(lines[0]) > 1_700_000_000);
    assert!(
        lines[10].starts_with("\x1b[31;1mERROR: printf ")
            && lines[10].ends_with("exit 3 after N s\x1b[0m")
    );
}

#[test]
fn outside_of_a_ci_system_and_unasked_nothing_is_folded() {
    let plain = "::error::x\n##[group]y\nsection_end:1:a\rz";
    let asked = run(&[], &["--ci", NOISE, ":::", "0"], "");
    assert_eq!(out(&asked), plain);
    let everywhere = [("GITHUB_ACTIONS", "true"), ("GITLAB_CI", "true"), ("CI", "true")];
    let unasked = run(&everywhere, &[NOISE, ":::", "0"], "");
    assert_eq!(out(&unasked), plain);
    let ungrouped = run(&[], &["--ci=github", "-u", "true", ":::", "0"], "");
    assert_eq!((ungrouped.status.code(), out(&ungrouped).as_str()), (Some(255), ""));
    assert!(err(&ungrouped).contains("which -u leaves alone"));
}

/// Operations: folded on standard error; the records on standard output are the same
/// records, and no line of them is obeyed.
#[test]
fn operations_are_folded_on_standard_error() {
    let plan = concat!(
        "{\"id\":\"a\",\"cmd\":\"echo one; echo '##[error]two' >&2; exit 4\",\"source\":\"p.yaml:7\"}\n",
        "{\"id\":\"b\",\"cmd\":\"true\",\"needs\":[\"a\"]}\n",
    );
    let output = run(&[], &["--ci=github"], plan);
    let log = settled(&err(&output));
    let expected = "::group::a\n::stop-commands::TOKEN\none\n##\\[error]two\n::TOKEN::\n::endgroup::\n\
                    ::error file=p.yaml,line=7,title=a::exit 4 after N s: echo one; \
                    echo '##\\[error]two' >&2; exit 4%0Aone%0A##\\[error]two\n";
    assert!(log.starts_with(expected), "{log}");
    assert!(!log.contains("##["), "{log}");
    let records = out(&output);
    assert!(!records.contains("##["), "{records}");
    let end = events(&records).into_iter().find(|event| event["type"] == "op.end").unwrap();
    assert_eq!(end["output"], "one\n##[error]two\n");
}

#[test]
fn lines_that_come_as_they_are_written_are_guarded_and_not_folded() {
    let output =
        run(&[], &["--ci=github", "--line-buffer", "-j1", "echo {}; exit {}", ":::", "0", "3"], "");
    let expected = "::stop-commands::TOKEN\n0\n3\n::TOKEN::\n::error title=echo 3; exit 3::exit 3 after N s%0A3\n";
    let log = settled(&out(&output));
    assert!(
        log.ends_with("::error title=echo 3; exit 3::exit 3 after N s%0A3\n"),
        "{log}\n{expected}"
    );
    assert!(!log.contains("::group::") && log.contains("::stop-commands::TOKEN\n0\n"), "{log}");
}

#[test]
fn a_summary_is_added_to_what_stands_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("summary.md");
    fs::write(&path, "# before\n").unwrap();
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", path.to_str().unwrap())];
    run(&env, &["echo; exit {}", ":::", "0"], "");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# before\n");
    run(&env, &["--ci", "echo a{}b; exit {}", ":::", "0", "3"], "");
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# before\n### pgrun: 1 of 2 operations failed\n"), "{text}");
    assert!(text.contains("```text\na3b\n```"), "{text}");
    // one that cannot be written is a loss
    let env = [("GITHUB_STEP_SUMMARY", "/nowhere/s.md")];
    let output = run(&env, &["--ci=github", "true", ":::", "0"], "");
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("/nowhere/s.md: No such file or directory"));
}

fn sums(path: &Path) -> String {
    let text = fs::read_to_string(path).unwrap();
    let head = text.lines().nth(1).unwrap().to_string();
    head.split(" time=").next().unwrap().to_string()
}

#[test]
fn junit_counts_what_the_run_and_its_operations_report() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name).to_str().unwrap().to_string();
    let ops = concat!(
        "{\"id\":\"good\",\"cmd\":\"true\"}\n{\"id\":\"bad\",\"cmd\":\"printf '\\\\033]0;t\\\\007 \\\\377<&'; exit 2\"}\n",
        "{\"id\":\"after\",\"cmd\":\"true\",\"needs\":[\"bad\"]}\n{\"id\":\"none\",\"cmd\":[\"/nowhere\"]}\n",
    );
    let path = dir.path().join("r.xml");
    let output = run(&[], &["--junit", path.to_str().unwrap()], ops);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        sums(&path),
        "<testsuites name=\"pgrun\" tests=\"4\" failures=\"1\" errors=\"1\" skipped=\"1\""
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("<system-out>^[]0;t^G \u{fffd}&lt;&amp;</system-out>"), "{text}");
    assert!(text.contains("message=\"skip (needs bad, which failed)\""), "{text}");

    // three files of operations, merged to exact sums
    let suite = "<testsuite><testcase time='0.5'/><testcase><failure/></testcase></testsuite>";
    let folder = at("results");
    fs::create_dir(&folder).unwrap();
    let write = format!("echo \"{suite}\" >{folder}/{{}}.xml");
    let (merged, merge) = (at("all.xml"), ["--junit-merge", &folder]);
    let args = [&["--junit", &merged][..], &merge, &[&write, ":::", "1", "2", "3"]].concat();
    assert_eq!(run(&[], &args, "").status.code(), Some(0));
    assert_eq!(
        sums(Path::new(&merged)),
        "<testsuites name=\"pgrun\" tests=\"9\" failures=\"3\" errors=\"0\" skipped=\"0\""
    );

    // what cannot be merged is said, and the rest is there
    fs::write(format!("{folder}/4.xml"), "<testsuite>").unwrap();
    let output = run(&[], &args, "");
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("4.xml: line 1: it is cut off; its results are not merged"));
    assert!(sums(Path::new(&merged)).contains("tests=\"9\""));

    let output = run(&[], &["--junit", "/nowhere/r.xml", "true", ":::", "1"], "");
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("--junit /nowhere/r.xml: No such file or directory"));
}

#[test]
fn junit_is_written_when_the_run_is_ended() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("r.xml");
    let args = [
        "--junit",
        path.to_str().unwrap(),
        "-j1",
        "kill -TERM $PPID; cat /dev/zero >/dev/null",
        ":::",
        "1",
    ];
    run(&[], &args, "");
    assert_eq!(
        sums(&path),
        "<testsuites name=\"pgrun\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"1\""
    );
    assert!(
        fs::read_to_string(&path).unwrap().contains("<skipped message=\"the run was ended after")
    );
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn a_run_that_ended_early_says_so() {
    let dir = tempfile::TempDir::new().unwrap();
    let path = dir.path().join("summary.md");
    let env = [("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", path.to_str().unwrap())];
    let early = "the run was ended early: jobs that had not been started were not run";
    let args = ["--ci", "-j1", "--halt", "soon,fail=1", "exit {}", ":::"];
    let output = run(&env, &[&args[..], &["0", "3", "0", "0"]].concat(), "");
    assert_eq!(output.status.code(), Some(3));
    assert!(err(&output).contains(&format!("pgrun: {early}\n")), "{}", err(&output));
    let summary = fs::read_to_string(&path).unwrap().to_lowercase();
    assert!(summary.contains(early), "{summary}");
    fs::remove_file(&path).unwrap();
    // all had been started
    let output = run(&env, &[&args[..], &["0", "3"]].concat(), "");
    assert!(!err(&output).contains("early"), "{}", err(&output));
    assert!(!fs::read_to_string(&path).unwrap().contains("early"));
}
