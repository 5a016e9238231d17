//! `--history` and `pgplan predict`.

use super::{Ran, pgplan, with_input};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::path::Path;
use tempfile::TempDir;

/// Runs of `get` (4 s, and a run in three 6 s) and then `build` (10 s), as events.
fn events(runs: usize) -> String {
    let mut text = String::new();
    for run in 0..runs {
        let at = 1_700_000_000 + 1000 * run;
        let get = if run % 3 == 2 { 6 } else { 4 };
        let start = json!({"type":"run.start","version":1,"run":format!("{run}x"),"time":at,
            "tool":"pgrun","host":"h","pid":1,"argv":[],"jobs":4});
        let _ = writeln!(text, "{start}");
        for (seq, (id, cmd, begin, wall, needs)) in [
            ("get-1", "curl x/1", at, get, json!([])),
            ("build", "make", at + get, 10, json!(["get-1"])),
        ]
        .into_iter()
        .enumerate()
        {
            let start = json!({"type":"op.start","id":id,"seq":seq + 1,"attempt":1,"slot":1,
                "start":begin,"pid":9,"cmd":cmd,"needs":needs});
            let end = json!({"type":"op.end","id":id,"seq":seq + 1,"attempt":1,"final":true,"slot":1,
                "start":begin,"end":begin + wall,"wall_s":wall,"user_s":0,"system_s":0,
                "max_rss_bytes":null,"exit":0,"result":"success","queued_s":0,"out_bytes":0});
            let _ = writeln!(text, "{start}\n{end}");
        }
        let end = json!({"type":"run.end","run":format!("{run}x"),"time":at + get + 10,
            "makespan_s":get + 10,"counts":{"success":2},"exit":0,"containment":"group"});
        let _ = writeln!(text, "{end}");
    }
    text
}

struct Scene {
    dir: TempDir,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Scene {
        let dir = TempDir::new().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        Scene { dir }
    }

    fn path(&self, name: &str) -> String {
        self.dir.path().join(name).display().to_string()
    }

    fn pgplan(&self, args: &[&str], plan: &str) -> Ran {
        let history = self.path("h");
        with_input(&[args, &["--history", &history]].concat(), plan.as_bytes())
    }
}

const PLAN: &str = r#"{"id":"get-1","cmd":"curl x/1","timeout":60}
{"id":"get-22","cmd":"curl x/22"}
{"id":"build","cmd":"make -k","needs":["get-1","get-22"]}
{"id":"again","cmd":"make","needs":["build"],"duration":3}
{"id":"new","cmd":"else","timeout":"2m","needs":["build"]}
"#;

fn found<'a>(records: &'a [Value], id: &str) -> &'a Value {
    records.iter().find(|record| record["id"] == id).unwrap()
}

#[test]
fn each_operation_is_told_with_what_it_rests_on() {
    let scene = Scene::new(&[("h", &events(30))]);
    let ran = scene.pgplan(&["predict", "--json"], PLAN);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let records = ran.records();
    for (id, from, duration, n) in [
        ("get-1", "id", 4, 30),
        ("get-22", "family", 4, 30),
        ("build", "id", 10, 30),
        ("again", "command", 10, 30),
        ("new", "timeout", 120, 0),
    ] {
        let record = found(&records, id);
        let told = (&record["from"], &record["duration"], &record["n"]);
        assert_eq!(told, (&json!(from), &json!(duration), &json!(n)), "{record}");
    }
    assert_eq!(found(&records, "get-1")["high_s"], 6);
    assert_eq!(found(&records, "new")["confidence"], Value::Null);
    let whole = records.last().unwrap();
    assert_eq!(
        (&whole["type"], &whole["from"]),
        (&"prediction.makespan".into(), &"structure".into())
    );
    assert_eq!(whole["makespan"], 4 + 10 + 120);
    let table = scene.pgplan(&["predict"], PLAN).out;
    let unknown = table.lines().find(|line| line.ends_with("new")).unwrap();
    assert!(unknown.contains("timeout") && unknown.contains("none"), "{unknown}");
    assert!(table.contains("\nmakespan 2m 14s, 90% within "), "{table}");
}

