use super::*;
use alloc::vec;
use plan::history::Run;

fn read(text: &str) -> (Vec<Past>, Vec<(u64, Bad)>) {
    let mut intake = PastIntake::default();
    let mut bad = Vec::new();
    for line in text.lines() {
        if let Err(fault) = intake.line(line.as_bytes()) {
            bad.push((intake.lines(), fault));
        }
    }
    (intake.finish().runs, bad)
}

fn well(text: &str) -> Vec<Past> {
    let (runs, bad) = read(text);
    assert!(bad.is_empty(), "{bad:?}");
    runs
}

fn told(run: &Run) -> Vec<(&str, f64)> {
    run.done.iter().map(|done| (done.id.as_str(), done.took.as_f64())).collect()
}

const EVENTS: &str = r#"{"type":"run.start","version":1,"run":"one","time":1700000000,"tool":"t","host":"h","pid":1,"argv":[],"jobs":2}
{"type":"op.start","id":"a","seq":1,"attempt":1,"slot":1,"start":1700000001,"pid":2,"cmd":["cp","x"],"needs":["z"]}
{"type":"op.end","id":"a","seq":1,"attempt":1,"final":true,"slot":1,"start":1700000001,"end":1700000003,"wall_s":2,"user_s":0,"system_s":0,"max_rss_bytes":null,"exit":0,"result":"success","queued_s":1,"out_bytes":0,"in_bytes":77,"labels":{"vm":"v1","lines":12}}
{"type":"run.end","run":"one","time":1700000004,"makespan_s":4,"counts":{"success":1},"exit":0,"containment":"group"}
"#;

#[test]
fn events_say_all_that_is_known() {
    let runs = well(EVENTS);
    let past = &runs[0];
    assert_eq!((past.line, past.began), (1, Some(Seconds::from_secs(1_700_000_000))));
    assert_eq!(past.run.name, "one");
    assert_eq!(past.run.makespan, Some(Seconds::from_secs(4)));
    let done = &past.run.done[0];
    assert_eq!(told(&past.run), [("a", 2.0)]);
    assert_eq!((done.cmd.as_str(), &done.needs[..]), ("cp x", &["z".to_string()][..]));
    assert_eq!(done.queued, Some(Seconds::from_secs(1)));
    assert_eq!(done.sizes, [("in_bytes".to_string(), 77.0), ("lines".to_string(), 12.0)].into());
    assert_eq!(done.words, [("vm".to_string(), "v1".to_string())].into());
}

#[test]
fn runs_are_series_with_a_value_each() {
    let day = |text: &str, day: u64| text.replace("17000000", &format!("1700{day}000"));
    let other = EVENTS.replace("\"id\":\"a\"", "\"id\":\"b\"");
    let skip =
        r#"{"type":"op.skip","id":"c","seq":2,"time":1700000003,"result":"skip","reason":"check"}"#;
    let part = EVENTS.replace("{\"type\":\"run.end\"", &format!("{skip}\n{{\"type\":\"run.end\""));
    let mut runs = well(&day(&other, 3));
    runs.extend(well(&day(EVENTS, 1)));
    runs.extend(well(&day(&part, 2)));
    in_order(&mut runs);
    let all = over_runs(&runs);
    let names: Vec<&str> = all.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["run makespan_s", "op a wall_s", "op b wall_s"]);
    let known = |series: &crate::Series| -> Vec<bool> {
        series.values.iter().map(|value| value.is_finite()).collect()
    };
    assert_eq!(
        all.iter().map(known).collect::<Vec<_>>(),
        [[true, false, true], [true, true, false], [false, false, true]]
    );
    assert_eq!(all[0].times, [1_700_100_000.0, 1_700_200_000.0, 1_700_300_000.0]);
    // where one run does not say when it was nobody knows how far they are apart
    runs[1].began = None;
    assert!(over_runs(&runs)[0].times.is_empty());
}

#[test]
fn a_brace_alone_costs_no_record_after_it() {
    let (runs, bad) = read(&format!("{{\n{EVENTS}"));
    assert_eq!(runs[0].run.name, "one");
    let [(line, fault)] = &bad[..] else { panic!("{bad:?}") };
    assert_eq!(
        (*line, fault.what.as_str()),
        (2, "the line before is a brace alone, and no record")
    );
}

#[test]
fn what_failed_or_was_done_before_says_nothing() {
    let failed = EVENTS.replace("\"result\":\"success\"", "\"result\":\"failure\"");
    assert!(well(&failed).is_empty());
    let two = EVENTS.replace(
        "{\"type\":\"run.end\"",
        "{\"type\":\"op.skip\",\"id\":\"b\",\"seq\":2,\"time\":1700000003,\"result\":\"skip\",\"reason\":\"check\"}\n{\"type\":\"run.end\"",
    );
    assert_eq!(well(&two)[0].run.makespan, None, "not all of it was run");
    let resumed = EVENTS.replace("\"jobs\":2", "\"jobs\":2,\"resumed\":true");
    assert_eq!(well(&resumed)[0].run.makespan, None);
    let retried = EVENTS.replace("\"final\":true,", "");
    assert!(well(&retried).is_empty(), "another attempt was to come");
    let cut: Vec<&str> = EVENTS.lines().take(3).collect();
    assert_eq!(well(&cut.join("\n"))[0].run.makespan, None, "its end is not known");
}

