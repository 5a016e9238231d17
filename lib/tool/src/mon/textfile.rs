//! A file of metrics for node_exporter's textfile collector: replaced as a whole by each
//! sample, so that nobody ever reads half a file.

use super::metrics::Texts;
use super::outputs::Output;
use super::unfinished;
use crate::entry;
use crate::fail::{Fail, reason};
use crate::openmetrics::Dialect;
use record::{Sample, status};
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

/// The collector is another user.
const READABLE_BY_ALL: u32 = 0o644;

/// A file that always has the last sample.
#[derive(Debug)]
pub struct Textfile {
    path: PathBuf,
    /// The collector reads files called `*.prom` alone.
    unfinished: PathBuf,
    texts: Texts,
    /// The last sample could not be written.
    failed: Option<Fail>,
}

impl Textfile {
    /// Files that were begun by somebody who was killed since are removed.
    ///
    /// # Errors
    /// The name is that of a folder, or none.
    pub fn new(path: &Path) -> Result<Self, Fail> {
        let Some(unfinished) = unfinished::beside(path).filter(|_| !path.is_dir()) else {
            let message = format!("--textfile {}: name a file, such as pgmon.prom", path.display());
            return Err(Fail::new(status::OWN, message));
        };
        if path.exists() && !path.is_file() {
            let message = format!(
                "--textfile {}: is no plain file, and what stands there would be replaced; name another",
                path.display()
            );
            return Err(Fail::new(status::OWN, message));
        }
        Ok(Textfile { path: path.to_path_buf(), unfinished, texts: Texts::default(), failed: None })
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        // whatever stands there is not ours, since we have renamed or removed what we made
        let _ = std::fs::remove_file(&self.unfinished);
        let options = OpenOptions::new().write(true).create_new(true).mode(0o600).clone();
        let written = options.open(&self.unfinished).and_then(|file| finish(file, text));
        let replaced = written.and_then(|()| std::fs::rename(&self.unfinished, &self.path));
        if replaced.is_err() {
            let _ = std::fs::remove_file(&self.unfinished);
        }
        replaced
    }
}

fn finish(mut file: File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.set_permissions(Permissions::from_mode(READABLE_BY_ALL))
}

impl Output for Textfile {
    fn sample(&mut self, sample: &Sample) -> Result<(), Fail> {
        self.texts.take(sample);
        match self.replace(&self.texts.text(Dialect::Plain)) {
            Ok(()) => self.failed = None,
            // nobody waits for a place that never was
            Err(error) if sample.seq == 0 => {
                return Err(Fail::io(status::OWN, self.path.display(), &error));
            }
            Err(error) if self.failed.is_none() => {
                // a full disk may have room again
                let what = format!("{}: {}", self.path.display(), reason(&error));
                entry::complain("pgmon", &format!("{what}; it is tried again at each sample"));
                self.failed = Some(Fail::new(status::OWN, format!("{what}; it is not up to date")));
            }
            Err(_) => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fail> {
        self.failed.take().map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let names = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
        // digits come before letters
        names.sort();
        names
    }

    #[test]
    fn stale_files_of_the_dead_are_removed_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let alive = format!(".a.prom.{}.tmp", std::process::id());
        // no process has such a number: the kernel's limit is 2^22
        for name in [".a.prom.99999999.tmp", ".b.prom.99999999.tmp", ".a.prom.x.tmp", &alive] {
            std::fs::write(at(name), "half").unwrap();
        }
        let mut textfile = Textfile::new(&at("a.prom")).unwrap();
        assert_eq!(files(folder.path()), [&alive, ".a.prom.x.tmp", ".b.prom.99999999.tmp"]);
        textfile.sample(&Sample::default()).unwrap();
        assert_eq!(files(folder.path()), [".a.prom.x.tmp", ".b.prom.99999999.tmp", "a.prom"]);
        let mode = std::fs::metadata(at("a.prom")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, READABLE_BY_ALL);
        let text = std::fs::read_to_string(at("a.prom")).unwrap();
        assert!(text.contains("\npgmon_samples_total 1\n") && text.ends_with('\n'), "{text}");
    }

    #[test]
    fn a_place_that_fails_later_is_tried_again() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        let path = inner.join("a.prom");
        let sample = |seq| Sample { seq, ..Sample::default() };
        assert!(Textfile::new(&path).unwrap().sample(&sample(0)).is_err());
        std::fs::create_dir(&inner).unwrap();
        let mut textfile = Textfile::new(&path).unwrap();
        textfile.sample(&sample(0)).unwrap();
        std::fs::remove_dir_all(&inner).unwrap();
        textfile.sample(&sample(1)).unwrap();
        assert!(textfile.failed.is_some());
        std::fs::create_dir(&inner).unwrap();
        textfile.sample(&sample(2)).unwrap();
        assert!(textfile.end().is_ok() && path.exists());
    }

    #[test]
    fn a_folder_is_no_file() {
        assert!(Textfile::new(Path::new("/")).is_err());
        assert!(Textfile::new(&std::env::temp_dir()).is_err());
    }
}
