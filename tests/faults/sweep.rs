//! Every system call of a run of six commands fails once, with each error that it can fail
//! with: `scripts/faults --sweep`. The checker judges each run: whoever started ended,
//! nobody is left, and either everything is whole and the status is 0, or the status is not
//! and a line says why.

use crate::*;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::sync::Mutex;

const KEYS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

/// Calls, and how each can fail. `retval=1` is a write that takes one byte.
const FAULTS: &[(&str, &[&str])] = &[
    ("write", &["ENOSPC", "EIO", "EPIPE", "EDQUOT", "EINTR", "retval=1"]),
    ("read", &["EIO", "EINTR", "ENOMEM"]),
    ("openat", &["EMFILE", "ENFILE", "EIO", "EACCES", "ENOMEM", "ENOSPC"]),
    ("fsync,fdatasync", &["EIO", "ENOSPC", "EDQUOT"]),
    ("clone3", &["EAGAIN", "ENOMEM", "EMFILE"]),
    ("clone", &["EAGAIN", "ENOMEM"]),
    ("pipe2", &["EMFILE", "ENFILE"]),
    ("epoll_create1", &["EMFILE", "ENOMEM"]),
    ("epoll_wait,epoll_pwait", &["EINTR"]),
    ("epoll_ctl", &["ENOMEM", "ENOSPC"]),
    ("waitid,wait4", &["EINTR"]),
    ("memfd_create", &["EMFILE", "ENOMEM"]),
    ("eventfd2", &["EMFILE"]),
    ("rename,renameat,renameat2", &["EIO", "ENOSPC"]),
    ("mkdir", &["ENOSPC", "EACCES"]),
    ("ftruncate", &["EIO"]),
    ("socketpair", &["EMFILE"]),
];

/// What is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Lines: output in order, a job log, events in a file.
    Lines,
    /// Lines: results in a folder, a job log, a log that is kept.
    Results,
    /// A plan: events on standard output, output on standard error and in a folder.
    Plan,
}

const SHAPES: [Shape; 3] = [Shape::Lines, Shape::Results, Shape::Plan];

const PLAN: &str = r#"{"id":"a","cmd":["./op","a"]}
{"id":"b","cmd":["./op","b"]}
{"id":"c","cmd":"./op c","stdin":"some"}
{"id":"d","cmd":["./op","d"],"needs":["a"]}
{"id":"e","cmd":["./op","e"],"needs":["b","c"]}
{"id":"f","cmd":["./op","f"],"needs":["e"]}
"#;

/// One run in which one call fails.
#[derive(Clone, Copy, Debug)]
struct Point {
    shape: Shape,
    call: &'static str,
    fault: &'static str,
    when: usize,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Point { shape, call, fault, when } = self;
        write!(f, "{shape:?}:{call}:{fault}:{when}")
    }
}

impl Point {
    fn of(text: &str) -> Option<Point> {
        let words: Vec<&str> = text.split(':').collect();
        let [shape, call, fault, when] = words[..] else { return None };
        let shape = *SHAPES.iter().find(|one| format!("{one:?}") == shape)?;
        let (call, faults) = FAULTS.iter().find(|(one, _)| *one == call)?;
        let fault = faults.iter().find(|one| **one == fault)?;
        Some(Point { shape, call, fault, when: when.parse().ok()? })
    }

    /// Runs it; false where there is no such call any more.
    fn hit(self) -> (bool, Outcome) {
        let scene = Scene::new(Peer::Pgtools);
        let outcome = self
            .run(&scene)
            .and_then(|status| if was_hit(&scene) { self.judge(&scene, status) } else { Ok(()) });
        let hit = was_hit(&scene);
        scene.clear();
        (hit, outcome)
    }

    fn run(self, scene: &Scene) -> Result<scene::Status, Verdict> {
        scene.op("echo out $1");
        fs::write(scene.path("plan"), PLAN).unwrap();
        fs::write(scene.path("joblog"), "").unwrap();
        let fault = self.fault;
        let how = if fault.contains('=') { fault.to_string() } else { format!("error={fault}") };
        let inject = format!("inject={}:{how}:when={}", self.call, self.when);
        let trace = format!("trace={}", self.call);
        let strace =
            ["strace", "-qq", "-e", "signal=none", "-o", "trace", "-e", &trace, "-e", &inject];
        let options: &[&str] = match self.shape {
            Shape::Lines => &["-k", "--joblog", "joblog", "--events", "events"],
            Shape::Results => &["--results", "results", "--joblog", "joblog", "--log", "kept"],
            Shape::Plan => &["-j3", "--run-dir", ".", "--ops", "plan"],
        };
        let run = match self.shape {
            Shape::Plan => scene.words(options.iter().copied()),
            _ => scene.run(KEYS).jobs(3).with(options.iter().copied()),
        };
        run.under(strace).status()
    }

