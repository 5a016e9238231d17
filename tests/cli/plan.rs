//! `pgplan` from outside.
#![expect(clippy::unwrap_used, reason = "a helper of tests fails as a test does")]

use crate::tool;
use serde_json::Value;
use std::path::{Path, PathBuf};

mod alloc;
mod cache;
mod dialects;
mod diff;
mod export;
mod gantt;
mod groups;
mod history;
mod modes;
mod scale;
mod schedule;
mod sim;

/// What a run printed.
pub struct Ran {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    /// The lines of standard output as JSON.
    pub fn records(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The operations of a plan.
    pub fn ops(&self) -> Vec<Value> {
        self.records().into_iter().filter(|record| record.get("id").is_some()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.ops().iter().map(|op| op["id"].as_str().unwrap().to_string()).collect()
    }
}

/// Runs pgplan in the folder of examples.
pub fn pgplan(args: &[&str]) -> Ran {
    with_input(args, b"")
}

pub fn with_input(args: &[&str], input: &[u8]) -> Ran {
    let out = tool("pgplan")
        .args(args)
        .current_dir(examples())
        .env_remove("RESOURCE_GROUP")
        .env_remove("IMAGE_VM")
        .write_stdin(input)
        .output()
        .unwrap();
    Ran {
        status: out.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&out.stdout).into_owned(),
        err: String::from_utf8_lossy(&out.stderr).into_owned(),
    }
}

fn examples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/examples")
}

const IMAGE: &str = "modules/workstation-image/module.yaml";

#[test]
fn version_names_the_records() {
    let out = tool("pgplan").arg("--version").output().unwrap();
    assert!(out.status.success());
    assert_eq!(String::from_utf8(out.stdout).unwrap(), "pgplan 0.1.0 (records version 1)\n");
}

#[test]
fn a_module_becomes_records_with_barriers_and_locks() {
    let plan = pgplan(&[IMAGE, "--vars", "image.env"]);
    assert_eq!((plan.status, plan.err.as_str()), (0, ""));
    let barrier = "workstation-image/barrier-1";
    assert_eq!(
        plan.ids(),
        ["fetch-editor", "fetch-viewer", barrier, "install-editor", "install-viewer"]
    );
    let ops = plan.ops();
    assert_eq!(ops[2]["barrier"], true);
    assert_eq!(ops[3]["needs"], serde_json::json!(["fetch-editor", barrier]));
    assert_eq!(
        ops[3]["locks"],
        serde_json::json!(["az-run-command:images/builder-1", "msiexec:builder-1"])
    );
    assert_eq!(ops[3]["cmd"], serde_json::json!(["bash", "{file:body.sh}"]));
    assert!(ops[3]["files"]["install-editor.ps1"].as_str().unwrap().contains("msiexec.exe"));
    let body = ops[3]["files"]["body.sh"].as_str().unwrap();
    assert!(body.contains("\"@${BASH_SOURCE[0]%/*}/install-editor.ps1\""), "{body}");
    assert_eq!((&ops[3]["timeout"], &ops[3]["fail_if"]), (&360.into(), &"\\[ERROR\\]".into()));
    assert!(ops[3]["source"].as_str().unwrap().ends_with("install-editor.yaml:2"));
    let end = plan.records().pop().unwrap();
    assert_eq!((&end["ops"], &end["makespan_s"]), (&5.into(), &480.into()));
}

#[test]
fn a_plan_with_barriers_may_be_planned_again() {
    let plan = pgplan(&[IMAGE, "--vars", "image.env"]);
    let again = with_input(&["plan"], plan.out.as_bytes());
    let ops = |text: &str| text.lines().skip(1).map(str::to_string).collect::<Vec<_>>();
    assert_eq!(ops(&again.out), ops(&plan.out));
    let summary = with_input(&["summary"], plan.out.as_bytes()).records().remove(0);
    assert_eq!((&summary["ops"], &summary["levels"]), (&4.into(), &2.into()));
}

