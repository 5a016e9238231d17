//! Several items in one command: when a batch leaves, how many it has, whose its output is.

use super::*;
use std::io::{BufRead as _, BufReader};

#[test]
fn a_batch_leaves_when_it_is_full_or_its_oldest_item_has_waited() {
    let dir = TempDir::new().unwrap();
    let args = ["-k", "--batch", "3", "--batch-wait", "20ms", "--batch-jobs", "2", "echo {}"];
    let mut run = started(&args, dir.path());
    let mut input = run.stdin.take().unwrap();
    let mut printed = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut next = || printed.next().unwrap().unwrap();
    // it is not full, and the input is still open: time alone lets it go
    input.write_all(b"1\n").unwrap();
    assert_eq!(next(), "1");
    input.write_all(b"2\n3\n4\n5\n6\n7\n8\n").unwrap();
    assert_eq!([next(), next(), next()], ["2 3 4", "5 6 7", "8"]);
    drop(input);
    assert_eq!(run.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_time_a_batch_waits_until_it_is_full() {
    let output = pgrun(
        &["-k", "--batch", "10", "echo {}"],
        &(1..=25).map(|n| format!("{n}\n")).collect::<String>(),
    );
    let lines: Vec<usize> = out(&output).lines().map(|line| line.split(' ').count()).collect();
    assert_eq!(lines, [10, 10, 5]);
}

#[test]
fn each_line_of_a_batch_is_given_back_to_its_item() {
    let by_order = ["-k", "--batch", "3", "--batch-results", "order"];
    let args =
        [&by_order[..], &["printf '%s\\n' {} | tr a-z A-Z", ":::", "a", "b", "c", "d"]].concat();
    let output = pgrun(&args, "");
    assert_eq!(out(&output), "a\tA\nb\tB\nc\tC\nd\tD\n");
    let args =
        [&by_order[..], &["printf '%s\\n' {} | head -2", ":::", "a", "b", "c", "d"]].concat();
    let output = pgrun(&args, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("its output has 2 lines for 3 items"), "{}", err(&output));
    let by_key = ["--batch", "2", "--batch-results", "key", "for i in {}; do echo $i is; done"];
    assert_eq!(pgrun(&[&by_key[..], &[":::", "a", "b", "c"]].concat(), "").status.code(), Some(0));
    let lost = ["--batch", "2", "--batch-results", "key", "echo b", ":::", "a", "b"];
    let output = pgrun(&lost, "");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("no line of its output begins with a"), "{}", err(&output));
}

#[test]
fn how_many_items_are_worth_a_start_is_learnt() {
    let dir = TempDir::new().unwrap();
    let lines: String = (0..4000).map(|n| format!("{n}\n")).collect();
    fs::write(dir.path().join("items"), &lines).unwrap();
    let args = ["-j1", "-k", "--chunk", "auto", "-a", "items", "--joblog", "log"];
    let run = started(&[&args[..], &["printf '%s\\n' {}"]].concat(), dir.path());
    let output = run.wait_with_output().unwrap();
    assert_eq!(out(&output), lines, "every item once, in order");
    let commands = fs::read_to_string(dir.path().join("log")).unwrap().lines().count() - 1;
    assert!(commands < 2000, "{commands} commands for 4000 items");
}

#[test]
fn operations_are_not_put_together() {
    for args in [&["--batch", "2"][..], &["--chunk", "auto"], &["-n2"], &["-L", "2"]] {
        let output = pgrun(args, "{\"id\":\"a\",\"cmd\":\"touch a\"}\n");
        assert_eq!((output.status.code(), out(&output)), (Some(255), String::new()), "{args:?}");
        assert!(err(&output).contains("an operation has its own"), "{args:?}: {}", err(&output));
        assert_eq!(err(&output).lines().count(), 1);
    }
    assert_eq!(pgrun(&["-n1"], "{\"id\":\"a\",\"cmd\":\"true\"}\n").status.code(), Some(0));
}

#[test]
fn what_contradicts_itself_is_refused() {
    for (args, says) in [
        (&["--batch", "0"][..], "a batch of 0 items"),
        (&["--batch-results", "order"], "add --batch N"),
        (&["--chunk", "some"], "write auto"),
        (&["-X", "--batch", "3"], "leave them away"),
        (&["--key", "{}"], "--key limits nothing by itself"),
        (&["--rate", "10"], "10/s"),
        (&["--key-limit", "x"], "NAME=10"),
        (&["--priority-rule=x"], "tail=1"),
        (&["--retry-after=wait"], "parentheses"),
    ] {
        let output = pgrun(&[args, &["true", ":::", "1"]].concat(), "");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        assert!(err(&output).contains(says), "{args:?}: {}", err(&output));
    }
}
