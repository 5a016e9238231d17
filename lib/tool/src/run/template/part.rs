//! Which part of an argument a replacement string stands for.

use super::substitution::Substitution;
use std::borrow::Cow;

/// What is made of one argument. Paths are taken apart as GNU parallel does it.
#[derive(Clone, Debug)]
pub(super) enum Part {
    /// `{}`
    Whole,
    /// `{.}`, `{..}`, `{...}`: without its last extensions, if it has so many.
    Without(usize),
    /// `{/}`: the last component.
    Base,
    /// `{/.}`, `{/..}`, `{/...}`
    BaseWithout(usize),
    /// `{//}`: the folder, `.` where there is none.
    Folder,
    /// `{+/}`: the folder, nothing where there is none.
    FolderOrNothing,
    /// `{+.}`, `{+..}`, `{+...}`: its last extensions, nothing where it has fewer.
    Extensions(usize),
    /// `{:-text}`: this where the argument is empty or 0.
    Or(Vec<u8>),
    /// `{:n}`, `{:n:m}`: bytes from here on, and at most how many.
    Slice(usize, usize),
    /// Of `--plus` and `{= s/// =}`, one after the other.
    Substituted(Vec<Substitution>),
    /// `{choose_k}`: all of it, in jobs whose arguments ascend.
    Ascending,
    /// `{uniq}`: all of it, in jobs whose arguments differ.
    Distinct,
}

impl Part {
    pub(super) fn of<'a>(&self, arg: &'a [u8]) -> Cow<'a, [u8]> {
        Cow::Borrowed(match self {
            Part::Whole | Part::Ascending | Part::Distinct => arg,
            Part::Without(count) => without_extensions(arg, *count),
            Part::Base => base(arg),
            Part::BaseWithout(count) => without_extensions(base(arg), *count),
            Part::Folder => folder(arg),
            Part::FolderOrNothing => last(arg, b'/').map_or(b"", |at| &arg[..at]),
            Part::Extensions(count) => extensions(arg, *count),
            Part::Or(text) if arg.is_empty() || arg == b"0" => {
                return Cow::Owned(text.clone());
            }
            Part::Or(_) => arg,
            Part::Slice(from, count) => {
                let rest = &arg[(*from).min(arg.len())..];
                &rest[..(*count).min(rest.len())]
            }
            Part::Substituted(all) => {
                let mut value = Cow::Borrowed(arg);
                for one in all {
                    if let Cow::Owned(changed) = one.apply(&value) {
                        value = Cow::Owned(changed);
                    }
                }
                return value;
            }
        })
    }
}

fn last(arg: &[u8], byte: u8) -> Option<usize> {
    arg.iter().rposition(|b| *b == byte)
}

fn base(arg: &[u8]) -> &[u8] {
    last(arg, b'/').map_or(arg, |at| &arg[at + 1..])
}

/// Where the last component's extensions begin, counted from the end.
fn extension(arg: &[u8], count: usize) -> Option<usize> {
    let name = last(arg, b'/').map_or(0, |at| at + 1);
    let mut end = arg.len();
    for _ in 0..count {
        end = name + last(&arg[name..end], b'.')?;
    }
    Some(end)
}

fn without_extensions(arg: &[u8], count: usize) -> &[u8] {
    extension(arg, count).map_or(arg, |at| &arg[..at])
}

fn extensions(arg: &[u8], count: usize) -> &[u8] {
    // one extension is what follows the last dot, even a dot in a folder's name
    let at = if count == 1 { last(arg, b'.') } else { extension(arg, count) };
    at.map_or(b"", |at| &arg[at + 1..])
}

/// As dirname(1) in a shell, and as perl's: `/` of `/a`, `.` of `a/`.
fn folder(arg: &[u8]) -> &[u8] {
    let mut folder = up(arg);
    if arg.is_empty() || arg.ends_with(b"/") {
        folder = up(folder);
    }
    folder
}

fn up(path: &[u8]) -> &[u8] {
    let Some(at) = last(path, b'/') else { return b"." };
    let folder = &path[..=at];
    let end = folder.iter().rposition(|byte| *byte != b'/').unwrap_or(0);
    &folder[..=end]
}
