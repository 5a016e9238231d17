//! `pgplan export`: what it writes is run.

use super::{Ran, with_input};
use crate::tool;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

/// Everything a command can be; each writes where it is looked for, or to standard output.
const PLAN: &str = r##"{"type":"capacity","jobs":3,"resources":{"net":1000}}
{"id":"plain","cmd":"echo $((1+1)) \"$WHO\" # comment"}
{"id":"words","cmd":["printf","%s|","a b","it's","$HOME","new\nline","cr\rx","","#","\\n"],"needs":["plain"]}
{"id":"echo word","cmd":["echo","a\\nb"],"needs":["words"]}
{"id":"at","cmd":"@nothing 2>/dev/null || echo at sign"}
{"id":"multi","cmd":"echo one\nif true; then\n  echo \"$ODD\"\nfi\n","env":{"ODD":"x $y '\"`\nz"},"needs":["at"]}
{"id":"cwd","cmd":"ls","cwd":"sub dir"}
{"id":"in","cmd":["cat"],"stdin":"100% \\n ü\n-end\n"}
{"id":"empty in","cmd":"cat; echo nothing in"}
{"id":"files","cmd":["sh","{file:a.sh}","arg {x}"],"files":{"a.sh":"echo \"file $1\" $(stat -c %a \"${0%/*}\")\n"},"locks":["msi","-x"]}
{"id":"text","cmd":"sh {file:b} \"in text\"","files":{"b":"echo \"$1\""}}
{"id":"late","cmd":"sleep 600; echo never","timeout":0.2,"on_failure":"continue"}
{"id":"after-late","cmd":"echo after late","needs":["late"]}
{"id":"out","cmd":"echo made > {out}","out":["o/made.txt"]}
{"id":"again","cmd":"echo try >>tries; test $(wc -l <tries) -ge 3","retries":3,"retry_delay":0.001}
{"id":"done","cmd":"echo must not run","check":"true"}
{"id":"net1","cmd":"mkdir one && rmdir one","resources":{"net":600},"locks":["db",{"name":"pool","slots":3,"take":2}]}
{"id":"net2","cmd":"mkdir one && rmdir one","resources":{"net":600},"locks":[{"name":"pool","slots":3,"take":2}]}
{"id":"bar","barrier":true,"needs":["net1","net2"]}
{"id":"end","cmd":"test ! -e one && echo end","needs":["bar",{"id":"cwd","weak":true}]}
{"id":"bytes","cmd":["printf","%s\n",{"b64":"/2E="}]}
{"id":"all","cmd":"echo all"}
"##;

/// What the commands print, whoever runs them, in any order.
const LINES: &[&str] = &[
    "2 me",
    "a b|it's|$HOME|new",
    "line|cr\rx||#|\\n|",
    "a\\nb",
    "at sign",
    "one",
    "x $y '\"`",
    "z",
    "here",
    "100% \\n ü",
    "-end",
    "nothing in",
    "file arg {x} 700",
    "in text",
    "after late",
    "end\n",
    "all\n",
];

fn export(program: &str, input: &str) -> Ran {
    with_input(&["export", program, "-"], input.as_bytes())
}

/// True where a program is installed; else says that the test is skipped.
fn there(program: &str, test: &str) -> bool {
    let there = Command::new(program).arg("--version").output().is_ok();
    if !there {
        println!("skipped: {test}: {program} is not installed");
    }
    there
}

/// Runs a program on a file, in a folder of its own, with pglock on PATH.
fn run(folder: &Path, words: &[&str]) -> Output {
    std::fs::create_dir_all(folder.join("sub dir")).unwrap();
    std::fs::write(folder.join("sub dir/here"), "").unwrap();
    let locks = folder.join("locks");
    std::fs::create_dir_all(&locks).unwrap();
    std::fs::set_permissions(&locks, std::fs::Permissions::from_mode(0o700)).unwrap();
    let pglock = Path::new(env!("CARGO_BIN_EXE_pglock")).parent().unwrap();
    let path = format!("{}:{}", pglock.display(), std::env::var("PATH").unwrap());
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder).env("PATH", path).env("PG_LOCK_DIR", locks);
    command.env("WHO", "me").env_remove("MAKEFLAGS").output().unwrap()
}

fn check(folder: &Path, ran: &Output) {
    let out = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{out}\n{}", String::from_utf8_lossy(&ran.stderr));
    for line in LINES {
        // a line that is not ended may have something before it or behind it
        assert!(out.contains(line), "no {line:?} in\n{out}");
    }
    assert!(ran.stdout.windows(3).any(|part| part == b"\xffa\n"));
    assert!(!out.contains("never") && !out.contains("must not run"), "{out}");
    assert_eq!(std::fs::read_to_string(folder.join("o/made.txt")).unwrap(), "made\n");
    assert!(!folder.join("o/made.txt.part").exists());
    assert_eq!(std::fs::read_to_string(folder.join("tries")).unwrap().lines().count(), 3);
}