#[test]
fn without_barriers_it_is_shorter_and_lint_says_so() {
    let plan = pgplan(&["plan", IMAGE, "--vars", "image.env", "--order", "deps"]);
    assert_eq!(plan.records().pop().unwrap()["makespan_s"], 420);
    let lint = pgplan(&["lint", IMAGE, "--vars", "image.env"]);
    assert_eq!(lint.status, 0);
    assert!(lint.out.contains("the plan needs 420 s instead of 480 s"), "{}", lint.out);
    assert!(lint.out.contains("two operations need az-run-command:images/builder-1"));
}

#[test]
fn unknown_placeholders_are_listed_before_anything_is_printed() {
    let plan = pgplan(&[IMAGE]);
    assert_eq!((plan.status, plan.out.as_str()), (1, ""));
    assert!(plan.err.contains("no value for IMAGE_VM, RESOURCE_GROUP"), "{}", plan.err);
    let kept = pgplan(&[IMAGE, "--keep-unknown", "--var", "IMAGE_VM=v"]);
    assert_eq!(kept.status, 0);
    assert_eq!(kept.ops()[3]["locks"][0], "az-run-command:{{RESOURCE_GROUP}}/v");
    let view = pgplan(&["levels", IMAGE]);
    assert_eq!(view.status, 0);
    assert!(view.err.contains("note: no value for"));
}

#[test]
fn lint_finds_every_fault() {
    let lint = pgplan(&["lint", "modules/faulty/module.yaml"]);
    assert_eq!(lint.status, 65, "a file that is no YAML");
    let place = "modules/faulty/";
    let want = [
        "operations/06-torn.yaml:1:33: error: unclosed bracket",
        "module.yaml:16: error: the id prepare is used twice",
        "operations/02-fonts.yaml:2: error: add-fonts requires copy-fonts, which is not in this plan",
        "module.yaml:7: error: start-agent has no operation file",
        "operations/03-tools.yaml:2: warning: add-tools depends on add-fonts in the same parallel_group 1",
        "operations/02-fonts.yaml:2: warning: parallel_group 1: two operations need az-run-command:lab/vm-7; they will queue",
        "operations/04-both.yaml:2: warning: both is composed of add-fonts, add-tools",
        "module.yaml:19: warning: total_duration.expected is 100 s; the plan needs 160 s",
        "operations/04-both.yaml:2: note: both: not checked here: file_exists",
        "module.yaml:3: note: 1 operation file is listed by no module entry: left-over",
    ];
    let lines: Vec<&str> = lint.out.lines().collect();
    assert_eq!(lines.len(), want.len(), "{}", lint.out);
    for (line, want) in lines.iter().zip(want) {
        assert!(line.starts_with(&format!("{place}{want}")), "{line}\n{want}");
    }
    let json = pgplan(&["lint", "--json", "modules/faulty/module.yaml"]);
    let finding = &json.records()[2];
    assert_eq!((&finding["code"], &finding["line"]), (&"dangling-need".into(), &2.into()));
    assert_eq!(finding["remedy"], "add the operation, or --assume copy-fonts");
}

#[test]
fn edge_lists_level_as_they_stand() {
    let levels = pgplan(&["levels", "build.edges"]);
    assert_eq!(
        levels.out,
        "1\tfetch\n1\tdocs\n2\tunpack\n3\tcompile\n3\tlint\n4\ttest\n4\tpackage\n5\tpublish\n"
    );
    let path = pgplan(&["path", "--json", "build.edges"]);
    let nodes = ["fetch", "unpack", "compile", "test", "publish"];
    assert_eq!(path.records()[0]["nodes"], serde_json::json!(nodes));
    let plan = pgplan(&["build.edges"]);
    assert_eq!((plan.status, plan.out.as_str()), (1, ""));
    assert!(plan.err.contains("--cmd"), "{}", plan.err);
    let plan = pgplan(&["--cmd", "make -s {}", "build.edges"]);
    assert_eq!(plan.ops()[1]["cmd"], serde_json::json!(["make", "-s", "unpack"]));
}

