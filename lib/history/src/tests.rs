//! A folder through its life: runs that end, are killed, meet, are broken and removed.

use crate::{Bounds, Folder, Query, Recording, Told};
use record::{Event, KeptRun, RunEnd, RunStart, Seconds};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const NOW: Seconds = Seconds::from_secs(1_700_100_000);

fn start(name: &str, at: i64) -> RunStart {
    let time = Seconds::from_secs(1_700_000_000 + at);
    RunStart { run: name.to_string(), time, host: "h".to_string(), ..RunStart::default() }
}

fn line(event: impl Into<Event>) -> Vec<u8> {
    let mut line = Vec::new();
    event.into().append_line(&mut line);
    line
}

fn begin(dir: &Path, name: &str, at: i64) -> Recording {
    let start = start(name, at);
    let mut recording = Recording::begin(dir, start.clone()).unwrap();
    recording.write(&line(start)).unwrap();
    recording
}

fn end(mut recording: Recording, exit: i32) {
    let end = RunEnd { exit: Some(exit), ..RunEnd::default() };
    recording.write(&line(end.clone())).unwrap();
    recording.end(end, NOW).unwrap();
}

fn keep(dir: &Path, names: &[&str]) {
    names.iter().zip(0..).for_each(|(name, at)| end(begin(dir, name, at * 1000), 0));
}

fn all(dir: &Path) -> (Vec<KeptRun>, Vec<Told>) {
    let looked = Folder::open(dir).unwrap().index().unwrap();
    (looked.find(&Query::default()).unwrap(), looked.told)
}

fn names(runs: &[KeptRun]) -> Vec<&str> {
    runs.iter().map(|run| run.run.as_str()).collect()
}

#[test]
fn a_run_is_running_until_it_has_ended() {
    let dir = TempDir::new().unwrap();
    let folder = dir.path().join("new/folder");
    let recording = begin(&folder, "a", 0);
    let (runs, told) = all(&folder);
    assert_eq!((names(&runs), runs[0].status.as_str()), (vec!["a"], "running"));
    assert!(told.is_empty());
    end(recording, 3);
    let (runs, told) = all(&folder);
    assert_eq!((runs[0].status.as_str(), runs[0].exit), ("failure", Some(3)));
    assert!(told.is_empty(), "the run itself has told the index");
    assert!(runs[0].file.ends_with("-a.ndjson.zst") && runs[0].bytes > 0, "{:?}", runs[0]);
}

#[test]
fn what_a_killed_run_has_left_is_taken_in() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a"]);
    let killed = begin(dir.path(), "b", 5000);
    // as the kernel does it for a process that is killed
    drop(killed);
    let (runs, told) = all(dir.path());
    assert_eq!(names(&runs), ["b", "a"]);
    assert_eq!(runs[0].status, "cut-off");
    assert!(runs[0].file.ends_with(".zst"), "{}", runs[0].file);
    assert!(matches!(told[..], [Told::TakenIn(1)]), "{told:?}");
    assert!(all(dir.path()).1.is_empty(), "once is enough");
}

#[test]
fn a_killed_run_that_was_nearly_done_is_one_run() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a"]);
    let packed = all(dir.path()).0[0].file.clone();
    // killed between the renaming of the new and the removal of the old
    let plain = packed.trim_end_matches(".zst");
    fs::write(dir.path().join(plain), b"whatever").unwrap();
    // and one between the beginning of the new and its renaming
    fs::write(dir.path().join(".new-x.ndjson.zst"), b"torn").unwrap();
    let (runs, _) = all(dir.path());
    assert_eq!((runs.len(), runs[0].file.as_str()), (1, packed.as_str()));
    assert!(!dir.path().join(plain).exists());
}

#[test]
fn a_missing_or_broken_index_is_made_anew() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a", "b", "c"]);
    let index = dir.path().join(".index.sqlite");
    let before = all(dir.path()).0;
    let whole = fs::read(&index).unwrap();
    fs::remove_file(&index).unwrap();
    let (runs, told) = all(dir.path());
    assert_eq!(runs, before);
    assert!(matches!(told[..], [Told::TakenIn(3)]), "{told:?}");
    for broken in [b"junk".to_vec(), whole[..whole.len() / 2].to_vec(), vec![0xff; 9000]] {
        fs::write(&index, &broken).unwrap();
        let (runs, told) = all(dir.path());
        assert_eq!(runs, before);
        assert!(matches!(told[..], [Told::MadeAnew(_)]), "{told:?}");
    }
    fs::write(&index, b"junk").unwrap();
    assert_eq!(Folder::open(dir.path()).unwrap().rebuild().unwrap(), 3);
    assert_eq!(all(dir.path()).0, before);
}

