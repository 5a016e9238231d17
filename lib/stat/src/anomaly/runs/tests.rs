use super::*;
use alloc::format;
use alloc::string::ToString as _;
use record::{Bad, Record as _};

fn read(files: &[(&str, &str)]) -> (Tasks, Vec<Bad>) {
    let mut intake = TaskIntake::default();
    let mut bad = Vec::new();
    for (name, text) in files {
        intake.begin_file(name);
        bad.extend(text.lines().filter_map(|line| intake.line(line.as_bytes()).err()));
        intake.end_file();
    }
    (intake.finish(), bad)
}

/// Runs of eight tasks on four hosts, with noise; `ill` changes a task's fields.
fn log(runs: usize, ill: impl Fn(usize, usize, &mut Shown)) -> String {
    let mut random = fastrand::Rng::with_seed(9);
    let mut text = String::new();
    for run in 0..runs {
        for task in 0..8 {
            let mut near = |value: f64| value * (1.0 + 0.1 * (random.f64() - 0.5));
            let mut shown = Shown {
                host: task % 4,
                runtime: near(20.0 * (task + 1) as f64),
                cpu: near(10.0 * (task + 1) as f64),
                read: near(1e8),
            };
            ill(run, task, &mut shown);
            let Shown { host, runtime, cpu, read } = shown;
            text += &format!(
                "{{\"type\":\"compute\",\"run\":\"r{run}\",\"id\":\"t{task}\",\"host\":\"h{host}\",\
                 \"runtime_s\":{runtime},\"cpu_s\":{cpu},\"read_bytes\":{read}}}\n"
            );
        }
    }
    text
}

struct Shown {
    host: usize,
    runtime: f64,
    cpu: f64,
    read: f64,
}

fn scored(text: &str) -> Vec<(String, f64)> {
    let (tasks, bad) = read(&[("log", text)]);
    assert_eq!(bad, []);
    let told = |task: &TaskScore<'_>| (format!("{} {}", task.run, task.id), task.score);
    tasks.scores().iter().map(told).collect()
}

/// The names of the highest scores, in alphabetical order.
fn highest(text: &str, count: usize) -> Vec<String> {
    let mut all = scored(text);
    all.sort_by(|one, other| other.1.total_cmp(&one.1));
    let mut names: Vec<String> = all.into_iter().take(count).map(|(name, _)| name).collect();
    names.sort();
    names
}

#[test]
fn a_slow_task_stands_out() {
    let text = log(30, |run, task, shown| {
        if (run, task) == (17, 3) {
            shown.runtime *= 2.0;
        }
    });
    let all = scored(&text);
    assert_eq!((all.len(), all[0].0.as_str(), all[239].0.as_str()), (240, "r0 t0", "r29 t7"));
    // the other task of its host in that run is next to it
    assert_eq!(highest(&text, 2), ["r17 t3", "r17 t7"]);
}

#[test]
fn what_a_host_does_to_all_its_tasks_stands_out_though_each_deviates_little() {
    let text = log(30, |run, _, shown| {
        if run == 5 && shown.host == 2 {
            shown.cpu *= 0.93;
            shown.runtime *= 1.04;
            shown.read *= 1.04;
        }
    });
    assert_eq!(highest(&text, 2), ["r5 t2", "r5 t6"]);
}

#[test]
fn quick_is_nothing_unusual_but_less_work_is() {
    let of = |all: &[(String, f64)], name: &str| {
        all.iter().find(|(of, _)| of == name).map(|(_, score)| *score).unwrap()
    };
    let quick = scored(&log(30, |run, task, shown| {
        shown.runtime *= if (run, task) == (4, 4) { 0.5 } else { 1.0 };
    }));
    let idle = scored(&log(30, |run, task, shown| {
        shown.cpu *= if (run, task) == (4, 4) { 0.5 } else { 1.0 };
    }));
    let usual = scored(&log(30, |_, _, _| {}));
    assert!(of(&quick, "r4 t4") < of(&usual, "r4 t4") + 1.0);
    assert!(of(&idle, "r4 t4") > of(&usual, "r4 t4") + 4.0);
}

