//! From a command line and an input to commands: templates and their replacements, columns,
//! tables, numbers and sequences of flags; and the same of xargs.
//!
//! The first line of the data are the words, with tabs between; the rest is the input.

use std::ffi::OsString;
use std::os::fd::AsRawFd as _;
use std::os::unix::ffi::OsStringExt as _;
use tool::run::readers::{command_lines, xargs_commands};

/// Flags that read or write nothing but what they are given.
const PGRUN: &[&[u8]] = &[
    b"--colsep=",
    b"--csv",
    b"--header=",
    b"--trim=",
    b"--delimiter=",
    b"--null",
    b"-n",
    b"-N",
    b"-L",
    b"-X",
    b"-m",
    b"-q",
    b"-I",
    b"-E",
    b"-r",
    b"--plus",
    b"--parens=",
    b"--link",
    b"--term-seq=",
    b"--timeout=",
    b"--total-timeout=",
    b"--halt=",
    b"--resource=",
    b"--memfree=",
    b"--load=",
    b"--delay=",
    b"--retries=",
    b"--retry-delay=",
    b"--grace=",
    b"--kill-signal=",
    b"--tag",
    b"--shell-quote",
    b"--max-chars=",
    b"--max-line=",
    b"--rpl=",
    b"--ops=-",
    b"--skip-bad",
    b"--lines",
    b"--shuf",
    b"--on-failure=",
];

const XARGS: &[&[u8]] =
    &[b"-n", b"-L", b"-I", b"-0", b"-d", b"-E", b"-s", b"-x", b"-r", b"-i", b"-l", b"-P"];

/// Words that mean something else than text, such as a file that is read.
const OTHERS: &[&[u8]] = &[b"::::", b"::::+", b":::+"];

/// So many lists are combined: more would be more jobs than can be looked at.
const LISTS_MAX: usize = 3;

/// The words of the first line and the rest; `None` where a word is not for here.
fn divided<'a>(data: &'a [u8], flags: &[&[u8]]) -> Option<(Vec<OsString>, &'a [u8])> {
    let end = data.iter().position(|byte| *byte == b'\n')?;
    let words: Vec<&[u8]> = data[..end].split(|byte| *byte == b'\t').collect();
    let begin = words.iter().position(|word| !word.starts_with(b"-")).unwrap_or(words.len());
    let known = |word: &&[u8]| flags.iter().any(|flag| word.starts_with(flag));
    let lists = words.iter().filter(|word| **word == b":::").count();
    if !words[..begin].iter().all(known)
        || words.iter().any(|word| OTHERS.contains(word) || word.contains(&0))
        || lists > LISTS_MAX
    {
        return None;
    }
    Some((
        words.into_iter().map(|word| OsString::from_vec(word.to_vec())).collect(),
        &data[end + 1..],
    ))
}

/// What `pgrun` would run: the same each time.
pub fn pgrun(data: &[u8]) {
    let Some((words, input)) = divided(data, PGRUN) else { return };
    let shuffled = words.iter().any(|word| word == "--shuf");
    match command_lines(words.clone(), input) {
        Ok(lines) => {
            assert!(lines.is_empty() || lines.ends_with(b"\n"));
            let again = command_lines(words, input).map_err(|fail| fail.message);
            assert!(shuffled || again == Ok(lines));
        }
        Err(fail) => assert!(!fail.message.is_empty()),
    }
}

/// What is left to run behind a log of an earlier run: `k` and a log of events, or `j` and a
/// job log.
pub fn resume(data: &[u8]) {
    let Some((kind, log)) = data.split_first() else { return };
    let Ok(file) = sys::fd::memory_file(log) else { return };
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let flag = if *kind == b'j' { "--joblog" } else { "--log" };
    let words = [flag, &path, "--resume", "echo"].map(OsString::from).to_vec();
    match command_lines(words, b"a\nb\nc\n") {
        Ok(lines) => {
            let mut all = ["echo a", "echo b", "echo c"].into_iter();
            let lines = String::from_utf8_lossy(&lines);
            assert!(lines.lines().all(|line| all.any(|one| one == line)), "{lines}");
        }
        Err(fail) => assert!(!fail.message.is_empty()),
    }
}

/// What `xargs` would run: in whatever pieces the input comes.
pub fn xargs(data: &[u8]) {
    let Some((words, input)) = divided(data, XARGS) else { return };
    let told = |size| {
        xargs_commands(words.clone(), (input, size))
            .map(|(commands, fail)| (commands, fail.map(|fail| fail.message)))
            .map_err(|fail| fail.message)
    };
    let whole = told(input.len().max(1));
    for size in [1, 7] {
        assert_eq!(told(size), whole, "in pieces of {size}");
    }
    if let Ok((commands, _)) = whole {
        assert!(commands.iter().all(|command| command.ends_with(b"\0")));
    }
}
