//! The place where one row is tried: a folder of its own, a marker in the environment by
//! which every process of it is known, a command that keeps a log, pipes to wait for.

use crate::checker::{self, Story, Survivor};
use crate::peer::Peer;
use crate::row::Verdict;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use serde_json::Value;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long is waited for what must come: long, for machines that are busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

static SCENES: AtomicUsize = AtomicUsize::new(0);

/// Where one row is tried.
pub struct Scene {
    /// The tool that is tried.
    pub peer: Peer,
    /// Value of PG_TEST in the environment of all that is started here.
    pub marker: String,
    dir: TempDir,
}

impl Scene {
    /// An empty one.
    pub fn new(peer: Peer) -> Self {
        let number = SCENES.fetch_add(1, Ordering::Relaxed);
        let marker = format!("fault-{}-{number}", std::process::id());
        Scene { peer, marker, dir: TempDir::new().unwrap() }
    }

    /// Its folder, in which the tool is started.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// A path in its folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Writes `./op`, the command of this row: a shell script whose first argument is the
    /// key of its job. It tells `log` of its start and of its end, with its pid; what runs
    /// in it holds the pipe `alive` open.
    pub fn op(&self, body: &str) {
        self.program("op", &format!("exec 9<>alive\necho \"start $1 $$\" >>log\n{body}\nstatus=$?\necho \"end $1 $$ $status\" >>log\nexit $status"));
        self.fifo("alive");
    }

    /// The same, and tells `log` when another copy for the same key is at work: the lock of
    /// a key is held by all that the command starts.
    pub fn op_alone(&self, body: &str) {
        let alone = "exec 8>>\"held.$1\"; flock -n 8 || echo \"twice $1 $$\" >>log";
        self.op(&format!("{alone}\n{body}"));
    }

    /// Writes a shell script that can be executed.
    pub fn program(&self, name: &str, text: &str) {
        fs::write(self.path(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Makes a pipe with a name, unless it is there.
    pub fn fifo(&self, name: &str) {
        let path = self.path(name);
        if !path.exists() {
            nix::unistd::mkfifo(&path, nix::sys::stat::Mode::from_bits_truncate(0o666)).unwrap();
        }
    }

    /// Begins to listen to a pipe with a name, which is made here.
    pub fn ear(&self, name: &str) -> Ear {
        self.fifo(name);
        let mut options = File::options();
        options.read(true).write(true).custom_flags(OFlag::O_NONBLOCK.bits());
        Ear { file: options.open(self.path(name)).unwrap(), text: Vec::new() }
    }

    /// A run of `./op KEY` for each of the keys.
    pub fn run<K: ToString>(&self, keys: impl IntoIterator<Item = K>) -> Run<'_> {
        let list: String = keys.into_iter().map(|key| format!("{}\n", key.to_string())).collect();
        fs::write(self.path("list"), list).unwrap();
        Run { scene: self, jobs: 2, options: Vec::new(), before: Vec::new(), words: None }
    }

    /// A run of pgrun, or of another program of ours, with these words instead.
    pub fn words<W: Into<OsString>>(&self, words: impl IntoIterator<Item = W>) -> Run<'_> {
        let words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        fs::write(self.path("list"), "").unwrap();
        Run { scene: self, jobs: 2, options: Vec::new(), before: Vec::new(), words: Some(words) }
    }

    /// A command that is started here, with nothing but our marker to know it by.
    pub fn command(&self, program: impl Into<OsString>) -> Command {
        let mut command = Command::new(program.into());
        command
            .current_dir(self.dir())
            .env("PG_TEST", &self.marker)
            .env("PG_LOCK_DIR", self.path("locks"))
            .env_remove("MAKEFLAGS")
            .env_remove("PG_RUN")
            .env_remove("PARALLEL");
        command
    }

    /// What the commands told the log, in order.
    pub fn story(&self) -> Story {
        Story::of(&fs::read_to_string(self.path("log")).unwrap_or_default())
    }

    /// Text of a file in the folder; empty where it is not there.
    pub fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.path(name)).unwrap_or_default()).into_owned()
    }

    /// The records of a file in the folder.
    pub fn events(&self, name: &str) -> Result<Vec<Value>, Verdict> {
        checker::events(&self.text(name))
    }

    /// Waits until no process of this scene is left; else those that live on.
    pub fn all_gone(&self, within: Duration) -> Result<(), Vec<Survivor>> {
        let end = Instant::now() + within;
        let mut options = File::options();
        options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
        if let Ok(alive) = options.open(self.path("alive")) {
            // a hang-up is told when the last that holds the other end has ended; where
            // nobody holds it from the start nothing is told, and nothing needs to be
            while !checker::survivors(&self.marker).is_empty() {
                let left = end.saturating_duration_since(Instant::now());
                let mut fds = [PollFd::new(alive.as_fd(), PollFlags::empty())];
                if left.is_zero() || poll(&mut fds, timeout(left)) != Ok(1) {
                    break;
                }
            }
        }
        let left = checker::survivors(&self.marker);
        if left.is_empty() { Ok(()) } else { Err(left) }
    }

    /// Ends all that is left, so that no row disturbs another.
    pub fn clear(&self) {
        for survivor in checker::survivors(&self.marker) {
            let pid = nix::unistd::Pid::from_raw(survivor.pid);
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
    }
}

