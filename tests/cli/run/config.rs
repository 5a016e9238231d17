//! Options of files, profiles and variables, and numbers of slots that are worked out.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

/// A home and a working folder, with files in them.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new(files: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        for (name, text) in files {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        }
        std::fs::create_dir_all(dir.path().join("w")).unwrap();
        Place { dir }
    }

    fn run(&self, env: &[(&str, &str)], args: &[&str]) -> Output {
        let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_pgrun"));
        for name in ["PARALLEL", "PGRUN_OPTIONS", "XDG_CONFIG_HOME", "PARALLEL_HOME", "CI"] {
            command.env_remove(name);
        }
        command.env("HOME", self.dir.path()).current_dir(self.dir.path().join("w"));
        command.envs(env.iter().copied()).args(args).output().unwrap()
    }

    /// The row of an option in --show-config: its value, and who said it.
    fn said(&self, option: &str, env: &[(&str, &str)], args: &[&str]) -> (String, String) {
        let output = self.run(env, &[args, &["--show-config"]].concat());
        let text = out(&output);
        let row = text.lines().find(|row| row.split_whitespace().next() == Some(option));
        let row = row.unwrap();
        let mut cells = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).skip(1);
        let home = self.dir.path().to_str().unwrap();
        let mut next = || cells.next().unwrap_or_default().replace(home, "~");
        (next(), next())
    }
}

const OWN: &str = ".config/pgtools/pgrun.conf";

#[test]
fn the_later_layer_wins_and_each_value_names_its_source() {
    let files = [(OWN, "# mine\n--jobs=3 --retries=2\n"), ("w/pg.conf", "\n-j4\n")];
    let of = |files: &[(&str, &str)], env: &[(&str, &str)], args: &[&str]| {
        Place::new(files).said("jobs", env, args)
    };
    let pair = |value: &str, source: &str| (value.to_string(), source.to_string());
    let env = [("PGRUN_OPTIONS", "-j6")];
    assert!(of(&[], &[], &[]).1 == "default");
    assert_eq!(of(&files[..1], &[], &[]), pair("3", &format!("~/{OWN}:2")));
    assert_eq!(of(&files, &[], &[]), pair("4", "./pg.conf:2"));
    assert_eq!(of(&files, &[], &["--profile=dev"]), pair("2", "profile dev:2"));
    assert_eq!(of(&files, &[("PARALLEL", "-j5")], &["--profile=dev"]), pair("5", "$PARALLEL"));
    assert_eq!(of(&files, &env, &["--profile=dev"]), pair("6", "$PGRUN_OPTIONS"));
    assert_eq!(of(&files, &env, &["-j7"]), pair("7", "command line"));
    // no habits where a CI system runs it, none where none are wanted
    assert!(of(&files, &[("CI", "true")], &[]).1 == "default");
    assert!(of(&files, &env, &["--plain"]).1 == "default");
    // and a value that no other layer has stays
    let place = Place::new(&files);
    assert_eq!(place.said("retries", &env, &["-j7"]), pair("2", &format!("~/{OWN}:2")));
}

#[test]
fn an_option_takes_the_place_of_those_that_cannot_stand_beside_it() {
    let place = Place::new(&[]);
    let output = place.run(&[], &["--profile=ci", "--halt=never", "echo", ":::", "a"]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("a\n", Some(0)), "{}", err(&output));
    // on one command line they stay what they are
    let output = place.run(&[], &["--on-failure=stop", "--halt=never", "echo", ":::", "a"]);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("cannot be used with"), "{}", err(&output));
}

