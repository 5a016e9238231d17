//! `pgrun` below a make, and above makes: how many jobs run at once is counted by
//! the jobs themselves, through pipes.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};
use serde_json::Value;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// Longest time for a run, as timeout(1) reads it: one that hangs must not hang the tests.
const PATIENCE: &str = "60";

/// A job says that it began, waits to be let go, and says that it ends.
const JOB: &str = "printf + >said\nread -r line <go\nprintf -- - >said\n";

/// A folder with jobs that do not end by themselves.
struct Gate {
    dir: TempDir,
    go: File,
    said: Option<File>,
    begun: usize,
    ended: usize,
    most: usize,
}

impl Gate {
    fn new() -> Gate {
        let dir = TempDir::new().unwrap();
        for name in ["said", "go"] {
            mkfifo(&dir.path().join(name), Mode::S_IRWXU).unwrap();
        }
        fs::write(dir.path().join("job"), JOB).unwrap();
        let go = both_ways(&dir.path().join("go"));
        Gate { dir, go, said: None, begun: 0, ended: 0, most: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).unwrap();
    }

    /// Starts a program. It holds `said` open for as long as it runs, so that its end
    /// is heard there; its process id is in the file `pid`.
    fn start(&mut self, flags: Option<&str>, argv: &[&str]) -> Child {
        let mut command = Command::new("timeout");
        command.args([PATIENCE, "sh", "-c", "exec 9>said; echo $$ >pid; exec \"$@\"", "sh"]);
        command.args(argv).current_dir(&self.dir).env("PGRUN", env!("CARGO_BIN_EXE_pgrun"));
        for name in ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"] {
            command.env_remove(name);
        }
        if let Some(flags) = flags {
            command.env("MAKEFLAGS", flags);
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        self.said = Some(File::open(self.path("said")).unwrap());
        child
    }

    fn pgrun(&mut self, flags: Option<&str>, args: &[&str]) -> Child {
        self.start(flags, &[&[env!("CARGO_BIN_EXE_pgrun")], args].concat())
    }

    /// Waits until a job says something.
    fn hear(&mut self) {
        let mut byte = [0];
        let heard = self.said.as_mut().unwrap().read_exact(&mut byte);
        assert!(heard.is_ok(), "it ended when {} had begun and {} ended", self.begun, self.ended);
        match byte[0] {
            b'+' => self.begun += 1,
            _ => self.ended += 1,
        }
        self.most = self.most.max(self.begun - self.ended);
    }

    /// Waits until so many run at once.
    fn wait_for(&mut self, running: usize) {
        while self.begun - self.ended < running {
            self.hear();
        }
    }

    /// Lets jobs end, one by one and each only when so many run at once, until so many
    /// have ended. The most that ran at once.
    fn pass(&mut self, jobs: usize, at_once: usize) -> usize {
        while self.ended < jobs {
            self.wait_for(at_once.min(jobs - self.ended));
            self.go.write_all(b"\n").unwrap();
            let before = self.ended;
            while self.ended == before {
                self.hear();
            }
        }
        self.most
    }

    /// The pool of a make from 4.4 on, made by hand.
    fn pool(&self, tokens: &[u8]) -> (File, String) {
        let path = self.path("pool");
        mkfifo(&path, Mode::S_IRWXU).unwrap();
        let mut pool = both_ways(&path);
        pool.write_all(tokens).unwrap();
        let flags = format!(" -j4 --jobserver-auth=fifo:{}", path.display());
        (pool, flags)
    }

    fn signal(&self, signal: Signal) {
        let pid = fs::read_to_string(self.path("pid")).unwrap();
        kill(Pid::from_raw(pid.trim().parse().unwrap()), signal).unwrap();
    }
}

fn both_ways(path: &Path) -> File {
    OpenOptions::new().read(true).write(true).open(path).unwrap()
}

