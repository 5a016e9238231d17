//! F: locks.

use crate::cycles::{self, Torment};
use crate::peer::{LOCKERS, NOBODY};
use crate::provoke::{Tmpfs, needs, needs_root};
use crate::scene::{Ear, Running, Status};
use crate::*;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

/// A lock of the tool that is tried: how it is asked for.
pub struct Locker<'a> {
    scene: &'a Scene,
}

impl<'a> Locker<'a> {
    /// Of the scene's tool.
    pub fn of(scene: &'a Scene) -> Self {
        Locker { scene }
    }

    fn program(&self) -> PathBuf {
        match self.scene.peer {
            Peer::Pgtools => PathBuf::from(env!("CARGO_BIN_EXE_pglock")),
            other => other.program().unwrap_or_default(),
        }
    }

    /// The file of the lock.
    pub fn file(&self) -> PathBuf {
        match self.scene.peer {
            Peer::Pgtools => self.scene.path("locks/l.lock"),
            _ => self.scene.path("l"),
        }
    }

    /// The tool, with options, that runs these words under the lock.
    pub fn command(&self, options: &[&str], words: &[&str]) -> std::process::Command {
        let mut command = self.scene.command(self.program());
        let own = format!("{}-l", self.scene.marker);
        match self.scene.peer {
            Peer::Pgtools => command.args(options).args(["l", "--"]),
            Peer::Sem => command.args(["--fg", "--id", &own]).args(options),
            _ => command.args(options).arg("l"),
        };
        command.args(words).stdin(std::process::Stdio::null());
        command
    }

    /// Starts it; what it says goes to the file `said`.
    pub fn start(&self, options: &[&str], words: &[&str]) -> Result<Running, Verdict> {
        let mut command = self.command(options, words);
        let said = fs::File::create(self.scene.path("said")).unwrap();
        command.stdout(std::process::Stdio::null()).stderr(said);
        Running::of(command, self.scene)
    }

    /// Runs `./op l` if the lock is free.
    pub fn attempt(&self) -> Result<Status, Verdict> {
        let options: &[&str] = match self.scene.peer {
            Peer::Sem => &["--st", "-1"],
            _ => &["-n"],
        };
        self.start(options, &["./op", "l"])?.wait()
    }

    /// A command in the lock that has said so, and stays until it is told to go.
    pub fn hold(&self, ready: &mut Ear) -> Result<Running, Verdict> {
        let holder = self.start(&[], &["./stay", "l"])?;
        kept!(ready.lines(1).len() == 1, "the lock was not to be had");
        Ok(holder)
    }
}

/// Returns when a process sleeps in a call that waits for a lock. The kernel's table of
/// locks would not do: it is read in pieces, between which it changes.
fn until_queued(waiter: &Running) {
    use nix::libc::{SYS_fcntl, SYS_flock};
    loop {
        let call = fs::read_to_string(format!("/proc/{}/syscall", waiter.pid())).unwrap();
        let words: Vec<&str> = call.split(' ').collect();
        let is_call = |number: i64| words[0] == number.to_string();
        // of the calls of fcntl the one that waits, F_OFD_SETLKW
        if is_call(SYS_flock) || (is_call(SYS_fcntl) && words[2] == "0x26") {
            return;
        }
        std::thread::yield_now();
    }
}

/// `./op l`, which comes and goes, and `./stay l`, which stays until something is
/// written to `go`. Each tells the log if another is inside.
fn ops(scene: &Scene) -> Ear {
    scene.op_alone("echo up >ready\nread x <go");
    fs::rename(scene.path("op"), scene.path("stay")).unwrap();
    scene.op_alone(":");
    scene.fifo("go");
    scene.ear("ready")
}

fn one_at_a_time(scene: &Scene) -> Outcome {
    let twice = scene.story().twice;
    kept!(twice.is_empty(), "two were inside at once");
    Ok(())
}

