//! `pgstat day`, across a change of the clock.

use super::{err, out, pgstat};

/// An operation that ended then.
fn ended(id: &str, end: f64, (wall, result): (f64, &str)) -> String {
    let start = end - wall;
    format!(
        "{{\"type\":\"op.end\",\"id\":\"{id}\",\"seq\":1,\"attempt\":1,\"final\":true,\"slot\":1,\"start\":{start:.6},\"end\":{end:.6},\"wall_s\":{wall:.6},\"user_s\":0,\"system_s\":0,\"max_rss_bytes\":null,\"exit\":0,\"result\":\"{result}\",\"queued_s\":0,\"out_bytes\":0}}\n"
    )
}

/// 2026-10-25 in Berlin: at 3:00 the clock goes back to 2:00, so the day has 25 hours.
const MIDNIGHT: f64 = 1_792_879_200.0;

fn log() -> String {
    let mut text = r#"{"id":"a","cmd":"x","modes":[{"mode":"slow","cost":1},{"mode":"fast","cost":2.5}],"mode":"fast"}"#.to_string();
    text.push('\n');
    let hour = 3600.0;
    // 2:30 for the first time, and twice for the second time
    text += &ended("a", MIDNIGHT + 2.5 * hour, (10.0, "success"));
    text += &ended("b", MIDNIGHT + 3.5 * hour, (20.0, "success"));
    text += &ended("c", MIDNIGHT + 3.5 * hour + 59.0, (30.0, "failure"));
    // the last minute of the day, and the first of the next
    text += &ended("a", MIDNIGHT + 25.0 * hour - 1.0, (10.0, "success"));
    text += &ended("a", MIDNIGHT + 25.0 * hour, (10.0, "success"));
    // two days before, and eight
    for back in [1.0, 2.0, 8.0] {
        text += &ended("a", MIDNIGHT - back * 24.0 * hour + hour, (5.0 * back, "success"));
    }
    text
}

#[test]
fn a_day_on_which_the_clock_goes_back() {
    let args = ["day", "--date", "2026-10-25", "--tz", "Europe/Berlin"];
    let told = pgstat(&args, &log());
    assert_eq!(err(&told), "");
    let want = "\
2026-10-25 (Europe/Berlin, 25 hours)
     day   median of 2 days before  change
       4         1                  +300 %  operations
  25.0 %     0.0 %                       -  failed
70.000 s   7.500 s                  +833 %  work
10.000 s   7.500 s                   +33 %  median
29.950 s   7.500 s                  +299 %  p95
       2         1                  +100 %  peak minute (02:30 +01:00)
       2         1                  +100 %  busiest hour (from 02:00 +01:00)
       5       2.5                  +100 %  cost
";
    let text = out(&told);
    let figures = |text: &str| -> Vec<String> {
        text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
    };
    // quantiles are within 0.4 %
    assert_eq!(figures(&text), figures(want), "{text}");
    let record = pgstat(&[&args[..], &["--json"]].concat(), &log());
    let record: serde_json::Value = serde_json::from_str(&out(&record)).unwrap();
    assert_eq!(record["length_s"], 90_000);
    assert_eq!(record["begin"], MIDNIGHT as i64);
    assert_eq!((record["cost"].as_f64(), record["days"].as_u64()), (Some(5.0), Some(2)));
}

#[test]
fn the_same_hours_are_other_days_elsewhere() {
    let ops = |zone: &str, date: &str| {
        let told = pgstat(&["day", "--json", "--date", date, "--tz", zone], &log());
        let record: serde_json::Value = serde_json::from_str(&out(&told)).unwrap();
        record["ops"].as_u64().unwrap()
    };
    assert_eq!(ops("UTC", "2026-10-25"), 5);
    assert_eq!(ops("Pacific/Auckland", "2026-10-26"), 2);
}

#[test]
fn a_day_of_which_nothing_is_there_is_told() {
    let none = pgstat(&["day", "--date", "2026-01-01", "--tz", "UTC"], &log());
    assert_eq!(none.status.code(), Some(65));
    assert_eq!(
        err(&none),
        "pgstat: nothing ended on 2026-01-01; what was read is of 2026-10-16 to 2026-10-25\n"
    );
    let nowhere = pgstat(&["day", "--tz", "Atlantis"], &log());
    assert_eq!(nowhere.status.code(), Some(2));
    assert!(err(&nowhere).contains("--tz Atlantis: no time zone"), "{}", err(&nowhere));
    let never = pgstat(&["day", "--date", "2026-02-30"], "");
    assert_eq!(never.status.code(), Some(2));
}
