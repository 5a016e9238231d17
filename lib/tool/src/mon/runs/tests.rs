//! Runs of a fake `/proc`.

use super::Runs;
use crate::mon::rates::Span;
use std::fs;
use sys::proc::Root;
use tempfile::TempDir;

struct Fake(TempDir);

impl Fake {
    fn root(&self) -> Root {
        Root::open(self.0.path()).unwrap()
    }

    fn write(&self, path: String, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A process: number, parent, name, own ticks, reaped ticks, children.
    fn put(&self, (pid, ppid, name): (u32, u32, &str), (user, reaped): (u64, u64), children: &str) {
        let stat = format!(
            "{pid} ({name}) S {ppid} {pid} 1 0 -1 0 10 5 0 0 {user} 0 {reaped} 0 20 0 1 0 {pid} 4096 5 0\n"
        );
        self.write(format!("{pid}/stat"), &stat);
        self.write(format!("{pid}/io"), "read_bytes: 100\nwrite_bytes: 7\n");
        self.write(format!("{pid}/task/{pid}/children"), children);
        self.write(format!("{pid}/fd/0"), "");
    }

    fn op(&self, pid: u32, seq: u32, ticks: u64) {
        self.put((pid, 10, "sh"), (ticks, 0), "");
        let environment =
            format!("PG_RUN=1f.a\0PG_ID=job{seq}\0PG_SEQ={seq}\0PG_SLOT={seq}\0PG_ATTEMPT=1\0");
        self.write(format!("{pid}/environ"), &environment);
    }

    fn end(&self, pid: u32) {
        fs::remove_dir_all(self.0.path().join(pid.to_string())).unwrap();
    }
}

/// A runner, process 10, with its guardian and three jobs.
fn run() -> Fake {
    let fake = Fake(tempfile::tempdir().unwrap());
    fake.put((10, 1, "pgrun"), (3, 0), "11 21 22 23 ");
    std::os::unix::fs::symlink("/usr/bin/pgrun", fake.0.path().join("10/exe")).unwrap();
    fake.put((11, 10, "pgrun"), (0, 0), "");
    fake.write("11/environ".into(), "PATH=/bin\0");
    std::os::unix::fs::symlink("/usr/bin/other", fake.0.path().join("11/exe")).unwrap();
    for (pid, seq, ticks) in [(21, 1, 100), (22, 2, 50), (23, 3, 0)] {
        fake.op(pid, seq, ticks);
    }
    fake
}

#[test]
fn what_jobs_use_sums_to_what_their_tree_uses() {
    let fake = run();
    let root = fake.root();
    let mut runs = Runs::find(&root, &["10".into()]).unwrap();
    let mut tree = crate::mon::tree::Tree::of_process(&root, 10).unwrap().unwrap();
    let (told, ops) = runs.read(&root, None).unwrap();
    let before = tree.read(&root, None).unwrap();
    assert_eq!((told[0].run.as_str(), told[0].pid, told[0].running), ("1f.a", 10, 3));
    assert_eq!((told[0].ended, told[0].failed_share), (None, None), "no log, no figures");
    let ids: Vec<_> = ops.iter().map(|op| (op.id.as_str(), op.slot, op.pid, op.cpu)).collect();
    assert_eq!(
        ids,
        [("job1", Some(1), 21, None), ("job2", Some(2), 22, None), ("job3", Some(3), 23, None)]
    );
    let used = |ops: &[record::OpUse]| -> i64 {
        ops.iter().map(|op| (op.user_s + op.system_s).as_micros()).sum()
    };
    let first = used(&ops);
    // known use: 40, 0 and 200 ticks; the last through a child of its own
    fake.op(21, 1, 140);
    fake.put((23, 10, "sh"), (50, 0), "24 ");
    fake.put((24, 23, "cc"), (150, 0), "");
    let span = Span::new(2.0);
    let (_, ops) = runs.read(&root, span).unwrap();
    let after = tree.read(&root, span).unwrap();
    let tick = 1_000_000 / sys::proc::ticks_per_second() as i64;
    assert_eq!(used(&ops) - first, 240 * tick);
    assert_eq!((after.user_s - before.user_s).as_micros(), 240 * tick, "all that the tree used");
    assert_eq!(ops[2].cpu, Some(200.0 * tick as f64 / 2e6));
    assert_eq!((ops[2].processes, ops[2].read_bytes, ops[2].write_bytes), (2, 200, 14));
}

#[test]
fn operations_come_and_go() {
    let fake = run();
    let root = fake.root();
    let mut runs = Runs::find(&root, &[]).unwrap();
    runs.read(&root, None).unwrap();
    // the second has ended and was waited for; what it left is a child of the runner now, and
    // a fourth has begun, whose command is not there yet
    fake.end(22);
    fake.put((10, 1, "pgrun"), (3, 60), "11 21 23 25 26 ");
    fake.op(25, 2, 8);
    fake.put((26, 10, "pgrun"), (0, 0), "");
    fake.write("26/environ".into(), "PATH=/bin\0");
    let (told, ops) = runs.read(&root, Span::new(1.0)).unwrap();
    let tick = 1_000_000 / sys::proc::ticks_per_second() as i64;
    assert_eq!((told[0].running, ops.len()), (3, 3));
    assert_eq!((ops[1].id.as_str(), ops[1].pid, ops[1].processes), ("job2", 22, 1));
    assert_eq!(ops[1].user_s.as_micros(), (50 + 8) * tick);
    fake.op(26, 4, 1);
    fake.end(25);
    let (_, ops) = runs.read(&root, Span::new(1.0)).unwrap();
    let ended: Vec<_> = ops.iter().map(|op| (op.id.as_str(), op.ended)).collect();
    assert_eq!(ended, [("job1", false), ("job2", true), ("job3", false), ("job4", false)]);
    assert_eq!(ops[1].user_s.as_micros(), 58 * tick, "its last figures");
    let (_, ops) = runs.read(&root, Span::new(1.0)).unwrap();
    assert_eq!(ops.len(), 3, "told once");
    for pid in [10, 21, 23, 26] {
        fake.end(pid);
    }
    let (told, ops) = runs.read(&root, Span::new(1.0)).unwrap();
    assert!(told.is_empty() && ops.iter().all(|op| op.ended));
    // another run begins, and is found
    fake.put((40, 1, "parallel"), (3, 0), "");
    std::os::unix::fs::symlink("/usr/bin/pgrun (deleted)", fake.0.path().join("40/exe")).unwrap();
    let (told, _) = runs.read(&root, Span::new(1.0)).unwrap();
    assert_eq!((told[0].pid, told[0].running, told[0].run.as_str()), (40, 0, ""));
}

#[test]
fn a_run_is_named_by_process_or_name_and_others_are_told() {
    let fake = run();
    let root = fake.root();
    for name in ["10", "1f.a"] {
        assert_eq!(Runs::find(&root, &[name.into()]).unwrap().runners().collect::<Vec<_>>(), [10]);
    }
    let fail = Runs::find(&root, &["2b.b".into()]).err().unwrap();
    assert_eq!(fail.message, "--run 2b.b: there is no such run; running are 10 (1f.a)");
    fs::remove_file(fake.0.path().join("10/exe")).unwrap();
    let fail = Runs::find(&root, &["10".into()]).err().unwrap();
    assert!(fail.message.contains("no pgrun is running"), "{fail}");
}
