//! D: time. Clocks are off by a preloaded library, on a program that is linked dynamically,
//! or by a namespace of time; the machine's own clock is never touched.

use crate::provoke::{needs, needs_root};
use crate::*;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Clocks that jump when the row says so.
struct Clocks<'a>(&'a Scene);

impl Clocks<'_> {
    /// Makes the library.
    fn new(scene: &Scene) -> Result<Clocks<'_>, Verdict> {
        needs("cc")?;
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/clock.c");
        let made = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(scene.path("clock.so"))
            .arg(source)
            .status();
        if !made.is_ok_and(|status| status.success()) {
            return Err(Verdict::Skipped("cc makes no shared library".into()));
        }
        let clocks = Clocks(scene);
        clocks.jump(0, 0);
        Ok(clocks)
    }

    /// From now on the wall clock is off by so many seconds, and the machine has slept so long.
    fn jump(&self, wall: i64, slept: i64) {
        fs::write(self.0.path("offsets.new"), format!("{wall} {slept}\n")).unwrap();
        fs::rename(self.0.path("offsets.new"), self.0.path("offsets")).unwrap();
    }

    /// A run under these clocks; its commands have the true ones.
    fn run(&self, keys: &[&str], options: &[&str]) -> Result<scene::Running, Verdict> {
        let scene = self.0;
        let run = scene.run(keys).with(options).with(match scene.peer {
            Peer::Pgtools => vec!["--events", "events"],
            _ => vec![],
        });
        let mut command = run.command()?;
        if scene.peer == Peer::Pgtools {
            let words: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
            let (out, err) = (scene.path("out"), scene.path("err"));
            command = scene.command(dynamic()?);
            command.args(words).stdin(fs::File::open(scene.path("list")).unwrap());
            command.stdout(fs::File::create(out).unwrap()).stderr(fs::File::create(err).unwrap());
        }
        command.env("LD_PRELOAD", scene.path("clock.so")).env("PG_CLOCK", scene.path("offsets"));
        scene::Running::of(command, scene)
    }
}

/// pgrun as it is linked dynamically, beside the others.
fn dynamic() -> Result<PathBuf, Verdict> {
    let path = PathBuf::from(env!("CARGO_BIN_EXE_pgrun")).with_file_name("examples/dynamic");
    if path.is_file() {
        Ok(path)
    } else {
        Err(Verdict::Skipped("cargo build --examples makes the dynamic program".into()))
    }
}

/// The record with which a command ended, by its number in the input.
fn end_of(scene: &Scene, seq: u64) -> Result<serde_json::Value, Verdict> {
    let events = scene.events("events")?;
    let end = events.into_iter().find(|e| e["type"] == "op.end" && e["seq"] == seq);
    end.ok_or_else(|| Verdict::Broken(format!("no op.end of {seq}")))
}

/// What a run says when its program takes no time limit.
fn takes_timeouts(scene: &Scene) -> Result<(), Verdict> {
    if scene.peer == Peer::Xargs { Err(Verdict::NotOffered) } else { Ok(()) }
}

/// The option that limits a command's time.
fn limit(scene: &Scene, seconds: &'static str) -> [&'static str; 2] {
    [if scene.peer == Peer::RustParallel { "-t" } else { "--timeout" }, seconds]
}

