//! `--history`: the log of each run is kept, and nothing about it changes the run.

use super::*;

fn said(dir: &TempDir, text: &str) -> String {
    script(dir.path(), &format!("exec 2>&1; {text}"))
}

fn history(dir: &TempDir, args: &[&str]) -> Output {
    let folder = dir.path().join("runs");
    tool("pgstat").arg("history").args(args).arg("--history").arg(folder).output().unwrap()
}

/// The runs that are kept, the newest first.
fn kept(dir: &TempDir) -> Vec<Value> {
    let listed = history(dir, &["--json"]);
    assert_eq!(listed.status.code(), Some(0), "{}", err(&listed));
    events(&out(&listed))
}

#[test]
fn a_run_is_kept_as_its_events_tell_it() {
    let dir = TempDir::new().unwrap();
    let run = "$P --history runs --events events -j1 'echo {}; exit {}' ::: 0 3; echo $?";
    assert_eq!(said(&dir, run), "0\n3\n1\n");
    let runs = kept(&dir);
    assert_eq!(runs.len(), 1);
    let run = &runs[0];
    assert_eq!((run["status"].as_str(), run["exit"].as_i64()), (Some("failure"), Some(1)));
    assert_eq!((run["ops"].as_u64(), run["failed"].as_u64()), (Some(2), Some(1)));
    let shown = history(&dir, &["show", "latest"]);
    assert_eq!(out(&shown), fs::read_to_string(dir.path().join("events")).unwrap());
    // by its name, and by its beginning
    let name = run["run"].as_str().unwrap();
    assert_eq!(out(&history(&dir, &["show", name])), out(&shown));
    assert_eq!(out(&history(&dir, &["show", &name[..name.len() - 1]])), out(&shown));
    // the folder is a folder of logs
    let report = tool("pgstat")
        .args(["--json", "--exit-zero"])
        .arg(dir.path().join("runs"))
        .output()
        .unwrap();
    assert_eq!(events(&out(&report))[0]["run"], name, "{}", err(&report));
}

#[test]
fn the_environment_names_the_folder_for_runs_within_runs_too() {
    let dir = TempDir::new().unwrap();
    let run = "export PG_HISTORY=$PWD/runs; $P \"$P echo ::: {}\" ::: a; $P true; echo $?";
    assert_eq!(said(&dir, &format!("{run} </dev/null")), "a\n0\n");
    let runs = kept(&dir);
    let inner: Vec<&str> = runs
        .iter()
        .map(|run| run["run"].as_str().unwrap())
        .filter(|run| run.contains('/'))
        .collect();
    assert_eq!((runs.len(), inner.len()), (3, 1), "{runs:?}");
    // an empty word is none
    assert_eq!(said(&dir, "export PG_HISTORY=; $P echo ::: a; ls -A runs | wc -l"), "a\n4\n");
}

/// Each of these breaks the history in another way; the run is as it would be without.
#[test]
fn whatever_is_wrong_with_it_the_run_goes_well() {
    for (breaks, says, kept_runs) in [
        ("mkdir runs; echo junk >runs/.index.sqlite", "file is not a database", 1),
        ("mkdir -p runs/.index.sqlite", "is no index; remove it", 1),
        ("mkdir runs; mkfifo runs/.index.sqlite", "is no index; remove it", 1),
        ("echo file >runs", "runs: File exists; this run is not kept", 0),
        ("ln -s /proc/1/nowhere runs", "this run is not kept", 0),
        ("mkdir runs; echo forever >runs/.bounds", "\"forever\" is no bound", 1),
    ] {
        let dir = TempDir::new().unwrap();
        let run = "$P --history runs 'echo {}; exit {}' ::: 3 2>said; echo $?; cat said";
        let told = said(&dir, &format!("{breaks}; {run}"));
        let (well, line) = told.split_once("3\n1\n").unwrap();
        assert_eq!(well, "", "{breaks}");
        assert!(line.starts_with("pgrun: history: ") && line.contains(says), "{breaks}: {line}");
        assert_eq!(line.lines().count(), 1, "{line}");
        if kept_runs > 0 {
            assert_eq!(kept(&dir).len(), kept_runs, "{breaks}");
        }
    }
}

