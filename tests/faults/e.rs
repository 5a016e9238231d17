//! E: crash and resume.

use crate::checker::Story;
use crate::peer::NOBODY;
use crate::provoke::{Instants, injected, needs, points};
use crate::scene::Run;
use crate::*;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::process::Command;

/// GNU parallel has a job log that a run can go on from.
const RESUMERS: &[Peer] = &[Peer::Parallel];

/// Where the log of a run is in these rows.
const LOG: &str = "kept";

/// Six keys.
const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// A run that keeps a log.
fn logged<'a>(scene: &'a Scene, keys: &[&str]) -> Run<'a> {
    let flag = if scene.peer == Peer::Pgtools { "--log" } else { "--joblog" };
    scene.run(keys).with([flag, LOG])
}

/// The same, going on from it.
fn resumed<'a>(scene: &'a Scene, keys: &[&str]) -> Run<'a> {
    logged(scene, keys).with(["--resume"])
}

/// How often each key was run.
fn starts(scene: &Scene) -> BTreeMap<String, usize> {
    scene.story().starts
}

fn each(keys: &[&str], count: usize) -> BTreeMap<String, usize> {
    keys.iter().map(|key| (key.to_string(), count)).collect()
}

/// Cuts so many bytes off the end of the log.
fn cut(scene: &Scene, bytes: u64) {
    let file = OpenOptions::new().write(true).open(scene.path(LOG)).unwrap();
    let length = file.metadata().unwrap().len();
    file.set_len(length - bytes).unwrap();
}

/// Names of the keys of which the log has a good end: an end counts as soon as its line is
/// whole.
fn recorded(scene: &Scene) -> BTreeSet<String> {
    let text = scene.text(LOG);
    let whole = text.rfind('\n').map_or("", |at| &text[..at]);
    if scene.peer != Peer::Pgtools {
        let rows = whole.lines().skip(1).filter_map(|row| row.rsplit_once(' '));
        return rows.map(|(_, key)| key.trim_matches('\'').to_string()).collect();
    }
    let events = whole.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let (mut keys, mut done) = (BTreeMap::new(), BTreeSet::new());
    for event in events {
        let id = event["id"].as_str().unwrap_or_default().to_string();
        match event["type"].as_str() {
            Some("op.start") => {
                let words = event["cmd"].as_array().map(Vec::as_slice).unwrap_or_default();
                let key = words.last().and_then(Value::as_str).unwrap_or_default().to_string();
                keys.insert(id, key);
            }
            Some("op.end") if event["result"] == "success" => done.extend(keys.get(&id).cloned()),
            _ => {}
        }
    }
    done
}

/// What `semantics.md` says of resuming, judged by what the commands themselves told: before
/// the resumed run, and after it.
fn as_promised(
    scene: &Scene,
    (before, done): (&Story, &BTreeSet<String>),
    keys: &[&str],
) -> Outcome {
    let after = scene.story();
    let all: BTreeSet<&str> = keys.iter().copied().collect();
    kept!(after.succeeded() == all, "not all have ended well: {:?}", after.ends);
    kept!(after.twice.is_empty(), "two copies at once: {:?}", after.twice);
    let started = |story: &Story, key: &str| story.starts.get(key).copied().unwrap_or(0);
    let said = scene.text("err");
    let mut numbered = (1..).zip(keys);
    for (number, key) in &mut numbered {
        let (first, again) = (started(before, key), started(&after, key));
        kept!(
            !done.contains(*key) || first == again,
            "{key} ran again although its end was recorded ({first} {again})"
        );
        let names = [format!("job {number}: interrupted"), format!("{key}: interrupted")];
        let reported = names.iter().any(|name| said.contains(name));
        kept!(
            again == first || first == 0 || reported,
            "{key} ran {again} times without a word: {said}"
        );
    }
    Ok(())
}

