//! G: hostile arguments, names and files. (The records are in `g`.)

use crate::provoke::{needs, needs_root};
use crate::*;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// Arguments that would make a file `pwn` if any of them were read as shell code.
const HOSTILE: [&str; 10] = [
    "$(touch pwn)",
    "`touch pwn`",
    "; touch pwn;",
    "' ; touch pwn; '",
    "\" ; touch pwn; \"",
    "'\"$(touch pwn)\"'",
    "& touch pwn &",
    "| touch pwn",
    "\\$(touch pwn)\\",
    "${IFS:+$(touch pwn)}",
];

/// Runs a command line over the lines of `list`; standard output.
fn over_list(scene: &Scene, words: &[&str]) -> Result<Vec<u8>, Verdict> {
    let Some(program) = scene.peer.program() else {
        return Err(Verdict::Skipped(format!("{} is not installed", scene.peer.title())));
    };
    let mut command = scene.command(program);
    if scene.peer == Peer::Xargs {
        command.args(["-d", "\n"]);
    }
    command.args(words).stdin(fs::File::open(scene.path("list")).unwrap());
    let output = command.stderr(Stdio::null()).output();
    Ok(output.map_err(|e| Verdict::Skipped(e.to_string()))?.stdout)
}

/// The command lines that people write around a replacement, for each tool: bare, in single
/// quotes, in double quotes. Who writes a shell of his own has asked for one.
fn spellings(peer: Peer) -> &'static [&'static [&'static str]] {
    match peer {
        Peer::Xargs => &[&["-n1", "echo"], &["-I{}", "echo", "{}"]],
        Peer::RustParallel => {
            &[&["echo"], &["-s", "-r", "(.*)", "echo '{1}'"], &["-s", "-r", "(.*)", "echo \"{1}\""]]
        }
        _ => &[&["echo", "{}"], &["echo '{}'"], &["echo \"{}\""], &["echo \"$(echo {})\" | cat"]],
    }
}

