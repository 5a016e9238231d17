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
    let words: Vec<String> = (0..8).map(|n| n.to_string()).collect();
    let rules = [
        &["-j8", "--max-mem", "40%", "--evict", "youngest", "--delay", "300ms"][..],
        // what it says of itself: for where memory is short
        &["--profile", "lowmem"],
    ];
    let outputs = rules.map(|rules| {
        Command::new("sh")
            .args(["-c", &inside, env!("CARGO_BIN_EXE_pgrun")])
            .stdin(Stdio::null())
            .args(rules)
            .args(["--events", "-", job, ":::"])
            .args(&words)
            .output()
            .unwrap()
    });
    assert!(fs::remove_dir(&group).is_ok());
    for (output, rules) in outputs.iter().zip(rules) {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut events = text.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok());
        assert_eq!(output.status.code(), Some(0), "{rules:?}: {text}");
        assert!(events.all(|event| event["oom"] != true), "{rules:?}: {text}");
        let done = text.lines().filter(|line| *line == "200000000").count();
        assert_eq!(done, 8, "{rules:?}: {text}");
    }
}

/// Time in which tasks of this machine stood still for memory so far, microseconds.
fn stood_still() -> Option<u64> {
    let text = fs::read_to_string("/proc/pressure/memory").ok()?;
    text.split_whitespace().find_map(|word| word.strip_prefix("total=")?.parse().ok())
}

#[test]
fn the_kernel_tells_that_memory_is_short_and_the_machine_is_looked_at() {
    let dir = TempDir::new().unwrap();
    let skip = |why: &str| {
        println!(
            "skipped: the_kernel_tells_that_memory_is_short_and_the_machine_is_looked_at: {why}"
        );
    };
    let Some(before) = stood_still() else { return skip("no pressure stall information") };
    // writers in groups that are far too small, until the word is there
    let job = "n=0; until grep -q EPOLLPRI trace || [ $n -ge 300 ]; do \
               dd if=/dev/zero of=out{} bs=1M count=40 2>/dev/null; n=$((n+1)); done";
    let traced = Command::new("strace")
        .args(["-f", "-o", "trace", "-e", "trace=epoll_wait,pread64"])
        .arg(env!("CARGO_BIN_EXE_pgrun"))
        .args(["-j3", "--max-mem", "100%", "--op-mem", "8M", job, ":::", "1", "2", "3"])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .output();
    let Ok(output) = traced else { return skip("no strace") };
    let said = err(&output);
    if said.contains("no control group can be had") || said.contains("ptrace") {
        return skip(&said);
    }
    assert_eq!(output.status.code(), Some(0), "{said}");
    let trace = fs::read_to_string(dir.path().join("trace")).unwrap();
    let Some((_, after)) = trace.split_once("EPOLLPRI") else {
        // far more than it asks to be told of
        let told_of = stood_still().is_none_or(|now| now - before < 3_000_000);
        assert!(told_of, "tasks stood still, and nobody told");
        return skip("the disk is too fast for tasks to stand still here");
    };
    assert!(after.contains("MemTotal"), "{after}");
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

/// A job that ends when the kernel has held its group back, and says how often.
const UNTIL_THROTTLED: &str = r#"
for mount in /sys/fs/cgroup/cpu /sys/fs/cgroup/cpu,cpuacct /sys/fs/cgroup; do
    for path in $(sed -E 's/^[0-9]+:[^:]*://' /proc/self/cgroup); do
        case $path in */pgrun-*) [ -f $mount$path/cpu.stat ] && stat=$mount$path/cpu.stat;; esac
    done
done
until grep 'nr_throttled [1-9]' $stat; do
    i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done
done; true {}"#;

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
    let held = ["-j2", "--cpu-limit", "5%", "--explain", UNTIL_THROTTLED, ":::", "1", "2"];
    let output = pgrun(&held, "");
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(out(&output).matches("nr_throttled").count(), 2);
    let said = err(&output);
    assert!(said.contains("acted: --cpu-limit had the kernel hold jobs back "), "{said}");
}

#[test]
fn jobs_are_stopped_and_let_go_on_where_no_control_group_holds_them() {
    // they compute until they have been let go on twice, and end by nothing else
    let job = "n=0; trap 'n=$((n+1))' CONT; until [ $n -ge 2 ]; do \
               i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done; echo {}";
    let without = "umount -R -l /sys/fs/cgroup || exit 99; exec \"$0\" \"$@\"";
    let output = Command::new("unshare")
        .args(["-m", "sh", "-c", without, env!("CARGO_BIN_EXE_pgrun")])
        .args([
            "-k",
            "-j2",
            "--cpu-limit",
            "20%",
            "--explain",
            "--timeout",
            "300",
            job,
            ":::",
            "a",
            "b",
        ])
        .stdin(Stdio::null())
        .output();
    let output = match output {
        Ok(output) if output.status.code() != Some(99) && !err(&output).contains("unshare") => {
            output
        }
        other => {
            println!("skipped: no place without control groups can be had here: {other:?}");
            return;
        }
    };
    assert_eq!((out(&output).as_str(), output.status.code()), ("a\nb\n", Some(0)));
    let said = err(&output);
    assert!(said.contains("acted: --cpu-limit stopped the jobs "), "{said}");
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
