//! Where a sandbox refuses `clone3`, as containers do, the older call does.

use super::*;

#[test]
fn commands_are_started_without_clone3() {
    let dir = TempDir::new().unwrap();
    let traced = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3"])
        .args(["-e", "inject=clone3:error=ENOSYS"])
        .arg(env!("CARGO_BIN_EXE_pgrun"))
        .args(["-j2", "--events", "events", "-k", "echo {}; exit {}"])
        .args([":::", "0", "3", "0"])
        .current_dir(dir.path())
        .output();
    let Ok(output) = traced else {
        println!("skipped: strace is not installed");
        return;
    };
    if err(&output).contains("PTRACE") {
        println!("skipped: strace may not trace here: {}", err(&output));
        return;
    }
    let text = fs::read_to_string(dir.path().join("events")).unwrap();
    assert_eq!((output.status.code(), out(&output)), (Some(1), "0\n3\n0\n".into()), "{text}");
    let events = events(&text);
    let exits: Vec<&Value> =
        events.iter().filter(|e| e["type"] == "op.end").map(|e| &e["exit"]).collect();
    assert_eq!(exits.len(), 3);
    let last = events.last().unwrap();
    // nothing can be born in a control group then
    assert_eq!(last["containment"], "group+subreaper+guardian");
}

#[test]
fn without_clone3_a_missing_program_is_told_as_with_it() {
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3"])
        .args(["-e", "inject=clone3:error=ENOSYS"])
        .arg(env!("CARGO_BIN_EXE_pgrun"))
        .args(["/no/such/program", "{}", ":::", "a"])
        .output();
    let Ok(output) = output else {
        println!("skipped: strace is not installed");
        return;
    };
    if err(&output).contains("PTRACE") {
        println!("skipped: strace may not trace here: {}", err(&output));
        return;
    }
    let usual = pgrun(&["/no/such/program", "{}", ":::", "a"], "");
    assert_eq!(output.status.code(), usual.status.code());
    assert_eq!(err(&output), err(&usual));
}
