//! What a short command costs in system calls of ours, counted by strace.

use super::*;

/// System calls that pgrun itself makes for one command more, by name: those of a run of
/// 250 commands minus those of a run of 50. One slot, so one thread, which is the one
/// that strace follows. `None` where there is nothing to count them with.
fn calls_per_command(flags: &[&str]) -> Option<BTreeMap<String, f64>> {
    let dir = TempDir::new().unwrap();
    let count = |commands: u32| -> Option<BTreeMap<String, f64>> {
        let lines: String = (0..commands).map(|n| format!("{n}\n")).collect();
        fs::write(dir.path().join("lines"), lines).unwrap();
        let traced = Command::new("strace")
            .args(["-c", "-U", "name,calls", "-o", "counts"])
            .arg(env!("CARGO_BIN_EXE_pgrun"))
            .args(["-j1", "-a", "lines"])
            .args(flags)
            .args(["true", "{}"])
            .current_dir(dir.path())
            .output();
        let Ok(output) = traced else {
            eprintln!("skipped: strace is not installed");
            return None;
        };
        let text = fs::read_to_string(dir.path().join("counts")).unwrap_or_default();
        let said = String::from_utf8_lossy(&output.stderr);
        if !text.contains("clone3") && said.contains("PTRACE") {
            eprintln!("skipped: strace may not trace here: {said}");
            return None;
        }
        assert!(output.status.success(), "{said}");
        let rows = text.lines().filter_map(|line| line.trim().split_once(char::is_whitespace));
        Some(
            rows.filter_map(|(name, calls)| Some((name.to_string(), calls.trim().parse().ok()?)))
                .filter(|(name, _)| name != "total")
                .collect(),
        )
    };
    let (few, many) = (count(50)?, count(250)?);
    let before = |name: &String| few.get(name).copied().unwrap_or(0.0);
    Some(many.iter().map(|(name, calls)| (name.clone(), (calls - before(name)) / 200.0)).collect())
}

fn total(calls: &BTreeMap<String, f64>) -> f64 {
    // Rust checks each descriptor that it closes with one where it is told to debug
    let checks = |name: &String| cfg!(debug_assertions) && name == "fcntl";
    calls.iter().filter(|(name, _)| !checks(name)).map(|(_, calls)| calls).sum()
}

#[test]
fn a_short_command_keeps_within_its_budget() {
    // who writes himself: clone3, epoll_ctl, epoll_wait, twice waitid (who ended, and is
    // anybody left), close, and twice the mask of signals around the wait
    let Some(calls) = calls_per_command(&["-u"]) else { return };
    assert!(total(&calls) < 8.2, "{calls:?}");
    // two pipes more: made, emptied and closed. Traced, it takes so long that they are
    // watched too, which is four calls
    let Some(calls) = calls_per_command(&[]) else { return };
    assert!(total(&calls) < 21.0, "{calls:?}");
    for (name, most) in [("clone3", 1.0), ("waitid", 2.0), ("kill", 0.0), ("epoll_wait", 2.0)] {
        assert!(calls.get(name).copied().unwrap_or(0.0) <= most, "{name}: {calls:?}");
    }
    // a log that is kept is written by the command itself, which strace does not follow here
    let Some(logged) = calls_per_command(&["--log", "log"]) else { return };
    assert!(total(&logged) < 22.0, "{logged:?}");
    for name in ["write", "openat", "fdatasync"] {
        assert!(logged.get(name).copied().unwrap_or(0.0) < 0.5, "{name}: {logged:?}");
    }
    // nothing is looked up, made or written for a command that says nothing
    for name in ["openat", "open", "stat", "newfstatat", "statx", "mkdir", "write", "readlink"] {
        assert!(calls.get(name).copied().unwrap_or(0.0) < 0.1, "{name}: {calls:?}");
    }
}
