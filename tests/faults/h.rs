//! H: jobserver.

use crate::provoke::needs;
use crate::*;
use std::fs;
use std::process::Command;

/// The path of pgrun for recipes.
const PGRUN: &str = env!("CARGO_BIN_EXE_pgrun");

/// A run of `make -j4 all` on a Makefile, with our marker.
fn make(scene: &Scene, makefile: &str) -> Result<Command, Verdict> {
    needs("make")?;
    fs::write(scene.path("Makefile"), makefile.replace("PGRUN", PGRUN)).unwrap();
    let mut command = scene.command("make");
    command.args(["-s", "-j4"]).env_remove("MAKELEVEL");
    let file = |name: &str| fs::File::create(scene.path(name)).unwrap();
    command.stdout(file("out")).stderr(file("err"));
    Ok(command)
}

rows! {
    /// A client dies with a token of ours: the pool is filled again when nothing runs, and
    /// the loss is told. Below a make it is make's pool: what a killed pgrun had taken comes
    /// back, so that make ends well.
    "P11", &[] => fn h1_tokens_of_the_killed_come_back(scene) {
        let steal = "head -c1 ${MAKEFLAGS##*fifo:} >/dev/null; kill -9 $$";
        let ops = [
            serde_json::json!({"id": "thief", "cmd": steal, "on_failure": "continue"}),
            serde_json::json!({"id": "a", "cmd": ["true"], "needs": [{"id": "thief", "weak": true}]}),
        ];
        fs::write(scene.path("ops"), format!("{}\n{}\n", ops[0], ops[1])).unwrap();
        let words = ["--ops", "ops", "--jobserver", "-j2", "--events", "events"];
        scene.words(words).status()?;
        let events = scene.events("events")?;
        let lost = &events.last().unwrap()["tokens_lost"];
        kept!(*lost == 1, "run.end says that {lost} tokens were lost: {}", scene.text("err"));
        kept!(scene.text("err").contains("1 token of the jobserver lost"), "{}", scene.text("err"));

        // a killed pgrun had tokens of make's
        scene.op("echo $1 >ready; exec sleep 1000");
        let mut ready = scene.ear("ready");
        let text = "all: ; +@PGRUN -j3 ./op {} ::: 1 2 3 & echo $$! >pid; wait $$!; true\n";
        let running = scene::Running::of(make(scene, text)?, scene)?;
        kept!(ready.lines(3).len() == 3, "the jobs did not start: {}", scene.text("err"));
        let pid = scene.text("pid");
        Command::new("kill").args(["-9", pid.trim()]).status().unwrap();
        let status = running.wait()?;
        let said = scene.text("err");
        kept!(status.code() == 0 && !said.contains("INTERNAL"), "make: {} {said}", status.code());
        kept!(scene.all_gone(scene::PATIENCE).is_ok(), "jobs live on");
        Ok(())
    }

    /// A recipe without `+`: make has closed its pipe. It is said once, and one job runs at
    /// a time.
    "P11", &[] => fn h2_a_closed_pool_is_told_once(scene) {
        scene.op("mkdir busy || echo overlap >>wrong; rmdir busy");
        let status = scene::Running::of(
            make(scene, "all: ; @PGRUN ./op {} ::: 1 2 3 4 5 6\n")?,
            scene,
        )?.wait()?;
        kept!(status.code() == 0, "status {}", status.code());
        kept!(scene.story().succeeded().len() == 6, "{:?}", scene.story());
        kept!(!scene.path("wrong").exists(), "two at once");
        let said = scene.text("err");
        kept!(said.lines().filter(|line| line.contains("jobserver")).count() == 1, "{said}");
        Ok(())
    }

    /// A sibling makes the pool nonblocking for all, and back: nobody loses a token.
    "P11", &[] => fn h3_a_nonblocking_pool_is_a_pool(scene) {
        needs("python3")?;
        let sibling = "import fcntl, os, re\n\
            flags = re.search(r'--jobserver-(?:auth|fds)=(\\d+),(\\d+)', os.environ['MAKEFLAGS'])\n\
            for fd in map(int, flags.groups()):\n    \
                fcntl.fcntl(fd, fcntl.F_SETFL, fcntl.fcntl(fd, fcntl.F_GETFL) | os.O_NONBLOCK)\n\
            open('ready', 'w').write('set\\n')\n\
            open('go').readline()\n";
        fs::write(scene.path("sibling.py"), sibling).unwrap();
        scene.fifo("go");
        scene.op("true");
        let (mut ready, mut go) = (scene.ear("ready"), scene.ear("go"));
        let text = "all: sibling ours\nsibling: ; +@python3 sibling.py\n\
                    ours: ; +@read x <ready2; PGRUN -j4 ./op {} ::: 1 2 3 4 5 6 7 8; echo done >ready\n";
        scene.fifo("ready2");
        let mut ready2 = scene.ear("ready2");
        let running = scene::Running::of(make(scene, text)?, scene)?;
        kept!(ready.lines(1) == ["set"], "the sibling did nothing: {}", scene.text("err"));
        ready2.say("on");
        kept!(ready.lines(1) == ["done"], "pgrun did not end: {}", scene.text("err"));
        go.say("go");
        let status = running.wait()?;
        let said = scene.text("err");
        kept!(status.code() == 0 && said.is_empty(), "make: {} {said}", status.code());
        kept!(scene.story().succeeded().len() == 8, "{:?}", scene.story());
        Ok(())
    }
}