#[test]
fn order_and_units_do_not_matter() {
    let text = log(12, |run, task, shown| {
        shown.runtime *= if (run, task) == (3, 1) { 3.0 } else { 1.0 };
    });
    let mut one = scored(&text);
    let turned: String = text.lines().rev().map(|line| line.to_string() + "\n").collect();
    let mut other = scored(&turned);
    one.sort_by(|a, b| a.0.cmp(&b.0));
    other.sort_by(|a, b| a.0.cmp(&b.0));
    // sums in another order part ties by their rounding
    for (a, b) in one.iter().zip(&other) {
        assert!(a.0 == b.0 && (a.1 - b.1).abs() < 0.1, "{a:?} {b:?}");
    }
}

#[test]
fn tasks_with_new_names_are_held_against_their_family() {
    let mut text = String::new();
    for n in 0..40 {
        let wall = if n == 30 { 90.0 } else { 10.0 + 0.01 * f64::from(n % 7) };
        text += &format!("{{\"run\":\"r\",\"id\":\"page-{n}\",\"runtime_s\":{wall}}}\n");
    }
    assert_eq!(highest(&text, 1), ["r page-30"]);
    // four are too few to say what is usual
    let few = text.lines().skip(28).take(4).collect::<Vec<_>>().join("\n");
    assert!(scored(&few).iter().all(|(_, score)| *score == 0.0));
}

#[test]
fn events_and_job_logs_are_runs_as_well() {
    let mut events = String::new();
    for run in 0..8 {
        events += &format!(
            "{{\"type\":\"run.start\",\"version\":1,\"run\":\"n{run}\",\"time\":1,\"host\":\"h\"}}\n"
        );
        for id in ["a", "b"] {
            let wall = if (run, id) == (6, "b") { 9 } else { 2 };
            for last in ["", "\"final\":true,"] {
                events += &format!(
                    "{{\"type\":\"op.end\",\"id\":\"{id}\",{last}\"wall_s\":{wall},\"user_s\":1,\
                     \"system_s\":0.1,\"max_rss_bytes\":null,\"out_bytes\":10}}\r\n"
                );
            }
        }
        events += "{\"type\":\"run.end\",\"run\":\"n\",\"time\":3}\n";
    }
    let (tasks, bad) = read(&[("events", &events)]);
    assert_eq!((bad.len(), tasks.strays, tasks.runs()), (0, 0, 8));
    assert_eq!(tasks.scores().len(), 16, "an attempt that was not the last is none");
    assert_eq!(highest(&events, 1), ["n6 b"]);

    let head = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";
    let logs: Vec<String> = (0..6)
        .map(|run| {
            let wall = if run == 2 { 30.0 } else { 3.0 };
            format!("{head}1\t:\t100.0\t{wall}\t0\t0\t0\t0\tmake all\n")
        })
        .collect();
    let names: Vec<String> = (0..6).map(|run| format!("{run}.tsv")).collect();
    let files: Vec<(&str, &str)> =
        names.iter().zip(&logs).map(|(name, log)| (name.as_str(), log.as_str())).collect();
    let (tasks, bad) = read(&files);
    assert_eq!((bad.len(), tasks.runs()), (0, 6));
    let scores = tasks.scores();
    let worst = scores.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
    assert_eq!((worst.run, worst.id), ("2.tsv", "make all"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let (tasks, bad) = read(&[(
        "log",
        "{\"run\":\"r\",\"id\":\"a\",\"runtime_s\":\"soon\"}\n{\"run\":\"r\",\"id\":\"b\",\"cpu_s\":\n\
         no task\n{\"x\":1}\n{\"type\":\"sample\"}\n{\"run\":7,\"id\":\"c\",\"start\":5,\"end\":3}\n",
    )]);
    assert_eq!((bad[0].column, bad[0].what.as_str()), (33, "\"runtime_s\": \"soon\" is no number"));
    assert!(bad[1].what.contains("cut off"), "{bad:?}");
    assert_eq!((bad.len(), tasks.strays), (2, 2));
    // a clock that was set back says nothing of a duration
    let scores = tasks.scores();
    assert_eq!((scores.len(), scores[0].run, scores[0].score), (1, "7", 0.0));
    assert_eq!(record::OpEnd::KIND, "op.end");
}
