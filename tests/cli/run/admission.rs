//! Weights, keys, rates, quotas, what is used up, priorities, CPUs of one's own.

use super::*;
use std::io::{BufRead as _, BufReader};

/// How much ran at once at most, by what the events say in their order: a sum of what `of` has
/// for each job.
fn most_at_once(output: &Output, of: impl Fn(&Value) -> u64) -> u64 {
    let (mut now, mut most) = (0, 0);
    for event in events(&out(output)) {
        match event["type"].as_str() {
            Some("op.start") => now += of(&event),
            Some("op.end") => now -= of(&event),
            _ => {}
        }
        most = most.max(now);
    }
    most
}

fn number(event: &Value) -> u64 {
    event["seq"].as_u64().unwrap()
}

#[test]
fn no_more_of_a_key_run_at_once_than_may() {
    let args = ["-j20", "--key", "{1}", "--key-limit", "3", "--key-limit", "b=1", "--events", "-"];
    let lines: String = (0..60).map(|at| format!("{}\n", ["a", "b"][at % 2])).collect();
    let output = pgrun(&[&args[..], &["true", "{}"]].concat(), &lines);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let of = |odd: u64| most_at_once(&output, |event| u64::from(number(event) % 2 == odd));
    assert!((1..=3).contains(&of(1)) && of(0) == 1, "{} of a, {} of b", of(1), of(0));
}

#[test]
fn a_line_of_another_key_is_read_past_one_that_is_full() {
    let dir = TempDir::new().unwrap();
    fifo(&dir, "go");
    // a of the key waits for what is behind three others of it
    let command = "case {} in a1) read -r x <go;; b) echo >go;; esac; echo {}";
    let args = ["-j2", "--key", "{= s/[0-9]// =}", "--key-limit", "1", command];
    let run = started(&[&args[..], &[":::", "a1", "a2", "a3", "b"]].concat(), dir.path());
    let output = run.wait_with_output().unwrap();
    let mut lines: Vec<String> = out(&output).lines().map(str::to_string).collect();
    lines.sort();
    assert_eq!(lines, ["a1", "a2", "a3", "b"], "{}", err(&output));
}

#[test]
fn weights_fill_the_slots_and_the_widest_runs_alone() {
    let weights = ["0.5", "low", "2", "high", "0.5", "medium", "99", "low", "0.5", "1"];
    let millis = [500, 500, 2000, 2000, 500, 1000, 3000, 500, 500, 1000];
    let args = ["-j3", "--weight", "{}", "--events", "-", "true {}", ":::"];
    let output = pgrun(&[&args[..], &weights].concat(), "");
    let most = most_at_once(&output, |event| millis[number(event) as usize - 1]);
    assert!(most <= 3000, "{most}");
    assert!(err(&output).contains("job 7 takes 99 slots, and there are 3: it runs alone"));
    let output = pgrun(&["--weight", "{}", "echo {}", ":::", "1", "heavy", "2"], "");
    assert_eq!((output.status.code(), out(&output).lines().count()), (Some(255), 2));
    assert!(err(&output).contains("job 2: the weight \"heavy\" is none"), "{}", err(&output));
}

#[test]
fn a_wrong_weight_that_is_the_same_for_all_is_told_once_before_anything_starts() {
    for (weight, line) in [("0", "--weight 0: the weight"), ("much", "--weight much: the weight")] {
        let output = pgrun(&["--weight", weight, "echo", ":::", "1", "2", "3"], "");
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)));
        let said = err(&output);
        assert!(said.starts_with(&format!("pgrun: {line}")) && said.lines().count() == 1, "{said}");
    }
}

#[test]
fn an_operation_says_weight_and_key_itself() {
    let ops: String = (0..12)
        .map(|at| format!("{{\"cmd\":\"true\",\"key\":\"k\",\"weight\":\"{}\"}}\n", at % 2 + 1))
        .collect();
    let output = pgrun(&["-j8", "--key-limit", "2"], &ops);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(most_at_once(&output, |_| 1) <= 2);
    let output = pgrun(&["-j2"], &ops);
    assert!(most_at_once(&output, |event| 2 - number(event) % 2) <= 2);
}

#[test]
fn what_waits_says_why() {
    let dir = TempDir::new().unwrap();
    let args = ["-j4", "--key", "{}", "--quota", "api=1/h", "--rate", "key:5/s", "--explain"];
    let mut run =
        started(&[&args[..], &["echo {}", ":::", "api", "api", "b"]].concat(), dir.path());
    let mut said = BufReader::new(run.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("--quota") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before");
    }
    assert!(line.contains("2 waits: --quota: no more starts in this window of key api"), "{line}");
    // the other key is not held back by it
    let mut printed = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut two = [(); 2].map(|()| printed.next().unwrap().unwrap());
    two.sort();
    assert_eq!(two, ["api", "b"]);
    let id = run.id().to_string();
    assert!(Command::new("kill").args(["-s", "QUIT", &id]).status().unwrap().success());
    line.clear();
    while !line.contains("2 waits") {
        line.clear();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "nothing was said on SIGQUIT");
    }
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    run.wait().unwrap();
}

