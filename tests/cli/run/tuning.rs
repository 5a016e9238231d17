//! Numbers of slots that are found by trying, on jobs that are all run once.

use super::*;

fn lines(count: u32) -> String {
    (1..=count).map(|n| format!("{n}\n")).collect()
}

/// The numbers that were printed, sorted.
fn numbers(output: &Output) -> Vec<u32> {
    let mut all: Vec<u32> = out(output).lines().map(|line| line.parse().unwrap()).collect();
    all.sort_unstable();
    all
}

#[test]
fn a_sample_is_spread_over_the_input_and_runs_alone() {
    let output = pgrun(&["-j4", "--sample", "4", "echo"], &lines(40));
    assert_eq!((out(&output).as_str(), output.status.code()), ("6\n16\n26\n36\n", Some(0)));
    let said = err(&output);
    assert!(said.starts_with("pgrun: --sample: 4 jobs, one at a time: mean "), "{said}");
    assert!(said.contains(": consistency "), "{said}");
}

#[test]
fn what_was_sampled_is_not_run_again() {
    let output = pgrun(&["-j4", "--sample", "4", "--sample-keep", "echo"], &lines(40));
    assert_eq!(numbers(&output), (1..=40).collect::<Vec<_>>());
    assert!(out(&output).starts_with("6\n16\n26\n36\n"));
    assert!(err(&output).contains("slots: 4 instead of 1 (the sample is over)"));
    // an input that is too short is sampled as far as it goes
    let output = pgrun(&["--sample", "9", "echo"], &lines(2));
    assert_eq!(numbers(&output), [1, 2]);
    assert!(err(&output).contains("--sample: 2 jobs"), "{}", err(&output));
    assert!(err(&pgrun(&["--sample", "9", "echo"], "")).contains("nothing is known"));
}

#[test]
fn a_plan_that_comes_unasked_is_refused() {
    let plan = "{\"id\":\"a\",\"cmd\":\"echo a\"}\n{\"id\":\"b\",\"cmd\":\"echo b\"}\n";
    for args in [["--sample", "1"], ["--tune", "1,2"], ["--sweep", "1,2"]] {
        let output = pgrun(&args, plan);
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)), "{args:?}");
        assert!(err(&output).starts_with(&format!("pgrun: {} compares jobs", args[0])));
    }
}

#[test]
fn tuning_runs_each_job_once_and_keeps_the_results() {
    let dir = TempDir::new().unwrap();
    let events_at = dir.path().join("run.ndjson");
    let path = events_at.to_str().unwrap();
    let args = ["--tune", "1,3", "--tune-items", "9", "--events", path, "echo"];
    let output = pgrun(&args, &lines(200));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(numbers(&output), (1..=200).collect::<Vec<_>>());
    let all = events(&fs::read_to_string(&events_at).unwrap());
    let tuned = all.iter().find(|event| event["type"] == "tuned").unwrap();
    let levels: Vec<u64> =
        tuned["levels"].as_array().unwrap().iter().map(|l| l["jobs"].as_u64().unwrap()).collect();
    assert_eq!(levels, [1, 3]);
    assert!([1, 3].map(Value::from).contains(&tuned["jobs"]), "{tuned}");
    let changes: Vec<&Value> = all.iter().filter(|e| e["type"] == "throttle.change").collect();
    assert_eq!((&changes[0]["from"], &changes[0]["to"]), (&1.into(), &3.into()));
    assert_eq!(changes[0]["reason"], "3 slots are tried");
    // at no time more than the level allows, from one change to the next
    let mut most = 1;
    let mut running = 0u64;
    for event in &all {
        match event["type"].as_str().unwrap() {
            "throttle.change" => most = event["to"].as_u64().unwrap().max(running),
            "op.start" => running += 1,
            "op.end" => running -= 1,
            _ => {}
        }
        assert!(running <= most, "{event}");
    }
}

#[test]
fn a_sweep_goes_to_the_end_and_pgstat_reads_it() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("run.ndjson");
    let args = ["--sweep", "1,2,4", "--tune-items", "8", "--events", path.to_str().unwrap()];
    let output = pgrun(&[&args[..], &["true"]].concat(), &lines(120));
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let told = err(&output);
    assert!(["1 slots", "2 slots", "4 slots"].iter().all(|level| told.contains(level)), "{told}");
    let scaling = tool("pgstat").args(["scaling", "--json"]).arg(&path).output().unwrap();
    let points = events(&out(&scaling));
    let of_kind = points.iter().filter(|e| e["type"] == "scaling.point");
    let n: Vec<f64> = of_kind.map(|e| e["concurrency"].as_f64().unwrap()).collect();
    assert_eq!(n, [1.0, 2.0, 4.0], "{points:?}");
}

#[test]
fn what_cannot_be_tried_is_refused() {
    for (args, what) in [
        (&["--tune", "0,2", "true"][..], "--tune: 0 slots run nothing"),
        (&["--sample", "0", "true"], "--sample 0: write how many"),
        (&["--tune", "1,2", "--tune-items", "0", "true"], "--tune-items 0: a turn needs jobs"),
        (&["--tune", "2,2", "true"], "--tune: 2 stands there twice"),
        (&["--sweep", "1,2", "-j3", "true"], "cannot be used with"),
        (&["-j3", "--tune", "1,2", "true"], "cannot be used with"),
        (&["--tune-items", "5", "true"], "--tune-items counts the jobs of a turn"),
        (&["--ops", "plan", "--sweep", "1,2"], "--sweep compares jobs of one kind"),
        (&["--sample", "3", "--tune", "1,2", "true"], "cannot be used with"),
        (&["--sample-keep", "true"], "--sample"),
    ] {
        let output = pgrun(args, "1\n");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        assert!(err(&output).contains(what), "{args:?}: {}", err(&output));
    }
}

#[test]
fn a_second_sample_takes_what_is_left_and_nothing_runs_twice() {
    let dir = TempDir::new().unwrap();
    for log in ["--log", "--joblog"] {
        let file = dir.path().join(log);
        let run = |more: &[&str]| {
            let args = [&[log, file.to_str().unwrap(), "-k", "--sample", "3"], more, &["echo"]];
            let output = pgrun(&args.concat(), &lines(9));
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
            (out(&output).split_whitespace().collect::<Vec<_>>().join(" "), err(&output))
        };
        let (first, said) = run(&[]);
        assert_eq!(first, "2 5 8");
        assert!(said.contains("--sample: 3 jobs"), "{said}");
        let (second, said) = run(&["--resume"]);
        assert_eq!(second, "1 3 4");
        assert!(said.contains("--sample: 3 jobs"), "{said}");
        assert_eq!(run(&["--resume", "--sample-keep"]).0, "6 7 9");
    }
}
