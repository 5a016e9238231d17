//! Where commands run, what they see, in which order, and who is asked before.

use super::*;

fn parallel(dir: &TempDir, text: &str) -> String {
    let link = dir.path().join("parallel");
    if !link.exists() {
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pgrun"), &link).unwrap();
    }
    script(dir.path(), &format!("P=./parallel; {text}"))
}

#[test]
fn a_working_folder_with_replacement_strings_is_made() {
    let dir = TempDir::new().unwrap();
    let text =
        "$P -j1 --workdir 'w/{}' 'basename \"$PWD\"; :' ::: 1 '2 3'; $P --wd . 'pwd; :' ::: 1";
    let here = fs::canonicalize(dir.path()).unwrap();
    assert_eq!(parallel(&dir, text), format!("1\n2 3\n{}\n", here.display()));
    // under its own name a folder that is not there is a mistake
    let output = tool("pgrun").args(["-C", "no/such", "true", ":::", "a"]).output().unwrap();
    assert_ne!(output.status.code(), Some(0));
    assert!(err(&output).contains("working folder"), "{}", err(&output));
}

#[test]
fn a_folder_of_its_own_for_each_job_is_removed() {
    let dir = TempDir::new().unwrap();
    let text = "mkdir t; $P -j1 --tmpdir t --workdir ... 'touch x; ls; pwd; :' ::: 1 2 >out; \
                grep -c '^x$' out; grep / out | sort -u | wc -l; ls t";
    assert_eq!(script(dir.path(), text), "2\n2\n");
}

#[test]
fn what_jobs_see() {
    let dir = TempDir::new().unwrap();
    let text = "$P -j1 'echo $PARALLEL_SEQ $PARALLEL_JOBSLOT $PARALLEL_JOBSLOT0; :' ::: a b; \
                $P -j1 --process-slot-var FOO 'echo $FOO ${PARALLEL_JOBSLOT0-unset}; :' ::: a; \
                export PARALLEL_JOBSLOT0=7 FOO=8; \
                $P 'env | grep -c ^PARALLEL_JOBSLOT0=; :' ::: a; \
                $P --process-slot-var FOO 'env | grep ^FOO=; :' ::: a";
    assert_eq!(script(dir.path(), text), "1 1 0\n2 1 0\n0 unset\n1\nFOO=0\n");
}

#[test]
fn shuffled_jobs_are_all_there_and_numbered_as_they_run() {
    let dir = TempDir::new().unwrap();
    let text = "seq 100 | $P -k --shuf 'echo {#} {}' >out; cut -d' ' -f1 out | cmp - <(seq 100) && \
                cut -d' ' -f2 out | sort -n | cmp - <(seq 100) && echo all; \
                cut -d' ' -f2 out | cmp -s - <(seq 100) || echo mixed; \
                $P -k --shuf echo ::: a b ::: 1 2 | sort | tr '\\n' ' '";
    assert_eq!(script(dir.path(), text), "all\nmixed\na 1 a 2 b 1 b 2 ");
}

#[test]
fn whether_a_command_starts_is_asked_on_the_terminal() {
    let dir = TempDir::new().unwrap();
    // script(1) gives it one
    let text = "printf 'y\\nno\\n Yes\\n' | script -qec \"$P -j1 -p 'echo ran' ::: a b c\" /dev/null | \
                tr -d '\\r' | grep -c '^.*ran a$\\|^.*ran c$'";
    assert_eq!(script(dir.path(), text), "2\n");
    let output = Command::new("setsid")
        .args(["-w", env!("CARGO_BIN_EXE_pgrun"), "-p", "echo", ":::", "a"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!((output.status.code(), out(&output)), (Some(255), String::new()));
    assert!(err(&output).starts_with("pgrun: -p asks on the terminal"), "{}", err(&output));
}
