//! `pgstat report --text` and `--svg`.

use super::runs::{run, samples, start};
use super::{err, log, out, pgstat};
use crate::tool;
use std::process::Output;

/// The text of a log under a locale.
fn text(input: &str, locale: &str, more: &[&str]) -> String {
    let mut command = tool("pgstat");
    command.env_remove("LC_ALL").env_remove("LC_CTYPE").env("LANG", locale);
    let output =
        command.args(["--exit-zero", "--text"]).args(more).write_stdin(input).output().unwrap();
    assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()));
    out(&output)
}

/// The rows under a title.
fn under<'a>(text: &'a str, title: &str) -> Vec<&'a str> {
    text.lines()
        .skip_while(|line| !line.starts_with(title))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .collect()
}

#[test]
fn sparklines_fit_the_width_and_line_up() {
    let input = run(60, 4) + &samples(4);
    for (locale, letters) in [("C.UTF-8", "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉"), ("POSIX", ".:-=+*#@")]
    {
        for width in ["80", "120"] {
            let text = text(&input, locale, &["--width", width]);
            let most = width.parse::<usize>().unwrap();
            let time = under(&text, "over time");
            assert!(time.iter().any(|row| row.contains(|c| letters.contains(c))), "{text}");
            let rows: Vec<&&str> = time[..time.len() - 1].iter().collect();
            // values end in one column, at the right
            assert!(
                rows.iter().all(|row| row.chars().count() == rows[0].chars().count()),
                "{text}"
            );
            assert!(
                rows[0].chars().count() <= most && rows[0].chars().count() > most - 4,
                "{text}"
            );
            assert_eq!(locale == "POSIX", text.is_ascii(), "{locale}: {text}");
            for name in [
                "running",
                "ended",
                "failed",
                "waiting: slots",
                "held: db",
                "cpu busy",
                "memory used",
            ] {
                assert!(
                    rows.iter().any(|row| row.trim_start().starts_with(name)),
                    "{name}: {text}"
                );
            }
        }
    }
}

/// Four operations of a second on four slots, then one alone: by hand.
#[test]
fn what_ran_is_as_high_as_it_was() {
    let mut input = start(4);
    for n in 0..5i64 {
        let (slot, from) = if n < 4 { (n + 1, 0) } else { (1, 1) };
        let at = 1_700_000_000 + from;
        input += &format!(
            r#"{{"type":"op.end","id":"op","seq":{n},"attempt":1,"final":true,"slot":{slot},"start":{at},"end":{},"wall_s":1,"user_s":0,"system_s":0,"max_rss_bytes":null,"result":"success","queued_s":0,"out_bytes":0}}"#,
            at + 1
        );
        input += "\n";
    }
    let text = text(&input, "C.UTF-8", &["--width", "80"]);
    let running = under(&text, "over time")[0].trim_start().strip_prefix("running").unwrap();
    let drawn: String = running.chars().filter(|c| "▁▂▃▄▅▆▇█".contains(*c)).collect();
    let (full, quarter) = (drawn.matches('█').count(), drawn.matches('▂').count());
    assert!(full.abs_diff(20) <= 1 && quarter.abs_diff(20) <= 1, "{drawn}");
    assert!(running.trim_end().ends_with(" 4"), "{running}");
}

#[test]
fn text_of_any_log_has_its_pictures() {
    for input in
        [start(2), samples(3), run(1, 1), std::fs::read_to_string(log("jobs.tsv")).unwrap()]
    {
        text(&input, "C.UTF-8", &[]);
    }
    let killed: String = run(12, 2).lines().take(7).map(|line| format!("{line}\n")).collect();
    assert!(text(&killed, "C.UTF-8", &[]).contains("running"));
}

fn svg(chart: &str, input: &str) -> Output {
    pgstat(&["report", "--svg", chart], input)
}

#[test]
fn every_chart_is_a_picture() {
    let input = run(60, 4) + &samples(10);
    for chart in [
        "gantt",
        "waiting",
        "running",
        "throughput",
        "durations",
        "cpu",
        "memory",
        "pressure",
        "disk",
        "disk-busy",
        "network",
    ] {
        let output = svg(chart, &input);
        assert_eq!((output.status.code(), err(&output)), (Some(0), String::new()), "{chart}");
        let picture = out(&output);
        assert!(picture.starts_with("<svg xmlns") && picture.ends_with("</svg>\n"), "{chart}");
        assert!(picture.contains("<title>run made: "), "{chart}");
        assert!(!picture.contains("NaN") && !picture.contains("inf\""), "{chart}");
        let mut depth = 0i32;
        for part in picture.split('<').skip(1) {
            depth += match part {
                part if part.starts_with('/') => -1,
                part if part.split('>').next().unwrap().ends_with('/') => 0,
                _ => 1,
            };
        }
        assert_eq!(depth, 0, "{chart}");
    }
    // failures are seen, and names are text
    let gantt = out(&svg("gantt", &input.replace("compile-36", "<b>&amp;")));
    assert!(
        gantt.contains("class=\"failed\"") && gantt.contains("60 operations on 4 slots"),
        "{gantt}"
    );
    assert!(gantt.contains("&lt;b&gt;&amp;amp;") && !gantt.contains("<b>"));
    // what is not there is said
    let none = svg("cpu", &run(3, 1));
    assert_eq!(none.status.code(), Some(65));
    assert_eq!(
        err(&none),
        "pgstat: --svg cpu: the input has nothing of it; give the samples of pgmon that were taken meanwhile, too\n"
    );
    assert_eq!(svg("pie", &input).status.code(), Some(2));
}
