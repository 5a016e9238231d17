//! Profiles that come with the program: files of options, to be printed and overridden.

use crate::fail::Fail;
use crate::print::{Out, bytes};
use crate::run::limits::Measured;
use crate::run::settings::slots_of;
use record::{parse_amount, status};
use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt as _;

/// Their names and texts.
const ALL: [(&str, &str); 5] = [
    ("dev", include_str!("builtin/dev.conf")),
    ("prod", include_str!("builtin/prod.conf")),
    ("ci", include_str!("builtin/ci.conf")),
    ("lowmem", include_str!("builtin/lowmem.conf")),
    ("cloudvm", include_str!("builtin/cloudvm.conf")),
];

/// The one of that name.
pub fn find(name: &str) -> Option<(&'static str, &'static str)> {
    ALL.into_iter().find(|(known, _)| *known == name)
}

/// Their names, for messages.
pub fn names() -> String {
    ALL.map(|(name, _)| name).join(", ")
}

/// The slots of one here.
///
/// # Errors
/// There is none of that name.
pub fn slots(name: &str) -> Result<u32, String> {
    let (_, text) = find(name).ok_or_else(|| format!("profile {name}: there are {}", names()))?;
    let said = text.lines().filter_map(|line| line.strip_prefix("--jobs=")).next_back();
    let said = said.ok_or_else(|| format!("profile {name} says nothing of slots"))?;
    slots_of(said).map_err(|fail| fail.message)
}

/// Prints one as it stands.
///
/// # Errors
/// There is none of that name, or standard output takes no more.
pub fn print(name: &str) -> Result<u8, Fail> {
    let Some((_, text)) = find(name) else {
        let what = format!("--show-profile {name}: there are {}", names());
        return Err(Fail::new(status::LOST, what));
    };
    let mut out = Out::new(status::LOST);
    out.bytes(text.as_bytes())?;
    out.finish()?;
    Ok(status::OK)
}

/// An option of one that asks for more memory than the machine has: all that it has
/// instead, which is said.
pub fn fitted(profile: &str, word: OsString, notes: &mut Vec<String>) -> OsString {
    const MEMORY: &[u8] = b"--resource=memory=";
    let asked =
        word.as_bytes().strip_prefix(MEMORY).and_then(|text| std::str::from_utf8(text).ok());
    let Some(asked) = asked else { return word };
    let wanted = parse_amount(asked).ok().map(|amount| amount.as_millis() / 1000);
    let there = Measured::default().of("memtotal").map(|bytes| bytes as u64);
    match wanted.zip(there) {
        Some((wanted, there)) if wanted > there => {
            notes.push(format!(
                "profile {profile}: memory={asked} is more than this machine has; {} is taken",
                bytes(there)
            ));
            OsString::from(format!("--resource=memory={there}"))
        }
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_machine_has_not_is_not_promised() {
        let mut notes = Vec::new();
        let mut of = |word: &str| fitted("prod", word.into(), &mut notes);
        let word = of("--resource=memory=1PiB").into_string().unwrap();
        let there = Measured::default().of("memtotal").unwrap() as u64;
        assert_eq!(word, format!("--resource=memory={there}"));
        assert_eq!(of("--resource=memory=1KiB"), "--resource=memory=1KiB");
        assert_eq!(of("--resource=network=1000P"), "--resource=network=1000P");
        assert_eq!(notes.len(), 1);
        assert!(notes[0].starts_with("profile prod: memory=1PiB is more than"), "{notes:?}");
    }
}
