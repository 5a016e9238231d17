//! Input and command lines at the edges of what is allowed: what the page's INPUT says.

use super::*;
use std::os::unix::fs::symlink;

/// Runs under a name of its own, with these variables, without those of a CI system.
fn called(name: &str, env: &[(&str, &str)], args: &[&str], input: &[u8]) -> Output {
    let dir = TempDir::new().unwrap();
    let link = dir.path().join(name);
    symlink(env!("CARGO_BIN_EXE_pgrun"), &link).unwrap();
    let mut command = assert_cmd::Command::new(link);
    command.env("HOME", dir.path()).current_dir(&dir).env_remove("PARALLEL");
    command.envs(env.iter().copied()).args(args).write_stdin(input).output().unwrap()
}

/// A run that is refused: one line, which begins with the name and is returned.
fn refused(name: &str, env: &[(&str, &str)], args: &[&str]) -> String {
    let output = called(name, env, args, b"");
    let text = err(&output);
    assert_eq!(output.status.code(), Some(255), "{args:?}: {text}");
    assert_eq!((text.lines().count(), out(&output).as_str()), (1, ""), "{args:?}: {text}");
    assert!(text.starts_with(&format!("{name}: ")), "{args:?}: {text}");
    text
}

#[test]
fn an_empty_input_is_no_job() {
    for (name, args) in [
        ("pgrun", &["echo"][..]),
        ("pgrun", &["-X", "echo"]),
        ("pgrun", &["--pipe", "cat"]),
        ("parallel", &["echo"]),
        ("parallel", &[]),
    ] {
        let output = called(name, &[], args, b"");
        assert_eq!(
            (output.status.code(), out(&output), err(&output)),
            (Some(0), "".into(), "".into())
        );
    }
}

#[test]
fn lines_end_with_a_newline_or_with_the_input() {
    for name in ["pgrun", "parallel"] {
        let printed = |input: &[u8]| called(name, &[], &["-k", "printf '<%s>' {}"], input).stdout;
        assert_eq!(printed(b"a\nb"), b"<a><b>");
        assert_eq!(printed(b"a\nb\n"), b"<a><b>");
        assert_eq!(printed(b"a\n\n"), b"<a><>");
        // a carriage return is part of the line
        assert_eq!(printed(b"a\r\nb\r\n"), b"<a\r><b\r>");
        // and so is every other byte
        assert_eq!(printed(b"\xff\xfe\n\xc3\x28"), b"<\xff\xfe><\xc3\x28>");
    }
    assert_eq!(out(&called("pgrun", &[], &["-r", "-k", "echo"], b"a\n\nb\n")), "a\nb\n");
}

#[test]
fn a_nul_byte_is_an_error_of_its_job_alone() {
    let output = called("parallel", &[], &["-k", "echo"], b"a\nb\0c\nd\n");
    assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), "a\nd\n"));
    let text = err(&output);
    assert!(text.starts_with("parallel: standard input:2: ") && text.contains("say -0"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn an_argument_that_the_kernel_does_not_take_is_an_error_of_its_job_alone() {
    let dir = TempDir::new().unwrap();
    let list = dir.path().join("list.txt");
    fs::write(&list, format!("a\n{}\nb\n", "x".repeat(200_000))).unwrap();
    let list = list.to_str().unwrap();
    // directly, and by a shell
    for command in ["echo {}", "echo {} | cat"] {
        let output = called("pgrun", &[], &["-k", "-a", list, command], b"");
        assert_eq!((output.status.code(), out(&output).as_str()), (Some(1), "a\nb\n"), "{command}");
        let text = err(&output);
        assert!(text.starts_with(&format!("pgrun: {list}:2: ")), "{text}");
        assert!(text.contains("more than the kernel takes") && text.len() < 500, "{text}");
    }
    // what it does take: 128 KiB with the byte that ends it
    let line = "x".repeat((128 << 10) - 1);
    assert_eq!(called("pgrun", &[], &["echo"], line.as_bytes()).stdout.len(), 128 << 10);
}

#[test]
fn lists_of_any_length_are_packed() {
    let all: String = (0..500_000u32).map(|n| format!("{n}\n")).collect();
    assert!(all.len() > 3_000_000);
    for flags in [&["-X"][..], &["-m"], &["-n", "100000"]] {
        let args = [&["-k"], flags, &["printf '%s\\n' {} | cat"]].concat();
        let output = called("pgrun", &[], &args, all.as_bytes());
        assert!(output.status.success() && out(&output) == all, "{flags:?}: {}", err(&output));
    }
}

#[test]
fn a_command_that_is_not_found_is_named_and_is_127() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("events");
    for command in ["no-such-program-here", "./no-such-program-here"] {
        let args = ["--events", file.to_str().unwrap(), command, ":::", "a"];
        let output = called("pgrun", &[], &args, b"");
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains(command), "{}", err(&output));
        let events = events(&fs::read_to_string(&file).unwrap());
        assert_eq!(decided(&events)["1"]["exit"], 127, "{command}");
    }
    let (status, ends, said) = plan(&[], r#"{"id":"gone","cmd":["no-such-program-here"]}"#);
    assert_eq!((status, &ends["gone"]["exit"]), (1, &Value::from(127)));
    assert!(said.contains("pgrun: gone: error (no-such-program-here: not found)"), "{said}");
}

#[test]
fn an_unknown_option_suggests_the_nearest() {
    for (name, option, nearest) in [
        ("pgrun", "--jbos", "--jobs"),
        ("parallel", "--keep-ordre", "--keep-order"),
        ("parallel", "--jolog", "--joblog"),
        ("sem", "--semaphornema", "--semaphorename"),
    ] {
        let text = refused(name, &[], &[option, "echo", ":::", "a"]);
        assert!(text.contains(&format!("'{option}'")), "{text}");
        assert!(text.contains(&format!("'{nearest}'")), "{text}");
    }
}

#[test]
fn options_that_are_not_taken_say_what_is_instead() {
    for (names, instead) in ::tool::run::REFUSED {
        for name in *names {
            let option = if name.len() == 1 { format!("-{name}") } else { format!("--{name}") };
            let text = refused("parallel", &[], &[&option, "x", "echo", ":::", "a"]);
            assert_eq!(text, format!("parallel: {option} is not taken: {instead}\n"));
        }
    }
}

#[test]
fn options_from_elsewhere_name_where_they_come_from() {
    let text = refused("parallel", &[("PARALLEL", "--tag 'open")], &["echo", ":::", "a"]);
    assert!(
        text.contains("PARALLEL") && text.contains("a quote has no end: --tag 'open"),
        "{text}"
    );
    let text = refused("pgrun", &[("PARALLEL", "-S host")], &["echo", ":::", "a"]);
    assert!(text.contains("-S is not taken"), "{text}");
    for name in ["pgrun", "parallel"] {
        let text = refused(name, &[], &["--profile", "gone", "echo", ":::", "a"]);
        assert!(text.contains("--profile gone: no such file: /"), "{text}");
    }
}