#[test]
fn make_runs_it() {
    if !there("make", "make_runs_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = export("make", PLAN);
    assert_eq!(text.status, 0, "{}", text.err);
    let bytes = raw("make");
    std::fs::write(folder.path().join("Makefile"), bytes).unwrap();
    let ran = run(folder.path(), &["make", "--silent"]);
    check(folder.path(), &ran);
    // one of them alone, with what it needs
    let ran = run(folder.path(), &["make", "--silent", "words"]);
    assert!(ran.stdout.starts_with(b"2 me\na b|"), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn ninja_runs_it() {
    if !there("ninja", "ninja_runs_it") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("build.ninja"), raw("ninja")).unwrap();
    let ran = run(folder.path(), &["ninja", "-j3", "-k0"]);
    check(folder.path(), &ran);
    // a plan is never up to date, even where there is a file of that name
    std::fs::write(folder.path().join("plain"), "").unwrap();
    let ran = run(folder.path(), &["ninja", "plain"]);
    assert!(String::from_utf8_lossy(&ran.stdout).contains("2 me\n"));
}

/// The bytes as they were written: a plan need not be UTF-8.
fn raw(program: &str) -> Vec<u8> {
    let out = tool("pgplan").args(["export", program]).write_stdin(PLAN).output().unwrap();
    assert!(out.status.success());
    out.stdout
}

#[test]
fn a_failure_keeps_what_needs_it_and_nothing_else() {
    let plan = "{\"id\":\"a\",\"cmd\":\"exit 3\"}\n{\"id\":\"b\",\"cmd\":\"echo b\",\"needs\":[\"a\"]}\n{\"id\":\"c\",\"cmd\":\"echo c\"}\n";
    for (program, file, words) in
        [("make", "Makefile", &["make", "-s"][..]), ("ninja", "build.ninja", &["ninja", "-k0"][..])]
    {
        if !there(program, "a_failure_keeps_what_needs_it_and_nothing_else") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(file), export(program, plan).out).unwrap();
        let ran = run(folder.path(), words);
        let out = String::from_utf8_lossy(&ran.stdout);
        assert!(!ran.status.success() && !out.lines().any(|line| line == "b"), "{out}");
        assert!(out.lines().any(|line| line == "c"), "{out}");
    }
}

#[test]
fn output_decides() {
    let plan = r#"{"id":"lies","cmd":"echo '[ERROR] disk'","fail_if":"\\[ERROR\\]"}
{"id":"after","cmd":"echo after","needs":["lies"]}
{"id":"silent","cmd":["echo","nothing"],"ok_if":"GOOD","out":["never"]}
{"id":"good","cmd":"echo GOOD; echo made >{out}","ok_if":"GOOD","fail_if":"ERROR","out":["made"]}
{"id":"fails","cmd":"echo GOOD; exit 7","ok_if":"GOOD"}
"#;
    if !there("make", "output_decides") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let text = export("make", plan);
    assert_eq!((text.status, text.err.as_str()), (0, ""));
    std::fs::write(folder.path().join("Makefile"), text.out).unwrap();
    for (target, status) in [("lies", 2), ("after", 2), ("silent", 2), ("good", 0), ("fails", 2)] {
        let ran = run(folder.path(), &["make", "-s", target]);
        let out = String::from_utf8_lossy(&ran.stdout);
        assert_eq!(ran.status.code(), Some(status), "{target}: {out}");
        assert!(!out.contains("after"), "{out}");
        if target == "fails" {
            assert!(String::from_utf8_lossy(&ran.stderr).contains("Error 7"));
        }
    }
    assert!(folder.path().join("made").exists() && !folder.path().join("never").exists());
}

#[test]
fn what_cannot_be_said_is_told_once() {
    let plan = r#"{"id":"a","cmd":"x","fail_if":"\\d","rollback":"y","priority":1}
{"id":"b","cmd":"x","fail_if":"\\d","needs":[{"id":"a","weak":true}]}
"#;
    let told = export("make", plan).err;
    assert_eq!(
        told.lines().collect::<Vec<_>>(),
        [
            "pgplan: make: a pattern that grep(1) reads otherwise (fail_if, ok_if) is not looked for (a and 1 more)",
            "pgplan: make: no order alone: a weak need is a need that must succeed (b)",
            "pgplan: make: no priorities (a)",
            "pgplan: make: nothing is rolled back (a)",
        ]
    );
    // Slurm and GitHub know order alone
    assert!(!export("slurm", plan).err.contains("order alone"));
    assert!(
        export("slurm", plan).out.contains("submit b '--job-name=b' --dependency=\"afterany:$j0\"")
    );
    assert!(export("github", plan).out.contains("    if: ${{ !cancelled() }}\n"));
}

#[test]
fn slurm_submits_in_order_and_reads_scripts_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let sbatch = "#!/bin/sh\nprintf '%s ' \"$@\" | sed 's/--[pkc][a-z-]*[= ][^ ]* *//g' >>calls\ncat >script-$(wc -l <calls)\necho >>calls\nwc -l <calls\n";
    let program = folder.path().join("sbatch");
    std::fs::write(&program, sbatch).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let plan = r#"{"id":"b","cmd":"echo \"$X\"\nEND\n: </dev/null","needs":["bar"],"resources":{"memory":"1GiB","cpus":2},"timeout":90}
{"id":"a 1","cmd":["echo","END"],"locks":["vm"]}
{"id":"bar","barrier":true,"needs":["a 1","c"]}
{"id":"c","cmd":"true","on_failure":"continue"}
"#;
    let text = export("slurm", plan);
    assert_eq!((text.status, text.err.as_str()), (0, ""));
    std::fs::write(folder.path().join("s.sh"), &text.out).unwrap();
    let ran = run(folder.path(), &["sh", "-c", "PATH=.:$PATH sh s.sh"]);
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "1\ta 1\n2\tc\n3\tb\n");
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    let calls: Vec<&str> = calls.lines().map(str::trim).collect();
    assert_eq!(calls[0], "1 --job-name=lock-vm --dependency=singleton");
    assert_eq!(calls[2], "--job-name=b --mem=1024M --time=3 --dependency=afterok:1:2");
    let script = std::fs::read_to_string(folder.path().join("script-2")).unwrap();
    assert!(script.contains("\nEND\n") && script.starts_with("#!/bin/sh\n"), "{script}");
}

