use super::*;
use crate::poller::{Poller, Want};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;

fn dir() -> (tempfile::TempDir, LockDir) {
    let folder = tempfile::tempdir().unwrap();
    let dir = LockDir::open(&Place::At(folder.path().join("locks"))).unwrap();
    (folder, dir)
}

fn ask(name: &str, mode: Mode) -> Ask {
    Ask { name: Name::new(name.as_bytes()).unwrap(), mode }
}

const X: Mode = Mode::Exclusive;
const S: Mode = Mode::Shared;

fn units(take: u32, slots: u32) -> Mode {
    Mode::Units { take, slots }
}

fn wait(dir: &LockDir, ask: &Ask) -> Waiting {
    dir.wait(ask, &Who::default()).unwrap()
}

/// Waits for a wait to end; the kernel says when to look.
fn finish(mut waiting: Waiting) -> Held {
    let poller = Poller::new().unwrap();
    poller.add(&waiting, 0, Want::Read).unwrap();
    let mut ready = Vec::new();
    loop {
        poller.wait(None, &mut ready).unwrap();
        match waiting.advance().unwrap() {
            Progress::Held(held) => return held,
            Progress::Waiting(more) => waiting = more,
        }
    }
}

fn tried(dir: &LockDir, ask: &Ask) -> Option<Held> {
    match dir.try_take(ask, None).unwrap() {
        Tried::Held(held) => Some(held),
        Tried::Busy(_) => None,
    }
}

/// Takes what is free, or is about to be: children that other tests are starting
/// hold copies of our descriptors for a moment.
fn take(dir: &LockDir, ask: &Ask) -> Held {
    tried(dir, ask).unwrap_or_else(|| finish(wait(dir, ask)))
}

/// Not yet decided, and it will not be until something changes.
fn undecided(waiting: Waiting) -> Waiting {
    match waiting.advance().unwrap() {
        Progress::Held(_) => panic!("the lock was to be busy"),
        Progress::Waiting(more) => more,
    }
}

/// Returns when so many stand blocked in or before the turnstile of a name.
fn until_blocked(dir: &LockDir, name: &str, count: usize) {
    let file = dir.path_of(&format!("{name}.lock"));
    let inode = format!(":{}", std::fs::metadata(file).unwrap().ino());
    loop {
        let locks = std::fs::read_to_string("/proc/locks").unwrap();
        let ours = |line: &&str| line.contains("->");
        let here = |line: &&str| line.split(' ').any(|word| word.ends_with(&inode));
        if locks.lines().filter(ours).filter(here).count() >= count {
            return;
        }
        std::thread::yield_now();
    }
}

#[test]
fn modes_exclude_each_other_as_they_should() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let table = [
        (X, X, false),
        (X, S, false),
        (S, X, false),
        (S, S, true),
        (X, units(1, 3), false),
        (units(1, 3), X, false),
        (units(1, 3), S, true),
        (units(1, 3), units(2, 3), true),
        (units(2, 3), units(2, 3), false),
        // the smaller capacity holds for whoever gave it
        (units(2, 5), units(1, 2), false),
        (units(1, 2), units(2, 5), true),
    ];
    for (row, (first, second, together)) in table.into_iter().enumerate() {
        let name = format!("a{row}");
        let held = take(&dir, &ask(&name, first));
        let other = tried(&dir, &ask(&name, second));
        assert_eq!(other.is_some(), together, "{first:?} {second:?}");
        drop(other);
        held.release().unwrap();
    }
}

