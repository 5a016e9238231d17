//! B: commands misbehave: strays, escapees, signals.

use crate::peer::NOBODY;
use crate::*;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// A run of ours writes its events into `events`.
fn run<'a>(scene: &'a Scene, keys: &[&str]) -> scene::Run<'a> {
    let run = scene.run(keys);
    if scene.peer == Peer::Pgtools { run.with(["--events", "events", "-K", "0.2"]) } else { run }
}

/// With a time limit of a second for each command.
fn limited<'a>(scene: &'a Scene, keys: &[&str]) -> Result<scene::Run<'a>, Verdict> {
    match scene.peer {
        Peer::Pgtools | Peer::Parallel => Ok(run(scene, keys).with(["--timeout", "1"])),
        Peer::RustParallel => Ok(run(scene, keys).with(["--timeout-seconds", "1"])),
        _ => Err(Verdict::NotOffered),
    }
}

/// Nobody of the scene is left.
fn nobody_left(scene: &Scene) -> Outcome {
    match scene.all_gone(Duration::from_secs(10)) {
        Ok(_) => Ok(()),
        Err(left) => Err(Verdict::Broken(format!("{} live on: {left:?}", left.len()))),
    }
}

/// The record with which the first command ended; nothing of other tools.
fn end(scene: &Scene) -> Result<serde_json::Value, Verdict> {
    if scene.peer != Peer::Pgtools {
        return Ok(serde_json::Value::Null);
    }
    let events = scene.events("events")?;
    let end = events.into_iter().find(|e| e["type"] == "op.end");
    end.ok_or_else(|| Verdict::Broken("no op.end".into()))
}

/// What ours says of one stray.
fn names_stray(scene: &Scene, name: &str) -> Outcome {
    if scene.peer == Peer::Pgtools {
        let end = end(scene)?;
        kept!(end["leaked"] == 1 && end["strays"][0]["comm"] == name, "{end}");
        let said = scene.text("err");
        kept!(said.contains(&format!("left behind, and ended: {name} (")), "it says {said:?}");
    }
    Ok(())
}

