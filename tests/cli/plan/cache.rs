//! `pgplan --cache`.

use super::Ran;
use crate::tool;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A folder with a plan, and a place to keep views.
struct Place(TempDir);

impl Place {
    fn new() -> Place {
        let place = Place(TempDir::new().unwrap());
        place.write("ops.ndjson", "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":1}\n");
        place
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "", &[])
    }

    fn run_with(&self, args: &[&str], input: &str, env: &[(&str, &str)]) -> Ran {
        let mut command = tool("pgplan");
        command.args(args).current_dir(self.path()).write_stdin(input);
        command.env("XDG_CACHE_HOME", self.path().join("cache")).env_remove("WHO");
        let out = command.envs(env.iter().copied()).output().unwrap();
        Ran {
            status: out.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&out.stdout).into_owned(),
            err: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }

    /// Runs, and runs again: the same, and the second comes from the cache.
    fn twice(&self, args: &[&str], input: &str) {
        let first = self.run_with(args, input, &[]);
        assert!(!first.err.contains(HIT), "{args:?}: {}", first.err);
        let second = self.run_with(args, input, &[]);
        assert_eq!((second.status, &second.out), (first.status, &first.out), "{args:?}");
        let (said, hit) = second.err.split_at(first.err.len());
        assert_eq!(said, first.err, "{args:?}");
        assert!(hit.contains(HIT) && hit.lines().count() == 1, "{args:?}: {hit}");
    }
}

const HIT: &str = "pgplan: from the cache: ";

#[test]
fn the_same_is_shown_again_with_its_status_and_what_was_said() {
    let place = Place::new();
    place.write(
        "bad.ndjson",
        "{\"id\":\"a\",\"cmd\":\"x\"}\n{\"id\":\n{\"id\":\"b\",\"cmd\":\"x\",\"needs\":[\"c\"]}\n",
    );
    place.write("cycle.edges", "a b\nb a\n");
    for verb in ["plan", "levels", "summary", "lint", "table", "schedule"] {
        for file in ["ops.ndjson", "bad.ndjson", "cycle.edges"] {
            place.twice(&[verb, "--cache", file], "");
        }
    }
    place.twice(&["plan", "--cache=elsewhere/a", "-"], "{\"id\":\"s\",\"cmd\":\"x\"}\n");
    assert!(place.path().join("elsewhere/a").is_dir());
    assert!(place.path().join("cache/pgtools/plan").is_dir());
}

#[test]
fn what_changes_is_planned_anew() {
    let place = Place::new();
    let hit = |args: &[&str]| place.run(args).err.contains(HIT);
    let plan = ["plan", "--cache", "ops.ndjson"];
    assert!(!hit(&plan) && hit(&plan));
    // touched, but the same
    place.write("ops.ndjson", "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":1}\n");
    assert!(hit(&plan));
    place.write("ops.ndjson", "{\"id\":\"b\",\"cmd\":\"x\",\"duration\":1}\n");
    assert!(!hit(&plan) && hit(&plan));
    // and back: the first is still kept
    place.write("ops.ndjson", "{\"id\":\"a\",\"cmd\":\"x\",\"duration\":1}\n");
    assert!(hit(&plan));
    assert!(!hit(&["plan", "--cache", "-j2", "ops.ndjson"]), "another command line");
    assert!(place.run(&["plan", "ops.ndjson"]).err.is_empty(), "without --cache");
    let stdin = |input| place.run_with(&["plan", "--cache", "-"], input, &[]).err.contains(HIT);
    assert!(!stdin("{\"cmd\":\"x\"}") && !stdin("{\"cmd\":\"y\"}") && stdin("{\"cmd\":\"x\"}"));
}

#[test]
fn everything_that_was_read_counts() {
    let place = Place::new();
    place.write("m/module.yaml", "module:\n  id: m\n  operations:\n    - id: one\n    - id: two\n");
    let op = |id: &str, text: &str| {
        format!(
            "operation:\n  id: {id}\n  template:\n    type: bash\n    command: \"echo {text}\"\n"
        )
    };
    place.write("m/operations/1.yaml", &op("one", "{{WHO}} {{FROM}}"));
    place.write("vars", "FROM=here\n");
    place.write("rules", "echo\techo\n");
    let args = [
        "plan",
        "--cache",
        "--vars",
        "vars",
        "--lock-rules",
        "rules",
        "--partial",
        "m/module.yaml",
    ];
    let run = |who: &str| place.run_with(&args, "", &[("WHO", who)]);
    let changed = |what: &str| {
        let (first, second) = (run("me"), run("me"));
        assert!(!first.err.contains(HIT), "{what}: {}", first.err);
        assert!(second.err.contains(HIT), "{what}: {}", second.err);
        assert_eq!((first.out, first.status), (second.out, second.status), "{what}");
    };
    changed("the first time");
    place.write("m/operations/2.yaml", &op("two", "x"));
    changed("a file more in the folder");
    place.write("m/operations/2.yaml", &op("two", "y"));
    changed("a file in the folder");
    place.write("vars", "FROM=there\n");
    changed("a file of variables");
    place.write("rules", "echo\tother\n");
    changed("a file of rules");
    let other = run("you");
    assert!(!other.err.contains(HIT) && other.out.contains("you"), "a variable: {}", other.err);
    fs::remove_file(place.path().join("m/operations/1.yaml")).unwrap();
    changed("a file less");
}

#[test]
fn a_history_counts_with_every_log_in_its_folder() {
    let place = Place::new();
    place.write("ops.ndjson", "{\"id\":\"a\",\"cmd\":\"x\"}\n");
    let log = |end| format!("# ninja log v5\n0\t{end}\t0\ta\t0\n");
    place.write("past/1.log", &log(2000));
    let args = ["plan", "--cache", "--history", "past", "ops.ndjson"];
    place.twice(&args, "");
    place.write("past/1.log", &log(3000));
    place.twice(&args, "");
    place.write("past/2.log", &log(4000));
    place.twice(&args, "");
}

#[test]
fn files_are_replaced_and_compared_all_the_same() {
    let place = Place::new();
    let args = ["levels", "--cache", "-o", "out", "ops.ndjson"];
    assert_eq!(place.run(&args).err, "");
    place.write("out", "changed");
    assert!(place.run(&args).err.contains(HIT));
    assert_eq!(fs::read_to_string(place.path().join("out")).unwrap(), "1\ta\n");
    let check = ["levels", "--cache", "--check", "-o", "out", "ops.ndjson"];
    for _ in 0..2 {
        let ran = place.run(&check);
        assert_eq!((ran.status, ran.out.as_str(), ran.err.as_str()), (0, "", ""));
    }
    place.write("out", "changed");
    assert_eq!(place.run(&check).status, 1);
}

#[test]
fn without_a_place_it_goes_on_or_says_where_to_put_it() {
    let place = Place::new();
    let ran = place.run(&["levels", "--cache=ops.ndjson/x", "ops.ndjson"]);
    assert_eq!((ran.status, ran.out.as_str()), (0, "1\ta\n"));
    assert!(ran.err.contains("ops.ndjson/x") && ran.err.lines().count() == 1, "{}", ran.err);
    let ran = place.run_with(
        &["levels", "--cache", "ops.ndjson"],
        "",
        &[("XDG_CACHE_HOME", "relative"), ("HOME", "")],
    );
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("--cache=DIR"), "{}", ran.err);
    // what cannot be read is told as without a cache
    let ran = place.run(&["levels", "--cache", "absent"]);
    assert_eq!(ran.status, 65);
    assert!(ran.err.contains("absent") && ran.err.lines().count() == 1, "{}", ran.err);
}