#[test]
fn runs_follow_each_other_in_a_file() {
    let second = EVENTS.replace("\"one\"", "\"two\"").replace("\"wall_s\":2", "\"wall_s\":3");
    let runs = well(&format!("{EVENTS}{second}"));
    let names: Vec<&str> = runs.iter().map(|past| past.run.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert_eq!((runs[1].line, told(&runs[1].run)), (5, vec![("a", 3.0)]));
}

#[test]
fn job_logs_know_commands() {
    let header = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    let row = |exit: u8, command: &str| {
        format!("1\t:\t1700000000.000\t     2.500\t0\t0\t{exit}\t0\t{command}\n")
    };
    let runs = well(&format!("{header}{}{}", row(0, "gzip a"), row(0, "gzip b")));
    assert_eq!(told(&runs[0].run), [("gzip a", 2.5), ("gzip b", 2.5)]);
    assert_eq!(runs[0].run.done[0].cmd, "gzip a");
    assert_eq!(runs[0].run.makespan, Some(Seconds::from_f64(2.5)));
    let runs = well(&format!("{header}{}{}", row(0, "gzip a"), row(1, "gzip b")));
    assert_eq!((told(&runs[0].run).len(), runs[0].run.makespan), (1, None));
}

#[test]
fn each_build_of_a_ninja_log_is_a_run() {
    let log = "# ninja log v5\n0\t100\t1\ta.o\taa\n100\t300\t1\tapp\tbb\n100\t300\t1\tapp.map\tbb\n\
               0\t150\t2\ta.o\taa\n150\t320\t2\tapp\tbb\n";
    let runs = well(log);
    assert_eq!(told(&runs[0].run), [("a.o", 0.1), ("app", 0.2)]);
    assert_eq!(told(&runs[1].run), [("a.o", 0.15), ("app", 0.17)]);
    assert_eq!(runs[1].run.makespan, Some(Seconds::from_f64(0.32)));
    assert_eq!(runs[0].began, None, "a build does not say when it was");
}

#[test]
fn run_logs_have_a_record_a_task() {
    let log = r#"{"run":"n-1","id":"fetch","type":"transfer","start":5,"end":9}
{"run":"n-2","id":"a","type":"compute","ready":8,"start":10,"end":30,"runtime_s":19.5,"stage_in_bytes":1e6}
{"run":"n-1","id":"a","needs":["fetch"],"cmd":"sort","start":2,"end":22}
{"run":"n-2","id":"b","start":10,"end":40,"exit":1}
{"type":"operation","id":"c","cmd":"true"}
"#;
    let runs = well(log);
    assert_eq!(told(&runs[0].run), [("fetch", 4.0), ("a", 20.0)]);
    assert!(runs[0].run.done[0].aside && !runs[0].run.done[1].aside);
    assert_eq!(runs[0].run.makespan, Some(Seconds::from_secs(20)), "from 2 to 22");
    assert_eq!(told(&runs[1].run), [("a", 19.5)]);
    assert_eq!(runs[1].run.done[0].queued, Some(Seconds::from_secs(2)));
    assert_eq!(runs[1].run.done[0].sizes["stage_in_bytes"], 1e6);
    assert_eq!(runs[1].run.makespan, None, "a task of it failed");
}

#[test]
fn no_duration_is_less_than_none() {
    let header = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand";
    for (line, what) in [
        (r#"{"run":"n","id":"a","runtime_s":-5}"#, "\"runtime_s\": a duration of -5 s"),
        (r#"{"run":"n","id":"a","start":9,"end":4}"#, "\"end\": a duration of -5 s"),
        (r#"{"run":"n","id":"a","runtime_s":NaN}"#, "NaN is no number in JSON"),
        (r#"{"run":"n","id":"a","runtime_s":"soon"}"#, "\"soon\" is no duration"),
        (
            &EVENTS.lines().nth(2).unwrap_or_default().replace("\"wall_s\":2", "\"wall_s\":-2"),
            "\"wall_s\": a duration of -2 s",
        ),
        (&format!("{header}\n1\t:\t1700000000\tnan\t0\t0\t0\t0\tx"), "out of range"),
        (&format!("{header}\n1\t:\t1700000000\t-3\t0\t0\t0\t0\tx"), "out of range"),
        ("# ninja log v5\n10\t-3\t0\tx\tff", "no time in milliseconds"),
        ("# ninja log v9", "versions 5, 6 and 7"),
    ] {
        let (runs, bad) = read(line);
        assert!(runs.is_empty(), "{line}");
        assert_eq!(bad.len(), 1, "{line}");
        assert!(bad[0].1.what.contains(what), "{line}: {}", bad[0].1.what);
    }
    // what is well beside it is kept
    let (runs, bad) = read(&format!("{}{{\"run\":\"n\",\"id\":\"a\",\"runtime_s\":-5}}\n", EVENTS));
    assert_eq!((runs.len(), bad[0].0), (1, 5));
}
