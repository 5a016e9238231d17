//! Where output and records go, and readers that stand still or leave.

use super::*;

#[test]
fn a_reader_that_goes_away_ends_the_run_by_sigpipe() {
    let dir = TempDir::new().unwrap();
    let mut run = started(&["-j1", "seq 100000 #{}", ":::", "1", "2", "3"], dir.path());
    let mut first = [0u8; 2];
    run.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    drop(run.stdout.take());
    let output = run.wait_with_output().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&output.status), Some(13));
    assert_eq!(err(&output), "");
}

#[test]
fn what_cannot_be_written_is_said_and_is_255() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut run = Command::new(env!("CARGO_BIN_EXE_pgrun"));
    let output = run.args(["echo", ":::", "a"]).stdout(full()).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(err(&output), "pgrun: standard output: No space left on device; it is incomplete\n");
    for flag in ["--events", "--joblog"] {
        let output = pgrun(&[flag, "/dev/full", "true", ":::", "a"], "");
        assert_eq!(output.status.code(), Some(255), "{flag}");
        assert!(err(&output).contains("/dev/full: No space left on device"), "{}", err(&output));
    }
}

#[test]
fn bytes_that_are_not_utf8_go_the_whole_way() {
    let ops = r#"{"id":"a","cmd":["printf","%s",{"b64":"/2H+"}]}"#;
    let (status, ends, _) = {
        let output = pgrun(&["--event-output", "all"], ops);
        assert_eq!(output.stderr, [0xff, b'a', 0xfe]);
        let events = events(&out(&output));
        (output.status.code().unwrap(), decided(&events), ())
    };
    assert_eq!(status, 0);
    assert_eq!(ends["a"]["output"]["b64"], "/2H+");
    let run = tool("pgrun").args(["printf", "%s"]).write_stdin([0xff, b'\n']).output().unwrap();
    assert_eq!(run.stdout, [0xff]);
}

#[test]
fn groups_are_whole_and_order_is_kept() {
    // each writes in two parts around a rendezvous with the other
    let dir = TempDir::new().unwrap();
    let (one, two) = (fifo(&dir, "one"), fifo(&dir, "two"));
    let script = format!(
        "echo {{}} begins; test {{}} = 1 && {{ echo >{one}; read x <{two}; }} || {{ read x <{one}; echo >{two}; }}; echo {{}} ends"
    );
    let script =
        script.replace("{ echo", "( echo").replace("; }", " )").replace("{ read", "( read");
    let output = pgrun(&["-k", "-j2", &script, ":::", "1", "2"], "");
    assert_eq!(out(&output), "1 begins\n1 ends\n2 begins\n2 ends\n");
}

/// A reader that begins when the first operation has ended, as the events say.
const LATE: &str = "{ exec 3<ev; while read -r e <&3; do case $e in *op.end*) break; esac; done; \
                    wc -c; cat <&3 >/dev/null; }";

#[test]
fn a_reader_that_stands_still_loses_nothing() {
    for flag in ["-k", "-j1"] {
        let dir = TempDir::new().unwrap();
        // more than waits in us before we read no more, less than that and two pipes
        let text = format!(
            "mkfifo ev; $P --events ev {flag} 'head -c 1150000 /dev/zero; : {{}}' ::: a | {LATE}"
        );
        assert_eq!(script(dir.path(), &text).trim(), "1150000", "{flag}");
    }
}

#[test]
fn a_file_of_lines_goes_on_when_the_reader_does() {
    let dir = TempDir::new().unwrap();
    let text = format!(
        "seq 9 >lines; mkfifo ev; \
         $P --events ev -j2 -a lines 'head -c 600000 /dev/zero; : {{}}' | {LATE}"
    );
    assert_eq!(script(dir.path(), &text).trim(), (9 * 600_000).to_string());
}

#[test]
fn records_and_output_in_one_pipe_stay_whole() {
    let dir = TempDir::new().unwrap();
    // the reader begins when the fourth has written
    let text = r#"mkfifo go; for n in 1 2 3 4 5 6 7 8; do
            test $n = 4 && say='; echo >go' || say=
            echo '{"id":"o'$n'","cmd":"head -c 200000 /dev/zero | tr \"\\0\" x'$say'"}'
        done | $P -j1 --event-output none 2>&1 | { read -r _ <go; cat; }"#;
    let mixed = script(dir.path(), text);
    let records: Vec<&str> = mixed.lines().filter(|line| !line.starts_with('x')).collect();
    assert_eq!(events(&records.join("\n")).len(), 8 * 2 + 2);
    let lengths: Vec<usize> =
        mixed.lines().filter(|line| line.starts_with('x')).map(str::len).collect();
    assert_eq!(lengths, [200_000; 8]);
}

#[test]
fn order_is_kept_past_barriers_and_in_rollbacks() {
    let ops = r#"{"id":"z","barrier":true}
{"id":"a","cmd":"echo A","needs":["z"],"rollback":["echo","undone"]}
{"id":"x","barrier":true,"needs":["a"]}
{"id":"b","cmd":"echo B; exit 1","needs":["x"]}
"#;
    let (status, _, said) = plan(&["-k", "-s", "--on-failure", "rollback"], ops);
    assert_eq!(
        (status, said.replace("pgrun: undoing 1 operations that succeeded\n", "")),
        (1, "A\nB\nundone\n".into())
    );
}

