//! C: resources run out: disks, memory, descriptors, processes, readers.

use crate::provoke::{Tmpfs, injected, needs, needs_root};
use crate::*;
use std::fs;
use std::io::Read as _;
use std::process::Stdio;

/// A user who has nothing else on this machine.
const NOBODY: &str = "61006";

/// A file system that is full but for so many bytes, at `full`.
fn full_disk(scene: &Scene, size: &str, left: usize) -> Result<Tmpfs, Verdict> {
    let disk = Tmpfs::at(&scene.path("full"), size)?;
    let mut fill = fs::File::create(disk.path().join("fill")).unwrap();
    let piece = vec![b'x'; 4096];
    while std::io::Write::write_all(&mut fill, &piece).is_ok() {}
    let size = fill.metadata().unwrap().len();
    fill.set_len(size.saturating_sub(left as u64)).unwrap();
    Ok(disk)
}

/// All of these ran to a good end.
fn all_ran(scene: &Scene, keys: usize) -> Outcome {
    let ran = scene.story().succeeded().len();
    kept!(ran == keys, "{ran} of {keys} ran");
    Ok(())
}

/// A status that is not 0 and at least one line that says why.
fn says_so(scene: &Scene, status: scene::Status) -> Outcome {
    kept!(status.code() != 0, "status 0");
    kept!(!scene.text("err").is_empty(), "status {}, and not a word", status.code());
    if scene.peer == Peer::Pgtools {
        kept!(status.code() == 255, "status {}: {}", status.code(), scene.text("err"));
    }
    Ok(())
}

/// One line for each of the keys that its command prints: so many times the key.
fn whole_output(scene: &Scene, name: &str, keys: &[&str], bytes: usize) -> Outcome {
    let out = fs::read(scene.path(name)).unwrap_or_default();
    for key in keys {
        let count = out.iter().filter(|byte| **byte == key.as_bytes()[0]).count();
        kept!(count == bytes, "{count} of {bytes} bytes of {key}");
    }
    kept!(out.len() == keys.len() * bytes, "{} bytes that nobody wrote", out.len());
    Ok(())
}

/// What prints so many MiB of the key.
fn prints(mib: usize) -> String {
    format!("head -c {mib}M /dev/zero | tr '\\0' $1")
}

