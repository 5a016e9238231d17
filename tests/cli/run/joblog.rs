//! `--joblog`, and taking a run up again. What is expected was recorded from GNU
//! parallel 20221122.

use super::*;

const HEADER: &str = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/// The lines of a job log behind its header; the times, which differ, are left out.
fn rows(dir: &TempDir, name: &str) -> Vec<String> {
    let text = fs::read_to_string(dir.path().join(name)).unwrap();
    let rows = text.strip_prefix(HEADER).unwrap();
    rows.lines()
        .map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let (start, runtime) = (cells[2], cells[3]);
            assert_eq!(start.split_once('.').unwrap().1.len(), 3, "{line}");
            assert!(runtime.len() == 10 && runtime.trim().parse::<f64>().is_ok(), "{line}");
            [&cells[..2], &cells[4..]].concat().join(" ")
        })
        .collect()
}

#[test]
fn a_line_for_each_job_as_gnu_parallel_writes_it() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 --joblog jl 'echo {}; exit {}' ::: 0 3; $P --joblog nl 'echo {}
exit 1' ::: 'a b'; $P --joblog kill 'kill -9 $$; : {}' ::: a";
    assert_eq!(script(dir.path(), text), "0\n3\na b\n");
    assert_eq!(rows(&dir, "jl"), ["1 : 0 2 0 0 echo 0; exit 0", "2 : 0 2 3 0 echo 3; exit 3"]);
    assert_eq!(rows(&dir, "nl"), ["1 : 0 4 1 0 echo 'a b'\0exit 1"]);
    assert_eq!(rows(&dir, "kill"), ["1 : 0 0 0 9 kill -9 $$; : a"]);
}

#[test]
fn received_are_the_bytes_of_standard_output_or_of_both_by_lines() {
    let dir = TempDir::new().unwrap();
    let text = "exec 2>/dev/null; $P --joblog group 'echo o; echo eee >&2; : {}' ::: 1
        $P --lb --joblog lines 'echo o; echo eee >&2; : {}' ::: 1
        $P -u --joblog none 'echo o; echo eee >&2; : {}' ::: 1";
    assert_eq!(script(dir.path(), text), "o\no\no\n");
    for (name, bytes) in [("group", 2), ("lines", 6), ("none", 0)] {
        let want = format!("1 : 0 {bytes} 0 0 echo o; echo eee >&2; : 1");
        assert_eq!(rows(&dir, name), [want], "{name}");
    }
}

#[test]
fn a_job_whose_time_is_over_has_minus_one_and_fifteen() {
    let dir = TempDir::new().unwrap();
    script(dir.path(), "$P --timeout 0.1 --joblog jl 'sleep {}; :' ::: 60");
    assert_eq!(rows(&dir, "jl"), ["1 : 0 0 -1 15 sleep 60; :"]);
}

#[test]
fn who_was_ended_with_the_run_is_not_in_the_log() {
    let dir = TempDir::new().unwrap();
    let text = "mkfifo f; $P -j2 --halt now,fail=1 --joblog jl \
                'if test {} = b; then read -r x <f; exit 9; fi; echo >f; sleep 60' ::: a b c";
    script(dir.path(), text);
    let rows = rows(&dir, "jl");
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(rows[0].starts_with("2 : 0 0 9 0 "), "{rows:?}");
}

#[test]
fn in_order_the_log_is_in_order_too() {
    let dir = TempDir::new().unwrap();
    let text = "mkfifo f; $P -k -j2 --joblog jl \
                'if test {} = 1; then read -r x <f; else echo >f; fi' ::: 1 2; cut -f1 jl";
    assert_eq!(script(dir.path(), text), "Seq\n1\n2\n");
}

#[test]
fn resume_runs_what_the_log_does_not_have_under_its_number() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 --joblog jl 'echo {}; exit {}' ::: 0 3; \
                $P -j1 --joblog jl --resume 'echo {#} $PARALLEL_SEQ {}' ::: 0 3 4; \
                $P -k -j1 --joblog jl --resume 'echo {#} {}' ::: 0 3 4 5";
    assert_eq!(script(dir.path(), text), "0\n3\n3 3 4\n4 5\n");
    let numbers: Vec<String> = rows(&dir, "jl").iter().map(|row| row[..1].to_string()).collect();
    assert_eq!(numbers, ["1", "2", "3", "4"]);
    // without a log there is nothing to leave out
    assert_eq!(script(dir.path(), "$P --joblog new --resume echo ::: a"), "a\n");
    // a log that is not taken up begins again
    assert_eq!(script(dir.path(), "$P --joblog jl echo ::: a"), "a\n");
    assert_eq!(rows(&dir, "jl"), ["1 : 0 2 0 0 echo a"]);
}

