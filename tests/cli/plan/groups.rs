//! `pgplan groups`.

use super::{pgplan, with_input};
use serde_json::{Value, json};

/// Durations alone, on two slots.
fn pairs(seconds: &[u32]) -> String {
    let mut text = "{\"type\":\"capacity\",\"jobs\":2}\n".to_string();
    for (at, seconds) in seconds.iter().enumerate() {
        text += &format!("{{\"id\":\"o{at}\",\"cmd\":[\"true\"],\"duration\":{seconds}}}\n");
    }
    text
}

fn figures(args: &[&str], input: &str) -> Value {
    let ran = with_input(&[&["groups", "--json"], args].concat(), input.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    ran.records().pop().unwrap()
}

#[test]
fn groups_are_packed_and_compared() {
    let ran = with_input(&["groups"], pairs(&[9, 1, 9, 1, 8]).as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "group 1: 9s\n       9s  o0\n       9s  o2\ngroup 2: 8s\n       8s  o4\n       1s  o1\n\
         group 3: 1s\n       1s  o3\n\n\
         with barriers     18s in 3 groups (no groups are shorter)\n\
         without barriers  17s (barriers cost 5.9 %)\n\
         in input order    26s (sorting gains 30.8 %)\n"
    );
}

#[test]
fn what_barriers_cost() {
    // a chain of short ones beside a long one: a barrier makes the short one wait
    let input = "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":1}\n{\"id\":\"b\",\"cmd\":\"x\",\"duration\":9,\"needs\":[\"a\"]}\n\
                 {\"id\":\"c\",\"cmd\":\"x\",\"duration\":9}\n{\"id\":\"d\",\"cmd\":\"x\",\"duration\":1,\"needs\":[\"c\"]}\n";
    let figures = figures(&[], input);
    assert_eq!(figures["barriers_s"], 11);
    assert_eq!((&figures["schedule_s"], &figures["loss_percent"]), (&json!(10), &json!(10.0)));
    assert_eq!((&figures["method"], &figures["lower_bound_s"]), (&json!("exact"), &json!(11)));
}

#[test]
fn limits_come_from_record_or_command_line() {
    assert_eq!(figures(&[], &pairs(&[3, 3, 3, 3]))["groups"], 2);
    assert_eq!(figures(&["-j4"], &pairs(&[3, 3, 3, 3]))["groups"], 1);
    assert_eq!(figures(&["-j1"], "a b\nc d\n")["groups"], 4);
    let memory = r#"{"id":"a","cmd":"x","resources":{"memory":6}}
{"id":"b","cmd":"x","resources":{"memory":6}}
"#;
    assert_eq!(figures(&["--resource", "memory=12"], memory)["groups"], 1);
    assert_eq!(figures(&["--resource", "memory=11"], memory)["groups"], 2);
    let refused = with_input(&["groups", "--resource", "memory=5"], memory.as_bytes());
    assert_eq!((refused.status, refused.out.as_str()), (1, ""));
    assert!(refused.err.contains("a asks for 6 of memory; there is 5"), "{}", refused.err);
}

#[test]
fn locks_part_and_a_circle_is_told() {
    let plan = pgplan(&["groups", "modules/workstation-image/module.yaml", "--json"]);
    let groups: Vec<Value> = plan.records().into_iter().map(|r| r["ops"].clone()).collect();
    assert_eq!(groups[0], json!(["fetch-viewer", "fetch-editor"]));
    assert_eq!(groups[1].as_array().map(Vec::len), Some(1));
    let circle = with_input(&["groups"], b"a b\nb a\n");
    assert_eq!((circle.status, circle.out.as_str()), (1, ""));
    assert!(circle.err.contains("cycle"), "{}", circle.err);
}