/// A run that is being put together.
pub struct Run<'a> {
    scene: &'a Scene,
    jobs: usize,
    options: Vec<OsString>,
    before: Vec<OsString>,
    words: Option<Vec<OsString>>,
}

impl Run<'_> {
    /// At most so many at a time (2 unless said).
    pub fn jobs(mut self, jobs: usize) -> Self {
        self.jobs = jobs;
        self
    }

    /// Adds options of the tool.
    pub fn with<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        self.options.extend(words.into_iter().map(Into::into));
        self
    }

    /// Puts words before the whole command line: `strace ...`, `unshare ...`, or `sh -c
    /// 'ulimit -n 16; exec "$0" "$@"'`.
    pub fn under<W: Into<OsString>>(mut self, words: impl IntoIterator<Item = W>) -> Self {
        let mut before: Vec<OsString> = words.into_iter().map(Into::into).collect();
        before.append(&mut self.before);
        self.before = before;
        self
    }

    /// The same, by a line of shell before it: `ulimit -n 16`.
    pub fn after_shell(self, line: &str) -> Self {
        self.under(["sh".to_string(), "-c".into(), format!("{line}; exec \"$0\" \"$@\"")])
    }

    /// As a command: standard input is the list, output goes to the files `out` and `err`,
    /// in a process group of its own. Not started yet.
    pub fn command(&self) -> Result<Command, Verdict> {
        let Some(program) = self.scene.peer.program() else {
            return Err(Verdict::Skipped(format!("{} is not installed", self.scene.peer.title())));
        };
        let mut words = self.before.clone();
        words.push(program.into());
        match &self.words {
            Some(own) => words.extend(self.options.iter().chain(own).cloned()),
            None => words.extend(self.scene.peer.over_lines(self.jobs, &self.options)),
        }
        let mut words = words.into_iter();
        let mut command = self.scene.command(words.next().unwrap());
        let file = |name: &str| File::create(self.scene.path(name)).unwrap();
        command
            .args(words)
            .stdin(File::open(self.scene.path("list")).unwrap())
            .stdout(file("out"))
            .stderr(file("err"))
            .process_group(0);
        Ok(command)
    }

    /// Starts it.
    pub fn spawn(&self) -> Result<Running, Verdict> {
        Running::of(self.command()?, self.scene)
    }

    /// Runs it to its end under strace; the system calls of its first thread, a line each.
    pub fn traced(&self, file: &str) -> Result<String, Verdict> {
        let own = self.command()?;
        let mut traced = self.scene.command("strace");
        traced.args(["-qq", "-o", file]).arg(own.get_program()).args(own.get_args());
        let list = File::open(self.scene.path("list")).unwrap();
        traced.stdin(list).stdout(Stdio::null()).process_group(0);
        Running::of(traced, self.scene)?.wait()?;
        Ok(self.scene.text(file))
    }

    /// Runs it to its end.
    pub fn status(&self) -> Result<Status, Verdict> {
        self.spawn()?.wait()
    }
}

