//! `pgplan sim`, from logs with times that can be added up in the head. `scripts/what-if`
//! compares it with real runs.

use super::{Ran, with_input};
use serde_json::{Value, json};

/// A run with two slots: `b` and `c` share a lock, `d` waits for `b` behind a barrier, and
/// `e` failed, paused and was run again.
fn log() -> String {
    let start = |id: &str, attempt: u32, at: f64, rest: Value| {
        let mut start = json!({"type": "op.start", "id": id, "seq": 1, "attempt": attempt, "slot": 1, "start": 100.0 + at, "pid": 7});
        start.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        start
    };
    let end = |id: &str, attempt: u32, at: f64, result: &str| json!({"type": "op.end", "id": id, "attempt": attempt, "end": 100.0 + at, "result": result});
    let lines = [
        json!({"type": "run.start", "version": 1, "run": "r", "time": 99.9, "jobs": 2, "resources": {"gpu": 4}}),
        json!({"type": "op.barrier", "id": "g", "needs": ["b"]}),
        start("a", 1, 0.0, json!({"resources": {"gpu": 3}})),
        start("b", 1, 0.0, json!({"locks": ["m"]})),
        end("a", 1, 2.0, "success"),
        end("b", 1, 3.0, "success"),
        start("c", 1, 3.0, json!({"needs": ["a"], "locks": ["m"]})),
        start("d", 1, 3.0, json!({"needs": ["g"]})),
        end("d", 1, 4.0, "success"),
        start("e", 1, 4.0, json!({"needs": ["d", "elsewhere"]})),
        end("e", 1, 4.5, "failure"),
        json!({"type": "op.retry", "id": "e", "attempt": 2, "time": 104.5, "delay_s": 0.5}),
        end("c", 1, 5.0, "success"),
        start("e", 2, 5.0, json!({"needs": ["d", "elsewhere"]})),
        end("e", 2, 6.0, "success"),
        json!({"type": "op.skip", "id": "f", "time": 106, "result": "skip", "reason": "check"}),
        json!({"type": "run.end", "run": "r", "time": 106, "makespan_s": 6.1}),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

fn sim(args: &[&str], log: &str) -> Ran {
    with_input(&[&["sim"], args].concat(), log.as_bytes())
}

/// Case, slots and seconds of each row.
fn rows(args: &[&str], log: &str) -> Vec<(String, u64, f64)> {
    let ran = sim(&[&["--json"], args].concat(), log);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{}", ran.out);
    let row = |record: Value| {
        let (case, jobs) = (record["case"].as_str().unwrap(), record["jobs"].as_u64());
        (case.to_string(), jobs.unwrap_or(0), record["makespan_s"].as_f64().unwrap())
    };
    ran.records().into_iter().map(row).collect()
}

fn row(case: &str, jobs: u64, seconds: f64) -> (String, u64, f64) {
    (case.to_string(), jobs, seconds)
}

#[test]
fn other_slots() {
    let as_it_was = [row("run", 2, 6.0), row("model", 2, 6.0)];
    assert_eq!(rows(&[], &log()), as_it_was);
    // one after the other, but for the pause, in which another runs
    let what_if = [row("what-if", 1, 9.5), row("what-if", 4, 6.0), row("what-if", 0, 6.0)];
    assert_eq!(rows(&["-j", "1,4,0"], &log())[2..], what_if);
}

#[test]
fn other_locks_and_resources() {
    // b has the lock until 3, and c for five more
    let long = log().replace("\"end\":105.0", "\"end\":108.0");
    let ends = |args: &[&str]| rows(args, &long).pop().unwrap().2;
    assert_eq!((ends(&[]), ends(&["--lock", "m=2"])), (8.0, 7.0));
    // one after the other
    assert_eq!(ends(&["-j", "1"]), 12.5);
    let ran = sim(&["--resource", "gpu=2"], &log());
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert_eq!(
        ran.err,
        "pgplan: a holds 3 of \"gpu\", of which there is 2; --resource gives it more\n"
    );
    let ran = sim(&["--lock", "x=2", "--resource", "disk=1"], &log());
    let said = "pgplan: --lock x: nothing in the run holds it\n\
                pgplan: --resource disk: nothing in the run holds it\n";
    assert_eq!((ran.status, ran.err.as_str()), (0, said));
}

#[test]
fn a_table_for_people() {
    let ran = sim(&["-j1", "--lock", "m=2"], &log());
    assert_eq!(
        ran.out,
        "CASE     JOBS  MAKESPAN   OF RUN  BUSY  LIMITS\n\
         run         2     6.000s  100.0%   1.6\n\
         model       2     6.000s  100.0%   1.6\n\
         what-if     1     9.500s  158.3%   1.0  lock m=2\n"
    );
}

#[test]
fn a_schedule_that_was_followed_is_followed() {
    let run = |dispatch: &str| {
        let begun = format!(
            "{{\"type\":\"run.start\",\"run\":\"r\",\"jobs\":4,\"resources\":{{\"gpu\":2}}{dispatch}}}\n"
        );
        let op = |id: &str, gpu: u32, planned: u32, takes: u32, need: &str| {
            format!(
                "{{\"type\":\"op.start\",\"id\":\"{id}\",\"seq\":1,\"attempt\":1,\"slot\":1,\"start\":{planned},\"pid\":1,\"needs\":[{need}],\"resources\":{{\"gpu\":{gpu}}},\"expected_s\":{takes},\"planned_s\":{planned}}}\n\
                 {{\"type\":\"op.end\",\"id\":\"{id}\",\"end\":{},\"result\":\"success\"}}\n",
                planned + takes
            )
        };
        begun
            + &op("a", 1, 0, 1, "")
            + &op("b", 2, 1, 1, "\"a\"")
            + &op("c", 1, 2, 5, "")
            + &op("d", 1, 2, 9, "\"b\"")
            + "{\"type\":\"run.end\"}\n"
    };
    let model = |log: &str| sim(&["--json"], log).records()[1]["makespan_s"].clone();
    // c waits for b, which needs all of the gpu, and only the schedule says so
    assert_eq!(model(&run(",\"dispatch\":\"schedule\"")), 11);
    assert_eq!(model(&run("")), 15);
}

#[test]
fn what_cannot_be_simulated() {
    let one = |args: &[&str], log: &str, status: i32, what: &str| {
        let ran = sim(args, log);
        assert_eq!((ran.status, ran.out.as_str()), (status, ""), "{}", ran.err);
        assert!(ran.err.contains(what) && ran.err.lines().count() == 1, "{}", ran.err);
    };
    one(&[], "no events\n", 65, "standard input: no run of pgrun in it");
    one(&[], &log().replace("\"seq\":1", "\"seq\":-1"), 65, "standard input:3:");
    one(&["--lock", "m"], &log(), 2, "write NAME=SLOTS, such as msi=2");
    one(&["-", "x"], &log(), 2, "name one file");
    let ran = with_input(&["levels", "-j1,2"], b"a b\n");
    assert_eq!(
        (ran.status, ran.err.as_str()),
        (2, "pgplan: -j: one number; only sim takes several\n")
    );
    // cut off in the middle of a line
    let cut = &log()[..log().find("\"delay_s\"").unwrap()];
    let ran = sim(&[], cut);
    assert_eq!(ran.status, 0);
    assert!(ran.err.contains("run r is cut off: 1 had not ended, left out"), "{}", ran.err);
    // what waited for something that is not in the log
    let late = log()
        .replace("\"end\":106.0", "\"end\":108.0")
        .replace("\"start\":105.0", "\"start\":107.0");
    let ran = sim(&[], &late);
    assert!(
        ran.err.contains("within its own limits the run takes -25.0 % in the simulation"),
        "{}",
        ran.err
    );
}
