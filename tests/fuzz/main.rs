//! The targets of fuzzing on any toolchain: over their kept corpora, and over inputs made
//! from these by damage. `scripts/fuzz` runs the same functions guided by coverage.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a promise that is broken ends the test"
)]

mod targets;

use proptest::prelude::*;
use proptest::sample::Index;
use std::fs;
use std::path::{Path, PathBuf};
use targets::Target;

/// More than any reader needs for the small inputs here, libraries and tests included.
const MEMORY_MAX_KIB: i64 = 400 << 10;

/// What the corpus of a target holds, by name.
fn corpus(target: &Target) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target.name);
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Bytes that mean something to one reader or another.
const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"'",
    b"\\",
    b":",
    b",",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"-1",
    b"1e999",
    b"NaN",
    b"18446744073709551616",
    b"\\ud800",
    b"{}",
    b"{1}",
    b"{= =}",
    b"%",
    b"--",
    b"&a",
    b"*a",
    b"(",
    b")",
    b"$(",
    b"`",
    b" ",
    b"0",
    b"null",
    b"#",
];

/// One damage: what is done, where, how far, with which word.
type Damage = (u8, Index, Index, Index);

fn damage(data: &mut Vec<u8>, (what, place, length, word): &Damage, other: &[u8]) {
    let at = place.index(data.len() + 1);
    let end = (at + length.index(24)).min(data.len());
    let word = WORDS[word.index(WORDS.len())];
    match what % 6 {
        0 => drop(data.splice(at..at, word.iter().copied())),
        1 => drop(data.drain(at..end)),
        2 => drop(data.splice(at..end, word.iter().copied())),
        3 => {
            let copy = data[at..end].to_vec();
            drop(data.splice(at..at, copy.repeat(1 + length.index(40))));
        }
        4 => data.truncate(at),
        _ => {
            let from = length.index(other.len() + 1);
            drop(data.splice(at.., other[from..].iter().copied()));
        }
    }
}

/// A target over everything that is kept for it, and over damaged copies.
fn holds(name: &str) {
    let target = targets::ALL.iter().find(|target| target.name == name).unwrap();
    let corpus = corpus(target);
    assert!(!corpus.is_empty(), "{name} has inputs");
    for (path, data) in &corpus {
        eprintln!("{}", path.display());
        (target.run)(data);
    }
    let damages =
        prop::collection::vec((any::<u8>(), any::<Index>(), any::<Index>(), any::<Index>()), 1..6);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(one in any::<Index>(), two in any::<Index>(), damages in damages)| {
        let mut data = corpus[one.index(corpus.len())].1.clone();
        let other = &corpus[two.index(corpus.len())].1;
        damages.iter().for_each(|one| damage(&mut data, one, other));
        eprintln!("{}", data.escape_ascii());
        (target.run)(&data);
    });
    let used = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF).unwrap();
    assert!(used.max_rss() < MEMORY_MAX_KIB, "{} KiB", used.max_rss());
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                // the stack that a program has
                let stack = std::thread::Builder::new().stack_size(8 << 20);
                let ended = stack.spawn(|| holds(stringify!($name))).unwrap().join();
                assert!(ended.is_ok(), "a promise was broken: see above");
            }
        )*

        #[test]
        fn every_target_is_tested() {
            let tested = [$(stringify!($name)),*];
            assert!(targets::ALL.iter().map(|target| target.name).eq(tested));
        }
    };
}

tests! {
    alert cache command edges event history lines makeflags operation outline plan proc record
    resume ring series stat tasks units xargs
}
