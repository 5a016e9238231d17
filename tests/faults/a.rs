//! A: the runner dies or is told to stop.

use crate::peer::NOBODY;
use crate::*;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use std::fs;
use std::process::Command;
use std::sync::mpsc;
use std::time::Duration;

/// A command that lives until it is ended, with a child of its own.
const LASTS: &str = "echo up >ready\nsleep 1000\ntrue";

/// A run of ours writes its events into `events`.
fn run<'a, K: ToString>(scene: &'a Scene, keys: &[K]) -> scene::Run<'a> {
    let run = scene.run(keys.iter().map(ToString::to_string));
    match scene.peer {
        // whatever the shell that started the tests ignores
        Peer::Pgtools => run.with(["--events", "events"]).under(["env", "--default-signal"]),
        _ => run.under(["env", "--default-signal"]),
    }
}

/// The same with a grace, where the tool has one.
fn run_with_grace<'a>(scene: &'a Scene, grace: &str) -> scene::Run<'a> {
    let run = run(scene, &["a", "b"]);
    if scene.peer == Peer::Pgtools { run.with(["-K", grace]) } else { run }
}

/// Starts it; its two commands have said that they are at work.
fn started(scene: &Scene, run: &scene::Run<'_>) -> Result<(scene::Running, scene::Ear), Verdict> {
    let mut ready = scene.ear("ready");
    let running = run.spawn()?;
    kept!(ready.lines(2).len() == 2, "the commands did not start");
    Ok((running, ready))
}

/// Nobody of the scene is left.
fn nobody_left(scene: &Scene) -> Outcome {
    match scene.all_gone(Duration::from_secs(10)) {
        Ok(_) => Ok(()),
        Err(left) => Err(Verdict::Broken(format!("{} live on: {left:?}", left.len()))),
    }
}

/// It ended as a signal ends a program, nobody is left, and the events are whole.
fn ended_by(scene: &Scene, running: scene::Running, signal: i32) -> Outcome {
    let status = running.wait()?;
    nobody_left(scene)?;
    if scene.peer == Peer::Pgtools {
        kept!(status.signal() == Some(signal), "it ended with {}", status.code());
        checker::agree(&scene.events("events")?, 128 + signal)?;
    }
    Ok(())
}

