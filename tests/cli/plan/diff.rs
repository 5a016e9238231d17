//! `pgplan diff`.

use super::Ran;
use crate::tool;
use serde_json::json;

const BEFORE: &str = r#"{"id":"get","cmd":"x","duration":30}
{"id":"build","cmd":"make","duration":"1m","needs":["get"]}
{"id":"docs","cmd":"x","duration":10,"needs":["get"]}
{"id":"old","cmd":"x","duration":1}
"#;
const AFTER: &str = r#"{"id":"docs","cmd":"x","duration":100,"needs":["bar"],"extra":1}
{"id":"bar","barrier":true,"needs":["get","new"]}
{"id":"get","cmd":"x","duration":30}
{"id":"build","cmd":["make"],"duration":60,"needs":["get"]}
{"id":"new","cmd":"x","duration":2}
"#;

fn diff(before: &str, after: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a", before), ("b", after)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let out = tool("pgplan")
        .args([&["diff", "a", "b"], args].concat())
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: out.status.code().unwrap(), out: text(out.stdout), err: text(out.stderr) }
}

#[test]
fn changes_are_told_by_field() {
    let ran = diff(BEFORE, AFTER, &[]);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    assert_eq!(
        ran.out,
        r#"~ docs needs: ["get"] -> ["get","new"]
~ docs duration: 10 -> 100
~ docs extra: - -> 1
~ build cmd: "make" -> ["make"]
+ new
- old

planned end    1m 30s -> 2m 10s
critical path  1m 30s -> 2m 10s
  - get build
  + get docs
"#
    );
}

#[test]
fn what_is_the_same_is_silent() {
    // another order, another place, other words for the same, what was planned before
    let again = r#"{"id":"old","cmd":"x","duration":1,"source":"z:9"}
{"id":"docs","duration":10.0,"cmd":"x","needs":["get"],"level":2,"start":30,"end":40}
{"id":"get","cmd":"x","duration":30}
{"id":"build","cmd":"make","duration":60,"needs":["get"]}
"#;
    let ran = diff(BEFORE, again, &[]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}

#[test]
fn figures_as_records() {
    let records = diff(BEFORE, AFTER, &["--json"]).records();
    let end = records.last().unwrap();
    assert_eq!(
        (&end["added"], &end["removed"], &end["changed"]),
        (&json!(1), &json!(1), &json!(2))
    );
    assert_eq!((&end["makespan_before_s"], &end["makespan_s"]), (&json!(90), &json!(130)));
    assert_eq!(end["critical"], json!(["get", "docs"]));
    assert_eq!(records[1]["field"], "duration");
    assert_eq!((&records[1]["from"], &records[1]["to"]), (&json!(10), &json!(100)));
    assert_eq!(records[4]["change"], "added");
}

#[test]
fn schedules_are_compared_as_such() {
    let one = "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":5,\"start\":0,\"end\":5,\"slot\":1}\n";
    let ran = diff(one, &one.replace("0,\"end\":5", "5,\"end\":10"), &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("~ a start: 0 -> 5\n"), "{}", ran.out);
    assert!(ran.out.contains("planned end    5s -> 10s\n"), "{}", ran.out);
    let capacity = |jobs: u32| format!("{{\"type\":\"capacity\",\"jobs\":{jobs}}}\n{BEFORE}");
    let ran = diff(&capacity(1), &capacity(2), &[]);
    assert!(ran.out.contains("~ capacity: {\"type\":\"capacity\",\"jobs\":1} -> "), "{}", ran.out);
    assert!(ran.out.contains("planned end    1m 41s -> 1m 30s\n"), "{}", ran.out);
}

#[test]
fn bad_input_is_no_difference() {
    assert_eq!(diff("a b\n", "a\n", &[]).status, 65);
    let circle = diff("a b\n", "a b\nb a\n", &[]);
    assert_eq!((circle.status, circle.out.as_str()), (1, ""));
    assert!(circle.err.contains("cycle"), "{}", circle.err);
    assert_eq!(diff(BEFORE, AFTER, &["c"]).status, 2);
}
