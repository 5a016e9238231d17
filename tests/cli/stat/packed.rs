//! Logs that are packed.

use super::{err, log, out};
use crate::tool;
use std::process::{Command, Stdio};

#[test]
fn a_packed_log_is_read_as_it_would_be_unpacked() {
    let plain = tool("pgstat").args(["--json"]).arg(log("lock.ndjson")).output().unwrap();
    let gzip = Command::new("gzip").arg("-c").arg(log("lock.ndjson")).output().unwrap().stdout;
    let packed = tool("pgstat").arg("--json").write_stdin(gzip.clone()).output().unwrap();
    assert_eq!((err(&packed), out(&packed)), (String::new(), out(&plain)));
    // what was cut off is told, and the rest reported
    let cut = &gzip[..gzip.len() - 10];
    let packed = tool("pgstat").arg("--json").write_stdin(cut).output().unwrap();
    assert_eq!(packed.status.code(), Some(65));
    let said = err(&packed);
    assert!(said.starts_with("pgstat: standard input: its packed bytes end too early"), "{said}");
    assert!(out(&packed).starts_with("{\"type\":\"report\""), "{}", out(&packed));
}

#[test]
fn a_pipe_that_has_no_more_for_a_while_is_no_packed_file() {
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_pgstat"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut pipe = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut pipe, b"{").unwrap();
    std::io::Write::write_all(&mut pipe, b"}\n").unwrap();
    drop(pipe);
    let output = child.wait_with_output().unwrap();
    assert!(err(&output).contains("no events, samples or job log"), "{}", err(&output));
}