/// So many tokens, as soon as they are there: their bytes in order.
fn tokens(pool: &mut File, count: usize) -> String {
    let mut bytes = vec![0; count];
    for byte in bytes.chunks_mut(1) {
        let mut ready = [PollFd::new(pool.as_fd(), PollFlags::POLLIN)];
        let mut found = Err(Errno::EINTR);
        while found == Err(Errno::EINTR) {
            found = poll(&mut ready, PollTimeout::from(60_000u16));
        }
        assert_eq!(found, Ok(1), "a token is missing");
        pool.read_exact(byte).unwrap();
    }
    bytes.sort_unstable();
    String::from_utf8(bytes).unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// It ended well; its standard error.
fn well(child: Child) -> String {
    let Output { status, stderr, .. } = child.wait_with_output().unwrap();
    assert!(status.success(), "{status}: {}", text(&stderr));
    text(&stderr)
}

/// Three recipes of one make, six jobs each.
const THREE: &str = "all: a b c\na b c: ; +@$(PGRUN) -j9 $(MORE) sh job {} ::: 1 2 3 4 5 6\n";

#[test]
fn several_below_one_make_share_its_jobs() {
    let mut gate = Gate::new();
    gate.write("Makefile", THREE);
    let make = gate.start(None, &["make", "-j4"]);
    assert_eq!(gate.pass(18, 4), 4);
    // make counts its tokens at the end, and says so when one is missing
    assert_eq!(well(make), "");
}

#[test]
fn a_make_that_runs_one_job_has_no_pool() {
    let mut gate = Gate::new();
    gate.write("Makefile", "all: ; +@$(PGRUN) -j3 sh job {} ::: 1 2 3\n");
    let make = gate.start(None, &["make"]);
    assert_eq!(gate.pass(3, 3), 3);
    assert_eq!(well(make), "");
}

#[test]
fn without_a_plus_one_job_runs_at_a_time_and_it_is_said_once() {
    let mut gate = Gate::new();
    gate.write("Makefile", "all: ; @$(PGRUN) sh job {} ::: 1 2 3\n");
    let make = gate.start(None, &["make", "-j4"]);
    assert_eq!(gate.pass(3, 1), 1);
    let said = well(make);
    let why = "pgrun: make's jobserver is out of reach (descriptors ";
    assert!(said.starts_with(why) && said.contains("one job runs at a time"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn slots_on_the_command_line_hold_where_the_pool_is_out_of_reach() {
    let mut gate = Gate::new();
    gate.write("Makefile", "all: ; @$(PGRUN) -j2 sh job {} ::: 1 2 3\n");
    let make = gate.start(None, &["make", "-j4"]);
    assert_eq!(gate.pass(3, 2), 2);
    assert!(well(make).contains("-j2 holds as given"));
}

#[test]
fn the_jobserver_can_be_ignored() {
    let mut gate = Gate::new();
    gate.write("Makefile", "all: ; +@$(PGRUN) --no-jobserver -j5 sh job {} ::: 1 2 3 4 5\n");
    let make = gate.start(None, &["make", "-j2"]);
    assert_eq!(gate.pass(5, 5), 5);
    assert_eq!(well(make), "");
}

#[test]
fn a_link_of_another_name_knows_of_no_jobserver() {
    let mut gate = Gate::new();
    let (_pool, flags) = gate.pool(b"");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pgrun"), gate.path("parallel")).unwrap();
    let link = gate.path("parallel");
    let argv = [link.to_str().unwrap(), "-j3", "sh", "job", "{}", ":::", "1", "2", "3"];
    let run = gate.start(Some(&flags), &argv);
    assert_eq!(gate.pass(3, 3), 3);
    assert_eq!(well(run), "");
}

#[test]
fn commands_get_the_pool_of_the_make_above() {
    let gate = Gate::new();
    gate.write("sub.mk", "all: ; @echo below\n");
    gate.write("Makefile", "all: ; +@$(PGRUN) '$(MAKE) --no-print-directory -f {}' ::: sub.mk\n");
    let mut make = Command::new("make");
    make.arg("-j3").current_dir(&gate.dir).env_remove("MAKEFLAGS");
    let output = make.env("PGRUN", env!("CARGO_BIN_EXE_pgrun")).output().unwrap();
    // or it would say: jobserver unavailable
    assert_eq!((text(&output.stdout), text(&output.stderr)), ("below\n".into(), String::new()));
}

#[test]
fn descriptors_that_are_no_pipe_are_told_from_the_pool() {
    let gate = Gate::new();
    let command = "\"$PGRUN\" echo ::: x 3</dev/null 4>/dev/null";
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(&gate.dir)
        .env("PGRUN", env!("CARGO_BIN_EXE_pgrun"))
        .env("MAKEFLAGS", " -j4 --jobserver-auth=3,4")
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout), "x\n");
    assert!(text(&output.stderr).contains("descriptors 3,4 are not the two ends of a pipe"));
}

#[test]
fn flags_of_a_pool_that_is_out_of_reach_are_not_passed_on() {
    let flags = "k -j4 --jobserver-auth=3,4 -- A=b";
    let mut run = crate::tool("pgrun");
    run.args(["printenv", ":::", "MAKEFLAGS"]).env("MAKEFLAGS", flags);
    let output = run.env("CARGO_MAKEFLAGS", "-j --jobserver-fds=3,4").output().unwrap();
    assert_eq!(text(&output.stdout), "k -- A=b\n");
}

#[test]
fn the_bytes_that_were_taken_go_back_when_jobs_end() {
    for (job, status) in [("true", 0), ("false", 4)] {
        let gate = Gate::new();
        let (mut pool, flags) = gate.pool(b"abc");
        let mut run = crate::tool("pgrun");
        run.args(["-j9", job, ":::", "1", "2", "3", "4"]).env("MAKEFLAGS", flags);
        assert_eq!(run.output().unwrap().status.code(), Some(status));
        assert_eq!(tokens(&mut pool, 3), "abc");
    }
}

#[test]
fn they_go_back_when_a_signal_ends_the_run_and_when_it_is_killed() {
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGKILL] {
        let mut gate = Gate::new();
        let (mut pool, flags) = gate.pool(b"abc");
        let run = gate.pgrun(Some(&flags), &["-j9", "sh", "job", "{}", ":::", "1", "2", "3", "4"]);
        gate.wait_for(4);
        gate.signal(signal);
        assert_eq!(tokens(&mut pool, 3), "abc");
        assert!(!run.wait_with_output().unwrap().status.success());
    }
}

#[test]
fn a_token_that_comes_back_is_used() {
    let mut gate = Gate::new();
    let (mut pool, flags) = gate.pool(b"");
    let run = gate.pgrun(Some(&flags), &["sh", "job", "{}", ":::", "1", "2", "3"]);
    gate.wait_for(1);
    pool.write_all(b"x").unwrap();
    gate.wait_for(2);
    assert_eq!(gate.pass(3, 2), 2);
    assert_eq!(well(run), "");
    assert_eq!(tokens(&mut pool, 1), "x");
}

#[test]
fn waiting_for_a_token_is_told() {
    let gate = Gate::new();
    let (_pool, flags) = gate.pool(b"");
    let mut run = crate::tool("pgrun");
    run.args(["--events", "-", "-j2", "true", ":::", "1", "2"]).env("MAKEFLAGS", flags);
    let output = run.output().unwrap();
    let told = text(&output.stdout).lines().any(|line| {
        let event: Value = serde_json::from_str(line).unwrap();
        event["blocked_s"]["token"].as_f64().is_some_and(|time| time > 0.0)
    });
    assert!(told, "{}", text(&output.stdout));
}

/// A makefile with five jobs.
const FIVE: &str = "T = 1 2 3 4 5\nall: $(T)\n$(T): ; @sh job $@\n.PHONY: $(T)\n";

#[test]
fn our_slots_are_those_of_the_makes_below() {
    for style in ["--jobserver", "--jobserver-style=pipe"] {
        let mut gate = Gate::new();
        gate.write("five.mk", FIVE);
        let args = ["--jobserver", style, "-j3", "make", "-f", "{}", ":::", "five.mk", "five.mk"];
        let run = gate.pgrun(None, &args);
        assert_eq!(gate.pass(10, 3), 3, "{style}");
        assert_eq!(well(run), "");
    }
}

#[test]
fn a_slot_more_is_one_for_the_makes_below() {
    let mut gate = Gate::new();
    gate.write("five.mk", FIVE);
    let run = gate.pgrun(None, &["--jobserver", "-j1", "-s", "make", "-f", "{}", ":::", "five.mk"]);
    gate.wait_for(1);
    gate.signal(Signal::SIGUSR1);
    assert_eq!(gate.pass(4, 2), 2);
    gate.signal(Signal::SIGUSR2);
    assert_eq!(gate.pass(5, 1), 2);
    assert_eq!(well(run), "");
}

#[test]
fn a_run_below_ours_shares_them_in_every_style() {
    for style in ["pipe", "fifo"] {
        let mut gate = Gate::new();
        let below = "\"$PGRUN\" -j9 sh job ::: {} 2 3";
        let style = format!("--jobserver-style={style}");
        let run = gate.pgrun(None, &["--jobserver", &style, "-j3", below, ":::", "a", "b"]);
        assert_eq!(gate.pass(6, 3), 3, "{style}");
        assert_eq!(well(run), "");
    }
}

#[test]
fn below_a_make_its_pool_is_passed_on_instead_of_another() {
    let mut gate = Gate::new();
    gate.write("Makefile", "all: ; +@$(PGRUN) --jobserver -j9 sh job {} ::: 1 2 3 4\n");
    let make = gate.start(None, &["make", "-j2"]);
    assert_eq!(gate.pass(4, 2), 2);
    assert_eq!(well(make), "");
}

#[test]
fn a_token_that_a_command_lost_is_replaced_when_nothing_runs() {
    let steal = "head -c1 ${MAKEFLAGS##*fifo:} >/dev/null";
    // with two slots there is one token: the second would wait for ever
    let ops = serde_json::json!({"id": "a", "cmd": steal}).to_string()
        + "\n"
        + &serde_json::json!({"id": "b", "cmd": steal, "needs": ["a"]}).to_string();
    let mut run = crate::tool("pgrun");
    run.args(["--jobserver", "-j2"]).env_remove("MAKEFLAGS").write_stdin(ops);
    let output = run.timeout(std::time::Duration::from_secs(60)).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let stdout = text(&output.stdout);
    let end: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
    assert_eq!(end["tokens_lost"], 2);
    assert!(text(&output.stderr).contains("2 tokens of the jobserver lost"));
}

#[test]
fn a_pool_without_a_number_of_slots_is_refused() {
    let mut run = crate::tool("pgrun");
    let output = run.args(["--jobserver", "-j0", "true", ":::", "1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(255));
    assert!(text(&output.stderr).contains("--jobserver: give a number of slots with -j"));
}

/// Runs a command line of the examples in bash.
fn example(shell: &str) -> (String, String) {
    let bin = TempDir::new().unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_pgrun"), bin.path().join("pgrun")).unwrap();
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let mut command = Command::new("bash");
    command.args(["-c", shell]).env("PATH", path).env_remove("MAKEFLAGS");
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/examples/jobserver"));
    let output = command.output().unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn the_examples() {
    let (out, err) = example("make -j4 check");
    assert_eq!(
        (out.as_str(), err.as_str()),
        ("compiled\nreads its input\nwrites its output\n", "")
    );
    let (out, err) = example("pgrun -k -j4 --jobserver make -s -f {}.mk ::: lib app");
    assert_eq!((out.as_str(), err.as_str()), ("lib\napp\n", ""));
}
