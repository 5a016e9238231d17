//! Each dialect once, as small as it can be.

use super::{Ran, pgplan, with_input};
use serde_json::{Value, json};

fn plan(yaml: &str, args: &[&str]) -> Ran {
    let ran = with_input(&[&["plan"], args].concat(), yaml.as_bytes());
    assert_eq!(ran.status, 0, "{yaml}\n{}", ran.err);
    ran
}

fn summary(yaml: &str) -> Value {
    with_input(&["summary"], yaml.as_bytes()).records().remove(0)
}

#[test]
fn the_root_key_decides() {
    for (yaml, dialect, ops) in [
        ("operation: {id: a, template: {command: x}}", "D2", 1),
        ("operation: {id: a, capability: net, template: {command: x}}", "D3", 1),
        ("category: net\noperation: {id: a, template: {command: x}}", "D3", 1),
        ("operation: {id: a}\nsteps: [{command: x}, {command: y}]", "D5", 1),
        ("operations: [{name: A b}, {name: A b}]", "D6", 2),
        ("steps: [{id: a}, {id: b, depends_on: a}]", "D7", 2),
        ("{\"orchestration\": {\"jobs\": {\"a\": {}, \"b\": {\"needs\": \"a\"}}}}", "D8", 2),
        ("stages: [{name: A}]", "D8", 1),
        ("on: push\njobs: {a: {timeout-minutes: 2}, b: {needs: [a]}}", "F2", 2),
        ("tasks: [{title: a, parallel_group: 1}, {title: b, depends_on: [a]}]", "tasks", 2),
        ("plan: {tasks: {a: {}, b: {after: a}}}", "tasks", 2),
        ("operations: [{id: a, parallel_group: 1}, {id: b, parallel_group: 1}]", "tasks", 2),
        ("workflow: {id: w, steps: [{name: One}, {name: One}]}", "D4", 2),
    ] {
        let record = summary(yaml);
        assert_eq!((&record["dialect"], &record["ops"]), (&dialect.into(), &ops.into()), "{yaml}");
    }
}

#[test]
fn a_direct_powershell_operation() {
    let ran = plan(
        "operation:\n  id: a\n  capability: avd\n  dependencies: {operations: [{id: x, optional: true}], resources: [{type: t, name: n}]}\n  \
         template: {type: powershell-direct}\n  powershell: {content: Get-Host}",
        &[],
    );
    let op = &ran.ops()[0];
    let words = ["pwsh", "-NoProfile", "-NonInteractive", "-File", "{file:script.ps1}"];
    assert_eq!(op["cmd"], json!(words));
    assert_eq!((&op["duration"], &op["timeout"]), (&60.into(), &120.into()));
}

#[test]
fn checks_undoing_and_failure() {
    let ran = plan(
        "operation:\n  id: a\n  template: {command: make it}\n  idempotency: {check_command: test -e it, skip_if_exists: true}\n  \
         rollback: {steps: [{name: r, command: rm it, continue_on_error: true}]}\n  retry-count: 2\n  retry-delay: 5\n  \
         continue_on_error: true\n  validation: {checks: [{type: bash_command, command: test -s it}]}\n  colour: blue",
        &["--fail-if", "BAD"],
    );
    let op = &ran.ops()[0];
    assert_eq!(op["check"], json!(["bash", "{file:check.sh}"]));
    assert_eq!(op["files"]["check.sh"], "test -e it");
    assert_eq!(op["rollback"], json!(["bash", "{file:rollback.sh}"]));
    assert_eq!(op["files"]["rollback-1.sh"], "rm it");
    assert_eq!((&op["retries"], &op["retry_delay"]), (&2.into(), &5.into()));
    assert_eq!((&op["on_failure"], &op["fail_if"]), (&"continue".into(), &"BAD".into()));
    let last = &op["cmd"].as_array().unwrap()[5..];
    assert_eq!(last, ["bash", "{file:body.sh}"]);
    assert_eq!(op["files"]["validate-1.sh"], "test -s it");
    assert_eq!(op["declared"], json!({"colour": "blue"}));
    let unchecked = plan(
        "operation: {id: a, template: {command: x}, idempotency: {check_command: y, skip_if_exists: false}}",
        &[],
    );
    assert!(unchecked.ops()[0].get("check").is_none());
}

/// The scripts of an operation, laid side by side and run as they stand.
fn run_scripts(op: &Value, words: &Value) -> std::process::Output {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in op["files"].as_object().unwrap() {
        std::fs::write(folder.path().join(name), text.as_str().unwrap()).unwrap();
    }
    let at = |word: &Value| {
        let word = word.as_str().unwrap();
        let name = word.strip_prefix("{file:").and_then(|rest| rest.strip_suffix('}'));
        name.map_or_else(|| word.into(), |name| folder.path().join(name).into_os_string())
    };
    let words: Vec<_> = words.as_array().unwrap().iter().map(at).collect();
    std::process::Command::new(&words[0]).args(&words[1..]).output().unwrap()
}