#[test]
fn an_index_that_cannot_be_opened_is_done_without() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a", "b"]);
    let index = dir.path().join(".index.sqlite");
    fs::remove_file(&index).unwrap();
    // not even root opens a folder as a file
    fs::create_dir(&index).unwrap();
    let (runs, told) = all(dir.path());
    assert_eq!(names(&runs), ["b", "a"]);
    assert!(matches!(told[..], [Told::InMemory(_)]), "{told:?}");
    // a run ends all the same, and its log is there
    let mut recording = begin(dir.path(), "c", 9000);
    recording.write(&line(RunEnd::default())).unwrap();
    recording.end(RunEnd::default(), NOW).unwrap_err();
    assert_eq!(names(&all(dir.path()).0), ["c", "b", "a"]);
}

#[test]
fn an_index_that_is_held_stops_nobody_but_who_asks_it() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a"]);
    let other = rusqlite::Connection::open(dir.path().join(".index.sqlite")).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let mut recording = begin(dir.path(), "b", 9000);
    recording.write(&line(RunEnd::default())).unwrap();
    let trouble = recording.end(RunEnd::default(), NOW).unwrap_err();
    assert!(trouble.is_busy() && !trouble.is_broken(), "{trouble}");
    let trouble = Folder::open(dir.path()).unwrap().index().unwrap_err();
    assert!(trouble.is_busy(), "{trouble}");
    other.execute_batch("COMMIT").unwrap();
    let (runs, told) = all(dir.path());
    assert_eq!(names(&runs), ["b", "a"]);
    assert!(matches!(told[..], [Told::TakenIn(1)]), "{told:?}");
}

#[test]
fn logs_that_come_and_go_are_noticed() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a", "b"]);
    let runs = all(dir.path()).0;
    fs::remove_file(dir.path().join(&runs[0].file)).unwrap();
    // as many as before, but not the same
    fs::write(dir.path().join("2023-01-01T000000Z-mine.ndjson"), line(start("c", 50_000))).unwrap();
    fs::write(dir.path().join("2023-01-01T000000Z-rotten.ndjson.zst"), b"no frame of zstd")
        .unwrap();
    fs::write(dir.path().join("notes.txt"), b"no log").unwrap();
    let (runs, told) = all(dir.path());
    assert_eq!(runs.len(), 3);
    assert_eq!(told.len(), 2, "{told:?}");
    let status = |run: &str| runs.iter().find(|r| r.run == run).unwrap().status.clone();
    assert_eq!((status("c"), status("a")), ("cut-off".to_string(), "success".to_string()));
    assert_eq!(status(""), "damaged");
}

#[test]
fn runs_of_one_name_in_one_second_are_two_logs() {
    let dir = TempDir::new().unwrap();
    let (one, other) = (begin(dir.path(), "a", 0), begin(dir.path(), "a", 0));
    end(one, 0);
    end(other, 1);
    end(begin(dir.path(), "a", 0), 2);
    let mut exits: Vec<_> = all(dir.path()).0.iter().map(|run| run.exit.unwrap()).collect();
    exits.sort_unstable();
    assert_eq!(exits, [0, 1, 2]);
}

