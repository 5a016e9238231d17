//! Memory, CPU and emergencies: who waits, who makes room, what jobs may have.

use super::*;
use std::io::{BufRead as _, BufReader};

/// A job that has 80 MB until its pipe is closed, then a word.
const HOG: &str = "(head -c 80000000 /dev/zero; cat pipe{}) | tail -n 1 >/dev/null; echo {}";

fn pipes(dir: &Path, names: &[&str]) {
    for name in names {
        let made = Command::new("mkfifo").arg(dir.join(name)).status().unwrap();
        assert!(made.success());
    }
}

/// Waits for its reader, and lets it go on.
fn close(dir: &Path, name: &str) {
    drop(fs::OpenOptions::new().write(true).open(dir.join(name)).unwrap());
}

/// The events of a run, one by one, as they come.
fn listening(args: &[&str], dir: &Path) -> (Child, impl Iterator<Item = Value> + use<>) {
    let args = [&["--events", "-"], args].concat();
    let mut child = started(&args, dir);
    drop(child.stdin.take());
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let event = |line: std::io::Result<String>| serde_json::from_str(&line.unwrap()).ok();
    (child, lines.filter_map(event))
}

#[test]
fn the_youngest_makes_room_and_comes_back() {
    let dir = TempDir::new().unwrap();
    pipes(dir.path(), &["pipe1", "pipe2"]);
    let args = ["-j2", "--mem-limit", "100M", HOG, ":::", "1", "2"];
    let (mut child, mut events) = listening(&args, dir.path());
    let evicted = events.find(|event| event["type"] == "op.end").unwrap();
    assert_eq!((&evicted["id"], &evicted["evicted"]), (&"2".into(), &true.into()), "{evicted}");
    assert_eq!((&evicted["final"], &evicted["result"]), (&Value::Null, &"cancellation".into()));
    close(dir.path(), "pipe1");
    let again = events.find(|event| event["type"] == "op.start").unwrap();
    assert_eq!((&again["id"], &again["attempt"]), (&"2".into(), &2.into()));
    close(dir.path(), "pipe2");
    let rest: Vec<Value> = events.collect();
    let end = rest.last().unwrap();
    assert_eq!((&end["type"], &end["evicted"]), (&"run.end".into(), &1.into()), "{end}");
    assert!(end["held"]["own-memory"].as_u64() >= Some(1), "{end}");
    assert!(child.wait().unwrap().success());
}

#[test]
fn starts_wait_for_memory_in_the_group_that_we_are_in() {
    let Some(group) = memory_group("pgtest-max-mem", 1 << 30) else { return };
    let inside = format!("echo $$ >'{}/cgroup.procs'; exec \"$0\" \"$@\"", group.display());
    let job = "head -c 200000000 /dev/zero | tail -n 1 | wc -c; true {}";
    let rules = ["-j8", "--max-mem", "40%", "--evict", "youngest", "--delay", "300ms"];
    let words: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let output = Command::new("sh")
        .args(["-c", &inside, env!("CARGO_BIN_EXE_pgrun")])
        .stdin(Stdio::null())
        .args(rules)
        .args(["--events", "-", job, ":::"])
        .args(&words)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let events: Vec<Value> = text.lines().filter_map(|l| serde_json::from_str(l).ok()).collect();
    assert!(fs::remove_dir(&group).is_ok());
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(events.iter().all(|event| event["oom"] != true), "{text}");
    assert_eq!(text.lines().filter(|line| *line == "200000000").count(), 8, "{text}");
}

/// A control group with a limit of its memory, where we may make one.
fn memory_group(name: &str, bytes: u64) -> Option<PathBuf> {
    let text = fs::read_to_string("/proc/self/cgroup").unwrap();
    let of = |mark: &str| text.lines().find_map(|line| Some(line.split_once(mark)?.1.to_string()));
    let name = format!("{name}-{}", std::process::id());
    let places = [
        (of(":memory:"), "/sys/fs/cgroup/memory", "memory.limit_in_bytes"),
        (of("0::"), "/sys/fs/cgroup", "memory.max"),
    ];
    for (inner, mount, file) in places {
        let Some(inner) = inner else { continue };
        let group = Path::new(mount).join(inner.trim_start_matches('/')).join(&name);
        if fs::create_dir(&group).is_ok() {
            if fs::write(group.join(file), bytes.to_string()).is_ok() {
                return Some(group);
            }
            fs::remove_dir(&group).unwrap();
        }
    }
    println!("skipped: no control group with a memory limit can be made here");
    None
}

