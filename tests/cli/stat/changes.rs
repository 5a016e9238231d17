//! `pgstat changes`.

use super::{err, out, pgstat};
use serde_json::Value;

fn line(name: &str, values: impl Iterator<Item = u32>) -> String {
    let values: Vec<String> = values.map(|value| value.to_string()).collect();
    format!("{{\"series\":\"{name}\",\"n\":3,\"values\":[{}]}}", values.join(","))
}

#[test]
fn a_line_for_every_series_and_nothing_else() {
    let input = [
        line("step", (0..40).map(|at| if at < 25 { 3 } else { 8 })),
        line("same", (0..40).map(|_| 3)),
        line("short", 0..3),
        "{\"series\":\"gaps\",\"values\":[1,1,null,1,1,1,null,9,9,9,9,9,9,null]}".to_string(),
    ];
    let expected = "{\"series\":\"step\",\"changepoints\":[25]}\n\
                    {\"series\":\"same\",\"changepoints\":[]}\n\
                    {\"series\":\"short\",\"changepoints\":[]}\n";
    for (end, flags) in [("\n", vec!["changes"]), ("\r\n", vec!["changes", "--json"])] {
        let output = pgstat(&flags, &(input.join(end) + end));
        assert_eq!((err(&output), output.status.code()), (String::new(), Some(0)));
        let text = out(&output);
        assert!(text.starts_with(expected), "{text}");
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!(last["series"], "gaps");
    }
}

/// The durations of one operation over thirty runs, the last twelve slower.
fn events() -> String {
    let end = |run: u32| {
        let wall = if run < 18 { 10 + run % 2 } else { 20 + run % 2 };
        let begin = 1_700_000_000 + run * 100;
        format!(
            "{{\"type\":\"op.end\",\"id\":\"build\",\"seq\":1,\"attempt\":1,\"final\":true,\"slot\":1,\
             \"start\":{begin},\"end\":{},\"wall_s\":{wall},\"user_s\":0,\"system_s\":0,\
             \"max_rss_bytes\":null,\"result\":\"success\",\"queued_s\":0,\"out_bytes\":0}}\n",
            begin + wall
        )
    };
    (0..30).map(end).collect()
}

#[test]
fn a_change_in_the_durations_of_an_operation_is_shown() {
    let output = pgstat(&["changes"], &events());
    assert_eq!((err(&output), output.status.code()), (String::new(), Some(0)));
    assert_eq!(
        out(&output),
        "TIME                  BEFORE    AFTER     WHAT   CONFIDENCE  N   SERIES\n\
         2023-11-14T22:43:40Z     10.50     20.50  level       99.9%  30  op build wall_s\n"
    );
    let record = out(&pgstat(&["changes", "--json"], &events()));
    let record: Value = serde_json::from_str(record.trim()).unwrap();
    assert_eq!(
        (&record["type"], &record["at"], &record["n"]),
        (&"change".into(), &18.into(), &30.into())
    );
    let sheet = out(&pgstat(&["changes", "--csv"], &events()));
    assert!(sheet.starts_with("series,time,at,what,before,after,confidence,n\nop build wall_s,1700001820,18,level,10.5,20.5,"), "{sheet}");
}

#[test]
fn where_nothing_changes_that_is_said() {
    let table: String = (0..20).map(|at| format!("{at},5\r\n")).collect();
    let output = pgstat(&["changes"], &format!("timestamp,value\r\n{table}"));
    assert_eq!(out(&output), "no change in 1 series (1 with 10 values or more)\n");
    let output = pgstat(&["changes"], "");
    assert_eq!(output.status.code(), Some(65));
    assert!(err(&output).starts_with("pgstat: no series in the input; give"), "{}", err(&output));
    let output = pgstat(&["changes"], "{\"series\":\"a\",\"values\":[1,2\n");
    assert_eq!((output.status.code(), out(&output)), (Some(65), String::new()));
    assert!(err(&output).starts_with("pgstat: standard input:1:"), "{}", err(&output));
}
