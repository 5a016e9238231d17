use super::*;
use crate::wait::Ending;
use std::io::Read as _;

fn shell(spawner: &mut Spawner, path: &CStr) -> Shell {
    let argv = Argv::new([path.to_bytes(), b"-c", b""]).unwrap();
    let env = [c"PATH=/usr/bin:/bin", c"A=1"];
    let program = [path.to_owned()];
    let like = Spawn { ..Spawn::of(&program, &argv, &env) };
    Shell::start(spawner, &like).unwrap()
}

/// What a command writes, and how it ends.
fn run(shell: &mut Shell, request: &Request<'_>) -> (String, Ending) {
    let crate::fd::Pipe { read, write } = crate::fd::pipe().unwrap();
    blocking(&read);
    let null = std::fs::File::options().read(true).write(true).open("/dev/null").unwrap();
    let streams = [null.as_raw_fd(), write.as_raw_fd(), write.as_raw_fd()];
    let child = shell.begin(&Request { streams, ..*request }).unwrap();
    drop(write);
    let mut text = String::new();
    std::fs::File::from(read).read_to_string(&mut text).unwrap();
    let (ending, _) = child.wait().unwrap();
    (text, ending)
}

const NOTHING: Request<'_> =
    Request { text: c"", env: &[], cwd: None, streams: [0; 3], place: None, note: None };

#[test]
fn a_copy_is_a_shell_that_was_just_executed() {
    let _turn = crate::one_test_at_a_time();
    let mut spawner = Spawner::new().unwrap();
    for path in [c"/bin/sh", c"/bin/bash"] {
        let mut shell = shell(&mut spawner, path);
        let place = AtomicU32::new(0);
        let request = Request {
            text: c"echo \"$A $B $PPID $$ ${LD_PRELOAD-none} ${LD_BIND_NOW-none}\"; pwd; x=1; cd /; exit 3",
            env: &[c"PATH=/usr/bin:/bin", c"B=two words"],
            cwd: Some(c"/tmp"),
            place: Some(&place),
            ..NOTHING
        };
        let (text, ending) = run(&mut shell, &request);
        let pid = place.load(Ordering::Relaxed);
        assert_eq!(text, format!(" two words {} {pid} none none\n/tmp\n", std::process::id()));
        assert_eq!(ending, Ending::Exit(3));
        // nothing of it is left for the next
        let request = Request { text: c"echo \"[$x$B]\"; kill -9 $$", ..NOTHING };
        assert_eq!(run(&mut shell, &request), ("[]\n".to_string(), Ending::Signal(9)));
        shell.end();
    }
}

#[test]
fn what_copies_call_is_looked_up_once() {
    let _turn = crate::one_test_at_a_time();
    let mut spawner = Spawner::new().unwrap();
    let shell = shell(&mut spawner, c"/bin/sh");
    let env = std::fs::read(format!("/proc/{}/environ", shell.pid())).unwrap();
    assert!(env.split(|byte| *byte == 0).any(|entry| entry == BIND_NOW.to_bytes()));
}

#[test]
fn a_dead_shell_begins_nothing() {
    let _turn = crate::one_test_at_a_time();
    let mut spawner = Spawner::new().unwrap();
    let mut shell = shell(&mut spawner, c"/bin/sh");
    shell.child.signal(libc::SIGKILL).unwrap();
    assert!(matches!(shell.begin(&NOTHING), Err(NotBegun::Dead)));
}

#[test]
fn what_is_too_long_is_refused() {
    let _turn = crate::one_test_at_a_time();
    let mut spawner = Spawner::new().unwrap();
    let mut shell = shell(&mut spawner, c"/bin/sh");
    let long = CString::new(vec![b':'; LONGEST]).unwrap();
    let unfit = shell.begin(&Request { text: &long, ..NOTHING });
    assert!(matches!(unfit, Err(NotBegun::Unfit)));
    let nowhere = shell.begin(&Request { cwd: Some(c"/nonexistent"), ..NOTHING });
    assert!(matches!(nowhere, Err(NotBegun::Unfit)));
    assert_eq!(run(&mut shell, &Request { text: c"echo on", ..NOTHING }).0, "on\n");
}

#[test]
fn a_note_stands_before_the_command_begins() {
    let _turn = crate::one_test_at_a_time();
    let mut spawner = Spawner::new().unwrap();
    let mut shell = shell(&mut spawner, c"/bin/sh");
    let file = tempfile::NamedTempFile::new().unwrap();
    let log = std::fs::File::options().append(true).open(file.path()).unwrap();
    let note = Note { file: &log, text: [b"pid ", b" born ", b"\n"], durable: false };
    let text = CString::new(format!("read a b c d < '{}'; echo $b $$", file.path().display()));
    let request = Request { text: &text.unwrap(), note: Some(note), ..NOTHING };
    let (said, ending) = run(&mut shell, &request);
    let words: Vec<&str> = said.split_whitespace().collect();
    assert_eq!(words[0], words[1]);
    assert_eq!(ending, Ending::Exit(0));
}