#[test]
fn a_working_folder_starts_nothing() {
    let refused = |text: &str| {
        let output = Place::new(&[("w/pg.conf", text)]).run(&[], &["echo", ":::", "a"]);
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)), "{text}");
        err(&output)
    };
    for text in ["--shell=/tmp/mine", "--results=/tmp/all", "-k --joblog=/etc/x", "--ops=x"] {
        let message = refused(text);
        assert!(message.starts_with("pgrun: ./pg.conf:1: --"), "{message}");
        assert!(message.contains("is not taken from the file of a working folder"), "{message}");
    }
    assert!(refused("jobs 4").contains("./pg.conf:1: jobs is no option; write --name=value"));
    assert!(refused("-j2\n--nice 'x").contains("./pg.conf: a quote has no end"));
    // a named pipe is no file: nobody waits for its writer
    let place = Place::new(&[("w/.keep", "")]);
    let fifo = place.dir.path().join("w/pg.conf");
    assert!(Command::new("mkfifo").arg(fifo).status().unwrap().success());
    let output = place.run(&[], &["echo", ":::", "a"]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("a\n", Some(0)));
    assert!(err(&output).contains("./pg.conf is left out"), "{}", err(&output));
    // what others may write to is not read
    let place = Place::new(&[("w/pg.conf", "--shell=/tmp/mine\n")]);
    let path = place.dir.path().join("w/pg.conf");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    let output = place.run(&[], &["echo", ":::", "a"]);
    assert_eq!((out(&output).as_str(), output.status.code()), ("a\n", Some(0)));
    assert!(err(&output).starts_with("pgrun: ./pg.conf is left out:"), "{}", err(&output));
}

#[test]
fn profiles_are_files_that_can_be_printed_and_overridden() {
    let place = Place::new(&[(".config/pgtools/profiles/dev", "-j9\n")]);
    let shown = |name: &str| out(&place.run(&[], &[&format!("--show-profile={name}")]));
    let options = |name: &str| {
        let text = shown(name);
        let rows = text.lines().filter(|line| !line.starts_with('#'));
        rows.map(str::to_string).collect::<Vec<_>>()
    };
    let ci = options("ci");
    for option in ["--jobs=4", "--resource=memory=8GiB", "--total-timeout=1800", "--keep-logs=1d"] {
        assert!(ci.iter().any(|row| row == option), "{ci:?}");
    }
    assert!(options("dev").contains(&"--jobs=2".to_string()));
    assert!(options("prod").contains(&"--jobs=200%".to_string()));
    for name in ["dev", "prod", "ci", "lowmem", "cloudvm"] {
        let output = place.run(&[], &[&format!("--profile={name}"), "echo", ":::", "a"]);
        assert_eq!((out(&output).as_str(), output.status.code()), ("a\n", Some(0)), "{name}");
    }
    // the user's own of that name comes before ours
    assert_eq!(place.said("jobs", &[], &["--profile=dev"]).0, "9");
    // only in a CI job is auto anything
    assert_eq!(place.said("jobs", &[("CI", "1")], &["--profile=auto"]).1, "profile ci:2");
    assert_eq!(place.said("jobs", &[], &["--profile=auto"]).1, "default");
    let output = place.run(&[], &["--show-profile=no"]);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("there are dev, prod, ci, lowmem, cloudvm"));
}

#[test]
fn what_the_prod_profile_promises_is_there() {
    let output = Place::new(&[]).run(&[], &["--profile=prod", "--show-config"]);
    let memory = out(&output).lines().find(|row| row.contains("memory=")).unwrap().to_string();
    let total = std::fs::read_to_string("/proc/meminfo").unwrap();
    let kib: u64 = total.split_whitespace().nth(1).unwrap().parse().unwrap();
    if kib < 32 << 20 {
        assert!(memory.contains(&format!("memory={}", kib << 10)), "{memory}");
        assert!(err(&output).contains("memory=32GiB is more than this machine has"));
    } else {
        assert!(memory.contains("memory=32GiB"), "{memory}");
    }
}

#[test]
fn the_ci_profile_ends_a_run_and_its_processes_in_time() {
    let place = Place::new(&[(".config/pgtools/profiles/fast", "--total-timeout 0.2\n")]);
    let args = ["--profile=ci", "--profile=fast", "sleep", ":::", "1000"];
    assert_eq!(place.run(&[], &args).status.code(), Some(124));
}

#[test]
fn old_runs_are_forgotten_and_new_ones_kept() {
    let place = Place::new(&[]);
    let kept = |args: &[&str]| {
        let all = [&["--history=../kept"], args, &["true", ":::", "a"]].concat();
        assert_eq!(place.run(&[], &all).status.code(), Some(0));
        let logs = std::fs::read_dir(place.dir.path().join("kept")).unwrap().flatten();
        logs.filter(|entry| entry.path().to_string_lossy().contains(".ndjson")).count()
    };
    assert_eq!([kept(&[]), kept(&["--keep-logs=1d"])], [1, 2]);
    // all before this one began at least a microsecond ago
    assert!(kept(&["--keep-logs=0"]) <= 1);
}

