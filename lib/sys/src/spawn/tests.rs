use super::*;
use crate::wait::Ending;
use std::io::Read as _;
use std::os::fd::AsRawFd as _;

fn words(argv: &[&str]) -> Argv {
    Argv::new(argv.iter().map(|word| word.as_bytes())).unwrap()
}

fn run(argv: &[&str], change: impl FnOnce(&mut Spawn<'_>)) -> Result<(Ending, String), SpawnError> {
    let pipe = crate::fd::pipe().unwrap();
    let argv = words(argv);
    let mut search = Search::new(std::env::var_os("PATH").as_deref());
    let program = search.candidates(argv.name()).to_vec();
    let env = [c"A=1"];
    let fds = [(pipe.write.as_raw_fd(), 1)];
    let mut spawn = Spawn { fds: &fds, ..Spawn::of(&program, &argv, &env) };
    change(&mut spawn);
    let child = Spawner::new().unwrap().spawn(&spawn)?;
    drop(pipe.write);
    let (ending, _) = child.wait().unwrap();
    Ok((ending, read_to_end(pipe.read)))
}

/// Reads until every copy of the other end is closed: children that other tests
/// are starting hold copies until their exec.
fn read_to_end(read: std::os::fd::OwnedFd) -> String {
    // SAFETY: plain system call; the description is ours alone.
    unsafe {
        libc::fcntl(read.as_raw_fd(), libc::F_SETFL, 0);
    }
    let mut text = String::new();
    std::fs::File::from(read).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn output_status_and_environment() {
    let _turn = crate::one_test_at_a_time();
    assert_eq!(run(&["sh", "-c", "echo $A"], |_| {}).unwrap(), (Ending::Exit(0), "1\n".into()));
    assert_eq!(run(&["sh", "-c", "exit 7"], |_| {}).unwrap().0, Ending::Exit(7));
    assert_eq!(run(&["sh", "-c", "kill -9 $$"], |_| {}).unwrap().0, Ending::Signal(9));
}

#[test]
fn failures_say_which_step() {
    let _turn = crate::one_test_at_a_time();
    let missing = run(&["no-such-program"], |_| {}).unwrap_err();
    assert_eq!(missing.shell_status(), 127);
    let folder = run(&["/tmp"], |_| {}).unwrap_err();
    assert_eq!(folder.shell_status(), 126);
    let cwd = run(&["true"], |spawn| spawn.cwd = Some(c"/no/such/folder")).unwrap_err();
    assert!(matches!(cwd, SpawnError::Folder(_)));
    let closed = run(&["true"], |spawn| spawn.fds = &[(999_999, 5)]).unwrap_err();
    assert!(matches!(closed, SpawnError::Descriptor(_)));
}

#[test]
fn the_command_leads_a_group_and_has_clean_signals() {
    let _turn = crate::one_test_at_a_time();
    crate::signal::ignore(libc::SIGUSR1);
    let (_, text) = run(
        &[
            "sh",
            "-c",
            "grep -E 'SigBlk|SigIgn' /proc/self/status; cut -d' ' -f5 /proc/$$/stat; echo $$",
        ],
        |_| {},
    )
    .unwrap();
    crate::signal::set_default(libc::SIGUSR1);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "SigBlk:\t0000000000000000");
    assert_eq!(lines[1], "SigIgn:\t0000000000000000");
    assert_eq!(lines[2], lines[3]);
}

#[test]
fn scripts_without_a_first_line_run_in_the_shell() {
    let _turn = crate::one_test_at_a_time();
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("plain");
    let path = script.to_str().unwrap();
    // written by another process: a copy of a descriptor of ours, open for writing in a
    // child that another test is starting, would make it busy
    let write = format!("echo 'echo plain $1' >{path} && chmod 755 {path}");
    assert_eq!(
        run(&["/bin/sh", "-c", &write], |spawn| spawn.env = &[c"PATH=/bin:/usr/bin"]).unwrap().0,
        Ending::Exit(0)
    );
    assert_eq!(run(&[path, "x"], |_| {}).unwrap().1, "plain x\n");
}

#[test]
fn descriptors_may_stand_in_each_others_way() {
    let _turn = crate::one_test_at_a_time();
    let (one, two) = (crate::fd::pipe().unwrap(), crate::fd::pipe().unwrap());
    let (a, b) = (one.write.as_raw_fd(), two.write.as_raw_fd());
    let argv =
        words(&["sh", "-c", &format!("echo a >/proc/self/fd/{b}; echo b >/proc/self/fd/{a}")]);
    let program = [c"/bin/sh".to_owned()];
    let spawn =
        Spawn { fds: &[(a, b), (b, a)], die_with_us: false, ..Spawn::of(&program, &argv, &[]) };
    Spawner::new().unwrap().spawn(&spawn).unwrap().wait().unwrap();
    for (pipe, want) in [(one, "a\n"), (two, "b\n")] {
        drop(pipe.write);
        assert_eq!(read_to_end(pipe.read), want);
    }
}

#[test]
fn strays_of_a_group_are_seen_and_signalled() {
    let _turn = crate::one_test_at_a_time();
    assert!(crate::wait::become_subreaper());
    let argv = words(&["sh", "-c", "sleep 1000 & exit 0"]);
    let program = [c"/bin/sh".to_owned()];
    let spawn = Spawn { die_with_us: false, ..Spawn::of(&program, &argv, &[]) };
    let child = Spawner::new().unwrap().spawn(&spawn).unwrap();
    assert_eq!(child.wait().unwrap().0, Ending::Exit(0));
    assert!(!child.group_is_empty());
    child.signal(libc::SIGKILL).unwrap();
    // SAFETY: waits for the stray, which came to us as the subreaper.
    unsafe {
        libc::waitpid(-(child.pid as i32), std::ptr::null_mut(), 0);
    }
    assert!(child.group_is_empty());
}