rows! {
    /// The wall clock goes back an hour: a timeout comes all the same, and no duration is
    /// below zero.
    "P6", RUNNERS => fn d1_a_clock_set_back_delays_no_timeout(scene) {
        takes_timeouts(scene)?;
        let clocks = Clocks::new(scene)?;
        scene.op("unset LD_PRELOAD; echo up >ready; exec sleep 1000");
        let mut ready = scene.ear("ready");
        let running = clocks.run(&["a"], &limit(scene, "1"))?;
        kept!(ready.lines(1).len() == 1, "the command did not start");
        clocks.jump(-3600, 0);
        let status = running.wait()?;
        kept!(status.code() != 0, "the timeout did not come");
        kept!(scene.all_gone(scene::PATIENCE).is_ok(), "the command lives on");
        if scene.peer == Peer::Pgtools {
            let end = end_of(scene, 1)?;
            let wall = end["wall_s"].as_f64().unwrap_or(-1.0);
            kept!(end["result"] == "timeout", "it is a {}", end["result"]);
            kept!((1.0..600.0).contains(&wall), "it took {wall} s");
            kept!(end["end"].as_f64() >= end["start"].as_f64(), "it ended before it began: {end}");
            checker::agree(&scene.events("events")?, status.code())?;
        }
        Ok(())
    }

    /// The wall clock goes forward an hour: nobody is killed early. The second command ends
    /// after the jump, so that the runner has looked at its clock.
    "P6", RUNNERS => fn d2_a_clock_set_forward_kills_nobody(scene) {
        takes_timeouts(scene)?;
        let clocks = Clocks::new(scene)?;
        scene.op("unset LD_PRELOAD; echo $1 >ready; [ $1 = a ] && read x <go; true");
        scene.fifo("go");
        let (mut ready, mut go) = (scene.ear("ready"), scene.ear("go"));
        let running = clocks.run(&["a", "b", "c", "d"], &limit(scene, "1000"))?;
        kept!(ready.lines(2).len() == 2, "the commands did not start");
        clocks.jump(3600, 0);
        kept!(ready.lines(2).len() == 2, "the others did not start");
        go.say("go");
        let status = running.wait()?;
        kept!(status.code() == 0, "status {}", status.code());
        kept!(scene.story().succeeded().len() == 4, "killed: {:?}", scene.story());
        Ok(())
    }

    /// The machine sleeps for ten minutes: the timeout of five does not count them, they are
    /// told once, and the times of the records go on with the wall clock.
    "P6", &[] => fn d3_a_machine_that_slept_is_noted(scene) {
        let clocks = Clocks::new(scene)?;
        scene.op("unset LD_PRELOAD; echo $1 >ready; [ $1 = a ] && read x <go; true");
        scene.fifo("go");
        let (mut ready, mut go) = (scene.ear("ready"), scene.ear("go"));
        let running = clocks.run(&["a", "b", "c", "d"], &["--timeout", "300"])?;
        kept!(ready.lines(2).len() == 2, "the commands did not start");
        clocks.jump(600, 600);
        kept!(ready.lines(2).len() == 2, "the others did not start");
        go.say("go");
        let status = running.wait()?;
        kept!(status.code() == 0, "status {}", status.code());
        let events = scene.events("events")?;
        let slept: Vec<_> = events.iter().filter(|e| e["type"] == "clock").collect();
        kept!(slept.len() == 1, "{} records of a sleep", slept.len());
        kept!((599.0..602.0).contains(&slept[0]["asleep_s"].as_f64().unwrap_or(0.0)), "{}", slept[0]);
        let end = end_of(scene, 1)?;
        let (start, stop) = (end["start"].as_f64(), end["end"].as_f64());
        let label = stop.unwrap_or(0.0) - start.unwrap_or(0.0);
        kept!(label >= 600.0, "its times are {label} s apart");
        kept!(end["wall_s"].as_f64().is_some_and(|wall| wall < 300.0), "it took {end}");
        let said = scene.text("err");
        kept!(said == "pgrun: the machine slept for 10m: no timeout counts it\n", "it said {said:?}");
        checker::agree(&events, 0)
    }

    /// The programs as they are shipped, linked statically, in a namespace whose clocks are
    /// eleven days ahead: timeouts and durations are what they are outside.
    "P6", RUNNERS => fn d1_a_namespace_of_time_changes_nothing(scene) {
        takes_timeouts(scene)?;
        needs_root()?;
        needs("unshare")?;
        scene.op("echo up >ready; exec sleep 1000");
        let mut ready = scene.ear("ready");
        let ahead = ["unshare", "-T", "--monotonic", "1000000", "--boottime", "1000000"];
        let own = if scene.peer == Peer::Pgtools { &["--events", "events"][..] } else { &[] };
        let run = scene.run(["a"]).under(ahead).with(limit(scene, "1")).with(own);
        let running = run.spawn()?;
        kept!(ready.lines(1).len() == 1, "the command did not start: {}", scene.text("err"));
        let status = running.wait()?;
        kept!(status.code() != 0, "the timeout did not come");
        if scene.peer == Peer::Pgtools {
            let wall = end_of(scene, 1)?["wall_s"].as_f64().unwrap_or(-1.0);
            kept!((1.0..600.0).contains(&wall), "it took {wall} s");
        }
        Ok(())
    }
}