rows! {
    "P8", LOCKERS => fn f1_the_work_keeps_the_lock_when_its_wrapper_is_killed(scene) {
        let mut ready = ops(scene);
        let lock = Locker::of(scene);
        let holder = lock.hold(&mut ready)?;
        holder.signal("KILL");
        holder.wait()?;
        lock.attempt()?;
        one_at_a_time(scene)?;
        let mut go = scene.ear("go");
        go.say("x");
        // the next one gets it when the work has ended
        kept!(lock.start(&[], &["./op", "l"])?.wait()?.code() == 0, "the lock is lost");
        one_at_a_time(scene)
    }

    "P8", &[Peer::Flock] => fn f2_a_removed_lock_file_never_admits_two(scene) {
        let mut ready = ops(scene);
        let lock = Locker::of(scene);
        let holder = lock.hold(&mut ready)?;
        let before = lock.start(&[], &["./op", "l"])?;
        until_queued(&before);
        fs::remove_file(lock.file()).unwrap();
        // whoever was waiting, who tries, who comes later, and again
        lock.attempt()?;
        let later = lock.start(&[], &["./op", "l"])?;
        let _ = fs::remove_file(lock.file());
        lock.attempt()?;
        one_at_a_time(scene)?;
        scene.ear("go").say("x");
        for run in [holder, before, later] {
            kept!(run.wait()?.code() == 0, "not everyone got the lock");
        }
        kept!(lock.attempt()?.code() == 0, "the lock is not free");
        one_at_a_time(scene)
    }

    "P8", NOBODY => fn f3_a_forged_holder_has_no_effect(scene) {
        ops(scene);
        let lock = Locker::of(scene);
        kept!(lock.attempt()?.code() == 0, "a new lock is not free");
        // process 1 lives, and never held anything; the second line is no record at all
        let book = scene.path("locks/l.book");
        let forged = format!("{{\"type\":\"lock.holder\",\"name\":\"l\",\"mode\":\"exclusive\",\"pid\":1,\"by\":1,\"since\":1,\"boot_s\":9e9,\"token\":{}}}", u64::MAX);
        let mut text = fs::read(&book).unwrap();
        text.truncate(256);
        text.extend_from_slice(format!("{forged:<511}\n{:<255}\n", "{\"type\":").as_bytes());
        fs::write(&book, text).unwrap();
        kept!(lock.attempt()?.code() == 0, "a forged line keeps the lock");
        let mut who = scene.command(lock.program());
        let said = String::from_utf8(who.args(["--who", "l"]).output().unwrap().stdout).unwrap();
        kept!(said.contains("is free"), "it is believed: {said}");
        Ok(())
    }

    "P8", &[Peer::Flock] => fn f4_a_stray_that_keeps_the_lock_is_named(scene) {
        scene.program("op", "exec 9<>alive\nsleep 1000 >/dev/null 2>&1 &\necho $! >pid\nuntil read name </proc/$!/comm && [ \"$name\" = sleep ]; do :; done");
        scene.fifo("alive");
        let lock = Locker::of(scene);
        kept!(lock.start(&[], &["./op"])?.wait()?.code() == 0, "it did not run");
        let stray = format!("pid {} (sleep 1000)", scene.text("pid").trim());
        let first = scene.text("said");
        kept!(lock.attempt()?.code() != 0, "the stray does not keep the lock");
        let second = scene.text("said");
        let remedy = "--close-on-exit";
        kept!(first.contains(&stray) && first.contains(remedy), "at the end: {first:?}");
        kept!(second.contains(&stray) && second.contains(remedy), "to who tries: {second:?}");
        scene.clear();
        let forced = lock.start(&["--close-on-exit"], &["./op"])?.wait()?;
        kept!(forced.code() == 0 && scene.text("said").contains("taken from"), "not taken away");
        kept!(lock.attempt()?.code() == 0, "--close-on-exit did not free the lock");
        Ok(())
    }

    "P8", &[Peer::Flock] => fn f5_of_a_hundred_waiters_a_third_is_killed(scene) {
        const WAITERS: usize = 100;
        let mut ready = ops(scene);
        scene.program("op", "echo \"$1\" >>order");
        let lock = Locker::of(scene);
        let holder = lock.hold(&mut ready)?;
        let mut waiters = Vec::new();
        for number in 0..WAITERS {
            let waiter = lock.start(&[], &["./op", &number.to_string()])?;
            until_queued(&waiter);
            waiters.push((number, waiter));
        }
        let mut chance = cycles::Chance::new(5);
        let (killed, left): (Vec<_>, Vec<_>) = waiters.into_iter().partition(|_| chance.one_in(3));
        for (_, run) in killed {
            run.signal("KILL");
            run.wait()?;
        }
        scene.ear("go").say("x");
        kept!(holder.wait()?.code() == 0, "the holder failed");
        let mut right = Vec::new();
        for (number, run) in left {
            kept!(run.wait()?.code() == 0, "waiter {number} failed");
            right.push(number.to_string());
        }
        let order: Vec<String> = scene.text("order").lines().map(String::from).collect();
        kept!(order == right, "order of arrival {right:?}, of service {order:?}");
        Ok(())
    }

    "P8", LOCKERS => fn f6_nobody_is_inside_twice_whoever_is_stopped_or_killed(scene) {
        needs("flock")?;
        let rounds = if scene.peer == Peer::Sem { 40 } else { 400 };
        let report = cycles::run(scene, &Torment { rounds, workers: 16, seed: 6 });
        kept!(report.overlaps == 0, "{report}");
        kept!(report.worst_share > 0.0, "somebody starved: {report}");
        Ok(())
    }

    "P1 P8", &[Peer::Flock] => fn f7_a_directory_that_cannot_be_used_is_an_error(scene) {
        needs_root()?;
        let refused = |dir: &str, why: &str| -> Outcome {
            let mut command = scene.command(Locker::of(scene).program());
            match scene.peer {
                Peer::Pgtools => command.args(["--dir", dir, "l", "touch", "never"]),
                _ => command.args([&format!("{dir}/l"), "touch", "never"]),
            };
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            let status = output.status.code();
            kept!(status.is_some_and(|code| code > 1), "{dir}: status {status:?}, {said}");
            kept!(said.contains(why) && said.lines().count() == 1, "{dir}: {said:?}");
            kept!(!scene.path("never").exists(), "{dir}: the command ran");
            Ok(())
        };
        let sealed = Tmpfs::at(&scene.path("sealed"), "64k")?;
        let mut remount = scene.command("mount");
        remount.args(["-o", "remount,ro"]).arg(sealed.path());
        kept!(remount.status().unwrap().success(), "cannot be made read-only");
        refused("sealed", "Read-only file system")?;
        if scene.peer == Peer::Pgtools {
            // a lock needs room for its counter; flock needs none
            let full = Tmpfs::at(&scene.path("full"), "16k")?;
            let _ = fs::write(full.path().join("filling"), vec![0; 64 << 10]);
            refused("full", "No space left on device")?;
        }
        refused("nowhere/at/all", "No such file or directory")
    }

    "P8", NOBODY => fn f8_a_deadlock_is_reported(scene) {
        let pglock = Locker::of(scene).program();
        let pglock = pglock.display();
        let nested = |first: &str, second: &str| {
            format!("{pglock} -q {first} -- sh -c 'exec 9<>alive; echo up >ready; read x <go.{first}; {pglock} -q {second} true'")
        };
        scene.program("ab", &nested("a", "b"));
        scene.program("ba", &nested("b", "a"));
        for fifo in ["alive", "go.a", "go.b"] {
            scene.fifo(fifo);
        }
        let mut ready = scene.ear("ready");
        let report = || {
            let mut look = scene.command(Locker::of(scene).program());
            let output = look.arg("--deadlock").output().unwrap();
            (output.status.code(), String::from_utf8(output.stdout).unwrap())
        };
        let both = [Running::of(scene.command("./ab"), scene)?, Running::of(scene.command("./ba"), scene)?];
        kept!(ready.lines(2).len() == 2, "the locks were not to be had");
        kept!(report() == (Some(0), "no deadlock\n".into()), "too early: {:?}", report());
        let (mut one, mut two) = (scene.ear("go.a"), scene.ear("go.b"));
        one.say("x");
        two.say("x");
        let blocked = |name: &str| {
            let file = scene.path("locks").join(format!("{name}.lock"));
            let inode = format!(":{} ", fs::metadata(file).unwrap().ino());
            let table = fs::read_to_string("/proc/locks").unwrap();
            table.lines().any(|line| line.contains("->") && line.contains(&inode))
        };
        while !blocked("a") || !blocked("b") {
            std::thread::yield_now();
        }
        let (status, said) = report();
        kept!(status == Some(1), "not seen: {said}");
        let circle = said.contains("waits for a") && said.contains("waits for b");
        kept!(circle && said.matches("pid ").count() == 2, "{said}");
        // ending one of them is the remedy
        let pid = said.split("pid ").nth(1).and_then(|text| text.split(' ').next()).unwrap();
        kept!(scene.command("kill").arg(pid).status().unwrap().success(), "no such pid {pid}");
        for run in both {
            run.wait()?;
        }
        kept!(report().0 == Some(0), "it is still there");
        Ok(())
    }
}
