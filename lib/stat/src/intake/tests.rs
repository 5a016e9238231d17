use super::*;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use proptest::prelude::*;
use record::{
    LockAsk, LockDrop, LockTake, LockWait, Need, OpEnd, OpSkip, OpStart, Outcome, RunEnd, RunStart,
    Seconds, Severity,
};

const T: i64 = 1_700_000_000_000_000;

fn at(micros: i64) -> Seconds {
    Seconds::from_micros(T + micros)
}

fn secs(micros: i64) -> Seconds {
    Seconds::from_micros(micros)
}

fn take(lines: &[Vec<u8>]) -> Account {
    let mut intake = Intake::new(10);
    for line in lines {
        intake.line(line.trim_ascii_end()).unwrap();
    }
    intake.finish()
}

fn only(lines: &[Vec<u8>]) -> Told {
    let mut told = take(lines).told;
    assert_eq!(told.len(), 1);
    told.remove(0)
}

fn start(id: &str, needs: &[&str]) -> OpStart {
    let needs = needs.iter().map(|id| Need::from(*id)).collect();
    OpStart { id: id.into(), attempt: 1, slot: 1, needs, ..OpStart::default() }
}

fn end(id: &str, (from, to): (i64, i64)) -> OpEnd {
    OpEnd {
        id: id.into(),
        attempt: 1,
        r#final: true,
        slot: 1,
        start: at(from),
        end: at(to),
        wall_s: secs(to - from),
        ..OpEnd::default()
    }
}

fn codes(told: &Told) -> Vec<&str> {
    told.findings.iter().map(|finding| finding.code.as_str()).collect()
}

#[test]
fn a_run_without_operations_is_zeros() {
    let lines = [
        RunStart { run: "r".into(), jobs: 4, ..RunStart::default() }.to_line(),
        RunEnd { run: "r".into(), ..RunEnd::default() }.to_line(),
    ];
    let told = only(&lines);
    assert_eq!((told.report.wall_s, told.report.ops, told.report.speedup), (secs(0), 0, None));
    assert!(told.findings.is_empty());
}

#[test]
fn nothing_at_all_is_no_run() {
    assert!(take(&[]).told.is_empty());
    let strays = take(&[b"hello\n".to_vec(), b"\n".to_vec(), b"[1]\n".to_vec()]);
    assert!(strays.told.is_empty());
    assert_eq!(strays.strays, 2);
}

#[test]
fn a_run_that_was_cut_off_says_what_still_ran() {
    let told =
        only(&[start("a", &[]).to_line(), start("b", &[]).to_line(), end("a", (0, 5)).to_line()]);
    assert_eq!(told.report.unfinished, Some(1));
    assert_eq!(codes(&told)[0], "cut-off");
    assert_eq!(told.findings[0].severity, Severity::Error);
}