/// The folder of another user's locks is a link that root has planted before he came.
fn planted_folder(scene: &Scene) -> Outcome {
    needs_root()?;
    needs("setpriv")?;
    let user = 60_000 + std::process::id() % 5_000;
    let base = if fs::metadata("/run/lock").is_ok_and(|base| base.mode() & 0o1002 == 0o1002) {
        "/run/lock"
    } else {
        "/var/tmp"
    };
    let planted = PathBuf::from(format!("{base}/pgtools-{user}"));
    let elsewhere = scene.path("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::set_permissions(&elsewhere, fs::Permissions::from_mode(0o777)).unwrap();
    symlink(&elsewhere, &planted).unwrap();
    let ids = format!("--reuid={user}");
    // where he may read it
    fs::set_permissions(scene.dir(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::copy(env!("CARGO_BIN_EXE_pglock"), scene.path("pglock")).unwrap();
    let output = scene
        .command("setpriv")
        .args([&ids, "--clear-groups"])
        .arg(scene.path("pglock"))
        .args(["vm1", "echo", "in"])
        .env_remove("PG_LOCK_DIR")
        .current_dir("/")
        .output()
        .unwrap();
    fs::remove_file(&planted).unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    kept!(output.status.code() == Some(125), "a link as folder: {:?} {said}", output.status);
    kept!(output.stdout.is_empty(), "it ran without a lock");
    kept!(fs::read_dir(&elsewhere).unwrap().count() == 0, "files behind the link");
    Ok(())
}

/// Lines in order, without empty ones.
fn lines_of(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|b| *b == b'\n').map(<[u8]>::to_vec).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort();
    lines
}

rows! {
    /// Arguments are data: no spelling of a command makes shell code of them, and with the
    /// ways that put them in quotes they come out as they went in.
    "P9", RUNNERS => fn g1_arguments_are_never_code(scene) {
        fs::write(scene.path("list"), HOSTILE.join("\n") + "\n").unwrap();
        for words in spellings(scene.peer) {
            let out = over_list(scene, words)?;
            kept!(!scene.path("pwn").exists(), "{words:?} executed an argument");
            if scene.peer == Peer::Pgtools && words.len() == 2 {
                let wanted = lines_of(HOSTILE.join("\n").as_bytes());
                kept!(lines_of(&out) == wanted, "{words:?} printed {}", String::from_utf8_lossy(&out));
            }
        }
        Ok(())
    }

    /// An argument need not be UTF-8.
    "P9", RUNNERS => fn g2_arguments_are_bytes(scene) {
        fs::write(scene.path("list"), b"a\xff\xfeb\n\xc3\n").unwrap();
        let words: &[&str] = match scene.peer {
            Peer::Xargs => &["-n1", "echo"],
            Peer::RustParallel => &["echo"],
            _ => &["echo", "{}"],
        };
        let out = over_list(scene, words)?;
        kept!(lines_of(&out) == [b"a\xff\xfeb".to_vec(), b"\xc3".to_vec()], "printed {out:?}");
        if scene.peer == Peer::Pgtools {
            let argument = std::ffi::OsString::from_vec(b"\xff\xfe".to_vec());
            let output = scene.command(env!("CARGO_BIN_EXE_pgrun"))
                .args(["--events", "events", "echo", ":::"]).arg(argument).output().unwrap();
            kept!(output.stdout == b"\xff\xfe\n", "::: printed {:?}", output.stdout);
            // in records they travel as base64, and lose nothing
            let text = scene.text("events");
            kept!(text.contains("\"b64\":"), "the record has no bytes: {text}");
        }
        Ok(())
    }

    /// Quotes, backslashes, blanks, a carriage return, an end without newline, no line at all.
    "P9", RUNNERS => fn g3_lines_are_taken_as_they_are(scene) {
        let list = b"it's\na\\b\n  two  blanks \ncr\r\n\"q\nlast";
        fs::write(scene.path("list"), list).unwrap();
        // what is printed has no blanks added and none taken
        scene.program("show", "printf '%s\\n' \"$1\"");
        let words: &[&str] = match scene.peer {
            Peer::Xargs => &["-n1", "./show"],
            Peer::RustParallel => &["./show"],
            _ => &["./show", "{}"],
        };
        // -d would change what xargs reads; its lines are what is promised nothing of
        let out = over_list(scene, words)?;
        kept!(lines_of(&out) == lines_of(list), "printed {}", String::from_utf8_lossy(&out));
        fs::write(scene.path("list"), "").unwrap();
        let out = over_list(scene, words)?;
        kept!(out.is_empty(), "an empty list ran {:?}", String::from_utf8_lossy(&out));
        Ok(())
    }

    /// Ids and names of locks that would leave their folder, are too long, or are control
    /// codes: one file for each, inside the folder, and nothing of them on standard error.
    "P9", &[] => fn g4_names_stay_in_their_folder(scene) {
        let long = "n".repeat(10_000);
        let ids = ["../../x", ".", "..", "/etc/pg-x", "a\u{1b}]0;title\u{7}b", long.as_str()];
        let ops: String = ids
            .iter()
            .map(|id| serde_json::json!({"id": id, "cmd": "echo out; exit 1", "locks": [id]}))
            .map(|op| format!("{op}\n"))
            .collect();
        fs::write(scene.path("ops"), ops).unwrap();
        fs::create_dir(scene.path("run")).unwrap();
        let words = ["--ops", "ops", "--run-dir", "run"];
        let status = scene.words(words).status()?;
        kept!(status.code() == 6, "status {}", status.code());
        let logs = fs::read_dir(scene.path("run/artifacts/logs")).unwrap();
        let logs: Vec<_> = logs.map(|entry| entry.unwrap().file_name()).collect();
        kept!(logs.len() == ids.len(), "{} logs", logs.len());
        let bytes = logs.iter().flat_map(|name| name.as_bytes());
        kept!(bytes.clone().all(|b| !b.is_ascii_control()), "controls in {logs:?}");
        let here: BTreeSet<_> = fs::read_dir(scene.dir()).unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let wanted = ["err", "list", "locks", "ops", "out", "run"].map(String::from);
        kept!(here == BTreeSet::from(wanted), "new files: {here:?}");
        let said = scene.text("err");
        kept!(!said.contains(['\u{1b}', '\u{7}']), "controls on standard error");
        Ok(())
    }

    /// Links planted where files of ours are made are not followed: lock folder, lock file,
    /// temporary files.
    "P8 P9", &[] => fn g5_planted_links_open_nothing(scene) {
        fs::write(scene.path("victim"), "mine\n").unwrap();
        planted_folder(scene)?;
        let pglock = |scene: &Scene| {
            let mut command = scene.command(env!("CARGO_BIN_EXE_pglock"));
            command.args(["vm1", "echo", "in"]).output().unwrap()
        };
        // the lock file is a link
        kept!(pglock(scene).status.success(), "it does not work at all");
        for entry in fs::read_dir(scene.path("locks")).unwrap() {
            let path = entry.unwrap().path();
            if fs::symlink_metadata(&path).unwrap().is_file() {
                fs::remove_file(&path).unwrap();
                symlink(scene.path("victim"), &path).unwrap();
            }
        }
        let output = pglock(scene);
        kept!(output.status.code() == Some(125), "a link as lock file: {:?}", output.status);
        kept!(scene.text("victim") == "mine\n", "the victim was written to");
        let mode = fs::metadata(scene.path("locks")).unwrap().mode() & 0o777;
        kept!(mode == 0o700, "the folder of locks has mode {mode:o}");
        // temporary files: without a name, or in a folder of their own
        needs("strace")?;
        let words = ["strace", "-f", "-qq", "-e", "trace=openat,mkdir,mkdirat", "-o", "calls"];
        let body = r#"{"id":"a","cmd":["cat","{file:b}"],"files":{"b":"body"}}"#;
        fs::write(scene.path("ops"), format!("{body}\n")).unwrap();
        let mut run = scene.command(words[0]);
        run.args(&words[1..]).arg(env!("CARGO_BIN_EXE_pgrun")).args(["--ops", "ops"]);
        let output = run.output().unwrap();
        kept!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let calls = scene.text("calls");
        let temporary = std::env::temp_dir();
        let made = calls.lines().filter(|line| line.contains("O_CREAT"));
        let open: Vec<&str> = made
            .filter(|line| line.contains(temporary.to_str().unwrap()))
            .filter(|line| !line.contains("O_EXCL") || !line.contains("0600"))
            .collect();
        kept!(open.is_empty(), "made without O_EXCL or not 0600: {open:?}");
        Ok(())
    }
}

/// Links to a run's own output are the user's: they are followed, as by every other program.
#[test]
fn a_link_as_job_log_is_the_users_own() {
    let scene = Scene::new(Peer::Pgtools);
    fs::write(scene.path("real"), "").unwrap();
    symlink(scene.path("real"), scene.path("jl")).unwrap();
    let status = Command::new(env!("CARGO_BIN_EXE_pgrun"))
        .args(["--joblog", "jl", "true", ":::", "a"])
        .current_dir(scene.dir())
        .status();
    assert!(status.unwrap().success());
    assert!(scene.text("real").starts_with("Seq\t"));
}