rows! {
    "P2", RUNNERS => fn a1_sigkill_leaves_no_survivors(scene) {
        scene.op(LASTS);
        let (running, _) = started(scene, &run(scene, &["a", "b"]))?;
        running.signal("KILL");
        kept!(running.wait()?.signal() == Some(9), "it did not die of SIGKILL");
        if scene.peer == Peer::Pgtools {
            let events = scene.events("events")?;
            kept!(events.iter().all(|e| e["type"] != "run.end"), "a run.end of a killed run");
        }
        nobody_left(scene)
    }

    "P2", RUNNERS => fn a1_sigkill_leaves_no_escapees(scene) {
        // one in a session of its own, one whose parents have ended, one without its run's mark
        scene.op("setsid sh -c 'echo up >ready; sleep 1000; true' &
            (setsid sh -c 'echo up >ready; sleep 1000 & sleep 1000' &)
            setsid env -i PG_TEST=$PG_TEST sh -c 'echo up >ready; sleep 1000; true' &
            wait");
        let mut ready = scene.ear("ready");
        let running = run(scene, &["a", "b"]).spawn()?;
        kept!(ready.lines(6).len() == 6, "the commands did not start");
        running.signal("KILL");
        running.wait()?;
        // without a control group the mark is all that there is
        let bare = scene.peer == Peer::Pgtools && !in_cgroup(scene);
        if bare {
            return Err(Verdict::Skipped("no control group can be made here".into()));
        }
        nobody_left(scene)
    }

    "P2 P3", RUNNERS => fn a2_sigterm_ends_the_tree(scene) {
        scene.op(LASTS);
        let (running, _) = started(scene, &run(scene, &["a", "b"]))?;
        running.signal("TERM");
        ended_by(scene, running, 15)
    }

    "P2 P3", RUNNERS => fn a3_a_second_sigterm_kills_at_once(scene) {
        scene.op("trap 'echo termed >ready' TERM\necho up >ready\nwhile :; do sleep 1000 & wait; done");
        let (running, mut ready) = started(scene, &run_with_grace(scene, "1000"))?;
        running.signal("TERM");
        if scene.peer == Peer::Pgtools {
            kept!(ready.lines(2) == ["termed", "termed"], "TERM did not reach them");
        }
        running.signal("TERM");
        ended_by(scene, running, 15)
    }

    "P2 P3", RUNNERS => fn a4_sigint_to_it_alone(scene) {
        scene.op(LASTS);
        let (running, _) = started(scene, &run(scene, &["a", "b"]))?;
        running.signal("INT");
        ended_by(scene, running, 2)
    }

    "P2 P3", RUNNERS => fn a5_sigint_to_its_group(scene) {
        scene.op(LASTS);
        let (running, _) = started(scene, &run(scene, &["a", "b"]))?;
        running.signal_group("INT");
        ended_by(scene, running, 2)
    }

    "P2", RUNNERS => fn a6_hangup_ends_the_run(scene) {
        scene.op(LASTS);
        let (running, _) = started(scene, &run(scene, &["a", "b"]))?;
        running.signal("HUP");
        if scene.peer == Peer::Parallel {
            // it lets what runs end
            return Err(Verdict::NotOffered);
        }
        ended_by(scene, running, 1)
    }

    "P2", &[Peer::Parallel] => fn a6_hangup_may_let_what_runs_end(scene) {
        scene.op("echo up >ready\nread _ <go");
        let drain: &[&str] =
            if scene.peer == Peer::Pgtools { &["--on-hup", "drain"] } else { &[] };
        let (mut go, mut said) = (scene.ear("go"), scene.ear("err"));
        let started = started(scene, &run(scene, &["a", "b", "c", "d"]).with(drain))?;
        started.0.signal("HUP");
        // a command that ends before the signal was heard may let the next one start
        let heard = said.lines(1).concat();
        kept!(heard.contains("SIGHUP"), "it said: {heard}");
        go.say("1");
        go.say("2");
        let status = started.0.wait()?;
        let story = scene.story();
        kept!(story.started() == 2, "{} were started", story.started());
        kept!(story.succeeded().len() == 2, "ended well: {:?}", story.succeeded());
        if scene.peer == Peer::Pgtools {
            kept!(status.signal() == Some(1), "it ended with {}", status.code());
        }
        nobody_left(scene)
    }

    "P3", RUNNERS => fn a7_a_tree_that_ignores_term(scene) {
        scene.op("trap '' TERM INT\necho up >ready\nsleep 1000\nsleep 1000");
        let (running, _) = started(scene, &run_with_grace(scene, "0.2"))?;
        running.signal("TERM");
        ended_by(scene, running, 15)
    }

    "P3", RUNNERS => fn a8_the_leader_dies_and_its_child_does_not(scene) {
        scene.op("(trap '' TERM; echo up >ready; sleep 1000; sleep 1000) &\nwait");
        let (running, _) = started(scene, &run_with_grace(scene, "0.2"))?;
        running.signal("TERM");
        ended_by(scene, running, 15)
    }

    "P7", RUNNERS => fn a9_a_pause_is_not_counted(scene) {
        let limit = match scene.peer {
            Peer::Pgtools | Peer::Parallel => ["--timeout", "3"],
            Peer::RustParallel => ["--timeout-seconds", "3"],
            _ => return Err(Verdict::NotOffered),
        };
        scene.op("echo up >ready\nread _ <go");
        let mut go = scene.ear("go");
        let (running, _) = started(scene, &run(scene, &["a", "b"]).with(limit))?;
        running.signal("TSTP");
        kept!(stopped(&running), "it did not stop");
        // longer than the limit
        kept!(Command::new("sleep").arg("4").status().unwrap().success(), "no sleep");
        running.signal("CONT");
        go.say("1");
        go.say("2");
        kept!(running.wait()?.code() == 0, "it failed: {}", scene.text("err"));
        kept!(scene.story().succeeded().len() == 2, "a command was ended");
        nobody_left(scene)
    }

    "P7", NOBODY => fn a9_who_left_the_group_is_stopped_too(scene) {
        scene.op("setsid sh -c 'echo $$ >ready; read _ <go' &\necho up >ready\nread _ <go; wait");
        let mut go = scene.ear("go");
        let mut ready = scene.ear("ready");
        let running = run(scene, &["a"]).spawn()?;
        let words = ready.lines(2);
        kept!(words.len() == 2, "the command did not start");
        // what follows a first command for a moment is there then
        kept!(Command::new("sleep").arg("0.5").status().unwrap().success(), "no sleep");
        if !in_cgroup(scene) {
            return Err(Verdict::Skipped("no control group can be made here".into()));
        }
        running.signal("TSTP");
        kept!(stopped(&running), "it did not stop");
        let pid = words.iter().find(|word| *word != "up").unwrap();
        let own = fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap_or_default();
        let path = own.lines().find_map(|line| line.strip_prefix("0::")).unwrap_or_default();
        let events = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"]
            .iter()
            .find_map(|mount| fs::read_to_string(format!("{mount}{path}/cgroup.freeze")).ok());
        running.signal("CONT");
        go.say("1");
        go.say("2");
        kept!(running.wait()?.code() == 0, "it failed: {}", scene.text("err"));
        kept!(events.as_deref() == Some("1\n"), "it was not to stop: {events:?} {path}");
        nobody_left(scene)
    }

    "P7", RUNNERS => fn a10_pauses_at_any_moment(scene) {
        const MANY: usize = 500;
        // each command that begins brings about a pause: meanwhile others are being started
        scene.op("echo up >ready");
        let mut ready = scene.ear("ready");
        let running = run(scene, &(0..MANY).collect::<Vec<_>>()).jobs(4).spawn()?;
        let (tell, told) = mpsc::channel();
        let pid = running.pid();
        std::thread::spawn(move || {
            for pause in 0..MANY {
                let began = ready.lines(1).len() == 1;
                if tell.send(pause).is_err() || !began || !pause_and_go_on(pid) {
                    break;
                }
            }
        });
        let patience = || told.recv_timeout(scene::PATIENCE);
        let pauses = std::iter::from_fn(|| patience().ok()).last().unwrap_or_default();
        kept!(running.wait()?.code() == 0, "it failed: {}", scene.text("err"));
        let story = scene.story();
        kept!(story.ended() == MANY, "{} of {MANY} ended after {pauses} pauses", story.ended());
        nobody_left(scene)
    }

    "P2", RUNNERS => fn a11_the_first_process_of_a_container_reaps(scene) {
        provoke::needs_root()?;
        provoke::needs("unshare")?;
        // an orphan ends before its command does; the last command looks for zombies
        scene.op("case $1 in
            last)
                for look in 1 2 3 4 5 6 7 8 9 10; do
                    left=$(grep -ls '^State:.Z' /proc/[0-9]*/status | wc -l)
                    test $left -gt 0 || break
                done
                echo zombies $left >>log ;;
            *) (sh -c 'exec 3>\"done.$0\"' $1 &); read _ <done.$1 ;;
        esac; true");
        let mut keys: Vec<String> = (0..30).map(|n| n.to_string()).collect();
        keys.iter().for_each(|key| scene.fifo(&format!("done.{key}")));
        keys.push("last".into());
        let run = scene.run(keys).jobs(1).under(["unshare", "-pf", "--mount-proc"]);
        kept!(run.status()?.code() == 0, "it failed: {}", scene.text("err"));
        let said = scene.story().said;
        kept!(said == ["zombies 0"], "{said:?}");
        nobody_left(scene)
    }

    "P2", RUNNERS => fn a12_a_child_that_it_did_not_start(scene) {
        scene.op("case $1 in 2) echo go >child; echo go >orphan;; esac; true");
        scene.fifo("child");
        scene.fifo("orphan");
        // a child, and what a child of it leaves: neither is an operation's
        let children = "(exec 9<>alive; read _ <child; echo child >>log; exit 9) &
            ( (exec 9<>alive; read _ <orphan; echo orphan >>log) & )";
        let run = scene.run([1, 2]).jobs(1).after_shell(children);
        kept!(run.status()?.code() == 0, "it failed: {}", scene.text("err"));
        nobody_left(scene)?;
        let mut said = scene.story().said;
        said.sort();
        kept!(said == ["child", "orphan"], "it was ended with a command: {said:?}");
        Ok(())
    }

    "P2", RUNNERS => fn a13_ends_of_children_are_ignored_by_the_parent(scene) {
        scene.op("case $1 in 2) exit 3;; esac; true");
        let status = run(scene, &[1, 2]).under(["env", "--ignore-signal=CHLD"]).status()?;
        kept!(status.code() != 0, "a failed command was not noticed");
        if scene.peer == Peer::Pgtools {
            let events = scene.events("events")?;
            let end = events.iter().find(|e| e["type"] == "op.end" && e["seq"] == 2);
            kept!(end.is_some_and(|end| end["exit"] == 3), "{end:?}");
            kept!(status.code() == 1, "it ended with {}", status.code());
        }
        Ok(())
    }

    "P9", RUNNERS => fn a14_signals_of_the_parent_are_not_passed_on(scene) {
        scene.op("exec grep -E '^Sig(Blk|Ign)' /proc/self/status >>masks");
        let run = scene.run([1, 2]).under(["env", "--ignore-signal=PIPE,HUP", "--block-signal=TERM"]);
        kept!(run.status()?.code() == 0, "it failed: {}", scene.text("err"));
        let masks = scene.text("masks");
        let clean = masks.lines().all(|line| line.ends_with("\t0000000000000000"));
        kept!(clean && masks.lines().count() == 4, "{masks}");
        Ok(())
    }

    "P2", NOBODY => fn a14_a_blocked_signal_ends_it_all_the_same(scene) {
        scene.op(LASTS);
        let run = run(scene, &["a", "b"]).under(["env", "--block-signal=TERM"]);
        let (running, _) = started(scene, &run)?;
        running.signal("TERM");
        ended_by(scene, running, 15)
    }

    "P1", NOBODY => fn a15_standard_streams_are_closed(scene) {
        scene.op("echo said; echo shouted >&2");
        let words = |text: &str| ["--joblog", "jobs", text, "{}", ":::", "a", "b"].map(String::from);
        let closed = ["sh", "-c", "exec \"$0\" \"$@\" <&- >&- 2>&-"];
        let status = scene.words(words("./op")).under(closed).status()?;
        kept!(status.code() == 255, "output was lost, and it ended with {}", status.code());
        let log = scene.text("jobs");
        let well = log.lines().count() == 3 && !log.contains("said") && !log.contains("shouted");
        kept!(well, "the job log has {log:?}");
        let status = scene.words(words("true")).under(closed).status()?;
        kept!(status.code() == 0, "nothing was lost, and it ended with {}", status.code());
        Ok(())
    }
}