#[test]
fn steps_and_checks_run_in_order() {
    let steps = "operation: {id: a}\nsteps:\n  - command: echo one\n  - {command: 'false', continue_on_error: true}\n  - command: echo two\n";
    let op = plan(steps, &[]).ops().remove(0);
    let out = run_scripts(&op, &op["cmd"]);
    assert!(out.status.success());
    assert_eq!(out.stdout, b"one\ntwo\n");
    let op = plan(&steps.replace(", continue_on_error: true", ""), &[]).ops().remove(0);
    let out = run_scripts(&op, &op["cmd"]);
    assert_eq!((out.status.code(), out.stdout.as_slice()), (Some(1), b"one\n".as_slice()));
    let checked = |check: &str| {
        let yaml = format!(
            "operation: {{id: a, template: {{command: echo body}}, validation: {{checks: [{{command: {check}}}]}}}}"
        );
        let op = plan(&yaml, &[]).ops().remove(0);
        run_scripts(&op, &op["cmd"]).status.code()
    };
    assert_eq!((checked("'true'"), checked("exit 3")), (Some(0), Some(3)));
}

#[test]
fn a_lab_has_weak_edges_conflicts_and_minutes() {
    let yaml = "operations:\n  - {name: Make Net, timeout: 2, provider: bash, script: 'echo net; exit'}\n  \
                - {id: vm, timeout: 3, dependencies: [Make Net], provider: bash, script: 'echo vm; exit'}\n  \
                - {id: log, timeout: 1, provider: bash, script: 'echo log; exit'}\n\
                dependencies:\n  explicit: [{source: Make Net, target: log, type: weak}]\n  \
                resource-conflicts: [{operations: [vm, log], resolution: sequential, reason: One Disk}]\n";
    let ran = plan(yaml, &[]);
    let ops = ran.ops();
    assert_eq!((&ops[0]["id"], &ops[0]["duration"]), (&"make-net".into(), &120.into()));
    assert_eq!(ops[1]["needs"], json!(["make-net"]));
    assert_eq!(ops[2]["needs"], json!([{"id": "make-net", "weak": true}]));
    assert_eq!((&ops[1]["locks"], &ops[2]["locks"]), (&json!(["one-disk"]), &json!(["one-disk"])));
    let end = ran.records().pop().unwrap();
    assert_eq!(end["makespan_s"], 120 + 180 + 60);
    let lint = with_input(&["lint"], yaml.as_bytes());
    assert!(lint.out.contains("the timeout 120 s is taken as its duration"), "{}", lint.out);
}

#[test]
fn stages_run_in_order_and_their_jobs_together() {
    let yaml = "stages:\n  - {name: One, timeout: 10}\n  - {name: Two, timeout: 20, maxConcurrency: 2, jobs: [{name: A}, {name: B}, {name: C}]}\n  - {name: Three, timeout: 5}\n";
    let ran = plan(yaml, &["--cmd", "do {}"]);
    let ops = ran.ops();
    let ids: Vec<&str> = ops.iter().map(|op| op["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["one", "a", "b", "c", "three"]);
    assert_eq!(ops[4]["needs"], json!(["a", "b", "c"]));
    assert_eq!(ops[1]["locks"], json!([{"name": "/two", "slots": 2, "take": 1}]));
    // two at a time: 10, 20, 20, 5
    assert_eq!(ran.records().pop().unwrap()["makespan_s"], 55);
}

#[test]
fn templates_of_pipelines_are_left_alone() {
    let ran = plan(
        "steps: [{id: a, foreach: x, parameters: {p: '{{ y.z }} {{NAME}}'}}]",
        &["--cmd", "do {}"],
    );
    assert_eq!((ran.err.as_str(), &ran.ops()[0]["declared"]["foreach"]), ("", &"x".into()));
}

#[test]
fn a_workflow_finds_its_operation_files() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    };
    put(
        "parts/make.yaml",
        "operation: {id: make, duration: {expected: 7}, requires: [elsewhere], template: {command: 'make {{what}}'}}",
    );
    let file = put(
        "workflows/w.yaml",
        "workflow:\n  id: w\n  steps:\n    - {name: Make it, operation: parts/make.yaml, parameters: {what: it}}\n    - {name: Check it, operation: parts/absent.yaml}\n",
    );
    let file = file.to_str().unwrap();
    let ran = pgplan(&["plan", "--partial", file]);
    let ops = ran.ops();
    assert_eq!((ran.status, ops.len()), (1, 1));
    assert_eq!((&ops[0]["id"], &ops[0]["duration"]), (&"make-it".into(), &7.into()));
    assert_eq!(ops[0]["files"]["body.sh"], "make it");
    assert!(
        ran.err.contains("w.yaml:5: error: check-it has no operation file: parts/absent.yaml"),
        "{}",
        ran.err
    );
}

#[test]
fn modules_wait_for_modules() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_string()
    };
    let net = put(
        "net.yaml",
        "module: {id: net, operations: [{id: a, duration: 3}, {id: b, duration: 4}]}",
    );
    let vm = put(
        "vm.yaml",
        "module: {id: vm, dependencies: [net, other], operations: [{id: c, duration: 5}]}",
    );
    let ran = pgplan(&["plan", "--cmd", "do {}", &vm, &net]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert_eq!(ran.ops()[0]["needs"], json!(["b"]));
    assert_eq!(ran.records().pop().unwrap()["makespan_s"], 12);
    assert!(ran.err.contains("vm comes after other, which is not here"), "{}", ran.err);
    let free = pgplan(&["plan", "--cmd", "do {}", "--order", "deps", &net]);
    assert_eq!(free.records().pop().unwrap()["makespan_s"], 4);
}
