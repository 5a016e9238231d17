//! `--out`: files that are put in their places whole.

use super::*;

/// Names in the folder, our own for what is written beside included.
fn names(dir: &TempDir) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

fn said(dir: &TempDir, text: &str) -> String {
    script(dir.path(), &format!("exec 2>&1; {text}"))
}

#[test]
fn each_job_has_its_file_and_nothing_stays_beside() {
    let dir = TempDir::new().unwrap();
    let text = "for i in a 'b c'; do echo $i >\"$i.log\"; done; \
                $P --out '{.}.up' 'tr a-z A-Z <{} >{out}' ::: *.log; echo $?; cat *.up";
    assert_eq!(said(&dir, text), "0\nA\nB C\n");
    assert_eq!(names(&dir), ["a.log", "a.up", "b c.log", "b c.up"]);
}

#[test]
fn the_place_in_the_shell_does_not_matter() {
    let dir = TempDir::new().unwrap();
    for command in ["touch {out}", "touch \"{out}\"", "touch '{out}'", "touch \"$PG_OUT\"; :"] {
        let text = format!("$P --out 'x {{}}' {} ::: \"it's\"; echo $?", quoted(command));
        assert_eq!(said(&dir, &text), "0\n", "{command}");
        assert_eq!(names(&dir), ["x it's"], "{command}");
        fs::remove_file(dir.path().join("x it's")).unwrap();
    }
}

fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

#[test]
fn a_failure_leaves_the_old_file_and_a_repetition_begins_anew() {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("a"), "old").unwrap();
    assert_eq!(said(&dir, "$P --out {} 'echo new >{out}; false' ::: a; echo $?; cat a"), "1\nold");
    let text = "$P --retries 2 --out {} 'test ! -e {out} || exit 9; echo $PG_ATTEMPT >{out}; \
                test $PG_ATTEMPT = 2' ::: a; echo $?; cat a";
    assert_eq!(said(&dir, text), "0\n2\n");
    let text = "$P --fail-if bad --out {} 'echo bad; echo worse >{out}' ::: a; echo $?; cat a";
    // the command's own status is 0: why it failed is ours to say
    let why = "pgrun: This job failed (its output matches fail_if: bad): echo bad; echo worse >a";
    assert_eq!(said(&dir, text), format!("bad\n{why}\n1\n2\n"));
    let timeout = "$P -s --timeout 0.1 --out {} 'echo late >{out}; trap \"exit 0\" TERM; \
                   sleep 1000 & wait' ::: a; echo $?; cat a";
    assert_eq!(said(&dir, timeout), "1\n2\n");
    assert_eq!(names(&dir), ["a"]);
}

#[test]
fn what_was_not_written_is_a_failure() {
    let dir = TempDir::new().unwrap();
    let text = "$P -v --out {}.o true ::: a; echo $?";
    let said = said(&dir, text);
    assert!(said.contains("its output a.o: was not written; {out} and $PG_OUT name where to"));
    assert!(said.ends_with("\n1\n"), "{said}");
    let text = "$P --out no/{} 'touch {out}' ::: a; $P --out {}/ 'touch {out}' ::: b; \
                $P --out {} 'touch {out2}' ::: c; echo $?";
    let said = script(dir.path(), &format!("exec 2>&1; {text}"));
    for line in [
        "pgrun: job 1: error (its output no/a: No such file or directory)",
        "pgrun: job 1: error (its output b/: is no name of a file)",
        "pgrun: {out2}: --out is given 1 times\n255",
    ] {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert_eq!(names(&dir), Vec::<String>::new());
}

#[test]
fn several_outputs_and_folders_and_operations() {
    let dir = TempDir::new().unwrap();
    let text = "mkdir d e; $P --out d/{}.1 --out e/{}.2 'echo 1 >{out}; echo 2 >$PG_OUT2' ::: a; \
                $P -C d --out {}.3 'pwd >{out}' ::: a; cat d/a.1 e/a.2; basename $(cat d/a.3); \
                ls -A d e | cat";
    assert_eq!(said(&dir, text), "1\n2\nd\nd:\na.1\na.3\n\ne:\na.2\n");
    let plan = r#"{"id":"a","cmd":"echo a >{out}","out":["d/x y"]}
{"id":"b","cmd":["cp","d/x y","{out}"],"out":["z"],"needs":["a"]}
{"id":"c","cmd":"exit 1","check":"test -s {out}","out":["z"],"needs":["b"]}
"#;
    fs::write(dir.path().join("plan"), plan).unwrap();
    let text = "$P -s --sync --ops plan >events; echo $?; cat z; grep -c '\"check\"' events";
    assert_eq!(said(&dir, text), "0\na\n1\n");
}

#[test]
fn what_people_and_logs_read_has_the_place() {
    let dir = TempDir::new().unwrap();
    let run = "--out '{}.o' 'echo {} >{out}'";
    let text = format!(
        "$P --dry-run {run} ::: a; $P --joblog log {run} ::: a; tail -1 log | cut -f9; \
         rm a.o; sed -i 's/\\t0\\t0\\techo/\\t1\\t0\\techo/' log; $P --joblog log --retry-failed; cat a.o"
    );
    assert_eq!(said(&dir, &text), "echo a >a.o\necho a >a.o\na\n");
    let plan = r#"{"id":"a","cmd":"echo a >{out}; false","out":["x y"]}"#;
    fs::write(dir.path().join("plan"), plan).unwrap();
    let text = "$P --dry-run --ops plan | cut -f4; $P --ops plan 2>&1 >/dev/null | tail -1";
    assert_eq!(said(&dir, text), "echo a >'x y'; false\npgrun:   a  echo a >'x y'; false\n");
}

#[test]
fn a_run_inside_of_a_run_has_its_own() {
    let dir = TempDir::new().unwrap();
    let text = "$P --out x '$P \"echo \\${PG_OUT-none}; :\" ::: 1 >{out}; : {}' ::: a; cat x";
    assert_eq!(said(&dir, text), "none\n");
}