#[test]
fn names_of_edge_lists_are_bytes() {
    let out = tool("pgplan").arg("levels").write_stdin(&b"a \xff\xfe"[..]).output().unwrap();
    assert_eq!(out.stdout, b"1\ta\n2\t\xff\xfe\n");
    let json = with_input(&["levels", "--json"], b"a \xff");
    assert_eq!(json.records()[1]["id"], serde_json::json!({"b64": "/w=="}));
    let plan = with_input(&["--cmd", "x {}"], b"a \xff");
    assert_eq!(plan.status, 65);
    assert!(plan.err.contains("not UTF-8"), "{}", plan.err);
}

#[test]
fn a_cycle_is_printed() {
    for args in [["levels", "cycle.edges"], ["path", "cycle.edges"], ["dot", "cycle.edges"]] {
        let ran = pgplan(&args);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{args:?}");
        assert!(ran.err.contains("cycle: b -> c -> d -> b"), "{}", ran.err);
    }
    let lines = b"{\"id\":\"a\",\"cmd\":\"x\",\"needs\":[\"b\"]}\n{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"a\"]}\n{\"id\":\"c\",\"cmd\":\"x\"}\n";
    let plan = with_input(&["plan"], lines);
    assert_eq!((plan.status, plan.out.as_str()), (1, ""));
    assert!(plan.err.contains("standard input:1: error: cycle: a -> b -> a"), "{}", plan.err);
    let partial = with_input(&["plan", "--partial"], lines);
    assert_eq!((partial.status, partial.ids()), (1, vec!["c".to_string()]));
    let summary = with_input(&["summary"], lines);
    assert_eq!((summary.status, &summary.records()[0]["levels"]), (1, &Value::Null));
}

#[test]
fn a_million_in_a_chain_overflow_nothing() {
    let mut edges = Vec::new();
    for node in 0..1_000_000 {
        edges.extend_from_slice(format!("{node} {}\n", node + 1).as_bytes());
    }
    let levels = with_input(&["levels"], &edges);
    assert!(levels.out.ends_with("1000001\t1000000\n"));
    let path = with_input(&["path"], &edges);
    assert!(path.out.starts_with("critical path: 1000001 of 1000001 operations\n"));
    edges.extend_from_slice(b"1000000 0\n");
    let cycle = with_input(&["levels"], &edges);
    assert_eq!(cycle.status, 1);
    assert!(cycle.err.contains("more ... -> 0"), "{}", cycle.err);
}

#[test]
fn a_bad_line_is_named_and_nothing_is_planned() {
    let plan = pgplan(&["broken.ndjson"]);
    assert_eq!((plan.status, plan.out.as_str()), (65, ""));
    assert!(plan.err.contains("broken.ndjson:2:"), "{}", plan.err);
    assert_eq!(pgplan(&["levels", "broken.ndjson"]).out, "1\ta\n2\tc\n");
    let skipped = pgplan(&["--skip-bad", "broken.ndjson"]);
    assert_eq!((skipped.status, skipped.ids()), (0, vec!["a".into(), "c".to_string()]));
    assert!(skipped.err.contains("left out: broken.ndjson:2:"));
}

