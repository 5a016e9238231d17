//! `--slot-init`: what comes before the first job of each slot.

use super::*;

fn dir() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn all_slots_are_made_ready_at_once_and_before_their_first_job() {
    let dir = dir();
    // each set-up waits for a word of ours, so all of them are there before one goes on
    let out = script(
        dir.path(),
        r#"mkfifo alive go1 go2 go3; exec 4<>alive
           $P -j3 --slot-init 'echo {%} >alive; read x <go$PG_SLOT; mkdir d{%}' \
               'test -d d{%} && echo {}' ::: a b c d e >out & run=$!
           read -u4 x; read -u4 y; read -u4 z; printf '%s\n' $x $y $z | sort | xargs
           test -s out || echo nothing has begun
           echo >go1; echo >go2; echo >go3; wait $run; echo $?; sort out | xargs"#,
    );
    assert_eq!(out, "1 2 3\nnothing has begun\n0\na b c d e\n");
}

#[test]
fn a_set_up_has_its_slot_alone_and_leaves_jobs_their_environment() {
    let out = script(
        dir().path(),
        r#"$P -k -j1 --slot-init 'env | grep -e ^PG_ -e ^PARALLEL_JOB | grep -v ^PG_RUN= | sort
               export Z=1; cd /; printf end' 'echo {} ${Z-none}; test "$PWD" = / || echo here' ::: a b 2>&1"#,
    );
    let told = ["PARALLEL_JOBSLOT0=0", "PARALLEL_JOBSLOT=1", "PG_SLOT=1", "end"];
    let told: String = told.iter().map(|line| format!("pgrun: slot 1: {line}\n")).collect();
    assert_eq!(out, format!("{told}a none\nhere\nb none\nhere\n"));
}

#[test]
fn a_failure_is_told_with_its_slot_and_ends_the_run_without_a_loss() {
    // the job of the other slot is let end
    let out = script(
        dir().path(),
        r#"mkfifo go; run() { $P "$@" 'test -e again || echo >go; echo {}' ::: a b 2>&1; }
           run -j2 --log log --slot-init 'test {%} = 1 || { read x <go; exit 7; }'; echo $?
           touch again; run -k -j1 --log log --resume --slot-init 'echo ok'; echo $?"#,
    );
    let mut first: Vec<&str> = out.lines().take(2).collect();
    first.sort_unstable();
    assert_eq!(first, ["a", "pgrun: slot 2: --slot-init failed: exit 7; nothing more is started"]);
    let rest: Vec<&str> = out.lines().skip(2).filter(|line| !line.contains("log")).collect();
    assert_eq!(rest, ["255", "pgrun: slot 1: ok", "b", "0"], "{out}");
}

#[test]
fn operations_are_skipped_and_the_end_names_the_loss() {
    let ops =
        "{\"id\":\"a\",\"cmd\":\"true\"}\n{\"id\":\"b\",\"cmd\":\"true\",\"needs\":[\"a\"]}\n";
    let output = pgrun(&["-j2", "--slot-init", "kill -9 $$"], ops);
    assert_eq!(output.status.code(), Some(255));
    let events = events(&out(&output));
    let told = "slot 1: --slot-init failed: signal 9; nothing more is started";
    assert_eq!(events.last().unwrap()["lost"], serde_json::json!([told]));
    let decided = decided(&events);
    assert_eq!(decided.len(), 2);
    assert!(decided.values().all(|end| end["reason"] == "halt" && end["type"] == "op.skip"));
}

#[test]
fn it_is_ended_with_the_run_however_that_ends() {
    for signal in ["TERM", "KILL"] {
        // whoever is left of the set-ups has the pipe open
        let text = format!(
            r#"mkfifo held alive; exec 4<>alive
               setsid $P -j2 --grace 0.1 \
                   --slot-init 'exec 9>held; trap "" TERM; echo $PPID >alive; sleep 1000' true ::: a b 2>err &
               exec 5<held; read -u4 run; read -u4 run; kill -{signal} $run; cat <&5; wait; echo all gone"#
        );
        assert_eq!(script(dir().path(), &text), "all gone\n", "{signal}");
    }
}

#[test]
fn it_writes_to_standard_error_whatever_the_grouping() {
    for grouping in ["--group", "-k", "--lb", "-u"] {
        let args = ["-j1", grouping, "--slot-init", "echo o; echo e >&2", "echo", ":::", "x"];
        let output = pgrun(&args, "");
        assert_eq!(out(&output), "x\n", "{grouping}");
        let prefix = if grouping == "-u" { "" } else { "pgrun: slot 1: " };
        assert_eq!(err(&output), format!("{prefix}o\n{prefix}e\n"), "{grouping}");
    }
    let none = pgrun(&["--slot-init", " ", "true", ":::", "x"], "");
    assert_eq!(
        (err(&none).as_str(), none.status.code()),
        ("pgrun: --slot-init needs a command\n", Some(255))
    );
}