/// The same keys as a plan: two roots, two behind each.
fn planned<'a>(scene: &'a Scene, more: &[&str]) -> Run<'a> {
    let op = |(at, key): (usize, &&str)| {
        let needs = if at < 2 { String::new() } else { format!("\"{}\"", KEYS[at - 2]) };
        format!("{{\"id\":\"{key}\",\"cmd\":[\"./op\",\"{key}\"],\"needs\":[{needs}]}}\n")
    };
    let plan: String = KEYS.iter().enumerate().map(op).collect();
    fs::write(scene.path("plan"), plan).unwrap();
    scene.words(["-j2", "--log", LOG, "--ops", "plan"].iter().chain(more).copied())
}

/// Lines or a plan, and the same again.
type Going = for<'a> fn(&'a Scene, &[&str]) -> Run<'a>;

/// The six keys as lines.
fn lined<'a>(scene: &'a Scene, more: &[&str]) -> Run<'a> {
    logged(scene, &KEYS).with(more.iter().copied())
}

/// Runs under words that kill the runner, then goes on; `None` where nothing was killed.
fn crashed_and_resumed(
    scene: &Scene,
    going: Going,
    killing: &[String],
) -> Result<Option<()>, Verdict> {
    let status = going(scene, &[]).under(killing.to_vec()).status()?;
    if status.code() == 0 {
        return Ok(None);
    }
    // what strace itself could not do is no kill
    kept!(status.signal() == Some(9), "it was not killed: {}", scene.text("err"));
    went_on(scene, going).map(Some)
}

/// Goes on after the runner was killed, and judges.
fn went_on(scene: &Scene, going: Going) -> Outcome {
    let (before, done) = (scene.story(), recorded(scene));
    let status = going(scene, &["--resume"]).status()?;
    kept!(status.code() == 0, "status {} of the resumed run: {}", status.code(), scene.text("err"));
    as_promised(scene, (&before, &done), &KEYS)?;
    // and a third run has nothing left to do
    let before = starts(scene);
    let status = going(scene, &["--resume"]).status()?;
    kept!(status.code() == 0 && starts(scene) == before, "something was left to do");
    Ok(())
}

/// Tries one point after the other until nothing is killed any more; returns how many there
/// were.
fn sweep(point: impl Fn(&Scene, usize) -> Result<Option<()>, Verdict>) -> Result<usize, Verdict> {
    for k in 1..500 {
        let scene = Scene::new(Peer::Pgtools);
        scene.op_alone(":");
        let outcome = point(&scene, k);
        scene.clear();
        match outcome {
            Ok(Some(())) => {}
            Ok(None) => return Ok(k - 1),
            Err(Verdict::Broken(what)) => {
                return Err(Verdict::Broken(format!("point {k}: {what}")));
            }
            Err(other) => return Err(other),
        }
    }
    Err(Verdict::Broken("no end of points".into()))
}

/// Runs, kills the runner when its log has been written to for the k-th time, whoever wrote,
/// and goes on.
fn killed_at_write(scene: &Scene, k: usize) -> Result<Option<()>, Verdict> {
    File::create(scene.path(LOG)).unwrap();
    let writes = Inotify::init(InitFlags::IN_CLOEXEC).unwrap();
    let flags = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CLOSE_WRITE;
    writes.add_watch(&scene.path(LOG), flags).unwrap();
    let running = logged(scene, &KEYS).spawn()?;
    let mut seen = 0;
    'run: loop {
        for event in writes.read_events().unwrap() {
            if event.mask.contains(AddWatchFlags::IN_CLOSE_WRITE) {
                break 'run;
            }
            seen += 1;
            if seen == k {
                running.signal("KILL");
                break 'run;
            }
        }
    }
    let status = running.wait()?;
    if status.code() == 0 {
        return Ok(None);
    }
    went_on(scene, lined).map(Some)
}

/// Kills the runner in so many of all the calls that it makes, here and there.
fn at_random_instants(going: Going, points: usize) -> Outcome {
    let scene = || {
        let scene = Scene::new(Peer::Pgtools);
        scene.op_alone(":");
        scene
    };
    let instants = Instants::of(&going(&scene(), &[]))?;
    instants.each(points, |killing| crashed_and_resumed(&scene(), going, killing).map(|_| ()))
}