rows! {
    /// Standard output is full: every command runs, and the status says that nobody has
    /// seen what they wrote.
    "P1", RUNNERS => fn c1_a_full_standard_output_is_told(scene) {
        scene.op("echo out $1");
        let status = scene.run(["a", "b", "c"]).after_shell("exec >/dev/full").status()?;
        says_so(scene, status)?;
        if scene.peer == Peer::Pgtools {
            let said = scene.text("err");
            kept!(said.lines().count() == 1 && said.contains("standard output: "), "{said:?}");
            all_ran(scene, 3)?;
        }
        Ok(())
    }

    /// The reader goes away: nothing more is started, what runs is ended, and the runner
    /// dies of SIGPIPE as others do.
    "P1 P2", RUNNERS => fn c2_a_reader_that_goes_away_ends_the_run(scene) {
        needs("bash")?;
        scene.op("head -c 100000 /dev/zero | tr '\\0' x; echo; [ $1 = 2 ] && exec sleep 1000");
        let until_first = "\"$0\" \"$@\" | head -c 1 >first; exit ${PIPESTATUS[0]}";
        let run = scene.run(0..200).under(["bash", "-c", until_first]);
        let status = run.status()?;
        kept!(status.code() == 141, "status {}", status.code());
        let started = scene.story().started();
        kept!(started < 200, "all were started");
        kept!(scene.all_gone(scene::PATIENCE).is_ok(), "something lives on");
        Ok(())
    }

    /// No room in memory nor on disk for what must be kept: the commands wait, one always
    /// goes on, and every byte comes out.
    "P1 P10 P11", RUNNERS => fn c3_a_full_temporary_folder_loses_nothing(scene) {
        let _disk = full_disk(scene, "2m", 1 << 20)?;
        scene.op(&prints(50));
        let keys = ["a", "b", "c", "d"];
        let options = if scene.peer == Peer::Pgtools { &["--events", "events"][..] } else { &[] };
        let run = scene.run(keys).jobs(4).with(options).after_shell("TMPDIR=full; export TMPDIR");
        let status = run.status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        whole_output(scene, "out", &keys, 50 << 20)
    }

    /// The same in order: the first waits for a word, and what must wait for it finds no room.
    "P1 P10 P11", &[] => fn c3_without_room_the_turn_still_goes_on(scene) {
        let _disk = full_disk(scene, "2m", 1 << 20)?;
        scene.op(&format!("[ $1 = a ] && read x <go; {}; [ $1 != a ] || echo >>full/../a", prints(50)));
        let mut go = scene.ear("go");
        let keys = ["a", "b", "c", "d"];
        let run = scene.run(keys).jobs(4).with(["-k", "--events", "events"]);
        let running = run.after_shell("TMPDIR=full; export TMPDIR").spawn()?;
        go.say("go");
        let status = running.wait()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        whole_output(scene, "out", &keys, 50 << 20)?;
        let sorted = fs::read(scene.path("out")).unwrap();
        kept!(sorted.is_sorted(), "they are not in order");
        checker::agree(&scene.events("events")?, 0)
    }

    /// In order, and the one whose turn it is cannot begin before one that finds no room: it
    /// is printed before its turn, which is said.
    "P1 P11", &[] => fn c3_who_waits_for_one_without_room_waits_not_for_ever(scene) {
        let _disk = full_disk(scene, "2m", 1 << 20)?;
        let plan = "{\"id\":\"a\",\"needs\":[\"b\"],\"cmd\":\"echo a\"}\n\
                    {\"id\":\"b\",\"cmd\":\"head -c 100M /dev/zero | tr '\\\\0' b\"}\n";
        fs::write(scene.path("plan"), plan).unwrap();
        let run = scene.words(["-k", "--ops", "plan"]).after_shell("TMPDIR=full; export TMPDIR");
        let status = run.status()?;
        kept!(status.code() == 255, "status {}", status.code());
        let said = scene.text("err");
        kept!(said.contains("b: printed before its turn"), "it said nothing of it");
        let count = said.bytes().filter(|byte| *byte == b'b').count();
        kept!(count >= 100 << 20, "{count} bytes of {}", 100 << 20);
        checker::agree(&scene.events("out")?, 255)
    }

    /// A job log on a full disk: the commands run, and it is told.
    "P1", &[Peer::Parallel] => fn c4_a_job_log_on_a_full_disk_is_told(scene) {
        let _disk = full_disk(scene, "64k", 0)?;
        scene.op("echo out");
        let status = scene.run(0..6).with(["--joblog", "full/joblog"]).status()?;
        says_so(scene, status)?;
        all_ran(scene, 6)
    }

    /// The same of the events, and of both with --strict-log, which starts nothing more.
    "P1", &[] => fn c4_strict_logs_stop_the_run(scene) {
        let _disk = full_disk(scene, "64k", 0)?;
        scene.op("echo out");
        let status = scene.run(0..6).with(["--events", "full/events"]).status()?;
        says_so(scene, status)?;
        kept!(scene.text("err").contains("full/events: "), "{}", scene.text("err"));
        all_ran(scene, 6)?;
        for log in ["--joblog", "--events"] {
            fs::remove_file(scene.path("log")).unwrap();
            let strict = ["--strict-log", log, "full/log"];
            let status = scene.run(0..50).jobs(1).with(strict).status()?;
            says_so(scene, status)?;
            let started = scene.story().started();
            kept!(started < 50, "{log}: all were started");
        }
        Ok(())
    }

    /// The disk has no room for one line of the job log, and has it for the next: no line is
    /// missing, or the status says so.
    "P1", &[Peer::Parallel] => fn c5_a_line_that_found_no_room_is_written_later(scene) {
        scene.op("echo out");
        fs::write(scene.path("joblog"), "").unwrap();
        let path = scene.path("joblog");
        let inject = injected("write", "error=ENOSPC:when=3", path.to_str())?;
        let status = scene.run(0..6).with(["--joblog", "joblog"]).under(inject).status()?;
        all_ran(scene, 6)?;
        let rows = scene.text("joblog").lines().count();
        kept!(rows == 7 || status.code() != 0, "{rows} lines and status 0");
        if scene.peer == Peer::Pgtools {
            kept!((rows, status.code()) == (7, 0), "{rows} lines, status {}", status.code());
        }
        Ok(())
    }

    /// Results on a full disk are told.
    "P1", &[Peer::Parallel] => fn c6_results_on_a_full_disk_are_told(scene) {
        let _disk = full_disk(scene, "64k", 0)?;
        scene.op(&prints(1));
        let status = scene.run(["a", "b", "c"]).with(["--results", "full/results"]).status()?;
        says_so(scene, status)
    }

    /// Sixteen descriptors: fewer commands at a time, one warning, and all run.
    "P11", RUNNERS => fn c7_few_descriptors_are_few_at_a_time(scene) {
        scene.op("echo out $1");
        let status = scene.run(0..20).jobs(8).after_shell("ulimit -n 16").status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        all_ran(scene, 20)?;
        if scene.peer == Peer::Pgtools {
            let said = scene.text("err");
            kept!(said.lines().count() == 1 && said.contains("ulimit -n"), "{said:?}");
        }
        Ok(())
    }

    /// Where not even one command fits, that is said at once, and commands never get another
    /// limit than the one that was given.
    "P11", &[] => fn c7_too_few_descriptors_are_told_at_once(scene) {
        scene.op("ulimit -n");
        let status = scene.run(0..3).after_shell("ulimit -n 10").status()?;
        says_so(scene, status)?;
        let said = scene.text("err");
        kept!(said.lines().count() == 1 && said.contains("too few"), "{said:?}");
        kept!(scene.story().started() == 0, "something was started");
        let status = scene.run(0..3).jobs(40).after_shell("ulimit -S -n 64; ulimit -H -n 4096").status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        kept!(scene.text("err").is_empty(), "{}", scene.text("err"));
        kept!(scene.text("out") == "64\n64\n64\n", "commands have {:?}", scene.text("out"));
        Ok(())
    }

    /// Hardly any processes: starts wait until another has ended, and all run.
    "P11", RUNNERS => fn c8_few_processes_are_waited_for(scene) {
        needs_root()?;
        needs("setpriv")?;
        needs("bash")?;
        let open = |path: &std::path::Path, mode| {
            let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
            fs::set_permissions(path, mode).unwrap();
        };
        scene.op("echo out");
        open(scene.dir(), 0o777);
        let program = scene.peer.program();
        let Some(program) = program else { return Err(Verdict::Skipped("not installed".into())) };
        let own = scene.path("runner");
        fs::copy(&program, &own).unwrap();
        open(&own, 0o755);
        for most in [12, 6] {
            let _ = fs::remove_file(scene.path("log"));
            let user = ["setpriv", "--reuid", NOBODY, "--clear-groups"];
            let reads = std::process::Command::new(user[0]).args(&user[1..]).arg("test").arg("-x").arg(&own).status();
            if !reads.is_ok_and(|status| status.success()) {
                return Err(Verdict::Skipped("another user cannot reach this folder".into()));
            }
            let run = scene.run(0..20).jobs(8);
            for name in ["alive", "log"] {
                // the pipe is there already, and would wait for a reader
                if !scene.path(name).exists() {
                    fs::write(scene.path(name), "").unwrap();
                }
                open(&scene.path(name), 0o666);
            }
            let limit = format!("ulimit -u {most}; shift; exec ./runner \"$@\"");
            let status = run.under(["bash", "-c", &limit, "bash"]).under(user).status()?;
            kept!(status.code() == 0, "{most}: status {}: {}", status.code(), scene.text("err"));
            all_ran(scene, 20)?;
        }
        Ok(())
    }

    /// One fork fails.
    "P11", RUNNERS => fn c9_a_start_that_fails_once_is_repeated(scene) {
        scene.op("true");
        for when in [1, 3] {
            let _ = fs::remove_file(scene.path("log"));
            let how = format!("error=EAGAIN:when={when}");
            let inject = injected("clone,clone3,vfork,fork", &how, None)?;
            let status = scene.run(0..10).under(inject).status()?;
            kept!(status.code() == 0, "{when}: status {}: {}", status.code(), scene.text("err"));
            all_ran(scene, 10)?;
        }
        Ok(())
    }

    /// The list cannot be read on: what was read is run, and it is told how much that was.
    "P1", RUNNERS => fn c10_a_list_that_cannot_be_read_on_is_told(scene) {
        scene.op("true");
        let list = scene.path("list");
        let inject = injected("read", "error=EIO:when=2", list.to_str())?;
        let keys = (0..300).map(|n| format!("{n}-{}", "x".repeat(1000)));
        let status = scene.run(keys).under(inject).status()?;
        says_so(scene, status)?;
        if scene.peer == Peer::Pgtools {
            let (started, said) = (scene.story().started(), scene.text("err"));
            kept!(said.contains(&format!("incomplete after {started} lines")), "{started}: {said}");
            kept!(started < 300, "nothing was lost");
        }
        Ok(())
    }

    /// An argument that no command line takes: it is told of which line, and the others run.
    "P1 P11", RUNNERS => fn c11_an_argument_that_is_too_long_is_told_and_others_run(scene) {
        scene.op("true");
        let status = scene.run(["a", &"x".repeat(200_000), "b"]).status()?;
        kept!(status.code() != 0, "status 0");
        all_ran(scene, 2)?;
        if scene.peer == Peer::Pgtools {
            let said = scene.text("err");
            kept!(said.contains(":2: ") && said.contains("200000 bytes"), "{said}");
            // seven megabytes in words of which each would do: more than any limit of a stack
            let word = "x".repeat(100_000);
            let long: Vec<&str> = std::iter::once("true").chain([word.as_str(); 70]).collect();
            let plan = [serde_json::json!({"id": "long", "cmd": long}).to_string(), r#"{"id":"b","cmd":["true"]}"#.into()];
            fs::write(scene.path("plan"), plan.join("\n")).unwrap();
            let status = scene.words(["--ops", "plan"]).status()?;
            kept!(status.code() == 1, "status {}", status.code());
            let (said, events) = (scene.text("err"), scene.events("out")?);
            kept!(said.contains("long: ") && said.contains("more than the kernel takes"), "{said}");
            kept!(events.iter().any(|e| e["id"] == "b" && e["result"] == "success"), "b did not run");
        }
        Ok(())
    }

    /// An environment of 120 kB.
    "P11", RUNNERS => fn c12_a_large_environment_works(scene) {
        scene.op("[ ${#BIG} = 120000 ]");
        let big = "BIG=$(head -c 120000 /dev/zero | tr '\\0' x); export BIG";
        let status = scene.run(["a", "b"]).after_shell(big).status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        all_ran(scene, 2)
    }

    /// No temporary folder, no home.
    "P11 P12", RUNNERS => fn c13_without_folders_of_its_own_it_runs(scene) {
        scene.op("echo out");
        let without = "TMPDIR=/nonexistent; export TMPDIR; unset HOME";
        let status = scene.run(["a", "b"]).after_shell(without).status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        all_ran(scene, 2)?;
        if scene.peer == Peer::Pgtools {
            // not needed, so not said
            kept!(scene.text("err").is_empty(), "{}", scene.text("err"));
            scene.op(&prints(70));
            let status = scene.run(["a"]).after_shell(without).status()?;
            kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
            whole_output(scene, "out", &["a"], 70 << 20)?;
            let said = scene.text("err");
            kept!(said.lines().count() == 1 && said.contains("/nonexistent: "), "{said:?}");
        }
        Ok(())
    }

    /// Many short commands: neither memory nor descriptors grow, and every one has its events.
    "P10", &[] => fn c14_many_commands_need_no_more_than_few(scene) {
        const JOBS: usize = 10_000;
        // how it looks from outside at the beginning and at the end
        let look = "grep VmRSS /proc/$PPID/status; ls /proc/$PPID/fd | wc -l";
        let command = format!("case $1 in 100|{JOBS}) {look};; esac");
        scene.program("look", &command);
        let list: String = (1..=JOBS).map(|n| format!("{n}\n")).collect();
        fs::write(scene.path("numbers"), list).unwrap();
        let words = ["-j4", "-k", "-a", "numbers", "--events", "events", "./look"];
        let status = scene.words(words).status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        let out = scene.text("out");
        let numbers: Vec<i64> = out.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        kept!(numbers.len() == 4, "{out}");
        kept!(numbers[2] - numbers[0] < 10_000, "memory grew: {out}");
        kept!(numbers[3] <= numbers[1] + 6, "descriptors grew: {out}");
        let events = scene.events("events")?;
        kept!(events.len() == 2 * JOBS + 2, "{} events", events.len());
        checker::agree(&events, 0)
    }

    /// A reader that is much slower than the commands: no more are started than it takes, and
    /// every byte comes.
    "P1 P10", RUNNERS => fn c15_a_slow_reader_is_not_run_away_from(scene) {
        const JOBS: usize = 2000;
        const EACH: usize = 4000;
        scene.op("printf '%04000d' 7");
        let mut command = scene.run(0..JOBS).command()?;
        command.stdout(Stdio::piped());
        let mut running = scene::Running::of(command, scene)?;
        let mut out = running.child().stdout.take().unwrap();
        let (mut read, mut ahead, mut piece) = (0, 0, [0; EACH]);
        loop {
            let count = out.read(&mut piece).unwrap();
            if count == 0 {
                break;
            }
            kept!(piece[..count].iter().all(|byte| b"07".contains(byte)), "other bytes");
            read += count;
            // slow enough: the log is read each time
            ahead = ahead.max(scene.story().started().saturating_sub(read / EACH));
        }
        let status = running.wait()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        kept!(read == JOBS * EACH, "{read} of {} bytes", JOBS * EACH);
        // a pipe full, a mebibyte, and what runs
        kept!(ahead < 320, "it was {ahead} commands ahead of its reader");
        Ok(())
    }
}