rows! {
    "P2", RUNNERS => fn b1_a_child_keeps_the_output_open(scene) {
        scene.op("sleep 1000 &\necho hi; true");
        let status = run(scene, &["a"]).status()?;
        kept!(status.code() == 0, "it ended with {}", status.code());
        kept!(scene.text("out") == "hi\n", "it printed {:?}", scene.text("out"));
        names_stray(scene, "sleep")?;
        nobody_left(scene)
    }

    "P2", NOBODY => fn b1_a_stray_may_be_allowed(scene) {
        scene.op("setsid sh -c 'read _ <go; echo over >>log' >/dev/null 2>&1 &\ntrue");
        let mut go = scene.ear("go");
        let status = run(scene, &["a"]).with(["--allow-strays"]).status()?;
        kept!(status.code() == 0, "it ended with {}", status.code());
        let end = end(scene)?;
        kept!(end["leaked"] == 1 && end["strays"][0]["comm"] == "sh", "{end}");
        kept!(scene.text("err").contains("left behind: sh ("), "{:?}", scene.text("err"));
        go.say("on");
        nobody_left(scene)?;
        kept!(scene.story().said == ["over"], "it was ended");
        Ok(())
    }

    "P2", NOBODY => fn b1_who_ends_in_time_is_no_stray(scene) {
        // as `cmd > >(tee log)` leaves it: it ends when its input does
        scene.op("mkfifo in; cat <in & exec 3>in; rm in; echo last >&3");
        let status = run(scene, &["a"]).status()?;
        kept!(status.code() == 0, "it ended with {}", status.code());
        kept!(scene.text("out") == "last\n", "it printed {:?}", scene.text("out"));
        let end = end(scene)?;
        kept!(end["leaked"].is_null(), "{end}");
        nobody_left(scene)
    }

    "P2", RUNNERS => fn b2_a_child_keeps_the_output_open_beyond_the_timeout(scene) {
        scene.op("sleep 1000 &\necho hi; true");
        let status = limited(scene, &["a"])?.status()?;
        kept!(status.code() == 0, "it ended with {}", status.code());
        kept!(scene.text("out") == "hi\n", "it printed {:?}", scene.text("out"));
        names_stray(scene, "sleep")?;
        nobody_left(scene)
    }

    "P2 P3", RUNNERS => fn b3_an_escapee_and_a_timeout(scene) {
        scene.op("setsid sleep 1000 &\nsleep 1000; true");
        let status = limited(scene, &["a"])?.status()?;
        kept!(status.code() != 0, "it ended with {}", status.code());
        if scene.peer == Peer::Pgtools {
            kept!(end(scene)?["result"] == "timeout", "{}", end(scene)?);
        }
        nobody_left(scene)
    }

    "P2 P3", RUNNERS => fn b3_an_escapee_that_ignores_term_has_children(scene) {
        scene.op("setsid sh -c 'trap \"\" TERM; (setsid sleep 1000 &) ; sleep 1000; sleep 1000' \
            >/dev/null 2>&1 &\n(setsid env -i PG_TEST=$PG_TEST sleep 1000 >/dev/null 2>&1 &)\ntrue");
        let status = run(scene, &["a", "b"]).status()?;
        kept!(status.code() == 0, "it ended with {}", status.code());
        nobody_left(scene)
    }

    "P3", RUNNERS => fn b4_a_timeout_ends_the_whole_tree(scene) {
        scene.op("sleep 1000; true");
        let status = limited(scene, &["a"])?.status()?;
        kept!(status.code() != 0, "it ended with {}", status.code());
        nobody_left(scene)
    }

    "P3", RUNNERS => fn b5_a_command_that_stops_itself(scene) {
        scene.op("kill -STOP $$; sleep 1000; true");
        let status = limited(scene, &["a"])?.status()?;
        kept!(status.code() != 0, "it ended with {}", status.code());
        nobody_left(scene)
    }

    "P3", RUNNERS => fn b11_a_command_is_killed_by_a_signal(scene) {
        scene.op("ulimit -c 0; kill -$1 $$");
        let status = run(scene, &["SEGV", "KILL"]).status()?;
        kept!(status.code() != 0, "it ended with {}", status.code());
        if scene.peer == Peer::Pgtools {
            let events = scene.events("events")?;
            let signal = |seq: u64| {
                let end = events.iter().find(|e| e["type"] == "op.end" && e["seq"] == seq);
                end.map_or(0, |end| end["signal"].as_i64().unwrap_or(0))
            };
            kept!((signal(1), signal(2)) == (11, 9), "{} and {}", signal(1), signal(2));
            kept!(events.iter().all(|e| e["oom"].is_null()), "it takes them for want of memory");
            kept!(status.code() == 2, "it ended with {}", status.code());
        }
        nobody_left(scene)
    }

    "P11", NOBODY => fn b12_memory_runs_out(scene) {
        provoke::needs_root()?;
        let group = MemoryGroup::new(&scene.marker)?;
        // the shell lives on and says 137; the other command is all right
        scene.op("case $1 in hog) head -c 300000000 /dev/zero | tail | wc -c;; esac; true");
        scene.program("hog", "head -c 300000000 /dev/zero | tail >/dev/null");
        let hogs = format!("echo $$ >{}/cgroup.procs", group.0.display());
        let words = ["--events", "events", "-j1", "./{}", ":::", "hog", "fine"];
        scene.program("fine", "exit 137");
        let status = scene.words(words).after_shell(&hogs).status()?;
        kept!(status.code() == 2, "it ended with {}", status.code());
        let events = scene.events("events")?;
        let ends: Vec<_> = events.iter().filter(|e| e["type"] == "op.end").collect();
        kept!(ends.len() == 2 && ends[0]["oom"] == true, "not told: {:?}", ends.first());
        kept!(ends[1]["oom"].is_null(), "told of another: {}", ends[1]);
        let reason = ends[0]["reason"].as_str().unwrap_or_default();
        kept!(reason.contains("memory had run out"), "{reason}");
        nobody_left(scene)
    }
}

/// A control group that has little memory; removed when it is dropped.
struct MemoryGroup(PathBuf);

impl MemoryGroup {
    fn new(name: &str) -> Result<MemoryGroup, Verdict> {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let path = |start: &str| {
            let line = own.lines().find_map(|line| line.split_once(start));
            line.map_or(String::new(), |(_, path)| path.to_string())
        };
        let v1 = (format!("/sys/fs/cgroup/memory{}", path(":memory:")), "memory.limit_in_bytes");
        let v2 = (format!("/sys/fs/cgroup{}", path("::")), "memory.max");
        for (parent, limit) in [v1, v2] {
            let folder = PathBuf::from(parent).join(name);
            if fs::create_dir(&folder).is_ok() {
                let group = MemoryGroup(folder);
                if fs::write(group.0.join(limit), "60000000").is_ok() {
                    return Ok(group);
                }
            }
        }
        Err(Verdict::Skipped("no control group with a limit of memory can be made".into()))
    }
}

impl Drop for MemoryGroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}