rows! {
    "P5", RESUMERS => fn e1_a_torn_last_record_is_no_record(scene) {
        scene.op_alone(":");
        logged(scene, &KEYS[..4]).jobs(1).status()?;
        if scene.peer == Peer::Pgtools {
            // behind the last command's end stands that of the run
            let text = scene.text(LOG);
            let at = text.trim_end().rfind('\n').unwrap() + 1;
            cut(scene, (text.len() - at) as u64);
        }
        cut(scene, 14);
        let done = recorded(scene);
        kept!(done.len() == 3, "recorded: {done:?}");
        let before = scene.story();
        let status = resumed(scene, &KEYS[..5]).jobs(1).status()?;
        kept!(status.code() == 0, "status {}", status.code());
        let said = scene.text("err");
        kept!(said.contains(LOG), "the tail was dropped without a word: {said:?}");
        let after = starts(scene);
        kept!(after["d"] == 2, "the one whose record was torn counts as done");
        kept!(KEYS[..3].iter().all(|key| after[*key] == 1), "recorded ends ran again: {after:?}");
        kept!(after["e"] == 1, "the next one ran {} times", after["e"]);
        if scene.peer == Peer::Pgtools {
            as_promised(scene, (&before, &done), &KEYS[..5])?;
        }
        // the record that came next is whole: nothing is left
        resumed(scene, &KEYS[..5]).jobs(1).status()?;
        kept!(starts(scene) == after, "a record was lost: {:?}", starts(scene));
        if scene.peer == Peer::Pgtools {
            scene.events(LOG)?;
        }
        Ok(())
    }

    "P5", RESUMERS => fn e2_garbage_in_the_middle_is_refused_by_its_line(scene) {
        scene.op(":");
        logged(scene, &KEYS).jobs(1).status()?;
        let mut lines: Vec<Vec<u8>> =
            fs::read(scene.path(LOG)).unwrap().split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
        lines[2][0] = 0;
        let damaged = lines.join(&b'\n');
        fs::write(scene.path(LOG), &damaged).unwrap();
        let status = resumed(scene, &KEYS).jobs(1).status()?;
        let said = scene.text("err");
        kept!(status.code() == 255, "status {}: {said}", status.code());
        kept!(starts(scene) == each(&KEYS, 1), "something ran");
        if scene.peer != Peer::Pgtools {
            return Ok(());
        }
        kept!(said.contains("kept:3:"), "its line is not named: {said}");
        kept!(fs::read(scene.path(LOG)).unwrap() == damaged, "the log was touched");
        let status = resumed(scene, &KEYS).jobs(1).with(["--repair"]).status()?;
        kept!(status.code() == 0, "after a repair: {}", scene.text("err"));
        kept!(scene.text("err").contains("kept:3:"), "what was dropped is not said");
        kept!(fs::read(scene.path("kept.broken")).unwrap() == damaged, "no copy of the old one");
        scene.events(LOG)?;
        let again = starts(scene);
        // line 3 told of the first end
        kept!(again["a"] == 2, "what the dropped line told of did not run again");
        kept!(KEYS[1..].iter().all(|key| again[*key] == 1), "{again:?}");
        Ok(())
    }

    "P5", RESUMERS => fn e3_an_empty_log_is_begun_anew_and_that_is_said(scene) {
        scene.op(":");
        for left in [5, 0] {
            logged(scene, &KEYS).status()?;
            let before = starts(scene)["a"];
            OpenOptions::new().write(true).open(scene.path(LOG)).unwrap().set_len(left).unwrap();
            let status = resumed(scene, &KEYS).status()?;
            kept!(status.code() == 0, "status {}", status.code());
            kept!(starts(scene) == each(&KEYS, before + 1), "{:?}", starts(scene));
            let said = scene.text("err");
            kept!(said.contains(LOG), "it began anew without a word");
        }
        if scene.peer == Peer::Pgtools {
            // what is no log of ours is left alone
            fs::write(scene.path(LOG), "buy milk\n").unwrap();
            let status = resumed(scene, &KEYS).status()?;
            kept!(status.code() == 255 && scene.text(LOG) == "buy milk\n", "a note was overwritten");
            kept!(scene.text("err").contains("kept:1:"), "{}", scene.text("err"));
        }
        Ok(())
    }

    "P4", RESUMERS => fn e4_what_a_killed_run_left_is_ended_before_it_runs_again(scene) {
        // the child outlives the runner and, for ours, the guardian that is killed, too
        scene.op_alone("test -e go || { echo \"$1\" >ready; sleep 1000; }");
        let mut ready = scene.ear("ready");
        let running = logged(scene, &["a", "b", "c"]).jobs(3).spawn()?;
        kept!(ready.lines(3).len() == 3, "the commands did not start");
        kill_with_guardian(&running);
        running.wait()?;
        let (before, done) = (scene.story(), recorded(scene));
        File::create(scene.path("go")).unwrap();
        let status = resumed(scene, &["a", "b", "c"]).jobs(3).status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        as_promised(scene, (&before, &done), &["a", "b", "c"])?;
        let said = scene.text("err");
        kept!(said.contains("still running after its run was killed"), "{said}");
        scene.all_gone(scene::PATIENCE).map_err(|left| Verdict::Broken(format!("{left:?}")))
    }

    "P4", NOBODY => fn e4_or_is_waited_for(scene) {
        scene.op_alone("test -e go || { echo \"$1\" >ready; sh -c 'read -r _ <release'; }");
        scene.fifo("release");
        let mut ready = scene.ear("ready");
        let running = logged(scene, &["a"]).spawn()?;
        kept!(ready.lines(1).len() == 1, "the command did not start");
        kill_with_guardian(&running);
        running.wait()?;
        File::create(scene.path("go")).unwrap();
        let mut said = scene.ear("said");
        let mut command = resumed(scene, &["a"]).with(["--orphans", "wait"]).command()?;
        command.stderr(OpenOptions::new().read(true).write(true).open(scene.path("said")).unwrap());
        let waiting = scene::Running::of(command, scene)?;
        let first = said.lines(1).join("");
        kept!(first.contains("is waited for"), "{first}");
        kept!(starts(scene)["a"] == 1, "it did not wait");
        let release = OpenOptions::new().read(true).write(true).open(scene.path("release"));
        release.unwrap().write_all(b"go\n").unwrap();
        kept!(waiting.wait()?.code() == 0, "the resumed run failed");
        let story = scene.story();
        kept!(story.starts["a"] == 2 && story.twice.is_empty(), "{story:?}");
        kept!(story.succeeded().contains("a"), "{story:?}");
        Ok(())
    }

    "P4", NOBODY => fn e5_killed_at_every_write_of_the_log(scene) {
        let writes = sweep(killed_at_write)?;
        kept!(writes >= 4, "only {writes} writes of the log ({})", scene.marker);
        Ok(())
    }

    "P4", NOBODY => fn e5_killed_in_each_write_of_its_own(scene) {
        let writes = sweep(|scene, k| {
            // strace knows a file that is not there yet by its whole path alone
            let path = scene.path(LOG).to_str().unwrap().to_string();
            let killing = injected("write", &format!("signal=SIGKILL:when={k}"), Some(&path))?;
            crashed_and_resumed(scene, lined, &killing)
        })?;
        kept!(writes >= 1, "no write of the log ({})", scene.marker);
        Ok(())
    }

    "P4", NOBODY => fn e5_killed_at_every_start(scene) {
        let starts = sweep(|scene, k| {
            let killing = injected("clone3", &format!("signal=SIGKILL:when={k}"), None)?;
            crashed_and_resumed(scene, planned, &killing)
        })?;
        kept!(starts >= 3, "only {starts} starts ({})", scene.marker);
        Ok(())
    }

    "P4", NOBODY => fn e5_killed_here_and_there(_scene) {
        at_random_instants(lined, 8)?;
        at_random_instants(planned, 8)
    }

    "P4", RESUMERS => fn e6_a_changed_list_is_known_by_what_it_runs(scene) {
        scene.op(":");
        logged(scene, &["a", "b", "c"]).status()?;
        let changed = ["x", "a", "y", "b", "z", "c"];
        let status = resumed(scene, &changed).status()?;
        kept!(status.code() == 0, "status {}", status.code());
        kept!(starts(scene) == each(&changed, 1), "{:?}", starts(scene));
        Ok(())
    }

    "P5", RESUMERS => fn e8_a_second_run_does_not_write_into_the_same_log(scene) {
        scene.op("test \"$1\" = b || { echo up >ready; read -r _ <release; }");
        scene.fifo("release");
        let mut ready = scene.ear("ready");
        let first = logged(scene, &["a"]).spawn()?;
        kept!(ready.lines(1).len() == 1, "the command did not start");
        let status = resumed(scene, &["b"]).status()?;
        let said = scene.text("err");
        let release = OpenOptions::new().read(true).write(true).open(scene.path("release"));
        release.unwrap().write_all(b"go\n").unwrap();
        kept!(status.code() == 255, "the second ran: {}", status.code());
        let pid = first.pid().to_string();
        kept!(said.contains(LOG) && said.contains(&pid), "who has it is not said: {said}");
        kept!(first.wait()?.code() == 0, "the first was disturbed");
        kept!(starts(scene) == each(&["a"], 1), "{:?}", starts(scene));
        scene.events(LOG).map(|_| ())
    }

    // a power cut cannot be provoked here; what can be seen is that records are on the disk
    // before what follows from them begins
    "P5", NOBODY => fn e9_records_are_written_through(scene) {
        needs("strace")?;
        scene.op("test $1 != b");
        let path = scene.path(LOG).to_str().unwrap().to_string();
        let trace = ["strace", "-f", "-qq", "-o", "trace", "-e", "trace=write,fdatasync", "-e"];
        let trace: Vec<String> =
            trace.into_iter().chain(["signal=none", "-P"]).map(String::from).chain([path]).collect();
        logged(scene, &["a", "b", "c"]).jobs(1).under(trace.clone()).status()?;
        // run.start; the failure of b; run.end
        let synced = |text: &str| text.lines().filter(|line| line.contains("fdatasync(")).count();
        let writes = |text: &str| text.lines().filter(|line| line.contains("write(")).count();
        let text = scene.text("trace");
        kept!(synced(&text) >= 3, "{text}");
        logged(scene, &["a", "b", "c"]).jobs(1).with(["--sync"]).under(trace).status()?;
        let text = scene.text("trace");
        kept!(writes(&text) >= 4 && synced(&text) == writes(&text), "{text}");
        for pair in text.lines().collect::<Vec<_>>().chunks(2) {
            kept!(pair[0].contains("write(") && pair.len() == 2, "{text}");
            kept!(pair[1].contains("fdatasync("), "a write is not synced: {text}");
        }
        Ok(())
    }
}

/// Kills a runner, and its guardian before it, so that what it had started lives on as far
/// as the kernel does not end it. It is stopped first: it may be sending for its guardian.
fn kill_with_guardian(running: &scene::Running) {
    let runner = nix::unistd::Pid::from_raw(running.pid());
    running.signal("STOP");
    nix::sys::wait::waitpid(runner, Some(nix::sys::wait::WaitPidFlag::WUNTRACED)).unwrap();
    let children = Command::new("pgrep")
        .args(["-P", &runner.to_string(), "^pgrun"])
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    for guardian in children.lines().filter_map(|line| line.parse().ok()) {
        let pid = nix::unistd::Pid::from_raw(guardian);
        let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
    }
    running.signal("KILL");
}

#[test]
#[ignore = "takes a minute: scripts/faults --crash"]
fn crash_and_resume_at_many_instants() {
    match at_random_instants(lined, points()).and_then(|()| at_random_instants(planned, points())) {
        Ok(()) => {}
        Err(Verdict::Skipped(why)) => println!("skipped: {why}"),
        Err(other) => panic!("{other:?}"),
    }
}
