//! `-j auto`, and slots that several runs divide.

use super::*;
use std::io::{BufRead as _, BufReader};

fn changes(text: &str) -> Vec<Value> {
    events(text).into_iter().filter(|event| event["type"] == "throttle.change").collect()
}

/// Commands of which each says that it runs and then waits for a line.
const MEETING: &str = "echo {} >here; read -r _ <go";

/// Sixteen commands that wait meet, with however few CPUs: what was told of the slots.
fn sixteen_meet(jobs: &str) -> Vec<Value> {
    let dir = TempDir::new().unwrap();
    let (here, go) = (fifo(&dir, "here"), fifo(&dir, "go"));
    // both ends, so that no command waits for another to open the file
    let open = |path: &str| fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let (here, mut go) = (open(&here), open(&go));
    let args = ["-j", jobs, "--explain", "--events", "run", "--total-timeout", "120"];
    let command = [MEETING, ":::"].map(str::to_string);
    let numbers: Vec<String> = (1..=16).map(|n| n.to_string()).collect();
    let all: Vec<&str> =
        args.into_iter().chain(command.iter().chain(&numbers).map(String::as_str)).collect();
    let run = started(&all, dir.path());
    let met = BufReader::new(here).lines().take(16).count();
    assert_eq!(met, 16);
    go.write_all(&b"\n".repeat(16)).unwrap();
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", err(&output));
    assert!(err(&output).contains("acted: -j "), "{}", err(&output));
    changes(&fs::read_to_string(dir.path().join("run")).unwrap())
}

#[test]
fn commands_that_wait_become_many() {
    let told = sixteen_meet("auto:1..16");
    assert!(told.iter().all(|change| !change["reason"].as_str().unwrap().is_empty()));
    assert_eq!(told.iter().map(|change| change["to"].as_u64().unwrap()).max(), Some(16));
}

/// Work of each class, with a place for its number. Who computes does so before all others of the
/// machine, whatever else it has to do; who waits does so for what nobody writes.
const CLASSES: [(&str, &str); 4] = [
    ("cpu", "exec chrt -f 1 python3 -c 'from time import *\nwhile process_time() < .3: pass' {}"),
    ("io", "exec dd if=/dev/zero of=f{} bs=16k count=50 oflag=dsync conv=fsync"),
    ("wait", "exec bash -c 'read -r -t 0.1{} <>pipe; true'"),
    (
        "mixed",
        "exec chrt -f 1 python3 -c 'from time import *\nwhile process_time() < .2: pass\nsleep(.3)' {}",
    ),
];

#[test]
fn work_is_of_the_class_that_the_kernel_counts() {
    if !Command::new("chrt").args(["-f", "1", "true"]).status().is_ok_and(|of| of.success()) {
        println!("skipped: others may take the CPUs: real-time priority is not for us");
        return;
    }
    // files in memory have no blocks
    let dir = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fifo(&dir, "pipe");
    for (class, work) in CLASSES {
        let args = ["-j1", "--events", class, work, ":::", "1", "2", "3", "4", "5"];
        let ran = started(&args, dir.path()).wait_with_output().unwrap();
        assert!(ran.status.success(), "{class}: {}", err(&ran));
        let told = tool("pgstat")
            .args(["workload", "--json"])
            .arg(dir.path().join(class))
            .output()
            .unwrap();
        let told = events(&out(&told));
        assert_eq!((told.len(), &told[0]["class"]), (1, &class.into()), "{told:?}");
    }
}

#[test]
fn commands_that_wait_are_found_and_have_places_of_their_own() {
    let told = sixteen_meet("cpu=1,wait=16");
    let reasons: Vec<&str> = told.iter().map(|change| change["reason"].as_str().unwrap()).collect();
    assert!(
        reasons.iter().any(|reason| reason.contains(" waits") && reason.ends_with(": 16 at once"))
    );
    assert!(told.iter().all(|change| change["from"] == 17 && change["to"] == 17), "{told:?}");
}