#[test]
fn who_waits_gets_it_in_order_of_arrival() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let held = take(&dir, &ask("a", X));
    // the first stands in the turnstile, the others before it
    let mut queue = Vec::new();
    for (at, mode) in [X, S, S, units(1, 2), units(2, 2), X].into_iter().enumerate() {
        queue.push(wait(&dir, &ask("a", mode)));
        until_blocked(&dir, "a", at);
    }
    // nobody goes past them, not even once the lock is free
    let second = queue.remove(1);
    let queue: Vec<Waiting> = queue.into_iter().map(undecided).collect();
    let second = undecided(second);
    assert!(tried(&dir, &ask("a", S)).is_none());
    held.release().unwrap();
    let mut queue = queue.into_iter();
    let first = finish(queue.next().unwrap());
    assert!(tried(&dir, &ask("a", S)).is_none());
    first.release().unwrap();
    let (second, third) = (finish(second), finish(queue.next().unwrap()));
    let fourth = finish(queue.next().unwrap());
    let fifth = undecided(queue.next().unwrap());
    let sixth = undecided(queue.next().unwrap());
    fourth.release().unwrap();
    let fifth = finish(fifth);
    let sixth = undecided(sixth);
    for held in [second, third, fifth] {
        held.release().unwrap();
    }
    finish(sixth).release().unwrap();
}

#[test]
fn a_wait_that_is_given_up_leaves_no_trace() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let held = take(&dir, &ask("a", X));
    let waiting = wait(&dir, &ask("a", X));
    assert_eq!(dir.look(&ask("a", X).name).unwrap().waiters.len(), 1);
    drop(waiting);
    assert!(dir.look(&ask("a", X).name).unwrap().waiters.is_empty());
    held.release().unwrap();
    take(&dir, &ask("a", X)).release().unwrap();
    assert!(dir.path_of("a.book").exists());
}

#[test]
fn units_are_given_back_by_the_last_who_has_them() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let three = ask("n", units(3, 3));
    let one = take(&dir, &ask("n", units(1, 3)));
    let two = take(&dir, &ask("n", units(2, 3)));
    // what a child would have inherited
    let inherited: Vec<_> = two.raw_fds().map(|fd| crate::fd::duplicate(fd).unwrap()).collect();
    let waiting = wait(&dir, &three);
    one.release().unwrap();
    two.release().unwrap();
    let waiting = undecided(waiting);
    drop(inherited);
    finish(waiting).release().unwrap();
    // FIFOs of the dead do not pile up
    take(&dir, &three).release().unwrap();
    assert!(std::fs::read_dir(dir.path_of("n.units")).unwrap().count() <= 1);
}

#[test]
fn force_gives_back_what_others_inherited() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    for mode in [X, S, units(2, 2)] {
        let held = take(&dir, &ask("f", mode));
        let _inherited: Vec<_> =
            held.raw_fds().map(|fd| crate::fd::duplicate(fd).unwrap()).collect();
        let full = if mode == X || mode == S { X } else { mode };
        let waiting = wait(&dir, &ask("f", full));
        held.release_by_force().unwrap();
        finish(waiting).release().unwrap();
    }
}

#[test]
fn tokens_only_grow() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let mut last = 0;
    for round in 0..20 {
        let mode = if round % 2 == 0 { X } else { units(1, 4) };
        let mut held = take(&dir, &ask("t", mode));
        assert!(held.token() > last);
        // an hour ahead of the clock
        held.raise_token(held.token() + 3_600_000_000).unwrap();
        last = held.token();
        held.release().unwrap();
    }
    // a book that is damaged costs its records, not the locks
    std::fs::write(dir.path_of("t.book"), "{\"type\":\"lock.bo").unwrap();
    take(&dir, &ask("t", X)).release().unwrap();
}

#[test]
fn the_book_says_who_and_is_reused() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let me = std::process::id();
    let who = Who { id: "op".into(), cmd: Some(record::Command::Shell("x".repeat(9000).into())) };
    let name = ask("b", S).name;
    for _ in 0..50 {
        let mut one = take(&dir, &ask("b", S));
        let mut two = take(&dir, &ask("b", S));
        one.record(&Who::default(), me).unwrap();
        two.record(&who, me).unwrap();
        // longer than it was
        one.record(&who, me).unwrap();
        let view = dir.look(&name).unwrap();
        assert_eq!(view.holders.len(), 2);
        assert!(view.holders.iter().all(|holder| holder.id == "op" && holder.pid == me));
        one.release().unwrap();
        two.release().unwrap();
    }
    assert_eq!(std::fs::metadata(dir.path_of("b.lock")).unwrap().len(), 0);
    assert!(std::fs::metadata(dir.path_of("b.book")).unwrap().len() < 8192);
    take(&dir, &ask("b", X)).release().unwrap();
}

