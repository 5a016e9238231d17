//! `pgplan schedule`.

use super::{pgplan, with_input};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A project of `count` operations made from a seed: up to three needs among the ten before,
/// two resources, a lock now and then.
fn project(seed: u64, count: u64) -> String {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = |below: u64| {
        // xorshift64 (Marsaglia, 2003)
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    let mut lines = vec![json!({"type":"capacity","jobs":6,"resources":{"cpu":8,"net":5}})];
    for n in 0..count {
        let needs: Vec<String> = (0..next(4))
            .filter(|_| n > 0)
            .map(|_| n - 1 - next(n.min(10)))
            .map(|need| format!("op{need}"))
            .collect();
        let mut needs = needs;
        needs.sort();
        needs.dedup();
        let mut op = json!({"id":format!("op{n}"),"cmd":["true"],"needs":needs,
            "duration":(1 + next(90)) as f64 / 10.0,"resources":{"cpu":1 + next(4),"net":next(4)}});
        if next(9) == 0 {
            op["locks"] = json!([format!("vm{}", next(2))]);
        }
        lines.push(op);
    }
    lines.into_iter().map(|line| format!("{line}\n")).collect()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

/// The makespan of a schedule after looking whether all holds that must.
fn checked(input: &str, output: &[Value]) -> f64 {
    let problem: Vec<Value> =
        input.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let capacity = &problem[0];
    let at: BTreeMap<&str, &Value> =
        output.iter().map(|op| (op["id"].as_str().unwrap(), op)).collect();
    assert_eq!(at.len(), problem.len() - 1, "each operation once");
    let mut moments: Vec<f64> = at.values().map(|op| number(&op["start"])).collect();
    moments.sort_by(f64::total_cmp);
    for op in &problem[1..] {
        let planned = at[op["id"].as_str().unwrap()];
        let took = number(&planned["end"]) - number(&planned["start"]);
        assert!((took - number(&op["duration"])).abs() < 1e-9, "{planned}");
        for need in op["needs"].as_array().unwrap() {
            let need = at[need.as_str().unwrap()];
            assert!(number(&need["end"]) <= number(&planned["start"]) + 1e-9, "{planned}");
        }
    }
    for moment in moments {
        let mut held: BTreeMap<String, f64> = BTreeMap::new();
        let mut slots = Vec::new();
        for op in &problem[1..] {
            let planned = at[op["id"].as_str().unwrap()];
            if number(&planned["start"]) > moment + 1e-9 || number(&planned["end"]) <= moment + 1e-9
            {
                continue;
            }
            slots.push(planned["slot"].as_u64().unwrap());
            for (name, amount) in op["resources"].as_object().unwrap() {
                *held.entry(name.clone()).or_default() += number(amount);
            }
            for lock in op["locks"].as_array().into_iter().flatten() {
                *held.entry(format!("lock {lock}")).or_default() += 1.0;
            }
        }
        let count = slots.len();
        slots.sort_unstable();
        slots.dedup();
        assert_eq!(slots.len(), count, "no slot is taken twice at {moment}");
        assert!(count as u64 <= capacity["jobs"].as_u64().unwrap());
        assert!(slots.last().is_none_or(|last| *last <= capacity["jobs"].as_u64().unwrap()));
        for (name, held) in held {
            let there =
                if name.starts_with("lock") { 1.0 } else { number(&capacity["resources"][&name]) };
            assert!(held <= there + 1e-9, "{name} at {moment}");
        }
    }
    at.values().map(|op| number(&op["end"])).fold(0.0, f64::max)
}

fn worth(err: &str) -> Value {
    err.lines().find_map(|line| serde_json::from_str(line).ok()).unwrap()
}

#[test]
fn schedules_keep_all_limits_and_the_search_makes_them_shorter() {
    let mut gained = 0.0;
    for seed in 1..6 {
        let input = project(seed, 60);
        let list = with_input(&["schedule"], input.as_bytes());
        let searched = with_input(&["schedule", "--schedules", "6000"], input.as_bytes());
        assert_eq!((list.status, searched.status), (0, 0), "{}", searched.err);
        let (first, better) = (checked(&input, &list.ops()), checked(&input, &searched.ops()));
        let (worth, told) = (worth(&list.err), worth(&searched.err));
        assert_eq!((number(&worth["makespan_s"]), number(&told["makespan_s"])), (first, better));
        assert!(better <= first && better >= number(&told["lower_bound_s"]));
        assert!(number(&told["lower_bound_s"]) >= number(&worth["lower_bound_s"]));
        assert_eq!(told["optimal"] == true, better == number(&told["lower_bound_s"]));
        gained += first - better;
    }
    assert!(gained > 0.0, "the search finds nothing that lists do not");
}

#[test]
fn a_seed_and_a_number_of_schedules_decide_the_result() {
    let input = project(3, 90);
    let run = |args: &[&str]| {
        let ran =
            with_input(&[&["schedule", "--schedules", "4000"], args].concat(), input.as_bytes());
        assert_eq!(ran.status, 0, "{}", ran.err);
        ran.out
    };
    assert_eq!(run(&[]), run(&["--seed", "1"]));
    assert_eq!(run(&["--threads", "3"]), run(&["--threads", "3"]));
    let starts: std::collections::BTreeSet<String> =
        ["1", "2", "3", "4", "5"].iter().map(|seed| run(&["--seed", seed])).collect();
    assert!(starts.len() > 1, "the seed decides nothing");
}

#[test]
fn what_it_is_worth_goes_where_it_is_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("worth");
    let input = project(1, 10);
    let ran = with_input(&["schedule", "--summary", file.to_str().unwrap()], input.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    let told = std::fs::read_to_string(&file).unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["type"], "plan.schedule");
    for bound in ["slots", "cpu", "net"] {
        assert!(number(&told["energy_s"][bound]) <= number(&told["lower_bound_s"]), "{told}");
    }
    let ran = with_input(&["schedule", "--summary", "/no/such/folder/x"], input.as_bytes());
    assert_eq!(ran.status, 74, "{}", ran.err);
}

#[test]
fn without_jobs_slots_are_unlimited() {
    let input = "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":2}\n{\"id\":\"b\",\"cmd\":\"x\",\"duration\":0.000001}\n{\"id\":\"c\",\"cmd\":\"x\",\"duration\":\"1h\"}\n";
    let ops = with_input(&["schedule"], input.as_bytes()).ops();
    assert!(ops.iter().all(|op| op["start"] == 0));
    assert_eq!(ops[1]["end"], 0.000_001);
    let one = with_input(&["schedule", "-j1"], input.as_bytes());
    assert!(one.ops().iter().all(|op| op["slot"] == 1), "{}", one.out);
    assert_eq!(worth(&one.err)["makespan_s"], 3_602.000_001);
}

#[test]
fn demands_that_nothing_can_meet_are_named() {
    let input = "{\"type\":\"capacity\",\"resources\":{\"memory\":\"2GiB\"}}\n{\"id\":\"small\",\"cmd\":\"x\",\"duration\":1}\n{\"id\":\"big\",\"cmd\":\"x\",\"duration\":1,\"resources\":{\"memory\":\"3GiB\"}}\n";
    let ran = with_input(&["schedule"], input.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("big asks for") && ran.err.contains("memory"), "{}", ran.err);
    let ran = with_input(&["schedule", "--resource", "memory=4GiB"], input.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.err);
}

#[test]
fn operations_without_durations_are_said() {
    let none = with_input(&["schedule"], b"{\"id\":\"a\",\"cmd\":\"x\"}\n");
    assert!(none.err.contains("no operation states a duration"), "{}", none.err);
    let some = b"{\"id\":\"a\",\"cmd\":\"x\"}\n{\"id\":\"b\",\"cmd\":\"x\",\"duration\":3}\n";
    let some = with_input(&["schedule"], some);
    assert!(some.err.contains("a states no duration"), "{}", some.err);
}

#[test]
fn a_cycle_or_a_bad_time_prints_no_schedule() {
    let cycle = b"{\"id\":\"a\",\"cmd\":\"x\",\"needs\":[\"b\"]}\n{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"a\"]}\n";
    let ran = with_input(&["schedule"], cycle);
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("cycle"), "{}", ran.err);
    for bad in ["-1", "\"nan\""] {
        let line = format!("{{\"id\":\"a\",\"cmd\":\"x\",\"duration\":{bad}}}\n");
        let ran = with_input(&["schedule"], line.as_bytes());
        assert_eq!((ran.status, ran.out.as_str()), (65, ""), "{bad}");
        assert!(ran.err.contains("duration"), "{}", ran.err);
    }
    assert_eq!(pgplan(&["schedule", "--optimize", "soon", "ops.ndjson"]).status, 2);
    assert_eq!(pgplan(&["schedule", "--threads", "0", "ops.ndjson"]).status, 2);
}

