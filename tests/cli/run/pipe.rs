//! `--pipe` and its family: the input itself is divided.

use super::{err, out, pgrun, script, started};
use std::fs;
use std::io::{Read as _, Write as _};
use tempfile::TempDir;

/// Numbers from 1, a line each.
fn numbers(last: u32) -> String {
    (1..=last).map(|n| format!("{n}\n")).collect()
}

/// What a run prints that must go well.
fn piped(args: &[&str], input: &str) -> String {
    let output = pgrun(&[&["--pipe", "-k"], args].concat(), input);
    assert!(output.status.success(), "{args:?}: {}", err(&output));
    out(&output)
}

#[test]
fn blocks_of_records() {
    let five = numbers(5);
    assert_eq!(piped(&["-N2", "echo {#} [{}]; cat"], &five), "1 []\n1\n2\n2 []\n3\n4\n3 []\n5\n");
    assert_eq!(piped(&["-L2", "-N1", "tr '\\n' ,; echo"], &five), "1,2,\n3,4,\n5,\n");
    assert_eq!(piped(&["--block", "4", "tr '\\n' ,; echo"], &five), "1,2,\n3,4,\n5,\n");
    assert_eq!(piped(&["--recend", "3\n", "-N1", "tr '\\n' ,; echo"], &five), "1,2,3,\n4,5,\n");
    assert_eq!(piped(&["--recstart", "3", "-N1", "tr '\\n' ,; echo"], &five), "1,2,\n3,4,5,\n");
    let odd = ["--regexp", "--recend", "[24]\\n", "-N1", "--rrs", "tr '\\n' ,; echo"];
    assert_eq!(piped(&odd, &five), "1,\n3,\n5,\n");
    assert_eq!(piped(&["cat"], "no end"), "no end");
    assert_eq!(piped(&["echo ran"], ""), "");
}

#[test]
fn nothing_is_lost_of_many_blocks() {
    let many = numbers(60_000);
    assert_eq!(piped(&["--block", "10k", "-j4", "cat"], &many), many);
    // a block that a pipe does not hold, and a record that a block does not hold
    assert_eq!(piped(&["--block", "7M", "cat"], &many.repeat(10)), many.repeat(10));
    let long = format!("{}\n{many}", "x".repeat(100_000));
    assert_eq!(piped(&["--block", "100", "-j2", "cat"], &long[..110_000]), long[..110_000]);
}

#[test]
fn every_block_has_the_header() {
    let header = |args: &[&str], input: &str| {
        piped(&[&["--header"], args, &["-N2", "tr '\\n' ,; echo"]].concat(), input)
    };
    assert_eq!(header(&[":"], "h\n1\n2\n3\n"), "h,1,2,\nh,3,\n");
    assert_eq!(header(&["2"], "h\ni\n1\n2\n3\n"), "h,i,1,2,\nh,i,3,\n");
    assert_eq!(header(&["(#.*\\n)*"], "#h\n#i\n1\n2\n3\n"), "#h,#i,1,2,\n#h,#i,3,\n");
    assert_eq!(header(&["(#.*\\n)*"], "1\n2\n3\n"), "1,2,\n3,\n");
    // nothing follows it
    assert_eq!(header(&[":"], "h\n"), "");
    assert_eq!(header(&[":"], "h"), "h\n");
}

#[test]
fn a_job_need_not_read() {
    let many = numbers(300_000);
    let output = pgrun(&["--pipe", "--block", "100k", "true"], &many);
    assert!(output.status.success(), "{}", err(&output));
    let output = pgrun(&["--pipe", "--block", "5M", "--halt", "now,fail=1", "exit 3"], &many);
    assert_eq!(output.status.code(), Some(3), "{}", err(&output));
}

#[test]
fn another_attempt_gets_the_same_block() {
    let dir = TempDir::new().unwrap();
    let text = script(
        dir.path(),
        "seq 4 | $P --pipe -k -N2 --retries 2 'tee -a seen.{#}; test -e again.{#} || { >again.{#}; exit 1; }'; cat seen.*",
    );
    assert_eq!(text, "1\n2\n3\n4\n1\n2\n1\n2\n3\n4\n3\n4\n");
}

#[test]
fn the_job_log_tells_what_was_sent() {
    let dir = TempDir::new().unwrap();
    let text = script(
        dir.path(),
        "seq 5 | $P --pipe -j1 -N2 --header : --joblog log 'cat >x; exit {#}'; echo $?; cut -f5-7 log",
    );
    assert_eq!(text, "2\nSend\tReceive\tExitval\n6\t0\t1\n6\t0\t2\n");
}

#[test]
fn a_file_or_a_fifo_in_place_of_standard_input() {
    let dir = TempDir::new().unwrap();
    let kept = dir.path().join("kept");
    fs::create_dir(&kept).unwrap();
    let file = format!("seq 5 | $P --cat --tmpdir {} -k -N2", kept.display());
    let text = script(dir.path(), &format!("{file} 'stat -c %a {{}}; paste -sd, {{}}; cat'"));
    assert_eq!(text, "600\n1,2\n600\n3,4\n600\n5\n");
    assert_eq!(script(dir.path(), &format!("{file} sort -r")), "2\n1\n4\n3\n5\n");
    let text = script(dir.path(), &format!("{file} 'mv {{}} n.{{#}}'; cat n.1 n.2 n.3"));
    assert_eq!(text, numbers(5));
    let fifo = format!("seq 300000 | $P --fifo --tmpdir {} -k --block 900k", kept.display());
    let text = script(
        dir.path(),
        &format!("{fifo} 'test -p {{}} && cat {{}}' | md5sum; seq 300000 | md5sum"),
    );
    let sums: Vec<&str> = text.lines().collect();
    assert_eq!(sums[0], sums[1]);
    // nobody opens it
    assert_eq!(script(dir.path(), &format!("{fifo} 'echo {{#}}'; echo $?")), "1\n2\n3\n0\n");
    assert_eq!(fs::read_dir(&kept).unwrap().count(), 0);
}