#[test]
fn the_oldest_go_when_there_are_too_many() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a", "b", "c", "d"]);
    let left = |bounds: Bounds| {
        let mut looked = Folder::open(dir.path()).unwrap().index().unwrap();
        let dry: Vec<_> = looked.would_go(&bounds, NOW).unwrap();
        let gone = looked.collect(&bounds, NOW).unwrap();
        assert_eq!(dry.len() as u64, gone.runs);
        let runs = looked.find(&Query::default()).unwrap();
        let (count, bytes) = looked.size().unwrap();
        assert_eq!((count, bytes), (runs.len() as u64, runs.iter().map(|run| run.bytes).sum()));
        let on_disk = fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(on_disk, runs.len() + 1, "the logs, and the index");
        runs.iter().map(|run| run.run.clone()).collect::<Vec<_>>()
    };
    assert_eq!(left(Bounds::default()), ["d", "c", "b", "a"]);
    assert_eq!(left(Bounds { runs: Some(3), ..Bounds::default() }), ["d", "c", "b"]);
    // "b" began 99,000 s ago, "c" 98,000
    let age = Some(Seconds::from_secs(98_500));
    assert_eq!(left(Bounds { age, ..Bounds::default() }), ["d", "c"]);
    let one = all(dir.path()).0[0].bytes;
    assert_eq!(left(Bounds { bytes: Some(one + 1), ..Bounds::default() }), ["d"]);
    assert!(left(Bounds { runs: Some(0), ..Bounds::default() }).is_empty());
}

#[test]
fn bounds_of_a_folder_hold_at_the_end_of_each_run() {
    let dir = TempDir::new().unwrap();
    let folder = Folder::make(dir.path()).unwrap();
    assert_eq!(Bounds::of(&folder).unwrap(), None);
    let bounds =
        Bounds { runs: Some(2), age: Some(Seconds::from_secs(86_400 * 30)), bytes: Some(1 << 30) };
    bounds.set(&folder).unwrap();
    assert_eq!(Bounds::of(&folder).unwrap(), Some(bounds));
    keep(dir.path(), &["a", "b", "c"]);
    assert_eq!(names(&all(dir.path()).0), ["c", "b"]);
    fs::write(dir.path().join(".bounds"), "forever\n").unwrap();
    let wrong = Bounds::of(&folder).unwrap_err().to_string();
    assert!(wrong.contains("\"forever\" is no bound"), "{wrong}");
}

#[test]
fn runs_are_found_by_name() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["one", "other", "on"]);
    let looked = Folder::open(dir.path()).unwrap().index().unwrap();
    let found = |name: &str| -> Vec<String> {
        looked.named(name).unwrap().into_iter().map(|run| run.run).collect()
    };
    assert_eq!(found("latest"), ["on"]);
    assert_eq!(found("latest~2"), ["one"]);
    assert!(found("latest~3").is_empty());
    assert_eq!(found("on"), ["on"], "the whole name comes before the beginning of others");
    assert_eq!(found("oth"), ["other"]);
    assert_eq!(found("o").len(), 3);
    assert!(found("zebra").is_empty());
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a"]);
    let foreign = dir.path().join("events.ndjson");
    fs::write(&foreign, line(start("c", 50_000))).unwrap();
    fs::create_dir(dir.path().join("2023-01-01T000000Z-x.ndjson.zst")).unwrap();
    let fifo = dir.path().join("2023-01-01T000000Z-y.ndjson");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).unwrap();
    let mut looked = Folder::open(dir.path()).unwrap().index().unwrap();
    let none = Bounds { runs: Some(0), ..Bounds::default() };
    assert_eq!(looked.collect(&none, NOW).unwrap().runs, 1);
    assert!(foreign.exists() && fifo.exists());
    assert!(all(dir.path()).0.is_empty());
}

#[test]
fn an_index_that_is_a_fifo_is_not_waited_for() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a"]);
    let index = dir.path().join(".index.sqlite");
    fs::remove_file(&index).unwrap();
    nix::unistd::mkfifo(&index, nix::sys::stat::Mode::S_IRUSR).unwrap();
    let (runs, told) = all(dir.path());
    assert_eq!(names(&runs), ["a"]);
    assert!(matches!(told[..], [Told::InMemory(_)]), "{told:?}");
}

#[test]
fn a_folder_without_runs_stays_as_it_is() {
    let dir = TempDir::new().unwrap();
    assert!(all(dir.path()).0.is_empty());
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[test]
fn the_newest_stays_however_large_it_is() {
    let dir = TempDir::new().unwrap();
    keep(dir.path(), &["a", "b", "c"]);
    let mut looked = Folder::open(dir.path()).unwrap().index().unwrap();
    let bounds = Bounds { bytes: Some(1), ..Bounds::default() };
    assert_eq!(looked.collect(&bounds, NOW).unwrap().runs, 2);
    assert_eq!(names(&all(dir.path()).0), ["c"]);
}
