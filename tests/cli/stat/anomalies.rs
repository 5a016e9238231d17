//! `pgstat anomalies` over series.

use super::{err, out, pgstat};
use serde_json::Value;
use std::fmt::Write as _;

/// Four weeks of half hours with a daily course and some noise; in row 1000 a spike, from row 1200
/// on for two days the level of the night.
fn load(end: &str) -> String {
    let mut text = format!("timestamp,value{end}");
    let mut noise = 1u32;
    for row in 0..28 * 48u32 {
        noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let day = 20 + 60 * u32::from((16..40).contains(&(row % 48)));
        let value = match row {
            1000 => 200,
            1200..1296 => 20,
            _ => day,
        } + (noise >> 28);
        let (date, hour, half) = (1 + row / 48, row % 48 / 2, row % 2 * 30);
        write!(text, "2026-02-{date:02} {hour:02}:{half:02}:00,{value}{end}").unwrap();
    }
    text
}

fn alarms(scored: &str) -> Vec<(usize, &str)> {
    let rows = scored.lines().skip(1).enumerate();
    let score = |line: &str| line.rsplit(',').next().unwrap().parse::<f64>().unwrap();
    rows.filter(|(_, line)| score(line) >= 0.5).collect()
}

#[test]
fn every_row_is_scored_from_those_before_it() {
    let output = pgstat(&["anomalies", "--csv"], &load("\n"));
    let scored = out(&output);
    assert_eq!((output.status.code(), err(&output).as_str()), (Some(0), ""));
    assert!(scored.starts_with("timestamp,value,anomaly_score\n2026-02-01 00:00:00,"));
    assert_eq!(scored.lines().count(), 1 + 28 * 48);
    for (line, given) in scored.lines().zip(load("\n").lines()) {
        assert_eq!(line.rsplit_once(',').unwrap().0, given);
    }
    // golden: a change here is a change of the detector
    assert_eq!(alarms(&scored), GOLDEN);
    // what comes later changes nothing
    let half: String = load("\n").split_inclusive('\n').take(900).collect();
    assert!(scored.starts_with(&out(&pgstat(&["anomalies", "--csv"], &half))));
    assert_eq!(out(&pgstat(&["anomalies", "--csv"], &load("\r\n"))), scored);
}

const GOLDEN: [(usize, &str); 3] = [
    (1000, "2026-02-21 20:00:00,211,0.810945"),
    (1217, "2026-02-26 08:30:00,20,0.680599"),
    (1284, "2026-02-27 18:00:00,20,0.522118"),
];

#[test]
fn rows_that_are_none_are_told_and_score_nothing() {
    let bad = "timestamp,value\n2026-02-01 00:00:00,1\n2026-02-01 00:30:00,high\n\
               2026-02-01 00:10:00,nan\n2026-02-01 01:00:00,\nsoon,3\n2026-02-01 01:30:00";
    let output = pgstat(&["anomalies", "--csv"], bad);
    assert_eq!(output.status.code(), Some(65));
    assert_eq!(
        err(&output),
        "pgstat: standard input:3:21: 'high' is no number\n\
         pgstat: standard input:6:1: 'soon' is no time; write 2014-04-10 07:15:00 or seconds\n\
         pgstat: standard input:7:20: the row ends before its value\n\
         pgstat: standard input: 2 rows have no value and the score 0\n"
    );
    assert_eq!(
        out(&output),
        "timestamp,value,anomaly_score\n2026-02-01 00:00:00,1,0\n2026-02-01 00:30:00,high,0\n\
         2026-02-01 00:10:00,nan,0\n2026-02-01 01:00:00,,0\nsoon,3,0\n2026-02-01 01:30:00,,0\n"
    );
    let back = pgstat(&["anomalies", "--csv"], "timestamp,value\n60,1\n0,1\n120,1\n");
    assert_eq!(back.status.code(), Some(0));
    assert_eq!(
        err(&back),
        "pgstat: standard input: 1 row has an earlier time than one before; scored in the order of the file\n"
    );
}

#[test]
fn what_is_no_table_is_refused() {
    for (input, status, says) in [
        ("", 65, "empty; its first line names the columns: timestamp,value"),
        ("1,2\n", 65, "standard input:1: '1,2' names no column of times"),
        ("timestamp,a,b\n1,2,3\n", 65, "which is the value: a, b? call it value"),
        ("timestamp\n1\n", 65, "there is no column of values"),
    ] {
        let output = pgstat(&["anomalies", "--csv"], input);
        assert_eq!((output.status.code(), out(&output)), (Some(status), String::new()), "{input}");
        assert!(err(&output).contains(says), "{}", err(&output));
    }
    let named = pgstat(&["anomalies", "--csv"], "value,other,time\n2,3,1\n");
    assert_eq!(out(&named), "timestamp,value,anomaly_score\n1,2,0\n");
    let two = pgstat(&["anomalies", "--csv", "-", "x"], "timestamp,value\n1,2\n");
    assert_eq!((two.status.code(), out(&two)), (Some(2), String::new()));
    for input in ["", "hello\n"] {
        let output = pgstat(&["anomalies"], input);
        assert_eq!(output.status.code(), Some(65));
        assert!(err(&output).contains("no series in the input"), "{}", err(&output));
    }
}

#[test]
fn series_are_judged_as_a_whole() {
    let values: Vec<String> = (0..300u32)
        .map(|n| if n == 200 { "900".to_string() } else { (100 + n * 7919 % 13).to_string() })
        .collect();
    let line = |name| {
        format!("{{\"series\":\"{name}\",\"step_s\":5,\"values\":[{}]}}\n", values.join(","))
    };
    let both = line("a") + "{\"series\":\"short\",\"step_s\":1,\"values\":[1,2,3]}\n";
    let text = out(&pgstat(&["anomalies"], &both));
    assert_eq!(
        text,
        "1 anomaly in 300 values of 1 series; 1 other had too few values to judge one\n\
         at most 5 % of them are expected to be chance\n\n\
         TIME    VALUES    SCORE  VALUE  EXPECTED  WHAT\n\
         1000 s       1   +178.5  900    106       a\n"
    );
    let json: Value = serde_json::from_str(&out(&pgstat(&["anomalies", "--json"], &both))).unwrap();
    assert_eq!((&json["series"], &json["time"]), (&Value::from("a"), &Value::from(1000.0)));
    let csv = out(&pgstat(&["anomalies", "--csv"], &both));
    assert!(csv.starts_with(
        "time,until,series,id,values,value,expected,score,chance\n1000,1000,a,,1,900,"
    ));
    // a smaller share of chance asks for more
    let few = line("a").replace("900", "125");
    let found =
        |fdr: &str| out(&pgstat(&["anomalies", "--json", "--fdr", fdr], &few)).lines().count();
    assert!(found("0.9") >= found("0.001"));
}
