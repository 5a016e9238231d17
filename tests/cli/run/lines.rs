//! A command for each line or argument.

use super::*;

#[test]
fn version_names_the_records() {
    assert_eq!(out(&pgrun(&["--version"], "")), "pgrun 0.1.0 (records version 1)\n");
}

#[test]
fn lines_arguments_and_combinations() {
    assert_eq!(out(&pgrun(&["-k", "echo", "{}"], "b\na\n\nc")), "b\na\n\nc\n");
    assert_eq!(
        out(&pgrun(&["-k", "echo", "{2}-{1}", ":::", "a", "b", ":::", "1", "2"], "")),
        "1-a\n2-a\n1-b\n2-b\n"
    );
    assert_eq!(out(&pgrun(&["-k", ":::", "echo x", "echo 'y  z'"], "")), "x\ny  z\n");
    assert_eq!(out(&pgrun(&["-k0", "printf", "%s."], "a b\0c\nd\0")), "a b.c\nd.");
    assert_eq!(out(&pgrun(&["-k", "--tag", "printf 'x\\ny'", ":::", "a"], "")), "a\tx\na\ty");
}

#[test]
fn data_never_becomes_code() {
    let nasty = [
        "$(touch hit)",
        "`touch hit`",
        "; touch hit",
        "'; touch hit; '",
        "\"; touch hit; \"",
        "a\\",
        "*",
        "~",
        "-n",
        "",
        "\n#",
    ];
    let dir = TempDir::new().unwrap();
    for template in [
        "printf '<%s>' {} | cat",
        "printf \"<%s>\" \"{}\" | cat",
        "sh -c 'printf \"<%s>\" \"$1\"' - {}",
    ] {
        let mut command = tool("pgrun");
        command.current_dir(&dir).args(["-k", template, ":::"]).args(nasty);
        let want: String = nasty.iter().map(|word| format!("<{word}>")).collect();
        assert_eq!(out(&command.output().unwrap()), want, "{template}");
    }
    assert!(!dir.path().join("hit").exists());
}

#[test]
fn the_first_line_runs_before_the_input_ends() {
    let dir = TempDir::new().unwrap();
    let mut run = started(&["-j1", "echo", "got"], dir.path());
    let mut input = run.stdin.take().unwrap();
    input.write_all(b"one\n").unwrap();
    let mut first = [0u8; 8];
    run.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert_eq!(&first, b"got one\n");
    drop(input);
    assert!(run.wait().unwrap().success());
}

#[test]
fn statuses_count_failures() {
    let status = |args: &[&str], input: &str| pgrun(args, input).status.code().unwrap();
    assert_eq!(status(&["true"], "a\nb\n"), 0);
    assert_eq!(status(&["exit"], "0\n1\n2\n"), 2);
    let many: String = (0..120).map(|_| "1\n").collect();
    assert_eq!(status(&["exit"], &many), 101);
    assert_eq!(status(&["--halt", "now,fail=1", "-j1", "exit"], "0\n7\n1\n"), 7);
    assert_eq!(status(&["--halt", "soon,success=1", "-j1", "exit"], "3\n0\n1\n"), 0);
    assert_eq!(status(&["no-such-program-here"], "a\n"), 1);
}

#[test]
fn a_wrong_command_line_says_what_is_right() {
    let cases: [(&[&str], &str); 8] = [
        (&["-j", "many", "true"], "-j many: write N, N%, +N, -N, 0 for no limit"),
        (&["--halt", "later,fail=1", "true"], "--halt later,fail=1: write never, or such as"),
        (&["--resource", "memory", "true"], "write NAME=AMOUNT, such as memory=8GiB"),
        (&["--ops", "/no/such/file"], "/no/such/file: No such file or directory"),
        (&["-a", "/", "true"], "/: is a folder; name a file"),
        (&["--timeout", "soon", "true"], "\"soon\" is no duration"),
        (&["--bogus"], "--bogus"),
        (&["x `y {}`", ":::", "a"], "stands in backquotes, where an argument cannot be quoted"),
    ];
    for (args, message) in cases {
        let output = pgrun(args, "");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        let text = err(&output);
        assert!(text.starts_with("pgrun: ") && text.contains(message), "{args:?}: {text}");
        assert_eq!(text.lines().count(), 1, "{text}");
    }
    let empty = pgrun(&[], "");
    assert_eq!(empty.status.code(), Some(255));
    assert!(err(&empty).contains("standard input is empty"));
    assert_eq!(pgrun(&["--allow-empty"], "").status.code(), Some(0));
    assert_eq!(pgrun(&["true"], "").status.code(), Some(0));
}

#[test]
fn the_job_log_has_gnu_parallels_columns() {
    let dir = TempDir::new().unwrap();
    let log = dir.path().join("log");
    pgrun(&["-j1", "--joblog", log.to_str().unwrap(), "printf xy; exit {}"], "0\n3\n");
    let text = fs::read_to_string(log).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        rows[0].join(" "),
        "Seq Host Starttime JobRuntime Send Receive Exitval Signal Command"
    );
    assert_eq!((rows[1][0], rows[1][1], rows[1][5], rows[1][6]), ("1", ":", "2", "0"));
    assert_eq!((rows[2][6], rows[2][7], rows[2][8]), ("3", "0", "printf xy; exit 3"));
}

#[test]
fn the_run_is_over_in_time_or_ends() {
    let output = pgrun(&["--total-timeout", "0.05", "sleep 1000 #{}", ":::", "a"], "");
    assert_eq!(output.status.code(), Some(124));
}

#[test]
fn descriptors_that_are_named_are_passed_on() {
    let pgrun = env!("CARGO_BIN_EXE_pgrun");
    let script = format!(
        "{pgrun} -k cat ::: <(echo one) <(echo two); {pgrun} 'ls /proc/self/fd | wc -l; echo {{}} >/dev/null' ::: 1 7</dev/null"
    );
    let output = Command::new("bash").args(["-c", &script]).output().unwrap();
    // 0, 1, 2 and the one that ls itself has open
    assert_eq!(out(&output), "one\ntwo\n4\n", "{}", err(&output));
}
