//! Where options are read from, in the order of the layers.

use super::{Source, profiles};
use crate::fail::Fail;
use crate::run::name::Called;
use record::status;
use std::ffi::{OsStr, OsString};
use std::io::Read as _;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// The file of the working folder.
const LOCAL: &str = "pg.conf";

/// What a file of the working folder may say: how much at once, how long, how often. It
/// comes with whatever was unpacked there, so it starts and writes nothing of its own.
const LOCAL_MAY: &[&str] = &[
    "delay",
    "grace",
    "group",
    "halt",
    "heartbeat",
    "jobs",
    "keep-order",
    "line-buffer",
    "load",
    "load-factor",
    "max-cpu",
    "max-mem",
    "mem-limit",
    "mem-soft",
    "memfree",
    "nice",
    "noswap",
    "on-failure",
    "progress",
    "queue",
    "rate",
    "resource",
    "retries",
    "retry-delay",
    "stall",
    "tag",
    "timeout",
    "total-timeout",
];

/// Whether the file of a working folder may have it.
pub fn may_be_local(option: &str) -> bool {
    LOCAL_MAY.contains(&option)
}

/// Whose text it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// GNU parallel's habits: the words may begin a command.
    Gnu,
    /// Ours: options alone.
    Own,
    /// Of the working folder: some options alone.
    Local,
}

/// Options, as somebody wrote them.
#[derive(Debug)]
pub struct Text {
    whose: Whose,
    from: Source,
    pub bytes: Vec<u8>,
}

impl Text {
    fn file(path: PathBuf, whose: Whose, bytes: Vec<u8>) -> Self {
        Text { whose, from: Source::File(path, None), bytes }
    }

    /// Where a line of it stands.
    pub fn source(&self, line: Option<usize>) -> Source {
        match (&self.from, line) {
            (Source::File(path, _), line) => Source::File(path.clone(), line),
            (Source::Profile(name, _), Some(line)) => Source::Profile(name, line),
            (other, _) => other.clone(),
        }
    }

    /// Whether it may say that.
    ///
    /// # Errors
    /// Words that are no options, or an option that may not stand here.
    pub fn check(
        &self,
        source: &Source,
        (options, operands): (&[OsString], &[OsString]),
    ) -> Result<(), Fail> {
        let wrong = |what: String| Err(Fail::new(status::LOST, format!("{source}: {what}")));
        if self.whose != Whose::Gnu
            && let Some(word) = operands.first()
        {
            return wrong(format!("{} is no option; write --name=value", word.display()));
        }
        let name = |word: &OsString| {
            let name = word.as_bytes().split(|byte| *byte == b'=').next().unwrap_or_default();
            String::from_utf8_lossy(name).trim_start_matches('-').to_string()
        };
        let other = options.iter().map(name).find(|name| !may_be_local(name));
        match other {
            Some(name) if self.whose == Whose::Local => wrong(format!(
                "--{name} is not taken from the file of a working folder; write it into \
                 ~/.config/pgtools/pgrun.conf, or name this file: --profile ./{LOCAL}"
            )),
            _ => Ok(()),
        }
    }
}

/// All of them.
///
/// # Errors
/// A profile that was named and cannot be read.
pub fn all(
    options: &[OsString],
    called: Called,
    notes: &mut Vec<String>,
) -> Result<Vec<Text>, Fail> {
    if options.iter().any(|word| word == "--plain") {
        return Ok(Vec::new());
    }
    let named: Vec<&OsStr> = options
        .iter()
        .filter_map(|word| word.as_bytes().strip_prefix(b"--profile=").map(OsStr::from_bytes))
        .collect();
    // nobody's own habits may change what a CI job does
    let in_ci = std::env::var_os("CI").is_some_and(|ci| !ci.is_empty());
    let mut texts = Vec::new();
    if called == Called::Pgrun && !in_ci {
        texts.extend(own_files(notes)?);
    }
    for name in &named {
        texts.extend(named_profile(name, (called, in_ci))?);
    }
    if named.is_empty() && called.is_gnu() && !in_ci {
        let system = Path::new("/etc/parallel/config").to_path_buf();
        let home = std::env::var_os("HOME").map(|home| Path::new(&home).join(".parallelrc"));
        let own = gnu_folders().into_iter().map(|folder| folder.join("config"));
        // a profile need not be there
        let read = |path: PathBuf| {
            std::fs::read(&path).ok().map(|bytes| Text::file(path, Whose::Gnu, bytes))
        };
        texts.extend(std::iter::once(system).chain(own).chain(home).filter_map(read));
    }
    let variable = |name: &'static str, whose: Whose| {
        let bytes = std::env::var_os(name)?.into_vec();
        Some(Text { whose, from: Source::Variable(name), bytes })
    };
    texts.extend(variable("PARALLEL", Whose::Gnu));
    if called == Called::Pgrun {
        texts.extend(variable("PGRUN_OPTIONS", Whose::Own));
    }
    Ok(texts)
}

