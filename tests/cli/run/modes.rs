//! Operations that can be done in several ways, and schedules that say in which and when.

use super::*;

const OPS: &str = r#"{"id":"a","duration":1,"modes":[{"mode":"fast","cmd":"echo f; exit 3"},{"mode":"capable","cmd":"echo $PG_MODE"}]}
{"id":"b","needs":["a"],"cmd":"echo $PG_MODE; test $PG_MODE = y","mode":"x","modes":[{"mode":"y"},{"mode":"x"},{"mode":"z"}]}
"#;

/// Attempt, mode and result of each end, in order.
fn ends(events: &[Value], id: &str) -> Vec<(i64, String, String)> {
    let word = |e: &Value, key: &str| e[key].as_str().unwrap_or_default().to_string();
    events
        .iter()
        .filter(|e| e["type"] == "op.end" && e["id"] == id)
        .map(|e| (e["attempt"].as_i64().unwrap(), word(e, "mode"), word(e, "result")))
        .collect()
}

fn row(attempt: i64, mode: &str, result: &str) -> (i64, String, String) {
    (attempt, mode.to_string(), result.to_string())
}

#[test]
fn the_chosen_mode_is_run_and_without_fallback_no_other() {
    let output = pgrun(&[], OPS);
    assert_eq!(output.status.code(), Some(1));
    let events = events(&out(&output));
    assert_eq!(ends(&events, "a"), [row(1, "fast", "failure")]);
    let start = events.iter().find(|e| e["type"] == "op.start").unwrap();
    assert_eq!((&start["mode"], &start["cmd"]), (&"fast".into(), &"echo f; exit 3".into()));
    assert!(err(&output).contains("a: failure (exit 3) in mode fast after"), "{}", err(&output));
}

#[test]
fn where_a_fast_mode_fails_the_capable_one_runs() {
    let output = pgrun(&["--fallback"], OPS);
    assert_eq!(output.status.code(), Some(0));
    let events = events(&out(&output));
    assert_eq!(ends(&events, "a"), [row(1, "fast", "failure"), row(2, "capable", "success")]);
    let retry = events.iter().find(|e| e["type"] == "op.retry").unwrap();
    assert_eq!((&retry["mode"], &retry["delay_s"]), (&"capable".into(), &0.into()));
    // after the chosen one those behind it in the list, then those before it
    let b = [row(1, "x", "failure"), row(2, "z", "failure"), row(3, "y", "success")];
    assert_eq!(ends(&events, "b"), b);
    assert!(err(&output).contains("capable\n"), "only the last attempt's output is printed");
}

#[test]
fn each_mode_has_all_its_tries() {
    let args = ["--fallback", "--retries", "2", "--retry-delay", "1ms"];
    let output = pgrun(&args, OPS);
    let events = events(&out(&output));
    let want = [row(1, "fast", "failure"), row(2, "fast", "failure"), row(3, "capable", "success")];
    assert_eq!(ends(&events, "a"), want);
}

#[test]
fn done_in_any_mode_is_done() {
    let dir = TempDir::new().unwrap();
    let run = |args: &[&str], ops: &str| {
        let args = [&["--log", "log", "--resume", "-s"], args].concat();
        let output = tool("pgrun").current_dir(&dir).args(args).write_stdin(ops).output().unwrap();
        out(&output)
    };
    run(&["--fallback"], OPS);
    // another mode is chosen now
    let again = OPS.replace("\"duration\":1", "\"mode\":\"capable\"");
    assert_eq!(run(&["--dry-run"], &again), "");
    let events = events(&run(&[], &again));
    let skipped = events.iter().filter(|e| e["reason"] == "resumed").count();
    assert_eq!(skipped, 2);
}