#[test]
fn fields_and_capacity_survive() {
    let plan = pgplan(&["ops.ndjson"]);
    assert_eq!(plan.status, 0);
    assert!(plan.out.contains(r#""x-owner":"data""#));
    assert_eq!(plan.records()[1]["type"], "capacity");
    // 2 GiB and 3 GiB do not fit into 4 GiB together
    assert_eq!(plan.records().pop().unwrap()["makespan_s"], 7);
    // a plan may be planned again, and is the same
    let again = with_input(&["plan"], plan.out.as_bytes());
    let strip = |text: &str| text.lines().skip(1).collect::<Vec<_>>().join("\n");
    assert_eq!(strip(&again.out), strip(&plan.out));
    let cut: String = plan.out.lines().take(3).map(|line| format!("{line}\n")).collect();
    let torn = with_input(&["plan"], cut.as_bytes());
    assert_eq!(torn.status, 65);
    assert!(torn.err.contains("cut off"), "{}", torn.err);
}

#[test]
fn dangling_needs_are_errors_unless_assumed() {
    let lines = b"{\"id\":\"a\",\"cmd\":\"x\",\"needs\":[\"gone\",{\"id\":\"maybe\",\"optional\":true}]}\n{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"a\"]}\n{\"id\":\"c\",\"cmd\":\"x\"}\n";
    let plan = with_input(&["plan"], lines);
    assert_eq!((plan.status, plan.out.as_str()), (1, ""));
    assert!(plan.err.contains("standard input:1: error: a requires gone"), "{}", plan.err);
    assert!(plan.err.contains("--assume gone"));
    assert_eq!(with_input(&["plan", "--assume", "gone"], lines).ids(), ["a", "b", "c"]);
    let partial = with_input(&["plan", "--partial"], lines);
    assert_eq!((partial.status, partial.ids()), (1, vec!["c".to_string()]));
    let summary = with_input(&["summary"], lines);
    assert_eq!(summary.records()[0]["dangling"], serde_json::json!(["a->gone"]));
    assert_eq!(summary.records()[0]["optional_dangling"], serde_json::json!(["a->maybe"]));
}

#[test]
fn one_operation_with_what_it_needs() {
    let plan = |args: &[&str]| pgplan(&[&["plan", IMAGE, "--vars", "image.env"], args].concat());
    assert_eq!(plan(&["--only", "install-viewer"]).ids(), ["install-viewer"]);
    let deps = plan(&["--only", "install-viewer", "--with-deps", "--order", "deps"]);
    assert_eq!(deps.ids(), ["fetch-viewer", "install-viewer"]);
    let list = plan(&["--only", "install-viewer", "--with-deps"]);
    assert_eq!(list.ids().len(), 4, "the list's barrier counts");
    let unknown = plan(&["--only", "nobody"]);
    assert_eq!(unknown.status, 2);
    assert!(unknown.err.contains("nobody"));
}

#[test]
fn a_file_is_replaced_whole_or_checked() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.ndjson");
    let file = file.to_str().unwrap();
    assert_eq!(pgplan(&["ops.ndjson", "-o", file]).status, 0);
    let written = std::fs::read_to_string(file).unwrap();
    assert_eq!(written, pgplan(&["ops.ndjson"]).out);
    assert_eq!(pgplan(&["ops.ndjson", "-o", file, "--check"]).status, 0);
    assert_eq!(pgplan(&["broken.ndjson", "-o", file]).status, 65);
    assert_eq!(std::fs::read_to_string(file).unwrap(), written, "a refused plan replaces nothing");
    std::fs::write(file, "old").unwrap();
    let stale = pgplan(&["ops.ndjson", "-o", file, "--check"]);
    assert_eq!((stale.status, stale.out.as_str()), (1, ""));
    assert!(stale.err.contains("not up to date"));
    assert_eq!(std::fs::read_to_string(file).unwrap(), "old");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    let nowhere = pgplan(&["ops.ndjson", "-o", "/nonexistent/x"]);
    assert_eq!(nowhere.status, 74);
}

#[test]
fn a_missing_file_does_not_stop_the_others() {
    let levels = pgplan(&["levels", "absent.yaml", "build.edges", "ops.ndjson"]);
    assert_eq!((levels.status, levels.out.lines().count()), (65, 12));
    assert!(levels.err.contains("absent.yaml: No such file"), "{}", levels.err);
    let summary = pgplan(&["summary", "absent.yaml", "build.edges", "ops.ndjson"]);
    assert_eq!((summary.status, summary.records().len()), (65, 2));
}

#[test]
fn wrong_command_lines() {
    for (args, says) in [
        (&["--order", "sideways", "ops.ndjson"][..], "sideways"),
        (&["-", "-"], "given twice"),
        (&["--cmd", "'open", "build.edges"], "quotes"),
        (&["--fail-if", "(", IMAGE], "--fail-if"),
        (&["--var", "novalue", IMAGE], "NAME=value"),
        (&["--with-deps", IMAGE], "--only"),
    ] {
        let ran = pgplan(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?} {}", ran.err);
        assert!(ran.err.contains(says) && ran.err.lines().count() == 1, "{}", ran.err);
    }
}

#[test]
fn bad_inputs_have_a_place() {
    for (input, says) in [
        (&b"a b c"[..], "standard input:1: error: c: an odd number of words"),
        (b"module:\n  - [", "standard input:"),
        (b"colour: blue\n", "standard input:1: error: no plan"),
        (b"{\"id\":\"a\"}\n", "standard input:1:1: error: an operation needs \"cmd\""),
        (b"{\"cmd\":\"x\",\"timeout\":\"soon\"}\n", "standard input:1:"),
        (b"# only a comment\n---\nmodule: \xff\n", "standard input:3: error: not UTF-8"),
    ] {
        let ran = with_input(&["plan"], input);
        assert_eq!((ran.status, ran.out.as_str()), (65, ""), "{}", ran.err);
        assert!(ran.err.contains(says), "{says}: {}", ran.err);
    }
    let empty = with_input(&["plan"], b"");
    assert_eq!(empty.status, 65);
    assert!(empty.err.contains("no operations"), "{}", empty.err);
}

#[test]
fn more_lock_rules_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let rules = folder.path().join("rules");
    std::fs::write(&rules, "fetch --seconds \\d+ \"https://(?P<host>[^/]+)\tmirror:$host\n")
        .unwrap();
    let rules = rules.to_str().unwrap();
    let plan = pgplan(&["plan", IMAGE, "--vars", "image.env", "--lock-rules", rules]);
    assert_eq!(plan.ops()[0]["locks"], serde_json::json!(["mirror:packages.example"]));
    std::fs::write(rules, "no tab here\n").unwrap();
    let bad = pgplan(&["plan", IMAGE, "--lock-rules", rules]);
    assert_eq!(bad.status, 65);
    assert!(bad.err.contains("rules:1: no rule"), "{}", bad.err);
}

