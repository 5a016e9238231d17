//! Records of runs: events and samples, job logs, ninja logs.

use super::{is_a_fault, is_a_message};
use plan::history::{Ask, History};
use record::{
    EndView, Event, Fields, Pairs, RecordDoc, Seconds, catalogue, scan_op_end, scan_op_start,
};
use stat::{By, Intake, PastIntake, SeriesIntake, TaskIntake, changes};
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Vec<RecordDoc>> = LazyLock::new(catalogue);

/// A line as each type of record: what was read and written stays the same.
pub fn record(line: &[u8]) {
    for doc in CATALOGUE.iter() {
        match (doc.rewrite)(line) {
            Ok(once) => {
                let again = (doc.rewrite)(&once).map_err(|bad| bad.what);
                assert_eq!(again.as_ref(), Ok(&once), "{}", doc.kind);
            }
            Err(bad) => is_a_fault(&bad, line),
        }
    }
}

fn blocked(pairs: &Pairs<'_, Seconds>) -> Vec<(String, Seconds)> {
    let mut all = Vec::new();
    pairs.for_each(|name, time| all.push((name.to_string(), time)));
    all
}

/// A line as an event: where the quick scanner answers, the full reader says the same.
pub fn event(line: &[u8]) {
    let full = Fields::parse(line).and_then(|fields| {
        let kind = fields.get("type").map_or("", |raw| raw.get().trim_matches('"')).to_string();
        Event::parse(&kind, line, &fields)
    });
    if let Err(bad) = &full {
        is_a_fault(bad, line);
    }
    if let Ok(Some(event)) = &full {
        let mut written = Vec::new();
        event.append_line(&mut written);
        let fields = Fields::parse(&written).map_err(|bad| bad.what).expect("what we wrote");
        let again = Event::parse(event.kind(), &written, &fields).map_err(|bad| bad.what);
        assert_eq!(again, Ok(Some(event.clone())));
    }
    if let Some(view) = scan_op_end(line) {
        let Ok(Some(Event::OpEnd(end))) = &full else { panic!("scanned, and no op.end: {full:?}") };
        let other = EndView::from(end);
        assert_eq!((view.id, view.attempt, view.last), (other.id, other.attempt, other.last));
        assert_eq!((view.slot, view.start, view.end), (other.slot, other.start, other.end));
        assert_eq!((view.wall, view.user, view.system), (other.wall, other.user, other.system));
        assert_eq!((view.result, view.queued), (other.result, other.queued));
        assert_eq!(blocked(&view.blocked), blocked(&other.blocked));
    }
    if let Some(view) = scan_op_start(line) {
        let Ok(Some(Event::OpStart(start))) = &full else { panic!("no op.start: {full:?}") };
        assert_eq!((view.id, view.attempt, view.pid), (&*start.id, start.attempt, start.pid));
        assert_eq!(view.start, start.start);
    }
}

/// A file as `pgstat` reads it: events, a job log or a ninja log, as its first line says.
pub fn stat(text: &[u8]) {
    let mut intake = Intake::new(5).with_ranking();
    for line in text.split(|byte| *byte == b'\n') {
        if let Err(bad) = intake.line(line) {
            is_a_message(&bad.what);
        }
    }
    let account = intake.finish();
    for told in &account.told {
        let line = record::Record::to_line(&told.report);
        let fields = Fields::parse(&line).map_err(|bad| bad.what).expect("a report is a record");
        let report = record::parse_record::<record::Report>(&line, &fields);
        assert!(report.is_ok(), "{report:?}");
        told.findings.iter().for_each(|finding| is_a_message(&finding.message));
    }
    for by in [By::Slow, By::Flaky, By::Failed] {
        assert!(account.ranking.clone().into_rows(by, 3).len() <= 3);
    }
}

/// A file as past runs: whatever they are, what is predicted of them is in order.
pub fn history(text: &[u8]) {
    let mut intake = PastIntake::default();
    for line in text.split(|byte| *byte == b'\n') {
        if let Err(bad) = intake.line(line) {
            is_a_message(&bad.what);
        }
    }
    let runs: Vec<_> = intake.finish().runs.into_iter().map(|past| past.run).collect();
    runs.iter().for_each(|run| drop(run.cycle()));
    let past = History::new(runs);
    let outlook = past.outlook(Some("next-7"));
    for id in past.ids().take(20) {
        let told = outlook.forecast(&Ask { id: id.to_string(), ..Ask::default() });
        assert!(told.basis.is_past() && told.n > 0 && told.median.is_some(), "{told:?}");
        assert!(told.median.unwrap_or_default() >= Seconds::ZERO, "{told:?}");
        assert!(told.interval.is_none_or(|(low, high)| low <= high), "{told:?}");
        assert!(told.inside.is_none_or(|share| (0.0..=1.0).contains(&share)), "{told:?}");
    }
    if let Some(whole) = outlook.makespan() {
        assert!(whole.interval.is_none_or(|(low, high)| low <= high), "{whole:?}");
    }
}

/// A ring of pgmon: its lines are what was written, or none.
pub fn ring(bytes: &[u8]) {
    match tool::ring::lines_of(bytes) {
        Ok(lines) => {
            for line in lines {
                assert!(line.ends_with(b"\n"), "a line is whole");
            }
        }
        Err(what) => is_a_message(&what),
    }
}

/// A rule of pgmon --alert.
pub fn alert(text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return };
    if let Err(bad) = tool::mon::alert_rule(text) {
        is_a_message(&bad.what);
        assert!(bad.column <= text.chars().count() + 1, "column {} of {text:?}", bad.column);
    }
}

/// A file as tasks of runs: each has a score, and it is a number.
pub fn tasks(text: &[u8]) {
    let mut intake = TaskIntake::default();
    intake.begin_file("file");
    for line in text.split(|byte| *byte == b'\n') {
        if let Err(bad) = intake.line(line) {
            is_a_message(&bad.what);
        }
    }
    intake.end_file();
    let tasks = intake.finish();
    assert!(tasks.scores().iter().all(|task| task.score.is_finite() && task.score >= 0.0));
}

/// A file as series: changes lie inside, in order, with a segment between two.
pub fn series(text: &[u8]) {
    let mut intake = SeriesIntake::default();
    for line in text.split(|byte| *byte == b'\n') {
        if let Err(bad) = intake.line(line) {
            is_a_message(&bad.what);
        }
    }
    intake.end_file();
    for series in intake.finish() {
        let found = changes(&series.values).all;
        let inside = [0].into_iter().chain(found.iter().map(|change| change.at));
        let ends: Vec<usize> = inside.chain([series.values.len()]).collect();
        assert!(found.is_empty() || ends.windows(2).all(|pair| pair[0] + 5 <= pair[1]), "{ends:?}");
        assert!(found.iter().all(|change| (0.0..=1.0).contains(&change.confidence)), "{found:?}");
    }
}
