//! Options that are not on the command line: those of a profile, and those of the
//! variable PARALLEL, as GNU parallel has them.

use super::args::words::normalise;
use super::name::Called;
use crate::fail::Fail;
use clap::Command;
use record::status;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};

/// All words for the parser: those of the profile, of PARALLEL, of the command line.
/// The later ones win. Words that are no options begin the command.
///
/// # Errors
/// A profile that was named and cannot be read, an option that is not taken.
pub fn all_words(
    words: Vec<OsString>,
    called: Called,
    command: &Command,
) -> Result<Vec<OsString>, Fail> {
    let (own, own_operands) = normalise(words, called, command)?;
    let (mut options, mut operands) = (Vec::new(), Vec::new());
    for text in texts(&own, called)? {
        let words = split(&text)?;
        let (more, begin) = normalise(words, called, command)?;
        options.extend(more);
        operands.extend(begin);
    }
    options.extend(own);
    options.push("--".into());
    options.extend(operands);
    options.extend(own_operands);
    Ok(options)
}

/// The texts that options are taken from, in their order.
fn texts(options: &[OsString], called: Called) -> Result<Vec<Vec<u8>>, Fail> {
    if options.iter().any(|word| word == "--plain") {
        return Ok(Vec::new());
    }
    let named: Vec<&OsStr> = options
        .iter()
        .filter_map(|word| word.as_bytes().strip_prefix(b"--profile=").map(OsStr::from_bytes))
        .collect();
    let mut texts = Vec::new();
    for name in &named {
        texts.push(named_profile(name)?);
    }
    // nobody's own habits may change what a CI job does
    let in_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
    if named.is_empty() && called.is_gnu() && !in_ci {
        let system = Path::new("/etc/parallel/config").to_path_buf();
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".parallelrc"));
        let own = folders().into_iter().map(|folder| folder.join("config"));
        // a profile need not be there
        let read = |path: PathBuf| std::fs::read(path).ok();
        texts.extend(std::iter::once(system).chain(own).chain(home).filter_map(read));
    }
    let texts = texts.into_iter().map(|text| without_comments(&text));
    let variable = std::env::var_os("PARALLEL").map(OsString::into_vec);
    Ok(texts.chain(variable).collect())
}

/// Folders in which profiles are.
fn folders() -> Vec<PathBuf> {
    let at = |name: &str, below: &str| {
        let folder = std::env::var_os(name).filter(|folder| !folder.is_empty())?;
        Some(Path::new(&folder).join(below))
    };
    let all = [
        std::env::var_os("PARALLEL_HOME").map(PathBuf::from),
        std::env::var_os("XDG_CONFIG_HOME").map(|folder| Path::new(&folder).join("parallel")),
        at("HOME", ".config/parallel"),
        at("HOME", ".parallel"),
    ];
    all.into_iter().flatten().collect()
}

fn named_profile(name: &OsStr) -> Result<Vec<u8>, Fail> {
    let is_path = name.as_bytes().contains(&b'/');
    let mut places = vec![PathBuf::from(name)];
    if !is_path {
        places = folders().into_iter().map(|folder| folder.join(name)).collect();
    }
    let found = places.iter().find_map(|path| std::fs::read(path).ok());
    found.ok_or_else(|| {
        let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
        let what = format!("--profile {}: no such file: {}", name.display(), looked.join(", "));
        Fail::new(status::LOST, what)
    })
}

fn without_comments(text: &[u8]) -> Vec<u8> {
    let is_comment = |line: &&[u8]| line.trim_ascii_start().starts_with(b"#");
    text.split(|byte| *byte == b'\n')
        .filter(|line| !is_comment(line))
        .collect::<Vec<_>>()
        .join(&b'\n')
}

/// Words as a shell would cut them.
fn split(text: &[u8]) -> Result<Vec<OsString>, Fail> {
    let words = shlex::bytes::split(text).ok_or_else(|| {
        let text = String::from_utf8_lossy(text).into_owned();
        Fail::new(
            status::LOST,
            format!("options in PARALLEL or a profile: a quote has no end: {text}"),
        )
    })?;
    Ok(words.into_iter().map(OsString::from_vec).collect())
}