#[test]
fn runs_at_once_are_all_kept() {
    let dir = TempDir::new().unwrap();
    let run = "for i in 1 2 3 4 5 6 7 8; do $P --history runs true ::: a b & done; wait; echo ok";
    assert_eq!(said(&dir, run), "ok\n");
    let runs = kept(&dir);
    assert_eq!(runs.len(), 8);
    assert!(runs.iter().all(|run| run["status"] == "success"), "{runs:?}");
}

#[test]
fn a_run_that_is_killed_is_found() {
    let dir = TempDir::new().unwrap();
    let said = fifo(&dir, "said");
    let args = ["--history", "runs", "-j2", "--", &format!("echo {{}} >{said}; exec sleep 1000")];
    let mut run = started(&[&args[..], &[":::", "a"]].concat(), dir.path());
    assert_eq!(fs::read_to_string(&said).unwrap(), "a\n");
    let runs = kept(&dir);
    assert_eq!((runs.len(), runs[0]["status"].as_str()), (1, Some("running")));
    run.kill().unwrap();
    run.wait().unwrap();
    // its guardian has the log until all is ended
    let log = fs::read_dir(dir.path().join("runs")).unwrap();
    let log = log
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "ndjson"));
    fs::File::open(log.unwrap()).unwrap().lock().unwrap();
    let runs = kept(&dir);
    assert_eq!((runs.len(), runs[0]["status"].as_str()), (1, Some("cut-off")));
    let shown = out(&history(&dir, &["show", "latest"]));
    let told = events(&shown);
    assert_eq!(told.first().unwrap()["type"], "run.start");
    let rebuilt = history(&dir, &["rebuild"]);
    assert_eq!(out(&rebuilt), "1 runs are in the index\n");
}

#[test]
fn runs_beyond_the_bounds_go() {
    let dir = TempDir::new().unwrap();
    said(&dir, "for i in 1 2 3 4; do $P --history runs true ::: $i; done");
    assert_eq!(history(&dir, &["gc"]).status.code(), Some(2));
    let dry = history(&dir, &["gc", "--max-runs", "3", "--dry-run"]);
    assert_eq!((out(&dry).lines().count(), kept(&dir).len()), (1, 4));
    assert!(out(&history(&dir, &["gc", "--max-runs", "3"])).starts_with("removed 1 runs, "));
    assert_eq!(kept(&dir).len(), 3);
    history(&dir, &["gc", "--max-runs", "2", "--always"]);
    said(&dir, "$P --history runs true ::: a");
    assert_eq!(kept(&dir).len(), 2);
    assert!(kept(&dir)[0]["command"].as_str().unwrap().ends_with("true ::: a"));
}

#[test]
fn runs_are_listed_by_what_is_asked() {
    let dir = TempDir::new().unwrap();
    said(
        &dir,
        "$P --history runs true ::: a; $P --history runs false ::: a b; $P --history runs true ::: c",
    );
    let count = |args: &[&str]| {
        let listed = history(&dir, args);
        assert_eq!(listed.status.code(), Some(0), "{}", err(&listed));
        out(&listed).lines().count() - 1
    };
    for (args, want) in [
        (&["--csv"][..], 3),
        (&["--csv", "--status", "failure"], 1),
        (&["--csv", "--where", "ops>=2", "--where", "failed=2"], 1),
        (&["--csv", "--where", "command~true"], 2),
        (&["--csv", "--since", "1h"], 3),
        (&["--csv", "--until", "1h"], 0),
        (&["--csv", "--since", "2020-01-01", "--last", "2"], 2),
    ] {
        assert_eq!(count(args), want, "{args:?}");
    }
    for (args, says) in [
        (&["--where", "size>3"][..], "no field \"size\""),
        (&["--since", "yesterday"], "is no time; write 2h, 7d"),
        (&["--status", "good"], "invalid value 'good'"),
    ] {
        let refused = history(&dir, args);
        assert_eq!(refused.status.code(), Some(2), "{args:?}");
        assert!(err(&refused).contains(says), "{}", err(&refused));
    }
    let nowhere = tool("pgstat").arg("history").env_remove("PG_HISTORY").output().unwrap();
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(err(&nowhere).contains("--history DIR or in PG_HISTORY"), "{}", err(&nowhere));
    let none = history(&dir, &["show", "zebra"]);
    assert_eq!((none.status.code(), out(&none)), (Some(65), String::new()));
}