#[test]
fn resume_failed_runs_failed_and_missing_jobs() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 --joblog jl 'exit {}' ::: 0 3 0; $P -j1 --joblog +jl 'exit {}' ::: 1 8; \
                $P -j1 --joblog jl --resume-failed 'echo re {}' ::: 0 3 4 5; cut -f1,7 jl";
    let log = "Seq\tExitval\n1\t0\n2\t3\n3\t0\n1\t1\n2\t8\n2\t0\n4\t0\n";
    assert_eq!(script(dir.path(), text), format!("re 3\nre 5\n{log}"));
}

#[test]
fn retry_failed_takes_its_commands_from_the_log() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 --joblog jl 'test -f fixed
echo \"{}\"; test -f fixed || exit 4' ::: 0 'a b'; touch fixed; \
                $P -j1 --joblog jl --retry-failed no such command ::: x y; cut -f1,7 jl; \
                $P -j1 --joblog jl --retry-failed; echo $?";
    let log = "Seq\tExitval\n1\t4\n2\t4\n1\t0\n2\t0\n";
    assert_eq!(script(dir.path(), text), format!("0\na b\n0\na b\n{log}0\n"));
}

#[test]
fn retried_jobs_keep_their_numbers_and_their_order() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 --joblog jl 'test -f fixed && echo $PARALLEL_SEQ; test {} = 2 || \
                test -f fixed' ::: 1 2 3; touch fixed; $P -k -j2 --joblog jl --retry-failed";
    assert_eq!(script(dir.path(), text), "1\n3\n");
}

#[test]
fn a_line_that_was_cut_off_is_said_and_its_job_runs_again() {
    let dir = TempDir::new().unwrap();
    script(dir.path(), "$P -j1 --joblog jl echo ::: a b c");
    let whole = fs::read_to_string(dir.path().join("jl")).unwrap();
    fs::write(dir.path().join("jl"), &whole[..whole.len() - 12]).unwrap();
    let resume = "exec 2>&1; $P -j1 --joblog jl --resume echo ::: a b c; echo $?";
    let want = "pgrun: jl:4: the line is cut off; its job counts as not run\nc\n0\n";
    assert_eq!(script(dir.path(), resume), want);
    assert_eq!(rows(&dir, "jl").len(), 3);
    assert_eq!(script(dir.path(), resume), "0\n");
    // a command that may be cut off is not run
    fs::write(dir.path().join("jl"), format!("{HEADER}1\t:\t1.0\t1.0\t0\t0\t1\t0\trm -r a"))
        .unwrap();
    let said = script(dir.path(), "exec 2>&1; $P --joblog jl --retry-failed; echo $?");
    assert!(said.starts_with("pgrun: jl: the last line is cut off"), "{said}");
    assert!(said.ends_with("\n255\n"), "{said}");
}

#[test]
fn what_cannot_be_taken_up_is_refused() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("notes"), "buy milk\n").unwrap();
    let run = |args: &str| script(dir.path(), &format!("exec 2>&1; $P {args}; echo $?"));
    let said = run("--joblog notes --resume echo ::: a");
    assert!(said.starts_with("pgrun: notes:1: no line of a job log") && said.ends_with("\n255\n"));
    assert_eq!(fs::read_to_string(dir.path().join("notes")).unwrap(), "buy milk\n");
    for args in ["--resume", "--resume-failed", "--resume --results x.csv", "--retry-failed"] {
        let said = run(&format!("{args} echo ::: a"));
        assert!(said.contains("--joblog FILE") && said.ends_with("\n255\n"), "{args}: {said}");
    }
    let said = run("--joblog /nonexistent/x echo ::: a");
    assert_eq!(said, "pgrun: --joblog /nonexistent/x: No such file or directory\n255\n");
}

#[test]
fn a_dry_run_leaves_out_what_is_done_and_writes_no_log() {
    let dir = TempDir::new().unwrap();
    let text = "$P --joblog jl true ::: a; cp jl old; \
                $P --dry-run --joblog jl --resume echo ::: a b; cmp jl old && echo same";
    assert_eq!(script(dir.path(), text), "echo b\nsame\n");
}

#[test]
fn numbers_of_jobs_whose_items_change_are_not_gone_on_from() {
    let dir = TempDir::new().unwrap();
    // item 3 has failed; numbers alone would take another for it at the next run
    let text = "exec 2>&1; seq 9 | $P -j1 --chunk auto --joblog jl 'test {} != 3 #' >/dev/null
        for how in '--chunk auto --resume' '--batch 2 --batch-wait 9 --resume-failed'
        do seq 9 | $P $how --joblog jl echo; echo $?; done
        seq 3 | $P --batch 2 --joblog fresh --resume echo
        seq 9 | $P --chunk auto --log kept --resume echo | wc -w";
    let said = script(dir.path(), text);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].contains("with --chunk auto the items of a number are others"), "{said}");
    assert!(lines[2].contains("with --batch-wait the items"), "{said}");
    assert_eq!([&lines[1..2], &lines[3..]].concat(), ["255", "255", "1 2", "3", "9"]);
}