    fn judge(self, scene: &Scene, status: scene::Status) -> Outcome {
        let (said, code) = (scene.text("err"), status.code());
        kept!(!said.contains("panicked") && code != 101, "it panicked: {said}");
        let story = scene.story();
        kept!(story.twice.is_empty(), "twice: {:?}", story.twice);
        if let Err(left) = scene.all_gone(scene::PATIENCE) {
            return Err(Verdict::Broken(format!("left: {left:?}")));
        }
        let story = if story.started() == story.ended() { story } else { scene.story() };
        kept!(story.started() == story.ended(), "started and not ended: {story:?}");
        if code == 0 {
            return self.whole(scene);
        }
        if self.fault == "EPIPE" && code == 141 {
            // the reader of standard output has gone: there is nobody to tell
            return Ok(());
        }
        // a failure of ours is no command's
        kept!(code == 255, "status {code}: {said}");
        let mute =
            scene.text("trace").lines().any(|l| l.contains("write(2,") && l.contains("INJECTED"));
        kept!(mute || !said.is_empty(), "status {code}, and not a word");
        // who ran is told by what is not itself damaged
        let name = if self.shape == Shape::Plan { "out" } else { "events" };
        if let Ok(events) = scene.events(name)
            && events.iter().any(|event| event["type"] == "run.end")
        {
            checker::agree(&events, code)?;
        }
        Ok(())
    }

    /// Status 0: everything is where it belongs.
    fn whole(self, scene: &Scene) -> Outcome {
        let short = self.fault == "retval=1";
        // one byte was taken by nobody: the strace that stands for a disk
        let is = |name: &str, want: &str| {
            let have = scene.text(name);
            let lost = usize::from(short && have.len() + 1 == want.len());
            kept!(have.len() + lost == want.len() && (short || have == want), "{name}: {have:?}");
            Ok(())
        };
        let ran = scene.story().succeeded().len();
        kept!(ran == KEYS.len(), "status 0, and {ran} of {} ran", KEYS.len());
        if self.shape == Shape::Plan {
            for key in KEYS {
                is(&format!("artifacts/logs/{key}.log"), &format!("out {key}\n"))?;
            }
            let said = scene.text("err");
            kept!(
                short || KEYS.iter().all(|key| said.contains(&format!("out {key}\n"))),
                "{said:?}"
            );
        } else {
            let rows = scene.text("joblog").lines().count();
            kept!(rows == KEYS.len() + 1, "{rows} lines in the job log");
        }
        if self.shape == Shape::Lines {
            let all: String = KEYS.iter().map(|key| format!("out {key}\n")).collect();
            is("out", &all)?;
        }
        if self.shape == Shape::Results {
            for key in KEYS {
                is(&format!("results/1/{key}/stdout"), &format!("out {key}\n"))?;
            }
        }
        let name = match self.shape {
            Shape::Lines => "events",
            Shape::Results => "kept",
            Shape::Plan => "out",
        };
        match scene.events(name) {
            Ok(events) => checker::agree(&events, 0),
            Err(_) if short => Ok(()),
            Err(broken) => Err(broken),
        }
    }
}

fn was_hit(scene: &Scene) -> bool {
    scene.text("trace").contains("(INJECTED)")
}

/// What came of all points of a call.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    tried: usize,
    kept: usize,
}

/// Tries every point: two at a time, each kind of failure from the first call to the last.
#[test]
#[ignore = "takes minutes: scripts/faults --sweep"]
fn every_call_fails_once() {
    provoke::needs("strace").unwrap();
    let one = std::env::var("PG_SWEEP").ok().filter(|text| !text.is_empty());
    if let Some(text) = one {
        let point = Point::of(&text).unwrap_or_else(|| panic!("{text} is no point"));
        println!("{point}: {:?}", point.hit());
        return;
    }
    let mut kinds: Vec<Point> = Vec::new();
    for (call, faults) in FAULTS.iter().rev() {
        for shape in SHAPES {
            kinds.extend(faults.iter().map(|fault| Point { shape, call, fault, when: 0 }));
        }
    }
    let (kinds, sums) = (Mutex::new(kinds), Mutex::new(BTreeMap::<&str, Sum>::new()));
    let broken = Mutex::new(Vec::new());
    let work = || {
        while let Some(kind) = { kinds.lock().unwrap().pop() } {
            for when in 1.. {
                let point = Point { when, ..kind };
                let (hit, outcome) = point.hit();
                if !hit {
                    break;
                }
                let mut sums = sums.lock().unwrap();
                let sum = sums.entry(point.call).or_default();
                sum.tried += 1;
                sum.kept += usize::from(outcome.is_ok());
                if let Err(verdict) = outcome {
                    println!("broken: scripts/faults --sweep {point}\n    {verdict:?}");
                    broken.lock().unwrap().push(point);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let mut all = Sum::default();
    for (call, sum) in sums.lock().unwrap().iter() {
        println!("{call:<28} {:>5} tried {:>5} kept", sum.tried, sum.kept);
        all = Sum { tried: all.tried + sum.tried, kept: all.kept + sum.kept };
    }
    println!("{:<28} {:>5} tried {:>5} kept", "all", all.tried, all.kept);
    assert!(
        broken.lock().unwrap().is_empty(),
        "{} of {} are broken",
        all.tried - all.kept,
        all.tried
    );
}