#[test]
fn slots_of_formulas_and_kinds_of_work_are_explained() {
    let place = Place::new(&[]);
    let said = |args: &[&str]| {
        let output = place.run(&[], &[&["--explain"], args, &["true", ":::", "a"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        err(&output)
    };
    let text = said(&["-j", "min(3, 64*cpu, net/1k + mem)"]);
    assert!(text.starts_with("pgrun: -j 'min(3, 64*cpu, net/1k + mem)': 3 slots (cpu "), "{text}");
    assert!(text.contains("pgrun:   3: 3, which decides\n"), "{text}");
    assert!(
        said(&["-j", "net", "--load-factor", "0.5"])
            .contains(" x 3 x load factor 0.5, at most 32)")
    );
    assert!(said(&["-j4", "--load", "auto"]).starts_with("pgrun: load factor "));
    let output = place.run(&[], &["-j", "min(2*cpus", "true", ":::", "a"]);
    assert_eq!(output.status.code(), Some(255));
    assert!(err(&output).contains("-j 'min(2*cpus': character 7: cpus is no name;"));
}

#[test]
fn the_limits_follow_what_the_process_may_have() {
    let limits = |prefix: &str| {
        let line = format!("{prefix} {} --show-limits=json", env!("CARGO_BIN_EXE_pgrun"));
        let output = assert_cmd::Command::new("bash").args(["-c", &line]).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&output.stdout).unwrap()
    };
    let one = limits("taskset -c 0");
    assert_eq!((&one["cpu"], &one["jobs"]["default"]), (&1.into(), &1.into()));
    let few = limits("ulimit -n 100; ulimit -u 4000;");
    assert_eq!(few["files"], 100);
    assert!(few["processes"].as_u64().unwrap() <= 4000);
    assert!(few["memory_free_bytes"].as_u64() <= few["memory_bytes"].as_u64());
}

#[test]
fn what_is_no_option_is_told_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let said = |env: &[(&str, &str)], args: &[&str]| {
        let mut command = tool("pgrun");
        command.current_dir(dir.path()).env_remove("CI").env("HOME", dir.path());
        let output =
            command.envs(env.iter().copied()).args(args).args(["true", ":::", "1"]).output();
        let output = output.unwrap();
        assert_eq!(output.status.code(), Some(255));
        err(&output)
    };
    for name in ["PARALLEL", "PGRUN_OPTIONS"] {
        let told =
            format!("pgrun: ${name}: there is no option --bogus; pgrun -h shows those there are\n");
        assert_eq!(said(&[(name, "-j2 --bogus=1")], &[]), told);
    }
    let asked = tool("pgrun").env("PGRUN_OPTIONS", "--version").output().unwrap();
    assert!(asked.status.success(), "{}", err(&asked));
    fs::write(dir.path().join("pg.conf"), b"--jobs=2\n--jobs=\xff\n").unwrap();
    assert_eq!(said(&[], &[]), "pgrun: ./pg.conf:2: --jobs=\u{fffd} is no UTF-8\n");
}

#[test]
fn a_value_that_is_wrong_is_told_with_its_place() {
    let file = [(OWN, "# mine\n--timeout=soon\n")];
    let said = |files: &[(&str, &str)], env: &[(&str, &str)], args: &[&str]| {
        let place = Place::new(files);
        let output = place.run(env, &[args, &["echo", ":::", "a"]].concat());
        assert_eq!((out(&output).as_str(), output.status.code()), ("", Some(255)));
        err(&output).replace(place.dir.path().to_str().unwrap(), "~")
    };
    let starts = |said: String, with: &str| assert!(said.starts_with(with), "{said}");
    starts(said(&[], &[("PGRUN_OPTIONS", "-j x")], &[]), "pgrun: $PGRUN_OPTIONS: -j x: write N");
    // refused by the parser, which knows no places
    let retries = [("PARALLEL", "--retries=x")];
    starts(said(&[], &retries, &[]), "pgrun: $PARALLEL: invalid value 'x' for '--retries <N>'");
    starts(said(&file, &[], &[]), &format!("pgrun: ~/{OWN}:2: --timeout soon: "));
    starts(said(&file, &[], &["--timeout=late"]), "pgrun: --timeout late: ");
    starts(said(&[], &[("PGRUN_OPTIONS", "-j2")], &["-jx"]), "pgrun: -j x: write N");
}