#[test]
fn parts_of_a_file() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("n"), numbers(20)).unwrap();
    let part = |args: &str| {
        script(dir.path(), &format!("$P --pipepart -k -j2 {args} 'tr \"\\n\" ,; echo'"))
    };
    assert_eq!(part("-a n --block -1"), "1,2,3,4,5,6,7,8,9,10,11,12,\n13,14,15,16,17,18,19,20,\n");
    let four = "1,2,3,4,5,6,\n7,8,9,10,11,\n12,13,14,15,\n16,17,18,19,\n20,\n";
    assert_eq!(part("-a n --block 10"), four);
    assert_eq!(
        part("-a n --recend '' --block 48"),
        "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,\n20,\n"
    );
    assert_eq!(
        part("-a n --header : --block 25"),
        "1,2,3,4,5,6,7,8,9,10,11,12,13,\n1,14,15,16,17,18,19,20,\n"
    );
    let large = numbers(400_000);
    fs::write(dir.path().join("large"), &large).unwrap();
    let all = script(dir.path(), "$P --pipepart -k -j2 -a large --block -1 cat");
    assert_eq!(all, large);
}

#[test]
fn blocks_go_to_whoever_has_read() {
    let dir = TempDir::new().unwrap();
    let sum = "awk '{ n++; s += $1 } END { print n, s }'";
    let text = script(
        dir.path(),
        &format!(
            "seq 200000 | $P --round-robin -j3 --block 10k wc -l | {sum}; echo 1 | $P --round-robin -j3 wc -l"
        ),
    );
    assert_eq!(text, "3 200000\n1\n");
    // a job that reads no more is followed by another: nothing is left behind
    let text = script(
        dir.path(),
        "seq 300000 | $P --round-robin -j1 --block 500k 'head -c 9 >>h; exec <&-'; echo $?",
    );
    assert_eq!(text, "0\n");
}

#[test]
fn everything_to_every_job() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("n"), numbers(100_000)).unwrap();
    let wanted = "100000\n588895\n100000\n";
    // more jobs than slots: GNU parallel waits for ever
    let tee = "$P --pipe --tee -k -j2 'wc {}' ::: -l -c -w";
    assert_eq!(script(dir.path(), &format!("{tee} < n")), wanted);
    assert_eq!(script(dir.path(), &format!("cat n | {tee}")), wanted);
    assert_eq!(script(dir.path(), "$P --pipepart -a n --tee -k wc {} ::: -l -c -w"), wanted);
    assert_eq!(script(dir.path(), "cat n | $P --pipe --tee -k head -n{} ::: 1 2"), "1\n1\n2\n");
    assert_eq!(script(dir.path(), ": | $P --pipe --tee -k wc {} ::: -l -c"), "0\n0\n");
}

#[test]
fn tee_gives_what_is_there() {
    let dir = TempDir::new().unwrap();
    let mut run =
        started(&["--pipe", "--tee", "-u", "-j2", "head -n1; :", ":::", "a", "b"], dir.path());
    let mut input = run.stdin.take().unwrap();
    input.write_all(b"first\n").unwrap();
    // both have read it while the input goes on
    let mut lines = [0; 12];
    run.stdout.as_mut().unwrap().read_exact(&mut lines).unwrap();
    assert_eq!(&lines, b"first\nfirst\n");
    drop(input);
    assert!(run.wait().unwrap().success());
}

#[test]
fn what_cannot_be_divided_is_said() {
    let said = |args: &[&str], what: &str| {
        let output = pgrun(args, "1\n");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        assert!(err(&output).contains(what), "{args:?}: {}", err(&output));
    };
    said(&["--pipe"], "a command");
    said(&["--pipe", "--ops", "-"], "--ops");
    said(&["--pipe", "--regexp", "--recend", "[", "cat"], "--regexp");
    said(&["--pipe", "--header", "(", "cat"], "--header (");
    said(&["--pipe", "--block", "abc", "cat"], "--block");
    said(&["--pipe", "--block", "-1", "cat"], "--pipepart");
    said(&["--pipe", "cat", ":::", "a"], "--tee");
    said(&["--pipepart", "cat"], "-a FILE");
    said(&["--pipepart", "-a", "/dev/null", "cat"], "no regular file");
    said(&["--pipepart", "-a", "/etc/passwd", "-N1", "cat"], "-N");
    said(&["--round-robin", "--retries", "3", "cat"], "--retries");
    said(&["--cat", "--tee", "cat"], "--cat");
}

#[test]
fn no_file_is_left_when_the_run_is_ended() {
    let dir = TempDir::new().unwrap();
    let kept = dir.path().to_str().unwrap();
    let args = ["--pipe", "--cat", "-u", "--tmpdir", kept, "echo {}; exec sleep 60"];
    let mut run = started(&args, dir.path());
    run.stdin.take().unwrap().write_all(b"1\n").unwrap();
    let mut shown = [0];
    run.stdout.as_mut().unwrap().read_exact(&mut shown).unwrap();
    assert_eq!(fs::read_dir(kept).unwrap().count(), 1);
    let pid = nix::unistd::Pid::from_raw(run.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    run.wait().unwrap();
    assert_eq!(fs::read_dir(kept).unwrap().count(), 0);
}

#[test]
fn a_missing_folder_is_said() {
    let output = pgrun(&["--cat", "--tmpdir", "/nowhere", "cat"], "1\n");
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("/nowhere"), "{}", err(&output));
}