#[test]
fn an_attempt_that_is_sent_away_comes_again_when_it_was_told_to() {
    let dir = TempDir::new().unwrap();
    let command = "test -f seen || { touch seen; echo 'HTTP/1.1 429'; echo 'Retry-After: 0.4'; exit 1; }; echo {}";
    let args = ["--retries", "3", "--retry-after", "--events", "log", command, ":::", "1"];
    let output = started(&args, dir.path()).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let log = events(&fs::read_to_string(dir.path().join("log")).unwrap());
    let retry = log.iter().find(|event| event["type"] == "op.retry").unwrap();
    assert_eq!(retry["delay_s"], 0.4);
}

#[test]
fn what_is_used_up_runs_out() {
    let ops = "{\"type\":\"capacity\",\"nonrenewable\":{\"cost\":3}}\n\
               {\"id\":\"a\",\"cmd\":\"true\",\"nonrenewable\":{\"cost\":2}}\n\
               {\"id\":\"b\",\"cmd\":\"true\",\"needs\":[\"a\"],\"nonrenewable\":{\"cost\":2}}\n";
    let (status, decided, said) = plan(&["-j1"], ops);
    assert_eq!((status, &decided["b"]["result"]), (1, &Value::from("error")));
    assert!(said.contains("b: error (uses 2 of \"cost\", of which 1 is left)"), "{said}");
    let (status, ..) = plan(&["-j1", "--budget", "cost=4"], ops);
    assert_eq!(status, 0, "the command line knows better");
    let output = pgrun(&["--budget", "cost=1"], ops);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("uses 2 of \"cost\", of which there is 1"), "{}", err(&output));
}

#[test]
fn what_failed_goes_later_under_a_rule_and_first_where_that_is_asked_for() {
    let order = |flags: &[&str]| {
        let dir = TempDir::new().unwrap();
        let command = "echo {}; test {} != 1 || test -f seen || { touch seen; exit 1; }";
        let args =
            ["-j1", "--queue", "9", "--retries", "2", "--retry-delay", "0", "--events", "log"];
        let jobs = [command, ":::", "1", "2", "3"];
        let run = started(&[&args[..], flags, &jobs].concat(), dir.path());
        let output = run.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        let log = events(&fs::read_to_string(dir.path().join("log")).unwrap());
        log.iter().filter(|e| e["type"] == "op.start").map(number).collect::<Vec<_>>()
    };
    assert_eq!(order(&[]), [1, 1, 2, 3]);
    assert_eq!(order(&["--priority-rule"]), [1, 2, 3, 1]);
    assert_eq!(order(&["--priority-rule", "--retry-first"]), [1, 1, 2, 3]);
}

#[test]
fn each_job_has_a_cpu_of_its_own() {
    let allowed = |text: String| {
        let line =
            text.lines().find(|line| line.starts_with("Cpus_allowed_list")).unwrap().to_string();
        line.split_ascii_whitespace().nth(1).unwrap().to_string()
    };
    let ours = allowed(fs::read_to_string("/proc/self/status").unwrap());
    let read = |pin: &[&str]| {
        let args = [pin, &["cat /proc/self/status", ":::", "1"]].concat();
        allowed(out(&pgrun(&args, "")))
    };
    assert!(read(&["--pin"]).parse::<u32>().is_ok(), "one CPU");
    assert_eq!(read(&["--pin=9999"]), ours, "no more than there are");
    assert_eq!(read(&[]), ours);
    assert!(err(&pgrun(&["--pin=0", "true", ":::", "1"], "")).contains("--pin=2"));
}

#[test]
fn shares_of_a_band_that_a_plan_allots_are_kept_while_it_runs() {
    let dir = TempDir::new().unwrap();
    let op = |id: &str, take: u32| {
        format!(
            "{{\"id\":\"{id}\",\"cmd\":\"true\",\"locks\":[{{\"name\":\"net\",\"slots\":1000,\"take\":{take}}}]}}\n"
        )
    };
    let takes = [500, 300, 400, 200, 600, 1000, 100];
    let ops: String =
        takes.iter().zip(0..).map(|(take, at): (_, u32)| op(&at.to_string(), *take)).collect();
    let args = ["-j7", "--lock-dir", dir.path().to_str().unwrap()];
    let output = pgrun(&args, &ops);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let most = most_at_once(&output, |event| takes[number(event) as usize - 1].into());
    assert!(most <= 1000, "{most} of 1000");
}

#[test]
fn limits_of_a_key_need_one() {
    for limit in [["--key-limit", "1"], ["--rate", "key:9/s"], ["--quota", "api=9/s"]] {
        let output = pgrun(&[&limit[..], &["true", ":::", "a"]].concat(), "");
        assert_eq!(output.status.code(), Some(255), "{limit:?}");
        assert!(err(&output).contains("lines have none: add --key"), "{}", err(&output));
        // an operation has its own, or none
        let operation = "{\"id\":\"a\",\"cmd\":\"true\"}\n";
        assert_eq!(pgrun(&limit, operation).status.code(), Some(0), "{limit:?}");
    }
}