#[test]
fn a_job_that_takes_more_than_it_may_is_killed_alone_and_repeated_where_that_is_asked_for() {
    let job = "head -c {}000000 /dev/zero | tail -n 1 | wc -c";
    let run = |more: &[&str]| {
        let args = [&["--op-mem", "60M", "--events", "-"], more, &[job, ":::", "200", "1"]];
        let output = pgrun(&args.concat(), "");
        let text = out(&output);
        let ends: Vec<Value> = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|event| event["type"] == "op.end")
            .collect();
        (output.status.code(), ends, err(&output))
    };
    let (_, ends, said) = run(&["--retries", "3"]);
    if said.contains("no control group can be had") {
        println!("skipped: no control group for a job's memory can be had here");
        return;
    }
    let of = |id: &str, ends: &[Value]| -> Vec<Value> {
        ends.iter().filter(|end| end["id"] == id).cloned().collect()
    };
    // its shell ends well: what it waited for was counted by wc, and killed before
    let big = of("1", &ends);
    assert_eq!(big.len(), 1, "its own limit is the same the next time: {ends:?}");
    assert_eq!(of("2", &ends)[0]["result"], "success");
    let job = "exec python3 -c \"x=bytearray({}000000)\"";
    let run_exact = |more: &[&str]| {
        let args = [&["--op-mem", "60M", "--events", "-"], more, &[job, ":::", "200", "1"]];
        events(&out(&pgrun(&args.concat(), "")))
            .into_iter()
            .filter(|event| event["type"] == "op.end")
            .collect::<Vec<_>>()
    };
    let ends = run_exact(&["--retries", "3"]);
    let big = of("1", &ends);
    assert_eq!((big.len(), &big[0]["oom"]), (1, &true.into()), "{ends:?}");
    assert_eq!(big[0]["reason"], "signal 9, memory had run out");
    assert_eq!(of("2", &ends)[0]["result"], "success");
    let ends = run_exact(&["--retry-oom", "2"]);
    assert_eq!(of("1", &ends).len(), 3, "{ends:?}");
}

#[test]
fn the_kernel_holds_jobs_to_their_part_of_the_cpus() {
    let show = "grep -E ':(cpu|cpu,cpuacct|cpuacct,cpu):|^0::' /proc/self/cgroup; true {}";
    let output = pgrun(&["-j2", "--cpu-limit", "50%", show, ":::", "1", "2"], "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let text = out(&output);
    if !text.contains("pgrun-") {
        println!("skipped: no control group with the cpu controller can be had here");
        return;
    }
    // stopped and let go on by us it ends as well
    let spin = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; echo {}";
    let output = pgrun(&["-k", "-j2", "--cpu-limit", "60", spin, ":::", "1", "2"], "");
    assert_eq!((out(&output).as_str(), output.status.code()), ("1\n2\n", Some(0)));
}

#[test]
fn an_emergency_is_told_and_leaves_one_slot() {
    let dir = TempDir::new().unwrap();
    pipes(dir.path(), &["pipe1", "pipe2", "pipe3"]);
    // a rule that always holds, since some memory is always used
    let rules = "mem>0.001: jobs*0.1";
    let job = "cat pipe{}; echo {}";
    let args = ["-j2", "--emergency", rules, job, ":::", "1", "2", "3"];
    let (mut child, mut events) = listening(&args, dir.path());
    let change = events.find(|event| event["type"] == "throttle.change").unwrap();
    assert_eq!((&change["from"], &change["to"]), (&2.into(), &1.into()), "{change}");
    let reason = change["reason"].as_str().unwrap();
    assert!(reason.starts_with("emergency: mem "), "{reason}");
    assert!(reason.ends_with("> 0.001: jobs*0.1"), "{reason}");
    for name in ["pipe1", "pipe2", "pipe3"] {
        close(dir.path(), name);
    }
    assert_eq!(events.last().unwrap()["counts"]["success"], 3);
    assert!(child.wait().unwrap().success());
}

#[test]
fn all_rules_at_once_let_jobs_run_where_there_is_enough() {
    let rules = ["--max-mem", "100", "--mem-limit", "1T", "--mem-soft", "50%", "--max-cpu", "100%"];
    let more = ["--emergency", "io_psi>99: hold; mem_psi>99: hold; cpu>99.9: hold; load>1e6: hold"];
    let output = pgrun(&[&rules[..], &more, &["-k", "echo", ":::", "a", "b"]].concat(), "");
    let said = err(&output);
    if said.contains("pressure/") {
        println!("skipped: this kernel has no pressure stall information: {said}");
        return;
    }
    assert_eq!((out(&output).as_str(), output.status.code()), ("a\nb\n", Some(0)), "{said}");
}

#[test]
fn rules_that_mean_nothing_are_told() {
    for (args, said) in [
        (&["--max-mem", "0"][..], "--max-mem 0: write a percentage above 0, up to 100"),
        (&["--max-mem", "101%"], "--max-mem 101%: write a percentage"),
        (&["--max-cpu", "x"], "--max-cpu x: write a percentage"),
        (&["--cpu-limit", "-5"], "--cpu-limit"),
        (&["--mem-limit", "0"], "--mem-limit 0: write a size such as 512M"),
        (&["--mem-limit", "1Q"], "--mem-limit"),
        (&["--mem-soft", "5"], "--mem-limit"),
        (&["--op-mem", "many"], "--op-mem"),
        (&["--retry-oom", "x"], "--retry-oom"),
        (&["--evict", "youngest"], "--evict is about --max-mem"),
        (&["--evict", "oldest"], "--evict"),
        (
            &["--emergency", "mem>95 hold"],
            "--emergency 'mem>95 hold': write FIGURE>NUMBER: MEASURE",
        ),
    ] {
        let output = pgrun(&[args, &["true", ":::", "a"]].concat(), "");
        assert_eq!(output.status.code(), Some(255), "{args:?}");
        let text = err(&output);
        assert!(text.contains(said) && text.starts_with("pgrun: "), "{args:?}: {text}");
    }
}