#[test]
fn pictures_and_tables() {
    let dot = pgplan(&["dot", IMAGE, "--vars", "image.env"]).out;
    assert!(dot.starts_with("digraph plan {") && dot.ends_with("}\n"));
    assert!(dot.contains("label=\"fetch-viewer\\n3m\", color=red"), "{dot}");
    let mermaid = pgplan(&["mermaid", IMAGE, "--vars", "image.env"]).out;
    assert!(mermaid.contains("n1[\"fetch-viewer<br/>3m\"]:::critical"), "{mermaid}");
    let table = pgplan(&["table", IMAGE, "--vars", "image.env"]).out;
    assert!(
        table.contains("critical path (*) 6m, planned end 8m, one after the other 10m"),
        "{table}"
    );
    assert_eq!(
        pgplan(&["list", IMAGE]).out,
        "fetch-editor\nfetch-viewer\ninstall-editor\ninstall-viewer\n"
    );
    for verb in ["table", "levels", "path", "dot", "mermaid", "summary", "lint", "list", "plan"] {
        let json = pgplan(&[verb, "--json", IMAGE, "--vars", "image.env"]);
        assert_eq!(json.status, 0, "{verb} {}", json.err);
        assert!(!json.records().is_empty(), "{verb}");
    }
}

#[test]
fn paths_in_their_order_with_the_slack_of_the_others() {
    let path = pgplan(&["path", "-k", "2", IMAGE, "--vars", "image.env", "--order", "deps"]).out;
    let want = "critical path: 5m, 2 of 4 operations\n        0s        2m  fetch-editor\n        2m        3m  install-editor\n\n\
                path 2: 5m, 2 of 4 operations\n        0s        3m  fetch-viewer\n        3m        2m  install-viewer\n\n\
                slack of the others\n        0s  fetch-viewer\n        0s  install-viewer\n";
    assert_eq!(path, want);
}