#[test]
fn what_cannot_be_chosen_is_told() {
    let bad = OPS.replace("\"mode\":\"x\",", "\"mode\":\"w\",");
    let output = pgrun(&[], &bad);
    assert_eq!(output.status.code(), Some(255));
    let said = err(&output);
    assert!(
        said.contains(":2:") && said.contains("no mode is called w; there is y, x, z"),
        "{said}"
    );
    // what is to take the place of a failed mode must be possible, too
    let large = OPS.replace("\"mode\":\"z\"", "\"mode\":\"z\",\"resources\":{\"gpu\":2}");
    let args = ["--fallback", "--resource", "gpu=1"];
    let output = pgrun(&args, &large);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("holds 2 of \"gpu\", of which there is 1"), "{}", err(&output));
    assert_eq!(pgrun(&args[1..], &large).status.code(), Some(1), "without it nobody asks for two");
}

/// `b` needs all of what `c` would take a part of, so `c` has to wait although it could run.
const IDLE: &str = r#"{"type":"capacity","jobs":4,"resources":{"gpu":2}}
{"id":"a","cmd":"true","duration":1,"resources":{"gpu":1},"start":0}
{"id":"b","cmd":"true","duration":1,"resources":{"gpu":2},"start":1,"needs":["a"]}
{"id":"c","cmd":"true","duration":5,"resources":{"gpu":1},"start":2}
{"id":"d","cmd":"true","duration":9,"resources":{"gpu":1},"start":2,"needs":["b"]}
"#;

/// The ids in the order of their starts.
fn started(events: &[Value]) -> String {
    let starts = events.iter().filter(|e| e["type"] == "op.start");
    starts.map(|e| e["id"].as_str().unwrap()).collect()
}

#[test]
fn room_that_a_schedule_leaves_idle_is_kept() {
    let dry = |args: &[&str]| {
        let output = pgrun(&[&["--dry-run"], args].concat(), IDLE);
        let text = out(&output);
        let row = |line: &str| line.split('\t').step_by(2).collect::<Vec<_>>().join(" ");
        text.lines().map(row).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(dry(&[]), "0 a, 1 b, 2 c, 2 d");
    assert_eq!(dry(&["--dispatch", "tail"]), "0 a, 0 c, 5 b, 6 d");
    // a real run: who waits for its turn says so
    let events = events(&out(&pgrun(&[], IDLE)));
    let order = started(&events);
    assert!(order == "abcd" || order == "abdc", "{order}");
    let waited = &decided(&events)["c"]["blocked_s"];
    assert!(waited["schedule"].as_f64().is_some_and(|time| time > 0.0), "{waited}");
    // a schedule of which a part is missing is none
    let part = IDLE.replace(",\"start\":1", "");
    let events = super::events(&out(&pgrun(&[], &part)));
    assert!(started(&events).starts_with("ac"), "{}", started(&events));
}

#[test]
fn what_departs_from_the_schedule_is_told() {
    // each takes next to no time instead of seconds
    let output = pgrun(&["-v"], IDLE);
    let events = events(&out(&output));
    let change = events.iter().find(|e| e["type"] == "run.replan").unwrap();
    let reason = change["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("a has taken 0.") && reason.ends_with(" s instead of 1 s"),
        "{reason}"
    );
    assert_eq!(
        (&change["left"], &change["before_s"], &change["after_s"]),
        (&3.into(), &10.into(), &10.into())
    );
    let said = err(&output);
    assert!(
        said.contains("pgrun: plan: a has taken 0.")
            && said.contains("; 3 left, in their order: 10 s"),
        "{said}"
    );
    let begun = |args: &[&str]| {
        let output = pgrun(&[&["--dry-run", "-j1"], args].concat(), IDLE);
        (out(&output), err(&output))
    };
    // as it was made for more than there is, it is none
    let (plan, said) = begun(&[]);
    assert_eq!(
        said,
        "pgrun: plan: the schedule takes more slots than the 1 there are, at 2 s: the longest path decides\n"
    );
    assert_eq!(begun(&["--dispatch", "tail"]), (plan, String::new()));
}
