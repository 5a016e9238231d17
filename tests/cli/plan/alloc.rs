//! `pgplan alloc`.

use super::with_input;
use serde_json::json;

const PLAN: &str = r#"{"id":"copy","cmd":"x","duration":60,"resources":{"net":200}}
{"id":"sync","cmd":"x","duration":60,"resources":{"net":500},"timeout":70}
{"id":"local","cmd":"x","duration":60}
{"id":"late","cmd":"x","duration":60,"resources":{"net":400},"needs":["copy"]}
"#;

#[test]
fn shares_add_up_and_durations_are_stretched() {
    let ran = with_input(&["alloc", "--resource", "net=500"], PLAN.as_bytes());
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert_eq!(
        ran.out,
        "LEVEL  RESOURCE  ASKS  GETS  TAKES   INSTEAD OF  OPERATION
    1  net       200   143   1m 24s  1m          copy
    1  net       500   357   1m 24s  1m          sync
    2  net       400   400   1m      1m          late

planned end 2m 24s with shares, 3m where each waits until it gets all
"
    );
    let json = with_input(&["alloc", "--json", "--resource", "net=500"], PLAN.as_bytes());
    let shares: Vec<_> = json.records().iter().map(|r| r["share"].clone()).collect();
    assert_eq!(shares, [json!(143), json!(357), json!(400)]);
    // 60 s of 200, of which 143 are there, rounded up to the microsecond
    assert_eq!(json.records()[0]["stretched_s"], json!(83.916084));
}

#[test]
fn the_plan_with_shares_is_one_for_pgrun() {
    let ran = with_input(&["alloc", "--apply", "--resource", "net=500"], PLAN.as_bytes());
    assert_eq!(ran.status, 0);
    assert_eq!(ran.err, "pgplan: alloc: sync takes 1m 24s with its share; its timeout is 1m 10s\n");
    let ops = ran.ops();
    assert_eq!(ops[1]["resources"], json!({"net": 357}));
    assert_eq!(ops[1]["duration"], json!(84.033614));
    // who asks for nothing is left alone
    assert_eq!((&ops[2]["duration"], ops[2].get("resources")), (&json!(60), None));
    let capacity = &ran.records()[1];
    assert_eq!(capacity["resources"], json!({"net": 500}));
    assert_eq!(with_input(&["summary"], ran.out.as_bytes()).status, 0);
    let bad = with_input(&["alloc", "--apply", "--resource", "net=500"], b"{\"id\":\"a\"}\n");
    assert_eq!((bad.status, bad.out.as_str()), (65, ""));
}

#[test]
fn what_cannot_be_shared_is_told() {
    let of = |resource: &str| with_input(&["alloc", "--resource", resource], PLAN.as_bytes());
    let ran = of("net=0");
    assert_eq!((ran.status, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("copy gets nothing of net"), "{}", ran.err);
    assert!(of("disk=4").err.contains("no operation asks for disk"));
    let ran = with_input(&["alloc"], PLAN.as_bytes());
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--resource NAME=AMOUNT"), "{}", ran.err);
}
