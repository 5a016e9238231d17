//! Trees and samples of fake roots.

use super::everyone::Everyone;
use super::sampler::Sampler;
use super::tree::{Pss, Tree};
use super::{args::By, rates::Span};
use std::fs;
use std::path::Path;
use sys::clock::Clock;
use sys::proc::Root;
use sys::proc::cgroup::Mounts;
use sys::proc::machine::Machine;
use tempfile::TempDir;

/// A fake `/proc`.
struct Fake {
    folder: TempDir,
}

/// A process of it; times in ticks.
#[derive(Clone, Copy)]
struct One {
    pid: u32,
    ppid: u32,
    state: char,
    user: u64,
    reaped: u64,
    start: u64,
}

fn one(pid: u32, ppid: u32, user: u64) -> One {
    One { pid, ppid, state: 'S', user, reaped: 0, start: u64::from(pid) }
}

impl Fake {
    fn new() -> Self {
        let fake = Fake { folder: tempfile::tempdir().unwrap() };
        fake.write("stat", "cpu 100 0 0 100\ncpu0 100 0 0 100\nprocesses 5\n");
        fake
    }

    fn root(&self) -> Root {
        Root::open(self.folder.path()).unwrap()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn put(&self, one: One) {
        let One { pid, ppid, state, user, reaped, start } = one;
        let text = format!(
            "{pid} (p {pid}) {state} {ppid} 1 1 0 -1 0 10 {reaped} 1 0 {user} 0 {reaped} 0 20 0 1 0 \
             {start} 4096 5 0\n"
        );
        self.write(&format!("{pid}/stat"), &text);
        self.write(&format!("{pid}/io"), "read_bytes: 100\nwrite_bytes: 0\n");
        self.write(&format!("{pid}/fd/0"), "");
    }

    fn children(&self, pid: u32, children: &str) {
        self.write(&format!("{pid}/task/{pid}/children"), children);
    }

    fn end(&self, pid: u32) {
        fs::remove_dir_all(self.folder.path().join(pid.to_string())).unwrap();
    }
}

#[test]
fn a_tree_is_followed_by_lists_and_by_parents() {
    for lists in [true, false] {
        let fake = Fake::new();
        for (pid, ppid) in [(10, 1), (11, 10), (12, 11), (13, 99), (9, 12)] {
            fake.put(one(pid, ppid, 5));
        }
        if lists {
            for (pid, children) in [(10, "11 "), (11, "12 "), (12, "9 "), (9, "")] {
                fake.children(pid, children);
            }
        }
        let root = fake.root();
        let mut tree = Tree::of_process(&root, 10).unwrap().unwrap();
        let shown = tree.read(&root, None).unwrap();
        assert_eq!((shown.processes, shown.threads, shown.fds), (4, 4, 4), "{lists}");
        assert_eq!((shown.rss_bytes, shown.pss_bytes), (20 * sys::proc::page_bytes(), None));
        assert_eq!((shown.user_s.as_micros(), shown.cpu), (0, None));
        // 11 goes unseen, its child is reparented and stays; 10 works on
        fake.end(11);
        fake.put(one(12, 1, 5));
        fake.put(one(10, 1, 30));
        fake.children(10, "");
        let shown = tree.read(&root, Span::new(2.0)).unwrap();
        assert_eq!((shown.processes, shown.vanished), (3, 1), "{lists}");
        let tick = 1.0 / sys::proc::ticks_per_second() as f64;
        assert!((shown.user_s.as_f64() - 25.0 * tick).abs() < 1e-9, "{shown:?}");
        assert!((shown.cpu.unwrap() - 12.5 * tick).abs() < 1e-6);
        assert!(!tree.is_gone());
    }
}

#[test]
fn a_number_used_again_is_not_the_process_that_was_named() {
    let fake = Fake::new();
    fake.put(one(10, 1, 5));
    fake.children(10, "");
    let root = fake.root();
    let mut tree = Tree::of_process(&root, 10).unwrap().unwrap();
    tree.read(&root, None).unwrap();
    fake.put(One { start: 777, ..one(10, 1, 900) });
    let shown = tree.read(&root, Span::new(1.0)).unwrap();
    assert!(tree.is_gone());
    assert_eq!((shown.processes, shown.vanished, shown.user_s.as_micros()), (0, 1, 0));
    assert!(Tree::of_process(&root, 11).unwrap().is_none());
}

#[test]
fn a_zombie_has_use_and_nothing_else() {
    let fake = Fake::new();
    fake.put(one(10, 1, 5));
    fake.children(10, "");
    let root = fake.root();
    let mut tree = Tree::of_command(&root, (10, 1), Default::default()).with_pss(Pss::Read);
    tree.read(&root, None).unwrap();
    fake.put(One { state: 'Z', ..one(10, 1, 8) });
    let shown = tree.read(&root, Span::new(1.0)).unwrap();
    assert_eq!((shown.processes, shown.rss_bytes, shown.pss_bytes), (0, 0, Some(0)));
    let ticks = 8 * 1_000_000 / sys::proc::ticks_per_second() as i64;
    assert_eq!(shown.user_s.as_micros(), ticks);
    assert_eq!(tree.times_of(10).unwrap().0.as_micros(), ticks);
    assert_eq!(tree.ended_orphans().count(), 0, "the command itself is waited for elsewhere");
}

#[test]
fn a_cgroup_has_its_own_processes_and_counters() {
    let fake = Fake::new();
    for pid in [10, 11, 12] {
        fake.put(one(pid, 10, 5));
    }
    fake.write("uptime", "0.50 1.00\n");
    fake.write("cg/job/cgroup.procs", "11\n12\n");
    fake.write("cg/job/cpu.stat", "usage_usec 1000\n");
    let point = fake.folder.path().join("cg");
    let mounts =
        Mounts::parse(format!("1 2 3 / {} rw - cgroup2 c rw\n", point.display()).as_bytes());
    let root = fake.root();
    let mut tree = Tree::of_cgroup(&root, &mounts, Path::new("/job")).unwrap();
    let shown = tree.read(&root, None).unwrap();
    assert_eq!((shown.processes, shown.path.as_str(), shown.pid), (2, "/job", None));
    fake.write("cg/job/cpu.stat", "usage_usec 501000\n");
    // 10 is older than the reading before and was moved into the cgroup
    fake.write("cg/job/cgroup.procs", "10\n11\n12\n");
    let shown = tree.read(&root, Span::new(1.0)).unwrap();
    assert_eq!((shown.processes, shown.user_s.as_micros()), (3, 0));
    assert_eq!(shown.cgroup.unwrap().cpu, Some(0.5));
    fs::remove_dir_all(point.join("job")).unwrap();
    let shown = tree.read(&root, Span::new(1.0)).unwrap();
    assert!(tree.is_gone() && shown.cgroup.is_none());
    assert_eq!((shown.processes, shown.vanished), (0, 3));
}

#[test]
fn the_busiest_are_found_by_what_they_used_since() {
    let fake = Fake::new();
    for pid in 1..=5 {
        fake.put(one(pid, 0, 1000));
    }
    let root = fake.root();
    let mut everyone = Everyone::new(2, By::Cpu);
    let mut counts = record::Processes::default();
    everyone.read(&root, &mut counts).unwrap();
    assert_eq!((counts.count, counts.zombies), (5, Some(0)));
    assert!(everyone.top(None).iter().all(|process| process.cpu.is_none()));
    fake.put(one(4, 0, 1050));
    fake.put(One { start: 999, ..one(3, 0, 2000) });
    fake.put(One { state: 'Z', ..one(2, 0, 1001) });
    fake.end(5);
    everyone.read(&root, &mut counts).unwrap();
    assert_eq!((counts.count, counts.zombies), (4, Some(1)));
    let top = everyone.top(Span::new(1.0));
    let seen: Vec<_> = top.iter().map(|process| (process.pid, process.state.as_str())).collect();
    assert_eq!(seen, [(4, "S"), (2, "Z")], "a new process is not known to have been busy");
    assert_eq!(top[0].name, "p 4");
    let tick = 1.0 / sys::proc::ticks_per_second() as f64;
    assert!((top[0].cpu.unwrap() - 50.0 * tick).abs() < 1e-6);
}

#[test]
fn a_sample_is_put_together_of_two_readings() {
    let fake = Fake::new();
    fake.put(one(10, 1, 5));
    let root = fake.root();
    let machine = Machine::open(&root, fake.folder.path()).unwrap();
    let mut sampler = Sampler::new((Clock::start(), root), machine, Vec::new());
    let first = sampler.take(0).unwrap();
    assert_eq!((first.seq, first.cpus, first.cpu), (0, 1, None));
    fake.write("stat", "cpu 150 0 0 250\ncpu0 150 0 0 250\nprocesses 9\n");
    let second = sampler.take(7).unwrap();
    assert_eq!((second.seq, second.missed), (1, 7));
    assert_eq!(second.cpu.unwrap().busy, 0.25);
    assert_eq!(second.processes.unwrap().count, 1);
    assert!(second.time >= first.time && second.memory.is_none());
    fake.write("stat", "nothing\n");
    let fail = sampler.take(0).unwrap_err();
    let place = format!("{}/stat:1: ", fake.folder.path().display());
    assert!(fail.message.starts_with(&place), "{fail}");
}