/// Of one family all are let through by what one of them did before.
#[test]
fn time_that_was_waited_for_a_place_is_told() {
    let dir = TempDir::new().unwrap();
    let events_to = dir.path().join("run");
    let args = ["-j", "cpu=1,wait=1", "--events", events_to.to_str().unwrap(), "true", ":::"];
    let run = pgrun(&[&args[..], &["1", "2", "3"]].concat(), "");
    assert!(run.status.success(), "{}", err(&run));
    let told = events(&fs::read_to_string(events_to).unwrap());
    let waited = |event: &&Value| {
        event["blocked_s"].as_object().is_some_and(|blocked| {
            blocked.contains_key("slot:cpu") || blocked.contains_key("slot:wait")
        })
    };
    assert!(told.iter().filter(waited).count() > 0);
}

#[test]
fn what_is_switched_off_changes_nothing() {
    let run =
        pgrun(&["-j", "auto", "--no-adapt", "--events", "-", "-k", "true", ":::", "1", "2"], "");
    assert!(run.status.success(), "{}", err(&run));
    assert!(changes(&out(&run)).is_empty());
    let fixed = pgrun(&["-j4", "--events", "-", "true", ":::", "1", "2", "3"], "");
    assert!(changes(&out(&fixed)).is_empty());
}

#[test]
fn each_manner_runs_everything() {
    for manner in ["aggressive", "conservative", "stepwise"] {
        let args = ["-j", "auto:2..8", "--adapt", manner, "--adapt-every", "20ms", "--events", "-"];
        let lines: String = (0..60).map(|n| format!("{n}\n")).collect();
        let run =
            tool("pgrun").args(args).args(["-v", "true"]).write_stdin(lines).output().unwrap();
        assert!(run.status.success(), "{manner}: {}", err(&run));
        let told = events(&out(&run));
        let ended = told.iter().filter(|event| event["type"] == "op.end").count();
        assert_eq!(ended, 60, "{manner}");
        for change in changes(&out(&run)) {
            let to = change["to"].as_u64().unwrap();
            assert!((2..=8).contains(&to), "{manner}: {change}");
        }
    }
}

#[test]
fn what_means_nothing_is_refused() {
    for (args, said) in [
        (vec!["-j", "auto:0..4"], "write auto, or auto:LEAST..MOST"),
        (vec!["-j", "auto:9..4"], "write auto, or auto:LEAST..MOST"),
        (vec!["-j4", "--adapt", "aggressive"], "give -j auto, too"),
        (vec!["-j", "auto", "--adapt-every", "1ms"], "the shortest is 10ms"),
        (vec!["-j", "cpu=2,cpu=3"], "say once how many of cpu, as in cpu=2,wait=16"),
        (vec!["-j", "cpu=2,wait=many"], "-j many: write N, N%"),
        (vec!["-j0", "--share", "x"], "-j 0 has no limit"),
    ] {
        let run = pgrun(&[&args[..], &["true", ":::", "1"]].concat(), "");
        assert_eq!(run.status.code(), Some(255), "{args:?}");
        assert!(err(&run).contains(said), "{args:?}: {}", err(&run));
    }
}

#[test]
fn two_runs_of_one_name_divide_their_slots() {
    let dir = TempDir::new().unwrap();
    fifo(&dir, "here");
    fifo(&dir, "go");
    let locks = dir.path().join("locks").display().to_string();
    let shared = ["-j4", "--share", "build", "--lock-dir", locks.as_str()];
    let first = started(&[&shared[..], &[MEETING, ":::", "1"]].concat(), dir.path());
    // it runs, so it has joined
    assert_eq!(fs::read_to_string(dir.path().join("here")).unwrap(), "1\n");
    let numbers = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let run = |more: &[&str]| {
        let args = [&shared[..], more, &["--events", "-", "true", ":::"], &numbers].concat();
        let output = started(&args, dir.path()).wait_with_output().unwrap();
        assert!(output.status.success(), "{}", err(&output));
        let told = events(&out(&output));
        let slots = told.iter().filter(|event| event["type"] == "op.end");
        slots.map(|event| event["slot"].as_u64().unwrap()).max().unwrap()
    };
    assert!(run(&[]) <= 2, "half of four");
    fs::write(dir.path().join("go"), "\n").unwrap();
    assert!(first.wait_with_output().unwrap().status.success());
    let alone = tool("pgrun")
        .args(shared)
        .args(["--events", "-", "true", ":::", "1"])
        .current_dir(dir.path())
        .output()
        .unwrap();
    assert!(changes(&out(&alone)).is_empty(), "all four are its own again");
}