#[test]
fn failures_are_counted_from_the_last_attempt_and_from_skips() {
    let failed = |id: &str| OpEnd { result: Outcome::Failure, ..end(id, (0, 5)) };
    let first = OpEnd { r#final: false, ..failed("b") };
    let second = OpEnd { attempt: 2, ..end("b", (6, 9)) };
    let skip = OpSkip { id: "c".into(), result: Outcome::Skip, ..OpSkip::default() };
    let error = OpSkip { id: "d".into(), result: Outcome::Error, ..OpSkip::default() };
    let report = only(&[
        failed("a").to_line(),
        first.to_line(),
        second.to_line(),
        skip.to_line(),
        error.to_line(),
    ])
    .report;
    let want = [("error", 1), ("failure", 1), ("skip", 1), ("success", 1)];
    assert_eq!(report.counts, want.map(|(word, n)| (word.into(), n)).into());
    assert_eq!((report.ops, report.attempts), (4, 3));
    assert_eq!((report.failed_share, report.retried_share), (0.5, 0.25));
}

#[test]
fn runs_in_one_file_are_told_apart() {
    let run = |name: &str| RunStart { run: name.into(), jobs: 1, ..RunStart::default() }.to_line();
    let account = take(&[
        run("one"),
        end("a", (0, 5)).to_line(),
        RunEnd::default().to_line(),
        run("two"),
        end("a", (9, 10)).to_line(),
    ]);
    let told: Vec<_> =
        account.told.iter().map(|t| (t.report.run.as_str(), t.report.work_s)).collect();
    assert_eq!(told, [("one", secs(5)), ("two", secs(1))]);
    assert_eq!(codes(&account.told[0]), ["bound-by-path"]);
    assert_eq!(codes(&account.told[1]), ["cut-off", "bound-by-path"]);
}

#[test]
fn what_was_wrong_with_a_run_that_was_taken_up_is_history() {
    let run = |resumed| RunStart { run: "r".into(), resumed, ..RunStart::default() }.to_line();
    let failed = OpEnd { result: Outcome::Failure, ..end("a", (0, 5)) }.to_line();
    let cut = start("b", &[]).to_line();
    let over = RunEnd::default().to_line();
    let errors = |lines: &[Vec<u8>]| -> Vec<usize> {
        let is_error = |f: &&record::Finding| f.severity == Severity::Error;
        let told = take(lines).told;
        told.iter().map(|told| told.findings.iter().filter(is_error).count()).collect()
    };
    let first = [run(false), failed, cut];
    assert_eq!(errors(&[&first[..], &[run(true), over.clone()]].concat()), [0, 0]);
    assert_eq!(errors(&[&first[..], &[run(false), over]].concat()), [2, 0]);
}

#[test]
fn the_last_need_to_end_is_on_the_chain() {
    let report = only(&[
        end("early", (0, 2)).to_line(),
        start("a", &[]).to_line(),
        end("a", (0, 30)).to_line(),
        start("b", &[]).to_line(),
        end("b", (0, 50)).to_line(),
        start("c", &["a", "b"]).to_line(),
        end("c", (60, 100)).to_line(),
    ])
    .report;
    let chain: Vec<_> = report.chain.iter().map(|l| (l.id.as_str(), l.gave.as_str())).collect();
    assert_eq!(chain, [("b", "need"), ("c", "")]);
    assert_eq!(report.critical_path_s, secs(90));
    let want = [("path", secs(90)), ("start", secs(10))];
    assert_eq!(report.lost_s, want.map(|(word, time)| (word.into(), time)).into());
}

#[test]
fn a_need_that_is_no_operation_stands_for_what_ended_last() {
    let report = only(&[
        start("a", &[]).to_line(),
        end("a", (0, 30)).to_line(),
        start("b", &[]).to_line(),
        end("b", (0, 20)).to_line(),
        OpStart { start: at(30), ..start("c", &["barrier"]) }.to_line(),
        end("c", (30, 40)).to_line(),
    ])
    .report;
    assert_eq!(report.critical_path_s, secs(40));
    assert_eq!(report.lost_s, [("path".into(), secs(40))].into());
}

/// Behind a barrier the holder of a lock has ended later than the operation
/// became ready: it is waited for as the lock's holder, not as a need.
#[test]
fn behind_a_barrier_a_wait_for_a_lock_is_one() {
    let waited = OpEnd {
        queued_s: secs(30),
        blocked_s: [("lock:vm".to_string(), secs(30))].into(),
        ..end("y", (60, 80))
    };
    let locked = |id: &str, begin: i64| OpStart {
        start: at(begin),
        locks: vec![LockAsk::exclusive("vm")],
        ..start(id, &["barrier"])
    };
    let report = only(&[
        start("a", &[]).to_line(),
        end("a", (0, 30)).to_line(),
        locked("x", 30).to_line(),
        end("x", (30, 60)).to_line(),
        locked("y", 60).to_line(),
        waited.to_line(),
    ])
    .report;
    let want = [("path", secs(50)), ("lock:vm", secs(30))];
    assert_eq!(report.lost_s, want.map(|(word, time)| (word.into(), time)).into());
}

#[test]
fn waits_for_locks_name_the_holder() {
    let holds = |id: &str, pid: u32| OpStart {
        pid,
        locks: vec![LockAsk::exclusive("m")],
        ..start(id, &[])
    };
    let waited = OpEnd {
        queued_s: secs(30_000),
        blocked_s: [("lock:m".into(), secs(30_000))].into(),
        ..end("b", (30_000, 40_000))
    };
    let wait =
        LockWait { name: "m".into(), id: "b".into(), holder_pid: Some(7), ..LockWait::default() };
    let other = LockWait { holder_pid: Some(99), ..wait.clone() };
    for (event, holder) in [(Some(wait), "a"), (Some(other), "pid 99"), (None, "a")] {
        let mut lines = vec![holds("a", 7).to_line()];
        lines.extend(event.map(|wait| wait.to_line()));
        lines.extend([end("a", (0, 30_000)).to_line(), holds("b", 8).to_line(), waited.to_line()]);
        let report = only(&lines).report;
        assert_eq!(report.lock_waits.len(), 1);
        assert_eq!(report.lock_waits[0].behind, holder);
        assert_eq!(
            (report.locks[0].waited_s, report.locks[0].held_s),
            (secs(30_000), secs(40_000))
        );
        assert_eq!(report.bound, "lock:m");
    }
}

#[test]
fn events_of_pglock_alone_are_a_report_of_locks() {
    let wait = LockWait { name: "m".into(), pid: 2, holder_pid: Some(1), ..LockWait::default() };
    let take = LockTake { name: "m".into(), pid: 2, waited_s: secs(5_000), ..LockTake::default() };
    let drop = LockDrop { name: "m".into(), pid: 2, held_s: secs(9), ..LockDrop::default() };
    let told = only(&[wait.to_line(), take.to_line(), drop.to_line()]);
    assert_eq!(told.report.source, "locks");
    assert_eq!(
        (told.report.locks[0].waited_s, told.report.locks[0].held_s),
        (secs(5_000), secs(9))
    );
    let wait = &told.report.lock_waits[0];
    assert_eq!((wait.id.as_str(), wait.behind.as_str()), ("pid 2", "pid 1"));
    assert!(told.findings.is_empty());
}

#[test]
fn bad_lines_have_their_column() {
    let mut intake = Intake::new(10);
    assert!(intake.line(br#"{"type":"op.end","id":"#).unwrap_err().what.contains("cut off"));
    let bad = intake.line(br#"{"type":"op.end","id":"a","start":"soon"}"#).unwrap_err();
    assert!(bad.what.contains("\"start\""), "{}", bad.what);
    intake.end_file().unwrap();
    intake
        .line(b"Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand")
        .unwrap();
    let bad = intake.line(b"1\t:\tnoon\t0.1\t0\t0\t0\t0\tx").unwrap_err();
    assert_eq!((bad.column, bad.what.as_str()), (5, "Starttime \"noon\" is no number"));
    intake.end_file().unwrap();
    assert!(intake.line(b"# ninja log v4").unwrap_err().what.contains("5, 6 and 7"));
}

#[test]
fn the_wall_of_a_ninja_log_is_its_last_build() {
    let log =
        "# ninja log v5\n0\t900\t0\told\taa\n0\t10\t0\ta\tbb\n0\t10\t0\ta2\tbb\n10\t30\t0\tb\tcc";
    let lines: Vec<Vec<u8>> = log.lines().map(|line| line.as_bytes().to_vec()).collect();
    let account = take(&lines);
    let report = &account.told[0].report;
    assert_eq!((report.ops, report.wall_s, account.earlier_builds), (2, secs(30_000), 1));
    assert_eq!(report.slots, 1);
    assert!(report.slots_seen);
}

#[test]
fn jobs_of_a_job_log_that_touch_share_a_slot() {
    let head = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand";
    let mut lines = vec![String::from(head)];
    // rounding makes the first of a slot seem to end after the second began
    for (seq, begin, exit) in
        [(1, "10.000", 0), (2, "10.001", 0), (4, "11.001", 3), (3, "11.000", 0)]
    {
        lines.push(format!("{seq}\t:\t{begin}\t     1.001\t0\t0\t{exit}\t0\tgzip {seq}\tx"));
    }
    let lines: Vec<Vec<u8>> = lines.into_iter().map(String::into_bytes).collect();
    let told = only(&lines);
    let report = &told.report;
    assert_eq!((report.slots, report.ops), (2, 4));
    assert_eq!((report.work_s, report.wall_s), (secs(4_004_000), secs(2_002_000)));
    assert_eq!(report.bound, "slots");
    assert_eq!(report.slowest[0].id, "gzip 1\tx");
    assert_eq!(codes(&told), ["failed-operations", "bound-by-slots"]);
}

prop_compose! {
    /// A run in which anything may need anything before it, and waits are what they are.
    fn log()(ops in prop::collection::vec(
        (1u32..5, 0i64..1000, 0i64..1000, 0i64..400, 0i64..400, prop::option::of(0usize..20), 1u32..4),
        1..20,
    )) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        for (number, (slot, from, long, lock, slots, need, tries)) in ops.into_iter().enumerate() {
            let id = format!("op{number}");
            let need = need.map(|need| format!("op{need}"));
            let needs: Vec<&str> = need.iter().map(String::as_str).collect();
            for attempt in 1..=tries {
                let from = from + 2000 * i64::from(attempt);
                let begin = OpStart { attempt, start: at(from), ..start(&id, &needs) };
                let blocked: BTreeMap<_, _> =
                    [("lock:m".into(), secs(lock)), ("slot".into(), secs(slots))].into();
                lines.push(begin.to_line());
                lines.push(OpEnd {
                    attempt,
                    r#final: attempt == tries,
                    slot,
                    queued_s: secs(lock + slots / 2),
                    blocked_s: blocked,
                    ..end(&id, (from, from + long))
                }.to_line());
            }
        }
        lines
    }
}

proptest! {
    /// Whatever the log says, every microsecond of the wall has one cause and work is exact.
    #[test]
    fn the_causes_sum_up_to_the_wall(lines in log()) {
        let work: i64 = lines
            .iter()
            .filter_map(|line| scan_op_end(line.trim_ascii_end()))
            .map(|end| end.wall.as_micros())
            .sum();
        let report = only(&lines).report;
        prop_assert_eq!(report.work_s, secs(work));
        prop_assert_eq!(report.lost_s.values().copied().sum::<Seconds>(), report.wall_s);
        prop_assert!(report.critical_path_s <= report.work_s);
        prop_assert!(report.bound_s.unwrap() <= report.wall_s);
    }

    #[test]
    fn any_bytes_are_read(lines in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..10)) {
        let mut intake = Intake::new(3);
        for line in &lines {
            let _ = intake.line(line);
        }
        intake.finish();
    }
}

prop_compose! {
    fn wild()(micros in prop_oneof![Just(0), -5i64..5, any::<i64>().prop_map(|n| n / 2)]) -> Seconds {
        secs(micros)
    }
}

proptest! {
    /// Times that no clock ever showed overflow nothing.
    #[test]
    fn wild_times_are_borne(
        times in prop::collection::vec(prop::collection::vec(wild(), 6), 1..6),
        slot in any::<u32>(),
    ) {
        let mut intake = Intake::new(3).with_ranking();
        for (number, times) in times.iter().enumerate() {
            let id = format!("op{}", number % 3);
            let begin = OpStart { start: times[0], ..start(&id, &["op0", "op1"]) };
            let end = OpEnd {
                attempt: 1 + number as u32,
                r#final: number % 2 == 0,
                slot: slot.wrapping_add(number as u32) % 100_000,
                start: times[0],
                end: times[1],
                wall_s: times[2],
                queued_s: times[3],
                blocked_s: [("slot".into(), times[4]), ("lock:m".into(), times[5])].into(),
                spawn_s: Some(times[5]),
                ..end(&id, (0, 0))
            };
            let sample = Sample { time: times[0], interval_s: times[1], ..Sample::default() };
            for line in [begin.to_line(), end.to_line(), sample.to_line()] {
                let _ = intake.line(line.trim_ascii_end());
            }
        }
        intake.finish();
    }
}