/// The system's file, the user's, and that of the working folder.
fn own_files(notes: &mut Vec<String>) -> Result<Vec<Text>, Fail> {
    let mut texts = Vec::new();
    let mut places = vec![(PathBuf::from("/etc/pgtools/pgrun.conf"), Whose::Own)];
    places.extend(own_folder().map(|folder| (folder.join("pgrun.conf"), Whose::Own)));
    places.push((Path::new(".").join(LOCAL), Whose::Local));
    for (path, whose) in places {
        let Ok(mut file) = sys::fd::open_at_once(&path) else { continue };
        let strange = file.metadata().is_ok_and(|of| {
            let own = [0, sys::user::effective()].contains(&of.uid());
            !of.is_file() || whose == Whose::Local && (!own || of.mode() & 0o002 != 0)
        });
        if strange {
            let path = path.display();
            notes.push(format!("{path} is left out: it is no file, or others may write to it"));
            continue;
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)
            .map_err(|e| Fail::io(status::LOST, path.display().to_string(), &e))?;
        texts.push(Text::file(path, whose, bytes));
    }
    Ok(texts)
}

/// Where XDG has a user's configuration.
fn own_folder() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = || set("HOME").map(|home| Path::new(&home).join(".config"));
    Some(set("XDG_CONFIG_HOME").map(PathBuf::from).or_else(home)?.join("pgtools"))
}

/// Folders in which GNU parallel's profiles are.
fn gnu_folders() -> Vec<PathBuf> {
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

/// A file by its path, or a profile by its name: of the user, of the system, or one that
/// comes with the program.
fn named_profile(name: &OsStr, (called, in_ci): (Called, bool)) -> Result<Option<Text>, Fail> {
    let mut places = vec![PathBuf::from(name)];
    if !name.as_bytes().contains(&b'/') {
        places = gnu_folders().into_iter().map(|folder| folder.join(name)).collect();
        if called == Called::Pgrun {
            let own = own_folder().into_iter().chain([PathBuf::from("/etc/pgtools")]);
            places.splice(0..0, own.map(|folder| folder.join("profiles").join(name)));
        }
    }
    let read = |path: &PathBuf| Some((path.clone(), std::fs::read(path).ok()?));
    if let Some((path, bytes)) = places.iter().find_map(read) {
        return Ok(Some(Text::file(path, Whose::Gnu, bytes)));
    }
    let name = match name.to_str() {
        Some("auto") if called == Called::Pgrun && !in_ci => return Ok(None),
        Some("auto") if called == Called::Pgrun => OsStr::new("ci"),
        _ => name,
    };
    let builtin = name.to_str().filter(|_| called == Called::Pgrun).and_then(profiles::find);
    if let Some((name, text)) = builtin {
        let from = Source::Profile(name, 0);
        return Ok(Some(Text { whose: Whose::Own, from, bytes: text.into() }));
    }
    let looked: Vec<String> = places.iter().map(|path| path.display().to_string()).collect();
    let own = match called {
        Called::Pgrun => format!(", and none comes with pgrun but {}", profiles::names()),
        _ => String::new(),
    };
    let what = format!("--profile {}: no such file: {}{own}", name.display(), looked.join(", "));
    Err(Fail::new(status::LOST, what))
}