#[test]
fn a_makespan_says_what_it_knows_nothing_of() {
    let scene = Scene::new(&[("h", &events(9))]);
    let modes = r#"{"id":"any","modes":[{"mode":"a","cmd":"x","duration":3},{"mode":"b","cmd":"y"}]}
{"id":"wait","barrier":true}
{"id":"other","cmd":"something else"}
"#;
    let plan = PLAN.to_string() + modes;
    let whole = scene.pgplan(&["predict", "--json"], &plan).records().pop().unwrap();
    assert_eq!(whole["unknown"], 1, "{whole}");
    let table = scene.pgplan(&["predict"], &plan).out;
    assert!(table.contains("\nmakespan at least 2m 14s, "), "{table}");
    let last = "1 of 7 operations is unknown: it counts as 0 s, give a duration or a timeout";
    assert_eq!(table.lines().last(), Some(last));
    let known = scene.pgplan(&["predict", "--json"], PLAN).records().pop().unwrap();
    assert_eq!(known.get("unknown"), None);
}

#[test]
fn the_makespan_of_a_plan_that_has_run_rests_on_its_runs() {
    let scene = Scene::new(&[("h", &events(30))]);
    let plan: String = PLAN
        .lines()
        .filter(|l| l.contains("get-1\",\"cmd") || l.contains("make -k"))
        .map(|l| format!("{l}\n"))
        .collect();
    let plan = plan.replace(",\"get-22\"", "");
    let whole = scene.pgplan(&["predict", "--json"], &plan).records().pop().unwrap();
    assert_eq!((&whole["makespan"], &whole["n"]), (&14.into(), &30.into()), "{whole}");
    assert_eq!((&whole["low_s"], &whole["high_s"]), (&14.into(), &16.into()));
    // other limits than those of the runs: the plan must tell
    let other = scene.pgplan(&["predict", "--json", "-j1"], &plan).records().pop().unwrap();
    assert_eq!((&other["from"], &other["n"]), (&"structure".into(), &0.into()));
}

#[test]
fn other_views_take_durations_where_none_is_stated() {
    let scene = Scene::new(&[("h", &events(9))]);
    let ran = scene.pgplan(&["schedule", "-j2"], PLAN);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let note = format!(
        "pgplan: note: durations for 4 of 5 operations: 2 by id, 1 by family from {}; 1 by timeout\n",
        scene.path("h")
    );
    assert!(ran.err.starts_with(&note), "{}", ran.err);
    let unknown = "{\"id\":\"get-22\",\"cmd\":\"x\"}\n{\"id\":\"never seen\",\"cmd\":\"y z\"}\n";
    let half = scene.pgplan(&["schedule"], unknown);
    assert!(half.err.contains("durations for 1 of 2 operations"), "{}", half.err);
    assert!(half.err.contains("; 1 unknown"), "{}", half.err);
    let ops = ran.ops();
    let times = |id| (found(&ops, id)["duration"].clone(), found(&ops, id)["start"].clone());
    assert_eq!(times("get-22"), (4.into(), 0.into()));
    assert_eq!(times("build"), (10.into(), 4.into()));
    assert_eq!(times("again"), (3.into(), 14.into()), "it says so itself");
    assert!(scene.pgplan(&["path"], PLAN).out.starts_with("critical path: 2m 14s"));
    // an edge list has no durations of its own
    assert!(scene.pgplan(&["path"], "get-1 build\n").out.starts_with("critical path: 14s, 2 of 2"));
    let stated = scene.pgplan(&["plan"], "{\"id\":\"get-1\",\"cmd\":\"x\",\"duration\":5}");
    assert_eq!(stated.ops()[0]["duration"], 5);
    assert!(stated.err.contains("nothing was taken from"), "{}", stated.err);
    // what a reader guesses is not stated
    let module = "tasks: [{id: build, command: x}]\n";
    let guessed = scene.pgplan(&["table", "--json"], module).records();
    assert_eq!(guessed[0]["duration"], 10);
}

