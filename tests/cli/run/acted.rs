//! `--explain` at the end: what has acted, and how often; and what `pgstat` says to do about it.

use super::*;

/// What a run says has acted.
fn acted(flags: &[&str], rest: &[&str]) -> Vec<String> {
    let dir = TempDir::new().unwrap();
    let args = [&["-j2", "--explain"], flags, rest].concat();
    let run = started(&args, dir.path()).wait_with_output().unwrap();
    let said = err(&run);
    let lines = said.lines().filter_map(|line| line.strip_prefix("pgrun: acted: "));
    lines.map(str::to_string).collect()
}

/// A mechanism's switch, what is run, and what is told of it, up to its times.
const SWITCHES: [(&[&str], &str, &str); 7] = [
    (
        &["--key", "x", "--key-limit", "1"],
        "timeout 0.1 tail -f /dev/null; true",
        "--key-limit delayed jobs ",
    ),
    (&["--rate", "5/s"], "true", "--rate delayed jobs "),
    (&["--delay", "200ms"], "true", "--delay held starts back "),
    (&["--retries", "2"], "false", "--retries repeated jobs 3 times"),
    (&["--timeout", "50ms"], "exec tail -f /dev/null", "a timeout ended jobs 3 times"),
    (&["--warm"], "x={}; :", "--warm began jobs "),
    (&["--batch", "2", "--batch-wait", "1h"], "true", "--batch filled batches once"),
];

#[test]
fn what_acted_is_told_and_a_switch_that_is_off_does_nothing() {
    for (flags, job, told) in SWITCHES {
        let items = ["--", job, ":::", "1", "2", "3"];
        let on = match job {
            // without its switch it would not end
            "exec tail -f /dev/null" => acted(flags, &items[1..]),
            _ => {
                let off = acted(&[], &items[1..]);
                assert!(off.is_empty(), "without {flags:?}: {off:?}");
                acted(flags, &items[1..])
            }
        };
        assert!(on.iter().any(|line| line.starts_with(told)), "{flags:?}: {on:?}");
    }
}

#[test]
fn nobody_is_told_who_has_not_asked() {
    let run = pgrun(&["-j2", "--delay", "1ms", "true", ":::", "1", "2"], "");
    assert_eq!((run.status.code(), err(&run).as_str()), (Some(0), ""));
}

#[test]
fn each_rule_that_cost_time_has_its_advice() {
    for (flags, cause, remedy) in [
        (&["--key", "db", "--key-limit", "1"][..], "key:db", "raise --key-limit"),
        (&["--rate", "50/s"], "rate", "raise --rate"),
        (&["--delay", "20ms"], "delay", "shorten --delay"),
        (&["--rate", "db=50/s", "--key", "db"], "rate:db", "raise its --rate"),
    ] {
        let dir = TempDir::new().unwrap();
        let args = [&["-j4", "--events", "log"], flags, &["true", ":::", "1", "2", "3", "4"]];
        let run = started(&args.concat(), dir.path()).wait_with_output().unwrap();
        assert!(run.status.success(), "{}", err(&run));
        let log = dir.path().join("log");
        let told = tool("pgstat").args(["bottleneck", "--json"]).arg(log).output().unwrap();
        let told = events(&out(&told));
        let row = told.iter().find(|row| row["cause"] == cause);
        let said = row.and_then(|row| row["remedy"].as_str()).unwrap_or_default();
        assert!(said.starts_with(remedy), "{cause}: {told:?}");
    }
}
