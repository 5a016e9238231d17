use super::*;
use crate::{Account, Intake};
use alloc::format;
use alloc::string::ToString as _;
use alloc::vec;

fn read(lines: &[&str]) -> Account {
    let mut intake = Intake::new(10).with_timelines();
    lines.iter().for_each(|line| intake.line(line.as_bytes()).unwrap());
    intake.finish()
}

fn secs(at: f64) -> Seconds {
    Seconds::from_f64(at)
}

fn end(id: &str, (slot, start, end): (u32, f64, f64), more: &str) -> String {
    let wall = end - start;
    format!(
        r#"{{"type":"op.end","id":"{id}","seq":1,"attempt":1,"final":true,"slot":{slot},"start":{start},"end":{end},"wall_s":{wall},"user_s":0,"system_s":0,"max_rss_bytes":null,"result":"success",{more},"out_bytes":0}}"#
    )
}

fn start(id: &str, (slot, start): (u32, f64), more: &str) -> String {
    format!(
        r#"{{"type":"op.start","id":"{id}","seq":1,"attempt":1,"slot":{slot},"start":{start},"pid":5{more}}}"#
    )
}

/// Two that want one lock: the second waits for the first.
fn two() -> Vec<String> {
    vec![
        r#"{"type":"run.start","version":1,"run":"r","time":100,"tool":"pgrun","host":"h","pid":1,"argv":[],"jobs":2,"resources":{"memory":8}}"#.to_string(),
        start("a", (1, 100.0), r#","cmd":["x"],"locks":["m"],"resources":{"memory":4}"#),
        end("a", (1, 100.0, 104.0), r#""queued_s":0"#),
        start("b", (1, 104.0), r#","cmd":["x"],"locks":["m"]"#),
        end("b", (1, 104.0, 105.0), r#""queued_s":4,"blocked_s":{"lock:m":3,"slot":1}"#),
    ]
}

#[test]
fn a_run_over_time() {
    let lines = two();
    let account = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let line = account.timelines[0].as_ref().unwrap();
    assert_eq!((line.begin, line.end, line.slots), (secs(100.0), secs(105.0), 1));
    assert_eq!((line.bars.len(), line.attempts, line.column), (2, 2, None));
    let second = &line.bars[1];
    assert_eq!(second.waited, Some((0, secs(4.0))));
    assert_eq!(line.causes, ["lock:m"]);
    assert!(second.critical);
    let bin = line.bin.as_f64();
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    assert!((sum(&line.running) * bin - 5.0).abs() < 0.01);
    assert_eq!((sum(&line.ended), sum(&line.failed)), (2.0, 0.0));
    let totals: Vec<(&str, f64)> =
        line.waiting.iter().map(|course| (course.name.as_str(), course.total)).collect();
    assert_eq!(totals, [("lock:m", 3.0), ("slots", 1.0)]);
    // the slot is asked for before the lock
    let at = |course: &Course, time: f64| {
        course.means[((secs(time) - line.first_bin).as_micros() / line.bin.as_micros()) as usize]
    };
    assert_eq!((at(&line.waiting[1], 100.5), at(&line.waiting[1], 102.5)), (1.0, 0.0));
    assert_eq!((at(&line.waiting[0], 100.5), at(&line.waiting[0], 102.5)), (0.0, 1.0));
    let lock = &line.locks[0];
    assert_eq!((lock.name.as_str(), lock.held.total, lock.waiting.total), ("m", 5.0, 3.0));
    assert_eq!((line.resources[0].0.total, line.resources[0].1), (16.0, Some(8.0)));
    assert_eq!(line.families.iter().map(|family| family.count).sum::<u64>(), 2);
    let path: Vec<(&str, Option<u32>)> =
        line.path.iter().map(|step| (step.id.as_str(), step.slot)).collect();
    assert_eq!(path, [("a", Some(1)), ("b", Some(1))]);
    // cut off: no run.end; then what bound it
    assert_eq!(line.moments, [Some((secs(105.0), secs(105.0))), Some((secs(101.0), secs(105.0)))]);
}

#[test]
fn what_has_not_ended_goes_to_the_end_of_the_log() {
    let mut lines = two();
    lines.truncate(3);
    lines.push(start("c", (2, 101.0), ""));
    let account = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let line = account.timelines[0].as_ref().unwrap();
    assert_eq!((line.unfinished, line.attempts), (1, 1));
    let open = line.bars.iter().find(|bar| bar.id == "c").unwrap();
    assert_eq!((open.ended, open.slot, open.to), (Ended::Open, 2, secs(104.0)));
    assert_eq!(line.moments[0], Some((secs(101.0), secs(104.0))));
}

#[test]
fn many_operations_are_few_bars_and_every_one_counts() {
    let mut intake = Intake::new(10).with_timelines();
    let many = 100_000u32;
    for n in 0..many {
        let at = 1000.0 + f64::from(n / 8) * 0.01;
        let times = (n % 8 + 1, at, at + 0.009);
        let line = end(&format!("op-{n}"), times, r#""queued_s":0"#);
        let failed = line.replace("\"success\"", "\"failure\"");
        intake.line(if n == 77 { &failed } else { &line }.as_bytes()).unwrap();
    }
    let account = intake.finish();
    let line = account.timelines[0].as_ref().unwrap();
    assert!(line.bars.len() <= BARS && line.bars.len() > BARS / 4, "{}", line.bars.len());
    assert_eq!(line.bars.iter().map(|bar| bar.count).sum::<u64>(), u64::from(many));
    assert_eq!(line.bars.iter().map(|bar| bar.failed).sum::<u64>(), 1);
    assert!((line.ended.iter().sum::<f64>() - f64::from(many)).abs() < 1e-6);
    assert_eq!((line.attempts, line.families[0].count), (u64::from(many), u64::from(many)));
    assert!(line.column.is_some());
}

#[test]
fn many_runs_share_the_room() {
    let mut intake = Intake::new(10).with_timelines();
    for run in 0..40 {
        let line = format!(
            r#"{{"type":"run.start","version":1,"run":"r{run}","time":100,"tool":"pgrun","host":"h","pid":1,"argv":[],"jobs":2}}"#
        );
        intake.line(line.as_bytes()).unwrap();
        intake.line(end("a", (1, 100.0, 104.0), r#""queued_s":0"#).as_bytes()).unwrap();
    }
    let account = intake.finish();
    assert_eq!((account.told.len(), account.timelines.len()), (40, 40));
    assert_eq!(account.timelines.iter().flatten().count(), TIMELINES);
    assert!(account.timelines[0].is_none() && account.timelines[39].is_some());
}

#[test]
fn samples_join_the_run_and_stand_alone_without_one() {
    let sample = |time: i64| {
        format!(
            r#"{{"type":"sample","time":{time},"interval_s":1,"seq":1,"missed":0,"cpus":2,"cpu":{{"busy":0.5,"user":0.5,"nice":0.0,"system":0.0,"idle":0.5,"iowait":0.0,"irq":0.0,"softirq":0.0,"steal":0.0}}}}"#
        )
    };
    let mut lines = two();
    lines.extend([99, 101, 102, 300].map(sample));
    let account = read(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    let line = account.timelines[0].as_ref().unwrap();
    assert_eq!(line.lines[0].name, "busy");
    assert_eq!(line.lines[0].points.len(), 2);
    let alone = read(&[&sample(99), &sample(100)]);
    let line = alone.timelines[0].as_ref().unwrap();
    assert_eq!((line.begin, line.end, line.bars.len()), (secs(98.0), secs(100.0), 0));
    assert_eq!(line.lines[0].points.len(), 2);
    assert!(read(&[]).timelines.is_empty());
}

#[test]
fn locks_of_no_run_have_a_timeline() {
    let account = read(&[
        r#"{"type":"lock.take","name":"db","pid":7,"time":110,"waited_s":10}"#,
        r#"{"type":"lock.drop","name":"db","pid":7,"time":130,"held_s":20}"#,
    ]);
    let line = account.timelines[0].as_ref().unwrap();
    assert_eq!((line.begin, line.end), (secs(100.0), secs(130.0)));
    assert_eq!((line.locks[0].waiting.total, line.locks[0].held.total), (10.0, 20.0));
}
