//! B: commands misbehave in what they write and read.

use crate::provoke::needs;
use crate::*;
use std::fs;
use std::process::Stdio;

/// Most memory that a run may take, in KiB, whatever is printed.
const MOST_KIB: u64 = 64 << 10;

/// Words that write down the most memory that one process of the run has had, in `rss`.
fn measured() -> Result<[&'static str; 3], Verdict> {
    needs("python3")?;
    const MEASURE: &str = "import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=open('rss', 'w'))
sys.exit(status if status >= 0 else 128 - status)";
    Ok(["python3", "-c", MEASURE])
}

fn little_memory(scene: &Scene) -> Outcome {
    let kib: u64 = scene.text("rss").trim().parse().unwrap_or(u64::MAX);
    kept!(kib <= MOST_KIB, "{kib} KiB of memory");
    Ok(())
}

rows! {
    /// A line without an end: all of it comes, nothing is added, and it is nowhere whole.
    "P9 P10", RUNNERS => fn b6_a_line_without_end_needs_no_memory(scene) {
        needs("bash")?;
        let modes: &[(&[&str], usize)] = match scene.peer {
            Peer::Pgtools => &[(&[], 512), (&["--lb"], 200), (&["--tag"], 100), (&["--lb", "--tag"], 100)],
            Peer::Parallel => &[(&[], 512), (&["--lb"], 512)],
            _ => &[(&[], 512)],
        };
        for (options, mib) in modes {
            scene.op(&format!("head -c {mib}M /dev/zero"));
            let count = "\"$0\" \"$@\" | wc -c >count; exit ${PIPESTATUS[0]}";
            let run = scene.run(["a"]).with(*options).under(measured()?);
            let status = run.under(["bash", "-c", count]).status()?;
            kept!(status.code() == 0, "{options:?}: status {}: {}", status.code(), scene.text("err"));
            let bytes = scene.text("count").trim().parse().unwrap_or(0);
            let tag = if options.contains(&"--tag") { 2 } else { 0 };
            kept!(bytes == (mib << 20) + tag, "{options:?}: {bytes} bytes of {mib} MiB");
            little_memory(scene)?;
        }
        Ok(())
    }

    /// Eight write long lines in pieces: none stands within another.
    "P9", RUNNERS => fn b7_lines_of_several_do_not_mix(scene) {
        let third = "printf '%03000d' 0 | tr 0 $1";
        scene.op(&format!("x=$({third})\nn=0; while [ $n -lt 200 ]; do printf %s $x; printf %s $x; printf '%s\\n' $x; n=$((n+1)); done"));
        let modes: &[&[&str]] = match scene.peer {
            Peer::Pgtools | Peer::Parallel => &[&[], &["--lb"]],
            _ => &[&[]],
        };
        for options in modes {
            let keys = ["a", "b", "c", "d", "e", "f", "g", "h"];
            let status = scene.run(keys).jobs(8).with(*options).status()?;
            kept!(status.code() == 0, "status {}", status.code());
            let out = fs::read(scene.path("out")).unwrap();
            let lines: Vec<&[u8]> = out.split_inclusive(|byte| *byte == b'\n').collect();
            let whole = |line: &&&[u8]| line.len() == 9001 && line[..9000].iter().all(|b| *b == line[0]);
            let mixed = lines.len() - lines.iter().filter(whole).count();
            kept!(mixed == 0 && lines.len() == 1600, "{options:?}: {mixed} of {} mixed", lines.len());
        }
        Ok(())
    }

    /// The first keeps its turn until 600 others have ended, each of which has printed
    /// 100 kB.
    "P10", &[Peer::Parallel, Peer::RustParallel] => fn b8_what_waits_for_a_slow_first_needs_no_memory(scene) {
        const OTHERS: usize = 600;
        scene.op("if [ $1 = 0 ]; then read x <go; else head -c 100000 /dev/zero; echo $1 >ended; fi");
        let (mut go, mut ended) = (scene.ear("go"), scene.ear("ended"));
        let run = scene.run(0..=OTHERS).jobs(4).with(["-k"]).under(measured()?);
        let running = run.spawn()?;
        kept!(ended.lines(OTHERS).len() == OTHERS, "the others did not end");
        go.say("go");
        let status = running.wait()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        let bytes = fs::metadata(scene.path("out")).unwrap().len();
        kept!(bytes == 100_000 * OTHERS as u64, "{bytes} bytes");
        little_memory(scene)
    }

    /// Escape sequences reach a terminal as text, and a file as they are.
    "P9", RUNNERS => fn b9_escapes_reach_no_terminal(scene) {
        needs("script")?;
        scene.op("printf '\\033]0;owned\\007\\033[2J'");
        let status = scene.run(["a"]).status()?;
        kept!(status.code() == 0, "status {}", status.code());
        kept!(scene.text("out") == "\u{1b}]0;owned\u{7}\u{1b}[2J", "a file has {:?}", scene.text("out"));
        let quoted = "script -qec \"$(printf '%q ' \"$0\" \"$@\")\" /dev/null";
        let status = scene.run(["a"]).under(["bash", "-c", quoted]).status()?;
        kept!(status.code() == 0, "status {}", status.code());
        let shown = scene.text("out");
        kept!(!shown.contains("\u{1b}]0;") && !shown.contains("\u{1b}[2J"), "it shows {shown:?}");
        Ok(())
    }

    /// Bytes that are no text stay as they are, in output and in events.
    "P9", RUNNERS => fn b10_bytes_that_are_no_text_are_kept(scene) {
        scene.op("printf 'a\\377\\376\\n'");
        let own = ["--events", "events", "--event-output", "all"];
        let own = if scene.peer == Peer::Pgtools { &own[..] } else { &[] };
        let status = scene.run(["k"]).with(own).status()?;
        kept!(status.code() == 0, "status {}", status.code());
        let out = fs::read(scene.path("out")).unwrap();
        kept!(out == b"a\xff\xfe\n", "{out:?}");
        if scene.peer == Peer::Pgtools {
            let events = scene.events("events")?;
            let end = events.iter().find(|e| e["type"] == "op.end").cloned().unwrap_or_default();
            kept!(end["output"]["b64"] == "Yf/+Cg==", "{}", end["output"]);
        }
        Ok(())
    }

    /// A command that reads nothing of its input is neither a failure nor waited for.
    "P1", &[Peer::Parallel] => fn b13_input_that_nobody_reads_is_no_failure(scene) {
        fs::write(scene.path("input"), "x".repeat((1 << 20) - 1) + "\n").unwrap();
        let own = ["-j2", "--pipe", "--block", "2M", "-a", "input", "true"];
        let status = scene.words(own).status()?;
        kept!(status.code() == 0, "status {}: {}", status.code(), scene.text("err"));
        if scene.peer == Peer::Pgtools {
            let text = "x".repeat(1 << 20);
            let plan = format!("{{\"id\":\"a\",\"cmd\":[\"true\"],\"stdin\":\"{text}\"}}\n");
            fs::write(scene.path("plan"), plan).unwrap();
            let status = scene.words(["--ops", "plan"]).status()?;
            kept!(status.code() == 0, "a plan: status {}: {}", status.code(), scene.text("err"));
        }
        Ok(())
    }

    /// Who reads the output is stopped: commands end, their ends are recorded, and when it
    /// goes on nothing is missing.
    "P1 P11", &[] => fn b14_ends_are_recorded_while_a_reader_is_stopped(scene) {
        scene.op("head -c 300000 /dev/zero | tr '\\0' $1");
        let mut events = scene.ear("events");
        let keys = ["a", "b"];
        let mut command = scene.run(keys).with(["--events", "events"]).command()?;
        command.stdout(Stdio::piped());
        let mut running = scene::Running::of(command, scene)?;
        let out = running.child().stdout.take().unwrap();
        let mut reader = scene.command("sh");
        reader.args(["-c", "kill -STOP $$; exec cat"]).stdin(out);
        reader.stdout(fs::File::create(scene.path("got")).unwrap());
        let reader = scene::Running::of(reader, scene)?;
        let lines = events.lines(5);
        let ends = lines.iter().filter(|line| line.contains("\"op.end\"")).count();
        let stopped = nix::unistd::Pid::from_raw(reader.pid());
        nix::sys::wait::waitpid(stopped, Some(nix::sys::wait::WaitPidFlag::WUNTRACED)).unwrap();
        reader.signal("CONT");
        let status = running.wait()?;
        kept!(reader.wait()?.code() == 0, "the reader failed");
        kept!(ends == 2, "{ends} ends were recorded: {lines:?}");
        kept!(status.code() == 0, "status {}", status.code());
        let got = fs::read(scene.path("got")).unwrap();
        for key in keys {
            let count = got.iter().filter(|byte| **byte == key.as_bytes()[0]).count();
            kept!(count == 300_000, "{count} bytes of {key}");
        }
        Ok(())
    }

    /// A command removes the folder that the run is in, and the one for temporary files.
    "P11 P12", RUNNERS => fn b15_folders_that_are_removed_end_nothing(scene) {
        scene.op("rm -rf inner; true");
        fs::create_dir(scene.path("inner")).unwrap();
        fs::create_dir(scene.path("inner/tmp")).unwrap();
        let outer = scene.path("op");
        // the commands find their way back
        scene.program("back", &format!("cd {} && exec {} \"$@\"", scene.dir().display(), outer.display()));
        fs::rename(scene.path("back"), scene.path("inner/op")).unwrap();
        fs::copy(scene.path("inner/op"), scene.path("back")).unwrap();
        let inside = format!("cd inner; TMPDIR=$PWD/tmp; export TMPDIR; PATH={}:$PATH", scene.dir().display());
        let own = match scene.peer {
            Peer::Xargs => vec!["-P2", "-n1", "back"],
            _ => vec!["-j2", "back"],
        };
        let list = "a\nb\nc\nd\n";
        let run = scene.words(own);
        fs::write(scene.path("list"), list).unwrap();
        let status = run.after_shell(&inside).status()?;
        let ran = scene.story().succeeded().len();
        kept!(ran == 4 || status.code() != 0, "{ran} of 4 ran, and status 0");
        kept!(!scene.text("err").contains("panicked"), "{}", scene.text("err"));
        if scene.peer == Peer::Pgtools {
            kept!((ran, status.code()) == (4, 0), "{ran} ran, status {}: {}", status.code(), scene.text("err"));
        }
        Ok(())
    }
}