#[test]
fn output_that_cannot_be_written() {
    use std::process::{Command, Stdio};
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let out = Command::new(env!("CARGO_BIN_EXE_pgplan"))
        .args(["levels", "build.edges"])
        .current_dir(examples())
        .stdout(full)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(out.status.code(), Some(74));
    assert!(String::from_utf8_lossy(&out.stderr).contains("No space left"));
    // a reader that has gone: it dies of SIGPIPE without a word
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let out = Command::new(env!("CARGO_BIN_EXE_pgplan"))
        .args(["levels", "build.edges"])
        .current_dir(examples())
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&out.status), Some(13));
    assert!(out.stderr.is_empty());
}

#[test]
fn a_view_that_was_refused_replaces_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("view");
    std::fs::write(&file, "as it was").unwrap();
    let target = file.to_str().unwrap();
    for args in [["levels", "-", "-o", target], ["dot", "-", "-o", target]] {
        let ran = with_input(&args, b"a b\nb a\n");
        assert_eq!(ran.status, 1, "{}", ran.err);
        let ran = pgplan(&[args[0], "no-such-file", "-o", target]);
        assert_eq!(ran.status, 65, "{}", ran.err);
    }
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "as it was");
    // and what was not made is not compared
    let ran = pgplan(&["no-such-file", "--check", "-o", target]);
    assert_eq!((ran.status, ran.err.contains("up to date")), (65, false), "{}", ran.err);
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_text() {
    let levels = with_input(&["levels", "-"], b"\xef\xbb\xbfa b\n");
    assert_eq!(levels.out, "1\ta\n2\tb\n");
    let plain: &[u8] = b"\xef\xbb\xbf{\"id\":\"a\",\"cmd\":\"true\"}\n";
    assert_eq!(with_input(&["plan", "-"], plain).ids(), ["a"]);
    let yaml: &[u8] = b"\xef\xbb\xbftasks:\n  - {id: a, cmd: echo}\n";
    assert_eq!(with_input(&["plan", "-"], yaml).ids(), ["a"]);
}

#[test]
fn leaving_out_bad_lines_makes_no_plan_whole() {
    let cut: &[u8] = b"{\"type\":\"plan.start\",\"version\":1}\n{\"id\":\"a\",\"cmd\":\"true\"}\n";
    let ran = with_input(&["plan", "--skip-bad", "-"], cut);
    assert_eq!((ran.status, ran.out.as_str()), (65, ""), "{}", ran.err);
    assert!(ran.err.contains("cut off"), "{}", ran.err);
}

#[test]
fn views_of_order_do_not_mind_what_cannot_run() {
    let module: &[u8] = b"module:\n  id: m\n  operations: [{id: a}, {id: b}]\n";
    for verb in ["levels", "path", "dot", "mermaid", "list"] {
        let ran = with_input(&[verb, "-"], module);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{verb}");
    }
    // what is said counts
    for verb in ["table", "summary", "lint", "plan"] {
        assert_eq!(with_input(&[verb, "-"], module).status, 1, "{verb}");
    }
}

#[test]
fn a_lab_says_whom_it_does_not_have() {
    let lab: &[u8] = b"operations: [{id: a}, {id: b}]\ndependencies:\n  explicit:\n    - {source: a, target: nobody}\n  resource-conflicts:\n    - {operations: [a, noone], resolution: sequential}\n";
    let ran = with_input(&["lint", "-"], lab);
    assert!(ran.out.contains(":4: warning: \"nobody\": no operation"), "{}", ran.out);
    assert!(ran.out.contains(":6: warning: \"noone\": no operation"), "{}", ran.out);
}

#[test]
fn what_is_said_is_one_line_whatever_the_id() {
    let op: &[u8] = b"{\"id\":\"a\\n\\u001b[31m\",\"cmd\":\"x\",\"needs\":[\"z\"]}\n";
    let ran = with_input(&["plan", "-"], op);
    assert_eq!((ran.status, ran.err.lines().count()), (1, 1), "{:?}", ran.err);
    assert!(ran.err.contains(r"a\n\u{1b}[31m requires z"), "{:?}", ran.err);
}