/// A run that has been started.
pub struct Running {
    child: Child,
    marker: String,
}

impl Running {
    /// Starts a command that was put together by hand.
    pub fn of(mut command: Command, scene: &Scene) -> Result<Running, Verdict> {
        let child = command.spawn().map_err(|e| Verdict::Skipped(format!("{command:?}: {e}")))?;
        Ok(Running { child, marker: scene.marker.clone() })
    }

    /// Its process; where words were put before it, theirs.
    pub fn pid(&self) -> i32 {
        i32::try_from(self.child.id()).unwrap()
    }

    /// Its process, to take hold of its streams.
    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Sends it a signal, as in "TERM".
    pub fn signal(&self, name: &str) {
        self.send(name, self.pid());
    }

    /// Sends its whole process group a signal, as a terminal does.
    pub fn signal_group(&self, name: &str) {
        self.send(name, -self.pid());
    }

    fn send(&self, name: &str, to: i32) {
        let signal: nix::sys::signal::Signal = format!("SIG{name}").parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(to), signal).unwrap();
    }

    /// Waits for its end; a run that hangs has broken its promise, and is killed.
    pub fn wait(self) -> Result<Status, Verdict> {
        let Running { mut child, marker } = self;
        let (tell, told) = mpsc::channel();
        let waiter = std::thread::spawn(move || {
            let _ = tell.send(child.wait());
        });
        let status = match told.recv_timeout(PATIENCE) {
            Ok(status) => status.unwrap(),
            Err(_) => {
                let left = checker::survivors(&marker);
                for survivor in &left {
                    let pid = nix::unistd::Pid::from_raw(survivor.pid);
                    let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
                }
                let _ = told.recv();
                let _ = waiter.join();
                return Err(Verdict::Broken(format!("it hangs; alive: {left:?}")));
            }
        };
        let _ = waiter.join();
        Ok(Status(status))
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Status(ExitStatus);

impl Status {
    /// Its exit status, or 128 + the signal it died of, as a shell shows it.
    pub fn code(self) -> i32 {
        self.0.code().unwrap_or_else(|| 128 + self.0.signal().unwrap_or(0))
    }

    /// The signal it died of.
    pub fn signal(self) -> Option<i32> {
        self.0.signal()
    }
}

/// Listens to a pipe: what commands say there is waited for, not polled.
pub struct Ear {
    file: File,
    text: Vec<u8>,
}

impl Ear {
    /// The next lines; fewer where nothing more comes for a long time.
    pub fn lines(&mut self, count: usize) -> Vec<String> {
        let end = Instant::now() + PATIENCE;
        let mut found = Vec::new();
        while found.len() < count {
            if let Some(at) = self.text.iter().position(|b| *b == b'\n') {
                let line: Vec<u8> = self.text.drain(..=at).collect();
                found.push(String::from_utf8_lossy(&line).trim_end().to_string());
                continue;
            }
            let left = end.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::new(self.file.as_fd(), PollFlags::POLLIN)];
            if left.is_zero() || poll(&mut fds, timeout(left)) != Ok(1) {
                break;
            }
            let mut piece = [0; 4096];
            if let Ok(count) = self.file.read(&mut piece) {
                self.text.extend_from_slice(&piece[..count]);
            }
        }
        found
    }

    /// Says something to those who read the pipe.
    pub fn say(&mut self, line: &str) {
        writeln!(self.file, "{line}").unwrap();
    }
}

fn timeout(left: Duration) -> PollTimeout {
    PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX)
}
