//! `--redact`: secrets of command lines stand in nothing that is written down.

use super::*;

const SECRET: &str = "s3cret";

/// Everything below a folder that holds the secret.
fn holding(dir: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path));
        } else if fs::read(&path).unwrap().windows(SECRET.len()).any(|w| w == SECRET.as_bytes()) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn a_secret_in_a_command_is_written_nowhere() {
    let dir = TempDir::new().unwrap();
    let logs =
        ["--events", "events", "--joblog", "jl", "--junit", "junit.xml", "--results", "r.csv"];
    let output = tool("pgrun")
        .args(["--redact", "token=(\\S+)", "-v", "--log", "log", "--halt", "now,fail=9"])
        .args(logs)
        .args(["test", "token=s3cret", "=", "{}", ":::", "token=s3cret", "else"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    // the commands had the true words: only the second test fails
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(holding(dir.path()), Vec::<String>::new());
    let said = out(&output) + &err(&output);
    assert!(!said.contains(SECRET) && said.contains("token=***"), "{said}");
    for log in ["events", "log", "jl", "junit.xml", "r.csv"] {
        let text = fs::read_to_string(dir.path().join(log)).unwrap();
        assert!(text.contains("token=***"), "{log}: {text}");
    }
}

#[test]
fn the_book_of_a_lock_and_events_of_operations_show_no_secret() {
    let dir = TempDir::new().unwrap();
    let ops = r#"{"id":"a","locks":["l"],"cmd":["sh","-c","cat locks/*; exit 3","sh","s3cret"]}"#;
    let output = tool("pgrun")
        .args(["--redact=s3cret"])
        .env("PG_LOCK_DIR", dir.path().join("locks"))
        .current_dir(dir.path())
        .write_stdin(ops)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = out(&output) + &err(&output);
    assert!(!said.contains(SECRET), "{said}");
    // the book as the command saw it, the event, and what is repeated at the end
    assert!(said.matches("***").count() >= 3, "{said}");
    assert_eq!(holding(dir.path()), Vec::<String>::new());
}

#[test]
fn what_is_no_pattern_is_refused_before_anything_runs() {
    let output = pgrun(&["--redact", "(", "echo", ":::", "a"], "");
    assert_eq!(output.status.code(), Some(255));
    assert_eq!(out(&output), "");
    let said = "pgrun: --redact (: unclosed group; give a regular expression\n";
    assert_eq!(err(&output), said);
}