#[test]
fn directories_that_others_own_are_refused() {
    let _turn = crate::one_test_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(matches!(LockDir::open(&Place::At(file)), Err(LockError::Io { .. })));
    let missing = folder.path().join("no/such");
    let error = LockDir::open(&Place::At(missing)).unwrap_err().to_string();
    assert!(error.contains("cannot be made") && error.contains("--dir"), "{error}");
    if nix::unistd::geteuid().is_root() {
        let theirs = folder.path().join("theirs");
        std::fs::create_dir(&theirs).unwrap();
        std::os::unix::fs::chown(&theirs, Some(12345), None).unwrap();
        let error = LockDir::open(&Place::At(theirs)).unwrap_err().to_string();
        assert!(error.contains("belongs to user 12345"), "{error}");
    }
}

#[test]
fn a_file_is_locked_as_flock_does() {
    let _turn = crate::one_test_at_a_time();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("L");
    let open = || LockFile::open(&path, X).unwrap();
    let held = open().try_take().unwrap().unwrap();
    let waiting = open().try_take().unwrap().unwrap_err().wait().unwrap();
    assert!(waiting.as_raw_fd() >= 0);
    let waiting = waiting.advance().unwrap().unwrap_err();
    held.release_by_force().unwrap();
    let poller = Poller::new().unwrap();
    poller.add(&waiting, 0, Want::Read).unwrap();
    poller.wait(None, &mut Vec::new()).unwrap();
    assert!(waiting.advance().unwrap().is_ok());
}

#[test]
fn units_given_back_by_force_are_free_though_their_folder_was_removed() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let held = take(&dir, &ask("a", units(2, 2)));
    // as a process that was left behind would
    let kept: Vec<_> = held.raw_fds().map(|fd| crate::fd::duplicate(fd).unwrap()).collect();
    let mut waiting = wait(&dir, &ask("a", units(1, 2)));
    let poller = Poller::new().unwrap();
    poller.add(&waiting, 0, Want::Read).unwrap();
    // its helper has got it through the door; now it watches the units
    poller.wait(None, &mut Vec::new()).unwrap();
    waiting = undecided(waiting);
    std::fs::remove_dir_all(dir.path_of("a.units")).unwrap();
    held.release_by_force().unwrap();
    finish(waiting).release().unwrap();
    assert!(tried(&dir, &ask("a", X)).is_some());
    drop(kept);
}

#[test]
fn who_counts_units_does_not_read_away_what_wakes_who_waits() {
    let _turn = crate::one_test_at_a_time();
    let (_folder, dir) = dir();
    let held = take(&dir, &ask("a", units(2, 2)));
    let fifo = std::fs::read_dir(dir.path_of("a.units")).unwrap().next().unwrap().unwrap();
    let file = format!("a.units/{}", fifo.file_name().to_string_lossy());
    let open = || dir.open_with(&file, libc::O_RDONLY | libc::O_NONBLOCK).unwrap();
    let (watched, counting) = (open(), open());
    let kept: Vec<_> = held.raw_fds().map(|fd| crate::fd::duplicate(fd).unwrap()).collect();
    held.release_by_force().unwrap();
    // the one that found the file just before it was removed
    assert_eq!(crate::fd::read_some(&counting, &mut [0]).unwrap(), Some(1));
    assert!(crate::fd::read_some(&watched, &mut [0]).unwrap().is_some());
    drop(kept);
}