#[test]
fn nobody_reads_the_events_any_more() {
    let dir = TempDir::new().unwrap();
    let text = r#"mkfifo go; { echo '{"cmd":"read -r _ <go"}'; echo '{"cmd":"echo ran >>log"}'; } >ops
        { $P -j1 --ops ops; echo $? >&3; } 3>status | { head -n1 >/dev/null; exec <&-; echo >go; }
        cat status"#;
    assert_eq!(script(dir.path(), text), "141\n");
}

#[test]
fn a_closed_standard_output_is_not_silence() {
    let dir = TempDir::new().unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_pgrun")).parent().unwrap();
    let text = format!(
        "cd {}; exec 3>&1 2>/dev/null; ./pgrun echo ::: a >&-; echo $? >&3; \
         echo 'a b' | ./pgplan levels - >&-; echo $? >&3; \
         ./pgmon -n 1 >&-; echo $? >&3; ./pgrun true ::: a >&-; echo $? >&3",
        bin.display()
    );
    assert_eq!(script(dir.path(), &text), "255\n74\n125\n0\n");
}

#[test]
fn help_that_nobody_gets_is_not_silence() {
    let full = || fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for flag in ["-h", "--help", "--version"] {
        let mut run = Command::new(env!("CARGO_BIN_EXE_pgrun"));
        let output = run.arg(flag).stdout(full()).output().unwrap();
        assert_eq!(output.status.code(), Some(255), "{flag}");
        assert_eq!(err(&output), "pgrun: standard output: No space left on device\n", "{flag}");
    }
    let dir = TempDir::new().unwrap();
    let text = "$P --version 2>&1 >&-; echo $?; mkfifo p; exec 4<>p 5>p 4<&-; \
                { $P --help >&5; } 2>&1; echo $?";
    let said = script(dir.path(), text);
    assert_eq!(said, "pgrun: standard output is closed; nothing was written\n255\n141\n");
}

#[test]
fn a_folder_that_takes_no_files_is_replaced_and_said_once() {
    let dir = TempDir::new().unwrap();
    // the first keeps its turn until the second has written more than is kept in memory,
    // and the rest cannot go to a folder that takes no files
    let text = "mkfifo p; $P -k -j2 --tmpdir /proc ::: 'read x <p' \
                'head -c 70000000 /dev/zero; echo >p' 2>&1 >out; echo $?; wc -c <out";
    let said = script(dir.path(), text);
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!((lines.len(), &lines[1..]), (3, &["0", "70000000"][..]), "{said}");
    assert!(
        lines[0].starts_with("pgrun: /proc: ") && lines[0].contains(" waits in /tmp"),
        "{said}"
    );
}

#[test]
fn ids_that_differ_have_logs_that_differ() {
    let dir = TempDir::new().unwrap();
    let ops = "{\"id\":\"a/b\",\"cmd\":\"echo 1\"}\n{\"id\":\"a_b\",\"cmd\":\"echo 2\"}\n";
    let run = dir.path().to_str().unwrap();
    assert!(pgrun(&["--run-dir", run], ops).status.success());
    let log =
        |name: &str| fs::read_to_string(dir.path().join("artifacts/logs").join(name)).unwrap();
    assert_eq!((log("a%2Fb.log").as_str(), log("a_b.log").as_str()), ("1\n", "2\n"));
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_plan() {
    let output = pgrun(&["-j1", "-j2"], "\u{feff}{\"id\":\"a\",\"cmd\":[\"true\"]}\n");
    assert_eq!(decided(&events(&out(&output)))["a"]["result"], "success");
}

#[test]
fn the_events_of_a_plan_go_on_to_the_next_program_and_into_a_file() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("run.ndjson");
    let output = pgrun(&["--events", file.to_str().unwrap()], r#"{"id":"a","cmd":["true"]}"#);
    assert_eq!(fs::read_to_string(&file).unwrap(), out(&output));
    assert_eq!(decided(&events(&out(&output)))["a"]["result"], "success");
    let lines = pgrun(&["--events", file.to_str().unwrap(), "echo", ":::", "a"], "");
    assert_eq!(out(&lines), "a\n");
}

#[test]
fn much_output_comes_whole_and_in_order_however_it_is_kept() {
    // the first is streamed and the second kept; those after them write to files in
    // memory, one of them until it is more than may be kept there
    let dir = TempDir::new().unwrap();
    let text = "seq 6 | $P -k -j2 'seq {}000000 {}700000; echo e{} >&2' 2>err >got; \
                for n in 1 2 3 4 5 6; do seq ${n}000000 ${n}700000; done | cmp - got && \
                sort err | tr '\\n' ' '; \
                printf '70000000\\n5000000\\n5000000\\n' >sizes; \
                $P -j3 -a sizes 'head -c {} /dev/zero' | wc -c; \
                { echo 3000000; echo 90000000; echo 90000000; } >sizes; \
                $P -j1 -k -a sizes 'head -c {} /dev/zero | tr \"\\0\" {}' | tr -d '\\n' | wc -c; \
                $P -j2 -k -a sizes 'head -c {} /dev/zero' >/dev/full; echo $?";
    let said = script(dir.path(), text);
    assert_eq!(said, "e1 e2 e3 e4 e5 e6 80000000\n183000000\n255\n");
}

#[test]
fn a_command_that_opens_its_output_by_name_writes_over_nothing() {
    let dir = TempDir::new().unwrap();
    let text = "seq 4 | $P -k -j2 'seq 200000; echo a{} >/dev/stdout; echo b{} >/dev/stdout' |
                grep '[ab]' | tr '\\n' ' '";
    assert_eq!(script(dir.path(), text), "a1 b1 a2 b2 a3 b3 a4 b4 ");
}
