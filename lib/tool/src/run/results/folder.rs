//! `--results NAME`: a folder for each job, named by its arguments.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;

/// Longest name of a file, in bytes.
const LONGEST: usize = 255;

/// So much of a longer one is kept, before a number that tells it from others.
const KEPT: usize = 220;

/// What names a job's files.
#[derive(Clone, Copy, Debug)]
pub struct Naming<'a> {
    /// Names of the columns, where the input has any.
    pub names: &'a [Vec<u8>],
    /// Arguments of the job.
    pub args: &'a [Vec<u8>],
    /// Arguments of one record: the number of lists or columns.
    pub columns: usize,
}

/// Where the output of jobs goes.
#[derive(Clone, Debug)]
pub struct Folder {
    /// As it was given.
    pub name: OsString,
}

impl Folder {
    /// The files of a job: standard output, standard error, its number. `rendered` is
    /// the name with its replacement strings replaced: where it has none, a folder for
    /// each argument below it; where it ends in `/`, a folder; else a file.
    pub fn files(&self, rendered: Vec<u8>, naming: Naming<'_>) -> [PathBuf; 3] {
        let path = |bytes: Vec<u8>| PathBuf::from(OsString::from_vec(bytes));
        let tree = rendered == self.name.as_encoded_bytes();
        if !tree && !rendered.ends_with(b"/") {
            let with = |end: &[u8]| path([&rendered[..], end].concat());
            return [with(b""), with(b".err"), with(b".seq")];
        }
        let mut folder = path(rendered);
        if tree {
            folder.extend(components(naming).into_iter().map(OsString::from_vec));
        }
        [folder.join("stdout"), folder.join("stderr"), folder.join("seq")]
    }
}

/// The names of the folders, from the outside in: of each argument its column's name or
/// number, and the argument; in the order of the names, where there are names.
fn components(Naming { names, args, columns }: Naming<'_>) -> Vec<Vec<u8>> {
    let mut order: Vec<usize> = (0..columns).collect();
    if !names.is_empty() {
        let number = |name: &[u8]| -> f64 {
            std::str::from_utf8(name).ok().and_then(|text| text.parse().ok()).unwrap_or(0.0)
        };
        let name = |at: &usize| names.get(*at).map_or(&[][..], Vec::as_slice);
        order.sort_by(|a, b| {
            let (a, b) = (name(a), name(b));
            number(a).total_cmp(&number(b)).then_with(|| a.cmp(b))
        });
    }
    let mut out = Vec::with_capacity(args.len() * 2);
    for record in args.chunks(columns.max(1)) {
        for at in order.iter().filter(|at| **at < record.len()) {
            let name = names.get(*at).cloned().unwrap_or_else(|| (at + 1).to_string().into_bytes());
            out.push(file_name(&name));
            out.push(file_name(&record[*at]));
        }
    }
    out
}

/// An argument as the name of a folder: as GNU parallel escapes it, and beyond that so
/// that each is another name below the one before.
fn file_name(argument: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(argument.len());
    for byte in argument {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'/' => out.extend_from_slice(b"\\_"),
            0 => out.extend_from_slice(b"\\0"),
            other => out.push(*other),
        }
    }
    match out.as_slice() {
        b"" => b"\\".to_vec(),
        b"." => b"\\.".to_vec(),
        b".." => b"\\..".to_vec(),
        _ if out.len() > LONGEST => {
            let mut short = out[..KEPT].to_vec();
            short.extend_from_slice(format!("\\~{:016x}", digest(&out)).as_bytes());
            short
        }
        _ => out,
    }
}

/// FNV-1a: the same in every run, so that one can be taken up again.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(words: &[&str]) -> Vec<Vec<u8>> {
        words.iter().map(|word| word.as_bytes().to_vec()).collect()
    }

    fn path(names: &[&str], args: &[&str], columns: usize) -> String {
        let (names, args) = (bytes(names), bytes(args));
        let folder = Folder { name: "r".into() };
        let [out, ..] = folder.files(b"r".to_vec(), Naming { names: &names, args: &args, columns });
        out.to_str().unwrap().to_string()
    }

    #[test]
    fn a_folder_for_each_argument() {
        assert_eq!(path(&[], &["a", "b c"], 2), "r/1/a/2/b c/stdout");
        // -N2: both are of list 1
        assert_eq!(path(&[], &["x", "y"], 1), "r/1/x/1/y/stdout");
        assert_eq!(path(&[], &["x"], 2), "r/1/x/stdout");
    }

    #[test]
    fn names_are_in_their_order() {
        assert_eq!(path(&["z", "b", "B"], &["1", "2", "3"], 3), "r/B/3/b/2/z/1/stdout");
        assert_eq!(path(&["10", "9"], &["1", "2"], 2), "r/9/2/10/1/stdout");
    }

    #[test]
    fn an_argument_is_one_folder_and_its_own() {
        assert_eq!(path(&[], &["a/b\\\tc"], 1), "r/1/a\\_b\\\\\\tc/stdout");
        let nasty = ["", ".", "..", "\\", "\\.", "/", "a", "%"];
        let mut names: Vec<Vec<u8>> = nasty.iter().map(|a| file_name(a.as_bytes())).collect();
        let long = ["x".repeat(255), "x".repeat(256), "x".repeat(256) + "y"];
        names.extend(long.iter().map(|a| file_name(a.as_bytes())));
        for name in &names {
            assert!(!name.is_empty() && name.len() <= LONGEST && !name.contains(&b'/'));
            assert!(name != b"." && name != b"..");
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn a_name_with_replacement_strings_is_a_file_or_a_folder() {
        let folder = Folder { name: "r/{}".into() };
        let none = Naming { names: &[], args: &[], columns: 1 };
        let [out, err, seq] = folder.files(b"r/x".to_vec(), none);
        assert_eq!((out, err, seq), ("r/x".into(), "r/x.err".into(), "r/x.seq".into()));
        let [out, ..] = folder.files(b"r/x/".to_vec(), none);
        assert_eq!(out, PathBuf::from("r/x/stdout"));
    }
}
