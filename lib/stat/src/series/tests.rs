use super::*;
use alloc::string::ToString as _;
use alloc::vec;

fn taken(files: &[&[&str]]) -> Vec<Series> {
    let mut intake = SeriesIntake::default();
    for lines in files {
        lines.iter().for_each(|line| intake.line(line.as_bytes()).unwrap());
        intake.end_file();
    }
    intake.finish()
}

#[test]
fn series_of_every_kind_of_input() {
    let table = ["timestamp,value,other\r", "1970-01-01 00:01:00,1.5,2\r", "\"120\",,3\r", ""];
    let whole = [r#"{"series":"a","step_s":30,"values":[1,null,3]}"#];
    let sample = r#"{"type":"sample","time":7,"interval_s":1,"seq":1,"missed":0,"cpus":2,"memory":{"total_bytes":100,"available_bytes":1,"used_bytes":25,"free_bytes":1,"cached_bytes":1,"dirty_bytes":1,"swap_total_bytes":0,"swap_used_bytes":0}}"#;
    let end = record::RecordDoc::of::<record::OpEnd>().example;
    let all = taken(&[&table, &whole, &[sample, end, "no record"]]);
    let names: Vec<_> = all.iter().map(|series| series.name.as_str()).collect();
    assert_eq!(names, ["value", "other", "a", "memory used_bytes", "op install-chrome wall_s"]);
    assert_eq!((&all[0].times, all[0].values[0]), (&vec![60.0, 120.0], 1.5));
    assert!(all[0].values[1].is_nan() && all[2].values[1].is_nan());
    assert_eq!((all[2].step(), all[2].times[2]), (Some(30.0), 60.0));
    assert_eq!((all[3].times[0], all[3].values[0], all[3].whole), (7.0, 25.0, Some(100.0)));
    assert_eq!((all[4].times[0], all[4].values[0]), (1_700_000_002.75, 2.25));
}

#[test]
fn what_is_none_of_them_is_told_with_its_place() {
    let wrong = |lines: &[&str]| {
        let mut intake = SeriesIntake::default();
        let mut faults = lines.iter().filter_map(|line| intake.line(line.as_bytes()).err());
        faults.next().map(|bad| (bad.column, bad.what.to_string())).unwrap()
    };
    let head = "timestamp,value";
    assert_eq!(wrong(&[head, "1,x"]), (3, "'x' is no number".to_string()));
    assert_eq!(wrong(&[head, "soon,1"]).0, 1);
    assert_eq!(wrong(&[r#"{"values":[1],"times":[1,2]}"#]).1, "2 times for 1 values");
    assert!(wrong(&[r#"{"series":"a","values":[1,"#]).0 > 0);
}

#[test]
fn times_are_seconds_since_the_epoch() {
    for (text, seconds) in [
        ("0", 0.0),
        ("1700000000.5", 1_700_000_000.5),
        ("2014-04-10 07:15:00", 1_397_114_100.0),
        ("2014-04-10T07:15:00.25Z", 1_397_114_100.25),
        ("2014-04-10 09:15:00+02:00", 1_397_114_100.0),
        ("2014-04-10T01:45:00-0530", 1_397_114_100.0),
        ("2000-02-29", 951_782_400.0),
        ("1969-12-31 23:59:59", -1.0),
    ] {
        assert_eq!(timestamp(text), Some(seconds), "{text}");
    }
    for text in ["", "x", "2014-13-01", "2015-02-29", "2014-04-10 25:00:00", "2014-04-10 07", "nan"]
    {
        assert_eq!(timestamp(text), None, "{text}");
    }
}