#[test]
fn a_workflow_is_read_back_as_the_same_graph() {
    let edges = |text: &str, args: &[&str]| {
        let ran = with_input(&[&["levels"], args].concat(), text.as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.err);
        let mut lines: Vec<String> = ran.out.lines().map(|l| l.replace(' ', "_")).collect();
        lines.sort();
        lines
    };
    let written = export("github", PLAN).out;
    assert_eq!(edges(&written, &[]), edges(PLAN, &[]));
    let dot = |text: &str| with_input(&["dot", "--json"], text.as_bytes()).records().len();
    // the barrier's three edges became two
    assert_eq!(dot(&written) + 1, dot(PLAN));
    let odd = export("github", "{\"id\":\"a\",\"cmd\":\"echo \u{85}\u{2028}\"}").out;
    assert!(odd.contains("run: \"echo \\u0085\\u2028\"\n"), "{odd}");
    let escaped = export("github", r#"{"id":"a","cmd":"echo '${{ x }}'"}"#).out;
    assert!(escaped.contains("${{ '${{' }} x }}"), "{escaped}");
}

#[test]
fn the_planned_mode_is_written() {
    let plan = r#"{"id":"a","mode":"slow","modes":[{"mode":"fast","cmd":"fast","duration":1},{"mode":"slow","cmd":"slow","duration":2,"resources":{"net":4}}]}
"#;
    let with_net = with_input(&["export", "make", "--resource", "net=8"], plan.as_bytes());
    assert!(
        with_net.out.contains("--slots 8 --take 4 'resource:net' -- /bin/sh -c slow\n"),
        "{}",
        with_net.out
    );
    assert!(with_net.err.contains("one mode"), "{}", with_net.err);
    let first = export("make", &plan.replace("\"mode\":\"slow\",\"modes\"", "\"modes\""));
    assert!(first.out.contains("\tfast\n"), "{}", first.out);
}

#[test]
fn bad_words_and_bad_plans_are_refused() {
    let ran = with_input(&["export", "cmake"], b"");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("make, ninja, slurm or github"), "{}", ran.err);
    assert_eq!(with_input(&["export"], b"").status, 2);
    let ran = export("make", "a b\n");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("--cmd"), "{}", ran.err);
    let ran = with_input(&["export", "make", "--json", "--cmd", "do {}"], b"a b\n");
    assert_eq!((&ran.records()[1]["needs"][0], ran.status), (&"a".into(), 0), "{}", ran.err);
    assert_eq!(ran.records()[1]["script"], "env do b", "do is a word of the shell");
}
