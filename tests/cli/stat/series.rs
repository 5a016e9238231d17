//! Verbs that look at series: predict, trend.

use super::{err, out, pgstat};
use serde_json::{Value, json};

fn records(args: &[&str], input: &str) -> Vec<Value> {
    let output = pgstat(args, input);
    assert_eq!(err(&output), "", "{args:?}");
    out(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ramp(count: u32) -> String {
    let values: Vec<f64> = (0..count).map(|at| f64::from(at) * 2.0).collect();
    json!({"series": "disk used", "step_s": 60, "values": values}).to_string() + "\n"
}

#[test]
fn a_back_test_tells_each_origin_from_what_was_before() {
    let all = records(&["predict", "--horizon", "5m", "--backtest"], &ramp(100));
    let at: Vec<u64> = all.iter().map(|line| line["t"].as_u64().unwrap()).collect();
    assert_eq!(at, (50..95).step_by(2).collect::<Vec<u64>>());
    for line in &all {
        let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys.len(), 5, "{line}");
        assert_eq!(line["series"], "disk used");
        let right = (line["t"].as_f64().unwrap() + 5.0) * 2.0;
        assert!((line["forecast"].as_f64().unwrap() - right).abs() < 2.0, "{line}");
        assert!(line["lo"].as_f64().unwrap() <= line["hi"].as_f64().unwrap(), "{line}");
    }
}

#[test]
fn a_forecast_says_how_good_it_was_and_when_a_threshold_comes() {
    let args = ["predict", "--threshold", "disk_used=400", "--json"];
    let told = &records(&args, &ramp(100))[0];
    assert_eq!((&told["last"], &told["threshold"]), (&json!(198.0), &json!(400.0)));
    let figure = |key: &str| told[key].as_f64().unwrap();
    assert!((figure("forecast") - 208.0).abs() < 1.0, "{told}");
    assert!(figure("error") < figure("error_naive") && figure("tested") > 40.0, "{told}");
    // 202 more at 2 a minute
    assert!((figure("reach_s") - 6060.0).abs() < 60.0, "{told}");
    let text = out(&pgstat(&args[..3], &ramp(100)));
    assert!(text.contains("disk used 400.0: reached in 1 h 41 min"), "{text}");
    let wrong = pgstat(&["predict", "--threshold", "memory=1"], &ramp(100));
    assert_eq!(wrong.status.code(), Some(2));
    let said = "pgstat: --threshold: no figure is named 'memory'; there is disk used\n";
    assert_eq!(err(&wrong), said);
}

/// Nightly runs of one operation that takes two seconds longer each night; the third one fails.
fn nights(count: u64) -> String {
    let mut log = String::new();
    for night in 0..count {
        let (began, took) = (1_700_000_000 + night * 86_400, 100 + 2 * night);
        let (result, exit) = if night == 2 { ("failure", 1) } else { ("success", 0) };
        let (end, whole) = (began + took, took + 10);
        for record in [
            json!({"type": "run.start", "version": 1, "run": format!("n-{night}"), "time": began}),
            json!({"type": "op.end", "id": "build", "start": began, "end": end, "wall_s": took,
                "result": result, "exit": exit, "final": true}),
            json!({"type": "run.end", "time": end, "makespan_s": whole, "exit": exit}),
        ] {
            log += &(record.to_string() + "\n");
        }
    }
    log
}

#[test]
fn a_job_that_becomes_slower_passes_its_limit_in_so_many_runs() {
    let args = ["predict", "--horizon", "5runs", "--threshold", "run makespan_s=4m", "--json"];
    let all = records(&args, &nights(40));
    let names: Vec<&str> = all.iter().map(|told| told["series"].as_str().unwrap()).collect();
    assert_eq!(names, ["run makespan_s", "op build wall_s"]);
    let told = &all[0];
    let figure = |key: &str| told[key].as_f64().unwrap();
    assert_eq!((&told["n"], &told["last"]), (&json!(39), &json!(188.0)), "{told}");
    assert!((figure("forecast") - 198.0).abs() < 3.0, "{told}");
    assert!(figure("tested") > 10.0 && figure("error") < figure("error_naive"), "{told}");
    // 52 s more at 2 s a run and a run a night
    assert_eq!((figure("horizon_runs"), figure("horizon_s")), (5.0, 5.0 * 86_400.0));
    assert_eq!((figure("reach_runs"), figure("reach_s")), (26.0, 26.0 * 86_400.0));
    assert_eq!(told["verdict"], "reached in 26 runs, 26 d 0 h (not before 26)");
    assert_eq!(all[1].get("reach_runs"), None);
    let text = out(&pgstat(&args[..5], &nights(40)));
    assert!(text.ends_with("run makespan_s 240.0: reached in 26 runs, 26 d 0 h (not before 26)\n"));
    let tested = records(&["predict", "--horizon", "5runs", "--backtest"], &nights(40));
    let at: Vec<u64> = tested[..8].iter().map(|line| line["t"].as_u64().unwrap()).collect();
    assert_eq!((at, tested.len()), ((19..34).step_by(2).collect(), 16));
}

#[test]
fn a_horizon_is_a_time_or_a_number_of_runs() {
    for bad in ["0runs", "runs", "1.5runs", "65536runs", "0", "5x"] {
        let wrong = pgstat(&["predict", "--horizon", bad], &nights(3));
        assert_eq!(wrong.status.code(), Some(2), "{bad}");
        let said = format!(
            "\"{bad}\" is no horizon; write a time above 0, such as 5m, or 1 to 65535 runs"
        );
        assert!(err(&wrong).contains(&said), "{}", err(&wrong));
    }
    let none = pgstat(&["predict", "--horizon", "5runs"], &ramp(40));
    assert_eq!(none.status.code(), Some(65));
    assert!(err(&none).starts_with("pgstat: no run in the input; give logs of past runs"));
}

#[test]
fn what_was_not_measured_is_not_told() {
    let told = &records(&["predict", "--json"], &ramp(4))[0];
    assert_eq!(
        (&told["low"], &told["error"], &told["tested"]),
        (&Value::Null, &Value::Null, &json!(0))
    );
    let empty = pgstat(&["predict"], "");
    assert_eq!(empty.status.code(), Some(65));
    assert!(err(&empty).starts_with("pgstat: no series in the input"), "{}", err(&empty));
    let torn = pgstat(&["predict", "--json"], &(ramp(100) + "{\"series\":\"b\",\"val"));
    assert_eq!(torn.status.code(), Some(65));
    assert!(err(&torn).starts_with("pgstat: standard input:2:"), "{}", err(&torn));
    assert_eq!(out(&torn).lines().count(), 1);
}

#[test]
fn a_trend_is_told_with_its_interval() {
    let noise = (0..60).map(|at| f64::from(at * 37 % 23)).collect::<Vec<f64>>();
    let noise = json!({"series": "noise", "step_s": 60, "values": noise}).to_string() + "\n";
    let all = records(&["trend", "--json"], &(noise + &ramp(60)));
    let verdicts: Vec<(&str, &str)> = all
        .iter()
        .map(|told| (told["series"].as_str().unwrap(), told["verdict"].as_str().unwrap()))
        .collect();
    assert_eq!(verdicts, [("disk used", "rises"), ("noise", "none")]);
    assert_eq!((&all[0]["slope_h"], &all[0]["n"]), (&json!(120.0), &json!(60)));
    let few = out(&pgstat(&["trend"], &ramp(4)));
    assert_eq!(few, "not measured: 1 series with fewer than 10 values\n");
    let sheet = out(&pgstat(&["trend", "--csv"], &ramp(60)));
    assert!(sheet.starts_with("series,n,from,to,median,slope_h,"), "{sheet}");
    assert_eq!(sheet.lines().count(), 2);
}

/// Durations of an operation over runs are a series, too.
#[test]
fn a_command_that_becomes_slower_is_found() {
    let run = |n: i64| {
        let start = 1_700_000_000 + n * 3600;
        let wall = 10 + n;
        json!({"type": "op.end", "time": start + wall, "seq": 1, "run": format!("r{n}"), "id": "build", "attempt": 1,
               "result": "success", "start": start, "end": start + wall, "wall_s": wall, "exit": 0})
        .to_string()
            + "\n"
    };
    let log: String = (0..20).map(run).collect();
    let all = records(&["trend", "--json"], &log);
    assert_eq!(
        (&all[0]["series"], &all[0]["verdict"]),
        (&json!("op build wall_s"), &json!("rises"))
    );
}

/// Values of a linear congruential generator (Park and Miller 1988), 0 to 1.
fn random(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed;
    (0..count)
        .map(|_| {
            state = state * 48_271 % 2_147_483_647;
            state as f64 / 2_147_483_647.0
        })
        .collect()
}

fn line(name: &str, step_s: u32, values: &[f64]) -> String {
    json!({"series": name, "step_s": step_s, "values": values}).to_string() + "\n"
}

#[test]
fn what_follows_is_found_and_chance_is_not() {
    let (first, other) = (random(11, 200), random(12, 200));
    let late: Vec<f64> = (0..200usize).map(|at| first[at.saturating_sub(3)]).collect();
    let input = line("cause", 10, &first) + &line("effect", 10, &late) + &line("other", 10, &other);
    let all = records(&["correlate", "--json"], &input);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((&all[0]["series"], &all[0]["with"]), (&json!("cause"), &json!("effect")));
    assert_eq!(all[0]["lag_s"], json!(30.0));
    let text = out(&pgstat(&["correlate", "--figure", "e"], &input));
    assert!(text.contains("cause") && text.contains("30.00 s"), "{text}");
    let none = pgstat(&["correlate"], &(line("cause", 10, &first) + &line("other", 10, &other)));
    assert_eq!(out(&none), "no relation among 2 series\n");
}

#[test]
fn what_comes_every_day_is_found_and_chance_is_not() {
    let noise = random(13, 24 * 4 * 10);
    let backup = noise.iter().enumerate();
    let backup: Vec<f64> =
        backup.map(|(at, value)| if at % 96 == 13 { value + 9.0 } else { *value }).collect();
    let input = line("cpu", 900, &backup) + &line("noise", 900, &noise);
    let all = records(&["patterns", "--json"], &input);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!((&all[0]["series"], &all[0]["when"]), (&json!("cpu"), &json!("03:00")));
    assert_eq!((&all[0]["tested"], &all[0]["precision"]), (&json!(5), &json!(1.0)));
    let none = pgstat(&["patterns"], &line("noise", 900, &noise));
    assert_eq!(out(&none), "no pattern in 1 series\n");
}
