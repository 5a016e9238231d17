//! `pgplan schedule` where operations have several modes.

use super::{pgplan, with_input};
use serde_json::{Value, json};

const PLAN: &str = "modes.ndjson";

/// Makespan, and the mode of each operation that has several.
fn chosen(flags: &[&str]) -> (Value, Vec<String>) {
    let ran = pgplan(&[&["schedule", PLAN], flags].concat());
    assert_eq!(ran.status, 0, "{}", ran.err);
    let records = ran.records();
    let modes = records.iter().filter_map(|record| record["mode"].as_str()).map(String::from);
    (records.last().unwrap()["makespan_s"].clone(), modes.collect())
}

/// The one line that is said, and the status; nothing is printed.
fn refused(flags: &[&str]) -> (u8, String) {
    let ran = pgplan(&[&["schedule", PLAN], flags].concat());
    assert_eq!(ran.out, "");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    (ran.status as u8, ran.err)
}

#[test]
fn modes_are_chosen_by_makespan_or_by_cost() {
    assert_eq!(chosen(&[]), (json!(23), vec!["fast".into(), "fast".into(), "hosted".into()]));
    let (makespan, modes) = chosen(&["--objective", "cost", "--prefer", "local"]);
    assert_eq!((makespan, modes), (json!(41), vec!["local".to_string(); 3]));
    // with the same makespan and cost as the hosted one
    let (_, modes) = chosen(&["--objective", "cost", "--prefer", "hosted"]);
    assert_eq!(modes, ["hosted", "local", "local"]);
}

#[test]
fn a_budget_is_kept_and_one_too_small_says_the_least() {
    let (makespan, modes) = chosen(&["--budget", "cost=30", "--prefer", "local"]);
    assert_eq!((makespan, modes), (json!(36), vec!["local".into(), "fast".into(), "local".into()]));
    let (makespan, _) = chosen(&["--budget", "cost=12"]);
    assert_eq!(makespan, json!(41));
    let (status, told) = refused(&["--budget", "cost=11"]);
    assert_eq!(status, 1);
    assert!(told.contains("cost=11 is too small") && told.contains("needs cost=12"), "{told}");
}

#[test]
fn modes_below_a_quality_are_left_out() {
    let (makespan, modes) = chosen(&["--min", "quality=0.85", "--prefer", "hosted"]);
    assert_eq!(
        (makespan, modes),
        (json!(37), vec!["hosted".into(), "local".into(), "hosted".into()])
    );
    let (status, told) = refused(&["--min", "quality=0.93"]);
    assert_eq!(status, 1);
    assert!(told.contains("summarise: every mode is below a quality of 0.93"), "{told}");
}