/// The events say that the run had a control group of its own; a killed run says nothing,
/// so a short one is asked.
fn in_cgroup(scene: &Scene) -> bool {
    let words = ["--events", "level", "true", "{}", ":::", "a", "b"];
    let ended = scene.words(words).status();
    let level = scene.text("level");
    ended.is_ok() && level.contains("\"containment\":\"cgroup+subreaper+guardian\"")
}

/// Stops a group and lets it go on when its leader has stopped; false where that has ended.
fn pause_and_go_on(pid: i32) -> bool {
    use nix::sys::signal::{Signal, kill};
    let own = || Id::Pid(nix::unistd::Pid::from_raw(pid));
    let group = nix::unistd::Pid::from_raw(-pid);
    let _ = kill(group, Signal::SIGTSTP);
    let any = WaitPidFlag::WSTOPPED | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    let seen = waitid(own(), any);
    let _ = kill(group, Signal::SIGCONT);
    // taken, or the next wait sees the same stop
    let _ = waitid(own(), WaitPidFlag::WSTOPPED | WaitPidFlag::WNOHANG);
    matches!(seen, Ok(WaitStatus::Stopped(..)))
}

/// Waits until it has been stopped.
fn stopped(running: &scene::Running) -> bool {
    let own = Id::Pid(nix::unistd::Pid::from_raw(running.pid()));
    matches!(waitid(own, WaitPidFlag::WSTOPPED), Ok(WaitStatus::Stopped(..)))
}