#[test]
fn every_kind_of_log_is_history() {
    let log = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n\
               1\t:\t1700000000.000\t     2.500\t0\t0\t0\t0\tgzip a\n";
    let ninja = "# ninja log v5\n0\t1500\t1\ta.o\taa\n";
    let runs = "{\"run\":\"n-1\",\"id\":\"align\",\"start\":3,\"end\":10}\n";
    let scene = Scene::new(&[
        ("jobs", log),
        (".ninja_log", ninja),
        ("runs", runs),
        ("README", "x\n"),
        (".x", "y"),
    ]);
    std::fs::write(scene.dir.path().join("events"), events(1)).unwrap();
    let plan = r#"{"id":"1","cmd":"gzip a"}
{"id":"a.o","cmd":"cc"}
{"id":"align","cmd":"al"}
{"id":"build","cmd":"m"}
"#;
    let folder = scene.dir.path().display().to_string();
    let ran = with_input(&["predict", "--json", "--history", &folder], plan.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let durations: Vec<Value> =
        ran.records().iter().take(4).map(|record| record["duration"].clone()).collect();
    assert_eq!(durations, [json!(2.5), json!(1.5), json!(7), json!(10)]);
}

#[test]
fn the_next_run_of_a_run_log() {
    let mut log = String::new();
    for run in 0..20 {
        let took = if run % 2 == 0 { 10 } else { 20 };
        for (id, kind, start) in [("a", "compute", 0), ("out", "transfer", took)] {
            let end = start + if id == "a" { took } else { 5 };
            let record =
                json!({"run":format!("n-{run:03}"),"id":id,"type":kind,"start":start,"end":end});
            let _ = writeln!(log, "{record}");
        }
    }
    let ran = with_input(&["predict", "--runs", "-", "--run", "n-020"], log.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let records = ran.records();
    assert_eq!(records.len(), 2, "{}", ran.out);
    assert_eq!(
        (&records[0]["run"], &records[0]["id"], &records[0]["duration"]),
        (&"n-020".into(), &"a".into(), &10.into())
    );
    assert_eq!((&records[1]["run"], &records[1]["makespan"]), (&"n-020".into(), &15.into()));
    for (args, what) in [
        (&["path", "--runs", "-"][..], "--runs is for pgplan predict"),
        (&["predict", "x", "--runs", "-"], "x: --runs predicts without a plan"),
        (&["predict", "--run", "n"], "--runs"),
        (&["predict", "-", "--history", "-"], "standard input can be read once"),
    ] {
        let ran = pgplan(args);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{args:?}");
        assert!(ran.err.contains(what), "{}", ran.err);
    }
}

/// Each is one line, with status 65, and a plan for pgrun is not printed.
#[test]
fn bad_histories() {
    let circle = "{\"run\":\"n\",\"id\":\"build\",\"needs\":[\"b\"],\"start\":0,\"end\":1}\n\
                  {\"run\":\"n\",\"id\":\"b\",\"needs\":[\"build\"],\"start\":0,\"end\":1}\n";
    let beside = |line: &str| format!("{}{line}\n", events(2));
    for (history, what) in [
        (
            beside(circle.trim_end()),
            "h:13: error: the needs of n go round in a circle: build -> b -> build; it is left out",
        ),
        (
            beside("{\"run\":\"n\",\"id\":\"b\",\"runtime_s\":-1}"),
            "h:13:33: error: \"runtime_s\": a duration of -1 s; none is less than 0",
        ),
        (
            beside("{\"run\":\"n\",\"id\":\"b\",\"runtime_s\":NaN}"),
            "h:13:33: error: NaN is no number in JSON; leave the field out, or write null",
        ),
        (beside("{\"run\":\"n\",\"id\":\"b\",\"runtime_s\":1"), "(is the line cut off?)"),
        (
            events(2)
                .replace("\"build\"", "\"x\"")
                .replace("get-1", "y")
                .replace("curl x/1", "z")
                .replace("\"make\"", "\"w\""),
            "h: error: the history knows none of the plan's 1 operations; it has 2 others in 2 runs, such as x (is it the history of another plan?)",
        ),
        ("# ninja log v99\n".into(), "versions 5, 6 and 7 are read"),
    ] {
        let scene = Scene::new(&[("h", &history)]);
        let ran = scene.pgplan(&["plan"], "{\"id\":\"build\",\"cmd\":\"x\"}\n");
        assert_eq!((ran.status, ran.out.as_str()), (65, ""), "{what}\n{}", ran.err);
        let lines: Vec<&str> = ran.err.lines().filter(|line| !line.contains(": note: ")).collect();
        assert!(lines[0].contains(what), "{what}\n{}", ran.err);
        // what can be told is told all the same
        let told = scene.pgplan(&["predict"], "{\"id\":\"build\",\"cmd\":\"x\"}\n");
        assert_eq!(told.status, 65);
        assert!(told.err.contains(what) && told.out.contains("build"), "{}", told.err);
    }
    let none = pgplan(&["predict", "ops.ndjson"]);
    assert_eq!(none.status, 2);
    assert!(none.err.contains("--history FILE"), "{}", none.err);
    let gone = pgplan(&["predict", "ops.ndjson", "--history", "nowhere"]);
    assert_eq!(gone.status, 65);
    assert!(gone.err.contains("nowhere: No such file"), "{}", gone.err);
    let empty = Scene::new(&[]);
    let folder = Path::new(&empty.path("")).display().to_string();
    let ran = pgplan(&["predict", "ops.ndjson", "--history", &folder]);
    assert!(ran.err.contains("no log of a run in this folder"), "{}", ran.err);
}