#[test]
fn rules_on_labels_and_sizes_take_a_mode() {
    let op = |id: &str, rest: &str| {
        let modes = r#"[{"mode":"fast","cmd":"true","duration":1,"cost":9},{"mode":"capable","cmd":"true","duration":5,"cost":1}]"#;
        format!("{{\"id\":\"{id}\",\"modes\":{modes}{rest}}}\n")
    };
    let plan = op("a", r#","labels":{"size":0.1}"#)
        + &op("b", r#","labels":{"size":0.7}"#)
        + &op("c", r#","input_bytes":100,"labels":{"size":"huge"}"#)
        + "{\"id\":\"d\",\"cmd\":\"true\",\"duration\":1}\n";
    let chosen = |flags: &[&str]| -> Vec<String> {
        let ran = with_input(&[&["schedule", "--objective=cost"], flags].concat(), plan.as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.err);
        let mode = |record: &Value| record["mode"].as_str().map(String::from);
        ran.records().iter().filter_map(mode).collect()
    };
    // the cheapest, but for what a rule holds for
    assert_eq!(chosen(&[]), ["capable"; 3]);
    assert_eq!(chosen(&["--route", "size<0.3:fast"]), ["fast", "capable", "capable"]);
    let rules = ["--route", "size<0.3:capable", "--route", "input_bytes<1K:fast"];
    assert_eq!(chosen(&rules), ["capable", "capable", "fast"]);
    // the first that holds
    let rules = ["--route", "size>=0.7:capable", "--route", "else:fast"];
    assert_eq!(chosen(&rules), ["fast", "capable", "fast"]);
    assert_eq!(chosen(&["--route=size=huge:fast"]), ["capable", "capable", "fast"]);
}

#[test]
fn a_rule_that_can_be_for_nothing_is_refused() {
    for (flags, status, word) in [
        (&["--route", "size<0.3"][..], 2, "FIELD<VALUE:MODE"),
        (&["--route", "size<big:fast"], 2, "\"big\" is no number"),
        (&["--route", "else:slow"], 2, "--route: no operation has a mode named slow"),
        (&["--route", "size<3:fast"], 2, "no operation with a mode fast has a label or field size"),
        (
            &["--route", "else:fast", "--min", "quality=0.85"],
            1,
            "translate: the mode that --route takes is below the quality of --min",
        ),
    ] {
        let (was, told) = refused(flags);
        assert!(was == status && told.contains(word), "{told}");
    }
    let elsewhere = pgplan(&["path", PLAN, "--route", "else:fast"]);
    assert_eq!(elsewhere.status, 2, "{}", elsewhere.err);
}

#[test]
fn wishes_that_are_none_are_refused() {
    assert_eq!(refused(&["--prefer", "cheap"]).0, 2);
    for (flag, word) in [
        ("--objective=time", "makespan,cost"),
        ("--min=0.8", "quality=0.85"),
        ("--budget=cost", "NAME=AMOUNT"),
    ] {
        let (status, told) = refused(&[flag]);
        assert!(status == 2 && told.contains(word), "{told}");
    }
}

#[test]
fn the_table_has_every_choice_that_none_beats() {
    let ran = pgplan(&["schedule", PLAN, "--pareto", "--json"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let rows: Vec<(Value, Value)> =
        ran.records().iter().map(|row| (row["makespan_s"].clone(), row["cost"].clone())).collect();
    let rows: Vec<(u64, u64)> =
        rows.iter().map(|(m, c)| (m.as_u64().unwrap(), c.as_u64().unwrap())).collect();
    assert_eq!(rows, [(23, 47), (27, 38), (32, 35), (36, 26), (37, 21), (41, 12)]);
    // within a budget, a part of it; the modes where they are asked for
    let ran =
        pgplan(&["schedule", PLAN, "--pareto=modes", "--budget", "cost=25", "--prefer", "local"]);
    assert_eq!(
        ran.out,
        "MAKESPAN  COST  MODES\n     37s    21  review=hosted summarise=local translate=local\n\
         \x20    41s    12  review=local summarise=local translate=local\n"
    );
}

#[test]
fn amounts_of_any_name_are_kept_within() {
    let op = |id: &str| {
        let mode = |name: &str, secs: u32, a: u32, b: u32| json!({"mode": name, "duration": secs, "nonrenewable": {"a": a, "b": b}});
        json!({"id": id, "cmd": ["true"], "modes": [mode("x", 1, 3, 0), mode("y", 2, 0, 3)]})
            .to_string()
            + "\n"
    };
    let plan = op("one") + &op("two");
    let with = |budgets: &[&str]| {
        let flags: Vec<&str> = budgets.iter().flat_map(|budget| ["--budget", budget]).collect();
        with_input(&[&["schedule"], flags.as_slice()].concat(), plan.as_bytes())
    };
    assert_eq!(with(&["a=6", "b=0"]).records().last().unwrap()["makespan_s"], 1);
    assert_eq!(with(&["a=3", "b=3"]).records().last().unwrap()["makespan_s"], 2);
    let ran = with(&["a=2", "b=5"]);
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("there is 2 of a") && ran.err.contains("needs 3"), "{}", ran.err);
    // of both at once: more of one alone would not do
    let plan = r#"{"id":"three","cmd":["true"],"nonrenewable":{"a":3,"b":3}}"#;
    let flags = ["schedule", "--budget", "a=2", "--budget", "b=2"];
    let ran = with_input(&flags, plan.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("a, b together"), "{}", ran.err);
}

#[test]
fn a_mode_that_fits_is_enough() {
    let op = |asks: [u32; 2]| {
        let modes = asks.map(
            |ask| json!({"mode": format!("m{ask}"), "duration": 1, "resources": {"gpu": ask}}),
        );
        json!({"id": "a", "cmd": ["true"], "modes": modes}).to_string() + "\n"
    };
    let ran = with_input(&["schedule", "--resource", "gpu=1"], op([2, 1]).as_bytes());
    assert_eq!((ran.status, ran.ops()[0]["mode"].as_str()), (0, Some("m1")), "{}", ran.err);
    let ran = with_input(&["schedule", "--resource", "gpu=1"], op([2, 3]).as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("a asks for 2 of gpu; there is 1, and no mode fits"), "{}", ran.err);
}

/// What is used up counts in bytes as it does in gigabytes.
#[test]
fn amounts_of_any_size_are_chosen_among() {
    for (unit, flag) in [(1_u64, "disk=15"), (1_000_000_000, "disk=15000000000")] {
        let op = |n: u64| {
            let mode = |name: &str, takes: u64, uses: u64| json!({"mode":name,"duration":takes,"nonrenewable":{"disk":uses * unit}});
            let modes = [mode("fast", 1, 4), mode("slow", 5, 1)];
            format!("{}\n", json!({"id":format!("op{n}"),"cmd":"x","modes":modes}))
        };
        let input: String = (0..6).map(op).collect();
        let args = ["schedule", "-j1", "--schedules", "3000", "--budget", flag];
        let ran = with_input(&args, input.as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.err);
        let last = ran.records().pop().unwrap();
        assert_eq!(last["makespan_s"], 18, "three of six can be fast: {}", ran.out);
    }
}