/// SIGINT ends the search, and what was found until then is printed whole.
#[test]
fn an_interrupted_search_prints_what_it_has() {
    use std::io::{Read as _, Write as _};
    use std::process::{Command, Stdio};
    let input = project(3, 90);
    let mut child = Command::new(env!("CARGO_BIN_EXE_pgplan"))
        .args(["schedule", "--optimize", "1h", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    // it catches SIGINT from the moment on at which it searches: the kernel says so
    let status = format!("/proc/{}/status", child.id());
    let catches = || {
        let text = std::fs::read_to_string(&status).unwrap();
        let mask =
            text.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim().to_string();
        u64::from_str_radix(&mask, 16).unwrap() >> 1 & 1 == 1
    };
    while !catches() {
        std::thread::yield_now();
    }
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::SIGINT)
        .unwrap();
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert!(child.wait().unwrap().success());
    let ops: Vec<Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|r: &Value| r.get("id").is_some())
        .collect();
    checked(&input, &ops);
}

/// More locks than any word has lanes for: the list is made all the same.
#[test]
fn thousands_of_locks_are_kept() {
    let mut input = String::new();
    for n in 0..6000 {
        let lock = format!("vm{}", n / 2);
        input += &format!(
            "{{\"id\":\"op{n}\",\"cmd\":\"x\",\"duration\":{},\"locks\":[\"{lock}\"]}}\n",
            1 + n % 3
        );
    }
    let ran = with_input(&["schedule", "--schedules", "50"], input.as_bytes());
    assert_eq!(ran.status, 0, "{}", ran.err);
    let ops = ran.ops();
    for pair in ops.chunks(2) {
        let apart = number(&pair[0]["end"]) <= number(&pair[1]["start"])
            || number(&pair[1]["end"]) <= number(&pair[0]["start"]);
        assert!(apart, "{pair:?}");
    }
    let modes =
        r#""modes":[{"mode":"a","duration":1,"cost":9},{"mode":"b","duration":2,"cost":1}]"#;
    let input = input.replacen("\"duration\":1", modes, 1);
    let ran = with_input(&["schedule", "--budget", "cost=9"], input.as_bytes());
    assert!(ran.status == 1 && ran.out.is_empty(), "{} {}", ran.status, ran.err);
    assert!(ran.err.contains("state one mode"), "{}", ran.err);
}

#[test]
fn what_a_barrier_divides_stays_divided() {
    let lines = [
        r#"{"id":"a","cmd":"x","duration":1}"#,
        r#"{"id":"B","barrier":true,"needs":["a"]}"#,
        r#"{"id":"c","cmd":"x","duration":3,"needs":["B"]}"#,
    ];
    let ran = with_input(&["schedule"], lines.join("\n").as_bytes());
    let c = ran.ops().into_iter().find(|op| op["id"] == "c").unwrap();
    assert_eq!((number(&c["start"]), number(&c["end"])), (1.0, 4.0));
    assert_eq!(worth(&ran.err)["lower_bound_s"], 4);
}

#[test]
fn times_that_no_schedule_can_hold_are_refused() {
    let line = |n| format!("{{\"id\":\"op{n}\",\"cmd\":\"x\",\"duration\":8e12}}\n");
    let input: String = (0..2).map(line).collect();
    let ran = with_input(&["schedule", "-j1"], input.as_bytes());
    assert_eq!((ran.status, ran.out.as_str()), (65, ""));
    assert!(ran.err.contains("thousand years"), "{}", ran.err);
    assert_eq!(with_input(&["table", "-j1"], input.as_bytes()).status, 0);
}

#[test]
fn flags_that_mean_nothing_are_refused() {
    let ran = pgplan(&["table", "--optimize", "1s", "ops.ndjson"]);
    assert!(ran.status == 2 && ran.err.contains("--optimize is for schedule"), "{}", ran.err);
    let ran = pgplan(&["schedule", "--budget", "csot=6", "modes.ndjson"]);
    assert!(ran.status == 2 && ran.err.contains("csot"), "{}", ran.err);
    let ran = pgplan(&["schedule", "--check", "ops.ndjson"]);
    assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
}
